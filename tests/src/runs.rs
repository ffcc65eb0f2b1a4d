//! Runs for the judge: people write and read while something is done to what they use, and in the end all that was told, received
//! and kept is compared. What is done is said in the modules; here is what they share. Nothing is asserted here: a run gives
//! figures and faults, and a test or the program `checker` makes of them what it wants.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::sync::watch;

use crate::journal;
use crate::judge::{Fault, Run, judge};
use crate::load::{Load, Phase, ReaderTask, Size, Tally, WriterTask, Writing};

pub mod chaos;
pub mod clean;
pub mod faulty;
pub mod forgotten;
pub mod numbers;
pub mod once;
pub mod order;
pub mod planted;

/// How long any step of a run may take before the run has failed.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A load at work.
pub struct Drive {
    pub load: Load,
    /// How writers see the server, and how readers do.
    phases: [watch::Sender<Phase>; 2],
    heads: watch::Sender<Option<Vec<u64>>>,
    writers: Vec<WriterTask>,
    readers: Vec<ReaderTask>,
}

/// What a run left behind.
#[derive(Debug, Default)]
pub struct Ended {
    pub runs: Vec<Run>,
    pub figures: Figures,
}

/// What a run found, and the figures for the page.
#[derive(Debug, Default)]
pub struct Figures {
    pub acknowledged: usize,
    pub repeated: u64,
    pub replayed: u64,
    pub refused: u64,
    /// Answers that there must not be, such as 500.
    pub wrong: Vec<String>,
    pub events: usize,
    pub received: usize,
    pub connections: u64,
    /// Connections beyond the first of each reader.
    pub reconnects: u64,
    pub incomplete: u64,
    pub faults: Vec<Fault>,
}

impl Drive {
    /// Sets everybody to work. `size` is that of the load.
    #[must_use]
    pub fn begin(load: Load, size: Size) -> Self {
        let phases = [Phase::Up; 2].map(|phase| watch::channel(phase).0);
        let (heads, waiting) = watch::channel(None);
        let readers = (0..size.readers)
            .map(|person| load.spawn_reader(person, phases[1].subscribe(), waiting.clone()))
            .collect();
        let writers = (0..size.writers)
            .map(|person| load.spawn_writer(person, phases[0].subscribe()))
            .collect();
        Self {
            load,
            phases,
            heads,
            writers,
            readers,
        }
    }

    /// Says that nobody need try: all there is is down, or up again.
    pub fn say(&self, phase: Phase) {
        for whose in &self.phases {
            whose.send_replace(phase);
        }
    }

    /// Says that it is up again, to readers first, and to writers when all readers have been greeted.
    ///
    /// # Errors
    /// When they are not within two minutes.
    pub async fn readers_first(&self) -> Result<()> {
        let all = self.load.tally.connections() + self.readers.len() as u64;
        self.phases[1].send_replace(Phase::Up);
        self.until(Tally::connections, all).await?;
        self.say(Phase::Up);
        Ok(())
    }

    /// Waits until so many more posts are acknowledged.
    ///
    /// # Errors
    /// When they are not within two minutes.
    pub async fn acknowledged(&self, more: u64) -> Result<()> {
        let reached = self.load.tally.acknowledged() + more;
        self.until(Tally::acknowledged, reached).await
    }

    /// Waits until a count has come so far.
    ///
    /// # Errors
    /// When it does not within two minutes.
    pub async fn until(&self, count: impl Fn(&Tally) -> u64, reached: u64) -> Result<()> {
        let reaching = self.load.tally.until(count, reached, PATIENCE).await;
        let gone = self.writers.iter().any(WriterTask::is_finished)
            || self.readers.iter().any(ReaderTask::is_finished);
        ensure!(
            reaching.is_ok() || gone,
            "{reached} were not reached in {PATIENCE:?}"
        );
        Ok(())
    }

    /// Lets the writers finish what they are at and the readers read to the end, and judges. `more` are writings of others.
    ///
    /// # Errors
    /// When somebody could not go on: with a server that nobody harms any more.
    pub async fn end(self, mut more: Vec<Writing>) -> Result<Ended> {
        self.say(Phase::Last);
        let mut ended = Ended::default();
        let figures = &mut ended.figures;
        for writer in self.writers {
            more.push(writer.await??);
        }
        for writing in &mut more {
            figures.acknowledged += writing.acknowledged.len();
            figures.repeated += writing.repeated;
            figures.replayed += writing.replayed;
            figures.refused += writing.refused;
            figures.wrong.append(&mut writing.wrong);
        }
        let mut at_end = Vec::new();
        for bot in &self.load.bots {
            at_end.push(self.load.log(bot).await?.last().map_or(0, |event| event.seq));
        }
        self.heads.send_replace(Some(at_end));
        let mut readings = Vec::new();
        for reader in self.readers {
            let reading = reader.await??;
            figures.connections += reading.connections;
            figures.reconnects += reading.connections.saturating_sub(1);
            figures.incomplete += reading.incomplete;
            figures.received += reading.reader.frames.len();
            readings.push(reading);
        }
        ended.runs = self.load.runs(&more, readings).await?;
        for run in &ended.runs {
            figures.events += run.log.len();
            figures.faults.extend(judge(run));
        }
        figures.faults.sort();
        ensure!(figures.acknowledged > 0, "nobody wrote anything");
        Ok(ended)
    }
}

impl Figures {
    /// Whether there is nothing to complain of.
    #[must_use]
    pub fn are_clean(&self) -> bool {
        self.faults.is_empty() && self.wrong.is_empty() && self.incomplete == 0
    }

    /// Adds the figures of another run to these.
    pub fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.repeated += other.repeated;
        self.replayed += other.replayed;
        self.refused += other.refused;
        self.wrong.extend(other.wrong);
        self.events += other.events;
        self.received += other.received;
        self.connections += other.connections;
        self.reconnects += other.reconnects;
        self.incomplete += other.incomplete;
        self.faults.extend(other.faults);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "acknowledged                  {}", self.acknowledged)?;
        writeln!(out, "repeated after a failure      {}", self.repeated)?;
        writeln!(out, "  of them taken the first time {}", self.replayed)?;
        writeln!(out, "answered 503 with Retry-After {}", self.refused)?;
        writeln!(out, "answered in any other way     {}", self.wrong.len())?;
        writeln!(out, "events in the logs            {}", self.events)?;
        writeln!(out, "frames received               {}", self.received)?;
        writeln!(out, "connections of the readers    {}", self.connections)?;
        writeln!(out, "  of them reconnects          {}", self.reconnects)?;
        writeln!(out, "replays that were not whole   {}", self.incomplete)?;
        writeln!(out, "faults                        {}", self.faults.len())?;
        for wrong in self.wrong.iter().take(20) {
            writeln!(out, "  {wrong}")?;
        }
        for fault in self.faults.iter().take(40) {
            writeln!(out, "  {fault}")?;
        }
        Ok(())
    }
}

/// Writes the journals of a run, one for each bot, to files of this name in a folder.
///
/// # Errors
/// When they cannot be written.
pub fn record(runs: &[Run], folder: &Path, name: &str) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for (n, run) in runs.iter().enumerate() {
        let file = std::fs::File::create(folder.join(format!("{name}-{n}.jsonl")))?;
        journal::write(run, std::io::BufWriter::new(file))?;
    }
    Ok(())
}
