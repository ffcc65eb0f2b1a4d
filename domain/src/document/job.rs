//! Durable work in the background: one leased row per thing to do. Whoever holds the lease works; when it runs out (its process
//! was killed), somebody else may take it. What a job does is decided by its feature; here is only who may do it when.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::Result;
use crate::ids::{BotId, DocumentId, JobId, NodeId};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Read a document's text, split, store and index it.
    ReadDocument(DocumentId),
    /// Take away pieces that nobody sees any more, and the bytes too if the document is gone.
    ClearDocument(DocumentId),
}

impl Task {
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadDocument(_) => "read_document",
            Self::ClearDocument(_) => "clear_document",
        }
    }

    pub fn document(self) -> DocumentId {
        match self {
            Self::ReadDocument(id) | Self::ClearDocument(id) => id,
        }
    }
}

/// A job in the hands of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub bot_id: BotId,
    pub task: Task,
    /// How often it was taken, this time included, without the times it was given back.
    pub attempts: i64,
    /// Proof that it is still held: changes with every claim.
    pub lease: Uuid,
}

#[async_trait]
pub trait JobRows {
    /// Due at once.
    async fn insert_job(&mut self, id: JobId, bot: BotId, task: Task) -> Result<()>;
    /// Whether `claim_job` would find something; for reading transactions.
    async fn has_due_job(&mut self) -> Result<bool>;
    /// Takes a job that is due and that nobody holds, for so long: of those whose documents' uploader has the fewest in work
    /// right now, the one that has been due longest. So nobody's slow files keep all others waiting.
    async fn claim_job(&mut self, lease: Duration, node: NodeId) -> Result<Option<Job>>;
    /// False: somebody else holds it, or it is gone.
    async fn renew_job(&mut self, job: &Job, lease: Duration) -> Result<bool>;
    /// Lets go of it until that moment.
    async fn put_off_job(&mut self, job: &Job, until: Timestamp) -> Result<()>;
    /// The same, as if it had not been taken this time.
    async fn give_back_job(&mut self, job: &Job, until: Timestamp) -> Result<()>;
    /// Whether this worker holds it still.
    async fn holds_job(&mut self, job: &Job) -> Result<bool>;
    /// Takes every job out of the hands of this node, or (`None`) of all, to be due at once. They were taken as often as before: a
    /// file that kills its server must not be tried for ever.
    async fn release_jobs(&mut self, node: Option<NodeId>) -> Result<u64>;
    async fn delete_job(&mut self, id: JobId) -> Result<()>;
    /// Ends whatever was to be done to a document, and gives the job that was to do it; there is one of a kind at the most.
    async fn delete_jobs_of(&mut self, task: Task) -> Result<Option<JobId>>;
}
