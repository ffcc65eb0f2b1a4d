//! What a person is told outside a conversation. It holds ids and names, never a message's text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{BotId, NotificationId};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    PermissionChange,
    Mention,
    BotUpdate,
    Document,
    System,
}

impl NotificationType {
    pub const ALL: [Self; 5] = [
        Self::PermissionChange,
        Self::Mention,
        Self::BotUpdate,
        Self::Document,
        Self::System,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::PermissionChange => "permission_change",
            Self::Mention => "mention",
            Self::BotUpdate => "bot_update",
            Self::Document => "document",
            Self::System => "system",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationType,
    pub title: String,
    pub message: String,
    pub bot_id: Option<BotId>,
    pub action: String,
    pub details: Value,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

impl Notification {
    /// What is left of an item about a bot that its reader may no longer see: that it was, and of which bot.
    pub fn veiled(mut self) -> Self {
        self.title = String::new();
        self.message = String::new();
        self.action = String::new();
        self.details = Value::Object(serde_json::Map::new());
        self
    }
}
