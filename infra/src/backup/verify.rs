//! Looking for damage, in an installation or in a backup. The tables are looked at in one state, and what seems to be missing
//! beside them is asked for once more: what changes meanwhile is no damage. A backup is restored into a database of its own
//! for this, in a folder that is removed afterwards; so it is shown, too, that it can be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::document::Task;
use domain::ids::DocumentId;
use domain::{Error, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::blobs::{Document, documents, is_there, look_at};
use super::check::{self, Findings};
use super::files::{self, Checked, make_folder};
use super::format::{Manifest, blob_file, blob_of, table_file};
use super::restore::read_manifest;
use super::{AT_ONCE, Place, Progress, load};
use crate::blobs::Blobs;
use crate::store::whole::{Whole, finds_nothing, one};
use crate::store::{meaning, schema_of};

/// What was found.
#[derive(Debug)]
pub struct Verified {
    /// A line each; none if everything is sound.
    pub findings: Vec<String>,
    /// How many there were: of very many of one kind not all are told.
    pub total: usize,
    /// What was looked at.
    pub summary: String,
}

#[derive(FromQueryResult)]
struct CountsRow {
    streams: i64,
    events: i64,
    messages: i64,
    documents: i64,
}

const COUNTS: &str =
    "SELECT (SELECT COUNT(*) FROM streams) AS streams, (SELECT COUNT(*) FROM events) AS events,
    (SELECT COUNT(*) FROM messages) AS messages, (SELECT COUNT(*) FROM documents) AS documents";

/// An installation, while servers use it. Bytes that no document knows count when they are older than `upload`, the longest that
/// an upload takes: they are there before their document is.
///
/// Fails with `Internal` when the schema is not up to date, and as the database and the blob store do.
pub async fn verify_live(place: &Place<'_>, upload: Duration, progress: Progress<'_>) -> Result<Verified> {
    let whole = Whole::reading(place.database).await?;
    let verified = live(&whole, place.blobs, upload, progress).await;
    whole.close().await?;
    verified
}

async fn live(whole: &Whole, blobs: &Blobs, upload: Duration, progress: Progress<'_>) -> Result<Verified> {
    let mut findings = Findings::default();
    let summary = live_tables(whole, &mut findings, progress).await?;
    let bytes = known_files(whole, blobs, &mut findings, progress).await?;
    unknown_files(whole, blobs, upload, &mut findings).await?;
    Ok(told(findings, format!("{summary}, {bytes} bytes of files")))
}

/// In one snapshot, which ends here: reading all files takes long, and the database tidies up behind no open snapshot.
async fn live_tables(whole: &Whole, findings: &mut Findings, progress: Progress<'_>) -> Result<String> {
    let tx = whole.snapshot().await?;
    if schema_of(&tx).await?.missing > 0 {
        return Err(Error::internal(
            "the database's schema is not up to date: start the server, or use `colloquy migrate`",
        ));
    }
    progress("looking at the tables");
    check::tables(&tx, findings).await?;
    let summary = summary(&tx).await?;
    tx.rollback().await.map_err(meaning)?;
    Ok(summary)
}

/// The bytes of all documents, as many as there are.
async fn known_files(
    whole: &Whole,
    blobs: &Blobs,
    findings: &mut Findings,
    progress: Progress<'_>,
) -> Result<u64> {
    let (mut bytes, mut last) = (0, None);
    loop {
        let page = documents(whole.now(), last.as_ref()).await?;
        if page.is_empty() {
            return Ok(bytes);
        }
        progress(&format!("looking at {} files", page.len()));
        let looked: Vec<_> = stream::iter(page.clone())
            .map(|document| async move {
                let found = look_at(blobs, document.id()).await?;
                Ok::<_, Error>((document, found))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for (document, found) in looked {
            let id = document.id();
            match found {
                Some(found) if document.is(&found) => bytes += found.bytes,
                Some(_) => findings.add(
                    "files",
                    format!("the bytes of the document {id} are not what was uploaded"),
                ),
                // Unless it was deleted since.
                None if is_there(whole, id).await? => {
                    findings.add("files", format!("the bytes of the document {id} are missing"));
                }
                None => {}
            }
        }
        last = page.into_iter().next_back();
    }
}

/// Those that belong to no document, and of which nobody is about to take them away.
async fn unknown_files(
    whole: &Whole,
    blobs: &Blobs,
    upload: Duration,
    findings: &mut Findings,
) -> Result<()> {
    let clear = Task::ClearDocument(DocumentId(Uuid::nil())).name();
    let cleared = "SELECT id FROM jobs WHERE document_id = $1 AND task = $2";
    let mut listed = blobs.list(upload);
    while let Some((id, is_old)) = listed.try_next().await? {
        if !is_old || is_there(whole, id).await? {
            continue;
        }
        let waits = !finds_nothing(whole.now(), cleared, [id.0.into(), clear.into()]).await?;
        // Listed a moment ago, and perhaps removed since.
        if !waits && blobs.find(id).await?.is_some() {
            findings.add("files", format!("the bytes {id} belong to no document"));
        }
    }
    Ok(())
}

/// A backup. `scratch` is a folder for a database that is removed afterwards; it gets as large as the tables of the backup.
///
/// Fails with `Internal` when there is no whole backup, or one that this version cannot read.
pub async fn verify_backup(dir: &Path, scratch: &Path, progress: Progress<'_>) -> Result<Verified> {
    let manifest = read_manifest(dir)?;
    let mut findings = Findings::default();
    progress("comparing every file with its checksum");
    let checked = files::check(dir, &manifest)?;
    for fault in &checked.faults {
        findings.add("files", fault);
    }
    for stray in &checked.strays {
        findings.add("files", format!("{stray} does not belong to the backup"));
    }
    for id in &manifest.blobs.missing {
        findings.add(
            "files",
            format!("the bytes of the document {id} were missing when the backup was taken"),
        );
    }
    for id in &manifest.blobs.damaged {
        findings.add(
            "files",
            format!("the bytes of the document {id} were damaged when the backup was taken"),
        );
    }
    let mut tables = manifest.tables.iter();
    if tables.any(|table| checked.bad.contains(&table_file(&table.name))) {
        let summary = "the tables are damaged, and were not looked into".to_owned();
        return Ok(told(findings, summary));
    }
    let scratch = Scratch::inside(scratch)?;
    let summary = inside(dir, &manifest, &checked, &scratch.path, &mut findings, progress).await?;
    Ok(told(
        findings,
        format!("{summary}, {} bytes of files", manifest.blobs.bytes),
    ))
}

async fn inside(
    dir: &Path,
    manifest: &Manifest,
    checked: &Checked,
    scratch: &Path,
    findings: &mut Findings,
    progress: Progress<'_>,
) -> Result<String> {
    let whole = Whole::scratch(&scratch.join("colloquy.db")).await?;
    let tx = whole.turn().await?;
    let steps = load::steps_between(&schema_of(&tx).await?, manifest)?;
    let summary = match load::fill(&tx, steps, dir, manifest, progress).await {
        Ok(_) => loaded(&tx, manifest, checked, findings, progress).await?,
        Err(error) => {
            let why = load::unfit(error)?;
            findings.add("tables", format!("the rows do not fit together: {why}"));
            "the rows could not be loaded, and were not looked into".to_owned()
        }
    };
    tx.rollback().await.map_err(meaning)?;
    whole.close().await?;
    Ok(summary)
}

async fn loaded(
    tx: &DatabaseTransaction,
    manifest: &Manifest,
    checked: &Checked,
    findings: &mut Findings,
    progress: Progress<'_>,
) -> Result<String> {
    progress("looking at the tables");
    check::tables(tx, findings).await?;
    let mut last = None;
    loop {
        let page = documents(tx, last.as_ref()).await?;
        if page.is_empty() {
            break;
        }
        for document in &page {
            look_in_backup(document, manifest, checked, findings);
        }
        last = page.into_iter().next_back();
    }
    let known = "SELECT id FROM documents WHERE id = $1";
    for id in checked.sums.keys().filter_map(|name| blob_of(name)) {
        if finds_nothing(tx, known, [id.0.into()]).await? {
            findings.add("files", format!("the bytes {id} belong to no document"));
        }
    }
    summary(tx).await
}

/// By the checksum that was compared already.
fn look_in_backup(document: &Document, manifest: &Manifest, checked: &Checked, findings: &mut Findings) {
    let id = document.id();
    match checked.sums.get(&blob_file(id)) {
        Some(sum) if document.has_hash(sum) || manifest.blobs.damaged.contains(&id) => {}
        Some(_) => findings.add(
            "files",
            format!("the bytes of the document {id} are not what was uploaded"),
        ),
        None if manifest.blobs.missing.contains(&id) => {}
        None => findings.add("files", format!("the bytes of the document {id} are missing")),
    }
}

async fn summary(db: &impl ConnectionTrait) -> Result<String> {
    let CountsRow {
        streams,
        events,
        messages,
        documents,
    } = one(db, COUNTS, []).await?;
    Ok(format!(
        "{streams} streams with {events} events, {messages} messages, {documents} documents"
    ))
}

fn told(findings: Findings, summary: String) -> Verified {
    Verified {
        total: findings.total(),
        findings: findings.into_lines(),
        summary,
    }
}

/// A folder that goes with this value.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn inside(folder: &Path) -> Result<Self> {
        let path = folder.join(format!("colloquy-verify-{}", Uuid::new_v4()));
        make_folder(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(why) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%why, folder = %self.path.display(), "a folder stays behind");
        }
    }
}
