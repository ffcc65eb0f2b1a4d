//! Messages. A session's count and size change with them in the same statement group. The full-text index SQLite keeps by
//! itself (`migration/src/m0004_search.rs`); PostgreSQL is given the words.

use std::collections::HashMap;

use domain::Result;
use domain::access::Access;
use domain::chat::{Message, SeqSpan};
use domain::ids::{BotId, MessageId, SessionId, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Order,
    QueryFilter, QueryOrder, QuerySelect, Value,
};

use super::columns::{marks, message_role, message_role_text, padded};
use super::entity::message::{self, Column};
use super::error::meaning;
use super::packed::{PackRow, PackedMessage, packed_message, spelled, unpacked};
use super::tx::SqlTx;
use super::words;

macro_rules! insert {
    ($column:literal, $value:literal) => {
        concat!(
            "INSERT INTO messages (id, session_id, bot_id, user_id, username, role, content, metadata, seq,
                created_at, edited_at",
            $column,
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11",
            $value,
            ")"
        )
    };
}

/// The message, and what its session sums up: for SQLite one statement after the other, for PostgreSQL, which is a trip away, one
/// within the other.
const INSERT_SQLITE: &str = insert!("", "");
const SUM_SQLITE: &str =
    "UPDATE sessions SET message_count = message_count + 1, bytes = bytes + $1, updated_at = $2
    WHERE id = $3 AND bot_id = $4";
const INSERT_POSTGRES: &str = concat!(
    "WITH inserted AS (",
    insert!(", words", ", CAST($13 AS tsvector)"),
    ") UPDATE sessions SET message_count = message_count + 1, bytes = bytes + $12, updated_at = $10
    WHERE id = $2 AND bot_id = $3"
);

