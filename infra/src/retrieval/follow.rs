//! Keeps the index at the database's heels. A generation that cannot be brought up to date (missing, damaged, of another epoch,
//! too far behind) is replaced: the next one is built beside it while searches go on with what is there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError, RwLock};
use std::time::Duration;

use domain::ids::BotId;
use domain::{Error, Result};
use tokio::sync::{Mutex, Notify, Semaphore};

use super::feed::{Feed, Stop, blocking};
use super::generation::{Fault, Generation, Hit};
use super::source::{Source, SourceState};

/// Changes asked for at once.
const CHANGES: u64 = 64;
/// Chunks after which a batch is committed though more changes wait.
const BATCH: usize = 2_000;
/// After so many failed runs in a row the files are checked again. A full disk must not cost the index that still answers.
const FAILURES: u32 = 3;
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// Searches at the same time; others wait for their turn.
const SEARCHES: usize = 8;

/// How far the index is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The latest change that searches see, or that the index being built has.
    pub position: i64,
    /// The latest change there was when it was last looked.
    pub head: i64,
    /// Searches may miss documents until it is done.
    pub rebuilding: bool,
}

/// Clones share the index.
#[derive(Clone)]
pub struct Retrieval(Arc<Shared>);

struct Shared {
    dir: PathBuf,
    /// What searches use. None: there is nothing usable yet.
    serving: RwLock<Option<Arc<Generation>>>,
    run: Mutex<Run>,
    begun: AtomicU64,
    progress: StdMutex<Progress>,
    /// What searches use has once had all there was. Until then "nothing found" would be a lie.
    whole: AtomicBool,
    searches: Semaphore,
    damage: Notify,
}

/// What belongs to the one run at a time.
#[derive(Default)]
struct Run {
    /// The next generation, as long as it lacks changes.
    building: Option<Arc<Generation>>,
    /// Number of the latest generation made or found.
    number: u64,
    failures: u32,
    /// The number of the run that ended well last, as `begun` counts them, and where it got to.
    ended: Option<(u64, i64)>,
}

impl Retrieval {
    /// Takes up what is in `dir`, which is made if need be. Whether it is usable shows when it is first brought up to date; the
    /// one thing that fails here is a directory that cannot be read or written.
    pub async fn open(dir: &Path) -> Result<Self> {
        let dir = dir.to_owned();
        blocking(move || Self::open_blocking(dir))
            .await?
            .map_err(Error::internal)
    }

    fn open_blocking(dir: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        let mut found = generations(&dir)?;
        let number = found.last().map_or(0, |(n, _)| *n);
        let mut usable = Vec::new();
        for (_, path) in found.drain(..) {
            // The library panics on some damaged files.
            match std::panic::catch_unwind(|| Generation::open(path.clone())) {
                Ok(Ok(generation)) => usable.push(Arc::new(generation)),
                Ok(Err(_)) | Err(_) => {
                    tracing::warn!("retrieval index is of no use and is thrown away");
                    fs::remove_dir_all(&path)?;
                }
            }
        }
        // The oldest was in use; the newest was being built. Alone, it is in use from now on.
        let building = if usable.len() > 1 { usable.pop() } else { None };
        let beside = building.is_some();
        let serving = usable.first().cloned();
        for other in usable.into_iter().skip(1) {
            fs::remove_dir_all(&other.dir)?;
        }
        let position = serving.as_ref().map_or(0, |g| g.mark().position);
        Ok(Self(Arc::new(Shared {
            dir,
            serving: RwLock::new(serving),
            run: Mutex::new(Run {
                building,
                number,
                ..Run::default()
            }),
            begun: AtomicU64::new(0),
            progress: StdMutex::new(Progress {
                position,
                ..Progress::default()
            }),
            // One that another is built beside was whole; one alone may have been on its way there.
            whole: AtomicBool::new(beside),
            searches: Semaphore::new(SEARCHES),
            damage: Notify::new(),
        })))
    }

