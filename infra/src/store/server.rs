//! The store over PostgreSQL: a pool of connections that write, each use case in a transaction of its own, and a pool that reads.
//! What keeps use cases out of each other's way is `hold.rs`. Other nodes use the same database; what they commit is heard of
//! over the bus, or found by the relay.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::events::Recorded;
use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    ExecResult, QueryResult, Statement, TransactionTrait,
};
use secrecy::{ExposeSecret, SecretString};

use super::error::{lost, meaning};
use super::executor::Executor;
use super::group::DbResult;
use super::hold::Hold;
use super::schema::{self, Migrated};
use super::tx::SqlTx;
use super::{DatabaseAt, StoreOptions};
use crate::bus::{Bus, Company};

/// Statements of all use cases; each connection prepares those that it has met.
const STATEMENTS: usize = 512;

/// The longest that a single statement may take. Nothing that a use case asks for comes near it.
const STATEMENT: Duration = Duration::from_secs(30);

/// The database's clock is asked at the latest after so long, when no use case has asked.
const CLOCK: Duration = Duration::from_secs(10);

pub(super) struct ServerStore {
    writers: DatabaseConnection,
    most_writers: u32,
    readers: Readers,
    clock: Arc<Clock>,
    bus: Bus,
    /// For what happens once, and may take its time.
    slow: ConnectOptions,
}

/// Connections that read. Those that the server has let go of are found out by using them; what only reads is simply asked
/// again on the next one.
#[derive(Clone)]
pub(crate) struct Readers {
    pool: DatabaseConnection,
    most: u32,
}

/// A use case's transaction.
pub(crate) struct Work {
    pub(super) db: DatabaseTransaction,
    pub(super) held: Vec<Hold>,
    clock: Arc<Clock>,
    bus: Bus,
}

/// What the database's clock shows: measured now and then, and counted on by this machine's steady clock in between. It does not go
/// back because an answer was long on its way.
#[derive(Debug)]
struct Clock {
    measured: Mutex<Option<(Timestamp, Instant)>>,
}

impl ServerStore {
    pub async fn open(url: &SecretString, options: &StoreOptions, bus: Bus) -> Result<Self> {
        let common = connect_options(url, options)?;
        // Read uncommitted work of nobody, and the work of others as it is committed.
        let mut writing = with_settings(
            &common,
            options,
            &[("default_transaction_isolation", "read committed")],
        );
        writing.max_connections(options.writers.max(1));
        // One state of the database from a transaction's first statement on.
        let mut reading = with_settings(
            &common,
            options,
            &[
                ("default_transaction_isolation", "repeatable read"),
                ("default_transaction_read_only", "on"),
            ],
        );
        reading.max_connections(options.readers.max(1));
        // What waited for another node's migration must see what that has done.
        let mut slow = with_settings(
            &common,
            options,
            &[
                ("statement_timeout", "0"),
                ("lock_timeout", "0"),
                ("default_transaction_isolation", "read committed"),
            ],
        );
        slow.max_connections(1);
        let store = Self {
            writers: Database::connect(writing).await.map_err(meaning)?,
            most_writers: options.writers.max(1),
            readers: Readers {
                pool: Database::connect(reading).await.map_err(meaning)?,
                most: options.readers.max(1),
            },
            clock: Arc::new(Clock {
                measured: Mutex::new(None),
            }),
            bus,
            slow,
        };
        store.now().await?;
        Ok(store)
    }

    pub async fn migrate(&self) -> Result<Migrated> {
        let db = Database::connect(self.slow.clone()).await.map_err(meaning)?;
        let migrated = schema::migrate_server(&db).await;
        db.close().await.map_err(meaning)?;
        migrated
    }

    pub async fn close(&self) -> Result<()> {
        self.writers.close_by_ref().await.map_err(meaning)?;
        self.readers.pool.close_by_ref().await.map_err(meaning)
    }

    pub async fn begin_write(&self) -> Result<SqlTx> {
        let now = self.now().await?;
        let db = begin(&self.writers, self.most_writers).await?;
        let work = Work {
            db,
            held: Vec::new(),
            clock: self.clock.clone(),
            bus: self.bus.clone(),
        };
        Ok(SqlTx::at_time(Executor::Work(work), now))
    }

    pub async fn begin_read(&self) -> Result<SqlTx> {
        let now = self.now().await?;
        let db = begin(&self.readers.pool, self.readers.most).await?;
        Ok(SqlTx::at_time(Executor::Transaction(db), now))
    }

    pub async fn begin_glance(&self) -> Result<SqlTx> {
        let now = self.now().await?;
        Ok(SqlTx::at_time(Executor::Readers(self.readers.clone()), now))
    }

    async fn now(&self) -> Result<Timestamp> {
        if let Some(now) = self.clock.now() {
            return Ok(now);
        }
        let asked = Instant::now();
        let question = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
        let row = self.readers.one(question).await.map_err(meaning)?;
        let row = row.ok_or_else(|| Error::internal("the database did not tell the time"))?;
        let told: DateTimeUtc = row.try_get("", "now").map_err(meaning)?;
        Ok(self.clock.set(asked, told.into()))
    }
}

/// Connections for what takes as long as it takes. Nothing but the wait for a connection is bounded.
pub(super) async fn unbounded(
    url: &SecretString,
    connections: u32,
    patience: Duration,
    more: &[(&str, &str)],
) -> Result<DatabaseConnection> {
    let options = StoreOptions {
        patience,
        ..StoreOptions::of(DatabaseAt::Server(url.clone()))
    };
    let common = connect_options(url, &options)?;
    let mut settings = vec![
        ("statement_timeout", "0"),
        ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
    ];
    settings.extend_from_slice(more);
    let mut connect = with_settings(&common, &options, &settings);
    connect.max_connections(connections);
    Database::connect(connect).await.map_err(meaning)
}

