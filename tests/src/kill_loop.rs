//! `kill -9` in a loop under load: the server dies at random moments, comes back on the same data, and in the end
//! the judge compares what was acknowledged, what was received and what is kept. Randomness is seeded and printed.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::sync::watch;

use crate::judge::{Fault, judge};
use crate::load::dice::Dice;
use crate::load::process::Server;
use crate::load::{Load, Phase, Size};

/// Limits that a hundred busy people of one address would run into.
pub const SETTINGS: &[(&str, &str)] = &[
    ("COLLOQUY_REQUESTS_PER_USER", "1000000"),
    ("COLLOQUY_REQUESTS_PER_ADDRESS", "1000000"),
];

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub kills: usize,
    pub seed: u64,
    pub size: Size,
}

impl Plan {
    /// The load that `reliability.md` promises for: 20 writers, 20 readers, 5 bots.
    #[must_use]
    pub fn new(kills: usize, seed: u64) -> Self {
        Self {
            kills,
            seed,
            size: Size {
                bots: 5,
                writers: 20,
                readers: 20,
            },
        }
    }
}

/// What a loop found, and the figures for the page.
#[derive(Debug, Default)]
pub struct Outcome {
    pub seed: u64,
    pub faults: Vec<Fault>,
    pub ready: Vec<Duration>,
    pub acknowledged: usize,
    pub repeated: u64,
    pub replayed: u64,
    pub received: usize,
    pub connections: u64,
    pub incomplete: u64,
    pub events: usize,
}

impl Outcome {
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.ready.iter().max().copied().unwrap_or_default()
    }

    #[must_use]
    pub fn median(&self) -> Duration {
        let mut sorted = self.ready.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "seed                          {}", self.seed)?;
        writeln!(out, "kills                         {}", self.ready.len())?;
        writeln!(out, "acknowledged                  {}", self.acknowledged)?;
        writeln!(out, "repeated after a failure      {}", self.repeated)?;
        writeln!(out, "  of them taken the first time {}", self.replayed)?;
        writeln!(out, "events in the logs            {}", self.events)?;
        writeln!(out, "events received               {}", self.received)?;
        writeln!(out, "connections of the readers    {}", self.connections)?;
        writeln!(out, "replays that were not whole   {}", self.incomplete)?;
        writeln!(out, "ready again, median           {:.0?}", self.median())?;
        writeln!(out, "ready again, slowest          {:.0?}", self.slowest())?;
        writeln!(out, "faults                        {}", self.faults.len())?;
        for fault in self.faults.iter().take(40) {
            writeln!(out, "  {fault}")?;
        }
        Ok(())
    }
}

/// Runs the plan against `binary` with its data in `data_dir`.
///
/// # Errors
/// When the server cannot be started or driven. Faults are no errors: they are in the outcome.
pub async fn run(binary: &Path, data_dir: &Path, plan: Plan) -> Result<Outcome> {
    let mut dice = Dice::new(plan.seed);
    let (mut server, _) = Server::start(binary, data_dir, SETTINGS).await?;
    let load = Load::set_up(&server.address, plan.size).await?;

    let (phase, watching) = watch::channel(Phase::Up);
    let (heads, waiting) = watch::channel(None);
    let readers: Vec<_> = (0..plan.size.readers)
        .map(|person| load.spawn_reader(person, watching.clone(), waiting.clone()))
        .collect();
    let writers: Vec<_> = (0..plan.size.writers)
        .map(|person| load.spawn_writer(person, watching.clone()))
        .collect();

    let mut outcome = Outcome {
        seed: plan.seed,
        ..Outcome::default()
    };
    for _ in 0..plan.kills {
        tokio::time::sleep(Duration::from_millis(dice.between(200, 2000))).await;
        phase.send_replace(Phase::Down);
        server.kill()?;
        outcome.ready.push(server.restart().await?);
        phase.send_replace(Phase::Up);
    }
    phase.send_replace(Phase::Last);

    let mut writings = Vec::new();
    for writer in writers {
        let writing = writer.await??;
        outcome.acknowledged += writing.acknowledged.len();
        outcome.repeated += writing.repeated;
        outcome.replayed += writing.replayed;
        writings.push(writing);
    }
    let mut at_end = Vec::new();
    for bot in &load.bots {
        at_end.push(load.log(bot).await?.last().map_or(0, |event| event.seq));
    }
    heads.send_replace(Some(at_end));
    let mut readings = Vec::new();
    for reader in readers {
        let reading = reader.await??;
        outcome.connections += reading.connections;
        outcome.incomplete += reading.incomplete;
        outcome.received += reading.reader.frames.len();
        readings.push(reading);
    }
    for run in load.runs(&writings, readings).await? {
        outcome.events += run.log.len();
        outcome.faults.extend(judge(&run));
    }
    ensure!(outcome.acknowledged > 0, "nobody wrote anything");
    Ok(outcome)
}