    /// The best places for the question among the bot's chunks, best first. `Unavailable` if there is no index that could tell.
    pub async fn search(&self, bot: BotId, question: &str, limit: usize) -> Result<Vec<Hit>> {
        let _turn = self.0.searches.acquire().await.map_err(Error::internal)?;
        let whole = self.0.whole.load(Ordering::Acquire);
        let Some(generation) = self.serving().filter(|g| whole && !g.is_damaged()) else {
            return Err(unavailable());
        };
        let (searched, question) = (generation.clone(), question.to_owned());
        let answer = blocking(move || searched.search(bot, &question, limit)).await;
        match answer {
            Ok(Ok(hits)) => Ok(hits),
            Ok(Err(Fault::Passing(error))) => {
                tracing::warn!(%error, "retrieval search failed");
                Err(unavailable())
            }
            // The library panics on some damaged files.
            Ok(Err(Fault::Damaged(_))) | Err(_) => {
                self.report_damage(&generation);
                Err(unavailable())
            }
        }
    }

    /// Applies all changes that the source has. The answer is the number of the latest change that searches see from now on.
    /// Callers that come while a run is under way share the next one.
    pub async fn catch_up(&self, source: &dyn Source) -> Result<i64> {
        let asked = self.0.begun.load(Ordering::Acquire);
        let mut run = self.0.run.lock().await;
        if let Some((number, position)) = run.ended
            && number > asked
        {
            return Ok(position);
        }
        let number = self.0.begun.fetch_add(1, Ordering::AcqRel) + 1;
        match self.advance(source, &mut run).await {
            Ok(position) => {
                run.failures = 0;
                run.ended = Some((number, position));
                Ok(position)
            }
            Err(Stop::Source(error)) => Err(error),
            Err(Stop::Index(generation, fault)) => {
                tracing::warn!(%fault, "retrieval index could not be brought up to date");
                run.failures += 1;
                match (fault, generation) {
                    (Fault::Damaged(_), Some(generation)) => self.report_damage(&generation),
                    (Fault::Passing(_), Some(generation)) if run.failures % FAILURES == 0 => {
                        generation.suspect()
                    }
                    (Fault::Damaged(_) | Fault::Passing(_), _) => {}
                }
                Err(unavailable())
            }
        }
    }

    /// Takes off the disk what was deleted. For after a deletion and for a timer, at least once a minute; cheap if there is
    /// nothing to do. False: something of it is still in use or the index is damaged, so ask again.
    pub async fn purge(&self) -> Result<bool> {
        let run = self.0.run.lock().await;
        let generations = self.serving().into_iter().chain(run.building.clone());
        let mut clean = true;
        for generation in generations.filter(|g| !g.is_damaged()) {
            let purged = generation.clone();
            match blocking(move || purged.purge()).await? {
                Ok(done) => clean &= done,
                Err(fault) => {
                    tracing::warn!(%fault, "retrieval index could not be purged");
                    if matches!(fault, Fault::Damaged(_)) {
                        self.report_damage(&generation);
                    }
                    clean = false;
                }
            }
        }
        Ok(clean)
    }

