//! One built index in one directory: opening, checking, searching, writing. Which of them is in use, and when it is built anew,
//! stands in `follow`.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::ids::{BotId, DocumentId};
use tantivy::collector::TopDocs;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::{OpenReadError, OpenWriteError};
use tantivy::index::SegmentId;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, MergePolicy, NoMergePolicy};
use tantivy::schema::Value;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError};

use super::query;
use super::schema::{self, Fields, Mark, VERSION};
use super::source::SourceState;
use super::vocabulary::Vocabulary;

/// What a batch may fill before it goes to the disk as a segment.
const WRITER_BYTES: usize = 32 << 20;
/// Beyond it, searching looks into too many places: segments are merged before more are written.
const MAX_SEGMENTS: usize = 24;
/// What was merged may be merged with its like; sizes grow so fast that a few rounds are enough.
const MERGE_ROUNDS: usize = 4;
const STORE_CACHE_BLOCKS: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub document_id: DocumentId,
    pub n: i64,
    pub score: f64,
}

#[derive(Debug)]
pub enum Fault {
    /// Only building it anew helps.
    Damaged(String),
    /// The disk is full, files are locked, and the like: may go well another time.
    Passing(TantivyError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(why) => write!(f, "the index is damaged: {why}"),
            Self::Passing(error) => write!(f, "the index cannot be used: {error}"),
        }
    }
}

impl std::error::Error for Fault {}

impl From<TantivyError> for Fault {
    fn from(error: TantivyError) -> Self {
        let missing = |e: &io::Error| {
            matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData
            )
        };
        let io = if let TantivyError::IoError(e)
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: e, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: e, .. }) = &error
        {
            missing(e)
        } else {
            false
        };
        let damaged = io
            || matches!(
                &error,
                TantivyError::DataCorruption(_)
                    | TantivyError::IncompatibleIndex(_)
                    | TantivyError::SchemaError(_)
                    | TantivyError::FieldNotFound(_)
                    | TantivyError::OpenReadError(
                        OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_)
                    )
            );
        if damaged {
            Self::Damaged(error.to_string())
        } else {
            Self::Passing(error)
        }
    }
}

pub struct Generation {
    pub dir: PathBuf,
    index: Index,
    fields: Fields,
    reader: IndexReader,
    /// What the searches see.
    mark: Mutex<Mark>,
    damaged: AtomicBool,
    verified: AtomicBool,
}

