//! The documents of a database, and the copies of their files in a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::ids::DocumentId;
use domain::{Error, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use sha2::{Digest, Sha256};

use super::files::{Hashed, Written, hexadecimal};
use super::format::{BlobFiles, Checksums, blob_file};
use super::{AT_ONCE, PAGE, Progress};
use crate::blobs::Blobs;
use crate::store::whole::{Whole, all, finds_nothing};

/// What is to be known of a document's file.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Document {
    id: Uuid,
    size: i64,
    sha256: String,
}

impl Document {
    pub fn id(&self) -> DocumentId {
        DocumentId(self.id)
    }

    pub fn has_hash(&self, sha256: &str) -> bool {
        self.sha256 == sha256
    }

    /// Whether these are the bytes that were uploaded.
    pub fn is(&self, found: &Written) -> bool {
        u64::try_from(self.size) == Ok(found.bytes) && self.sha256 == found.sha256
    }
}

/// The next page of documents; empty at the end.
pub async fn documents(db: &impl ConnectionTrait, after: Option<&Document>) -> Result<Vec<Document>> {
    let sql = "SELECT id, size, sha256 FROM documents WHERE id > $1 ORDER BY id LIMIT $2";
    let after = after.map_or(Uuid::nil(), |document| document.id);
    all(db, sql, [after.into(), PAGE.into()]).await
}

/// Whether it is there still, whatever a snapshot says.
pub async fn is_there(whole: &Whole, id: DocumentId) -> Result<bool> {
    let sql = "SELECT id FROM documents WHERE id = $1";
    Ok(!finds_nothing(whole.now(), sql, [id.0.into()]).await?)
}

/// What a document's bytes in the store are; `None`: there are none.
pub async fn look_at(blobs: &Blobs, id: DocumentId) -> Result<Option<Written>> {
    let Some(mut pieces) = blobs.find(id).await? else {
        return Ok(None);
    };
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
        bytes += piece.len() as u64;
    }
    Ok(Some(Written {
        bytes,
        sha256: hexadecimal(&hash.finalize()),
    }))
}

/// The files that are in a backup so far.
pub struct Copies<'a> {
    dir: PathBuf,
    blobs: &'a Blobs,
    done: BTreeMap<DocumentId, Copied>,
    /// Those that the snapshot names.
    named: BTreeSet<DocumentId>,
    missing: Vec<DocumentId>,
}

struct Copied {
    written: Written,
    damaged: bool,
}

/// `None`: the store does not have it.
async fn copy(blobs: &Blobs, document: &Document, dir: &Path) -> Result<Option<Copied>> {
    let Some(mut pieces) = blobs.find(document.id()).await? else {
        return Ok(None);
    };
    let mut file = Hashed::create(&dir.join(blob_file(document.id())))?;
    while let Some(piece) = pieces.try_next().await? {
        file.write(&piece)?;
    }
    let written = file.finish()?;
    let damaged = !document.is(&written);
    Ok(Some(Copied { written, damaged }))
}

impl<'a> Copies<'a> {
    pub fn into(dir: PathBuf, blobs: &'a Blobs) -> Self {
        Self {
            dir,
            blobs,
            done: BTreeMap::new(),
            named: BTreeSet::new(),
            missing: Vec::new(),
        }
    }

    /// Those of all documents that there are now, without a snapshot.
    pub async fn most(&mut self, whole: &Whole, progress: Progress<'_>) -> Result<()> {
        let mut last = None;
        loop {
            let page = documents(whole.now(), last.as_ref()).await?;
            if page.is_empty() {
                progress(&format!("{} files", self.done.len()));
                return Ok(());
            }
            self.copy(&page).await?;
            if last.is_some() {
                progress(&format!("{} files so far", self.done.len()));
            }
            last = page.into_iter().next_back();
        }
    }

    /// Those of all documents of the snapshot. False: the file of one is gone because the document was deleted since.
    pub async fn all_of(&mut self, tx: &DatabaseTransaction, whole: &Whole) -> Result<bool> {
        self.named.clear();
        self.missing.clear();
        let mut last = None;
        loop {
            let page = documents(tx, last.as_ref()).await?;
            if page.is_empty() {
                return Ok(true);
            }
            self.named.extend(page.iter().map(Document::id));
            for missing in self.copy(&page).await? {
                if !is_there(whole, missing).await? {
                    return Ok(false);
                }
                self.missing.push(missing);
            }
            last = page.into_iter().next_back();
        }
    }

    /// Gives those that the store does not have.
    async fn copy(&mut self, page: &[Document]) -> Result<Vec<DocumentId>> {
        let wanted = page
            .iter()
            .filter(|document| !self.done.contains_key(&document.id()));
        let wanted: Vec<Document> = wanted.cloned().collect();
        let (dir, blobs) = (&self.dir, self.blobs);
        let copied: Vec<(DocumentId, Option<Copied>)> = stream::iter(wanted)
            .map(|document| async move {
                let copied = copy(blobs, &document, dir).await?;
                Ok::<_, Error>((document.id(), copied))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let mut missing = Vec::new();
        for (id, copied) in copied {
            match copied {
                Some(copied) => drop(self.done.insert(id, copied)),
                None => missing.push(id),
            }
        }
        Ok(missing)
    }

    /// Removes what the snapshot does not name, and notes the rest.
    pub fn finish(self, sums: &mut Checksums) -> Result<BlobFiles> {
        let mut files = BlobFiles {
            missing: self.missing,
            ..BlobFiles::default()
        };
        for (id, Copied { written, damaged }) in self.done {
            let name = blob_file(id);
            if !self.named.contains(&id) {
                let path = self.dir.join(&name);
                std::fs::remove_file(&path).map_err(|why| super::failed(&path, "remove", why))?;
                continue;
            }
            files.files += 1;
            files.bytes += written.bytes;
            if damaged {
                files.damaged.push(id);
            }
            sums.insert(name, written.sha256);
        }
        Ok(files)
    }
}
