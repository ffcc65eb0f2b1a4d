//! The port to whoever writes a bot's answers. Two real ones stand behind it: one picks sentences out of the passages, the other
//! asks a model server.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::MessageRole;
use crate::document::Passage;
use crate::ids::DocumentId;

/// All that an answer may be made of.
#[derive(Debug, Clone)]
pub struct Prompt {
    pub bot_name: String,
    pub instructions: String,
    /// The bot's choice of a model; empty: the provider's default.
    pub model: String,
    /// Free settings of the bot (temperature, …); what a responder does not know is passed over.
    pub settings: serde_json::Value,
    /// The conversation before the question, oldest first.
    pub history: Vec<Turn>,
    /// Who asks, as in the turns.
    pub asker: String,
    pub question: String,
    /// Best first.
    pub passages: Vec<Passage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub role: MessageRole,
    pub username: String,
    pub content: String,
}

/// Takes an answer piece by piece, in order.
#[async_trait]
pub trait Pieces: Send {
    /// False: nothing more is wanted (the answer is as long as it may be); the responder ends as if it were done.
    async fn push(&mut self, text: &str) -> bool;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The `[number]` in the text.
    pub number: u32,
    pub document_id: DocumentId,
    pub filename: String,
    pub chunk: i64,
    pub page: Option<i64>,
    pub heading: String,
    pub score: f64,
    /// The words that bear the answer out, out of the passage.
    pub quote: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: i64,
    pub output_tokens: i64,
}

/// An answer that came to its end; its text went through `Pieces`.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// What wrote it, e.g. `extractive` or the model's name.
    pub model: String,
    pub usage: Option<Usage>,
    pub citations: Vec<Citation>,
}

/// Why there is no (whole) answer. `code` is a stable word; `message` a sentence for everyone in the conversation: no addresses,
/// no keys, nothing that the other side sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    pub code: &'static str,
    pub message: String,
    /// The model that was asked, if one was.
    pub model: Option<String>,
}

#[async_trait]
pub trait Responder: Send + Sync {
    /// Dropping the future cancels the answer.
    async fn respond(&self, prompt: &Prompt, pieces: &mut dyn Pieces) -> Result<Completion, Failure>;
    /// What an answer to this prompt cites that broke off after `text`. It may take a while: not for a task that must not wait.
    fn cut_short(&self, prompt: &Prompt, text: &str) -> Completion;
}
