//! The bot at work: takes up the answers whose turn it is, has them written, and stops those that are not wanted any more. Who
//! may ask, stop and repeat is the domain's; how text is made, a responder's; here is the time in between.

mod writing;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Result;
use domain::chat::{Answer, AnswerEnd, AnswerStatus, Answers, MOST_TOLD, Stopped};
use domain::events::{BotChangeFact, Fact, Loss, PermissionAction, Recorded, StreamId};
use domain::ids::{MessageId, NodeId, SessionId};
use domain::time::Timestamp;
use futures_util::FutureExt;
use infra::bus::{Notice, Receiver};
use infra::responder::{Endpoint, Responders};
use infra::sealing::Sealer;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::realtime::{Live, doubted};

/// How long a stop waits for the node that writes an answer, and how often it asks.
const ELSEWHERE: Duration = Duration::from_secs(5);
const ASK: Duration = Duration::from_millis(100);
/// Answers are taken up when somebody asks; this is for what a failure left behind.
const LOOK: Duration = Duration::from_secs(2);

pub struct AnsweringParts {
    pub node: NodeId,
    pub answers: Arc<Answers>,
    pub live: Arc<Live>,
    pub responders: Responders,
    pub sealer: Arc<Sealer>,
    /// The model server of bots that have none of their own.
    pub provider: Option<Endpoint>,
    pub limits: AnswerLimits,
}

#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// Bytes of one answer.
    pub size: usize,
    /// Answers written at once on this node.
    pub running: usize,
    /// From its start to its last word.
    pub total: Duration,
}

/// An answer that is being written here.
#[derive(Debug, Clone)]
struct Running {
    answer: Arc<Answer>,
    stop: CancellationToken,
    /// Something happened after which it may not be wanted any more.
    doubt: Arc<Notify>,
    /// Closed when it has ended; `None` till then, or if it came to nothing.
    ended: watch::Receiver<Option<AnswerEnd>>,
}

