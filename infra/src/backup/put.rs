//! What a restore makes beside the rows before it commits them, and what it takes back if they are never committed.

use std::path::{Path, PathBuf};

use domain::document::BlobStore;
use domain::ids::DocumentId;
use domain::{Error, Result};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sea_orm::DatabaseTransaction;

use super::blobs::{Document, documents};
use super::files::{self, sync_folder};
use super::format::{KEY_FILE, Manifest, blob_file};
use super::{AT_ONCE, failed};
use crate::blobs::Blobs;
use crate::store::DatabaseAt;

#[derive(Default)]
pub struct Put {
    /// The database's file, if there was none before.
    database: Option<PathBuf>,
    blobs: Vec<DocumentId>,
    key: Option<PathBuf>,
}

impl Put {
    /// Nothing yet.
    pub fn beside(database: &DatabaseAt) -> Self {
        let made = match database {
            DatabaseAt::File(path) if !path.exists() => Some(path.clone()),
            DatabaseAt::File(_) | DatabaseAt::Server(_) => None,
        };
        Self {
            database: made,
            ..Self::default()
        }
    }

    /// The files of all documents that the transaction sees; gives their number. What was put is known here, whatever comes of the rest.
    pub async fn blobs(
        &mut self,
        tx: &DatabaseTransaction,
        dir: &Path,
        manifest: &Manifest,
        blobs: &Blobs,
    ) -> Result<u64> {
        let mut last = None;
        loop {
            let page = documents(tx, last.as_ref()).await?;
            if page.is_empty() {
                return Ok(self.blobs.len() as u64);
            }
            let ids: Vec<DocumentId> = page
                .iter()
                .map(Document::id)
                .filter(|id| !manifest.blobs.missing.contains(id))
                .collect();
            self.blobs.extend(&ids);
            some_at_once(ids.into_iter().map(|id| put_blob(dir, blobs, id))).await?;
            last = page.into_iter().next_back();
        }
    }

    /// The backup's signing key, where none is yet.
    pub fn key(&mut self, dir: &Path, file: &Path) -> Result<()> {
        if file.exists() {
            return Ok(());
        }
        self.key = Some(file.to_owned());
        let kept = dir.join(KEY_FILE);
        let bytes = std::fs::read(&kept).map_err(|why| failed(&kept, "read", why))?;
        files::write(file, &bytes)?;
        file.parent().map_or(Ok(()), sync_folder)
    }

    pub async fn take_back(self, blobs: &Blobs) {
        for id in self.blobs {
            if let Err(error) = blobs.remove(id).await {
                tracing::warn!(%error, document = %id, "a file stays behind in the blob store");
            }
        }
        if let Some(key) = self.key
            && let Err(why) = std::fs::remove_file(&key)
        {
            tracing::warn!(%why, key = %key.display(), "the signing key stays behind");
        }
        for end in ["", "-journal", "-wal", "-shm"] {
            if let Some(made) = &self.database {
                let mut name = made.clone().into_os_string();
                name.push(end);
                // What is not there need not go.
                let _ = std::fs::remove_file(name);
            }
        }
    }
}

async fn put_blob(dir: &Path, blobs: &Blobs, id: DocumentId) -> Result<()> {
    let path = dir.join(blob_file(id));
    if !path.is_file() {
        return Err(Error::internal(format!(
            "the backup has no file of the document {id}"
        )));
    }
    blobs.put(id, &path).await
}

/// After the first error none is begun any more, and those that were begun come to their end: the store may go on with one that
/// nobody waits for, and its file would be there after it was taken back.
async fn some_at_once<F: Future<Output = Result<()>>>(all: impl IntoIterator<Item = F>) -> Result<()> {
    let (mut all, mut begun, mut first) = (all.into_iter(), FuturesUnordered::new(), Ok(()));
    loop {
        while first.is_ok()
            && begun.len() < AT_ONCE
            && let Some(next) = all.next()
        {
            begun.push(next);
        }
        match begun.next().await {
            Some(done) => first = first.and(done),
            None => return first,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn what_was_begun_comes_to_its_end_before_an_error_is_told() {
        let (begun, ended) = (Cell::new(0), Cell::new(0));
        let all = (0..100).map(|number| {
            let (begun, ended) = (&begun, &ended);
            async move {
                begun.set(begun.get() + 1);
                for _ in 0..number {
                    tokio::task::yield_now().await;
                }
                ended.set(ended.get() + 1);
                if number == 3 {
                    Err(Error::internal("full"))
                } else {
                    Ok(())
                }
            }
        });
        assert!(some_at_once(all).await.is_err());
        assert_eq!(ended.get(), begun.get());
        assert!(begun.get() < 100, "none was begun after the error");
    }
}
