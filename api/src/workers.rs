//! The background work on documents: takes jobs, has files read in a process of their own, stores and indexes what was read,
//! and tells of the progress. Each step is the domain's (`document::Work`); here is what happens between them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::ErrorKind::TimedOut;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Result;
use domain::document::{
    Assignment, BlobStore, Clearing, Document, Extracted, Job, PassageIndex, Stage, Task, Work,
};
use domain::events::{DocumentAction, DocumentFact, Fact, Signal, StreamId};
use domain::ids::{BotId, DocumentId};
use futures_util::stream::poll_fn;
use futures_util::{StreamExt, TryStreamExt};
use infra::blobs::Blobs;
use infra::bus::{Notice, Receiver};
use infra::extract::{ExtractError, Extractor};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::io::StreamReader;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::doubt;
use crate::realtime::Live;

/// Jobs are taken when something comes; this is for those that were put off.
const LOOK: Duration = Duration::from_secs(1);
/// A third of a lease.
const RENEW: Duration = Duration::from_secs(10);
/// Two ticks of progress a second, over all stages of a document.
const TICK: Duration = Duration::from_millis(500);
/// How often, and how often again, storing a job's end is tried while the database is away.
const AGAIN: Duration = Duration::from_secs(1);
const ENDINGS: usize = 30;
/// Pieces stored in one transaction, which holds up every other writer.
const BATCH: usize = 500;
/// What reading is of all the work, and storing.
const READING: f64 = 0.7;
const STORING: f64 = 0.2;

pub struct WorkerParts {
    pub work: Work,
    pub blobs: Arc<Blobs>,
    pub index: Arc<dyn PassageIndex>,
    pub extractor: Extractor,
    pub live: Arc<Live>,
}

