//! A bot, its configuration and its versions.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Role;
use crate::ids::{BotId, TenantId, UserId};
use crate::text::{Description, Instructions, Name};
use crate::time::Timestamp;

/// What every check of rights needs to know of a bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotHead {
    pub id: BotId,
    pub tenant_id: TenantId,
    pub name: String,
    pub suspended: bool,
}

/// What editors change and versions keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    pub name: String,
    pub description: String,
    pub instructions: String,
    /// Empty: the installation's default.
    pub model: String,
    pub settings: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub user_id: UserId,
    pub username: String,
}

/// A bot as one person sees it. Who may see which field of it is decided where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    pub id: BotId,
    pub tenant_id: TenantId,
    pub configuration: Configuration,
    pub version: i64,
    pub suspended: bool,
    /// The reader's role; `None` for an administrator without one.
    pub role: Option<Role>,
    pub owners: Vec<Owner>,
    /// Bytes of all messages, private ones included, and of all documents.
    pub size: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct NewBot {
    pub name: Name,
    pub description: Option<Description>,
    pub instructions: Option<Instructions>,
    pub model: Option<Name>,
    pub settings: Option<Value>,
}

/// What stays `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct BotChange {
    pub name: Option<Name>,
    pub description: Option<Description>,
    pub instructions: Option<Instructions>,
    /// `Some(None)` goes back to the installation's default.
    pub model: Option<Option<Name>>,
    pub settings: Option<Value>,
}

#[derive(Debug, Clone)]
pub struct BotVersion {
    pub version: i64,
    pub configuration: Configuration,
    pub updated_by: Option<UserId>,
    pub username: String,
    pub created_at: Timestamp,
}

/// Narrows the list of one's bots.
#[derive(Debug, Clone, Default)]
pub struct BotFilter {
    pub role: Option<Role>,
    /// Part of the name, compared without regard to case.
    pub name: Option<String>,
}

impl Configuration {
    /// Names of the fields in which `self` differs from `other`, in the order of the contract.
    pub fn changed_from(&self, other: &Self) -> Vec<String> {
        let fields = [
            ("name", self.name != other.name),
            ("description", self.description != other.description),
            ("instructions", self.instructions != other.instructions),
            ("model", self.model != other.model),
            ("settings", self.settings != other.settings),
        ];
        fields
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    pub fn with(&self, change: BotChange) -> Self {
        let mut next = self.clone();
        if let Some(name) = change.name {
            next.name = name.into_string();
        }
        if let Some(description) = change.description {
            next.description = description.into_string();
        }
        if let Some(instructions) = change.instructions {
            next.instructions = instructions.into_string();
        }
        if let Some(model) = change.model {
            next.model = model.map(Name::into_string).unwrap_or_default();
        }
        if let Some(settings) = change.settings {
            next.settings = settings;
        }
        next
    }
}
