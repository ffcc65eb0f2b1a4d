//! Taking a backup beside a running server. Most files are copied before the snapshot, and the few that have come since after it,
//! so that the snapshot, which keeps the database from tidying up behind itself, is short. A document that was deleted between the
//! snapshot and the copying of its file makes that snapshot useless: then there is a new one, for which all other files are
//! there already.

use std::path::{Path, PathBuf};

use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::blobs::Copies;
use super::columns::Shape;
use super::files::{self, Hashed, Written, make_folder, sync_folder};
use super::format::{
    BLOBS, CHECKSUMS, Checksums, FORMAT, KEY_FILE, MANIFEST, Manifest, TABLES, TableFile, table_file,
    write_checksums,
};
use super::tables::{Table, all_known, kept};
use super::{Place, Progress, failed};
use crate::store::whole::{Whole, is_postgres};
use crate::store::{Schema, meaning, schema_of};

/// Snapshots that are tried. Each further one needs only what was uploaded since the one before.
const SNAPSHOTS: usize = 10;

/// After so many rows of one table it is told how far it is.
const TOLD: u64 = 50_000;

/// The key of the installation that is backed up.
#[derive(Debug, Clone, Default)]
pub struct Key {
    /// The key's fingerprint (`crate::sealing::fingerprint`), if there is a key yet.
    pub fingerprint: Option<String>,
    /// The file in which the installation keeps the key that it made for itself. It goes into the backup.
    pub file: Option<PathBuf>,
}

/// A backup that was taken.
#[derive(Debug)]
pub struct Taken {
    pub manifest: Manifest,
    /// With the signing key.
    pub with_key: bool,
}

/// Takes a backup into `dir`, which must not exist, or be empty. It gets this name at the very end: until then, and after a failure,
/// there is no folder of this name.
///
/// Fails with `Internal` and a text for the operator, or as the database and the blob store do. Files that the blob store has
/// lost, or that are damaged there, are no failure: the manifest names them.
pub async fn take(place: &Place<'_>, key: &Key, dir: &Path, progress: Progress<'_>) -> Result<Taken> {
    let whole = Whole::reading(place.database).await?;
    let unfinished = Unfinished::beside(dir)?;
    let taken = fill(&whole, place, key, &unfinished.path, progress).await;
    let closed = whole.close().await;
    let taken = taken?;
    closed?;
    unfinished.finish(dir)?;
    Ok(taken)
}

