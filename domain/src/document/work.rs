//! The work on documents in the background, step by step: each step is a transaction that first makes sure that this worker
//! still holds the job. What was cancelled or deleted meanwhile is let go of without a trace.

use std::sync::Arc;
use std::time::Duration;

use super::clearing::{SOME, drop_text};
use super::job::{Job, Task};
use super::model::{ChunkDraft, Document, DocumentStatus, Stage};
use super::service::tell;
use crate::access::{Access, as_system};
use crate::caller::Actor;
use crate::error::Result;
use crate::events::DocumentAction;
use crate::ids::{JobId, NodeId};
use crate::store::{Store, Tx, again};

/// How long a worker may be silent before another one takes over.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often a document is tried before it is given up.
pub const ATTEMPTS: i64 = 5;
/// How long work rests that something other than the file is in the way of.
const REST: Duration = Duration::from_secs(10);

const GIVEN_UP: &str = "The file could not be read after several attempts.";

/// A job, and the document that it is about, if it is about reading one.
#[derive(Debug, Clone)]
pub struct Assignment {
    pub job: Job,
    pub document: Option<Document>,
}

/// What a step of clearing found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clearing {
    /// There are more pieces.
    More,
    /// No pieces are left, and the document stays.
    Empty,
    /// No pieces are left, and the document is gone: its bytes shall go too.
    Gone,
    /// The work is no longer wanted, or somebody else does it.
    Lost,
}

pub struct Work {
    store: Arc<dyn Store>,
    node: NodeId,
}

impl Work {
    pub fn new(store: Arc<dyn Store>, node: NodeId) -> Self {
        Self { store, node }
    }

    /// At a start: what a killed process of this node (`alone`: whoever) held goes on at once, not when its lease runs out.
    pub async fn resume(&self, alone: bool) -> Result<u64> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let released = tx.release_jobs((!alone).then_some(self.node)).await?;
            tx.commit().await?;
            Ok(released)
        })
        .await
    }

    /// The next thing to do, if there is one: a document that is to be read is then `Processing`, and everyone is told.
    pub async fn claim(&self) -> Result<Option<Assignment>> {
        again(|| async {
            while self.store.glance().await?.has_due_job().await? {
                let mut tx = self.store.begin().await?;
                let Some(job) = tx.claim_job(LEASE, self.node).await? else {
                    return Ok(None);
                };
                if matches!(job.task, Task::ClearDocument(_)) {
                    tx.commit().await?;
                    return Ok(Some(Assignment { job, document: None }));
                }
                if let Some(document) = start(tx, &job).await? {
                    let document = Some(document);
                    return Ok(Some(Assignment { job, document }));
                }
            }
            Ok(None)
        })
        .await
    }

    /// False: the work is no longer wanted, or somebody else does it.
    pub async fn renew(&self, job: &Job) -> Result<bool> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let held = tx.renew_job(job, LEASE).await?;
            tx.commit().await?;
            Ok(held)
        })
        .await
    }

    /// A new stage of the work begins; `pages` is known by then or never. False as in `renew`.
    pub async fn enter(&self, job: &Job, stage: Stage, progress: f64, pages: Option<u32>) -> Result<bool> {
        again(|| async {
            let Some(mut held) = self.hold(job).await? else {
                return Ok(false);
            };
            held.document.stage = Some(stage);
            held.document.progress = progress;
            held.document.pages = pages.map(i64::from);
            held.update(DocumentAction::Processing).await?;
            held.tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Removes some pieces: of a document that is gone or was given up, or what an earlier reading left, before new ones come.
    pub async fn clear(&self, job: &Job) -> Result<Clearing> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            if !tx.holds_job(job).await? {
                return Ok(Clearing::Lost);
            }
            let id = job.task.document();
            let removed = tx.delete_chunks(job.bot_id, id, SOME).await?;
            let stays = tx.find_document(id).await?.is_some();
            if removed > 0 {
                tx.commit().await?;
            }
            Ok(match (removed == SOME, stays) {
                (true, _) => Clearing::More,
                (false, true) => Clearing::Empty,
                (false, false) => Clearing::Gone,
            })
        })
        .await
    }

    /// Has progress told, while nobody can move the document on: so what is told stands before what comes next. Nothing is
    /// told of a stage that is over.
    pub async fn tick(&self, job: &Job, stage: Stage, tell: impl FnOnce(&Document) + Send) -> Result<()> {
        if let Some(held) = again(|| self.hold(job)).await?
            && held.document.stage == Some(stage)
        {
            tell(&held.document);
        }
        Ok(())
    }

    /// Some of the pieces; nothing of them is seen before `complete`.
    pub async fn store(&self, job: &Job, first: i64, chunks: &[ChunkDraft]) -> Result<bool> {
        again(|| async {
            let Some(mut held) = self.hold(job).await? else {
                return Ok(false);
            };
            held.tx
                .insert_chunks(&held.access, held.document.id, first, chunks)
                .await?;
            held.tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// All pieces are stored: the index may have them.
    pub async fn offer(&self, job: &Job, progress: f64) -> Result<bool> {
        again(|| async {
            let Some(mut held) = self.hold(job).await? else {
                return Ok(false);
            };
            held.tx
                .log_document(&held.access, held.document.id, false)
                .await?;
            held.document.stage = Some(Stage::Indexing);
            held.document.progress = progress;
            held.update(DocumentAction::Processing).await?;
            held.tx.commit().await?;
            Ok(true)
        })
        .await
    }

    pub async fn complete(&self, job: &Job, chunks: i64, text_bytes: i64) -> Result<()> {
        again(|| async {
            let Some(mut held) = self.hold(job).await? else {
                return Ok(());
            };
            held.document.status = DocumentStatus::Processed;
            held.document.stage = None;
            held.document.progress = 1.0;
            held.document.chunks = chunks;
            held.document.text_bytes = text_bytes;
            held.update(DocumentAction::Processed).await?;
            held.tx.delete_job(job.id).await?;
            held.tx.commit().await
        })
        .await
    }

    /// The file itself is at fault: trying again would not help.
    pub async fn fail(&self, job: &Job, reason: &str) -> Result<()> {
        again(|| async {
            match self.hold(job).await? {
                Some(held) => held.give_up(job, reason).await,
                None => Ok(()),
            }
        })
        .await
    }

    /// It may be the file's fault: tried again after a while that doubles, a few times.
    pub async fn retry(&self, job: &Job) -> Result<()> {
        again(|| async {
            if job.attempts >= ATTEMPTS && matches!(job.task, Task::ReadDocument(_)) {
                return self.fail(job, GIVEN_UP).await;
            }
            let mut tx = self.store.begin().await?;
            let doublings = u32::try_from(job.attempts.clamp(1, 10)).unwrap_or(10);
            let until = tx.now().plus(Duration::from_secs(1 << doublings));
            tx.put_off_job(job, until).await?;
            tx.commit().await
        })
        .await
    }

    /// Something is away that the work needs: tried again every few seconds until it is back, however long that is.
    pub async fn put_off(&self, job: &Job) -> Result<()> {
        self.give_back(job, REST).await
    }

    /// The worker stops: somebody else, or the next start, begins it anew at once.
    pub async fn put_back(&self, job: &Job) -> Result<()> {
        self.give_back(job, Duration::ZERO).await
    }

    async fn give_back(&self, job: &Job, rest: Duration) -> Result<()> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let until = tx.now().plus(rest);
            tx.give_back_job(job, until).await?;
            tx.commit().await
        })
        .await
    }

    /// A job that has nothing to do with a document's row.
    pub async fn done(&self, job: &Job) -> Result<()> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            tx.delete_job(job.id).await?;
            tx.commit().await
        })
        .await
    }

    async fn hold(&self, job: &Job) -> Result<Option<Held>> {
        let mut tx = self.store.begin().await?;
        if !tx.holds_job(job).await? {
            return Ok(None);
        }
        let found = open(tx.as_mut(), job).await?;
        Ok(found.map(|(access, document)| Held {
            tx,
            access,
            document,
            job: job.id,
        }))
    }
}

