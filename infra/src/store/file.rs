//! The store over one SQLite file: one writer, taken in turn, and a pool of readers. On SQLite there is one writer anyway, and who
//! waits here in a fair queue does not wait inside SQLite in an unfair one.
//!
//! Who waits to write is committed together (`writer.rs`): `begin` hands out a savepoint of a shared outer transaction, and
//! `commit` answers when that one is durable. Nothing outside notices.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, TransactionTrait};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::StoreOptions;
use super::error::{meaning, unavailable};
use super::executor::{Executor, Glance};
use super::ledger::Ledger;
use super::recovery;
use super::schema::{self, Migrated};
use super::sqlite::{Habits, Readers, Sqlite};
use super::tx::SqlTx;
use super::writer::{Request, Writer};
use crate::bus::Bus;

pub(super) struct FileStore {
    path: PathBuf,
    options: StoreOptions,
    /// For transactions of several statements, which may take long.
    transactions: DatabaseConnection,
    /// For single statements.
    readers: Arc<Readers>,
    pub queue: mpsc::Sender<Request>,
    /// Down while the database has to be reopened and checked.
    pub available: watch::Receiver<bool>,
    pub ledger: Arc<Ledger>,
}

impl FileStore {
    pub async fn open(path: PathBuf, options: StoreOptions, bus: Bus) -> Result<Self> {
        make_private(&path).map_err(|source| {
            Error::internal(format!(
                "cannot open the database file {}: {source}",
                path.display()
            ))
        })?;
        // The writer first: it switches the file to WAL, which a connection that may not write cannot.
        let habits = Arc::<Habits>::default();
        let writer = Sqlite::writer(&path, habits.clone()).map_err(meaning)?;
        recovery::settle(&writer)?;
        let patience = options.patience;
        let transactions = connect(&path, options.readers.max(1), patience, |o| {
            o.pragma("query_only", "on")
        })
        .await?;
        let readers = Readers::new(
            path.clone(),
            habits.clone(),
            options.readers.max(1) as usize,
            patience,
        );
        let (queue, requests) = mpsc::channel(options.waiting.max(1));
        let (state, available) = watch::channel(true);
        let ledger = Arc::<Ledger>::default();
        let task = Writer {
            path: path.clone(),
            db: Some(writer),
            habits,
            bus,
            ledger: ledger.clone(),
            available: state,
            join: options.join,
            longest_turn: options.longest_turn,
            latest: Timestamp::now(),
        };
        // It ends with the last clone of the store, or when one of them closes.
        tokio::spawn(task.run(requests));
        Ok(Self {
            path,
            options,
            transactions,
            readers: Arc::new(readers),
            queue,
            available,
            ledger,
        })
    }

    /// A file that holds data is copied first.
    pub async fn migrate(&self) -> Result<Migrated> {
        let db = connect(&self.path, 1, self.options.patience, |o| o).await?;
        let migrated = schema::migrate_file(&db, &self.path).await;
        db.close().await.map_err(meaning)?;
        migrated
    }

    /// Also folds SQLite's log into the file.
    pub async fn close(&self) -> Result<()> {
        self.transactions.close_by_ref().await.map_err(meaning)?;
        self.readers.close();
        let (done, closed) = oneshot::channel();
        // Both fail only when it is closed already.
        if self.queue.send(Request::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
        Ok(())
    }

    pub async fn begin_write(&self) -> Result<SqlTx> {
        if !*self.available.borrow() {
            return Err(unavailable());
        }
        let (asked, turn) = oneshot::channel();
        self.queue
            .try_send(Request::Turn(asked))
            .map_err(|_| unavailable())?;
        let turn = timeout(self.options.patience, turn)
            .await
            .map_err(|_| unavailable())?
            .map_err(|_| unavailable())??;
        let now = turn.now();
        Ok(SqlTx::at_time(Executor::Turn(turn), now))
    }

    pub async fn begin_read(&self) -> Result<SqlTx> {
        let db = self.transactions.begin().await.map_err(meaning)?;
        Ok(SqlTx::at_time(Executor::Transaction(db), Timestamp::now()))
    }

    pub fn begin_glance(&self) -> SqlTx {
        let readers = self.readers.clone();
        SqlTx::at_time(Executor::Glance(Glance { readers }), Timestamp::now())
    }
}

/// Makes the file before SQLite does, because SQLite would let everyone on the machine read it.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}

pub(super) async fn connect(
    path: &Path,
    connections: u32,
    patience: Duration,
    more: impl Fn(SqliteConnectOptions) -> SqliteConnectOptions + Send + Sync + 'static,
) -> Result<DatabaseConnection> {
    let path = path.to_owned();
    // The path goes in as a path: in the URL a `?` or `%` in it would mean something.
    let mut connect = ConnectOptions::new("sqlite:");
    connect
        .max_connections(connections)
        .acquire_timeout(patience)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        // Statements would bring message texts into the log.
        .sqlx_logging(false)
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(async move { Ok(at_rest(connection)) }))
        .map_sqlx_sqlite_opts(move |o| {
            more(
                o.filename(&path)
                    .busy_timeout(Duration::from_secs(5))
                    // All statements of all use cases, and those that begin a turn once more with what opens it.
                    .statement_cache_capacity(512)
                    .foreign_keys(true),
            )
        });
    Database::connect(connect).await.map_err(meaning)
}

/// Whether a connection is between transactions, as far as its own bookkeeping goes.
///
/// Trap: SQLite ends a transaction by itself when a commit or write fails for want of disk. The rollback that follows finds
/// none, the count of open transactions stays at one, and what is "begun" and "committed" on such a connection from then on is
/// a savepoint of a transaction that nobody will ever commit. The pool replaces a connection that is not at rest.
fn at_rest(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}
