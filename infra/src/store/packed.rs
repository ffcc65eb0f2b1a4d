//! Many rows in one. Every row that the driver brings wakes the task that waits for it, which costs several times what SQLite
//! spends on finding it (ADR 0014). Statements that bring whole pages have the database put the rows into one JSON text; here
//! they are taken out again. They are written as SQLite reads them, and spelled anew for PostgreSQL.

use std::borrow::Cow;

use domain::chat::Message;
use domain::ids::{BotId, MessageId, SessionId, UserId};
use domain::{Error, Result};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::columns::message_role;
use super::tx::SqlTx;

/// A message as `PackedMessage` reads it.
macro_rules! packed_message {
    () => {
        "json_array(hex(m.id), hex(m.session_id), CASE WHEN m.user_id IS NULL THEN NULL ELSE hex(m.user_id) END,
            m.username, m.role, m.content, CAST(m.metadata AS text), m.seq, m.created_at, m.edited_at)"
    };
}

pub(super) use packed_message;

/// The one row of a statement that brings nothing else.
#[derive(FromQueryResult)]
pub(super) struct PackRow {
    /// On PostgreSQL no text stands for no rows.
    pub packed: Option<String>,
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

/// A statement in the words of the database that it is for.
pub(super) fn spelled<'a>(tx: &SqlTx, sql: &'a str) -> Cow<'a, str> {
    match tx.db().get_database_backend() {
        // Ids need no packing there: they are texts in JSON.
        DbBackend::Postgres => sql
            .replace("json_group_array(", "json_agg(")
            .replace("json_array(", "json_build_array(")
            .replace("hex(", "(")
            .into(),
        DbBackend::Sqlite | DbBackend::MySql | _ => sql.into(),
    }
}

/// In no order that could be relied upon.
pub(super) fn unpacked<T: DeserializeOwned>(packed: Option<&str>) -> Result<Vec<T>> {
    serde_json::from_str(packed.unwrap_or("[]")).map_err(Error::internal)
}
