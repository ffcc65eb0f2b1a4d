//! What happens when the disk failed: a fresh connection, and after a failed sync a file that can be trusted again.
//!
//! After a failed sync the kernel's cache may hold pages that are not on disk and count as written; a later sync succeeds and
//! says nothing about them. Whatever of the log SQLite still counts as committed is therefore copied into the database file,
//! with a sync of its own, and the log is begun anew: no later commit rests on a page of the old one.

use std::time::Duration;

use domain::{Error, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::error::meaning;
use super::group::DbResult;

/// The first pause between two attempts, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// Pauses that double.
pub(super) fn pauses() -> impl FnMut() -> Duration {
    let mut next = PAUSES.0;
    move || {
        let pause = next;
        next = PAUSES.1.min(next * 2);
        pause
    }
}

/// Closes the writing connection, which also undoes what it has not committed; the pool opens another one when it is asked.
pub(super) async fn replace(writer: &DatabaseConnection) -> DbResult<()> {
    let connection = writer
        .get_sqlite_connection_pool()
        .acquire()
        .await
        .map_err(|_| super::group::OVER)?;
    // Its last statements may fail as well: it is closed all the same.
    let _ = connection.close().await;
    Ok(())
}

/// Replaces the connection, makes durable what survived, and looks whether the file is whole.
///
/// Fails as `Unavailable` or `Internal` while the disk does not work, or a reader stands in the way; then it may be tried again.
pub(super) async fn reopen(writer: &DatabaseConnection) -> Result<()> {
    replace(writer).await.map_err(meaning)?;
    let row = ask(writer, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
    if row.try_get_by_index::<i64>(0).map_err(meaning)? != 0 {
        return Err(super::error::unavailable());
    }
    let row = ask(writer, "PRAGMA quick_check(1)").await?;
    let found: String = row.try_get_by_index(0).map_err(meaning)?;
    if found != "ok" {
        return Err(Error::internal(format!("the database file is damaged: {found}")));
    }
    Ok(())
}

/// Makes what an earlier process left in the log durable, before anything new rests on it: that process may have been killed
/// after a failed sync. While another process has the database open it is that one's business, and waiting for it would be
/// wrong; hence PASSIVE.
pub(super) async fn settle(writer: &DatabaseConnection) -> Result<()> {
    ask(writer, "PRAGMA wal_checkpoint(PASSIVE)").await.map(drop)
}

async fn ask(db: &DatabaseConnection, sql: &str) -> Result<sea_orm::QueryResult> {
    db.query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .map_err(meaning)?
        .ok_or_else(|| Error::internal("the database did not answer"))
}
