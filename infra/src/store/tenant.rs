//! Tenants.

use async_trait::async_trait;
use domain::ids::TenantId;
use domain::tenant::TenantRows;
use domain::{Error, Result};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::tenant;
use super::error::meaning;
use super::tx::SqlTx;

#[async_trait]
impl TenantRows for SqlTx {
    async fn default_tenant(&mut self) -> Result<TenantId> {
        let found = tenant::Entity::find().filter(tenant::Column::Name.eq("default"));
        let row = found.one(self.db()).await.map_err(meaning)?;
        // The first schema step writes it and nothing removes it.
        row.map(|row| TenantId(row.id))
            .ok_or_else(|| Error::internal("the default tenant is missing"))
    }
}
