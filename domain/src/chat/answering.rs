//! From a question to its answer: what the answer is made of, and the message that ends it. Writing it (`Responder`) happens
//! between these transactions, never in one. Who may stop or repeat it is in `stopping`.

use std::sync::Arc;
use std::time::Duration;

use super::answer::{Answer, AnswerEnd, AnswerStatus, Lease, Texts, WAITING};
use super::ending::end;
use super::history::turns_before;
use super::model::{Message, Session};
use super::responder::{Completion, Failure, Prompt};
use crate::access::{Access, Action, authorize_absent};
use crate::bot::Provider;
use crate::caller::Caller;
use crate::document::{PassageIndex, look_up, with_spare};
use crate::error::{Error, Result};
use crate::ids::{BotId, MessageId, NodeId};
use crate::store::{Store, Tx, again};
use crate::time::Timestamp;

/// Passages that an answer is made of.
const PASSAGES: usize = 8;
/// How long the node that writes an answer may be silent before another one ends it.
pub const LEASE: Duration = Duration::from_secs(15);
/// Taken up, or ended, in one transaction.
const BATCH: u64 = 200;
/// Beyond this many, those at the end of the queue are not told of their place.
pub const MOST_TOLD: u64 = 10_000;

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

pub struct Answers {
    pub(super) store: Arc<dyn Store>,
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
    pub(super) fn may_end(&self, answer: &Answer, now: Timestamp) -> bool {
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
            let due = tx.due_answers(self.per_user, most).await?;
            let mut started = Vec::new();
            for answer in due {
                let lease = self.lease(tx.now());
                // Somebody may have stopped it meanwhile.
                if tx.start_answer(answer.message_id, lease).await? {
                    started.push(Answer {
                        lease: Some(lease),
                        status: AnswerStatus::Running,
                        ..answer
                    });
                }
            }
            tx.commit().await?;
            Ok(started)
        })
        .await
    }

    /// All that are not finished (of very many, the first), without their texts, in the order in which they were asked for.
    pub async fn unfinished(&self) -> Result<Vec<Answer>> {
        self.store.glance().await?.unfinished(MOST_TOLD).await
    }

    /// Those of one bot, for whoever is to be shown them.
    pub async fn on_bot(&self, bot: BotId, texts: Texts) -> Result<Vec<Answer>> {
        self.store.glance().await?.unfinished_on(bot, texts).await
    }

    /// Whether this node writes it.
    pub fn is_own(&self, answer: &Answer) -> bool {
        answer.lease.is_some_and(|lease| lease.node == self.node)
    }

    /// Whether its asker may still have it, its question is still there, and nobody has stopped it.
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
                tx.commit().await?;
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
    /// Whether it has ended, now or before.
    pub async fn abandon(&self, id: MessageId) -> Result<bool> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let answer = tx.find_answer(id).await?;
            let is_left = answer.is_none_or(|answer| self.may_end(&answer, tx.now()));
            if is_left {
                interrupt(tx.as_mut(), id).await?;
            }
            tx.commit().await?;
            Ok(is_left)
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
        is_stopped: false,
    };
    tx.insert_answer(access, &answer).await?;
    Ok(answer.message_id)
}

async fn wanted(tx: &mut dyn Tx, answer: &Answer) -> Result<bool> {
    let known = tx.find_answer(answer.message_id).await?;
    if known.is_none_or(|known| known.is_stopped) {
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
