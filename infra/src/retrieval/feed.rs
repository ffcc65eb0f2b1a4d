//! Writes changes into a generation: reads a document's chunks, makes entries of them, commits. Which changes, and how many at
//! once, is decided in `follow`.

use std::sync::Arc;

use domain::{Error, Result};
use tantivy::TantivyError;

use super::generation::{Batch, Fault, Generation};
use super::schema::Entries;
use super::source::{Change, IndexedChunk, Source};

/// Chunks held in memory at once.
const CHUNKS: u64 = 128;
/// How much of a document's text its language is guessed from.
const SAMPLE_BYTES: usize = 16_384;

/// Why a run ended early.
pub enum Stop {
    Source(Error),
    Index(Option<Arc<Generation>>, Fault),
}

/// The one writer of a run, made when there is something to write.
pub struct Feed {
    target: Arc<Generation>,
    batch: Option<Batch>,
    /// Chunks in the batch.
    pending: usize,
}

impl Feed {
    pub fn new(target: Arc<Generation>) -> Self {
        Self {
            target,
            batch: None,
            pending: 0,
        }
    }

    /// Chunks that are not committed yet.
    pub fn pending(&self) -> usize {
        self.pending
    }

    pub async fn change(&mut self, source: &dyn Source, change: Change) -> Result<(), Stop> {
        let document = change.document_id;
        self.write(move |batch| {
            batch.remove(document);
            Ok(())
        })
        .await?;
        self.pending += 1;
        if change.dropped {
            return Ok(());
        }
        let mut entries: Option<Entries> = None;
        let mut after = -1;
        loop {
            let chunks = source
                .chunks(document, after, CHUNKS)
                .await
                .map_err(Stop::Source)?;
            let Some(last) = chunks.last().map(|chunk| chunk.n) else {
                return Ok(());
            };
            if last <= after {
                return Ok(());
            }
            after = last;
            self.pending += chunks.len();
            let (bot, filename) = (change.bot_id, change.filename.clone());
            let (known, of) = (entries.take(), document);
            entries = Some(
                self.write(move |batch| {
                    let mut entries = known.unwrap_or_else(|| {
                        Entries::new(batch.fields(), bot, of, &filename, &sample(&chunks))
                    });
                    batch.add(chunks.iter().map(|chunk| entries.entry(chunk)).collect())?;
                    Ok(entries)
                })
                .await?,
            );
        }
    }

    pub async fn commit(&mut self, position: i64) -> Result<(), Stop> {
        let target = self.target.clone();
        self.write(move |batch| target.commit(batch, position)).await?;
        self.pending = 0;
        Ok(())
    }

    /// Works on the batch off the async threads. After a fault the batch is gone, and with it what was not committed.
    async fn write<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Batch) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Stop> {
        let (batch, target) = (self.batch.take(), self.target.clone());
        let done = blocking(move || {
            let mut batch = match batch {
                Some(batch) => batch,
                None => target.write()?,
            };
            let done = work(&mut batch)?;
            Ok((batch, done))
        });
        let fault = match done.await {
            Ok(Ok((batch, done))) => {
                self.batch = Some(batch);
                return Ok(done);
            }
            Ok(Err(fault)) => fault,
            Err(_) => Fault::Passing(TantivyError::SystemError("writing panicked".into())),
        };
        Err(Stop::Index(Some(self.target.clone()), fault))
    }
}

fn sample(chunks: &[IndexedChunk]) -> String {
    let mut sample = String::new();
    for chunk in chunks {
        if sample.len() + chunk.text.len() > SAMPLE_BYTES && !sample.is_empty() {
            break;
        }
        sample.push_str(&chunk.text);
        sample.push('\n');
    }
    sample.chars().take(SAMPLE_BYTES).collect()
}

/// Work that reads or writes files, off the async threads. An error: it panicked.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
