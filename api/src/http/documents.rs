//! Documents of a bot: taking files in, looking at them, finding passages in them.

use std::sync::Arc;

use domain::document::{NewDocument, Removed};
use futures_util::TryStreamExt;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Tag;
use super::answer::{Accepted, Act, Look, Outcome, Reply, Write};
use super::body::{Body, Input, RepeatKey};
use super::download::Download;
use super::fields::{Fields, text};
use super::page::encode;
use super::request::{Id, Signed, page};
use super::upload::Upload;
use super::view;
use crate::app::App;

const QUERY_CHARS: usize = 1_000;
const PASSAGES: usize = 100;
const DEFAULT_PASSAGES: usize = 8;

pub struct DocumentsApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct DocumentList {
    items: Vec<view::Document>,
    next_cursor: Option<String>,
}

#[derive(Object)]
struct PassageList {
    /// Best first.
    items: Vec<view::Passage>,
}

/// What a citation leads to.
#[derive(Object)]
struct PassageInPlace {
    passage: view::Passage,
    /// The piece before it; null for the first one.
    before: Option<view::Passage>,
    /// The piece after it; null for the last one.
    after: Option<view::Passage>,
}

/// The proof of a deletion.
#[derive(Object)]
struct RemovedView {
    chunks_removed: i64,
    bytes_removed: i64,
    /// Messages whose citations name the document; they stay.
    citing_messages: i64,
}

impl From<Removed> for RemovedView {
    fn from(removed: Removed) -> Self {
        Self {
            chunks_removed: removed.chunks_removed,
            bytes_removed: removed.bytes_removed,
            citing_messages: removed.citing_messages,
        }
    }
}

#[derive(Object)]
struct SearchBody {
    #[oai(validator(min_length = 1, max_length = 1000))]
    query: String,
    /// Default: 8.
    #[oai(validator(minimum(value = "1"), maximum(value = "50")))]
    limit: Option<u32>,
}

struct Search {
    query: String,
    limit: usize,
}

impl Input for SearchBody {
    type Parsed = Search;

    fn read(fields: &mut Fields) -> Option<Search> {
        let query = fields.required("query", text(query));
        let limit = fields.optional("limit", passages).unwrap_or(DEFAULT_PASSAGES);
        Some(Search { query: query?, limit })
    }
}

