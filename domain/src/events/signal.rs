//! What passes without being kept: typing, presence, read receipts. Signals go inbound → bus → dispatch → hub and never touch
//! the store.

use super::Audience;
use crate::chat::ReadMarker;
use crate::ids::{BotId, SessionId, UserId};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceStatus {
    Online,
    Offline,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    Typing {
        user_id: UserId,
        username: String,
        /// Never a private one: that concerns nobody but the typist.
        session_id: Option<SessionId>,
        is_typing: bool,
    },
    Presence {
        user_id: UserId,
        username: String,
        status: PresenceStatus,
        session_id: Option<SessionId>,
        /// Others than this person see no session.
        private_to: Option<UserId>,
    },
    Read {
        marker: ReadMarker,
        private_to: Option<UserId>,
    },
}

/// A signal on its way.
#[derive(Debug, Clone)]
pub struct Sent {
    pub bot_id: BotId,
    /// The number of the bot's stream that the sender's node had delivered: facts up to it go first everywhere.
    pub seen: i64,
    pub at: Timestamp,
    pub signal: Signal,
}

impl Signal {
    pub fn audience(&self) -> Audience {
        match self {
            Self::Read { private_to, .. } => Audience::private_to(*private_to),
            Self::Typing { .. } | Self::Presence { .. } => Audience::Everyone,
        }
    }
}
