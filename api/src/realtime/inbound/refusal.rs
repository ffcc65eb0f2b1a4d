//! Why a frame is not taken: what an `error` frame says.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    pub message: &'static str,
}

/// A stable word for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    InvalidJson,
    InvalidMessage,
    UnknownType,
    NotFound,
    AccessDenied,
    RateLimited,
    TooManyChannels,
    Unavailable,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::InvalidMessage => "invalid_message",
            Self::UnknownType => "unknown_type",
            Self::NotFound => "not_found",
            Self::AccessDenied => "access_denied",
            Self::RateLimited => "rate_limited",
            Self::TooManyChannels => "too_many_channels",
            Self::Unavailable => "unavailable",
        }
    }
}

pub const fn refusal(code: Code, message: &'static str) -> Refusal {
    Refusal { code, message }
}

pub const fn invalid(message: &'static str) -> Refusal {
    refusal(Code::InvalidMessage, message)
}
