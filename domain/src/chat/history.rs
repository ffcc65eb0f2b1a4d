//! The conversation that an answer looks back on. A question may be asked while earlier ones still wait for their answers: those
//! come after it in the session, and belong before it all the same.

use std::collections::HashMap;
use std::iter::once;

use serde_json::Value;

use super::model::{Message, MessageRole};
use super::responder::Turn;
use super::rows::SeqSpan;
use crate::access::Access;
use crate::error::Result;
use crate::ids::MessageId;
use crate::store::Tx;

/// Messages that are looked at, before the question and after it.
const HISTORY: u64 = 30;

/// What was said before a question, oldest first, each late answer behind what it answers.
pub(super) async fn turns_before(tx: &mut dyn Tx, access: &Access, question: &Message) -> Result<Vec<Turn>> {
    let session = question.session_id;
    let before = tx
        .messages(access, session, SeqSpan::Before(question.seq), HISTORY)
        .await?;
    let after = tx
        .messages(access, session, SeqSpan::After(question.seq), HISTORY)
        .await?;
    let mut late: HashMap<MessageId, Vec<Message>> = HashMap::new();
    for message in after {
        if let Some(question) = question_of(&message) {
            late.entry(question).or_default().push(message);
        }
    }
    let all = before.into_iter().flat_map(|message| {
        let answers = late.remove(&message.id).unwrap_or_default();
        once(message).chain(answers)
    });
    Ok(all.map(turn).collect())
}

/// The question that an assistant's message answers.
pub(super) fn question_of(message: &Message) -> Option<MessageId> {
    if message.role != MessageRole::Assistant {
        return None;
    }
    message
        .metadata
        .get("question_id")
        .and_then(Value::as_str)?
        .parse()
        .ok()
}

fn turn(message: Message) -> Turn {
    Turn {
        role: message.role,
        username: message.username,
        content: message.content,
    }
}
