//! Indexes that answer hot questions by themselves, in place of shorter ones; and no statistics of when a database was small.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::parts::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A person's bots in the order in which they are listed.
        replace(manager, "permissions", &["user_id"], &["user_id", "bot_id"]).await?;
        // With the author: others' messages behind a read marker are counted without looking at them.
        replace(
            manager,
            "messages",
            &["session_id", "seq"],
            &["session_id", "seq", "user_id"],
        )
        .await?;
        if manager.get_database_backend() == DbBackend::Sqlite && manager.has_table("sqlite_stat1").await? {
            // Earlier versions gathered them at each stop. Of a database that was small they make SQLite read whole tables.
            let connection = manager.get_connection();
            connection.execute_unprepared("DELETE FROM sqlite_stat1").await?;
        }
        Ok(())
    }
}

async fn replace(
    manager: &SchemaManager<'_>,
    table: &'static str,
    old: &[&'static str],
    new: &[&'static str],
) -> Result<(), DbErr> {
    let name = format!("ix_{table}_{}", old.join("_"));
    let drop = Index::drop().name(name).table(table).to_owned();
    manager.drop_index(drop).await?;
    manager.create_index(index(table, new)).await
}
