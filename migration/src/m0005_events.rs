//! Streams and their numbered events.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::{index, references};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        streams(manager).await?;
        events(manager).await
    }
}

async fn streams(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("streams")
        // The id of the bot or the person whose stream it is; no foreign key, a stream outlives them.
        .col(uuid("id").primary_key())
        .col(small_integer("kind"))
        .col(uuid("tenant_id"))
        .col(big_integer("head").default(0))
        .col(big_integer("floor").default(0))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(&mut references("streams", "tenant_id", "tenants"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("streams", &["ended_at"])).await
}

async fn events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("events")
        .col(uuid("stream_id"))
        .col(big_integer("seq"))
        .col(uuid("id"))
        .col(text("kind"))
        // 0: everyone, 1: only `audience_user`, 2: nobody (a control record).
        .col(small_integer("audience"))
        .col(uuid_null("audience_user"))
        .col(uuid_null("session_id"))
        .col(uuid_null("message_id"))
        .col(json_binary("fact"))
        .col(timestamp_with_time_zone("at"))
        .primary_key(Index::create().col("stream_id").col("seq"))
        .foreign_key(&mut references("events", "stream_id", "streams"))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(index("events", &["stream_id", "message_id"]))
        .await?;
    manager
        .create_index(index("events", &["stream_id", "session_id", "seq"]))
        .await
}
