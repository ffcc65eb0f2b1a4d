//! The whole database at once, for backups and checks: connections of their own, without the bounds that keep use cases short.
//! Which tables there are, and what is done with them, stands in `infra/src/backup`.

use std::path::Path;
use std::time::Duration;

use domain::{Error, Result};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, FromQueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};

use super::error::meaning;
use super::file::{connect, make_private};
use super::hold::SCHEMA;
use super::{DatabaseAt, server};

/// How long a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// One that reads everything in one state of the database, and one that looks at how it is now.
const CONNECTIONS: u32 = 2;

pub(crate) struct Whole {
    db: DatabaseConnection,
}

impl Whole {
    /// For reading; a server may go on writing. Fails with `Internal` when there is no such file.
    pub async fn reading(database: &DatabaseAt) -> Result<Self> {
        let db = match database {
            DatabaseAt::File(path) => {
                there(path)?;
                connect(path, CONNECTIONS, PATIENCE, |o| o.pragma("query_only", "on")).await?
            }
            DatabaseAt::Server(url) => {
                let habits = [
                    ("default_transaction_isolation", "repeatable read"),
                    ("default_transaction_read_only", "on"),
                ];
                server::unbounded(url, CONNECTIONS, PATIENCE, &habits).await?
            }
        };
        Ok(Self { db })
    }

    /// For filling one that holds nothing; a file is made, readable by its owner alone.
    pub async fn filling(database: &DatabaseAt) -> Result<Self> {
        let db = match database {
            DatabaseAt::File(path) => {
                make_private(path)
                    .map_err(|why| Error::internal(format!("cannot make {}: {why}", path.display())))?;
                connect(path, 1, PATIENCE, |o| o).await?
            }
            DatabaseAt::Server(url) => server::unbounded(url, 1, PATIENCE, &[]).await?,
        };
        Ok(Self { db })
    }

    /// A file of its own that takes whatever is put into it, also rows whose parents are missing.
    pub async fn scratch(path: &Path) -> Result<Self> {
        make_private(path)
            .map_err(|why| Error::internal(format!("cannot make {}: {why}", path.display())))?;
        let db = connect(path, 1, PATIENCE, |o| o.foreign_keys(false)).await?;
        Ok(Self { db })
    }

    /// One state of the database, from the first statement on.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction> {
        self.db.begin().await.map_err(meaning)
    }

    /// The one transaction that fills it. Servers that start meanwhile wait for its end before they look at the schema.
    pub async fn turn(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.db.begin_with_options(options).await.map_err(meaning)?;
        if is_postgres(&tx) {
            let lock = format!("SELECT pg_advisory_xact_lock({SCHEMA})");
            tx.execute_unprepared(&lock).await.map_err(meaning)?;
        }
        Ok(tx)
    }

    /// How it is now, whatever a snapshot says.
    pub fn now(&self) -> &DatabaseConnection {
        &self.db
    }

    pub async fn close(self) -> Result<()> {
        self.db.close().await.map_err(meaning)
    }
}

pub(crate) fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}

/// All rows of a query with `$1`-style parameters.
pub(crate) async fn all<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await.map_err(meaning)?;
    rows.iter()
        .map(|row| T::from_query_result(row, "").map_err(meaning))
        .collect()
}

/// The one row of a query that always has one.
pub(crate) async fn one<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<T> {
    let rows = all(db, sql, values).await?.into_iter().next();
    rows.ok_or_else(|| Error::internal("the database did not answer"))
}

/// Whether a query finds nothing.
pub(crate) async fn finds_nothing(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<bool> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_one_raw(statement).await.map_err(meaning)?.is_none())
}

/// Runs a change; gives the number of rows it touched.
pub(crate) async fn run(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await.map_err(meaning)?.rows_affected())
}

fn there(path: &Path) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    Err(Error::internal(format!(
        "there is no database {}",
        path.display()
    )))
}
