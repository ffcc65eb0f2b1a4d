//! The model servers of bots that have one of their own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::references;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("providers")
            .col(uuid("bot_id").primary_key())
            .col(text("kind"))
            .col(text("base_url"))
            // Encrypted before it comes here.
            .col(blob_null("sealed_key"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(&mut references("providers", "bot_id", "bots"))
            .to_owned();
        manager.create_table(table).await
    }
}
