//! Restoring a backup into a place that holds nothing. Everything is looked at first; the rows become visible with the commit, which
//! is the last step, so that a restore that failed is an empty database. What must not come back to life is ended here. What lies
//! beside the rows is in `put`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::events::Epoch;
use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use tokio::time::timeout;

use super::files::{self, Checked};
use super::format::Manifest;
use super::load::{self, steps_of};
use super::put::Put;
use super::tables::{INSTALLATION, kept};
use super::{Place, Progress};
use crate::installation::COUNT_ON;
use crate::sealing::Sealer;
use crate::store::whole::{Whole, all, finds_nothing, is_postgres, run};
use crate::store::{DatabaseAt, Schema, meaning, schema_of};

/// How long a database that did not answer to a commit is asked what came of it.
const ANSWER: Duration = Duration::from_secs(60);

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
/// and the blob store do. Then the database is as empty as before, and files that were put into the blob store are gone again; but
/// if nobody can say whether the database was filled, all is left as it is, and the text says so.
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
    let mut put = Put::beside(place.database);
    let restored = fill(dir, &manifest, place, secrets, progress, &mut put).await;
    if restored.is_err() {
        put.take_back(place.blobs).await;
    }
    restored
}

async fn fill(
    dir: &Path,
    manifest: &Manifest,
    place: &Place<'_>,
    secrets: Secrets,
    progress: Progress<'_>,
    put: &mut Put,
) -> Result<Restored> {
    let whole = Whole::filling(place.database).await?;
    let tx = whole.turn().await?;
    let found = schema_of(&tx).await?;
    must_be_empty(&tx, &found).await?;
    let steps = load::steps_between(&found, manifest)?;
    let rows = match load::fill(&tx, steps, dir, manifest, progress).await {
        Ok(rows) => rows,
        Err(error) => {
            return Err(Error::internal(format!(
                "the rows of the backup do not fit together; `colloquy verify {}` tells more: {}",
                dir.display(),
                load::unfit(error)?
            )));
        }
    };
    let epoch = Epoch::fresh();
    begin_anew(&tx, &epoch).await?;
    let sealed_keys = sealed(&tx, secrets.reseal).await?;
    let files = put.blobs(&tx, dir, manifest, place.blobs).await?;
    progress(&format!("{files} files"));
    if let Some(file) = &secrets.key_file {
        put.key(dir, file)?;
    }
    commit(tx, place.database, &epoch, put).await?;
    settle(whole, progress).await;
    Ok(Restored {
        rows,
        files,
        sealed_keys,
    })
}

/// An answer that does not come says nothing: the rows may be there all the same. So the database is asked for them before anything is
/// taken back, and if it cannot be asked, nothing is.
async fn commit(tx: DatabaseTransaction, database: &DatabaseAt, epoch: &Epoch, put: &mut Put) -> Result<()> {
    let Err(error) = tx.commit().await else {
        return Ok(());
    };
    let error = meaning(error);
    match timeout(ANSWER, holds(database, epoch)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(error),
        Ok(Err(_)) | Err(_) => {
            *put = Put::default();
            Err(Error::internal(
                "the database went away at the very end, and whether the restore is done cannot be told; nothing was taken back. \
                 Once it is there again, `colloquy verify` says what it holds. If it holds nothing, remove the files from the \
                 blob store before you try again",
            ))
        }
    }
}

/// Whether this life of the numbers was committed.
async fn holds(database: &DatabaseAt, epoch: &Epoch) -> Result<bool> {
    let whole = Whole::filling(database).await?;
    // Waits for the transaction that began it, if that has not come to its end.
    let tx = whole.turn().await?;
    let tables = schema_of(&tx).await?.tables;
    let sql = "SELECT id FROM installation WHERE id = 1 AND epoch = $1";
    Ok(tables.iter().any(|table| table == INSTALLATION.name)
        && !finds_nothing(&tx, sql, [epoch.0.clone().into()]).await?)
}

/// The rows are there; what goes wrong now is told, and takes nothing of that away.
async fn settle(whole: Whole, progress: Progress<'_>) {
    if is_postgres(whole.now()) {
        // Until it has looked at what is in them, its plans are those for empty tables.
        if let Err(error) = whole.now().execute_unprepared("ANALYZE").await {
            progress(&format!(
                "the restore is done, but the database could not look at its tables and may be slow until it does; send it \
                 `ANALYZE`: {error}"
            ));
        }
    }
    if let Err(error) = whole.close().await {
        progress(&format!(
            "the restore is done, but the database was not closed in order: {error}"
        ));
    }
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
async fn begin_anew(tx: &DatabaseTransaction, epoch: &Epoch) -> Result<()> {
    run(
        tx,
        "UPDATE installation SET epoch = $1 WHERE id = 1",
        [epoch.0.clone().into()],
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
