//! What a failure of the database means to the domain: the one place where constraint names and result codes are read.
//! Everything that is no conflict and no passing trouble is `Internal`, with its source.

use std::time::Duration;

use domain::{Conflict, Error};
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// What a caller is told to wait when the database was busy or away.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Unique constraints that have a meaning: as PostgreSQL names them, as SQLite spells the columns, and what they say.
const CONFLICTS: [(&str, &str, Conflict); 2] = [
    (
        "uq_users_username_key",
        "users.username_key",
        Conflict::UsernameTaken,
    ),
    ("uq_users_email_key", "users.email_key", Conflict::EmailTaken),
];

/// The same bytes twice in one bot. Use cases look for that first and name the other document; what comes here lost a race, and
/// will see it when it tries again. As PostgreSQL names it, and as SQLite spells the columns.
const SAME_BYTES: [&str; 2] = ["uq_documents_bot_id_sha256", "documents.bot_id, documents.sha256"];

/// Busy, locked, a full disk and a failed read or write (the low bytes of SQLite's extended codes); nothing was changed.
const SQLITE_PASSING: [i32; 4] = [5, 6, 10, 13];

/// PostgreSQL classes and codes of passing trouble: connection lost, resources, shutdown, a failed read or write, a statement or
/// lock or use case that took too long.
const POSTGRES_PASSING: [&str; 7] = ["08", "53", "57", "58", "55P03", "25P03", "25P04"];

/// Of two transactions in each other's way PostgreSQL undid this one: could not serialise, deadlock.
const POSTGRES_OVERTAKEN: [&str; 2] = ["40001", "40P01"];

pub fn unavailable() -> Error {
    Error::Unavailable {
        retry_after: RETRY_AFTER,
    }
}

/// The one translation of database errors.
pub fn meaning(error: DbErr) -> Error {
    if let Some(source) = reported(&error).filter(|source| source.is_unique_violation()) {
        let text = source.message();
        let conflict = CONFLICTS
            .iter()
            .find(|(name, columns, _)| text.contains(name) || text.contains(columns));
        if let Some((_, _, conflict)) = conflict {
            return (*conflict).into();
        }
        // Whatever else is there twice was looked for before: another use case was quicker.
        let raced = source.code().is_some_and(|code| code.len() == 5)
            || SAME_BYTES.iter().any(|spelling| text.contains(spelling));
        if raced {
            return Error::Overtaken;
        }
    }
    if overtaken(&error) {
        return Error::Overtaken;
    }
    if passing(&error) {
        tracing::warn!(%error, "database unavailable");
        return unavailable();
    }
    Error::internal(error)
}

fn overtaken(error: &DbErr) -> bool {
    let code = reported(error).and_then(DatabaseError::code);
    code.is_some_and(|code| POSTGRES_OVERTAKEN.contains(&code.as_ref()))
}

/// Whether the connection is gone, or the server about to go, and nothing was begun.
pub fn lost(error: &DbErr) -> bool {
    match driver(error) {
        Some(sqlx::Error::Io(_)) => true,
        Some(source) => source
            .as_database_error()
            .and_then(DatabaseError::code)
            .is_some_and(|code| code.len() == 5 && (code.starts_with("57P") || code.starts_with("08"))),
        None => false,
    }
}

fn passing(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    if let Some(source) = reported(error) {
        return source.code().is_some_and(|code| passing_code(&code));
    }
    let Some(source) = driver(error) else {
        return false;
    };
    matches!(
        source,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed
    )
}

/// Failures of one statement, after which SQLite has undone that statement and nothing else (the low bytes of its extended
/// codes): an error in the SQL, a constraint, a type, a parameter. After all others the transaction may be gone.
const SQLITE_HARMLESS: [i32; 4] = [1, 19, 20, 25];

/// Out of disk or memory, busy, locked: SQLite took everything back, and nothing on disk is in doubt.
const SQLITE_SOUND: [i32; 4] = [5, 6, 7, 13];

/// Whether a statement failed by itself and its transaction goes on.
pub fn harmless(error: &DbErr) -> bool {
    sqlite_code(error).is_some_and(|code| SQLITE_HARMLESS.contains(&code))
}

/// Whether a transaction failed in a way that says nothing about the state of the file: after anything else it has to be
/// looked at.
pub fn sound(error: &DbErr) -> bool {
    matches!(error, DbErr::ConnectionAcquire(_))
        || sqlite_code(error)
            .is_some_and(|code| SQLITE_SOUND.contains(&code) || SQLITE_HARMLESS.contains(&code))
}

/// Whether another connection had the file locked.
pub fn busy(error: &DbErr) -> bool {
    sqlite_code(error) == Some(5)
}

/// SQLite's primary result code, if that is what went wrong.
fn sqlite_code(error: &DbErr) -> Option<i32> {
    let code = reported(error)?.code()?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}

/// What the database itself said.
fn reported(error: &DbErr) -> Option<&dyn DatabaseError> {
    driver(error)?.as_database_error()
}

fn driver(error: &DbErr) -> Option<&sqlx::Error> {
    let (DbErr::Conn(RuntimeErr::SqlxError(source))
    | DbErr::Exec(RuntimeErr::SqlxError(source))
    | DbErr::Query(RuntimeErr::SqlxError(source))) = error
    else {
        return None;
    };
    Some(source)
}

/// SQLite's codes are decimal numbers whose low byte is the primary code; PostgreSQL's have five characters.
fn passing_code(code: &str) -> bool {
    if code.len() == 5 {
        return POSTGRES_PASSING.iter().any(|passing| code.starts_with(passing));
    }
    code.parse::<i32>()
        .is_ok_and(|code| SQLITE_PASSING.contains(&(code & 0xff)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_trouble_is_told_from_lasting_trouble() {
        for passing in ["5", "6", "517", "261", "10", "13", "08006", "57P01", "57014"] {
            assert!(passing_code(passing), "{passing}");
        }
        for lasting in ["1", "19", "2067", "787", "11", "23505", "42P01", "40001", ""] {
            assert!(!passing_code(lasting), "{lasting}");
        }
    }
}
