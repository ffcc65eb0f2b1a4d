//! The rows of documents and their pieces.

use async_trait::async_trait;

use super::model::{ChunkDraft, Document, Passage};
use super::search::Place;
use crate::access::Access;
use crate::error::Result;
use crate::ids::{BotId, DocumentId, MessageId, UserId};
use crate::page::Page;

/// What one person has stored, over all bots: documents that were not deleted. Each counts as many bytes as its file or its text,
/// whichever has more: a packed file may hold a hundred times its size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    pub files: i64,
    pub bytes: i64,
}

#[async_trait]
pub trait DocumentRows {
    /// Unscoped, for `document::access` alone: nobody has been authorised yet.
    async fn find_document(&mut self, id: DocumentId) -> Result<Option<Document>>;
    /// A document of this bot with the same bytes that neither failed nor was cancelled.
    async fn same_bytes(&mut self, access: &Access, sha256: &str) -> Result<Option<DocumentId>>;
    async fn stored_by(&mut self, user: UserId) -> Result<Stored>;
    /// Fails with `Conflict::DocumentExists` if another upload of the same bytes came first.
    async fn insert_document(&mut self, access: &Access, document: &Document) -> Result<()>;
    /// Everything but name, size, digest and author, which never change.
    async fn update_document(&mut self, access: &Access, document: &Document) -> Result<()>;
    /// The row and the notes of who cites it. Its pieces stay, seen by nobody, for a `ClearDocument`; gives their number.
    async fn delete_document(&mut self, access: &Access, id: DocumentId) -> Result<i64>;
    /// Newest first; the cursor is the last document's id.
    async fn documents(&mut self, access: &Access, page: Page) -> Result<Vec<Document>>;
    /// All of the bot's, for its end.
    async fn document_ids(&mut self, access: &Access) -> Result<Vec<DocumentId>>;

    /// Replaces nothing: the pieces `first..` are new.
    async fn insert_chunks(
        &mut self,
        access: &Access,
        id: DocumentId,
        first: i64,
        chunks: &[ChunkDraft],
    ) -> Result<()>;
    /// At most so many; gives how many it was. By the bot's id, since the bot and the document may be gone by now.
    async fn delete_chunks(&mut self, bot: BotId, id: DocumentId, limit: u64) -> Result<u64>;
    /// Takes the next number of the retrieval log under its row's lock; `dropped`: nothing of the document is to be found any
    /// more. A document has one entry, its latest.
    async fn log_document(&mut self, access: &Access, id: DocumentId, dropped: bool) -> Result<()>;

    /// These pieces, as far as they exist and their document is processed and of this bot; in no order, with score 0.
    async fn passages(&mut self, access: &Access, places: &[Place]) -> Result<Vec<Passage>>;

    /// Notes which documents an answer cites.
    async fn insert_citations(
        &mut self,
        access: &Access,
        message: MessageId,
        documents: &[DocumentId],
    ) -> Result<()>;
    /// Messages that cite it, of those that this person may see.
    async fn count_citing(&mut self, access: &Access, id: DocumentId, reader: UserId) -> Result<i64>;
}
