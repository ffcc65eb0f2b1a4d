//! What passes without being kept: typing, presence, read receipts. Signals go inbound → bus → dispatch → hub and never touch
//! the store.

use serde::{Deserialize, Serialize};

use super::Audience;
use super::{DocumentAction, DocumentFact};
use crate::chat::{AnswerStatus, ReadMarker};
use crate::document::DocumentStatus;
use crate::ids::{BotId, DocumentId, JobId, MessageId, SessionId, UserId};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PresenceStatus {
    Online,
    Offline,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    Typing {
        user_id: UserId,
        username: String,
        /// Never a private one: that concerns nobody but the typist.
        session_id: Option<SessionId>,
        is_typing: bool,
    },
    Presence {
        user_id: UserId,
        username: String,
        status: PresenceStatus,
        session_id: Option<SessionId>,
        /// Others than this person see no session.
        private_to: Option<UserId>,
    },
    Read {
        marker: ReadMarker,
        private_to: Option<UserId>,
    },
    /// Work on a document got on; its state did not change.
    DocumentProgress(DocumentFact),
    /// How a piece of background work stands, for those who watch tasks and not one bot.
    Task(TaskState),
    Answer {
        answer: AnswerHead,
        status: AnswerStatus,
        /// How many answers of the session go first.
        position: usize,
    },
    /// A piece of an answer's text.
    Delta {
        answer: AnswerHead,
        /// Characters (Unicode scalar values) before this piece.
        offset: usize,
        content: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    ReadDocument,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskState {
    pub task_id: JobId,
    pub kind: TaskKind,
    pub document_id: DocumentId,
    /// The document's. Of one that was deleted while it was worked on, `Cancelled`.
    pub status: DocumentStatus,
    pub progress: f64,
    pub error: Option<String>,
}

impl TaskState {
    /// What a change of a document says of the work on it; `None`: there is no such work.
    pub fn of(change: &DocumentFact) -> Option<Self> {
        let DocumentFact {
            action,
            document,
            task,
            ..
        } = change;
        let status = match action {
            DocumentAction::Deleted => DocumentStatus::Cancelled,
            DocumentAction::Uploaded
            | DocumentAction::Processing
            | DocumentAction::Processed
            | DocumentAction::Failed
            | DocumentAction::Cancelled => document.status,
        };
        Some(Self {
            task_id: (*task)?,
            kind: TaskKind::ReadDocument,
            document_id: document.id,
            status,
            progress: document.progress,
            error: document.error.clone(),
        })
    }
}

/// Which answer a signal is about, and who may hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerHead {
    pub message_id: MessageId,
    pub session_id: SessionId,
    pub question_id: MessageId,
    /// The only reader, if the session is private.
    pub private_to: Option<UserId>,
}

/// A signal on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sent {
    pub bot_id: BotId,
    /// The highest number of the bot's stream that the sender's node had heard of: facts up to it go first everywhere.
    pub seen: i64,
    pub at: Timestamp,
    pub signal: Signal,
}

impl Signal {
    pub fn audience(&self) -> Audience {
        match self {
            Self::Read { private_to, .. } => Audience::private_to(*private_to),
            Self::Answer { answer, .. } | Self::Delta { answer, .. } => {
                Audience::private_to(answer.private_to)
            }
            Self::Typing { .. } | Self::Presence { .. } | Self::DocumentProgress(_) | Self::Task(_) => {
                Audience::Everyone
            }
        }
    }
}