impl Generation {
    pub fn create(dir: PathBuf, epoch: &str) -> Result<Self, Fault> {
        fs::create_dir_all(&dir).map_err(TantivyError::from)?;
        let (schema, _) = schema::schema();
        let settings = IndexSettings {
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let directory = MmapDirectory::open(&dir).map_err(TantivyError::from)?;
        let index = Index::create(directory, schema, settings)?;
        let mark = Mark {
            version: VERSION,
            epoch: epoch.to_owned(),
            position: 0,
        };
        let mut writer = writer(&index)?;
        commit(&mut writer, &mark)?;
        drop(writer);
        Self::of(dir, index)
    }

    pub fn open(dir: PathBuf) -> Result<Self, Fault> {
        let index = Index::open_in_dir(&dir)?;
        Self::of(dir, index)
    }

    fn of(dir: PathBuf, index: Index) -> Result<Self, Fault> {
        let (schema, fields) = schema::schema();
        let meta = index.load_metas()?;
        let mark: Option<Mark> = meta
            .payload
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        let Some(mark) = mark.filter(|mark| mark.version == VERSION && index.schema() == schema) else {
            return Err(Fault::Damaged("made by another version".into()));
        };
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(STORE_CACHE_BLOCKS)
            .try_into()?;
        Ok(Self {
            dir,
            index,
            fields,
            reader,
            mark: Mutex::new(mark),
            damaged: AtomicBool::new(false),
            verified: AtomicBool::new(false),
        })
    }

    pub fn mark(&self) -> Mark {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// It can be brought up to the source's state by the changes that are still on record.
    pub fn fits(&self, state: &SourceState) -> bool {
        let mark = self.mark();
        // At 0 nothing is in it that a forgotten removal could have been of.
        let known = mark.position == 0 || mark.position >= state.floor;
        !self.is_damaged() && mark.epoch == state.epoch && mark.position <= state.head && known
    }

    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    pub fn set_damaged(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    /// Has the files checked again before they are used for the next run.
    pub fn suspect(&self) {
        self.verified.store(false, Ordering::Relaxed);
    }

    /// Reads all files once and compares them with their checksums.
    pub fn verify(&self) -> Result<(), Fault> {
        if self.verified.load(Ordering::Relaxed) {
            return Ok(());
        }
        let meta = self.index.load_metas()?;
        let files = meta.list_segment_files();
        let here = self.index.directory().list_managed_files();
        // Of the files that a segment may have, those it has are managed; one that was taken away is managed too.
        let gone = files
            .iter()
            .find(|file| here.contains(*file) && !self.dir.join(file).is_file());
        let damaged = self.index.validate_checksum()?;
        match gone.or(damaged.iter().next()) {
            Some(file) => Err(Fault::Damaged(file.display().to_string())),
            None => {
                self.verified.store(true, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    pub fn search(&self, bot: BotId, question: &str, limit: usize) -> Result<Vec<Hit>, Fault> {
        let searcher = self.reader.searcher();
        let vocabulary = Vocabulary::new(&searcher, self.fields, bot)?;
        if vocabulary.chunks == 0 || limit == 0 {
            return Ok(Vec::new());
        }
        let Some(plan) = query::plan(&vocabulary, question)? else {
            return Ok(Vec::new());
        };
        let top = TopDocs::with_limit(limit).order_by_score();
        let found = searcher.search_with_statistics_provider(&plan.query, &top, &plan.statistics)?;
        let mut hits = Vec::with_capacity(found.len());
        for (score, address) in found {
            let entry: TantivyDocument = searcher.doc(address)?;
            hits.push(self.hit(score, &entry)?);
        }
        // Equal scores in one order on every node.
        hits.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| (a.document_id, a.n).cmp(&(b.document_id, b.n)))
        });
        Ok(hits)
    }

    fn hit(&self, score: f32, entry: &TantivyDocument) -> Result<Hit, Fault> {
        let document = entry
            .get_first(self.fields.document)
            .and_then(|v| v.as_str())
            .and_then(|text| text.parse().ok());
        let n = entry.get_first(self.fields.n).and_then(|v| v.as_i64());
        let (Some(document_id), Some(n)) = (document, n) else {
            return Err(Fault::Damaged("an entry without a document".into()));
        };
        Ok(Hit {
            document_id,
            n,
            score: f64::from(score),
        })
    }

    pub fn write(&self) -> Result<Batch, Fault> {
        Ok(Batch {
            writer: writer(&self.index)?,
            fields: self.fields,
        })
    }

    /// Puts on disk what the batch holds, together with how far it goes, and shows it to searches.
    pub fn commit(&self, batch: &mut Batch, position: i64) -> Result<(), Fault> {
        let mark = Mark {
            position,
            ..self.mark()
        };
        commit(&mut batch.writer, &mark)?;
        self.reader.reload()?;
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = mark;
        if self.index.searchable_segment_ids()?.len() > MAX_SEGMENTS {
            self.merge(&mut batch.writer)?;
        }
        Ok(())
    }

    fn merge(&self, writer: &mut IndexWriter) -> Result<(), Fault> {
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(6);
        for _ in 0..MERGE_ROUNDS {
            let metas = self.index.searchable_segment_metas()?;
            for candidate in policy.compute_merge_candidates(&metas) {
                writer.merge(&candidate.0).wait()?;
            }
        }
        self.reader.reload()?;
        Ok(())
    }

    /// Takes what was deleted off the disk. False if a running search still holds some of it: ask again.
    pub fn purge(&self) -> Result<bool, Fault> {
        let deleted = self.with_deletions()?;
        let many = self.index.searchable_segment_ids()?.len() > MAX_SEGMENTS / 3;
        if deleted.is_empty() && !many && self.strays()?.is_empty() {
            return Ok(true);
        }
        let mut writer = writer(&self.index)?;
        for segment in deleted {
            writer.merge(&[segment]).wait()?;
        }
        self.merge(&mut writer)?;
        self.reader.reload()?;
        writer.garbage_collect_files().wait()?;
        drop(writer);
        Ok(self.with_deletions()?.is_empty() && self.strays()?.is_empty())
    }

    fn with_deletions(&self) -> Result<Vec<SegmentId>, Fault> {
        let metas = self.index.searchable_segment_metas()?;
        Ok(metas
            .iter()
            .filter(|meta| meta.has_deletes())
            .map(|meta| meta.id())
            .collect())
    }

    /// Files of segments that are no more.
    fn strays(&self) -> Result<Vec<PathBuf>, Fault> {
        let ids: BTreeSet<String> = self
            .index
            .searchable_segment_ids()?
            .iter()
            .map(|id| id.uuid_string())
            .collect();
        let files = files(&self.dir).map_err(TantivyError::from)?;
        let of_segment = |file: &PathBuf| {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let id = name.split('.').next().unwrap_or_default();
            id.len() == 32 && !ids.contains(id)
        };
        Ok(files.into_iter().filter(of_segment).collect())
    }
}

fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect()
}

/// A writer lives for one run only: idle, it would hold threads and memory. It merges when it is told to, not by itself.
fn writer(index: &Index) -> Result<IndexWriter, Fault> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .build();
    let writer = index.writer_with_options(options)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    Ok(writer)
}

fn commit(writer: &mut IndexWriter, mark: &Mark) -> Result<(), Fault> {
    let payload = serde_json::to_string(mark).map_err(TantivyError::from)?;
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&payload);
    prepared.commit()?;
    Ok(())
}

/// Changes that are not committed yet. Dropped without a commit, they never were.
pub struct Batch {
    writer: IndexWriter,
    fields: Fields,
}

impl Batch {
    pub fn remove(&self, document: DocumentId) {
        self.writer
            .delete_term(schema::document_term(&self.fields, document));
    }

    pub fn add(&self, entries: Vec<TantivyDocument>) -> Result<(), Fault> {
        for entry in entries {
            self.writer.add_document(entry)?;
        }
        Ok(())
    }

    pub fn fields(&self) -> Fields {
        self.fields
    }
}
