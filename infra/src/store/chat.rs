//! Sessions, how far people have read them, and the door to messages (`message.rs`) and full text (`search.rs`).

use std::collections::HashMap;

use async_trait::async_trait;
use domain::access::Access;
use domain::account::Identity;
use domain::chat::{
    ChatRows, Marking, Message, ReadMarker, SeqSpan, Session, SessionActivity, SessionFor, SessionPage, Span,
};
use domain::ids::{BotId, MessageId, SessionId, UserId};
use domain::page::Page;
use domain::{Credential, Result};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Value};
use serde::Deserialize;

use super::columns::{before_id, marks, padded, status, status_text, visibility, visibility_text};
use super::entity::{read_marker, session};
use super::error::meaning;
use super::packed::{PackRow, spelled, unpacked};
use super::tx::SqlTx;

/// Sessions with the names of their creators, which are those of today.
const SESSION: &str = "SELECT s.*, u.username FROM sessions s JOIN users u ON u.id = s.created_by";

/// What is new in each session. Markers of those who lost their role stay, for the day they come back, and are shown to nobody
/// meanwhile.
const ACTIVITY: &str = "SELECT CAST(json_group_array(json_array(hex(s.id), s.message_count,
        (SELECT COUNT(*) FROM messages m
            WHERE m.session_id = s.id AND (m.user_id IS NULL OR m.user_id <> $2) AND m.seq > COALESCE(
                (SELECT o.seq FROM read_markers o WHERE o.session_id = s.id AND o.user_id = $2), 0)),
        (SELECT json_group_array(json_array(hex(r.user_id), hex(r.message_id)))
            FROM read_markers r CROSS JOIN permissions p
            WHERE r.session_id = s.id AND p.bot_id = $1 AND p.user_id = r.user_id
                AND (p.expires_at IS NULL OR p.expires_at > $3))
    )) AS text) AS packed
    FROM sessions s WHERE s.bot_id = $1 AND s.id IN (SESSIONS)";

#[derive(FromQueryResult)]
pub(super) struct SessionRow {
    #[sea_orm(nested)]
    session: session::Model,
    username: String,
}

/// In the order of the columns of `ACTIVITY`.
#[derive(Deserialize)]
struct PackedActivity {
    session_id: Uuid,
    message_count: i64,
    unread: i64,
    /// By person: up to which message.
    read: Option<Vec<(Uuid, Uuid)>>,
}

impl PackedActivity {
    fn into_domain(self) -> (SessionId, SessionActivity) {
        let session_id = SessionId(self.session_id);
        let marker = |(user, message)| ReadMarker {
            session_id,
            user_id: UserId(user),
            message_id: MessageId(message),
        };
        let mut read: Vec<_> = self.read.into_iter().flatten().map(marker).collect();
        read.sort_unstable_by_key(|marker| marker.user_id);
        let activity = SessionActivity {
            message_count: self.message_count,
            unread: self.unread,
            read,
        };
        (session_id, activity)
    }
}

