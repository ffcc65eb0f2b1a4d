//! Tenants: walls between groups of people on one installation. One, `default`, exists from the start.

use async_trait::async_trait;

use crate::error::Result;
use crate::ids::TenantId;

#[async_trait]
pub trait TenantRows {
    async fn default_tenant(&mut self) -> Result<TenantId>;
}
