//! A message. `num` is what the full-text index knows it by.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub num: i64,
    pub id: Uuid,
    pub session_id: Uuid,
    pub bot_id: Uuid,
    pub user_id: Option<Uuid>,
    pub username: String,
    pub role: String,
    pub content: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
    pub seq: i64,
    pub created_at: DateTimeUtc,
    pub edited_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
