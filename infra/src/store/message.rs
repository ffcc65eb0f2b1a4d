//! Messages. A session's count and size change with them in the same statement group; the full-text index is kept by the
//! database itself (`migration/src/m0004_search.rs`).

use domain::Result;
use domain::access::Access;
use domain::chat::{Message, SeqSpan};
use domain::ids::{BotId, MessageId, SessionId, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::columns::{message_role, message_role_text};
use super::entity::message::{self, Column};
use super::error::meaning;
use super::tx::SqlTx;

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
        let row = message::ActiveModel {
            num: NotSet,
            id: Set(message.id.0),
            session_id: Set(message.session_id.0),
            bot_id: Set(access.bot_id().0),
            user_id: Set(message.user_id.map(|id| id.0)),
            username: Set(message.username.clone()),
            role: Set(message_role_text(message.role).to_owned()),
            content: Set(message.content.clone()),
            metadata: Set(message.metadata.clone()),
            seq: Set(message.seq),
            created_at: Set(message.created_at.into_inner()),
            edited_at: Set(message.edited_at.map(|at| at.into_inner())),
        };
        message::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        let sql = "UPDATE sessions SET message_count = message_count + 1, bytes = bytes + $1, updated_at = $2
            WHERE id = $3 AND bot_id = $4";
        let values = [
            (message.content.len() as i64).into(),
            message.created_at.into_inner().into(),
            message.session_id.0.into(),
            access.bot_id().0.into(),
        ];
        self.run(sql, values).await?;
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
            SeqSpan::Newest => (found, Order::Desc),
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