async fn fill(
    whole: &Whole,
    place: &Place<'_>,
    key: &Key,
    dir: &Path,
    progress: Progress<'_>,
) -> Result<Taken> {
    known(whole.now()).await?;
    make_folder(&dir.join(TABLES))?;
    make_folder(&dir.join(BLOBS))?;
    let mut copies = Copies::into(dir.to_owned(), place.blobs);
    // What is not there now will be missed again, if it matters.
    copies.most(whole, progress).await?;
    let (tx, schema, taken_at) = snapshot(whole, &mut copies, progress).await?;
    let database = if is_postgres(&tx) { "postgres" } else { "sqlite" };
    let mut sums = Checksums::new();
    let tables = write_tables(&tx, &schema, dir, &mut sums, progress).await?;
    tx.rollback().await.map_err(meaning)?;
    let blobs = copies.finish(&mut sums)?;
    if let Some(file) = &key.file {
        let bytes = std::fs::read(file).map_err(|why| failed(file, "read", why))?;
        let written = files::write(&dir.join(KEY_FILE), &bytes)?;
        sums.insert(KEY_FILE.to_owned(), written.sha256);
    }
    let manifest = Manifest {
        format: FORMAT,
        schema: schema.applied.last().cloned().unwrap_or_default(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        database: database.to_owned(),
        tables,
        blobs,
        key_fingerprint: key.fingerprint.clone(),
    };
    seal(dir, &manifest, sums)?;
    Ok(Taken {
        manifest,
        with_key: key.file.is_some(),
    })
}

async fn write_tables(
    tx: &DatabaseTransaction,
    schema: &Schema,
    dir: &Path,
    sums: &mut Checksums,
    progress: Progress<'_>,
) -> Result<Vec<TableFile>> {
    let mut tables = Vec::new();
    for table in kept().filter(|table| schema.tables.iter().any(|name| name == table.name)) {
        let (rows, written) = write_table(tx, table, dir, progress).await?;
        progress(&format!("table {}: {rows} rows", table.name));
        sums.insert(table_file(table.name), written.sha256.clone());
        tables.push(TableFile {
            name: table.name.to_owned(),
            rows,
            bytes: written.bytes,
            sha256: written.sha256,
        });
    }
    Ok(tables)
}

/// What speaks of all other files, and all names on disk.
fn seal(dir: &Path, manifest: &Manifest, mut sums: Checksums) -> Result<()> {
    let text = serde_json::to_string_pretty(manifest).map_err(Error::internal)?;
    let written = files::write(&dir.join(MANIFEST), format!("{text}\n").as_bytes())?;
    sums.insert(MANIFEST.to_owned(), written.sha256);
    files::write(&dir.join(CHECKSUMS), write_checksums(&sums).as_bytes())?;
    for folder in [dir.join(TABLES), dir.join(BLOBS), dir.to_owned()] {
        sync_folder(&folder)?;
    }
    Ok(())
}

/// The schema, of which there has to be one, without a table that nobody knows.
async fn known(db: &impl ConnectionTrait) -> Result<Schema> {
    let schema = schema_of(db).await?;
    if schema.applied.is_empty() {
        return Err(Error::internal("the database holds nothing yet"));
    }
    all_known(&schema.tables)?;
    Ok(schema)
}

/// One state of the database of which all files are copied.
async fn snapshot(
    whole: &Whole,
    copies: &mut Copies<'_>,
    progress: Progress<'_>,
) -> Result<(DatabaseTransaction, Schema, Timestamp)> {
    for _ in 0..SNAPSHOTS {
        let tx = whole.snapshot().await?;
        let schema = known(&tx).await?;
        let taken_at = Timestamp::now();
        if copies.all_of(&tx, whole).await? {
            return Ok((tx, schema, taken_at));
        }
        tx.rollback().await.map_err(meaning)?;
        progress("a document was deleted meanwhile: another snapshot is taken");
    }
    Err(Error::internal(format!(
        "documents are deleted faster than their files can be copied: {SNAPSHOTS} snapshots were of no use"
    )))
}

async fn write_table(
    tx: &DatabaseTransaction,
    table: Table,
    dir: &Path,
    progress: Progress<'_>,
) -> Result<(u64, Written)> {
    let shape = Shape::of(tx, table).await?;
    let mut file = Hashed::create(&dir.join(table_file(table.name)))?;
    let (mut rows, mut last) = (0, None);
    loop {
        let page = shape.page(tx, last.as_ref()).await?;
        for row in &page {
            let mut line = serde_json::to_vec(row).map_err(Error::internal)?;
            line.push(b'\n');
            file.write(&line)?;
            rows += 1;
            if rows % TOLD == 0 {
                progress(&format!("table {}: {rows} rows so far", table.name));
            }
        }
        last = page.into_iter().next_back();
        if last.is_none() {
            return Ok((rows, file.finish()?));
        }
    }
}

/// A folder that has not got its name yet, and goes if it never does. (That of a process that was killed stays, and says by its
/// name what it is.)
struct Unfinished {
    path: PathBuf,
    finished: bool,
}

impl Unfinished {
    fn beside(dir: &Path) -> Result<Self> {
        if !files::is_free(dir)? {
            return Err(Error::internal(format!(
                "{} is there already, and not empty: name a folder that is not there yet",
                dir.display()
            )));
        }
        // Now, and not after an hour of copying, it is found out that it cannot be replaced: a mount point, perhaps.
        match std::fs::remove_dir(dir) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::internal(format!(
                    "cannot put a folder in the place of {}: {why}; name one inside it",
                    dir.display()
                )));
            }
            Err(_) | Ok(()) => {}
        }
        let name = dir
            .file_name()
            .ok_or_else(|| failed(dir, "make", "it has no name"))?;
        let mut name = name.to_owned();
        // Not by the process: in a container each of them is the first one, and what a killed one left would be in the way.
        name.push(format!(".unfinished-{}", Uuid::new_v4()));
        let path = dir.with_file_name(name);
        make_folder(&path)?;
        Ok(Self {
            path,
            finished: false,
        })
    }

    fn finish(mut self, dir: &Path) -> Result<()> {
        std::fs::rename(&self.path, dir).map_err(|why| failed(dir, "make", why))?;
        self.finished = true;
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync_folder(parent.unwrap_or(Path::new(".")))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished
            && let Err(why) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%why, folder = %self.path.display(), "an unfinished backup stays behind");
        }
    }
}
