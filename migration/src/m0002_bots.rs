//! Bots, their versions and who has which role on them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::{index, references};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        bots(manager).await?;
        versions(manager).await?;
        permissions(manager).await
    }
}

async fn bots(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("bots")
        .col(uuid("id").primary_key())
        .col(uuid("tenant_id"))
        .col(text("name"))
        .col(text("name_key"))
        .col(text("description"))
        .col(text("instructions"))
        .col(text("model"))
        .col(json_binary("settings"))
        .col(big_integer("version"))
        .col(boolean("suspended"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .foreign_key(&mut references("bots", "tenant_id", "tenants"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("bots", &["tenant_id", "id"])).await
}

async fn versions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("bot_versions")
        .col(uuid("bot_id"))
        .col(big_integer("version"))
        .col(text("name"))
        .col(text("description"))
        .col(text("instructions"))
        .col(text("model"))
        .col(json_binary("settings"))
        .col(uuid_null("updated_by"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("bot_id").col("version"))
        .foreign_key(&mut references("bot_versions", "bot_id", "bots"))
        .to_owned();
    manager.create_table(table).await
}

async fn permissions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("permissions")
        .col(uuid("bot_id"))
        .col(uuid("user_id"))
        .col(text("role"))
        .col(uuid_null("granted_by"))
        .col(timestamp_with_time_zone("granted_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .primary_key(Index::create().col("bot_id").col("user_id"))
        .foreign_key(&mut references("permissions", "bot_id", "bots"))
        .foreign_key(&mut references("permissions", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("permissions", &["user_id"])).await?;
    manager.create_index(index("permissions", &["expires_at"])).await
}
