//! Many rows in one. Every row that the driver brings wakes the task that waits for it, which costs several times what SQLite
//! spends on finding it (ADR 0014). Statements that bring whole pages have the database put the rows into one JSON text; here
//! they are taken out again. (On PostgreSQL these would be plain rows: its driver reads what has arrived in one go.)

use domain::chat::Message;
use domain::ids::{BotId, MessageId, SessionId, UserId};
use domain::{Error, Result};
use sea_orm::FromQueryResult;
use sea_orm::prelude::{DateTimeUtc, Uuid};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::columns::message_role;

/// A message as `PackedMessage` reads it.
macro_rules! packed_message {
    () => {
        "json_array(hex(m.id), hex(m.session_id), CASE WHEN m.user_id IS NULL THEN NULL ELSE hex(m.user_id) END,
            m.username, m.role, m.content, m.metadata, m.seq, m.created_at, m.edited_at)"
    };
}

pub(super) use packed_message;

/// The one row of a statement that brings nothing else.
#[derive(FromQueryResult)]
pub(super) struct PackRow {
    pub packed: String,
}

/// In the order of the columns.
#[derive(Deserialize)]
pub(super) struct PackedMessage {
    id: Uuid,
    session_id: Uuid,
    user_id: Option<Uuid>,
    username: String,
    role: String,
    content: String,
    /// A JSON text of its own.
    metadata: String,
    seq: i64,
    created_at: DateTimeUtc,
    edited_at: Option<DateTimeUtc>,
}

impl PackedMessage {
    pub(super) fn into_domain(self, bot_id: BotId) -> Result<Message> {
        Ok(Message {
            id: MessageId(self.id),
            session_id: SessionId(self.session_id),
            bot_id,
            user_id: self.user_id.map(UserId),
            username: self.username,
            role: message_role(&self.role)?,
            content: self.content,
            metadata: serde_json::from_str(&self.metadata).map_err(Error::internal)?,
            created_at: self.created_at.into(),
            edited_at: self.edited_at.map(Into::into),
            seq: self.seq,
        })
    }
}

/// In no order that could be relied upon.
pub(super) fn unpacked<T: DeserializeOwned>(packed: &str) -> Result<Vec<T>> {
    serde_json::from_str(packed).map_err(Error::internal)
}
