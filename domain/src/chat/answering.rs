//! From a question to its answer: what the answer is made of, who may stop or repeat it, and the message that ends it. Writing
//! it (`Responder`) happens between these transactions, never in one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::access::{open_message, open_session};
use super::answer::{Answer, AnswerEnd, AnswerStatus, Lease, WAITING};
use super::ending::end;
use super::history::{question_of, turns_before};
use super::model::{Message, MessageRole, Session, SessionStatus};
use super::responder::{Completion, Failure, Prompt};
use crate::access::{Access, Action, Role, authorize_absent};
use crate::account::begin_as;
use crate::bot::Provider;
use crate::caller::Caller;
use crate::document::{PassageIndex, look_up, with_spare};
use crate::error::{Conflict, Error, Lacking, Result, Subject};
use crate::ids::{MessageId, NodeId};
use crate::store::{Store, Tx, again};
use crate::time::Timestamp;

/// Passages that an answer is made of.
const PASSAGES: usize = 8;
/// How long the node that writes an answer may be silent before another one ends it.
pub const LEASE: Duration = Duration::from_secs(15);
/// Taken up, or ended, in one transaction.
const BATCH: u64 = 200;
/// Beyond this many, those at the end of the queue are not told of their place.
const TOLD: u64 = 10_000;

/// All that is needed to write an answer.
#[derive(Debug, Clone)]
pub struct Brief {
    pub prompt: Prompt,
    /// The bot's own model server, if it has one.
    pub provider: Option<Provider>,
}

/// How the writing of an answer came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub end: AnswerEnd,
    /// What wrote it, and what the text cites, as far as it got.
    pub written: Option<Completion>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl Outcome {
    /// Nothing was written, or nothing is known of it.
    pub fn bare(end: AnswerEnd) -> Self {
        Self {
            end,
            written: None,
            failure: None,
        }
    }

    pub fn failed(failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::bare(AnswerEnd::Failed)
        }
    }
}

/// What is known of an answer that somebody wants to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stoppable {
    Unfinished,
    /// It came to its end before: its status.
    Ended(String),
}

pub struct Answers {
    store: Arc<dyn Store>,
    index: Arc<dyn PassageIndex>,
    /// Answers that one person may have running at once.
    per_user: u64,
    node: NodeId,
}

impl Answers {
    pub fn new(store: Arc<dyn Store>, index: Arc<dyn PassageIndex>, per_user: u64, node: NodeId) -> Self {
        Self {
            store,
            index,
            per_user,
            node,
        }
    }

    fn lease(&self, now: Timestamp) -> Lease {
        Lease {
            node: self.node,
            until: now.plus(LEASE),
        }
    }

    /// Whether this node writes it, or may end it because the one that did is silent for too long.
    fn may_end(&self, answer: &Answer, now: Timestamp) -> bool {
        answer
            .lease
            .is_none_or(|lease| lease.node == self.node || lease.until <= now)
    }

    /// Takes up the answers whose turn it is, `most` of them: they are `Running` from now on.
    pub async fn take_due(&self, most: u64) -> Result<Vec<Answer>> {
        again(|| async {
            let most = most.min(BATCH);
            let due = self
                .store
                .glance()
                .await?
                .due_answers(self.per_user, most)
                .await?;
            if due.is_empty() {
                return Ok(Vec::new());
            }
            let mut tx = self.store.begin().await?;
            let mut due = tx.due_answers(self.per_user, most).await?;
            for answer in &mut due {
                let lease = self.lease(tx.now());
                tx.start_answer(answer.message_id, lease).await?;
                answer.lease = Some(lease);
                answer.status = AnswerStatus::Running;
            }
            tx.commit().await?;
            Ok(due)
        })
        .await
    }

    /// All that are not finished (of very many, the first), without their texts, in the order in which they were asked for.
    pub async fn unfinished(&self) -> Result<Vec<Answer>> {
        self.store.glance().await?.unfinished(TOLD).await
    }

    /// Whether its asker may still have it, and its question is still there.
    pub async fn is_wanted(&self, answer: &Answer) -> Result<bool> {
        let mut tx = self.store.read().await?;
        wanted(tx.as_mut(), answer).await
    }

    /// What the answer is made of, as its asker may see it; `None`: it is wanted no more.
    pub async fn brief(&self, answer: &Answer) -> Result<Option<Brief>> {
        let (mut prompt, provider) = {
            let mut tx = self.store.read().await?;
            let tx = tx.as_mut();
            if !wanted(tx, answer).await? {
                return Ok(None);
            }
            let access = authorize_absent(tx, answer.asked_by, answer.bot_id, Action::Converse).await?;
            let Some(question) = tx.find_message(answer.question_id).await? else {
                return Ok(None);
            };
            (prompt(tx, &access, question).await?, tx.provider(&access).await?)
        };
        let asked = with_spare(PASSAGES);
        let hits = self.index.find(answer.bot_id, &prompt.question, asked).await?;
        let mut tx = self.store.read().await?;
        if !wanted(tx.as_mut(), answer).await? {
            return Ok(None);
        }
        let access = authorize_absent(tx.as_mut(), answer.asked_by, answer.bot_id, Action::Converse).await?;
        prompt.passages = look_up(tx.as_mut(), &access, &hits, PASSAGES).await?;
        Ok(Some(Brief { prompt, provider }))
    }

