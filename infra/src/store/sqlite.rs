//! A connection to SQLite that works in the thread that asks (ADR 0018). Most statements take less time than waking another thread
//! does; those that take long are told apart by `habits.rs`. What a use case sees of it is `executor.rs`.

mod failure;
mod habits;
mod readers;
mod results;
mod values;

use std::cell::Cell;
use std::ffi::c_int;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, StatementStatus};
use sea_orm::{ExecResult, QueryResult, Statement};

use super::group::DbResult;
use failure::failed;
pub(super) use habits::Habits;
pub(super) use readers::Readers;
use results::Row;
use values::Column;

thread_local! {
    /// How many pages the log held after the latest commit on this thread.
    static LOG: Cell<c_int> = const { Cell::new(0) };
}

/// So many pages in the log are worth copying into the file.
const LOG_PAGES: c_int = 1000;

/// All statements of all use cases.
const STATEMENTS: usize = 512;

/// How long another process may keep the file locked. Nothing in this process waits for a lock.
pub(super) const LOCKED: Duration = Duration::from_secs(5);

pub(super) struct Sqlite {
    connection: Connection,
    habits: Arc<Habits>,
}

impl Sqlite {
    /// The connection that writes. It switches the file to WAL, which one that only reads cannot.
    pub fn writer(path: &Path, habits: Arc<Habits>) -> DbResult<Self> {
        let opened = Self::open(path, habits)?;
        // FULL: a commit that was answered is on disk. The limit: the log shrinks again after a long reader had made it grow.
        // The hook takes the place of SQLite's own, which would copy the log into the file while those who wrote still wait.
        opened.connection.wal_hook(Some(|_, pages| {
            LOG.set(pages);
            Ok(())
        }));
        opened.batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864",
        )?;
        Ok(opened)
    }

    pub fn reader(path: &Path, habits: Arc<Habits>) -> DbResult<Self> {
        let opened = Self::open(path, habits)?;
        opened.batch("PRAGMA query_only = ON")?;
        Ok(opened)
    }

    fn open(path: &Path, habits: Arc<Habits>) -> DbResult<Self> {
        let connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(LOCKED).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Plans do not depend on what is bound. Otherwise a statement with a bound LIMIT is prepared anew each time it is run.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(failed)?;
        let opened = Self { connection, habits };
        opened.batch("PRAGMA foreign_keys = ON")?;
        Ok(opened)
    }

    /// Whether a transaction is open. SQLite ends one by itself when the disk fails.
    pub fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// How long to wait for another process that has the file locked.
    pub fn patience(&self, patience: Duration) -> DbResult<()> {
        self.connection.busy_timeout(patience).map_err(failed)
    }

    /// Commits, which waits for the disk. Gives whether the log is long enough for `checkpoint`.
    pub fn commit(&self) -> DbResult<bool> {
        self.step("COMMIT")?;
        Ok(LOG.get() >= LOG_PAGES)
    }

    /// Copies as much of the log into the file as no reader still needs where it is.
    pub fn checkpoint(&self) -> DbResult<()> {
        let mut passive = self
            .connection
            .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
            .map_err(failed)?;
        let mut rows = passive.raw_query();
        rows.next().map(drop).map_err(failed)
    }

    /// Statements without parameters, one after the other, for their effect.
    pub fn batch(&self, sql: &str) -> DbResult<()> {
        self.connection.execute_batch(sql).map_err(failed)
    }

    /// One statement without parameters that is run again and again.
    pub fn step(&self, sql: &str) -> DbResult<()> {
        let mut prepared = self.connection.prepare_cached(sql).map_err(failed)?;
        prepared.raw_execute().map(drop).map_err(failed)
    }

    /// One statement, for its effect.
    pub fn execute(&self, statement: &Statement) -> DbResult<ExecResult> {
        let mut prepared = self.prepared(statement)?;
        let mut rows = prepared.raw_query();
        // Some have an answer, which nobody wants to know.
        while rows.next().map_err(failed)?.is_some() {}
        drop(rows);
        self.learn(statement, &prepared);
        results::done(self.connection.last_insert_rowid(), self.connection.changes())
    }

    /// The first row, if there is one. A statement that also changes something is run to its end.
    pub fn one(&self, statement: &Statement) -> DbResult<Option<QueryResult>> {
        Ok(self.rows(statement, 1)?.pop())
    }

    pub fn all(&self, statement: &Statement) -> DbResult<Vec<QueryResult>> {
        self.rows(statement, usize::MAX)
    }

    fn rows(&self, statement: &Statement, most: usize) -> DbResult<Vec<QueryResult>> {
        let mut prepared = self.prepared(statement)?;
        let columns: Vec<Column> = prepared.columns().iter().map(Column::of).collect();
        let changes = !prepared.readonly();
        let mut found: Vec<Row> = Vec::new();
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next().map_err(failed)? {
            if found.len() < most {
                let mut values = Row::new();
                for (at, column) in columns.iter().enumerate() {
                    let stored = row.get_ref(at).map_err(failed)?;
                    values.insert(column.name.clone(), column.value(stored)?);
                }
                found.push(values);
            }
            if found.len() == most && !changes {
                break;
            }
        }
        drop(rows);
        self.learn(statement, &prepared);
        results::found(found)
    }

    fn learn(&self, statement: &Statement, prepared: &CachedStatement<'_>) {
        let steps = prepared.reset_status(StatementStatus::VmStep);
        self.habits.took(&statement.sql, steps);
    }

    fn prepared(&self, statement: &Statement) -> DbResult<CachedStatement<'_>> {
        // What stands behind the first one would be passed over in silence.
        debug_assert!(
            !statement.sql.trim_end().contains(';'),
            "one at a time: {}",
            statement.sql
        );
        let mut prepared = self.connection.prepare_cached(&statement.sql).map_err(failed)?;
        let values = statement.values.as_ref().map_or(&[][..], |values| &values.0);
        values::bind(&mut prepared, values)?;
        Ok(prepared)
    }
}
