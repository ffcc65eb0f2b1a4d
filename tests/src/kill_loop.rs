//! `kill -9` in a loop under load: the server dies at random moments, comes back on the same data, and in the end
//! the judge compares what was acknowledged, what was received and what is kept. Randomness is seeded and printed.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::load::dice::Dice;
use crate::load::process::Server;
use crate::load::{Load, Phase, Size};
use crate::process;
use crate::runs::{Drive, Figures};

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
    pub ready: Vec<Duration>,
    pub figures: Figures,
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
        writeln!(out, "ready again, median           {:.0?}", self.median())?;
        writeln!(out, "ready again, slowest          {:.0?}", self.slowest())?;
        self.figures.fmt(out)
    }
}

/// Runs the plan against `binary` with its data in `data_dir`.
///
/// # Errors
/// When the server cannot be started or driven. Faults are no errors: they are in the outcome.
pub async fn run(binary: &Path, data_dir: &Path, plan: Plan) -> Result<Outcome> {
    let mut dice = Dice::new(plan.seed);
    let chosen = process::chosen(data_dir);
    let chosen = chosen.iter().map(|(name, value)| (*name, value.as_str()));
    let settings: Vec<_> = SETTINGS.iter().copied().chain(chosen).collect();
    let (mut server, _) = Server::start(binary, data_dir, &settings).await?;
    let load = Load::set_up(&server.address, plan.size).await?;

    let drive = Drive::begin(load, plan.size);
    let mut ready = Vec::new();
    for life in 0..plan.kills {
        tokio::time::sleep(Duration::from_millis(dice.between(200, 2000))).await;
        drive.say(Phase::Down);
        server.kill()?;
        ready.push(server.restart().await?);
        if life % 2 == 0 {
            // Every other life is long enough for all to come back and for some to be heard, however slow the machine is.
            drive.readers_first().await?;
            drive.acknowledged(plan.size.writers as u64).await?;
        } else {
            drive.say(Phase::Up);
        }
    }
    Ok(Outcome {
        seed: plan.seed,
        ready,
        figures: drive.end(Vec::new()).await?.figures,
    })
}
