//! The ways in which a peer breaks the protocol, and the close code that each asks for.

/// What ended the reading. Nothing that came before it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A frame that RFC 6455 does not allow; the text says why, fit to be the reason of the close frame.
    #[error("{0}")]
    Protocol(&'static str),
    /// A text message or the reason of a close frame that is not UTF-8.
    #[error("the text is not UTF-8")]
    Utf8,
    /// A frame or a message above the limit.
    #[error("the message is too big")]
    TooBig,
}

impl Violation {
    /// The close code to answer with (RFC 6455, section 7.4.1).
    pub fn code(self) -> u16 {
        match self {
            Self::Protocol(_) => 1002,
            Self::Utf8 => 1007,
            Self::TooBig => 1009,
        }
    }
}
