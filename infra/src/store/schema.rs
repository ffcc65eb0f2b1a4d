//! Bringing the schema up to date: never backwards, never half, and of a file never without a copy of what was there. The steps themselves
//! are the crate `migration`.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Error, Result};
use migration::{Migrator, MigratorTrait, seaql_migrations};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait, QueryOrder,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use super::error::meaning;
use super::file::make_private;
use super::hold::SCHEMA;

const ON_SERVER: &str = "on this server";

/// What `SqlStore::migrate` did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The number of steps that ran.
    pub steps: usize,
    /// Where the database as it was before can be found, if it held anything.
    pub copy: Option<PathBuf>,
}

/// The schema of a file. What it holds is copied first.
pub(super) async fn migrate_file(db: &DatabaseConnection, path: &Path) -> Result<Migrated> {
    let Schema {
        tables,
        applied,
        missing: steps,
    } = look(db, &path.display().to_string()).await?;
    if steps == 0 {
        return Ok(Migrated::default());
    }
    let copy = if tables.is_empty() {
        None
    } else {
        Some(copy(db, path, applied.last().map_or("nothing", String::as_str)).await?)
    };
    // One transaction around all steps: a crash leaves the old schema, and a second process that starts at the same time
    // waits, and then finds nothing to do.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = db.begin_with_options(options).await.map_err(meaning)?;
    Migrator::up(&tx, None).await.map_err(meaning)?;
    tx.commit().await.map_err(meaning)?;
    tracing::info!(steps, "schema brought up to date");
    Ok(Migrated { steps, copy })
}

/// The schema of a PostgreSQL database. Of several nodes that start at once one does it, and the others wait. Nothing is copied:
/// that is the operator's before an upgrade (`colloquy backup`).
pub(super) async fn migrate_server(db: &DatabaseConnection) -> Result<Migrated> {
    let tx = db.begin().await.map_err(meaning)?;
    let lock = format!("SELECT pg_advisory_xact_lock({SCHEMA})");
    tx.execute_unprepared(&lock).await.map_err(meaning)?;
    let found = look(&tx, ON_SERVER).await?;
    if found.missing > 0 {
        Migrator::up(&tx, None).await.map_err(meaning)?;
        tracing::info!(steps = found.missing, "schema brought up to date");
    }
    tx.commit().await.map_err(meaning)?;
    Ok(Migrated {
        steps: found.missing,
        copy: None,
    })
}

/// What a database has, and how many steps it lacks.
pub(crate) struct Schema {
    /// Of every kind, also those that the database keeps for itself.
    pub tables: Vec<String>,
    /// The names of the steps that it has seen, in order.
    pub applied: Vec<String>,
    pub missing: usize,
}

/// The schema of a database as it is. Fails with `Internal` when it has a step that this version does not know.
pub(crate) async fn schema_of(db: &impl ConnectionTrait) -> Result<Schema> {
    look(db, "of these settings").await
}

/// The names of all steps, in order.
pub(crate) fn steps() -> Vec<String> {
    let steps = Migrator::migrations();
    steps.iter().map(|step| step.name().to_owned()).collect()
}

/// Takes so many further steps, or all.
pub(crate) async fn raise(tx: &DatabaseTransaction, steps: Option<usize>) -> Result<()> {
    let steps = steps.map(u32::try_from).transpose().map_err(Error::internal)?;
    Migrator::up(tx, steps).await.map_err(meaning)
}

async fn look(db: &impl ConnectionTrait, name: &str) -> Result<Schema> {
    let known = steps();
    let tables = tables(db).await?;
    let applied = if tables.iter().any(|table| table == "seaql_migrations") {
        applied(db).await?
    } else {
        Vec::new()
    };
    if let Some(newer) = applied.iter().rev().find(|step| !known.contains(step)) {
        return Err(Error::internal(format!(
            "the database {name} was written by a newer version of colloquy (it has the schema step `{newer}`, which this \
             version does not know): use that version, or go back to the copy made before its upgrade"
        )));
    }
    let missing = known.len() - applied.len();
    Ok(Schema {
        tables,
        applied,
        missing,
    })
}

async fn tables(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT CAST(tablename AS text) AS name FROM pg_tables WHERE schemaname = current_schema()"
        }
        DbBackend::Sqlite | DbBackend::MySql | _ => "SELECT name FROM sqlite_master WHERE type = 'table'",
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .map_err(meaning)?;
    rows.iter()
        .map(|row| row.try_get("", "name").map_err(meaning))
        .collect()
}

/// The steps that this database has seen, in order. Reading them does not make the table.
async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let steps = seaql_migrations::Entity::find()
        .order_by_asc(seaql_migrations::Column::Version)
        .all(db)
        .await
        .map_err(meaning)?;
    Ok(steps.into_iter().map(|step| step.version).collect())
}

/// A whole copy beside the file, as private as it: `<file>.before-<last step>-<unix time>`.
async fn copy(db: &DatabaseConnection, path: &Path, last: &str) -> Result<PathBuf> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-{last}-{now}"));
    let copy = PathBuf::from(name);
    let failed = |source: std::io::Error| {
        Error::internal(format!(
            "cannot copy the database to {}: {source}",
            copy.display()
        ))
    };
    let text = copy.to_str().ok_or_else(|| {
        Error::internal(format!(
            "the path {} is not UTF-8: cannot copy the database",
            copy.display()
        ))
    })?;
    // `VACUUM INTO` takes a file that is empty, and keeps its rights.
    make_private(&copy).map_err(failed)?;
    db.execute_unprepared(&format!("VACUUM INTO '{}'", text.replace('\'', "''")))
        .await
        .map_err(meaning)?;
    std::fs::File::open(&copy)
        .and_then(|file| file.sync_all())
        .map_err(failed)?;
    tracing::info!(copy = %copy.display(), "database copied before the schema changes");
    Ok(copy)
}
