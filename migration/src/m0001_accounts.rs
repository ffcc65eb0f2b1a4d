//! The installation itself, tenants, people, their log-ins and socket tickets.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use uuid::Uuid;

use crate::parts::{index, references, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        installation(manager).await?;
        tenants(manager).await?;
        users(manager).await?;
        credentials(manager).await
    }
}

async fn installation(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("installation")
        .col(small_integer("id").primary_key())
        .col(text("epoch"))
        .col(big_integer("commits").default(0))
        .to_owned();
    manager.create_table(table).await?;
    let mut epoch = Uuid::new_v4().simple().to_string();
    epoch.truncate(10);
    let row = Query::insert()
        .into_table("installation")
        .columns(["id", "epoch", "commits"])
        .values_panic([1.into(), epoch.into(), 0.into()])
        .to_owned();
    manager.execute(row).await
}

async fn tenants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("tenants")
        .col(uuid("id").primary_key())
        .col(text("name"))
        .col(boolean("suspended").default(false))
        .col(timestamp_with_time_zone("created_at").default(Expr::current_timestamp()))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("tenants", &["name"])).await?;
    // Single-tenant use never sees the word: everything belongs to this one.
    let row = Query::insert()
        .into_table("tenants")
        .columns(["id", "name"])
        .values_panic([Uuid::now_v7().into(), "default".into()])
        .to_owned();
    manager.execute(row).await
}

async fn users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("users")
        .col(uuid("id").primary_key())
        .col(uuid("tenant_id"))
        .col(text("username"))
        .col(text("username_key"))
        .col(text_null("email"))
        .col(text_null("email_key"))
        .col(text("password_hash"))
        .col(text("role"))
        .col(boolean("platform_admin"))
        .col(boolean("disabled"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .foreign_key(&mut references("users", "tenant_id", "tenants"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("users", &["username_key"])).await?;
    manager.create_index(unique("users", &["email_key"])).await?;
    manager.create_index(index("users", &["tenant_id", "id"])).await
}

async fn credentials(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let families = Table::create()
        .table("token_families")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(big_integer("generation"))
        .col(timestamp_with_time_zone("rotated_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(&mut references("token_families", "user_id", "users"))
        .to_owned();
    manager.create_table(families).await?;
    manager
        .create_index(index("token_families", &["user_id"]))
        .await?;
    manager
        .create_index(index("token_families", &["expires_at"]))
        .await?;

    let tickets = Table::create()
        .table("tickets")
        .col(blob("hash").primary_key())
        .col(uuid("user_id"))
        .col(uuid("family_id"))
        .col(timestamp_with_time_zone("token_expires_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut references("tickets", "user_id", "users"))
        .to_owned();
    manager.create_table(tickets).await?;
    manager.create_index(index("tickets", &["user_id"])).await?;
    manager.create_index(index("tickets", &["expires_at"])).await
}
