//! Rights together with what they are asked for: a session, a message, a page of them and the asker's standing, in one statement
//! each. A statement costs more on its way to the database and back than inside it, and one statement is one moment. What
//! the rows mean is decided in `domain/src/chat/access.rs`.

use domain::Result;
use domain::account::Identity;
use domain::chat::{Marking, Message, ReadMarker, SessionFor, SessionPage, Span};
use domain::ids::{MessageId, SessionId, UserId};
use domain::{Credential, Error};
use sea_orm::prelude::Uuid;
use sea_orm::{FromQueryResult, Value};

use super::access::StandingRow;
use super::chat::SessionRow;
use super::credential::IdentityRow;
use super::entity::message;
use super::hold::Hold;
use super::message::into_domain;
use super::packed::{PackedMessage, packed_message, spelled, unpacked};
use super::rows::Flag;
use super::sql;
use super::tx::SqlTx;

const SESSION: &str = concat!(
    "SELECT ",
    sql::session!(),
    ", ",
    sql::standing!(),
    " FROM sessions s JOIN users c ON c.id = s.created_by ",
    sql::join_standing!("s.bot_id"),
    " WHERE s.id = $3"
);

const IDENTITY_AND_SESSION: &str = concat!(
    "SELECT ",
    sql::identity!(),
    ", ",
    sql::session!(),
    ", ",
    sql::standing!(),
    " FROM ",
    sql::log_ins!(),
    " LEFT JOIN sessions s ON s.id = $3 LEFT JOIN users c ON c.id = s.created_by ",
    sql::join_standing!("s.bot_id"),
    " WHERE f.id = $4"
);

const MESSAGE: &str = concat!(
    "SELECT ",
    sql::message!(),
    ", ",
    sql::session!(),
    ", ",
    sql::standing!(),
    " FROM messages m JOIN sessions s ON s.id = m.session_id JOIN users c ON c.id = s.created_by ",
    sql::join_standing!("s.bot_id"),
    " WHERE m.id = $3"
);

const MARKING: &str = concat!(
    "SELECT ",
    sql::session!(),
    ", ",
    sql::standing!(),
    ", m.session_id AS place_session, m.seq AS place_seq, r.message_id AS marked, r.seq AS marked_seq
    FROM sessions s JOIN users c ON c.id = s.created_by ",
    sql::join_standing!("s.bot_id"),
    " LEFT JOIN messages m ON m.id = $4
    LEFT JOIN read_markers r ON r.session_id = s.id AND r.user_id = $1
    WHERE s.id = $3"
);

/// A page of messages. For whom the session is hidden none are read: an answer must not take longer because there are some.
macro_rules! page {
    ($bounded:literal, $span:literal, $order:literal) => {
        concat!(
            "SELECT ",
            sql::session!(),
            ", ",
            sql::standing!(),
            ", ",
            $bounded,
            " AS bounded, (SELECT CAST(json_group_array(",
            packed_message!(),
            ") AS text) FROM (SELECT o.* FROM messages o WHERE o.session_id = CASE
                    WHEN p.role IS NULL OR (s.visibility <> 'shared' AND s.created_by <> $1) THEN NULL ELSE s.id END ",
            $span,
            " ORDER BY o.seq ",
            $order,
            " LIMIT $4) m) AS packed FROM sessions s JOIN users c ON c.id = s.created_by ",
            sql::join_standing!("s.bot_id"),
            " WHERE s.id = $3"
        )
    };
}

const NEWEST: &str = page!("true", "", "DESC");
const BEFORE: &str = page!(
    "EXISTS (SELECT 1 FROM messages x WHERE x.id = $5 AND x.session_id = $3)",
    "AND o.seq < (SELECT x.seq FROM messages x WHERE x.id = $5 AND x.session_id = $3)",
    "DESC"
);
const AFTER: &str = page!(
    "EXISTS (SELECT 1 FROM messages x WHERE x.id = $5 AND x.session_id = $3)",
    "AND o.seq > (SELECT x.seq FROM messages x WHERE x.id = $5 AND x.session_id = $3)",
    "ASC"
);

#[derive(FromQueryResult)]
struct SessionForRow {
    #[sea_orm(nested(prefix = "s_"))]
    session: Option<SessionRow>,
    #[sea_orm(nested(prefix = "bot_"))]
    standing: Option<StandingRow>,
}

#[derive(FromQueryResult)]
struct EnteringRow {
    #[sea_orm(nested)]
    identity: IdentityRow,
    #[sea_orm(nested)]
    found: SessionForRow,
}

#[derive(FromQueryResult)]
struct MessageForRow {
    #[sea_orm(nested(prefix = "m_"))]
    message: Option<message::Model>,
    #[sea_orm(nested)]
    found: SessionForRow,
}

