//! Documents of a bot: what people see of one, and what its text was split into.

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::ids::{BotId, DocumentId, UserId};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentStatus {
    Queued,
    Processing,
    Processed,
    Failed,
    Cancelled,
}

impl DocumentStatus {
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Processing,
        Self::Processed,
        Self::Failed,
        Self::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Processed => "processed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Work is still to be done, or is under way.
    pub fn is_open(self) -> bool {
        match self {
            Self::Queued | Self::Processing => true,
            Self::Processed | Self::Failed | Self::Cancelled => false,
        }
    }
}

/// What is being done to a document that is `Processing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Text is read out of the file, in a process of its own.
    Extracting,
    /// The pieces are stored.
    Storing,
    /// The pieces go into the retrieval index.
    Indexing,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Extracting, Self::Storing, Self::Indexing];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extracting => "extracting",
            Self::Storing => "storing",
            Self::Indexing => "indexing",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub id: DocumentId,
    pub bot_id: BotId,
    pub filename: String,
    pub kind: Kind,
    /// Bytes.
    pub size: i64,
    /// Lower-case hex.
    pub sha256: String,
    pub status: DocumentStatus,
    pub stage: Option<Stage>,
    /// 0 to 1 over all of the work.
    pub progress: f64,
    /// Why it failed, in a sentence for people.
    pub error: Option<String>,
    pub chunks: i64,
    /// Of all pieces, headings included, once they are stored.
    pub text_bytes: i64,
    /// Of paged kinds, once it was read.
    pub pages: Option<i64>,
    pub uploaded_by: UserId,
    pub created_at: Timestamp,
}

/// A piece of a document's text, before it has a number. Split at borders of headings and sentences, with some overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkDraft {
    /// The page (sheet, slide) it begins on, counted from 1.
    pub page: Option<u32>,
    /// The headings it stands under, outermost first, joined by ` › `; empty if there are none.
    pub heading: String,
    pub text: String,
}

/// All that was read out of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// Of paged kinds.
    pub pages: Option<u32>,
    pub chunks: Vec<ChunkDraft>,
}

impl Extracted {
    pub fn text_bytes(&self) -> i64 {
        let bytes = self
            .chunks
            .iter()
            .map(|chunk| chunk.heading.len() + chunk.text.len());
        i64::try_from(bytes.sum::<usize>()).unwrap_or(i64::MAX)
    }
}

/// A piece as it is kept. Its number counts from 0 within the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub document_id: DocumentId,
    pub n: i64,
    pub page: Option<i64>,
    pub heading: String,
    pub text: String,
}

/// A piece that was found, with what a reader needs to know of where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    pub document_id: DocumentId,
    pub filename: String,
    pub chunk: i64,
    pub page: Option<i64>,
    pub heading: String,
    /// The higher, the better; comparable within one search alone.
    pub score: f64,
    pub text: String,
}

/// What a citation leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageInPlace {
    pub passage: Passage,
    pub before: Option<Passage>,
    pub after: Option<Passage>,
}

/// The proof of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Nobody sees them any more; of very many, the last ones leave the disk a little later.
    pub chunks_removed: i64,
    pub bytes_removed: i64,
    /// Messages whose citations name the document, of those that the caller may see; they stay.
    pub citing_messages: i64,
}
