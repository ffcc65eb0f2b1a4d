//! Audit rows: written once, read by a bot's owners and administrators, removed by age alone.

use async_trait::async_trait;
use domain::Result;
use domain::access::Access;
use domain::audit::{AuditEntry, AuditRows};
use domain::ids::{AuditId, BotId, TenantId, UserId};
use domain::page::Page;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::columns::before_id;
use super::entity::audit::{self, Column};
use super::error::meaning;
use super::tx::SqlTx;

fn into_domain(row: audit::Model) -> AuditEntry {
    AuditEntry {
        id: AuditId(row.id),
        tenant_id: TenantId(row.tenant_id),
        bot_id: row.bot_id.map(BotId),
        at: row.at.into(),
        user_id: row.user_id.map(UserId),
        username: row.username,
        action: row.action,
        target: row.target,
        details: row.details,
        private_to: row.private_to.map(UserId),
    }
}

#[async_trait]
impl AuditRows for SqlTx {
    async fn insert_audit(&mut self, entry: &AuditEntry) -> Result<()> {
        let row = audit::ActiveModel {
            id: Set(entry.id.0),
            tenant_id: Set(entry.tenant_id.0),
            bot_id: Set(entry.bot_id.map(|id| id.0)),
            at: Set(entry.at.into_inner()),
            user_id: Set(entry.user_id.map(|id| id.0)),
            username: Set(entry.username.clone()),
            action: Set(entry.action.clone()),
            target: Set(entry.target.clone()),
            details: Set(entry.details.clone()),
            private_to: Set(entry.private_to.map(|id| id.0)),
        };
        audit::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn audit_of_bot(&mut self, access: &Access, reader: UserId, page: Page) -> Result<Vec<AuditEntry>> {
        self.audit_where(Column::BotId.eq(access.bot_id().0), reader, page)
            .await
    }

    async fn audit_of_tenant(
        &mut self,
        tenant: TenantId,
        reader: UserId,
        page: Page,
    ) -> Result<Vec<AuditEntry>> {
        self.audit_where(Column::TenantId.eq(tenant.0), reader, page)
            .await
    }
}

impl SqlTx {
    async fn audit_where(&self, scope: SimpleExpr, reader: UserId, page: Page) -> Result<Vec<AuditEntry>> {
        let visible = Condition::any()
            .add(Column::PrivateTo.is_null())
            .add(Column::PrivateTo.eq(reader.0));
        let rows = audit::Entity::find()
            .filter(scope)
            .filter(Column::Id.lt(before_id(page)))
            .filter(visible)
            .order_by_desc(Column::Id)
            .limit(page.fetch())
            .all(self.db())
            .await
            .map_err(meaning)?;
        Ok(rows.into_iter().map(into_domain).collect())
    }
}
