//! Who receives a fact, and whose membership it ends. Pure, so that log, replay and live delivery cannot disagree: the audience
//! is computed once, when the fact is recorded, and stored beside it.

use serde::{Deserialize, Serialize};

use super::{BotChangeFact, Fact, PermissionAction};
use crate::ids::UserId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Everyone who has a right to the stream.
    Everyone,
    /// One person, for what belongs to a private session.
    Only(UserId),
    /// Nobody: a control record.
    Nobody,
}

impl Audience {
    pub fn includes(self, user: UserId) -> bool {
        match self {
            Self::Everyone => true,
            Self::Only(only) => only == user,
            Self::Nobody => false,
        }
    }

    pub fn private_to(only: Option<UserId>) -> Self {
        only.map_or(Self::Everyone, Self::Only)
    }
}

pub fn audience(fact: &Fact) -> Audience {
    match fact {
        Fact::MessagePosted(fact) | Fact::MessageUpdated(fact) => Audience::private_to(fact.private_to),
        Fact::MessageDeleted { private_to, .. } | Fact::SessionDeleted { private_to, .. } => {
            Audience::private_to(*private_to)
        }
        Fact::SessionCreated(session) | Fact::SessionUpdated(session) => {
            Audience::private_to(session.private_to())
        }
        Fact::PermissionChanged(_) | Fact::BotChanged(_) | Fact::DocumentChanged(_) => Audience::Everyone,
        // A user's stream has one reader.
        Fact::Notified(_) | Fact::NotificationRead { .. } => Audience::Everyone,
        Fact::CredentialLost(_) => Audience::Nobody,
    }
}

/// Whose access to a bot's stream ends with a fact. They still receive the fact itself, and nothing after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Nobody,
    One(UserId),
    Everyone,
}

impl Ending {
    pub fn concerns(self, user: UserId) -> bool {
        match self {
            Self::Nobody => false,
            Self::One(one) => one == user,
            Self::Everyone => true,
        }
    }
}

pub fn ending(fact: &Fact) -> Ending {
    match fact {
        Fact::PermissionChanged(change) => match change.action {
            PermissionAction::Revoked => Ending::One(change.target),
            PermissionAction::Granted | PermissionAction::Updated => Ending::Nobody,
        },
        Fact::BotChanged(bot) => match bot.change {
            BotChangeFact::Suspended | BotChangeFact::Deleted { .. } => Ending::Everyone,
            BotChangeFact::Created { .. }
            | BotChangeFact::Config { .. }
            | BotChangeFact::Resumed
            | BotChangeFact::Ownership { .. } => Ending::Nobody,
        },
        Fact::MessagePosted(_)
        | Fact::MessageUpdated(_)
        | Fact::MessageDeleted { .. }
        | Fact::SessionCreated(_)
        | Fact::SessionUpdated(_)
        | Fact::SessionDeleted { .. }
        | Fact::DocumentChanged(_)
        | Fact::Notified(_)
        | Fact::NotificationRead { .. }
        | Fact::CredentialLost(_) => Ending::Nobody,
    }
}
