//! One type per kind of id, so that a session's id cannot be handed in where a bot's is meant. All are UUIDs, version 7 where
//! the server makes them: their order is the order of creation, to the millisecond.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id, later in order than those made before it.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )*};
}

ids! {
    TenantId;
    UserId;
    BotId;
    SessionId;
    MessageId;
    DocumentId;
    JobId;
    EventId;
    NotificationId;
    AuditId;
    ConnectionId;
    /// One server with its data folder, over all its starts.
    NodeId;
    /// One log-in and all the refresh and access tokens that came of it.
    FamilyId;
}
