//! Answers kept for a day, for requests that are sent twice.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::{index, references, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("idempotency")
            .col(big_pk_auto("id"))
            .col(uuid("user_id"))
            .col(text("scope"))
            .col(text("key"))
            .col(blob("fingerprint"))
            .col(json_binary("answer"))
            .col(uuid_null("message_id"))
            .col(timestamp_with_time_zone("at"))
            .foreign_key(&mut references("idempotency", "user_id", "users"))
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(unique("idempotency", &["user_id", "scope", "key"]))
            .await?;
        manager
            .create_index(index("idempotency", &["message_id"]))
            .await?;
        manager.create_index(index("idempotency", &["at"])).await
    }
}
