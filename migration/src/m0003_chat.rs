//! Conversations: sessions, messages, and how far each person has read.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::{index, references, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions(manager).await?;
        messages(manager).await?;
        read_markers(manager).await
    }
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("sessions")
        .col(uuid("id").primary_key())
        .col(uuid("bot_id"))
        .col(text("title"))
        .col(text("visibility"))
        .col(text("status"))
        .col(boolean("auto_reply"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        // Kept with every message, so that lists need not count.
        .col(big_integer("message_count").default(0))
        .col(big_integer("bytes").default(0))
        .foreign_key(&mut references("sessions", "bot_id", "bots"))
        .foreign_key(&mut references("sessions", "created_by", "users"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("sessions", &["bot_id", "id"])).await
}

async fn messages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("messages")
        // The full-text index knows a message by this number: it must be an integer, and is never given twice.
        .col(big_pk_auto("num"))
        .col(uuid("id"))
        .col(uuid("session_id"))
        .col(uuid("bot_id"))
        .col(uuid_null("user_id"))
        .col(text("username"))
        .col(text("role"))
        .col(text("content"))
        .col(json_binary("metadata"))
        .col(big_integer("seq"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("edited_at"))
        .foreign_key(&mut references("messages", "session_id", "sessions"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("messages", &["id"])).await?;
    manager
        .create_index(unique("messages", &["bot_id", "seq"]))
        .await?;
    manager
        .create_index(index("messages", &["session_id", "seq"]))
        .await
}

async fn read_markers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("read_markers")
        .col(uuid("session_id"))
        .col(uuid("user_id"))
        .col(uuid("message_id"))
        .col(big_integer("seq"))
        .primary_key(Index::create().col("session_id").col("user_id"))
        .foreign_key(&mut references("read_markers", "session_id", "sessions"))
        .foreign_key(&mut references("read_markers", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("read_markers", &["message_id"])).await
}
