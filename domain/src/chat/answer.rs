//! Answers that are not finished: who asked, who waits, what is written so far. An answer's row lives from the question's
//! transaction to the one that stores the message which ends it, so there is never a second one, and none is lost silently.
//!
//! A bot answers one question of a session at a time, the rest wait in order; one person has a few answers running at once.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::error::Result;
use crate::events::AnswerHead;
use crate::ids::{BotId, MessageId, NodeId, SessionId, UserId};
use crate::text::name_key;
use crate::time::Timestamp;

/// Unfinished answers that one person may have asked for; one more is refused.
pub const WAITING: u64 = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerStatus {
    Queued,
    Running,
}

/// How an answer ended; stands in its message's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerEnd {
    Complete,
    Failed,
    Cancelled,
    /// The server stopped in the middle.
    Interrupted,
}

impl AnswerEnd {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The id that its message will have.
    pub message_id: MessageId,
    pub bot_id: BotId,
    pub session_id: SessionId,
    pub question_id: MessageId,
    /// Whose rights it is made with.
    pub asked_by: UserId,
    pub status: AnswerStatus,
    /// The text so far, a second old at the most.
    pub content: String,
    pub regenerates: Option<MessageId>,
    /// The only reader, if the session is private.
    pub private_to: Option<UserId>,
    /// Who writes it; `None` while it waits.
    pub lease: Option<Lease>,
    /// Somebody has stopped it, and who writes it is to end it.
    pub is_stopped: bool,
}

impl Answer {
    /// What signals say of it.
    pub fn head(&self) -> AnswerHead {
        AnswerHead {
            message_id: self.message_id,
            session_id: self.session_id,
            question_id: self.question_id,
            private_to: self.private_to,
        }
    }
}

/// A node's right to an answer that it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub node: NodeId,
    /// Past it the node counts as dead, and any other one may end the answer.
    pub until: Timestamp,
}

/// Whether answers are read with what is written of them so far, which may be much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    With,
    Without,
}

#[async_trait]
pub trait AnswerRows {
    /// Unscoped, for `chat::answering` alone.
    async fn find_answer(&mut self, id: MessageId) -> Result<Option<Answer>>;
    async fn insert_answer(&mut self, access: &Access, answer: &Answer) -> Result<()>;
    async fn count_answers_for(&mut self, asker: UserId) -> Result<u64>;
    /// The bot's unfinished answers that this person may see, in the order in which they were asked for.
    async fn answers(&mut self, access: &Access, reader: UserId) -> Result<Vec<Answer>>;
    /// All unfinished answers of all bots, without their texts, in the order in which they were asked for, at most `limit`.
    async fn unfinished(&mut self, limit: u64) -> Result<Vec<Answer>>;
    /// Those of one bot, in the same order; unscoped, for what is shown to whom may see it.
    async fn unfinished_on(&mut self, bot: BotId, texts: Texts) -> Result<Vec<Answer>>;
    /// Those that this node writes.
    async fn written_by(&mut self, node: NodeId, limit: u64) -> Result<Vec<Answer>>;
    /// Queued answers whose turn it is: nothing of their session came before them, and their asker has fewer than `per_user`
    /// running. In the order in which they were asked for.
    async fn due_answers(&mut self, per_user: u64, limit: u64) -> Result<Vec<Answer>>;
    /// False: it does not wait any more.
    async fn start_answer(&mut self, id: MessageId, lease: Lease) -> Result<bool>;
    /// Whoever writes it is to end it.
    async fn stop_answer(&mut self, id: MessageId) -> Result<()>;
    /// Keeps the text so far, and the right to it; nothing happens if another node has taken it over.
    async fn flush_answer(&mut self, id: MessageId, content: &str, lease: Lease) -> Result<()>;
    /// False: it was finished before.
    async fn delete_answer(&mut self, id: MessageId) -> Result<bool>;
}

/// Whether a message asks the bot for an answer. `reply` is what its author said of it, if anything.
pub(crate) fn wants_answer(reply: Option<bool>, auto_reply: bool, content: &str, bot_name: &str) -> bool {
    reply.unwrap_or_else(|| auto_reply || addresses_bot(content, bot_name))
}

/// `@bot`, or `@` and the bot's own name, as words of their own, whatever the case.
fn addresses_bot(content: &str, bot_name: &str) -> bool {
    let content = name_key(content);
    let addressed = |name: &str| {
        content.match_indices(&format!("@{name}")).any(|(at, found)| {
            let before = content[..at].chars().next_back();
            let after = content[at + found.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    };
    addressed("bot") || addressed(&name_key(bot_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_addressed_by_its_name_or_as_bot() {
        for text in [
            "@bot hello",
            "what, @BOT?",
            "(@Bot)",
            "hi @Harbour guide, when?",
            "@harbour  GUIDE @harbour guide",
        ] {
            assert!(addresses_bot(text, "Harbour Guide"), "{text}");
        }
        for text in [
            "bot",
            "mail@bot",
            "@botany",
            "@harbour",
            "@harbour guides",
            "Harbour Guide",
        ] {
            assert!(!addresses_bot(text, "Harbour Guide"), "{text}");
        }
    }

    #[test]
    fn what_the_author_says_counts_more_than_the_session() {
        for (reply, auto, text, expected) in [
            (None, true, "hi", true),
            (None, false, "hi", false),
            (None, false, "@bot hi", true),
            (Some(false), true, "@bot hi", false),
            (Some(true), false, "hi", true),
        ] {
            assert_eq!(
                wants_answer(reply, auto, text, "x"),
                expected,
                "{reply:?} {auto} {text}"
            );
        }
    }
}
