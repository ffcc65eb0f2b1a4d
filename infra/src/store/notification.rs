//! Inboxes. Every query names the person whose inbox it is.

use std::collections::HashSet;

use async_trait::async_trait;
use domain::Result;
use domain::ids::{BotId, NotificationId, TenantId, UserId};
use domain::notification::{Notification, NotificationRows};
use domain::page::Page;
use domain::time::Timestamp;
use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::columns::{before_id, notification_type};
use super::entity::notification::{self, Column};
use super::entity::{bot, permission, user};
use super::error::meaning;
use super::tx::SqlTx;

fn of(person: UserId) -> Select<notification::Entity> {
    notification::Entity::find().filter(Column::UserId.eq(person.0))
}

fn into_domain(row: notification::Model) -> Result<Notification> {
    Ok(Notification {
        id: NotificationId(row.id),
        kind: notification_type(&row.kind)?,
        title: row.title,
        message: row.message,
        bot_id: row.bot_id.map(BotId),
        action: row.action,
        details: row.details,
        created_at: row.created_at.into(),
        read_at: row.read_at.map(Into::into),
    })
}

#[async_trait]
impl NotificationRows for SqlTx {
    async fn insert_notification(&mut self, user: UserId, notification: &Notification) -> Result<()> {
        let row = notification::ActiveModel {
            id: Set(notification.id.0),
            user_id: Set(user.0),
            kind: Set(notification.kind.as_str().to_owned()),
            title: Set(notification.title.clone()),
            message: Set(notification.message.clone()),
            bot_id: Set(notification.bot_id.map(|id| id.0)),
            action: Set(notification.action.clone()),
            details: Set(notification.details.clone()),
            created_at: Set(notification.created_at.into_inner()),
            read_at: Set(notification.read_at.map(|at| at.into_inner())),
        };
        notification::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn notifications(
        &mut self,
        user: UserId,
        unread_only: bool,
        page: Page,
    ) -> Result<Vec<Notification>> {
        let mut found = of(user).filter(Column::Id.lt(before_id(page)));
        if unread_only {
            found = found.filter(Column::ReadAt.is_null());
        }
        let rows = found
            .order_by_desc(Column::Id)
            .limit(page.fetch())
            .all(self.db())
            .await
            .map_err(meaning)?;
        rows.into_iter().map(into_domain).collect()
    }

    async fn notification(&mut self, user: UserId, id: NotificationId) -> Result<Option<Notification>> {
        let row = of(user)
            .filter(Column::Id.eq(id.0))
            .one(self.db())
            .await
            .map_err(meaning)?;
        row.map(into_domain).transpose()
    }

    async fn count_unread(&mut self, user: UserId) -> Result<i64> {
        if self.works() {
            // What others are just bringing is counted, or comes after the event that tells the count.
            let sql = "SELECT 1 FROM streams WHERE id = $1 FOR UPDATE";
            self.finds_nothing(sql, [user.0.into()]).await?;
        }
        let count = of(user)
            .filter(Column::ReadAt.is_null())
            .count(self.db())
            .await
            .map_err(meaning)?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    async fn mark_read(&mut self, user: UserId, id: NotificationId, at: Timestamp) -> Result<()> {
        let sql = "UPDATE notifications SET read_at = $1 WHERE user_id = $2 AND id = $3 AND read_at IS NULL";
        self.run(sql, [at.into_inner().into(), user.0.into(), id.0.into()])
            .await?;
        Ok(())
    }

    async fn mark_all_read(&mut self, user: UserId, at: Timestamp) -> Result<()> {
        let sql = "UPDATE notifications SET read_at = $1 WHERE user_id = $2 AND read_at IS NULL";
        self.run(sql, [at.into_inner().into(), user.0.into()]).await?;
        Ok(())
    }

    async fn delete_notification(&mut self, user: UserId, id: NotificationId) -> Result<()> {
        self.run(
            "DELETE FROM notifications WHERE user_id = $1 AND id = $2",
            [user.0.into(), id.0.into()],
        )
        .await?;
        Ok(())
    }

    async fn visible_bots(&mut self, user: UserId, bots: &[BotId]) -> Result<HashSet<BotId>> {
        if bots.is_empty() {
            return Ok(HashSet::new());
        }
        let alive = Condition::any()
            .add(permission::Column::ExpiresAt.is_null())
            .add(permission::Column::ExpiresAt.gt(self.at()));
        // As for lists and checks: a suspended bot is there for its owners alone.
        let shown = Condition::any()
            .add(bot::Column::Suspended.eq(false))
            .add(permission::Column::Role.eq("owner"));
        let ids: Vec<Uuid> = permission::Entity::find()
            .select_only()
            .column(permission::Column::BotId)
            .join(
                JoinType::InnerJoin,
                permission::Entity::belongs_to(bot::Entity)
                    .from(permission::Column::BotId)
                    .to(bot::Column::Id)
                    .into(),
            )
            .filter(permission::Column::UserId.eq(user.0))
            .filter(permission::Column::BotId.is_in(bots.iter().map(|id| id.0)))
            .filter(bot::Column::DeletedAt.is_null())
            .filter(alive)
            .filter(shown)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(meaning)?;
        Ok(ids.into_iter().map(BotId).collect())
    }

    async fn people(
        &mut self,
        tenant: Option<TenantId>,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<UserId>> {
        let mut found = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::DeletedAt.is_null())
            .filter(user::Column::Disabled.eq(false));
        if let Some(tenant) = tenant {
            found = found.filter(user::Column::TenantId.eq(tenant.0));
        }
        if let Some(after) = after {
            found = found.filter(user::Column::Id.gt(after.0));
        }
        let ids: Vec<Uuid> = found
            .order_by_asc(user::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(meaning)?;
        Ok(ids.into_iter().map(UserId).collect())
    }
}