pub struct Answering {
    parts: AnsweringParts,
    running: Mutex<HashMap<MessageId, Running>>,
    /// Held while answers are taken up.
    taking: tokio::sync::Mutex<()>,
    woken: Notify,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Answering {
    pub fn new(parts: AnsweringParts, stopping: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            parts,
            running: Mutex::default(),
            taking: tokio::sync::Mutex::default(),
            woken: Notify::new(),
            tasks: TaskTracker::new(),
            stopping,
        })
    }

    /// Somebody asked.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Stops an answer, on whichever node it is written, and waits for its end; for another node not for ever.
    pub async fn cancel(&self, id: MessageId) -> Result<()> {
        let stopped = {
            // Nothing is taken up meanwhile: what does not run now still waits, or runs elsewhere.
            let _taking = self.taking.lock().await;
            let running = self.running().get(&id).cloned();
            match running {
                Some(running) => Err(running),
                None => Ok(self.parts.answers.stop(id).await?),
            }
        };
        match stopped {
            Ok(Stopped::Ended) => self.wake(),
            Ok(Stopped::Told) => self.ended_elsewhere(id).await?,
            Err(running) => {
                running.stop.cancel();
                let mut ended = running.ended;
                // An error: its task is gone, and the last value stands.
                let _ = ended.wait_for(Option::is_some).await;
            }
        }
        Ok(())
    }

    /// Waits for the node that writes it; if that is dead, the caller comes again.
    async fn ended_elsewhere(&self, id: MessageId) -> Result<()> {
        let until = Instant::now() + ELSEWHERE;
        self.parts.live.doubt_elsewhere(id);
        while !self.parts.answers.has_ended(id).await? && Instant::now() < until {
            sleep(ASK).await;
        }
        Ok(())
    }

    /// Runs until the node stops; then what is being written is stored as interrupted.
    pub async fn run(self: Arc<Self>, facts: Receiver) {
        let looking = async {
            let mut looks = interval(LOOK);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = self.woken.notified() => {}
                    _ = looks.tick() => {}
                }
                if let Err(error) = self.take_up().await {
                    tracing::warn!(%error, "answers cannot be taken up; it is tried again");
                }
            }
        };
        let both = async { tokio::join!(looking, self.doubt(facts)) };
        self.stopping.run_until_cancelled(Box::pin(both)).await;
        self.tasks.close();
        self.tasks.wait().await;
        self.parts.live.all_told().await;
    }

    async fn take_up(self: &Arc<Self>) -> Result<()> {
        let _taking = self.taking.lock().await;
        let free = self.parts.limits.running.saturating_sub(self.running().len());
        for answer in self.parts.answers.take_due(free as u64).await? {
            let (told, ended) = watch::channel(None);
            let running = Running {
                answer: Arc::new(answer),
                stop: CancellationToken::new(),
                doubt: Arc::new(Notify::new()),
                ended,
            };
            let id = running.answer.message_id;
            self.running().insert(id, running.clone());
            let this = self.clone();
            self.tasks.spawn(async move {
                let written = AssertUnwindSafe(this.write(&running)).catch_unwind().await;
                this.running().remove(&id);
                // After a panic the row is still there, and is ended with the next look.
                told.send_replace(written.unwrap_or(None));
                // Whoever waited behind it may be next.
                this.wake();
            });
        }
        self.look_after_queue().await
    }

    /// Tells everyone where the waiting answers stand, and ends those that nobody writes any more. While nothing is taken up.
    async fn look_after_queue(&self) -> Result<()> {
        let mut before: HashMap<SessionId, usize> = HashMap::new();
        let version = self.parts.live.answers_version();
        let unfinished = self.parts.answers.unfinished().await?;
        if (unfinished.len() as u64) < MOST_TOLD {
            self.parts.live.keep_answers(&unfinished, version);
        }
        for answer in unfinished {
            let position = before.entry(answer.session_id).or_default();
            match answer.status {
                AnswerStatus::Queued => {
                    self.parts
                        .live
                        .tell_queued(answer.bot_id, answer.head(), *position);
                }
                AnswerStatus::Running if self.is_left(&answer) => {
                    if self.parts.answers.abandon(answer.message_id).await? {
                        self.parts.live.ended_answer(answer.bot_id, answer.message_id);
                        self.wake();
                    }
                }
                AnswerStatus::Running => {}
            }
            *position += 1;
        }
        Ok(())
    }

    /// Nobody writes it: this node would, or another one was silent for too long. By this node's clock, which may be wrong: what is so
    /// is found out where it is ended.
    fn is_left(&self, answer: &Answer) -> bool {
        let lapsed = answer.lease.is_none_or(|lease| lease.until <= Timestamp::now());
        let own = answer.lease.is_some_and(|lease| lease.node == self.parts.node);
        (own || lapsed) && !self.running().contains_key(&answer.message_id)
    }

    /// Hears of everything after which an answer may not be wanted any more. What is missed is found with the next flush.
    async fn doubt(&self, mut facts: Receiver) {
        loop {
            match facts.recv().await {
                Some(Notice::Facts(facts, ..)) => facts.iter().for_each(|fact| self.doubt_about(fact)),
                // What it was is in the log; to look whether the answer is wanted is quicker than to look there.
                Some(Notice::Heads(heads)) => heads.iter().for_each(|(stream, _)| self.doubt_all(*stream)),
                Some(Notice::Missed) => self.running().values().for_each(|one| one.doubt.notify_one()),
                Some(Notice::Letter(_, letter)) => {
                    let doubted = doubted(&letter).and_then(|id| self.running().get(&id).cloned());
                    doubted.into_iter().for_each(|one| one.doubt.notify_one());
                }
                Some(Notice::Signal(..)) => {}
                None => return,
            }
        }
    }

    fn doubt_about(&self, recorded: &Recorded) {
        let concerns = match &recorded.fact {
            Fact::PermissionChanged(change) => change.action == PermissionAction::Revoked,
            Fact::BotChanged(bot) => match bot.change {
                BotChangeFact::Suspended | BotChangeFact::Deleted { .. } => true,
                BotChangeFact::Created { .. }
                | BotChangeFact::Config { .. }
                | BotChangeFact::Resumed
                | BotChangeFact::Ownership { .. } => false,
            },
            Fact::MessageDeleted { .. } | Fact::SessionDeleted { .. } => true,
            Fact::CredentialLost(loss) => matches!(loss, Loss::All),
            Fact::MessagePosted(_)
            | Fact::MessageUpdated(_)
            | Fact::SessionCreated(_)
            | Fact::SessionUpdated(_)
            | Fact::DocumentChanged(_)
            | Fact::Notified(_)
            | Fact::NotificationRead { .. } => false,
        };
        if concerns {
            self.doubt_all(recorded.stream);
        }
    }

    fn doubt_all(&self, stream: StreamId) {
        let running = self.running();
        let touched = running.values().filter(|one| match stream {
            StreamId::Bot(bot) => one.answer.bot_id == bot,
            StreamId::User(user) => one.answer.asked_by == user,
        });
        touched.for_each(|one| one.doubt.notify_one());
    }

    fn running(&self) -> MutexGuard<'_, HashMap<MessageId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