impl SessionRow {
    pub(super) fn into_domain(self) -> Result<Session> {
        let row = self.session;
        Ok(Session {
            id: SessionId(row.id),
            bot_id: BotId(row.bot_id),
            title: row.title,
            visibility: visibility(&row.visibility)?,
            status: status(&row.status)?,
            auto_reply: row.auto_reply,
            created_by: UserId(row.created_by),
            username: self.username,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

impl SqlTx {
    async fn sessions_where(
        &self,
        rest: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Session>> {
        let rows: Vec<SessionRow> = self.all(&format!("{SESSION} {rest}"), values).await?;
        rows.into_iter().map(SessionRow::into_domain).collect()
    }
}

#[async_trait]
impl ChatRows for SqlTx {
    async fn find_session(&mut self, id: SessionId) -> Result<Option<Session>> {
        Ok(self.sessions_where("WHERE s.id = $1", [id.0.into()]).await?.pop())
    }

    async fn session_for(&mut self, reader: UserId, id: SessionId) -> Result<Option<SessionFor>> {
        self.session_and_standing(reader, id).await
    }

    async fn message_for(&mut self, reader: UserId, id: MessageId) -> Result<Option<(Message, SessionFor)>> {
        self.message_and_standing(reader, id).await
    }

    async fn identity_in(
        &mut self,
        credential: Credential,
        id: SessionId,
    ) -> Result<Option<(Identity, Option<SessionFor>)>> {
        self.identity_and_session(credential, id).await
    }

    async fn marking(
        &mut self,
        reader: UserId,
        session: SessionId,
        message: MessageId,
    ) -> Result<Option<Marking>> {
        self.before_marking(reader, session, message).await
    }

    async fn page_for(
        &mut self,
        reader: UserId,
        id: SessionId,
        span: Span,
        limit: u64,
    ) -> Result<Option<SessionPage>> {
        self.page_and_standing(reader, id, span, limit).await
    }

    async fn find_message(&mut self, id: MessageId) -> Result<Option<Message>> {
        self.message_by_id(id).await
    }

    async fn insert_session(&mut self, access: &Access, session: &Session) -> Result<()> {
        let row = session::ActiveModel {
            id: Set(session.id.0),
            bot_id: Set(access.bot_id().0),
            title: Set(session.title.clone()),
            visibility: Set(visibility_text(session.visibility).to_owned()),
            status: Set(status_text(session.status).to_owned()),
            auto_reply: Set(session.auto_reply),
            created_by: Set(session.created_by.0),
            created_at: Set(session.created_at.into_inner()),
            updated_at: Set(session.updated_at.into_inner()),
            message_count: Set(0),
            bytes: Set(0),
        };
        session::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn update_session(&mut self, access: &Access, session: &Session) -> Result<()> {
        let change = session::ActiveModel {
            title: Set(session.title.clone()),
            status: Set(status_text(session.status).to_owned()),
            auto_reply: Set(session.auto_reply),
            updated_at: Set(session.updated_at.into_inner()),
            ..Default::default()
        };
        session::Entity::update_many()
            .set(change)
            .filter(session::Column::Id.eq(session.id.0))
            .filter(session::Column::BotId.eq(access.bot_id().0))
            .exec(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn delete_session(&mut self, access: &Access, id: SessionId) -> Result<()> {
        // In the order of foreign keys, and only if the session is this bot's.
        for sql in [
            "DELETE FROM idempotency WHERE message_id IN
                (SELECT id FROM messages WHERE session_id = $1 AND bot_id = $2)",
            "DELETE FROM citations WHERE message_id IN
                (SELECT id FROM messages WHERE session_id = $1 AND bot_id = $2)",
            "DELETE FROM answers WHERE session_id = $1 AND bot_id = $2",
            "DELETE FROM read_markers WHERE session_id IN (SELECT id FROM sessions WHERE id = $1 AND bot_id = $2)",
            "DELETE FROM messages WHERE session_id = $1 AND bot_id = $2",
            "DELETE FROM sessions WHERE id = $1 AND bot_id = $2",
        ] {
            self.run(sql, [id.0.into(), access.bot_id().0.into()]).await?;
        }
        Ok(())
    }

    async fn sessions(&mut self, access: &Access, reader: UserId, page: Page) -> Result<Vec<Session>> {
        let rest = "WHERE s.bot_id = $1 AND (s.visibility = 'shared' OR s.created_by = $2) AND s.id < $3
            ORDER BY s.id DESC LIMIT $4";
        let values = [
            access.bot_id().0.into(),
            reader.0.into(),
            before_id(page).into(),
            (page.fetch() as i64).into(),
        ];
        self.sessions_where(rest, values).await
    }

    async fn activity(
        &mut self,
        access: &Access,
        reader: UserId,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, SessionActivity>> {
        if sessions.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = padded(sessions.iter().map(|id| id.0));
        let sql = spelled(self, ACTIVITY).replace("SESSIONS", &marks(4, ids.len()));
        let values = [access.bot_id().0.into(), reader.0.into(), self.at().into()];
        let row: Option<PackRow> = self.one(&sql, values.into_iter().chain(ids)).await?;
        let packed = row.and_then(|row| row.packed);
        let rows: Vec<PackedActivity> = unpacked(packed.as_deref())?;
        Ok(rows.into_iter().map(PackedActivity::into_domain).collect())
    }

    async fn private_sessions(&mut self, creator: UserId) -> Result<Vec<Session>> {
        let rest = "WHERE s.visibility = 'private' AND s.created_by = $1 ORDER BY s.id";
        self.sessions_where(rest, [creator.0.into()]).await
    }

    async fn insert_message(&mut self, access: &Access, message: &Message) -> Result<()> {
        self.write_message(access, message).await
    }

    async fn update_message(&mut self, access: &Access, message: &Message) -> Result<()> {
        self.edit_message(access, message).await
    }

    async fn delete_message(&mut self, access: &Access, message: &Message) -> Result<()> {
        self.remove_message(access, message).await
    }

    async fn messages(
        &mut self,
        access: &Access,
        session: SessionId,
        span: SeqSpan,
        limit: u64,
    ) -> Result<Vec<Message>> {
        self.messages_in(access, session, span, limit).await
    }

    async fn newest_messages(
        &mut self,
        access: &Access,
        sessions: &[SessionId],
        each: u64,
        bytes: usize,
    ) -> Result<HashMap<SessionId, Vec<Message>>> {
        self.newest_of_each(access, sessions, each, bytes).await
    }

    async fn search_messages(
        &mut self,
        access: &Access,
        reader: UserId,
        words: &[String],
        page: Page,
    ) -> Result<Vec<Message>> {
        self.full_text(access, reader, words, page).await
    }

    async fn put_read_marker(&mut self, _access: &Access, marker: ReadMarker, seq: i64) -> Result<()> {
        use read_marker::Column;
        let row = read_marker::ActiveModel {
            session_id: Set(marker.session_id.0),
            user_id: Set(marker.user_id.0),
            message_id: Set(marker.message_id.0),
            seq: Set(seq),
        };
        let replace = OnConflict::columns([Column::SessionId, Column::UserId])
            .update_columns([Column::MessageId, Column::Seq])
            .to_owned();
        read_marker::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }
}
