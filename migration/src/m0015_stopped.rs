//! An answer that somebody has stopped while another node writes it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("answers")
            .add_column(boolean("is_stopped").default(false))
            .to_owned();
        manager.alter_table(table).await
    }
}
