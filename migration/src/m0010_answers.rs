//! Answers that are not finished: one row from the question until the message that ends it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::{index, references, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("answers")
            // The order in which they were asked for.
            .col(big_pk_auto("num"))
            .col(uuid("message_id"))
            .col(uuid("bot_id"))
            .col(uuid("session_id"))
            // No foreign key: a question may be deleted while its answer waits, which then is wanted no more.
            .col(uuid("question_id"))
            .col(uuid("asked_by"))
            .col(text("status"))
            .col(text("content"))
            .col(uuid_null("regenerates"))
            .col(uuid_null("private_to"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(&mut references("answers", "session_id", "sessions"))
            .foreign_key(&mut references("answers", "asked_by", "users"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(unique("answers", &["message_id"])).await?;
        manager
            .create_index(index("answers", &["session_id", "num"]))
            .await?;
        manager.create_index(index("answers", &["bot_id", "num"])).await?;
        manager.create_index(index("answers", &["asked_by"])).await
    }
}
