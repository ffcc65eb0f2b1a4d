//! Documents that a bot answers from: taking them in, the work on them in the background, finding passages.

mod access;
mod blobs;
mod clearing;
mod job;
mod kind;
mod model;
mod rows;
mod search;
mod service;
mod work;

pub use blobs::BlobStore;
pub(crate) use clearing::clear_texts;
pub use job::{Job, JobRows, Task};
pub use kind::Kind;
pub use model::{
    Chunk, ChunkDraft, Document, DocumentStatus, Extracted, Passage, PassageInPlace, Removed, Stage,
};
pub use rows::{DocumentRows, Stored};
pub use search::{Hit, PassageIndex, Place};
pub(crate) use search::{look_up, with_spare};
pub use service::{Documents, NewDocument, Quota};
pub use work::{ATTEMPTS, Assignment, Clearing, LEASE, Work};