#[OpenApi(tag = "Tag::Documents")]
impl DocumentsApi {
    /// Upload a file for the bot to answer from
    ///
    /// It is read in the background; `document_update` events tell how far it is. Text, Markdown, HTML, PDF, DOCX, PPTX, XLSX,
    /// CSV and JSON can be read.
    #[oai(
        path = "/bots/:bot_id/documents",
        method = "post",
        operation_id = "uploadDocument"
    )]
    async fn upload(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: RepeatKey,
        upload: Upload,
    ) -> Outcome<Accepted<view::Document>, Write> {
        let bot_id = bot_id.0.into();
        let key = key.of("POST", format!("/bots/{bot_id}/documents"), upload.fingerprint)?;
        let new = NewDocument {
            filename: upload.filename,
            kind: upload.kind,
            size: upload.size,
            sha256: upload.sha256,
        };
        let file = upload.file;
        let kept = self
            .app
            .documents
            .upload(&caller.0, bot_id, new, file.path(), key.as_ref())
            .await?;
        self.app.workers.wake();
        Ok(Accepted::kept(kept, view::Document::from))
    }

    /// The documents of a bot, newest first
    #[oai(
        path = "/bots/:bot_id/documents",
        method = "get",
        operation_id = "listDocuments"
    )]
    async fn list(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<DocumentList>, Look> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.documents.list(&caller.0, bot_id.0.into(), page).await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(DocumentList {
            items: paged.items.into_iter().map(view::Document::from).collect(),
            next_cursor,
        }))
    }

    /// One document
    #[oai(
        path = "/documents/:document_id",
        method = "get",
        operation_id = "getDocument"
    )]
    async fn get(&self, caller: Signed, document_id: Path<Id>) -> Outcome<Reply<view::Document>, Look> {
        let document = self.app.documents.get(&caller.0, document_id.0.into()).await?;
        Ok(Reply::new(document.into()))
    }

    /// The file as it was uploaded
    ///
    /// Always to be saved, never to be shown: a file of somebody else's has no place in a page of this origin.
    #[oai(
        path = "/documents/:document_id/content",
        method = "get",
        operation_id = "downloadDocument"
    )]
    async fn content(&self, caller: Signed, document_id: Path<Id>) -> Outcome<Download, Look> {
        let document = self.app.documents.get(&caller.0, document_id.0.into()).await?;
        let (size, bytes) = match self.app.blobs.open(document.id).await {
            Ok(opened) => opened,
            Err(error) => {
                // Deleted since we asked?
                self.app.documents.get(&caller.0, document.id).await?;
                return Err(error.into());
            }
        };
        Ok(Download {
            filename: document.filename,
            kind: document.kind,
            size,
            body: poem::Body::from_bytes_stream(bytes.map_err(std::io::Error::other)),
        })
    }

    /// One piece of a document's text with its neighbours
    #[oai(
        path = "/documents/:document_id/chunks/:n",
        method = "get",
        operation_id = "getPassage"
    )]
    async fn passage(
        &self,
        caller: Signed,
        document_id: Path<Id>,
        /// Counts from 0.
        n: Path<String>,
    ) -> Outcome<Reply<PassageInPlace>, Look> {
        // A number that is none is an unknown piece: rights first, so -1 is looked up, and never found.
        let digits = n.0.bytes().all(|byte| byte.is_ascii_digit());
        let n = n.0.parse().ok().filter(|_| digits).unwrap_or(-1);
        let found = self
            .app
            .documents
            .passage(&caller.0, document_id.0.into(), n)
            .await?;
        Ok(Reply::new(PassageInPlace {
            passage: found.passage.into(),
            before: found.before.map(view::Passage::from),
            after: found.after.map(view::Passage::from),
        }))
    }

    /// Read a document once more
    ///
    /// While it is queued or being read, nothing changes.
    #[oai(
        path = "/documents/:document_id/reprocess",
        method = "post",
        operation_id = "reprocessDocument"
    )]
    async fn reprocess(
        &self,
        caller: Signed,
        document_id: Path<Id>,
    ) -> Outcome<Accepted<view::Document>, Act> {
        let document = self
            .app
            .documents
            .reprocess(&caller.0, document_id.0.into())
            .await?;
        self.app.workers.wake();
        Ok(Accepted::new(document.into()))
    }

    /// Stop the work on a document
    ///
    /// What is done already stays done.
    #[oai(
        path = "/documents/:document_id/cancel",
        method = "post",
        operation_id = "cancelDocument"
    )]
    async fn cancel(&self, caller: Signed, document_id: Path<Id>) -> Outcome<Accepted<view::Document>, Act> {
        let document = self.app.documents.cancel(&caller.0, document_id.0.into()).await?;
        Ok(Accepted::new(document.into()))
    }

    /// Delete a document and all that was made of it
    #[oai(
        path = "/documents/:document_id",
        method = "delete",
        operation_id = "deleteDocument"
    )]
    async fn delete(&self, caller: Signed, document_id: Path<Id>) -> Outcome<Reply<RemovedView>, Act> {
        let removed = self.app.documents.delete(&caller.0, document_id.0.into()).await?;
        Ok(Reply::new(removed.into()))
    }

    /// The passages of a bot's documents that fit a question best
    #[oai(
        path = "/bots/:bot_id/search",
        method = "post",
        operation_id = "searchDocuments"
    )]
    async fn search(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        body: Body<SearchBody>,
    ) -> Outcome<Reply<PassageList>, Write> {
        let Search { query, limit } = body.value;
        let found = self
            .app
            .documents
            .search(&caller.0, bot_id.0.into(), &query, limit)
            .await?;
        Ok(Reply::new(PassageList {
            items: found.into_iter().map(view::Passage::from).collect(),
        }))
    }
}

fn query(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("must not be empty".into());
    }
    if text.chars().count() > QUERY_CHARS {
        return Err(format!("must have at most {QUERY_CHARS} characters"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n')) {
        return Err("must not contain control characters".into());
    }
    Ok(text.to_owned())
}

fn passages(value: &Value) -> Result<usize, String> {
    let limit = value.as_u64().and_then(|limit| usize::try_from(limit).ok());
    limit
        .filter(|limit| (1..=PASSAGES).contains(limit))
        .ok_or_else(|| format!("must be a whole number from 1 to {PASSAGES}"))
}
