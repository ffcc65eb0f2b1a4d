//! Finding passages by their words: an index of this node's own beside the database, which follows the log of document changes
//! and can be thrown away at any time. It answers with places alone; whether the asker may see one, and what stands there, the
//! database says.

mod analysis;
mod feed;
mod follow;
mod generation;
mod query;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use follow::{Progress, Retrieval};
pub use generation::Hit;
pub use source::{Change, IndexedChunk, Source, SourceState};
