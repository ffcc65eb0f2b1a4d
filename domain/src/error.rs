//! What can go wrong, by meaning. Statuses, close codes and wording for the outside are decided in `api`; constraint names are
//! translated in `infra/store/error.rs`. Nothing here names a database or a protocol.

use std::time::Duration;

use crate::access::Role;
use crate::bot::Bot;
use crate::ids::DocumentId;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A thing that is not there, or that the caller may not know of: the two are the same error on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Bot,
    BotVersion,
    Session,
    Message,
    User,
    Permission,
    Notification,
    Connection,
    Document,
    Passage,
    Provider,
    Page,
}

/// The request was right, the state forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    LastOwner,
    LastAdmin,
    UsernameTaken,
    EmailTaken,
    SessionClosed,
    /// The bot has a document of the same bytes.
    DocumentExists(DocumentId),
    /// The caller's files are as many, or as large, as one person may have.
    StorageFull,
    /// The answer is still being written.
    AnswerUnfinished,
    /// The question was deleted: there is nothing to answer.
    QuestionGone,
}

/// The caller sees the thing and lacks the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// The least role on the bot that would do.
    Role(Role),
    /// Only the author of a message may do this.
    Author,
    TenantAdmin,
    PlatformAdmin,
    /// The bot is suspended; its owners may read and delete it, nothing else.
    BotSuspended,
    /// The caller's present password, asked for once more before something grave.
    Password,
    RegistrationClosed,
    SetupCode,
}

/// Why a credential was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// None was sent.
    Missing,
    /// Malformed, forged, expired or withdrawn: told apart by nothing.
    Rejected,
    /// Log-in: unknown name, wrong password and disabled account alike.
    WrongCredentials,
    /// A refresh token that was used before, or whose family has ended.
    RefreshRejected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not authenticated")]
    Unauthenticated(Unauthenticated),
    #[error("not found: {0:?}")]
    NotFound(Subject),
    #[error("forbidden: {0:?}")]
    Forbidden(Lacking),
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    /// The person named as target of a grant or transfer is none of the caller's tenant.
    #[error("unknown target user")]
    UnknownTarget,
    #[error("idempotency key reused with another request")]
    IdempotencyMismatch,
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// The version in `If-Match` is not the present one, which is enclosed.
    #[error("stale version")]
    Stale(Box<Bot>),
    #[error("too many requests")]
    TooMany { retry_after: Duration },
    /// A queue is full or the database is away; nothing was changed.
    #[error("unavailable")]
    Unavailable { retry_after: Duration },
    /// Two use cases were in each other's way and the database undid this one: nothing was changed. `store::again` runs it once
    /// more; nobody outside ever sees this.
    #[error("overtaken")]
    Overtaken,
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }
}

impl From<Subject> for Error {
    fn from(subject: Subject) -> Self {
        Self::NotFound(subject)
    }
}

impl From<Conflict> for Error {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<Lacking> for Error {
    fn from(lacking: Lacking) -> Self {
        Self::Forbidden(lacking)
    }
}

impl From<Unauthenticated> for Error {
    fn from(why: Unauthenticated) -> Self {
        Self::Unauthenticated(why)
    }
}