    /// Keeps the text so far, for those who come later on other nodes, and for the next start after a crash. It is also the sign
    /// of life of who writes it: at least every third of `LEASE`.
    pub async fn flush(&self, id: MessageId, content: &str) -> Result<()> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let lease = self.lease(tx.now());
            tx.flush_answer(id, content, lease).await?;
            tx.commit().await
        })
        .await
    }

    /// Ends an answer with its message; nothing happens if it was ended before, or its bot or session is gone. Whose right to
    /// it ended meanwhile gets what was written till then, as cancelled.
    pub async fn finish(&self, id: MessageId, content: &str, outcome: Outcome) -> Result<Option<AnswerEnd>> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let Some(answer) = tx.find_answer(id).await? else {
                return Ok(None);
            };
            let mut outcome = outcome.clone();
            if outcome.end == AnswerEnd::Complete && !wanted(tx.as_mut(), &answer).await? {
                outcome.end = AnswerEnd::Cancelled;
            }
            let end = end(tx.as_mut(), &answer, content, outcome).await?;
            tx.commit().await?;
            Ok(end)
        })
        .await
    }

    /// At a start: what a killed server left unfinished is ended, with what was written of it; `alone` also what only waited, for
    /// there is no other node to take it up. Gives the number.
    pub async fn interrupt_left(&self, alone: bool) -> Result<usize> {
        let mut ended = 0;
        loop {
            let some = again(|| async {
                let mut tx = self.store.begin().await?;
                let left = if alone {
                    tx.unfinished(BATCH).await?
                } else {
                    tx.written_by(self.node, BATCH).await?
                };
                for answer in &left {
                    interrupt(tx.as_mut(), answer.message_id).await?;
                }
                tx.commit().await?;
                Ok(left.len())
            });
            match some.await? {
                0 => return Ok(ended),
                some => ended += some,
            }
        }
    }

    /// Ends an answer that nobody writes any more, with what is kept of it. Nothing happens to one that another node writes.
    pub async fn abandon(&self, id: MessageId) -> Result<()> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let answer = tx.find_answer(id).await?;
            if answer.is_some_and(|answer| self.may_end(&answer, tx.now())) {
                interrupt(tx.as_mut(), id).await?;
            }
            tx.commit().await
        })
        .await
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

async fn interrupt(tx: &mut dyn Tx, id: MessageId) -> Result<()> {
    let Some(answer) = tx.find_answer(id).await? else {
        return Ok(());
    };
    let ended = end(
        tx,
        &answer,
        &answer.content,
        Outcome::bare(AnswerEnd::Interrupted),
    )
    .await?;
    if ended.is_none() {
        // Its bot or session is gone.
        tx.delete_answer(id).await?;
    }
    Ok(())
}

/// Puts an answer into the queue of its session, in the transaction of what asks for it.
pub(super) async fn reserve(
    tx: &mut dyn Tx,
    access: &Access,
    caller: &Caller,
    session: &Session,
    question: MessageId,
    regenerates: Option<MessageId>,
) -> Result<MessageId> {
    if tx.count_answers_for(caller.user_id).await? >= WAITING {
        return Err(Error::TooMany {
            retry_after: Duration::from_secs(5),
        });
    }
    let answer = Answer {
        message_id: MessageId::new(),
        bot_id: access.bot_id(),
        session_id: session.id,
        question_id: question,
        asked_by: caller.user_id,
        status: AnswerStatus::Queued,
        content: String::new(),
        regenerates,
        private_to: session.private_to(),
        lease: None,
    };
    tx.insert_answer(access, &answer).await?;
    Ok(answer.message_id)
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

async fn wanted(tx: &mut dyn Tx, answer: &Answer) -> Result<bool> {
    if tx.find_answer(answer.message_id).await?.is_none() {
        return Ok(false);
    }
    match authorize_absent(tx, answer.asked_by, answer.bot_id, Action::Converse).await {
        Ok(_) => Ok(tx.find_message(answer.question_id).await?.is_some()),
        Err(Error::NotFound(_) | Error::Forbidden(_) | Error::Unauthenticated(_)) => Ok(false),
        Err(
            other @ (Error::Invalid(_)
            | Error::UnknownTarget
            | Error::IdempotencyMismatch
            | Error::Conflict(_)
            | Error::Stale(_)
            | Error::TooMany { .. }
            | Error::Unavailable { .. }
            | Error::Overtaken
            | Error::Internal(_)),
        ) => Err(other),
    }
}

async fn prompt(tx: &mut dyn Tx, access: &Access, question: Message) -> Result<Prompt> {
    let bot = tx.bot(access).await?;
    let history = turns_before(tx, access, &question).await?;
    Ok(Prompt {
        bot_name: bot.configuration.name,
        instructions: bot.configuration.instructions,
        model: bot.configuration.model,
        settings: bot.configuration.settings,
        history,
        asker: question.username,
        question: question.content,
        passages: Vec::new(),
    })
}