/// The newest `$2` messages of each session, with what the texts before each of them add up to, newest session first. Whether a
/// message is one too many is told by its place; its text does not count. The lengths are read without the texts.
const NEWEST_OF_EACH: &str = concat!(
    "WITH placed AS (
        SELECT m.num, m.session_id, m.seq, octet_length(m.content) AS size,
            ROW_NUMBER() OVER (PARTITION BY m.session_id ORDER BY m.seq DESC) AS place
        FROM sessions s JOIN messages m ON m.session_id = s.id
        WHERE s.bot_id = $1 AND s.id IN (SESSIONS) AND m.seq >= COALESCE(
            (SELECT x.seq FROM messages x WHERE x.session_id = s.id ORDER BY x.seq DESC LIMIT 1 OFFSET $2 - 1), 0)
    ), summed AS (
        SELECT num, session_id, seq,
            SUM(CASE WHEN place < $2 THEN size ELSE 0 END) OVER (
                ORDER BY session_id DESC, seq DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM placed
    )
    SELECT CAST(json_group_array(",
    packed_message!(),
    ") AS text) AS packed FROM summed n CROSS JOIN messages m
    WHERE m.num = n.num AND COALESCE(n.before, 0) <= $3"
);

#[derive(FromQueryResult)]
struct PlaceRow {
    id: Uuid,
    seq: i64,
}

pub(super) fn into_domain(row: message::Model) -> Result<Message> {
    Ok(Message {
        id: MessageId(row.id),
        session_id: SessionId(row.session_id),
        bot_id: BotId(row.bot_id),
        user_id: row.user_id.map(UserId),
        username: row.username,
        role: message_role(&row.role)?,
        content: row.content,
        metadata: row.metadata,
        created_at: row.created_at.into(),
        edited_at: row.edited_at.map(Into::into),
        seq: row.seq,
    })
}

impl SqlTx {
    pub(super) async fn message_by_id(&mut self, id: MessageId) -> Result<Option<Message>> {
        let found = message::Entity::find().filter(Column::Id.eq(id.0));
        found
            .one(self.db())
            .await
            .map_err(meaning)?
            .map(into_domain)
            .transpose()
    }

    pub(super) async fn write_message(&mut self, access: &Access, message: &Message) -> Result<()> {
        let mut values: Vec<Value> = vec![
            message.id.0.into(),
            message.session_id.0.into(),
            access.bot_id().0.into(),
            message.user_id.map(|id| id.0).into(),
            message.username.as_str().into(),
            message_role_text(message.role).into(),
            message.content.as_str().into(),
            message.metadata.clone().into(),
            message.seq.into(),
            message.created_at.into_inner().into(),
            message.edited_at.map(|at| at.into_inner()).into(),
        ];
        let bytes = Value::from(message.content.len() as i64);
        match self.db().get_database_backend() {
            DbBackend::Postgres => {
                values.extend([bytes, words::vector(&message.content).into()]);
                self.run(INSERT_POSTGRES, values).await?;
            }
            DbBackend::Sqlite | DbBackend::MySql | _ => {
                self.run(INSERT_SQLITE, values).await?;
                let sums = [
                    bytes,
                    message.created_at.into_inner().into(),
                    message.session_id.0.into(),
                    access.bot_id().0.into(),
                ];
                self.run(SUM_SQLITE, sums).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn edit_message(&mut self, access: &Access, message: &Message) -> Result<()> {
        // Before the row changes: the old length is still to be read from it.
        let sql = "UPDATE sessions
            SET bytes = bytes + $1 - COALESCE((SELECT octet_length(content) FROM messages WHERE id = $2), 0)
            WHERE id = $3 AND bot_id = $4";
        let values = [
            (message.content.len() as i64).into(),
            message.id.0.into(),
            message.session_id.0.into(),
            access.bot_id().0.into(),
        ];
        self.run(sql, values).await?;
        let change = message::ActiveModel {
            content: Set(message.content.clone()),
            metadata: Set(message.metadata.clone()),
            edited_at: Set(message.edited_at.map(|at| at.into_inner())),
            ..Default::default()
        };
        message::Entity::update_many()
            .set(change)
            .filter(Column::Id.eq(message.id.0))
            .filter(Column::BotId.eq(access.bot_id().0))
            .exec(self.change())
            .await
            .map_err(meaning)?;
        if self.db().get_database_backend() == DbBackend::Postgres {
            let sql = "UPDATE messages SET words = CAST($1 AS tsvector) WHERE id = $2 AND bot_id = $3";
            let values = [
                words::vector(&message.content).into(),
                message.id.0.into(),
                access.bot_id().0.into(),
            ];
            self.run(sql, values).await?;
        }
        Ok(())
    }

    pub(super) async fn remove_message(&mut self, access: &Access, message: &Message) -> Result<()> {
        let sql = "SELECT id, seq FROM messages WHERE session_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 1";
        let before: Option<PlaceRow> = self
            .one(sql, [message.session_id.0.into(), message.seq.into()])
            .await?;
        match before {
            Some(before) => {
                let sql = "UPDATE read_markers SET message_id = $1, seq = $2 WHERE message_id = $3";
                self.run(sql, [before.id.into(), before.seq.into(), message.id.0.into()])
                    .await?;
            }
            None => {
                self.run(
                    "DELETE FROM read_markers WHERE message_id = $1",
                    [message.id.0.into()],
                )
                .await?;
            }
        }
        let sql = "UPDATE sessions SET message_count = message_count - 1,
                bytes = bytes - COALESCE((SELECT octet_length(content) FROM messages WHERE id = $1), 0)
            WHERE id = $2 AND bot_id = $3";
        let values = [
            message.id.0.into(),
            message.session_id.0.into(),
            access.bot_id().0.into(),
        ];
        self.run(sql, values).await?;
        self.run(
            "DELETE FROM citations WHERE message_id IN (SELECT id FROM messages WHERE id = $1 AND bot_id = $2)",
            [message.id.0.into(), access.bot_id().0.into()],
        )
        .await?;
        self.run(
            "DELETE FROM messages WHERE id = $1 AND bot_id = $2",
            [message.id.0.into(), access.bot_id().0.into()],
        )
        .await?;
        Ok(())
    }

    pub(super) async fn newest_of_each(
        &mut self,
        access: &Access,
        sessions: &[SessionId],
        each: u64,
        bytes: usize,
    ) -> Result<HashMap<SessionId, Vec<Message>>> {
        let mut newest: HashMap<SessionId, Vec<Message>> = HashMap::new();
        if sessions.is_empty() {
            return Ok(newest);
        }
        let ids = padded(sessions.iter().map(|id| id.0));
        let sql = spelled(self, NEWEST_OF_EACH).replace("SESSIONS", &marks(4, ids.len()));
        let bound = |number: i64| Value::from(number);
        let values = [
            access.bot_id().0.into(),
            bound(i64::try_from(each).unwrap_or(i64::MAX)),
            bound(i64::try_from(bytes).unwrap_or(i64::MAX)),
        ];
        let row: Option<PackRow> = self.one(&sql, values.into_iter().chain(ids)).await?;
        let packed = row.and_then(|row| row.packed);
        for message in unpacked::<PackedMessage>(packed.as_deref())? {
            let message = message.into_domain(access.bot_id())?;
            newest.entry(message.session_id).or_default().push(message);
        }
        for messages in newest.values_mut() {
            messages.sort_unstable_by_key(|message| message.seq);
        }
        Ok(newest)
    }

    pub(super) async fn messages_in(
        &mut self,
        access: &Access,
        session: SessionId,
        span: SeqSpan,
        limit: u64,
    ) -> Result<Vec<Message>> {
        let found = message::Entity::find()
            .filter(Column::SessionId.eq(session.0))
            .filter(Column::BotId.eq(access.bot_id().0))
            .limit(limit);
        let (found, order) = match span {
            SeqSpan::Before(seq) => (found.filter(Column::Seq.lt(seq)), Order::Desc),
            SeqSpan::After(seq) => (found.filter(Column::Seq.gt(seq)), Order::Asc),
        };
        let backwards = matches!(order, Order::Desc);
        let mut rows = found
            .order_by(Column::Seq, order)
            .all(self.db())
            .await
            .map_err(meaning)?;
        if backwards {
            rows.reverse();
        }
        rows.into_iter().map(into_domain).collect()
    }
}
