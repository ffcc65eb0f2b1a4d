//! The log: streams, their numbers and their events.

use async_trait::async_trait;
use domain::account::Identity;
use domain::events::{
    BotPlace, Epoch, EventDraft, EventRows, Fact, InboxPlace, Recorded, Scope, StreamId, StreamState,
};
use domain::ids::{BotId, MessageId, SessionId, TenantId, UserId};
use domain::time::Timestamp;
use domain::{Credential, Error, Result};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entity::event::{self, Column};
use super::entity::stream;
use super::error::meaning;
use super::rows::Count;
use super::streams::{audience_columns, kind, recorded, seen_by};
use super::tx::SqlTx;

/// The update locks the stream's row until the commit: who comes next waits for the number, and a rollback gives it back. SQLite
/// takes one statement after the other, PostgreSQL, which is a trip away, one within the other.
const NUMBER_SQLITE: &str = "UPDATE streams SET head = head + 1 WHERE id = $1";
const APPEND_SQLITE: &str =
    "INSERT INTO events (stream_id, seq, id, kind, audience, audience_user, session_id, message_id, fact, at)
    SELECT id, head, $2, $3, $4, $5, $6, $7, $8, $9 FROM streams WHERE id = $1 RETURNING seq";

const APPEND_POSTGRES: &str =
    "WITH taken AS (UPDATE streams SET head = head + 1 WHERE id = $1 RETURNING id, head)
    INSERT INTO events (stream_id, seq, id, kind, audience, audience_user, session_id, message_id, fact, at)
    SELECT id, head, $2, $3, $4, $5, $6, $7, $8, $9 FROM taken RETURNING seq";

/// The limit is inside the count: a reader who was away for long is not worth counting to the end.
const COUNT: &str = "SELECT COUNT(*) AS count FROM (
    SELECT 1 FROM events WHERE stream_id = $1 AND seq > $2 AND seq <= $3
        AND (audience = 0 OR (audience = 1 AND audience_user = $4))
    LIMIT $5) AS visible";
const COUNT_OF_SESSION: &str = "SELECT COUNT(*) AS count FROM (
    SELECT 1 FROM events WHERE stream_id = $1 AND session_id = $6 AND seq > $2 AND seq <= $3
        AND (audience = 0 OR (audience = 1 AND audience_user = $4))
    LIMIT $5) AS visible";

#[derive(FromQueryResult)]
struct SeqRow {
    seq: i64,
}

#[derive(FromQueryResult)]
struct EpochRow {
    epoch: String,
}

fn of(stream: StreamId) -> Select<event::Entity> {
    event::Entity::find()
        .filter(Column::StreamId.eq(stream.uuid()))
        .order_by_asc(Column::Seq)
}

impl SqlTx {
    async fn recorded(&self, stream: StreamId, found: Select<event::Entity>) -> Result<Vec<Recorded>> {
        let rows = found.all(self.db()).await.map_err(meaning)?;
        rows.into_iter().map(|row| recorded(stream, row)).collect()
    }
}

