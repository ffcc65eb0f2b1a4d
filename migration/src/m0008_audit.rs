//! Who did what. No foreign keys: these rows outlive everything they speak of.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("audit")
            .col(uuid("id").primary_key())
            .col(uuid("tenant_id"))
            .col(uuid_null("bot_id"))
            .col(timestamp_with_time_zone("at"))
            .col(uuid_null("user_id"))
            .col(text("username"))
            .col(text("action"))
            .col(text("target"))
            .col(json_binary("details"))
            .col(uuid_null("private_to"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("audit", &["bot_id", "id"])).await?;
        manager.create_index(index("audit", &["tenant_id", "id"])).await?;
        manager.create_index(index("audit", &["at"])).await
    }
}
