//! Answers kept for requests that are sent twice. The second of two concurrent repeats finds the first one's answer because
//! what one person does is done one after the other (`hold.rs`).

use async_trait::async_trait;
use domain::Result;
use domain::idempotency::{IdempotencyKey, IdempotencyRows, StoredAnswer};
use domain::ids::{MessageId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use super::entity::idempotency::{self, Column};
use super::error::meaning;
use super::tx::SqlTx;

#[async_trait]
impl IdempotencyRows for SqlTx {
    async fn stored_answer(&mut self, user: UserId, key: &IdempotencyKey) -> Result<Option<StoredAnswer>> {
        let found = idempotency::Entity::find()
            .filter(Column::UserId.eq(user.0))
            .filter(Column::Scope.eq(&key.scope))
            .filter(Column::Key.eq(&key.key));
        let row = found.one(self.db()).await.map_err(meaning)?;
        Ok(row.map(|row| StoredAnswer {
            fingerprint: row.fingerprint,
            answer: row.answer,
            at: row.at.into(),
        }))
    }

    async fn store_answer(
        &mut self,
        user: UserId,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
        about: Option<MessageId>,
    ) -> Result<()> {
        let row = idempotency::ActiveModel {
            id: NotSet,
            user_id: Set(user.0),
            scope: Set(key.scope.clone()),
            key: Set(key.key.clone()),
            fingerprint: Set(answer.fingerprint.clone()),
            answer: Set(answer.answer.clone()),
            message_id: Set(about.map(|id| id.0)),
            at: Set(answer.at.into_inner()),
        };
        // Only an answer past its time is ever in the way: one that still counts was replayed instead.
        let replace = OnConflict::columns([Column::UserId, Column::Scope, Column::Key])
            .update_columns([Column::Fingerprint, Column::Answer, Column::MessageId, Column::At])
            .to_owned();
        idempotency::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn answers_about(&mut self, message: MessageId) -> Result<Vec<(i64, Value)>> {
        let found = idempotency::Entity::find()
            .filter(Column::MessageId.eq(message.0))
            .order_by_asc(Column::Id);
        let rows = found.all(self.db()).await.map_err(meaning)?;
        Ok(rows.into_iter().map(|row| (row.id, row.answer)).collect())
    }

    async fn rewrite_answer(&mut self, row: i64, answer: &Value) -> Result<()> {
        let change = idempotency::ActiveModel {
            answer: Set(answer.clone()),
            ..Default::default()
        };
        idempotency::Entity::update_many()
            .set(change)
            .filter(Column::Id.eq(row))
            .exec(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }
}
