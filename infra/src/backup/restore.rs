//! Restoring a backup into a place that holds nothing. Everything is looked at first; the rows become visible with the commit, which
//! is the last step, so that a restore that failed is an empty database. What must not come back to life is ended here.

use std::path::{Path, PathBuf};

use domain::document::BlobStore;
use domain::events::Epoch;
use domain::ids::DocumentId;
use domain::time::Timestamp;
use domain::{Error, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};

use super::blobs::{Document, documents};
use super::files::{self, Checked, sync_folder};
use super::format::{KEY_FILE, Manifest};
use super::load::{self, steps_of};
use super::tables::{INSTALLATION, kept};
use super::take::blob_path;
use super::{AT_ONCE, Place, Progress, failed};
use crate::blobs::Blobs;
use crate::installation::COUNT_ON;
use crate::sealing::Sealer;
use crate::store::whole::{Whole, all, finds_nothing, is_postgres, run};
use crate::store::{DatabaseAt, Schema, meaning, schema_of};

/// A server that announced itself to the database within so many seconds is running.
const HEARD: u32 = 30;

/// What becomes of the secrets in a backup.
#[derive(Default)]
pub struct Secrets {
    /// Where the backup's signing key goes, if it goes anywhere.
    pub key_file: Option<PathBuf>,
    /// What the keys of model servers are sealed under, and what they are to be sealed under.
    pub reseal: Option<(Sealer, Sealer)>,
}

/// What a restore did.
#[derive(Debug, Default)]
pub struct Restored {
    pub rows: u64,
    pub files: u64,
    /// Keys of model servers that are in the database, sealed.
    pub sealed_keys: u64,
}

/// What the backup in this folder says of itself. Fails with `Internal` when it is no whole one, or when this version cannot read
/// it.
pub fn read_manifest(dir: &Path) -> Result<Manifest> {
    let manifest = Manifest::read(dir)?;
    steps_of(&manifest)?;
    Ok(manifest)
}

/// Restores a backup. No server may use the place meanwhile; that of the data folder is kept away by the caller.
///
/// Fails with `Internal` and a text for the operator when the backup is not whole or the place not empty, and as the database
/// and the blob store do. Then the database is as empty as before, and files that were put into the blob store are gone again.
pub async fn restore(
    dir: &Path,
    place: &Place<'_>,
    secrets: Secrets,
    progress: Progress<'_>,
) -> Result<Restored> {
    let manifest = read_manifest(dir)?;
    progress("comparing every file with its checksum");
    let Checked { faults, .. } = files::check(dir, &manifest)?;
    if let Some(first) = faults.first() {
        return Err(Error::internal(format!(
            "the backup {} is damaged ({} faults): {first}",
            dir.display(),
            faults.len()
        )));
    }
    if !place.blobs.is_empty().await? {
        return Err(Error::internal(
            "there are files in the blob store already (of another installation, or of a restore that was cut short): nothing \
             was changed",
        ));
    }
    let made = match place.database {
        DatabaseAt::File(path) if !path.exists() => Some(path.clone()),
        DatabaseAt::File(_) | DatabaseAt::Server(_) => None,
    };
    let restored = fill(dir, &manifest, place, secrets, progress).await;
    if let (Err(_), Some(made)) = (&restored, made) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut name = made.clone().into_os_string();
            name.push(end);
            // What is not there need not go.
            let _ = std::fs::remove_file(name);
        }
    }
    restored
}

async fn fill(
    dir: &Path,
    manifest: &Manifest,
    place: &Place<'_>,
    secrets: Secrets,
    progress: Progress<'_>,
) -> Result<Restored> {
    let whole = Whole::filling(place.database).await?;
    let tx = whole.turn().await?;
    let found = schema_of(&tx).await?;
    must_be_empty(&tx, &found).await?;
    let filled = load::fill(&tx, &found, dir, manifest, progress).await;
    let rows = filled.map_err(|error| unfit(error, dir))?;
    begin_anew(&tx).await?;
    let sealed_keys = sealed(&tx, secrets.reseal).await?;
    let mut put = Put::default();
    let written = async {
        put_blobs(&tx, dir, manifest, place.blobs, &mut put.blobs).await?;
        progress(&format!("{} files", put.blobs.len()));
        if let Some(file) = secrets.key_file.filter(|file| !file.exists()) {
            put.key = Some(file.clone());
            place_key(dir, &file)?;
        }
        tx.commit().await.map_err(meaning)
    };
    if let Err(error) = written.await {
        put.take_back(place.blobs).await;
        return Err(error);
    }
    if is_postgres(whole.now()) {
        // Until it has looked at what is in them, its plans are those for empty tables.
        whole.now().execute_unprepared("ANALYZE").await.map_err(meaning)?;
    }
    whole.close().await?;
    Ok(Restored {
        rows,
        files: put.blobs.len() as u64,
        sealed_keys,
    })
}

