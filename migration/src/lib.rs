//! The schema, one file per step, for SQLite and PostgreSQL alike: a step is never edited once it was released, the next one
//! mends it. What only one database understands stands in a `match` on the backend. When and how steps run (copy first, all or
//! nothing, never backwards) is `infra/src/store/schema.rs`.

mod m0001_accounts;
mod m0002_bots;
mod m0003_chat;
mod m0004_search;
mod m0005_events;
mod m0006_notifications;
mod m0007_idempotency;
mod m0008_audit;
mod m0009_documents;
mod m0010_answers;
mod m0011_providers;
mod m0012_reading;
mod m0013_epoch_tables;
mod m0014_holders;
mod m0015_stopped;
mod parts;

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::{MigratorTrait, seaql_migrations};

/// All steps in order.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_bots::Migration),
            Box::new(m0003_chat::Migration),
            Box::new(m0004_search::Migration),
            Box::new(m0005_events::Migration),
            Box::new(m0006_notifications::Migration),
            Box::new(m0007_idempotency::Migration),
            Box::new(m0008_audit::Migration),
            Box::new(m0009_documents::Migration),
            Box::new(m0010_answers::Migration),
            Box::new(m0011_providers::Migration),
            Box::new(m0012_reading::Migration),
            Box::new(m0013_epoch_tables::Migration),
            Box::new(m0014_holders::Migration),
            Box::new(m0015_stopped::Migration),
        ]
    }
}
