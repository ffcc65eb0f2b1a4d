//! What people do with documents. The work on them in the background is in `work`, finding passages in `search`.

use std::path::Path;
use std::sync::Arc;

use super::access::open_document;
use super::blobs::BlobStore;
use super::clearing::{clear_texts, drop_text};
use super::job::Task;
use super::kind::Kind;
use super::model::{Document, DocumentStatus, Passage, PassageInPlace, Removed};
use super::search::{PassageIndex, Place};
use crate::access::{Access, Action, authorize, authorize_absent};
use crate::account::begin_as;
use crate::caller::{Actor, Caller};
use crate::error::{Conflict, Error, Result, Subject};
use crate::events::{DocumentAction, DocumentFact, Fact, record};
use crate::idempotency::{IdempotencyKey, Kept, keep, replay};
use crate::ids::{BotId, DocumentId, JobId, UserId};
use crate::page::{Page, Paged};
use crate::store::{Store, Tx, again};
use crate::text::Name;

/// How much one person may keep, over all bots.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    pub files: i64,
    pub bytes: i64,
}

/// A file that has arrived whole, and was found to be of a kind that can be read.
#[derive(Debug, Clone)]
pub struct NewDocument {
    pub filename: Name,
    pub kind: Kind,
    /// Bytes.
    pub size: i64,
    /// Lower-case hex.
    pub sha256: String,
}

pub struct Documents {
    pub(super) store: Arc<dyn Store>,
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) index: Arc<dyn PassageIndex>,
    quota: Quota,
}

impl Documents {
    pub fn new(
        store: Arc<dyn Store>,
        blobs: Arc<dyn BlobStore>,
        index: Arc<dyn PassageIndex>,
        quota: Quota,
    ) -> Self {
        Self {
            store,
            blobs,
            index,
            quota,
        }
    }

    /// Takes a file in and queues it for reading. The bytes go to the blob store between two transactions: the first one keeps
    /// those away who may not, the second decides. Bytes that came to nothing are taken away again; of a commit that nobody
    /// knows the end of they may be in use, and are left to the sweep, which asks the database.
    pub async fn upload(
        &self,
        caller: &Caller,
        bot: BotId,
        new: NewDocument,
        file: &Path,
        key: Option<&IdempotencyKey>,
    ) -> Result<Kept<Document>> {
        {
            let mut tx = self.store.read().await?;
            let access = authorize(tx.as_mut(), caller, bot, Action::ChangeDocuments).await?;
            if let Some(kept) = replayed(tx.as_mut(), caller, key).await? {
                return Ok(kept);
            }
            self.admit(tx.as_mut(), &access, caller, &new).await?;
        }
        let id = DocumentId::new();
        self.blobs.put(id, file).await?;
        let taken = self.take(caller, bot, id, new, key).await;
        let unused = match &taken {
            Ok(kept) => kept.replayed,
            Err(Error::Unavailable { .. } | Error::Internal(_)) => false,
            Err(_refused) => true,
        };
        if unused && let Err(error) = self.blobs.remove(id).await {
            tracing::warn!(%error, document = %id, "the bytes of a refused upload stay until the next sweep");
        }
        taken
    }

