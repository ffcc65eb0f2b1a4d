//! Documents, the pieces of their text, what cites them, and the work on them. `document_changes` is the log that retrieval
//! indexes follow: one row per document, its latest change, numbered over the whole installation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::parts::{index, references, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// One name in `infra/src/store/error.rs` and here. What failed or was cancelled may be uploaded again.
const SAME_BYTES: &str = "CREATE UNIQUE INDEX uq_documents_bot_id_sha256 ON documents (bot_id, sha256)
    WHERE status NOT IN ('failed', 'cancelled')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        documents(manager).await?;
        chunks(manager).await?;
        citations(manager).await?;
        changes(manager).await?;
        jobs(manager).await
    }
}

async fn documents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("documents")
        .col(uuid("id").primary_key())
        .col(uuid("bot_id"))
        .col(text("filename"))
        .col(text("kind"))
        .col(big_integer("size"))
        .col(text("sha256"))
        .col(text("status"))
        .col(text_null("stage"))
        .col(double("progress"))
        .col(text_null("error"))
        .col(big_integer("chunks"))
        .col(big_integer("text_bytes"))
        .col(big_integer_null("pages"))
        .col(uuid("uploaded_by"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut references("documents", "bot_id", "bots"))
        .foreign_key(&mut references("documents", "uploaded_by", "users"))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(index("documents", &["bot_id", "id"]))
        .await?;
    manager.create_index(index("documents", &["uploaded_by"])).await?;
    manager.get_connection().execute_unprepared(SAME_BYTES).await?;
    Ok(())
}

/// No foreign key: there may be very many of them, and they are removed bit by bit after their document is gone.
async fn chunks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("chunks")
        .col(big_pk_auto("num"))
        .col(uuid("document_id"))
        .col(uuid("bot_id"))
        .col(big_integer("n"))
        .col(big_integer_null("page"))
        .col(text("heading"))
        .col(text("text"))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(unique("chunks", &["document_id", "n"]))
        .await
}

/// Which messages cite which documents: what the proof of a deletion counts.
async fn citations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("citations")
        .col(uuid("message_id"))
        .col(uuid("document_id"))
        .primary_key(Index::create().col("message_id").col("document_id"))
        .foreign_key(&mut references("citations", "message_id", "messages"))
        .foreign_key(&mut references("citations", "document_id", "documents"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("citations", &["document_id"])).await
}

/// No foreign keys: what is dropped has to be told after its document and its bot are gone.
async fn changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("document_changes")
        .col(uuid("document_id").primary_key())
        .col(uuid("bot_id"))
        .col(big_integer("seq"))
        .col(boolean("dropped"))
        .col(timestamp_with_time_zone("at"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("document_changes", &["seq"])).await?;
    manager
        .create_index(index("document_changes", &["dropped", "at"]))
        .await?;
    // SQLite adds one column at a time.
    for column in ["document_seq", "document_floor"] {
        let table = Table::alter()
            .table("installation")
            .add_column(big_integer(column).default(0))
            .to_owned();
        manager.alter_table(table).await?;
    }
    Ok(())
}

/// No foreign keys: taking away the text and the bytes of a document comes after its row, and after its bot's, went.
async fn jobs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("jobs")
        .col(uuid("id").primary_key())
        .col(uuid("bot_id"))
        .col(text("task"))
        .col(uuid("document_id"))
        .col(big_integer("attempts"))
        .col(timestamp_with_time_zone("run_after"))
        .col(timestamp_with_time_zone_null("leased_until"))
        .col(uuid_null("lease"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("jobs", &["run_after"])).await?;
    manager.create_index(index("jobs", &["document_id"])).await
}
