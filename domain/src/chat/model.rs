//! Conversations: sessions, messages, how far each person has read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{BotId, MessageId, SessionId, UserId};
use crate::text::{Content, Name};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone with a role on the bot reads it, from its start.
    Shared,
    /// Its creator alone, not even the bot's owner.
    Private,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageRole {
    User,
    Assistant,
    System,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub bot_id: BotId,
    pub title: String,
    pub visibility: Visibility,
    pub status: SessionStatus,
    pub auto_reply: bool,
    pub created_by: UserId,
    pub username: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Session {
    /// The only person who may know of this session, if it is private.
    pub fn private_to(&self) -> Option<UserId> {
        match self.visibility {
            Visibility::Private => Some(self.created_by),
            Visibility::Shared => None,
        }
    }

    pub fn readable_by(&self, user: UserId) -> bool {
        self.private_to().is_none_or(|only| only == user)
    }
}

/// What differs from reader to reader, or changes with every message; kept out of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionActivity {
    pub message_count: i64,
    /// Messages of others behind the reader's own marker.
    pub unread: i64,
    pub read: Vec<ReadMarker>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub session: Session,
    pub activity: SessionActivity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMarker {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub message_id: MessageId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub session_id: SessionId,
    pub bot_id: BotId,
    /// `None`: the bot itself.
    pub user_id: Option<UserId>,
    /// As it was when the message was written.
    pub username: String,
    pub role: MessageRole,
    pub content: String,
    pub metadata: Value,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    /// The number of the event that brought it: the order of messages is the order of commits. It stands in the row, not in
    /// the event's own text.
    #[serde(skip)]
    pub seq: i64,
}

#[derive(Debug, Clone)]
pub struct NewSession {
    pub title: Option<Name>,
    pub visibility: Visibility,
    pub auto_reply: bool,
}

#[derive(Debug, Clone, Default)]
pub struct SessionChange {
    pub title: Option<Name>,
    pub status: Option<SessionStatus>,
    pub auto_reply: Option<bool>,
}

#[derive(Debug, Clone)]
pub struct NewMessage {
    pub content: Content,
    /// Whether the bot shall answer; `None`: as the session is set, or if it is addressed.
    pub reply: Option<bool>,
    pub mentions: Vec<UserId>,
}

/// What a post answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub message: Message,
    /// The id that the answer's message will have, if one was asked for.
    #[serde(default)]
    pub answer: Option<MessageId>,
}

/// Which part of a session's messages.
#[derive(Debug, Clone, Copy)]
pub enum Span {
    Newest,
    Before(MessageId),
    After(MessageId),
}
