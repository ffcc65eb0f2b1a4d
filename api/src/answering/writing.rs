//! One answer from its start to its message: pieces are merged into at most thirty frames a second, the text so far is kept
//! every second, and whatever ends the writing early ends it here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::Error;
use domain::chat::{Answer, AnswerEnd, Brief, Failure, LEASE, Outcome, Pieces, Prompt, Responder};
use infra::responder::Endpoint;
use secrecy::SecretString;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use super::{Answering, Running};
use crate::doubt;

/// 30 frames a second.
const FRAME: Duration = Duration::from_millis(34);
const FLUSH: Duration = Duration::from_secs(1);
/// Between two tries to store the end of an answer while the database is away.
const AGAIN: Duration = Duration::from_secs(1);

/// The text so far, written by the responder and read by the clockwork beside it.
#[derive(Debug, Clone)]
struct Text {
    text: Arc<Mutex<String>>,
    most: usize,
}

impl Text {
    fn with<R>(&self, then: impl FnOnce(&mut String) -> R) -> R {
        then(&mut self.text.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Pieces for Text {
    async fn push(&mut self, piece: &str) -> bool {
        let most = self.most;
        self.with(|text| {
            let room = most.saturating_sub(text.len());
            if piece.len() <= room {
                text.push_str(piece);
                return true;
            }
            text.push_str(&piece[..piece.floor_char_boundary(room)]);
            false
        })
    }
}

/// What was last stored of an answer's text, and when.
#[derive(Debug, Default)]
struct Kept {
    bytes: usize,
    at: Option<Instant>,
}

impl Answering {
    pub(super) async fn write(&self, running: &Running) -> Option<AnswerEnd> {
        let answer = running.answer.as_ref();
        let live = &self.parts.live;
        live.tell_running(answer.bot_id, answer.head());
        let text = Text {
            text: Arc::default(),
            most: self.parts.limits.size,
        };
        let mut told = 0;
        let outcome = self.compose(running, &text, &mut told).await;
        self.tell(answer, &text, &mut told);
        let content = text.with(std::mem::take);
        live.ending_answer(answer.bot_id, answer.message_id);
        let end = self.store(answer, &content, outcome).await;
        live.ended_answer(answer.bot_id, answer.message_id);
        end
    }

    /// Until the responder is done, or something ends it.
    async fn compose(&self, running: &Running, text: &Text, told: &mut usize) -> Outcome {
        let deadline = Instant::now() + self.parts.limits.total;
        let preparing = self.prepare(&running.answer, deadline);
        let (responder, prompt) = match self.attend(running, text, told, preparing).await {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(outcome)) => return outcome,
            Err(end) => return Outcome::bare(end),
        };
        let mut pieces = text.clone();
        let responding = timeout_at(deadline, responder.respond(&prompt, &mut pieces));
        let mut outcome = match self.attend(running, text, told, responding).await {
            Ok(Ok(Ok(completion))) => {
                return Outcome {
                    written: Some(completion),
                    ..Outcome::bare(AnswerEnd::Complete)
                };
            }
            Ok(Ok(Err(failure))) => Outcome::failed(failure),
            Ok(Err(_)) => Outcome::failed(late()),
            Err(end) => Outcome::bare(end),
        };
        let so_far = text.with(|text| text.clone());
        let cited = tokio::task::spawn_blocking(move || responder.cut_short(&prompt, &so_far));
        // Without it the text stands all the same.
        outcome.written = cited.await.ok();
        outcome
    }

    /// What it takes to begin. The index may be away for a moment, or be built anew: that is waited for.
    async fn prepare(
        &self,
        answer: &Answer,
        deadline: Instant,
    ) -> Result<(Box<dyn Responder>, Prompt), Outcome> {
        let brief = loop {
            match self.parts.answers.brief(answer).await {
                Ok(Some(brief)) => break brief,
                Ok(None) => return Err(Outcome::bare(AnswerEnd::Cancelled)),
                Err(Error::Unavailable { .. }) if Instant::now() + AGAIN < deadline => sleep(AGAIN).await,
                Err(error) => return Err(Outcome::failed(inside(&error))),
            }
        };
        let endpoint = self.endpoint(answer, &brief).map_err(Outcome::failed)?;
        Ok((self.parts.responders.choose(endpoint), brief.prompt))
    }

    /// Works on, and meanwhile tells what was written, keeps it, and looks whether it is still wanted.
    async fn attend<T>(
        &self,
        running: &Running,
        text: &Text,
        told: &mut usize,
        work: impl Future<Output = T>,
    ) -> Result<T, AnswerEnd> {
        let answer = running.answer.as_ref();
        tokio::pin!(work);
        let mut frames = ticks(FRAME);
        let mut flushes = ticks(FLUSH);
        let mut kept = Kept::default();
        let mut looked = None;
        loop {
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return Err(AnswerEnd::Interrupted),
                () = running.stop.cancelled() => return Err(AnswerEnd::Cancelled),
                done = &mut work => return Ok(done),
                _ = frames.tick() => self.tell(answer, text, told),
                _ = flushes.tick() => {
                    if !self.is_wanted(answer).await {
                        return Err(AnswerEnd::Cancelled);
                    }
                    self.keep(answer, text, &mut kept).await;
                }
                // Last, and not too often: on a busy bot there is always some doubt.
                () = doubt::raised(&running.doubt, looked) => {
                    if !self.is_wanted(answer).await {
                        return Err(AnswerEnd::Cancelled);
                    }
                    looked = Some(Instant::now());
                }
            }
        }
    }

    /// What was written since the last frame.
    fn tell(&self, answer: &Answer, text: &Text, told: &mut usize) {
        let piece = text.with(|text| text[*told..].to_owned());
        if !piece.is_empty() {
            *told += piece.len();
            self.parts.live.tell_piece(answer.bot_id, answer.head(), piece);
        }
    }

    async fn keep(&self, answer: &Answer, text: &Text, kept: &mut Kept) {
        let due = kept.at.is_none_or(|at| at.elapsed() >= LEASE / 3);
        let content = text.with(|text| (due || text.len() > kept.bytes).then(|| text.clone()));
        let Some(content) = content else { return };
        match self.parts.answers.flush(answer.message_id, &content).await {
            Ok(()) => {
                kept.bytes = content.len();
                kept.at = Some(Instant::now());
            }
            // The next one brings it; the answer itself goes on.
            Err(error) => tracing::debug!(%error, "the text so far was not kept"),
        }
    }

    /// An unanswered question is no reason to stop: the end of the answer asks once more, in the transaction that stores it.
    async fn is_wanted(&self, answer: &Answer) -> bool {
        self.parts.answers.is_wanted(answer).await.unwrap_or(true)
    }

    /// Stores the end of the answer, however long the database is away. A stop of the node leaves the rest to the next start.
    async fn store(&self, answer: &Answer, content: &str, outcome: Outcome) -> Option<AnswerEnd> {
        loop {
            match self
                .parts
                .answers
                .finish(answer.message_id, content, outcome.clone())
                .await
            {
                Ok(end) => return end,
                Err(Error::Unavailable { .. }) if !self.stopping.is_cancelled() => sleep(AGAIN).await,
                Err(error) => {
                    tracing::error!(%error, answer = %answer.message_id, "an answer's end was not stored");
                    return None;
                }
            }
        }
    }

    /// The model server to ask: the bot's own, else the installation's; none: the documents speak for themselves.
    fn endpoint(&self, answer: &Answer, brief: &Brief) -> Result<Option<Endpoint>, Failure> {
        let Some(provider) = &brief.provider else {
            return Ok(self
                .parts
                .provider
                .clone()
                .map(|endpoint| named(endpoint, &brief.prompt.model)));
        };
        let unusable = |message: &str| Failure {
            code: "provider_unusable",
            message: message.into(),
            model: None,
        };
        let base_url = provider.base_url.parse().map_err(|_| {
            unusable("The address of the bot's model server cannot be used; its owner must set it anew.")
        })?;
        let api_key: Option<SecretString> = match &provider.sealed_key {
            None => None,
            Some(sealed) => {
                let opened = self.parts.sealer.open(answer.bot_id.0.as_bytes(), sealed);
                let lost =
                    "The key of the bot's model server cannot be read any more; its owner must set it anew.";
                Some(opened.ok_or_else(|| unusable(lost))?)
            }
        };
        let endpoint = Endpoint {
            kind: provider.kind,
            base_url,
            api_key,
            model: String::new(),
            trusted: false,
        };
        Ok(Some(named(endpoint, &brief.prompt.model)))
    }
}

/// The bot's choice of a model goes before the provider's default.
fn named(endpoint: Endpoint, model: &str) -> Endpoint {
    if model.is_empty() {
        return endpoint;
    }
    Endpoint {
        model: model.to_owned(),
        ..endpoint
    }
}

fn late() -> Failure {
    Failure {
        code: "answer_timeout",
        message: "The answer took too long.".into(),
        model: None,
    }
}

fn inside(error: &Error) -> Failure {
    tracing::warn!(%error, "an answer could not be begun");
    Failure {
        code: "server_failed",
        message: "The server could not prepare the answer; try again.".into(),
        model: None,
    }
}

fn ticks(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
