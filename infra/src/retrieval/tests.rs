//! The index through its own door, over a source in memory.

mod follows;
mod searches;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use domain::Result;
use domain::ids::{BotId, DocumentId};

use super::{Change, IndexedChunk, Retrieval, Source, SourceState};

/// Documents and their log, as the database has them.
struct Library(Mutex<Shelf>);

struct Shelf {
    state: SourceState,
    changes: BTreeMap<DocumentId, Change>,
    chunks: BTreeMap<DocumentId, Vec<IndexedChunk>>,
    /// Fails when it is asked for the chunks of this one.
    broken: Option<DocumentId>,
    reads: usize,
}

impl Library {
    fn new() -> Self {
        Self(Mutex::new(Shelf {
            state: SourceState {
                epoch: "one".into(),
                head: 0,
                floor: 0,
            },
            changes: BTreeMap::new(),
            chunks: BTreeMap::new(),
            broken: None,
            reads: 0,
        }))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Shelf) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    fn add(&self, bot: BotId, filename: &str, chunks: &[&str]) -> DocumentId {
        let document = DocumentId::new();
        self.put(document, bot, filename, chunks);
        document
    }

    fn put(&self, document: DocumentId, bot: BotId, filename: &str, chunks: &[&str]) {
        self.with(|shelf| {
            shelf.change(document, bot, filename, false);
            let numbered = chunks.iter().enumerate().map(|(n, text)| {
                let (heading, text) = text.split_once('|').unwrap_or(("", text));
                IndexedChunk {
                    n: i64::try_from(n).unwrap(),
                    heading: heading.into(),
                    text: text.into(),
                }
            });
            shelf.chunks.insert(document, numbered.collect());
        });
    }

    fn drop_document(&self, document: DocumentId, bot: BotId) {
        self.with(|shelf| {
            shelf.change(document, bot, "", true);
            shelf.chunks.remove(&document);
        });
    }
}

impl Shelf {
    fn change(&mut self, document_id: DocumentId, bot_id: BotId, filename: &str, dropped: bool) {
        self.state.head += 1;
        let change = Change {
            seq: self.state.head,
            document_id,
            bot_id,
            filename: filename.into(),
            dropped,
        };
        self.changes.insert(document_id, change);
    }
}

#[async_trait]
impl Source for Library {
    async fn state(&self) -> Result<SourceState> {
        Ok(self.with(|shelf| shelf.state.clone()))
    }

    async fn changes(&self, after: i64, limit: u64) -> Result<Vec<Change>> {
        Ok(self.with(|shelf| {
            shelf.reads += 1;
            let mut changes: Vec<_> = shelf
                .changes
                .values()
                .filter(|c| c.seq > after)
                .cloned()
                .collect();
            changes.sort_by_key(|c| c.seq);
            changes.truncate(usize::try_from(limit).unwrap());
            changes
        }))
    }

    async fn chunks(&self, document: DocumentId, after: i64, limit: u64) -> Result<Vec<IndexedChunk>> {
        self.with(|shelf| {
            if shelf.broken == Some(document) {
                return Err(domain::Error::internal("the database is away"));
            }
            let all = shelf.chunks.get(&document).cloned().unwrap_or_default();
            Ok(all
                .into_iter()
                .filter(|c| c.n > after)
                .take(usize::try_from(limit).unwrap())
                .collect())
        })
    }
}

/// Files below a directory, generations' own included.
fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

async fn found(retrieval: &Retrieval, bot: BotId, question: &str) -> Vec<(DocumentId, i64)> {
    let hits = retrieval.search(bot, question, 10).await.unwrap();
    hits.into_iter().map(|hit| (hit.document_id, hit.n)).collect()
}
