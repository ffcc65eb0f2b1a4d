//! The storage port over SQL. One writer, taken in turn, and a pool of readers: on SQLite there is one writer anyway, and who
//! waits here in a fair queue does not wait inside SQLite in an unfair one. Rules live in `domain`; here are rows.
//!
//! Who waits to write is committed together (`writer.rs`): `begin` hands out a savepoint of a shared outer transaction, and
//! `commit` answers when that one is durable. Nothing outside notices.

mod access;
mod account;
mod answer;
mod audit;
mod bot;
mod chat;
mod chunk;
mod columns;
mod credential;
mod document;
mod door;
mod entity;
mod error;
mod events;
mod executor;
mod group;
mod idempotency;
mod job;
mod ledger;
mod message;
mod notification;
mod packed;
mod place;
mod provider;
mod recovery;
mod retrieval_source;
mod rows;
mod schema;
mod search;
mod sql;
mod sqlite;
mod streams;
mod tenant;
mod tx;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::store::{Store, Tx};
use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, TransactionTrait};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::bus::Bus;
pub(crate) use columns::marks;
pub(crate) use error::meaning;
use executor::{Executor, Glance};
use ledger::Ledger;
pub use schema::Migrated;
use sqlite::{Habits, Readers, Sqlite};
pub(crate) use streams::stream_id;
pub(crate) use tx::SqlTx;
use writer::{Request, Writer};

/// Where the database is and how many connections it gets.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The SQLite file; it is made, readable by its owner alone, if it is not there.
    pub path: PathBuf,
    /// Connections that read, beside the one that writes.
    pub readers: u32,
    /// How long a use case waits for its turn to write, or for a free reader, before it is `Unavailable`.
    pub patience: Duration,
    /// Use cases that may wait for their turn to write; the next one is `Unavailable` at once.
    pub waiting: usize,
    /// Whoever waits to write joins a group for so long after it began, and is committed with it.
    pub join: Duration,
    /// The longest that one use case may keep the others from writing; then it is undone, and `Unavailable` at its next step.
    pub longest_turn: Duration,
}

impl StoreOptions {
    /// The defaults: four readers, five seconds of patience, 1,024 that wait, five
    /// milliseconds to join a group, ten seconds for one turn.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            patience: Duration::from_secs(5),
            waiting: 1024,
            join: Duration::from_millis(5),
            longest_turn: Duration::from_secs(10),
        }
    }
}

/// The store; clones share it.
#[derive(Clone)]
pub struct SqlStore {
    shared: Arc<Shared>,
}

struct Shared {
    options: StoreOptions,
    /// For transactions of several statements, which may take long.
    transactions: DatabaseConnection,
    /// For single statements.
    readers: Arc<Readers>,
    queue: mpsc::Sender<Request>,
    /// Down while the database has to be reopened and checked.
    available: watch::Receiver<bool>,
    ledger: Arc<Ledger>,
    #[cfg(test)]
    bus: Bus,
}

impl SqlStore {
    /// Opens (or makes) the database file without looking at its schema: `migrate` comes next. Facts of commits go to `bus`.
    ///
    /// Fails with `Internal` when the folder is missing or the file is no database, with `Unavailable` when it is locked.
    pub async fn open(options: StoreOptions, bus: Bus) -> Result<Self> {
        make_private(&options.path).map_err(|source| {
            Error::internal(format!(
                "cannot open the database file {}: {source}",
                options.path.display()
            ))
        })?;
        // The writer first: it switches the file to WAL, which a connection that may not write cannot.
        let habits = Arc::<Habits>::default();
        let writer = Sqlite::writer(&options.path, habits.clone()).map_err(meaning)?;
        recovery::settle(&writer)?;
        let transactions =
            connect(&options, options.readers.max(1), |o| o.pragma("query_only", "on")).await?;
        let readers = Readers::new(
            options.path.clone(),
            habits.clone(),
            options.readers.max(1) as usize,
            options.patience,
        );
        let (queue, requests) = mpsc::channel(options.waiting.max(1));
        let (state, available) = watch::channel(true);
        let ledger = Arc::<Ledger>::default();
        let task = Writer {
            path: options.path.clone(),
            db: Some(writer),
            habits,
            bus: bus.clone(),
            ledger: ledger.clone(),
            available: state,
            join: options.join,
            longest_turn: options.longest_turn,
            latest: Timestamp::now(),
        };
        // It ends with the last clone of the store, or when one of them closes.
        tokio::spawn(task.run(requests));
        let shared = Shared {
            options,
            transactions,
            readers: Arc::new(readers),
            queue,
            available,
            ledger,
            #[cfg(test)]
            bus,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Brings the schema up to date, all steps or none; a file that holds data is copied first.
    ///
    /// Fails with `Internal` and a text for the operator when a newer version of the program has written this database.
    pub async fn migrate(&self) -> Result<Migrated> {
        let options = &self.shared.options;
        let db = connect(options, 1, |o| o).await?;
        let migrated = schema::migrate(&db, &options.path).await;
        db.close().await.map_err(meaning)?;
        migrated
    }

    /// Closes all connections, which also folds SQLite's log into the file. What comes later is `Unavailable`.
    pub async fn close(&self) -> Result<()> {
        self.shared.transactions.close_by_ref().await.map_err(meaning)?;
        self.shared.readers.close();
        let (done, closed) = oneshot::channel();
        // Both fail only when it is closed already.
        if self.shared.queue.send(Request::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
        Ok(())
    }

    pub(crate) async fn begin_write(&self) -> Result<SqlTx> {
        let shared = &self.shared;
        if !*shared.available.borrow() {
            return Err(error::unavailable());
        }
        let (asked, turn) = oneshot::channel();
        shared
            .queue
            .try_send(Request::Turn(asked))
            .map_err(|_| error::unavailable())?;
        let turn = timeout(shared.options.patience, turn)
            .await
            .map_err(|_| error::unavailable())?
            .map_err(|_| error::unavailable())??;
        Ok(SqlTx::writing(turn))
    }

    pub(crate) async fn begin_read(&self) -> Result<SqlTx> {
        let db = self.shared.transactions.begin().await.map_err(meaning)?;
        SqlTx::reading(Executor::Transaction(db)).await
    }

    pub(crate) async fn begin_glance(&self) -> Result<SqlTx> {
        let readers = self.shared.readers.clone();
        SqlTx::reading(Executor::Glance(Glance { readers })).await
    }

    /// Which commits need no comparing, because this process made them or has compared before.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(self.begin_write().await?))
    }

    async fn read(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(self.begin_read().await?))
    }

    async fn glance(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(self.begin_glance().await?))
    }
}

/// Makes the file before SQLite does, because SQLite would let everyone on the machine read it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}

async fn connect(
    options: &StoreOptions,
    connections: u32,
    more: impl Fn(SqliteConnectOptions) -> SqliteConnectOptions + Send + Sync + 'static,
) -> Result<DatabaseConnection> {
    let path = options.path.clone();
    // The path goes in as a path: in the URL a `?` or `%` in it would mean something.
    let mut connect = ConnectOptions::new("sqlite:");
    connect
        .max_connections(connections)
        .acquire_timeout(options.patience)
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

#[cfg(test)]
pub(crate) mod tests;
