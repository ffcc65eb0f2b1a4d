//! What happens when the disk failed: a fresh connection, and after a failed sync a file that can be trusted again.
//!
//! After a failed sync the kernel's cache may hold pages that are not on disk and count as written; a later sync succeeds and
//! says nothing about them. Whatever of the log SQLite still counts as committed is therefore copied into the database file,
//! with a sync of its own, and the log is begun anew: no later commit rests on a page of the old one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{Error, Result};
use sea_orm::{DbBackend, QueryResult, Statement, TryGetable};

use super::error::meaning;
use super::sqlite::{Habits, Sqlite};

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

/// A fresh connection: what survived is durable, and the file was found to be whole.
///
/// Fails as `Unavailable` or `Internal` while the disk does not work, or a reader stands in the way; then it may be tried again.
pub(super) fn reopen(path: &Path, habits: Arc<Habits>) -> Result<Sqlite> {
    let writer = Sqlite::writer(path, habits).map_err(meaning)?;
    if ask::<i64>(&writer, "PRAGMA wal_checkpoint(TRUNCATE)", "busy")? != 0 {
        return Err(super::error::unavailable());
    }
    let found: String = ask(&writer, "PRAGMA quick_check(1)", "quick_check")?;
    if found != "ok" {
        return Err(Error::internal(format!("the database file is damaged: {found}")));
    }
    Ok(writer)
}

/// Makes what an earlier process left in the log durable, before anything new rests on it: that process may have been killed
/// after a failed sync. While another process has the database open it is that one's business, and waiting for it would be
/// wrong; hence PASSIVE.
pub(super) fn settle(writer: &Sqlite) -> Result<()> {
    writer.checkpoint().map_err(meaning)
}

fn ask<T: TryGetable>(db: &Sqlite, sql: &str, column: &str) -> Result<T> {
    let row: Option<QueryResult> = db
        .one(&Statement::from_string(DbBackend::Sqlite, sql))
        .map_err(meaning)?;
    row.ok_or_else(|| Error::internal("the database did not answer"))?
        .try_get("", column)
        .map_err(meaning)
}
