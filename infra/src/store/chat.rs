//! Sessions, how far people have read them, and the door to messages (`message.rs`) and full text (`search.rs`).

use std::collections::HashMap;

use async_trait::async_trait;
use domain::Result;
use domain::access::Access;
use domain::chat::{ChatRows, Message, ReadMarker, SeqSpan, Session, SessionActivity};
use domain::ids::{BotId, MessageId, SessionId, UserId};
use domain::page::Page;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Value};

use super::columns::{before_id, marks, status, status_text, visibility, visibility_text};
use super::entity::{read_marker, session};
use super::error::meaning;
use super::tx::SqlTx;

/// Sessions with the names of their creators, which are those of today.
const SESSION: &str = "SELECT s.*, u.username FROM sessions s JOIN users u ON u.id = s.created_by";

#[derive(FromQueryResult)]
struct SessionRow {
    #[sea_orm(nested)]
    session: session::Model,
    username: String,
}

#[derive(FromQueryResult)]
struct CountRow {
    session_id: Uuid,
    count: i64,
}

#[derive(FromQueryResult)]
struct MarkerRow {
    session_id: Uuid,
    user_id: Uuid,
    message_id: Uuid,
}

impl SessionRow {
    fn into_domain(self) -> Result<Session> {
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
        let ids = || sessions.iter().map(|id| Value::from(id.0));
        let bot = Value::from(access.bot_id().0);
        let mut activity: HashMap<SessionId, SessionActivity> = HashMap::new();

        let sql = format!(
            "SELECT id AS session_id, message_count AS count FROM sessions WHERE bot_id = $1 AND id IN ({})",
            marks(2, sessions.len())
        );
        let counts: Vec<CountRow> = self.all(&sql, std::iter::once(bot.clone()).chain(ids())).await?;
        for row in counts {
            activity
                .entry(SessionId(row.session_id))
                .or_default()
                .message_count = row.count;
        }

        let sql = format!(
            "SELECT m.session_id, COUNT(*) AS count FROM messages m
                LEFT JOIN read_markers r ON r.session_id = m.session_id AND r.user_id = $1
             WHERE m.bot_id = $2 AND m.session_id IN ({}) AND m.seq > COALESCE(r.seq, 0)
                AND (m.user_id IS NULL OR m.user_id <> $1)
             GROUP BY m.session_id",
            marks(3, sessions.len())
        );
        let unread: Vec<CountRow> = self
            .all(&sql, [reader.0.into(), bot.clone()].into_iter().chain(ids()))
            .await?;
        for row in unread {
            activity.entry(SessionId(row.session_id)).or_default().unread = row.count;
        }

        // Markers of those who lost their role stay, for the day they come back, and are shown to nobody meanwhile.
        let sql = format!(
            "SELECT r.session_id, r.user_id, r.message_id FROM read_markers r
                JOIN permissions p ON p.bot_id = $1 AND p.user_id = r.user_id
             WHERE (p.expires_at IS NULL OR p.expires_at > $2) AND r.session_id IN ({})
             ORDER BY r.session_id, r.user_id",
            marks(3, sessions.len())
        );
        let markers: Vec<MarkerRow> = self
            .all(&sql, [bot, self.at().into()].into_iter().chain(ids()))
            .await?;
        for row in markers {
            let marker = ReadMarker {
                session_id: SessionId(row.session_id),
                user_id: UserId(row.user_id),
                message_id: MessageId(row.message_id),
            };
            activity.entry(marker.session_id).or_default().read.push(marker);
        }
        Ok(activity)
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

    async fn search_messages(
        &mut self,
        access: &Access,
        reader: UserId,
        words: &[String],
        page: Page,
    ) -> Result<Vec<Message>> {
        self.full_text(access, reader, words, page).await
    }

    async fn read_marker(
        &mut self,
        access: &Access,
        session: SessionId,
        user: UserId,
    ) -> Result<Option<(ReadMarker, i64)>> {
        let sql = "SELECT r.session_id, r.user_id, r.message_id, r.seq FROM read_markers r
            JOIN sessions s ON s.id = r.session_id
            WHERE s.bot_id = $1 AND r.session_id = $2 AND r.user_id = $3";
        let values = [access.bot_id().0.into(), session.0.into(), user.0.into()];
        let row: Option<read_marker::Model> = self.one(sql, values).await?;
        Ok(row.map(|row| {
            (
                ReadMarker {
                    session_id: session,
                    user_id: user,
                    message_id: MessageId(row.message_id),
                },
                row.seq,
            )
        }))
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
