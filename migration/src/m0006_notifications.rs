//! People's inboxes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::{index, references};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("notifications")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(text("kind"))
            .col(text("title"))
            .col(text("message"))
            .col(uuid_null("bot_id"))
            .col(text("action"))
            .col(json_binary("details"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("read_at"))
            .foreign_key(&mut references("notifications", "user_id", "users"))
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(index("notifications", &["user_id", "id"]))
            .await?;
        manager
            .create_index(index("notifications", &["user_id", "read_at"]))
            .await
    }
}
