//! A fact with its number.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub id: Uuid,
    pub kind: String,
    pub audience: i16,
    pub audience_user: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub message_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub fact: Json,
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
