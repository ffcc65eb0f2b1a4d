//! The storage port over SQL, on one SQLite file (`file.rs`) or on PostgreSQL (`server.rs`). What the rows of a feature are, and
//! how they are read and written, is the same on both and stands in the files of the features. Rules live in `domain`.

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
mod file;
mod group;
mod hold;
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
mod server;
mod sql;
mod sqlite;
mod streams;
mod task;
mod tenant;
mod tx;
pub(crate) mod whole;
mod words;
mod writer;
mod zero;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::store::{Store, Tx};
use secrecy::SecretString;

use crate::bus::Bus;
pub(crate) use columns::marks;
pub(crate) use error::{meaning, unavailable};
use file::FileStore;
pub(crate) use hold::Hold;
use ledger::Ledger;
pub(crate) use rows::Flag;
pub use schema::Migrated;
pub(crate) use schema::{Schema, raise, schema_of, steps};
use server::ServerStore;
pub(crate) use streams::stream_id;
pub(crate) use tx::SqlTx;
pub(crate) use words::vector;

/// Which database it is.
#[derive(Debug, Clone)]
pub enum DatabaseAt {
    /// The SQLite file; it is made, readable by its owner alone, if it is not there.
    File(PathBuf),
    /// The address of a PostgreSQL database, as in `postgres://user:password@host/name`. It must be there; several nodes may
    /// use it.
    Server(SecretString),
}

/// Where the database is and how many connections it gets.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    pub database: DatabaseAt,
    /// Connections that read, beside those that write.
    pub readers: u32,
    /// Connections that write, on PostgreSQL; a file has one.
    pub writers: u32,
    /// How long a use case waits for its turn to write, for another one's lock, or for a free connection before it is
    /// `Unavailable`.
    pub patience: Duration,
    /// Use cases that may wait for their turn to write to a file; the next one is `Unavailable` at once.
    pub waiting: usize,
    /// Whoever waits to write to a file joins a group for so long after it began, and is committed with it.
    pub join: Duration,
    /// The longest that one use case may keep others from writing; then it is undone, and `Unavailable` at its next step.
    pub longest_turn: Duration,
}

impl StoreOptions {
    /// The defaults: four readers, eight writers, five seconds of patience, 1,024 that wait, five milliseconds to join a
    /// group, ten seconds for one turn.
    pub fn of(database: DatabaseAt) -> Self {
        Self {
            database,
            readers: 4,
            writers: 8,
            patience: Duration::from_secs(5),
            waiting: 1024,
            join: Duration::from_millis(5),
            longest_turn: Duration::from_secs(10),
        }
    }

    /// The same over a file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::of(DatabaseAt::File(path.into()))
    }
}

/// The store; clones share it.
#[derive(Clone)]
pub struct SqlStore {
    backend: Backend,
    #[cfg(test)]
    bus: Bus,
}

#[derive(Clone)]
enum Backend {
    File(Arc<FileStore>),
    Server(Arc<ServerStore>),
}

impl SqlStore {
    /// Opens (or makes) the database file, or connects to the server, without looking at the schema: `migrate` comes next.
    /// Facts of commits go to `bus`.
    ///
    /// Fails with `Internal` when the folder is missing, the file is no database or the server will not have us, with
    /// `Unavailable` when the file is locked or the server is away.
    pub async fn open(options: StoreOptions, bus: Bus) -> Result<Self> {
        #[cfg(test)]
        let heard = bus.clone();
        let backend = match options.database.clone() {
            DatabaseAt::File(path) => Backend::File(Arc::new(FileStore::open(path, options, bus).await?)),
            DatabaseAt::Server(url) => {
                Backend::Server(Arc::new(ServerStore::open(&url, &options, bus).await?))
            }
        };
        Ok(Self {
            backend,
            #[cfg(test)]
            bus: heard,
        })
    }

    #[cfg(test)]
    fn file(&self) -> &FileStore {
        match &self.backend {
            Backend::File(file) => file,
            Backend::Server(_) => panic!("this test is about a file"),
        }
    }

    /// Brings the schema up to date, all steps or none. Of several that do so at once, one does it.
    ///
    /// Fails with `Internal` and a text for the operator when a newer version of the program has written this database.
    pub async fn migrate(&self) -> Result<Migrated> {
        match &self.backend {
            Backend::File(file) => file.migrate().await,
            Backend::Server(server) => server.migrate().await,
        }
    }

    /// Closes all connections. What comes later is `Unavailable`.
    pub async fn close(&self) -> Result<()> {
        match &self.backend {
            Backend::File(file) => file.close().await,
            Backend::Server(server) => server.close().await,
        }
    }

    pub(crate) async fn begin_write(&self) -> Result<SqlTx> {
        match &self.backend {
            Backend::File(file) => file.begin_write().await,
            Backend::Server(server) => server.begin_write().await,
        }
    }

    pub(crate) async fn begin_read(&self) -> Result<SqlTx> {
        match &self.backend {
            Backend::File(file) => file.begin_read().await,
            Backend::Server(server) => server.begin_read().await,
        }
    }

    pub(crate) async fn begin_glance(&self) -> Result<SqlTx> {
        match &self.backend {
            Backend::File(file) => Ok(file.begin_glance()),
            Backend::Server(server) => server.begin_glance().await,
        }
    }

    /// Whether other nodes may use the same database.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.backend, Backend::Server(_))
    }

    /// Which commits need no comparing, because this process made them or has compared before; on a server there are other
    /// processes, and nothing tells.
    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        match &self.backend {
            Backend::File(file) => Some(&file.ledger),
            Backend::Server(_) => None,
        }
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

#[cfg(test)]
pub(crate) mod tests;
