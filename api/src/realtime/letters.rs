//! What nodes write to each other beside facts and signals, and who reads it. A letter that is lost does no lasting harm:
//! everything is said again, or asked for again.

use domain::ids::{MessageId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Live;
use super::answers::elsewhere::Whole;
use super::asking::{Question, Reply};
use super::presence::News;
use super::sockets_elsewhere::Held;
use crate::http::login_guard::Verdict;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Letter {
    /// A node has begun to listen: everybody shall say everything.
    Hello,
    /// A node stops.
    Bye,
    /// How somebody stands on the node that says so, and the highest number of the bot's stream that it had heard of.
    Person {
        news: News,
        seen: i64,
    },
    /// How all stand there: nothing that was said before counts.
    Everybody(Vec<News>),
    /// The sockets that somebody has on the node that says so.
    Sockets(Held),
    /// The sockets of all there: nothing that was said before counts.
    AllSockets(Vec<Held>),
    /// The beginnings of these answers are missing.
    Want {
        answers: Vec<MessageId>,
    },
    /// All of an answer so far.
    Text(Whole),
    /// An answer may not be wanted any more.
    Doubt {
        answer: MessageId,
    },
    /// Requests that people have made on the node that says so, since it last did.
    Spent {
        requests: Vec<(UserId, u32)>,
    },
    /// What came of an attempt to log in on the node that says so.
    Attempt(Verdict),
    Ask {
        id: Uuid,
        question: Question,
    },
    Reply {
        id: Uuid,
        reply: Reply,
    },
}

/// The answer that a letter says may not be wanted any more.
pub fn doubted(letter: &Value) -> Option<MessageId> {
    // Most letters are about something else.
    letter.get("doubt")?;
    match Letter::deserialize(letter) {
        Ok(Letter::Doubt { answer }) => Some(answer),
        Ok(_) | Err(_) => None,
    }
}

impl Live {
    pub(super) fn write(&self, letter: &Letter) {
        match serde_json::to_value(letter) {
            Ok(letter) => self.bus.write(letter),
            Err(error) => tracing::error!(%error, "other nodes could not be told something"),
        }
    }

    /// Takes a letter of another node.
    pub(super) fn read_letter(&self, node: Uuid, letter: &Value) {
        self.hear_node(node);
        if self.is_for_others(letter) {
            return;
        }
        let letter = match Letter::deserialize(letter) {
            Ok(letter) => letter,
            // Of a node of another version.
            Err(error) => return tracing::debug!(%error, %node, "a letter was not understood"),
        };
        match letter {
            Letter::Hello => self.announce(),
            Letter::Bye => self.hear_bye(node),
            Letter::Person { news, seen } => self.hear_person(node, news, seen),
            Letter::Everybody(people) => self.hear_everybody(node, people),
            Letter::Sockets(held) => self.hear_sockets(node, held),
            Letter::AllSockets(held) => self.hear_all_sockets(node, held),
            Letter::Want { answers } => self.give_texts(&answers),
            Letter::Text(whole) => self.hear_text(&whole),
            // `Answering` hears it by itself.
            Letter::Doubt { .. } => {}
            Letter::Spent { requests } => self.rates.spend(&requests),
            Letter::Attempt(verdict) => self.login_guard.hear(&verdict),
            Letter::Ask { id, question } => self.reply_to(id, question),
            Letter::Reply { id, reply } => self.hear_reply(id, node, reply),
        }
    }

    /// Attempts to log in are counted on all nodes.
    pub fn tell_attempt(&self, verdict: Verdict) {
        self.write(&Letter::Attempt(verdict));
    }

    /// An answer that another node may be writing may not be wanted any more.
    pub fn doubt_elsewhere(&self, answer: MessageId) {
        self.write(&Letter::Doubt { answer });
    }
}
