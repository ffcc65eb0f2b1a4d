//! Why a model server gave no answer, in words for everyone in the conversation: no addresses, no keys, nothing that the server
//! itself sent.

use std::time::Duration;

use domain::chat::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Unreachable,
    Refused,
    Busy,
    Unknown,
    Redirect,
    Status,
    Timeout,
    BrokeOff,
    Rubbish,
    TooMuch,
    NotAllowed,
    NoModel,
}

/// A trouble, and whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    pub trouble: Trouble,
    pub again: Again,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    No,
    /// After the usual pause.
    Soon,
    /// As the server asks.
    After(Duration),
}

impl Trouble {
    pub fn finally(self) -> Attempt {
        Attempt {
            trouble: self,
            again: Again::No,
        }
    }

    pub fn again(self) -> Attempt {
        Attempt {
            trouble: self,
            again: Again::Soon,
        }
    }

    pub fn told(self, model: &str) -> Failure {
        let (code, message) = match self {
            // One and the same: otherwise an owner could find out by guessing which names there are on the inside.
            Self::Unreachable | Self::NotAllowed => (
                "provider_unreachable",
                "The model server could not be reached, or its address is not allowed.",
            ),
            Self::Refused => (
                "provider_refused",
                "The model server refuses the key of this bot.",
            ),
            Self::Busy => (
                "provider_busy",
                "The model server is too busy to answer. Ask again in a while.",
            ),
            Self::Unknown => (
                "provider_error",
                "The model server does not know this model, or has another address.",
            ),
            Self::Redirect => (
                "provider_error",
                "The model server sends its callers elsewhere, which is not followed.",
            ),
            Self::Status => ("provider_error", "The model server reports an error."),
            Self::Timeout => ("provider_timeout", "The model server takes too long to answer."),
            Self::BrokeOff => (
                "provider_broke_off",
                "The model server broke off in the middle of the answer.",
            ),
            Self::Rubbish => (
                "provider_rubbish",
                "The model server sent something that is not an answer.",
            ),
            Self::TooMuch => (
                "provider_rubbish",
                "The model server sent more than an answer may be.",
            ),
            Self::NoModel => ("no_model", "No model is chosen for this bot."),
        };
        Failure {
            code,
            message: message.to_owned(),
            model: (!model.is_empty()).then(|| model.to_owned()),
        }
    }
}
