//! Streams and places in them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Audience, Fact};
use crate::ids::{BotId, EventId, UserId};
use crate::time::Timestamp;

/// One numbered log: a bot's, or one person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StreamId {
    Bot(BotId),
    User(UserId),
}

impl StreamId {
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Bot(id) => id.0,
            Self::User(id) => id.0,
        }
    }
}

/// A fact with its place. `seq` starts at 1 and has no holes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    pub stream: StreamId,
    pub seq: i64,
    pub id: EventId,
    pub at: Timestamp,
    pub audience: Audience,
    pub fact: Fact,
}

/// A place in a stream up to which this node shall have delivered before an answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub stream: StreamId,
    pub seq: i64,
}

impl Recorded {
    pub fn mark(&self) -> Mark {
        Mark {
            stream: self.stream,
            seq: self.seq,
        }
    }
}

/// The life of an installation's streams: it changes when the database was copied back, so that numbers which were given
/// twice are never taken for the same event. A short text without a colon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub String);

impl Epoch {
    /// Ten hex digits of chance: two lives of one installation must differ, nothing else is asked of it.
    pub fn fresh() -> Self {
        let mut text = Uuid::new_v4().simple().to_string();
        text.truncate(10);
        Self(text)
    }
}