    async fn take(
        &self,
        caller: &Caller,
        bot: BotId,
        id: DocumentId,
        new: NewDocument,
        key: Option<&IdempotencyKey>,
    ) -> Result<Kept<Document>> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, bot, Action::ChangeDocuments).await?;
            if let Some(kept) = replayed(tx.as_mut(), caller, key).await? {
                tx.commit().await?;
                return Ok(kept);
            }
            self.admit(tx.as_mut(), &access, caller, &new).await?;
            let document = Document {
                id,
                bot_id: bot,
                filename: new.filename.as_str().to_owned(),
                kind: new.kind,
                size: new.size,
                sha256: new.sha256.clone(),
                status: DocumentStatus::Queued,
                stage: None,
                progress: 0.0,
                error: None,
                chunks: 0,
                text_bytes: 0,
                pages: None,
                uploaded_by: caller.user_id,
                created_at: tx.now(),
            };
            tx.insert_document(&access, &document).await?;
            let job = JobId::new();
            tx.insert_job(job, bot, Task::ReadDocument(id)).await?;
            tell(
                tx.as_mut(),
                &access,
                &caller.actor(),
                DocumentAction::Uploaded,
                &document,
                Some(job),
            )
            .await?;
            keep(tx.as_mut(), caller, key, &document, None).await?;
            tx.commit().await?;
            Ok(Kept::fresh(document))
        })
        .await
    }

    async fn admit(
        &self,
        tx: &mut dyn Tx,
        access: &Access,
        caller: &Caller,
        new: &NewDocument,
    ) -> Result<()> {
        if let Some(same) = tx.same_bytes(access, &new.sha256).await? {
            return Err(Conflict::DocumentExists(same).into());
        }
        let stored = tx.stored_by(caller.user_id).await?;
        let over = stored.files >= self.quota.files || stored.bytes + new.size > self.quota.bytes;
        if over {
            return Err(Conflict::StorageFull.into());
        }
        Ok(())
    }

    pub async fn list(&self, caller: &Caller, bot: BotId, page: Page) -> Result<Paged<Document>> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, bot, Action::ReadDocuments).await?;
        let rows = tx.documents(&access, page).await?;
        Ok(page.cut(rows, |document| document.id.0.as_u128()))
    }

    pub async fn get(&self, caller: &Caller, id: DocumentId) -> Result<Document> {
        let mut tx = self.store.read().await?;
        let (_, document) = open_document(tx.as_mut(), caller, id, Action::ReadDocuments).await?;
        Ok(document)
    }

    /// One piece with its neighbours: what a citation leads to.
    pub async fn passage(&self, caller: &Caller, id: DocumentId, n: i64) -> Result<PassageInPlace> {
        let mut tx = self.store.read().await?;
        let (access, _) = open_document(tx.as_mut(), caller, id, Action::ReadDocuments).await?;
        let near = [n.checked_sub(1), Some(n), n.checked_add(1)];
        let places: Vec<_> = near
            .into_iter()
            .flatten()
            .map(|n| Place { document_id: id, n })
            .collect();
        let mut found = tx.passages(&access, &places).await?;
        let mut take = |wanted: Option<i64>| {
            let at = found.iter().position(|passage| Some(passage.chunk) == wanted)?;
            Some(found.swap_remove(at))
        };
        let passage: Option<Passage> = take(Some(n));
        Ok(PassageInPlace {
            passage: passage.ok_or(Subject::Passage)?,
            before: take(n.checked_sub(1)),
            after: take(n.checked_add(1)),
        })
    }

    /// Reads the file once more. While work on it is open, nothing changes.
    pub async fn reprocess(&self, caller: &Caller, id: DocumentId) -> Result<Document> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let (access, mut document) =
                open_document(tx.as_mut(), &caller, id, Action::ChangeDocuments).await?;
            if document.status.is_open() {
                tx.commit().await?;
                return Ok(document);
            }
            // One that failed gave its bytes free: somebody may have uploaded them anew.
            let same = tx.same_bytes(&access, &document.sha256).await?;
            if let Some(same) = same.filter(|same| *same != id) {
                return Err(Conflict::DocumentExists(same).into());
            }
            document.status = DocumentStatus::Queued;
            document.stage = None;
            document.progress = 0.0;
            document.error = None;
            tx.update_document(&access, &document).await?;
            // Who reads it clears it first; a job that still does would take what is new.
            tx.delete_jobs_of(Task::ClearDocument(id)).await?;
            let job = JobId::new();
            tx.insert_job(job, access.bot_id(), Task::ReadDocument(id))
                .await?;
            tell(
                tx.as_mut(),
                &access,
                &caller.actor(),
                DocumentAction::Processing,
                &document,
                Some(job),
            )
            .await?;
            tx.commit().await?;
            Ok(document)
        })
        .await
    }

    /// Ends the work on a document; what is done already stays done, and then nothing changes.
    pub async fn cancel(&self, caller: &Caller, id: DocumentId) -> Result<Document> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let (access, mut document) =
                open_document(tx.as_mut(), &caller, id, Action::ChangeDocuments).await?;
            if !document.status.is_open() {
                tx.commit().await?;
                return Ok(document);
            }
            let job = tx.delete_jobs_of(Task::ReadDocument(id)).await?;
            drop_text(tx.as_mut(), &access, id).await?;
            document.status = DocumentStatus::Cancelled;
            document.stage = None;
            document.chunks = 0;
            document.text_bytes = 0;
            tx.update_document(&access, &document).await?;
            tell(
                tx.as_mut(),
                &access,
                &caller.actor(),
                DocumentAction::Cancelled,
                &document,
                job,
            )
            .await?;
            tx.commit().await?;
            Ok(document)
        })
        .await
    }

    /// Leaves nothing behind. Text and bytes go right after the commit; what fails then, or takes too long, a job sees to.
    pub async fn delete(&self, caller: &Caller, id: DocumentId) -> Result<Removed> {
        let (bot, removed) = again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let (access, document) = open_document(tx.as_mut(), &caller, id, Action::ChangeDocuments).await?;
            let citing_messages = tx.count_citing(&access, id, caller.user_id).await?;
            let job = tx.delete_jobs_of(Task::ReadDocument(id)).await?;
            tx.delete_jobs_of(Task::ClearDocument(id)).await?;
            tx.log_document(&access, id, true).await?;
            let chunks_removed = tx.delete_document(&access, id).await?;
            tx.insert_job(JobId::new(), access.bot_id(), Task::ClearDocument(id))
                .await?;
            tell(
                tx.as_mut(),
                &access,
                &caller.actor(),
                DocumentAction::Deleted,
                &document,
                job,
            )
            .await?;
            tx.commit().await?;
            let removed = Removed {
                chunks_removed,
                bytes_removed: document.size,
                citing_messages,
            };
            Ok((access.bot_id(), removed))
        })
        .await?;
        self.clear(bot, id).await;
        Ok(removed)
    }

    /// What nobody sees any more. Failing here is not the caller's trouble: job and index follow by themselves.
    async fn clear(&self, bot: BotId, id: DocumentId) {
        let cleared = async {
            if clear_texts(self.store.as_ref(), bot, &[id]).await? {
                self.blobs.remove(id).await?;
                again(|| async {
                    let mut tx = self.store.begin().await?;
                    tx.delete_jobs_of(Task::ClearDocument(id)).await?;
                    tx.commit().await
                })
                .await?;
            }
            self.index.catch_up_soon().await
        };
        if let Err(error) = cleared.await {
            tracing::warn!(%error, document = %id, "a deleted document is cleared away later");
        }
    }
}