    pub fn progress(&self) -> Progress {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes back when a search or a run has met damaged files: the next `catch_up` builds the index anew.
    pub async fn damaged(&self) {
        self.0.damage.notified().await;
    }

    fn report_damage(&self, generation: &Generation) {
        tracing::warn!("retrieval index is damaged and will be built anew");
        generation.set_damaged();
        self.0.damage.notify_one();
    }

    fn serving(&self) -> Option<Arc<Generation>> {
        self.0
            .serving
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn serve(&self, generation: Arc<Generation>) -> Option<Arc<Generation>> {
        self.0
            .serving
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(generation)
    }

    fn note(&self, position: i64, head: i64, rebuilding: bool) {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) = Progress {
            position,
            head,
            rebuilding,
        };
    }

    async fn advance(&self, source: &dyn Source, run: &mut Run) -> Result<i64, Stop> {
        let state = source.state().await.map_err(Stop::Source)?;
        let target = self.target(&state, run).await?;
        let rebuilding = target.mark().position == 0 || run.building.is_some();
        self.note(target.mark().position, state.head, rebuilding && state.head > 0);
        self.apply(source, &state, &target, rebuilding).await?;
        if run.building.take().is_some()
            && let Some(old) = self.serve(target.clone())
        {
            remove(old.dir.clone()).await?;
        }
        let position = target.mark().position;
        self.0.whole.store(true, Ordering::Release);
        self.note(position, state.head.max(position), false);
        Ok(position)
    }

    /// The generation to work on: the one being built, or else the one in use, or else a fresh one.
    async fn target(&self, state: &SourceState, run: &mut Run) -> Result<Arc<Generation>, Stop> {
        if let Some(building) = run.building.clone() {
            if usable(&building, state).await? {
                return Ok(building);
            }
            run.building = None;
            remove(building.dir.clone()).await?;
        }
        let serving = self.serving();
        if let Some(serving) = &serving
            && usable(serving, state).await?
        {
            return Ok(serving.clone());
        }
        run.number += 1;
        let (dir, epoch) = (self.0.dir.join(name(run.number)), state.epoch.clone());
        let made = blocking(move || Generation::create(dir, &epoch))
            .await
            .map_err(Stop::Source)?;
        let fresh = Arc::new(made.map_err(|fault| Stop::Index(None, fault))?);
        match serving {
            Some(old) if !old.is_damaged() => run.building = Some(fresh.clone()),
            // Searches wait until it has everything.
            Some(_) | None => {
                self.0.whole.store(false, Ordering::Release);
                if let Some(old) = self.serve(fresh.clone()) {
                    remove(old.dir.clone()).await?;
                }
            }
        }
        Ok(fresh)
    }

    async fn apply(
        &self,
        source: &dyn Source,
        state: &SourceState,
        target: &Arc<Generation>,
        rebuilding: bool,
    ) -> Result<(), Stop> {
        let mut position = target.mark().position;
        let mut feed = Feed::new(target.clone());
        while position < state.head {
            let changes = source.changes(position, CHANGES).await.map_err(Stop::Source)?;
            if changes.last().is_none_or(|last| last.seq <= position) {
                // What was forgotten leaves gaps, even at the end.
                position = state.head;
                break;
            }
            for change in changes {
                let seq = change.seq;
                feed.change(source, change).await?;
                position = seq;
                if feed.pending() >= BATCH {
                    feed.commit(position).await?;
                    self.note(position, state.head, rebuilding);
                }
            }
        }
        if position > target.mark().position {
            feed.commit(position).await?;
        }
        Ok(())
    }
}

/// It fits, and its files are whole; the second is looked at once in its life.
async fn usable(generation: &Arc<Generation>, state: &SourceState) -> Result<bool, Stop> {
    if !generation.fits(state) {
        return Ok(false);
    }
    let verified = generation.clone();
    match blocking(move || verified.verify()).await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(Fault::Passing(error))) => Err(Stop::Index(Some(generation.clone()), Fault::Passing(error))),
        Ok(Err(Fault::Damaged(_))) | Err(_) => {
            generation.set_damaged();
            Ok(false)
        }
    }
}

/// A directory that cannot be removed now is removed at the next start.
async fn remove(dir: PathBuf) -> Result<(), Stop> {
    blocking(move || {
        if let Err(error) = fs::remove_dir_all(&dir) {
            tracing::warn!(%error, "old retrieval index could not be removed");
        }
    })
    .await
    .map_err(Stop::Source)
}

fn unavailable() -> Error {
    Error::Unavailable {
        retry_after: RETRY_AFTER,
    }
}

fn name(number: u64) -> String {
    format!("g{number:08}")
}

/// The generations in a directory, oldest first. Anything else in it is not ours.
fn generations(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix('g')?.parse().ok());
        if let Some(number) = number {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}
