//! How a connection ends: every close code with its short reason, and the one place where the domain's errors become codes.
//! One reason text per code, so that no text tells an unknown bot from a hidden one.

use std::time::Duration;

use domain::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Close {
    Normal,
    /// The server stops, or its streams begin a new life: the client resumes.
    GoingAway,
    Protocol,
    Binary,
    Utf8,
    ByAdministrator,
    TooBig,
    Failed,
    OverLimit,
    Unauthenticated,
    NoAccess,
    TooSlow,
    RateLimited,
    /// The peer is not there any more: no close frame would reach it.
    Lost,
}

impl Close {
    /// `None`: the connection is dropped without a close frame.
    pub fn code(self) -> Option<u16> {
        match self {
            Self::Normal => Some(1000),
            Self::GoingAway => Some(1001),
            Self::Protocol => Some(1002),
            Self::Binary => Some(1003),
            Self::Utf8 => Some(1007),
            Self::ByAdministrator => Some(1008),
            Self::TooBig => Some(1009),
            Self::Failed => Some(1011),
            Self::OverLimit => Some(1013),
            Self::Unauthenticated => Some(4001),
            Self::NoAccess => Some(4003),
            Self::TooSlow => Some(4008),
            Self::RateLimited => Some(4029),
            Self::Lost => None,
        }
    }

    pub fn reason(self) -> &'static str {
        match self {
            Self::Normal => "closed",
            Self::GoingAway => "the server is going away",
            Self::Protocol => "protocol error",
            Self::Binary => "binary frames are not taken",
            Self::Utf8 => "invalid UTF-8",
            Self::ByAdministrator => "closed by an administrator",
            Self::TooBig => "frame over the limit",
            Self::Failed => "the server failed",
            Self::OverLimit => "too many connections",
            Self::Unauthenticated => "authentication required",
            Self::NoAccess => "not found or access denied",
            Self::TooSlow => "reading too slowly",
            Self::RateLimited => "too many frames",
            Self::Lost => "lost",
        }
    }

    /// How long the close frame may take to go out before the connection is cut. On a socket, a slow reader gets the whole write
    /// deadline instead.
    pub fn patience(self) -> Duration {
        match self {
            Self::TooSlow => Duration::from_secs(10),
            // Draining, this and the peer's answer stay within the soft limit of a stop.
            Self::GoingAway => Duration::from_secs(4),
            Self::Normal
            | Self::Protocol
            | Self::Binary
            | Self::Utf8
            | Self::ByAdministrator
            | Self::TooBig
            | Self::Failed
            | Self::OverLimit
            | Self::Unauthenticated
            | Self::NoAccess
            | Self::RateLimited
            | Self::Lost => Duration::from_secs(1),
        }
    }

    /// The code that an event stream tells at its end: it knows three, and 1001 is the one that says "come back".
    pub fn event_stream_code(self) -> u16 {
        match self {
            Self::Unauthenticated => 4001,
            Self::NoAccess => 4003,
            Self::Normal
            | Self::GoingAway
            | Self::Protocol
            | Self::Binary
            | Self::Utf8
            | Self::ByAdministrator
            | Self::TooBig
            | Self::Failed
            | Self::OverLimit
            | Self::TooSlow
            | Self::RateLimited
            | Self::Lost => 1001,
        }
    }

    /// The third and last of the places where `domain::Error` is translated.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Unauthenticated(_) => Self::Unauthenticated,
            // What is not there, not visible and not allowed must look the same.
            Error::NotFound(_) | Error::Forbidden(_) => Self::NoAccess,
            Error::TooMany { .. } => Self::OverLimit,
            Error::Unavailable { .. } | Error::Overtaken => Self::Failed,
            Error::Internal(source) => {
                tracing::error!(error = %source, "a connection failed");
                Self::Failed
            }
            Error::Invalid(_)
            | Error::UnknownTarget
            | Error::IdempotencyMismatch
            | Error::Conflict(_)
            | Error::Stale(_) => Self::Failed,
        }
    }
}