/// Why rows could not be written.
fn unfit(error: Error, dir: &Path) -> Error {
    let why = match &error {
        Error::Unavailable { .. } => return error,
        // Two rows of one key: nobody else writes here.
        Error::Overtaken | Error::Conflict(_) => "there are two where there can be one".to_owned(),
        Error::Internal(why) => why.to_string(),
        Error::Unauthenticated(_)
        | Error::NotFound(_)
        | Error::Forbidden(_)
        | Error::Invalid(_)
        | Error::UnknownTarget
        | Error::IdempotencyMismatch
        | Error::Stale(_)
        | Error::TooMany { .. } => error.to_string(),
    };
    Error::internal(format!(
        "the rows of the backup do not fit together; `colloquy verify {}` tells more: {why}",
        dir.display()
    ))
}

async fn must_be_empty(tx: &DatabaseTransaction, found: &Schema) -> Result<()> {
    let occupied = |what: &str| {
        Err(Error::internal(format!(
            "the database is not empty: it has {what}; nothing was changed"
        )))
    };
    if found.applied.is_empty() {
        return match found.tables.iter().find(|name| !name.starts_with("sqlite_")) {
            Some(table) => occupied(&format!("a table `{table}`")),
            None => Ok(()),
        };
    }
    if is_postgres(tx) && found.tables.iter().any(|table| table == "nodes") {
        let heard = format!(
            "SELECT 1 FROM nodes WHERE heard_at > clock_timestamp() - CAST('{HEARD} seconds' AS interval)"
        );
        if !finds_nothing(tx, &heard, []).await? {
            return Err(Error::internal(
                "a server is running on this database: stop it first; nothing was changed",
            ));
        }
    }
    // What a new installation begins with.
    let begun = ["tenants", INSTALLATION.name];
    for table in kept().filter(|table| !begun.contains(&table.name)) {
        let there = found.tables.iter().any(|name| name == table.name);
        if there && !finds_nothing(tx, &format!("SELECT 1 FROM {} LIMIT 1", table.name), []).await? {
            return occupied(&format!("rows in `{}`", table.name));
        }
    }
    Ok(())
}

/// Another life of the numbers. Nobody holds a job or an answer any more; a job that was being done has not failed by that.
async fn begin_anew(tx: &DatabaseTransaction) -> Result<()> {
    let epoch = Epoch::fresh();
    run(
        tx,
        "UPDATE installation SET epoch = $1 WHERE id = 1",
        [epoch.0.into()],
    )
    .await?;
    let now = Timestamp::now().into_inner().timestamp_micros();
    run(tx, COUNT_ON, [now.into()]).await?;
    for sql in [
        "UPDATE jobs SET attempts = attempts - 1 WHERE lease IS NOT NULL AND attempts > 0",
        "UPDATE jobs SET lease = NULL, leased_until = NULL, holder = NULL",
        "UPDATE answers SET leased_until = NULL, holder = NULL",
        "DELETE FROM nodes",
    ] {
        run(tx, sql, []).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct SealedRow {
    bot_id: Uuid,
    sealed_key: Vec<u8>,
}

/// The number of sealed keys. One that cannot be opened stays as it is: the right signing key may turn up.
async fn sealed(tx: &DatabaseTransaction, reseal: Option<(Sealer, Sealer)>) -> Result<u64> {
    let sql = "SELECT bot_id, sealed_key FROM providers WHERE sealed_key IS NOT NULL";
    let rows: Vec<SealedRow> = all(tx, sql, []).await?;
    if let Some((from, to)) = reseal {
        for SealedRow { bot_id, sealed_key } in &rows {
            let resealed = from.reseal(&to, bot_id.as_bytes(), sealed_key);
            if let Some(resealed) = resealed {
                let sql = "UPDATE providers SET sealed_key = $1 WHERE bot_id = $2";
                run(tx, sql, [resealed.into(), (*bot_id).into()]).await?;
            }
        }
    }
    Ok(rows.len() as u64)
}

/// `put` has what was put, whatever comes of the rest.
async fn put_blobs(
    tx: &DatabaseTransaction,
    dir: &Path,
    manifest: &Manifest,
    blobs: &Blobs,
    put: &mut Vec<DocumentId>,
) -> Result<()> {
    let mut last = None;
    loop {
        let page = documents(tx, last.as_ref()).await?;
        if page.is_empty() {
            return Ok(());
        }
        let ids: Vec<DocumentId> = page
            .iter()
            .map(Document::id)
            .filter(|id| !manifest.blobs.missing.contains(id))
            .collect();
        put.extend(&ids);
        stream::iter(ids)
            .map(|id| async move {
                let path = blob_path(dir, id);
                if !path.is_file() {
                    return Err(Error::internal(format!(
                        "the backup has no file of the document {id}"
                    )));
                }
                blobs.put(id, &path).await
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        last = page.into_iter().next_back();
    }
}

fn place_key(dir: &Path, file: &Path) -> Result<()> {
    let kept = dir.join(KEY_FILE);
    let bytes = std::fs::read(&kept).map_err(|why| failed(&kept, "read", why))?;
    files::write(file, &bytes)?;
    file.parent().map_or(Ok(()), sync_folder)
}

/// What a restore has put outside the database.
#[derive(Default)]
struct Put {
    blobs: Vec<DocumentId>,
    key: Option<PathBuf>,
}

impl Put {
    async fn take_back(self, blobs: &Blobs) {
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
    }
}
