//! How documents and pieces of them look from outside.

use domain::document::{Document as DomainDocument, Passage as DomainPassage};
use poem_openapi::Object;
use uuid::Uuid;

use super::time;
use crate::http::moment::Moment;

#[derive(Object)]
pub struct Document {
    pub id: Uuid,
    pub bot_id: Uuid,
    pub filename: String,
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    pub sha256: String,
    /// `queued`, `processing`, `processed`, `failed` or `cancelled`.
    pub status: String,
    /// While it is processed: `extracting`, `storing` or `indexing`.
    pub stage: Option<String>,
    /// 0 to 1 over all of the work.
    pub progress: f64,
    /// Why it failed, in a sentence for people.
    pub error: Option<String>,
    pub chunks: i64,
    pub pages: Option<i64>,
    pub uploaded_by: Uuid,
    pub created_at: Moment,
}

impl From<DomainDocument> for Document {
    fn from(document: DomainDocument) -> Self {
        Self {
            id: document.id.0,
            bot_id: document.bot_id.0,
            filename: document.filename,
            content_type: document.kind.content_type().into(),
            size: document.size,
            sha256: document.sha256,
            status: document.status.as_str().into(),
            stage: document.stage.map(|stage| stage.as_str().to_owned()),
            progress: document.progress,
            error: document.error,
            chunks: document.chunks,
            pages: document.pages,
            uploaded_by: document.uploaded_by.0,
            created_at: time(document.created_at),
        }
    }
}

/// A piece of a document's text.
#[derive(Object)]
pub struct Passage {
    pub document_id: Uuid,
    pub filename: String,
    /// Its number within the document, counted from 0.
    pub chunk: i64,
    /// The page, sheet or slide it begins on, counted from 1.
    pub page: Option<i64>,
    /// The headings it stands under, outermost first.
    pub heading: String,
    /// The higher, the better; comparable within one search alone.
    pub score: f64,
    pub text: String,
}

impl From<DomainPassage> for Passage {
    fn from(passage: DomainPassage) -> Self {
        Self {
            document_id: passage.document_id.0,
            filename: passage.filename,
            chunk: passage.chunk,
            page: passage.page,
            heading: passage.heading,
            score: passage.score,
            text: passage.text,
        }
    }
}