#[async_trait]
impl EventRows for SqlTx {
    async fn create_stream(&mut self, stream: StreamId, tenant: TenantId, at: Timestamp) -> Result<()> {
        let row = stream::ActiveModel {
            id: Set(stream.uuid()),
            kind: Set(kind(stream)),
            tenant_id: Set(tenant.0),
            head: Set(0),
            floor: Set(0),
            created_at: Set(at.into_inner()),
            ended_at: Set(None),
        };
        stream::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn append(&mut self, stream: StreamId, draft: EventDraft) -> Result<Recorded> {
        let (audience, audience_user) = audience_columns(draft.audience);
        let values = [
            stream.uuid().into(),
            draft.id.0.into(),
            draft.fact.name().into(),
            audience.into(),
            audience_user.into(),
            draft.fact.session_id().map(|id| id.0).into(),
            draft.fact.message_id().map(|id| id.0).into(),
            serde_json::to_value(&draft.fact).map_err(Error::internal)?.into(),
            draft.at.into_inner().into(),
        ];
        let sql = match self.db().get_database_backend() {
            DbBackend::Postgres => APPEND_POSTGRES,
            DbBackend::Sqlite | DbBackend::MySql | _ => {
                self.run(NUMBER_SQLITE, [stream.uuid().into()]).await?;
                APPEND_SQLITE
            }
        };
        let Some(SeqRow { seq }) = self.run_returning(sql, values).await? else {
            return Err(Error::internal(format!("there is no stream {stream:?}")));
        };
        let EventDraft {
            id,
            at,
            audience,
            fact,
        } = draft;
        let event = Recorded {
            stream,
            seq,
            id,
            at,
            audience,
            fact,
        };
        self.keep(event.clone());
        Ok(event)
    }

    async fn stream_state(&mut self, stream: StreamId) -> Result<Option<StreamState>> {
        let row = stream::Entity::find_by_id(stream.uuid())
            .one(self.db())
            .await
            .map_err(meaning)?;
        Ok(row.map(|row| StreamState {
            head: row.head,
            floor: row.floor,
        }))
    }

    async fn events(
        &mut self,
        scope: Scope,
        after: i64,
        up_to: i64,
        reader: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<Recorded>> {
        let mut found = of(scope.stream)
            .filter(Column::Seq.gt(after))
            .filter(Column::Seq.lte(up_to))
            .limit(limit);
        if let Some(session) = scope.session {
            found = found.filter(Column::SessionId.eq(session.0));
        }
        if let Some(reader) = reader {
            found = found.filter(seen_by(reader));
        }
        self.recorded(scope.stream, found).await
    }

    async fn count_events(
        &mut self,
        scope: Scope,
        after: i64,
        up_to: i64,
        reader: UserId,
        cap: u64,
    ) -> Result<u64> {
        let mut values: Vec<sea_orm::Value> = vec![
            scope.stream.uuid().into(),
            after.into(),
            up_to.into(),
            reader.0.into(),
            (cap as i64).into(),
        ];
        values.extend(scope.session.map(|session| session.0.into()));
        let sql = scope.session.map_or(COUNT, |_| COUNT_OF_SESSION);
        let count: Option<Count> = self.one(sql, values).await?;
        Ok(count.map_or(0, Count::get))
    }

    async fn bot_place(
        &mut self,
        credential: Credential,
        bot: BotId,
        sessions: u32,
    ) -> Result<Option<(Identity, BotPlace)>> {
        self.place_at_bot(credential, bot, sessions).await
    }

    async fn inbox_place(&mut self, credential: Credential) -> Result<Option<(Identity, InboxPlace)>> {
        self.place_at_inbox(credential).await
    }

    async fn events_of_message(&mut self, stream: StreamId, message: MessageId) -> Result<Vec<Recorded>> {
        self.recorded(stream, of(stream).filter(Column::MessageId.eq(message.0)))
            .await
    }

    async fn texts_of_session(
        &mut self,
        stream: StreamId,
        session: SessionId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<Recorded>> {
        let found = of(stream)
            .filter(Column::SessionId.eq(session.0))
            .filter(
                Column::MessageId
                    .is_not_null()
                    .or(Column::Kind.is_in(["session_created", "session_updated"])),
            )
            .filter(Column::Seq.gt(after))
            .limit(limit);
        self.recorded(stream, found).await
    }

    async fn rewrite(&mut self, stream: StreamId, seq: i64, fact: &Fact) -> Result<()> {
        let fact = serde_json::to_value(fact).map_err(Error::internal)?;
        event::Entity::update_many()
            .set(event::ActiveModel {
                fact: Set(fact),
                ..Default::default()
            })
            .filter(Column::StreamId.eq(stream.uuid()))
            .filter(Column::Seq.eq(seq))
            .exec(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn epoch(&mut self) -> Result<Epoch> {
        let row: Option<EpochRow> = self
            .one("SELECT epoch FROM installation WHERE id = 1", [])
            .await?;
        row.map(|row| Epoch(row.epoch))
            .ok_or_else(|| Error::internal("the installation's row is missing"))
    }

    async fn set_epoch(&mut self, epoch: &Epoch) -> Result<()> {
        let sql = match self.db().get_database_backend() {
            DbBackend::Postgres => {
                "UPDATE installation SET epoch = $1, epoch_tables = own_tables() WHERE id = 1"
            }
            DbBackend::Sqlite | DbBackend::MySql | _ => "UPDATE installation SET epoch = $1 WHERE id = 1",
        };
        self.run(sql, [epoch.0.clone().into()]).await?;
        Ok(())
    }
}
