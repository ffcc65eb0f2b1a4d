//! A conversation, with the sums of its messages.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub bot_id: Uuid,
    pub title: String,
    pub visibility: String,
    pub status: String,
    pub auto_reply: bool,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub message_count: i64,
    pub bytes: i64,
}

impl ActiveModelBehavior for ActiveModel {}