async fn replayed(
    tx: &mut dyn Tx,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Kept<Document>>> {
    let Some(kept) = replay::<Document>(tx, caller, key).await? else {
        return Ok(None);
    };
    // What was taken in may have been deleted since.
    tx.find_document(kept.value.id).await?.ok_or(Subject::Document)?;
    Ok(Some(kept))
}

/// Records what happened to a document, and which job it was about. Who uploaded it hears of its end, if they may still see it.
pub(super) async fn tell(
    tx: &mut dyn Tx,
    access: &Access,
    actor: &Actor,
    action: DocumentAction,
    document: &Document,
    job: Option<JobId>,
) -> Result<()> {
    let uploader = document.uploaded_by;
    let hearers: &[UserId] = if may_read(tx, uploader, access.bot_id()).await? {
        &[uploader]
    } else {
        &[]
    };
    let change = DocumentFact::of(action, document, actor.user_id).with_task(job);
    let fact = Fact::DocumentChanged(change);
    record(tx, access, actor, fact, hearers).await?;
    Ok(())
}

async fn may_read(tx: &mut dyn Tx, user: UserId, bot: BotId) -> Result<bool> {
    match authorize_absent(tx, user, bot, Action::ReadDocuments).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_) | Error::Forbidden(_)) => Ok(false),
        Err(other) => Err(other),
    }
}
