//! A transaction: what every feature's rows are written through. It keeps what the commit has to know: whether anything was
//! changed, and which events were recorded. What it is underneath is `executor.rs`.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::Result;
use domain::events::Recorded;
use domain::store::Tx;
use domain::time::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use super::error::meaning;
use super::executor::Executor;
use super::hold::Hold;

pub(crate) struct SqlTx {
    db: Executor,
    now: Timestamp,
    changed: bool,
    recorded: Vec<Recorded>,
}

impl SqlTx {
    pub(super) fn at_time(db: Executor, now: Timestamp) -> Self {
        Self {
            db,
            now,
            changed: false,
            recorded: Vec::new(),
        }
    }

    /// These are held from now on; that was `asked` then, and it was so late by the database's clock when the last one was got.
    pub(super) fn held(&mut self, holds: Vec<Hold>, asked: Instant, clock: Option<Timestamp>) {
        if let Executor::Work(work) = &mut self.db {
            work.held.extend(holds);
            if let Some(clock) = clock {
                self.now = self.now.max(work.set_clock(asked, clock));
            }
        }
    }

    /// For reading.
    pub(crate) fn db(&self) -> &Executor {
        &self.db
    }

    /// For changing: the commit counts this transaction. On a reader the database itself refuses.
    pub(crate) fn change(&mut self) -> &Executor {
        self.changed = true;
        &self.db
    }

    /// The time of this transaction as a column holds it.
    pub(crate) fn at(&self) -> DateTimeUtc {
        self.now.into_inner()
    }

    /// So long after this transaction began.
    pub(super) fn until(&self, after: Duration) -> Timestamp {
        self.now.plus(after)
    }

    /// Whether this may write, on PostgreSQL, where others write at the same time.
    pub(super) fn works(&self) -> bool {
        matches!(self.db, Executor::Work(_))
    }

    /// Leaves an event to be handed to the bus by the commit.
    pub(super) fn keep(&mut self, event: Recorded) {
        self.recorded.push(event);
    }

    pub(crate) fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.db.get_database_backend(), sql, values)
    }

    /// All rows of a query with `$1`-style parameters, which both databases understand.
    pub(crate) async fn all<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let rows = self
            .db
            .query_all_raw(self.statement(sql, values))
            .await
            .map_err(meaning)?;
        rows.iter()
            .map(|row| T::from_query_result(row, "").map_err(meaning))
            .collect()
    }

    /// The one row of such a query, if there is one.
    pub(crate) async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>> {
        let row = self
            .db
            .query_one_raw(self.statement(sql, values))
            .await
            .map_err(meaning)?;
        row.map(|row| T::from_query_result(&row, "").map_err(meaning))
            .transpose()
    }

    /// Whether a query finds nothing.
    pub(crate) async fn finds_nothing(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<bool> {
        Ok(self
            .db
            .query_one_raw(self.statement(sql, values))
            .await
            .map_err(meaning)?
            .is_none())
    }

    /// Runs a change with `$1`-style parameters; gives the number of rows it touched.
    pub(crate) async fn run(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        let statement = self.statement(sql, values);
        Ok(self
            .change()
            .execute_raw(statement)
            .await
            .map_err(meaning)?
            .rows_affected())
    }

    /// Runs a change that answers with one row (`… RETURNING …`).
    pub(crate) async fn run_returning<T: FromQueryResult>(
        &mut self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>> {
        self.changed = true;
        self.one(sql, values).await
    }
}

#[async_trait]
impl Tx for SqlTx {
    fn now(&self) -> Timestamp {
        self.now
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        match self.db {
            Executor::Turn(turn) => turn.commit(self.changed, self.recorded).await,
            Executor::Transaction(db) => db.commit().await.map_err(meaning),
            Executor::Glance(_) | Executor::Readers(_) => Ok(()),
            Executor::Work(work) => work.commit(self.recorded).await,
        }
    }
}