#[derive(FromQueryResult)]
struct PageRow {
    #[sea_orm(nested)]
    found: SessionForRow,
    bounded: Flag,
    packed: Option<String>,
}

#[derive(FromQueryResult)]
struct MarkingRow {
    #[sea_orm(nested)]
    found: SessionForRow,
    place_session: Option<Uuid>,
    place_seq: Option<i64>,
    marked: Option<Uuid>,
    marked_seq: Option<i64>,
}

impl SessionForRow {
    fn into_domain(self, reader: UserId) -> Result<Option<SessionFor>> {
        let Some(session) = self.session else {
            return Ok(None);
        };
        Ok(Some(SessionFor {
            session: session.into_domain()?,
            standing: self
                .standing
                .map(|standing| standing.into_domain(reader))
                .transpose()?,
        }))
    }
}

/// A session that is joined, not left-joined.
fn there<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Error::internal("a joined row is missing"))
}

impl SqlTx {
    fn asked(&self, reader: UserId, id: Uuid) -> [Value; 3] {
        [reader.0.into(), self.at().into(), id.into()]
    }

    pub(super) async fn session_and_standing(
        &mut self,
        reader: UserId,
        id: SessionId,
    ) -> Result<Option<SessionFor>> {
        self.hold(&[Hold::BotOfSession(id)]).await?;
        let row: Option<SessionForRow> = self.one(SESSION, self.asked(reader, id.0)).await?;
        Ok(row.map(|row| row.into_domain(reader)).transpose()?.flatten())
    }

    pub(super) async fn identity_and_session(
        &mut self,
        credential: Credential,
        id: SessionId,
    ) -> Result<Option<(Identity, Option<SessionFor>)>> {
        self.hold(&[Hold::Account(credential.user_id), Hold::BotOfSession(id)])
            .await?;
        let [reader, now, session] = self.asked(credential.user_id, id.0);
        let values = [reader, now, session, credential.family.0.into()];
        let Some(row): Option<EnteringRow> = self.one(IDENTITY_AND_SESSION, values).await? else {
            return Ok(None);
        };
        let identity = row.identity.into_domain(credential.family)?;
        Ok(Some((identity, row.found.into_domain(credential.user_id)?)))
    }

    pub(super) async fn message_and_standing(
        &mut self,
        reader: UserId,
        id: MessageId,
    ) -> Result<Option<(Message, SessionFor)>> {
        self.hold(&[Hold::BotOfMessage(id)]).await?;
        let Some(row): Option<MessageForRow> = self.one(MESSAGE, self.asked(reader, id.0)).await? else {
            return Ok(None);
        };
        let message = into_domain(there(row.message)?)?;
        Ok(Some((message, there(row.found.into_domain(reader)?)?)))
    }

    pub(super) async fn before_marking(
        &mut self,
        reader: UserId,
        session: SessionId,
        message: MessageId,
    ) -> Result<Option<Marking>> {
        self.hold(&[Hold::BotOfSession(session)]).await?;
        let [user, now, id] = self.asked(reader, session.0);
        let values = [user, now, id, message.0.into()];
        let Some(row): Option<MarkingRow> = self.one(MARKING, values).await? else {
            return Ok(None);
        };
        let marker = row.marked.zip(row.marked_seq).map(|(message_id, seq)| {
            let marker = ReadMarker {
                session_id: session,
                user_id: reader,
                message_id: MessageId(message_id),
            };
            (marker, seq)
        });
        Ok(Some(Marking {
            of: there(row.found.into_domain(reader)?)?,
            message: row
                .place_session
                .zip(row.place_seq)
                .map(|(session, seq)| (SessionId(session), seq)),
            marker,
        }))
    }

    pub(super) async fn page_and_standing(
        &mut self,
        reader: UserId,
        id: SessionId,
        span: Span,
        limit: u64,
    ) -> Result<Option<SessionPage>> {
        let (sql, bound) = match span {
            Span::Newest => (NEWEST, None),
            Span::Before(bound) => (BEFORE, Some(bound)),
            Span::After(bound) => (AFTER, Some(bound)),
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let bound = bound.map(|bound| Value::from(bound.0));
        let asked = self.asked(reader, id.0).into_iter();
        let values = asked.chain([limit.into()]).chain(bound);
        let sql = spelled(self, sql);
        let Some(row): Option<PageRow> = self.one(&sql, values).await? else {
            return Ok(None);
        };
        let of = there(row.found.into_domain(reader)?)?;
        let messages = unpacked::<PackedMessage>(row.packed.as_deref())?.into_iter();
        let messages: Result<Vec<Message>> = messages
            .map(|message| message.into_domain(of.session.bot_id))
            .collect();
        let mut messages = messages?;
        messages.sort_unstable_by_key(|message| message.seq);
        Ok(Some(SessionPage {
            of,
            bounded: row.bounded.0,
            messages,
        }))
    }
}
