//! Who did what, without texts.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub bot_id: Option<Uuid>,
    pub at: DateTimeUtc,
    pub user_id: Option<Uuid>,
    pub username: String,
    pub action: String,
    pub target: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
    pub private_to: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
