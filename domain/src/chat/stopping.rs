//! Stopping an answer and asking for another one: who may, and what becomes of it. Another node may be writing it; what it is to
//! know is kept with the answer.

use serde_json::Value;

use super::access::{open_message, open_session};
use super::answer::AnswerEnd;
use super::answering::{Answers, Outcome, reserve};
use super::ending::end;
use super::history::question_of;
use super::model::{Message, MessageRole, SessionStatus};
use crate::access::{Access, Action, Role};
use crate::account::begin_as;
use crate::caller::Caller;
use crate::error::{Conflict, Error, Lacking, Result, Subject};
use crate::ids::MessageId;
use crate::store::{Tx, again};

/// What is known of an answer that somebody wants to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stoppable {
    Unfinished,
    /// It came to its end before: its status.
    Ended(String),
}

/// What came of the wish to stop an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It has ended, now or before.
    Ended,
    /// Another node writes it, and ends it as soon as it looks again.
    Told,
}

impl Answers {
    /// Ends an answer that this node does not write: one that waits, one that was left, or, through the node that writes it, a
    /// running one. Whether somebody may is asked by `stoppable`.
    pub async fn stop(&self, id: MessageId) -> Result<Stopped> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let Some(answer) = tx.find_answer(id).await? else {
                // What it was ended with is on the disk with this.
                tx.commit().await?;
                return Ok(Stopped::Ended);
            };
            let stopped = if self.may_end(&answer, tx.now()) {
                let outcome = Outcome::bare(AnswerEnd::Cancelled);
                if end(tx.as_mut(), &answer, &answer.content, outcome)
                    .await?
                    .is_none()
                {
                    // Its bot or session is gone.
                    tx.delete_answer(id).await?;
                }
                Stopped::Ended
            } else {
                tx.stop_answer(id).await?;
                Stopped::Told
            };
            tx.commit().await?;
            Ok(stopped)
        })
        .await
    }

    /// Whether it has come to its end.
    pub async fn has_ended(&self, id: MessageId) -> Result<bool> {
        Ok(self.store.read().await?.find_answer(id).await?.is_none())
    }

    /// The author of the question or an editor may stop its answer.
    pub async fn stoppable(&self, caller: &Caller, id: MessageId) -> Result<Stoppable> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        if let Some(answer) = tx.find_answer(id).await? {
            let opened = open_session(tx, caller, answer.session_id, Action::Converse).await;
            let (access, _) = opened.map_err(as_message)?;
            author_or_editor(tx, &access, caller, Some(answer.question_id)).await?;
            return Ok(Stoppable::Unfinished);
        }
        let (access, _, message) = open_message(tx, caller, id, Action::Converse).await?;
        let about = AnswerOf::read(&message)?;
        author_or_editor(tx, &access, caller, about.question).await?;
        Ok(Stoppable::Ended(about.status))
    }

    /// Asks for another answer to the same question. The caller is its asker.
    pub async fn regenerate(&self, caller: &Caller, id: MessageId) -> Result<MessageId> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let (tx_ref, caller) = (tx.as_mut(), &caller);
            if let Some(answer) = tx_ref.find_answer(id).await? {
                let opened = open_session(tx_ref, caller, answer.session_id, Action::Converse).await;
                let (access, _) = opened.map_err(as_message)?;
                author_or_editor(tx_ref, &access, caller, Some(answer.question_id)).await?;
                return Err(Conflict::AnswerUnfinished.into());
            }
            let (access, session, message) = open_message(tx_ref, caller, id, Action::Converse).await?;
            let about = AnswerOf::read(&message)?;
            author_or_editor(tx_ref, &access, caller, about.question).await?;
            if session.status == SessionStatus::Closed {
                return Err(Conflict::SessionClosed.into());
            }
            let question = match about.question {
                Some(question) => tx_ref.find_message(question).await?,
                None => None,
            };
            let question = question.ok_or(Conflict::QuestionGone)?;
            let answer = reserve(tx_ref, &access, caller, &session, question.id, Some(id)).await?;
            tx.commit().await?;
            Ok(answer)
        })
        .await
    }
}

/// What an assistant's message says of itself.
struct AnswerOf {
    question: Option<MessageId>,
    status: String,
}

impl AnswerOf {
    fn read(message: &Message) -> Result<Self> {
        if message.role != MessageRole::Assistant {
            return Err(Error::invalid("message_id", "is not an answer"));
        }
        let status = message.metadata.get("status").and_then(Value::as_str);
        Ok(Self {
            question: question_of(message),
            status: status.unwrap_or(AnswerEnd::Complete.as_str()).to_owned(),
        })
    }
}

fn as_message(error: Error) -> Error {
    match error {
        Error::NotFound(_) => Subject::Message.into(),
        other @ (Error::Unauthenticated(_)
        | Error::Forbidden(_)
        | Error::Invalid(_)
        | Error::UnknownTarget
        | Error::IdempotencyMismatch
        | Error::Conflict(_)
        | Error::Stale(_)
        | Error::TooMany { .. }
        | Error::Unavailable { .. }
        | Error::Overtaken
        | Error::Internal(_)) => other,
    }
}

async fn author_or_editor(
    tx: &mut dyn Tx,
    access: &Access,
    caller: &Caller,
    question: Option<MessageId>,
) -> Result<()> {
    if access.has(Role::Editor) {
        return Ok(());
    }
    let question = match question {
        Some(id) => tx.find_message(id).await?,
        None => None,
    };
    if question.is_some_and(|question| question.user_id == Some(caller.user_id)) {
        Ok(())
    } else {
        Err(Lacking::Role(Role::Editor).into())
    }
}
