//! What SQLite said when it failed, in the form in which the other database's driver says it: `error.rs` reads one kind alone.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr};

/// A result code of SQLite with its text.
#[derive(Debug, thiserror::Error)]
#[error("{text} (code {code})")]
struct Failure {
    /// The extended code; its low byte is the primary one.
    code: i32,
    text: String,
}

pub(super) fn failed(error: rusqlite::Error) -> DbErr {
    let rusqlite::Error::SqliteFailure(source, text) = error else {
        // A statement that does not fit what was made of it here; nothing of SQLite's.
        return DbErr::Type(error.to_string());
    };
    let failure = SqlxError::Database(Box::new(Failure {
        code: source.extended_code,
        text: text.unwrap_or_else(|| source.to_string()),
    }));
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(failure)))
}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.text
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                ErrorKind::UniqueViolation
            }
            rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
