//! For which tables the epoch was begun, on PostgreSQL: a restore makes new ones, or a new database, and so is found out by
//! whichever node comes first. SQLite's file is looked after from outside (`infra/src/installation.rs`).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

/// What no two copies of the tables on one server have in common.
const POSTGRES: &str = "
CREATE FUNCTION own_tables() RETURNS bigint STABLE LANGUAGE sql AS $$
    SELECT (CAST(oid AS bigint) << 32) | CAST('streams'::regclass::oid AS bigint)
    FROM pg_database WHERE datname = current_database()
$$;
UPDATE installation SET epoch_tables = own_tables();
";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("installation")
            .add_column(big_integer("epoch_tables").default(0))
            .to_owned();
        manager.alter_table(table).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(POSTGRES).await?;
        }
        Ok(())
    }
}