/// On a connection that is alive. One that the server has let go of fails at once, and is not given back to the pool.
///
/// Trap: what is begun is begun to its end, also when the caller goes away meanwhile. The driver forgets a transaction whose `BEGIN`
/// it has sent and not seen answered; the connection would go back to the pool inside of it, and show whoever reads on it
/// next, rights included, the database of that moment.
async fn begin(pool: &DatabaseConnection, most: u32) -> Result<DatabaseTransaction> {
    let pool = pool.clone();
    let beginning = tokio::spawn(async move {
        for _ in 0..most {
            match pool.begin().await {
                Err(error) if lost(&error) => {}
                begun => return begun,
            }
        }
        pool.begin().await
    });
    beginning.await.map_err(Error::internal)?.map_err(meaning)
}

impl Readers {
    pub(super) async fn one(&self, statement: Statement) -> DbResult<Option<QueryResult>> {
        for _ in 0..self.most {
            match self.pool.query_one_raw(statement.clone()).await {
                Err(error) if lost(&error) => {}
                asked => return asked,
            }
        }
        self.pool.query_one_raw(statement).await
    }

    pub(super) async fn all(&self, statement: Statement) -> DbResult<Vec<QueryResult>> {
        for _ in 0..self.most {
            match self.pool.query_all_raw(statement.clone()).await {
                Err(error) if lost(&error) => {}
                asked => return asked,
            }
        }
        self.pool.query_all_raw(statement).await
    }

    /// The server refuses what changes something.
    pub(super) async fn execute(&self, statement: Statement) -> DbResult<ExecResult> {
        self.pool.execute_raw(statement).await
    }
}

impl Work {
    pub(super) fn set_clock(&self, asked: Instant, told: Timestamp) -> Timestamp {
        self.clock.set(asked, told)
    }

    /// What was begun is brought to its end, also when the caller goes away: what is committed is on the bus at once.
    pub(super) async fn commit(self, recorded: Vec<Recorded>) -> Result<()> {
        let Self { db, bus, .. } = self;
        let committing = tokio::spawn(async move {
            db.commit().await.map_err(meaning)?;
            bus.publish(recorded, Company::None);
            Ok(())
        });
        committing.await.map_err(Error::internal)?
    }
}

impl Clock {
    /// Takes what was told to a question that was `asked` then; gives what it shows with that. It may be later than what was told by
    /// as much as the answer took.
    fn set(&self, asked: Instant, told: Timestamp) -> Timestamp {
        let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let at = Instant::now();
        let counted = measured.map_or(told, |(before, then)| {
            before.plus(at.saturating_duration_since(then))
        });
        let now = counted.clamp(told, told.plus(at.saturating_duration_since(asked)));
        // No finer than what the database keeps.
        let now = now.into_inner().into();
        *measured = Some((now, at));
        now
    }

    fn now(&self) -> Option<Timestamp> {
        let measured = *self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, at) = measured?;
        let passed = at.elapsed();
        (passed < CLOCK).then(|| now.plus(passed).into_inner().into())
    }
}

fn connect_options(url: &SecretString, options: &StoreOptions) -> Result<(ConnectOptions, PgConnectOptions)> {
    // Looked at here, so that what is wrong with it is told without telling it.
    let address = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| Error::internal("the address of the database cannot be understood"))?;
    // Trap: `sea-orm` writes these options into the log, at the level `trace`, password and all. So they do not hold the address: it
    // is put in when a connection is made (`with_settings`).
    let mut connect = ConnectOptions::new("postgres://localhost");
    connect
        .acquire_timeout(options.patience)
        .connect_timeout(options.patience)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .min_connections(1)
        .test_before_acquire(false)
        // Statements would bring message texts into the log.
        .sqlx_logging(false);
    Ok((connect, address))
}

/// Every connection of the pool gets these, and the bounds that keep one use case from holding up others for long.
fn with_settings(
    (common, address): &(ConnectOptions, PgConnectOptions),
    options: &StoreOptions,
    more: &[(&str, &str)],
) -> ConnectOptions {
    let milliseconds = |time: Duration| time.as_millis().to_string();
    let mut settings: HashMap<String, String> = HashMap::from([
        ("statement_timeout".to_owned(), milliseconds(STATEMENT)),
        ("lock_timeout".to_owned(), milliseconds(options.patience)),
        (
            "idle_in_transaction_session_timeout".to_owned(),
            milliseconds(options.longest_turn),
        ),
    ]);
    for (name, value) in more {
        settings.insert((*name).to_owned(), (*value).to_owned());
    }
    let (mut connect, address) = (common.clone(), address.clone());
    connect.map_sqlx_postgres_opts(move |_| {
        address
            .clone()
            .application_name("colloquy")
            .statement_cache_capacity(STATEMENTS)
            .options(settings.iter())
    });
    connect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_databases_and_not_how_long_an_answer_took() {
        let clock = Clock {
            measured: Mutex::new(None),
        };
        let (start, asked) = (Timestamp::now(), Instant::now());
        let minute = Duration::from_secs(60);
        assert_eq!(clock.set(asked, start), start);
        // An answer that was on its way for a minute: meanwhile time went on.
        let late = clock.set(
            asked.checked_sub(minute).expect("an earlier time"),
            start.minus(minute),
        );
        assert!(late >= start, "{late:?} {start:?}");
        // The database's clock was set back, or this machine's runs too fast.
        let set = clock.set(Instant::now(), start.minus(minute));
        assert!(set < start.minus(minute / 2), "{set:?} {start:?}");
        assert!(clock.set(Instant::now(), start) >= start);
    }
}
