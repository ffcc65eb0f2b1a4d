//! Which node writes an answer, and until when it may be silent; which node does a job; and which nodes there are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for (table, column) in [
            ("answers", uuid_null("holder")),
            ("answers", timestamp_with_time_zone_null("leased_until")),
            ("jobs", uuid_null("holder")),
        ] {
            let table = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let nodes = Table::create()
            .table("nodes")
            .col(uuid("id").primary_key())
            .col(timestamp_with_time_zone("heard_at"))
            .to_owned();
        manager.create_table(nodes).await
    }
}
