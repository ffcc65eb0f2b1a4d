//! The durable facts: everything that is numbered, kept and replayed. How one looks on the wire is `api/realtime/frames.rs`;
//! who receives it is `audience`; `record` is the only way to write one.

mod audience;
mod channels;
mod record;
mod rows;
mod service;
mod signal;
mod stream;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::chat::{Message, MessageRole, Session};
use crate::document::{Document, DocumentStatus, Stage};
use crate::ids::{DocumentId, FamilyId, JobId, MessageId, NotificationId, SessionId, UserId};
use crate::notification::Notification;
use crate::time::Timestamp;

pub use audience::{Audience, Ending, audience, ending};
pub use channels::Part;
pub(crate) use record::{record, record_for, redact_message, redact_session};
pub use rows::{BotPlace, EventDraft, EventRows, InboxPlace, Scope, StreamPlace, StreamState};
pub use service::{BotGreeting, Events, Greeting, History, LogPage, SeqRange};
pub use signal::{AnswerHead, PresenceStatus, Sent, Signal, TaskKind, TaskState};
pub use stream::{Epoch, Mark, Recorded, StreamId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    MessagePosted(MessageFact),
    MessageUpdated(MessageFact),
    MessageDeleted {
        message_id: MessageId,
        session_id: SessionId,
        deleted_by: Option<UserId>,
        private_to: Option<UserId>,
    },
    SessionCreated(Session),
    SessionUpdated(Session),
    SessionDeleted {
        session_id: SessionId,
        private_to: Option<UserId>,
    },
    PermissionChanged(PermissionFact),
    BotChanged(BotFact),
    DocumentChanged(DocumentFact),
    Notified(Notification),
    NotificationRead {
        notification_id: Option<NotificationId>,
        dismissed: bool,
        unread: i64,
    },
    /// A control record: it takes effect on sockets, and is never framed.
    CredentialLost(Loss),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageFact {
    pub message: Message,
    /// The only reader, if the session is private.
    pub private_to: Option<UserId>,
    /// The text was taken out because the message was deleted since.
    #[serde(default)]
    pub redacted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PermissionAction {
    Granted,
    Updated,
    Revoked,
}

/// Why a role ended without anybody taking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    Left,
    Expired,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PermissionFact {
    pub target: UserId,
    pub username: String,
    pub action: PermissionAction,
    /// The new role, or the one that was lost.
    pub role: Role,
    /// Who gave or took it; `None` when it ended by itself.
    pub by: Option<UserId>,
    pub reason: Option<EndReason>,
    pub granted_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BotFact {
    pub change: BotChangeFact,
    pub by: Option<UserId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "update", rename_all = "lowercase")]
pub enum BotChangeFact {
    Created {
        name: String,
        description: String,
        version: i64,
    },
    /// Names of what changed, never the values that viewers may not see.
    Config {
        name: String,
        description: String,
        version: i64,
        changed: Vec<String>,
    },
    Suspended,
    Resumed,
    Deleted {
        name: String,
    },
    Ownership {
        from: Option<UserId>,
        to: UserId,
        to_username: String,
        by: Option<UserId>,
        at: Timestamp,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentAction {
    Uploaded,
    /// Taken up, or in a new stage.
    Processing,
    Processed,
    Failed,
    Cancelled,
    Deleted,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentFact {
    pub action: DocumentAction,
    pub document: DocumentHead,
    /// Who did it, or whose upload the server works on.
    pub user_id: UserId,
    /// The job that reads it, if there is one. Not told with the document, but with the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<JobId>,
}

/// What everyone is told of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentHead {
    pub id: DocumentId,
    pub filename: String,
    pub status: DocumentStatus,
    pub progress: f64,
    pub stage: Option<Stage>,
    pub error: Option<String>,
    pub content_type: String,
    pub size: i64,
    pub sha256: String,
    pub chunks: i64,
    pub pages: Option<i64>,
    pub uploaded_by: UserId,
    pub created_at: Timestamp,
}

impl DocumentHead {
    pub fn of(document: &Document) -> Self {
        Self {
            id: document.id,
            filename: document.filename.clone(),
            status: document.status,
            progress: document.progress,
            stage: document.stage,
            error: document.error.clone(),
            content_type: document.kind.content_type().to_owned(),
            size: document.size,
            sha256: document.sha256.clone(),
            chunks: document.chunks,
            pages: document.pages,
            uploaded_by: document.uploaded_by,
            created_at: document.created_at,
        }
    }
}

impl DocumentFact {
    /// The same, as what this job is about.
    pub fn with_task(self, task: Option<JobId>) -> Self {
        Self { task, ..self }
    }

    /// `by` none: the server itself.
    pub fn of(action: DocumentAction, document: &Document, by: Option<UserId>) -> Self {
        Self {
            action,
            document: DocumentHead::of(document),
            user_id: by.unwrap_or(document.uploaded_by),
            task: None,
        }
    }
}

/// Which credentials of a person ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    Family(FamilyId),
    /// New password: every family but the one that set it.
    AllBut(Option<FamilyId>),
    /// Log-out everywhere, a disabled or deleted account, a suspended tenant.
    All,
}

impl Loss {
    pub fn covers(self, family: FamilyId) -> bool {
        match self {
            Self::Family(ended) => ended == family,
            Self::AllBut(kept) => kept != Some(family),
            Self::All => true,
        }
    }
}

impl Fact {
    /// The stable name in the log, in audit rows and in filters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MessagePosted(_) => "chat_message",
            Self::MessageUpdated(_) => "chat_message_updated",
            Self::MessageDeleted { .. } => "chat_message_deleted",
            Self::SessionCreated(_) => "session_created",
            Self::SessionUpdated(_) => "session_updated",
            Self::SessionDeleted { .. } => "session_deleted",
            Self::PermissionChanged(_) => "permission_change",
            Self::BotChanged(_) => "bot_update",
            Self::DocumentChanged(_) => "document_update",
            Self::Notified(_) => "notification",
            Self::NotificationRead { .. } => "notification_read",
            Self::CredentialLost(_) => "credential_lost",
        }
    }

    pub fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::MessagePosted(fact) | Self::MessageUpdated(fact) => Some(fact.message.session_id),
            Self::MessageDeleted { session_id, .. } | Self::SessionDeleted { session_id, .. } => {
                Some(*session_id)
            }
            Self::SessionCreated(session) | Self::SessionUpdated(session) => Some(session.id),
            Self::PermissionChanged(_)
            | Self::BotChanged(_)
            | Self::DocumentChanged(_)
            | Self::Notified(_)
            | Self::NotificationRead { .. }
            | Self::CredentialLost(_) => None,
        }
    }

    /// The answer that this fact ends: its message.
    pub fn ended_answer(&self) -> Option<MessageId> {
        match self {
            Self::MessagePosted(posted) => {
                (posted.message.role == MessageRole::Assistant).then_some(posted.message.id)
            }
            Self::MessageUpdated(_)
            | Self::MessageDeleted { .. }
            | Self::SessionCreated(_)
            | Self::SessionUpdated(_)
            | Self::SessionDeleted { .. }
            | Self::PermissionChanged(_)
            | Self::BotChanged(_)
            | Self::DocumentChanged(_)
            | Self::Notified(_)
            | Self::NotificationRead { .. }
            | Self::CredentialLost(_) => None,
        }
    }

    /// The message whose text this fact holds.
    pub fn message_id(&self) -> Option<MessageId> {
        match self {
            Self::MessagePosted(fact) | Self::MessageUpdated(fact) => Some(fact.message.id),
            Self::MessageDeleted { .. }
            | Self::SessionCreated(_)
            | Self::SessionUpdated(_)
            | Self::SessionDeleted { .. }
            | Self::PermissionChanged(_)
            | Self::BotChanged(_)
            | Self::DocumentChanged(_)
            | Self::Notified(_)
            | Self::NotificationRead { .. }
            | Self::CredentialLost(_) => None,
        }
    }
}