/// A transaction in which the job is certainly held.
struct Held {
    tx: Box<dyn Tx>,
    access: Access,
    document: Document,
    job: JobId,
}

impl Held {
    async fn update(&mut self, action: DocumentAction) -> Result<()> {
        self.tx.update_document(&self.access, &self.document).await?;
        tell(
            self.tx.as_mut(),
            &self.access,
            &Actor::system(),
            action,
            &self.document,
            Some(self.job),
        )
        .await
    }

    async fn give_up(mut self, job: &Job, reason: &str) -> Result<()> {
        drop_text(self.tx.as_mut(), &self.access, self.document.id).await?;
        self.document.status = DocumentStatus::Failed;
        self.document.stage = None;
        self.document.chunks = 0;
        self.document.text_bytes = 0;
        self.document.error = Some(reason.to_owned());
        self.update(DocumentAction::Failed).await?;
        self.tx.delete_job(job.id).await?;
        self.tx.commit().await
    }
}

async fn open(tx: &mut dyn Tx, job: &Job) -> Result<Option<(Access, Document)>> {
    let Some(document) = tx.find_document(job.task.document()).await? else {
        return Ok(None);
    };
    let access = as_system(tx, document.bot_id).await?;
    Ok(access.map(|access| (access, document)))
}

/// Takes up a document's reading in the transaction that claimed the job. `None`: it is gone, or was tried too often; then its
/// reader's server died each time.
async fn start(mut tx: Box<dyn Tx>, job: &Job) -> Result<Option<Document>> {
    let Some((access, document)) = open(tx.as_mut(), job).await? else {
        tx.delete_job(job.id).await?;
        tx.commit().await?;
        return Ok(None);
    };
    let mut held = Held {
        tx,
        access,
        document,
        job: job.id,
    };
    if job.attempts > ATTEMPTS {
        held.give_up(job, GIVEN_UP).await?;
        return Ok(None);
    }
    held.document.status = DocumentStatus::Processing;
    held.document.stage = Some(Stage::Extracting);
    held.document.progress = 0.0;
    held.document.error = None;
    held.update(DocumentAction::Processing).await?;
    held.tx.commit().await?;
    Ok(Some(held.document))
}
