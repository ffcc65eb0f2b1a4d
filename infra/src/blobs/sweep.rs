//! Bytes that nobody will ask for: of uploads that broke off between the blob store and the database, or were half written.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use domain::document::BlobStore;
use domain::ids::DocumentId;
use domain::{Error, Result};
use futures_util::TryStreamExt;
use sea_orm::prelude::Uuid;
use sea_orm::{FromQueryResult, Value};

use super::Blobs;
use crate::store::{SqlStore, marks};

/// Keys that are looked up in one query.
const PIECE: usize = 500;

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

impl Blobs {
    /// Removes what no document knows and is older than `older_than`, which has to be longer than any upload takes: its bytes
    /// are there before its row. Gives the number of files. Other names in the place are left alone.
    ///
    /// Fails as the blob store or the database does; what was removed stays removed.
    pub async fn sweep(&self, store: &SqlStore, older_than: Duration) -> Result<u64> {
        let mut listed = self.list(older_than);
        let (mut removed, mut old) = (0, Vec::with_capacity(PIECE));
        while let Some((id, is_old)) = listed.try_next().await? {
            old.extend(is_old.then_some(id));
            if old.len() == PIECE {
                removed += self.remove_unknown(store, &old).await?;
                old.clear();
            }
        }
        removed += self.remove_unknown(store, &old).await?;
        Ok(removed + self.sweep_unfinished(older_than).await?)
    }

    async fn remove_unknown(&self, store: &SqlStore, ids: &[DocumentId]) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let sql = format!("SELECT id FROM documents WHERE id IN ({})", marks(1, ids.len()));
        let tx = store.begin_read().await?;
        let known: Vec<IdRow> = tx.all(&sql, ids.iter().map(|id| Value::from(id.0))).await?;
        drop(tx);
        let known: HashSet<Uuid> = known.into_iter().map(|row| row.id).collect();
        let mut removed = 0;
        for id in ids.iter().filter(|id| !known.contains(&id.0)) {
            self.remove(*id).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Half-written files, which the listing leaves out.
    async fn sweep_unfinished(&self, older_than: Duration) -> Result<u64> {
        let Some(folder) = self.local.clone() else {
            return Ok(0);
        };
        let swept = tokio::task::spawn_blocking(move || {
            remove_unfinished(&folder, older_than).map_err(|source| {
                Error::internal(format!("cannot clean the folder {}: {source}", folder.display()))
            })
        });
        swept.await.map_err(Error::internal)?
    }
}

/// `<id>#<number>` is what `LocalFileSystem` writes to before a file gets its name.
fn remove_unfinished(folder: &Path, older_than: Duration) -> std::io::Result<u64> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // Nothing was ever put in.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let now = SystemTime::now();
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let staged = name
            .to_str()
            .and_then(|name| name.split_once('#'))
            .is_some_and(|(id, _)| id.parse::<DocumentId>().is_ok());
        let age = now
            .duration_since(entry.metadata()?.modified()?)
            .unwrap_or_default();
        if staged && age >= older_than {
            std::fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}
