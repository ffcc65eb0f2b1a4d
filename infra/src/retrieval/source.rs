//! Where the index gets its documents from: the log of changes and the chunks, as the database has them. The store implements
//! this; the tests of the index do too.

use async_trait::async_trait;
use domain::Result;
use domain::ids::{BotId, DocumentId};

/// How far the log of changes reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// One life of the numbers: an index of another epoch is worth nothing.
    pub epoch: String,
    /// The number of the latest change.
    pub head: i64,
    /// Removals up to this number are forgotten: who has not read on to here cannot learn of them any more.
    pub floor: i64,
}

/// The latest change of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub seq: i64,
    pub document_id: DocumentId,
    pub bot_id: BotId,
    /// Its words are searched too. Empty for a document that is gone.
    pub filename: String,
    /// The document is gone; there are no chunks to ask for.
    pub dropped: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedChunk {
    pub n: i64,
    pub heading: String,
    pub text: String,
}

#[async_trait]
pub trait Source: Send + Sync {
    async fn state(&self) -> Result<SourceState>;

    /// Changes with a number above `after`, in their order; none only if there are none.
    async fn changes(&self, after: i64, limit: u64) -> Result<Vec<Change>>;

    /// Chunks with a number above `after` (-1: from the first), in their order. What was changed since the log was read comes
    /// again under a later number, so the two need not be of one moment.
    async fn chunks(&self, document: DocumentId, after: i64, limit: u64) -> Result<Vec<IndexedChunk>>;
}