pub struct Workers {
    parts: WorkerParts,
    /// Documents that are being read here.
    reading: Mutex<HashMap<DocumentId, Reading>>,
    hands: Arc<Semaphore>,
    woken: Notify,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

/// A document that is being read here.
struct Reading {
    bot: BotId,
    /// Of its job: who lost it leaves the next one's alone.
    lease: Uuid,
    dropped: CancellationToken,
    /// Something happened on its bot, on another node: perhaps the work is not wanted any more.
    doubt: Arc<Notify>,
}

/// How far the work on a document is, as its watchers are told.
type Moved = (Stage, f64);

/// Why a job ended before it was done.
enum Halt {
    /// Nobody wants it any more, or somebody else does it.
    Dropped,
    /// The node stops.
    Stopped,
    /// The file is at fault.
    File(String),
    /// The file may be at fault: tried again a few times.
    Doubtful(String),
    /// Something that the work needs is away: tried again until it is back.
    Away(String),
}

impl From<domain::Error> for Halt {
    /// What is lasting ends in failure some time, as a text that the database does not take would: it is not tried for ever.
    fn from(error: domain::Error) -> Self {
        if matches!(error, domain::Error::Unavailable { .. }) {
            Self::Away(error.to_string())
        } else if let domain::Error::Internal(source) = &error {
            // What the operator is told; the error itself says only that it is internal.
            Self::Doubtful(source.to_string())
        } else {
            Self::Doubtful(error.to_string())
        }
    }
}

impl Workers {
    /// `hands`: how many files are worked on at a time.
    pub fn new(parts: WorkerParts, hands: usize, stopping: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            parts,
            reading: Mutex::default(),
            hands: Arc::new(Semaphore::new(hands.max(1))),
            woken: Notify::new(),
            tasks: TaskTracker::new(),
            stopping,
        })
    }

    /// There is something to do.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Runs until the node stops. What is cut short then is resumed at the next start.
    pub async fn run(self: Arc<Self>, facts: Receiver) {
        let taking = self.take();
        tokio::select! {
            () = taking => {}
            // Ends with the bus, whose facts only make it quicker.
            never = self.hear(facts) => match never {},
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Until the node stops. A job that was claimed is always performed, if only to be put back.
    async fn take(self: &Arc<Self>) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                () = self.woken.notified() => {}
                _ = looks.tick() => {}
            }
            if let Err(error) = self.take_jobs().await {
                tracing::warn!(%error, "jobs cannot be taken; it is tried again");
            }
        }
    }

    async fn take_jobs(self: &Arc<Self>) -> Result<()> {
        while !self.stopping.is_cancelled()
            && let Ok(hand) = self.hands.clone().try_acquire_owned()
        {
            let Some(assignment) = self.parts.work.claim().await? else {
                return Ok(());
            };
            self.tasks.spawn(self.clone().perform(assignment, hand));
        }
        Ok(())
    }

    async fn perform(self: Arc<Self>, assignment: Assignment, hand: OwnedSemaphorePermit) {
        let Assignment { job, document } = assignment;
        let (dropped, doubt) = (CancellationToken::new(), Arc::new(Notify::new()));
        let work = async {
            match (job.task, &document) {
                (Task::ReadDocument(_), Some(document)) => self.read(&job, document).await,
                (Task::ReadDocument(_), None) => Err(Halt::Dropped),
                (Task::ClearDocument(id), _) => self.clear(&job, id).await,
            }
        };
        self.note(&job, dropped.clone(), doubt.clone());
        // The lease is renewed beside all of the work, however long a part of it takes.
        let outcome = tokio::select! {
            biased;
            () = self.stopping.cancelled() => Err(Halt::Stopped),
            () = dropped.cancelled() => Err(Halt::Dropped),
            outcome = work => outcome,
            halt = self.renew(&job, &doubt) => Err(halt),
        };
        self.forget(&job);
        self.settle(&job, outcome).await;
        drop(hand);
        self.wake();
    }

    /// Stores how a job ended. If that cannot be done, the lease runs out and somebody takes it up again.
    async fn settle(&self, job: &Job, outcome: Result<(), Halt>) {
        let Err(halt) = outcome else { return };
        if let Halt::Doubtful(why) | Halt::Away(why) = &halt {
            let (task, attempt) = (job.task.name(), job.attempts);
            tracing::warn!(why, task, attempt, "work is put off");
        }
        let work = &self.parts.work;
        for _ in 0..ENDINGS {
            let settled = match &halt {
                Halt::Dropped => return,
                Halt::Stopped => work.put_back(job).await,
                Halt::File(reason) => work.fail(job, reason).await,
                Halt::Doubtful(_) => work.retry(job).await,
                Halt::Away(_) => work.put_off(job).await,
            };
            let Err(error) = settled else { return };
            tracing::warn!(%error, task = job.task.name(), "a job's end was not stored");
            let rest = tokio::time::sleep(AGAIN);
            if self.stopping.run_until_cancelled(rest).await.is_none() {
                return;
            }
        }
    }

    async fn clear(&self, job: &Job, id: DocumentId) -> Result<(), Halt> {
        if self.clear_text(job).await? == Clearing::Gone {
            self.parts.blobs.remove(id).await?;
            self.parts.index.catch_up().await?;
        }
        Ok(self.parts.work.done(job).await?)
    }

    async fn clear_text(&self, job: &Job) -> Result<Clearing, Halt> {
        loop {
            match self.parts.work.clear(job).await? {
                Clearing::More => {}
                Clearing::Lost => return Err(Halt::Dropped),
                end @ (Clearing::Empty | Clearing::Gone) => return Ok(end),
            }
        }
    }

    async fn read(&self, job: &Job, document: &Document) -> Result<(), Halt> {
        let (progress, watched) = watch::channel((Stage::Extracting, 0.0));
        let work = async {
            let extracted = self.extract(document, &progress).await?;
            self.store(job, extracted, &progress).await
        };
        tokio::select! {
            outcome = work => outcome,
            never = self.tell_progress(job, watched) => match never {},
        }
    }

    async fn store(
        &self,
        job: &Job,
        extracted: Extracted,
        progress: &watch::Sender<Moved>,
    ) -> Result<(), Halt> {
        let work = &self.parts.work;
        held(work.enter(job, Stage::Storing, READING, extracted.pages).await?)?;
        self.clear_text(job).await?;
        let total = extracted.chunks.len();
        for (first, batch) in (0_i64..).step_by(BATCH).zip(extracted.chunks.chunks(BATCH)) {
            held(work.store(job, first, batch).await?)?;
            let done = (first as usize + batch.len()) as f64 / total as f64;
            progress.send_replace((Stage::Storing, READING + STORING * done));
        }
        held(work.offer(job, READING + STORING).await?)?;
        self.parts.index.catch_up().await?;
        let chunks = i64::try_from(total).unwrap_or(i64::MAX);
        Ok(work.complete(job, chunks, extracted.text_bytes()).await?)
    }

    async fn extract(&self, document: &Document, progress: &watch::Sender<Moved>) -> Result<Extracted, Halt> {
        let (_size, mut content) = self.parts.blobs.open(document.id).await?;
        // Whether the bytes could not be fetched, or not in time: then it is not the reader that failed.
        let (away, awaited) = (AtomicBool::new(false), AtomicBool::new(false));
        let content = poll_fn(|context| {
            let polled = content.poll_next_unpin(context);
            awaited.store(polled.is_pending(), Relaxed);
            polled
        });
        let content = content.map_err(|error| {
            away.fetch_or(matches!(error, domain::Error::Unavailable { .. }), Relaxed);
            std::io::Error::other(error)
        });
        let on_progress = |done: f32| {
            let done = f64::from(done).clamp(0.0, 1.0);
            progress.send_replace((Stage::Extracting, READING * done));
        };
        let extracted = self
            .parts
            .extractor
            .extract(document.kind, StreamReader::new(content), on_progress)
            .await;
        extracted.map_err(|error| match error {
            ExtractError::Document(reason) => Halt::File(reason),
            ExtractError::Passing(why)
                if away.load(Relaxed) || (why.kind() == TimedOut && awaited.load(Relaxed)) =>
            {
                Halt::Away(why.to_string())
            }
            ExtractError::Passing(why) => Halt::Doubtful(why.to_string()),
        })
    }

    /// At most two ticks a second, and none if nothing moved.
    async fn tell_progress(&self, job: &Job, mut progress: watch::Receiver<Moved>) -> Infallible {
        while progress.changed().await.is_ok() {
            let (stage, done) = *progress.borrow_and_update();
            let told = self
                .parts
                .work
                .tick(job, stage, |document| self.tell(job, document, done));
            if let Err(error) = told.await {
                tracing::debug!(%error, "progress was not told");
            }
            tokio::time::sleep(TICK).await;
        }
        std::future::pending().await
    }

    fn tell(&self, job: &Job, document: &Document, progress: f64) {
        let mut moved = document.clone();
        moved.progress = progress;
        let fact = DocumentFact::of(DocumentAction::Processing, &moved, None).with_task(Some(job.id));
        self.parts
            .live
            .signal(document.bot_id, Signal::DocumentProgress(fact));
    }

    /// Ends when the lease is lost.
    async fn renew(&self, job: &Job, doubt: &Notify) -> Halt {
        let mut renewals = interval(RENEW);
        renewals.tick().await;
        let mut looked = None;
        loop {
            tokio::select! {
                _ = renewals.tick() => {}
                () = doubt::raised(doubt, looked) => looked = Some(Instant::now()),
            }
            match self.parts.work.renew(job).await {
                Ok(true) => {}
                Ok(false) => return Halt::Dropped,
                Err(error) => tracing::debug!(%error, "a lease was not renewed; it is tried again"),
            }
        }
    }

    /// Work that somebody cancelled is dropped at once, its process with it.
    async fn hear(&self, mut facts: Receiver) -> Infallible {
        while let Some(notice) = facts.recv().await {
            // Of what was missed, the next step finds out.
            let facts = match notice {
                Notice::Facts(facts, ..) => facts,
                Notice::Heads(heads) => {
                    self.doubt(&heads);
                    continue;
                }
                Notice::Signal(..) | Notice::Letter(..) | Notice::Missed => continue,
            };
            for recorded in facts.iter() {
                if let Fact::DocumentChanged(change) = &recorded.fact
                    && matches!(change.action, DocumentAction::Cancelled | DocumentAction::Deleted)
                    && let Some(reading) = self.reading().get(&change.document.id)
                {
                    reading.dropped.cancel();
                }
            }
        }
        std::future::pending().await
    }

    /// What another node did may concern what is read here. It is not looked for in the log: whether the job is held still, tells
    /// as much.
    fn doubt(&self, heads: &[(StreamId, i64)]) {
        for (stream, _) in heads {
            let reading = self.reading();
            let touched = reading.values().filter(|one| StreamId::Bot(one.bot) == *stream);
            touched.for_each(|one| one.doubt.notify_one());
        }
    }

    fn note(&self, job: &Job, dropped: CancellationToken, doubt: Arc<Notify>) {
        if let Task::ReadDocument(id) = job.task {
            let reading = Reading {
                bot: job.bot_id,
                lease: job.lease,
                dropped,
                doubt,
            };
            self.reading().insert(id, reading);
        }
    }

    fn forget(&self, job: &Job) {
        self.reading()
            .retain(|id, reading| *id != job.task.document() || reading.lease != job.lease);
    }

    fn reading(&self) -> MutexGuard<'_, HashMap<DocumentId, Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn held(held: bool) -> Result<(), Halt> {
    if held { Ok(()) } else { Err(Halt::Dropped) }
}
