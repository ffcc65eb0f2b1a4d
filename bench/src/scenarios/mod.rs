//! The scenarios by their names, and what they stand on. Each gives one or more `figures::Scenario`s, the raw limit first.

mod connect;
mod fanout;
mod growth;
mod idle;
mod measure;
mod mixed;
mod nodes;
mod retrieve;
mod slow;
mod small;
mod stalled;
mod start;
mod turns;
mod write;

use std::time::Duration;

use anyhow::{Result, bail};

use crate::colloquy::{Colloquy, World};
use crate::figures::{Scenario, names};
use crate::load::{Bounds, Load, Pace};
use crate::peers::Peer;
use crate::raw;
use crate::subject::Subject;

/// In the order in which `all` runs them.
pub const NAMES: [&str; 15] = [
    "start", "idle", "connect", "f1ks", "f1k", "f10k", "lat", "small", "stalled", "write", "slow",
    "retrieve", "mixed", "growth", "nodes",
];

/// What all scenarios share.
pub struct Stage {
    pub colloquy: Colloquy,
    pub peers: Vec<Peer>,
    /// Small and short: shows that everything works, and nothing else.
    pub quick: bool,
    /// Bytes of the real server's frame for one message, with its header: what the raw limit and the peers write too.
    pub frame: usize,
}

impl Stage {
    pub fn new(colloquy: Colloquy, peers: Vec<Peer>, quick: bool) -> Result<Self> {
        let frame = frame_of(&colloquy)?;
        Ok(Self {
            colloquy,
            peers,
            quick,
            frame,
        })
    }

    pub fn run(&self, name: &str) -> Result<Vec<Scenario>> {
        match name {
            "start" => start::run(self),
            "idle" => idle::run(self),
            "connect" => connect::run(self),
            "f1ks" => fanout::run(self, name, self.many(1_000), Pace::InFlight(1)),
            "f1k" => fanout::run(self, name, self.many(1_000), Pace::InFlight(4)),
            "f10k" => fanout::run(self, name, self.many(10_000), Pace::InFlight(4)),
            "lat" => fanout::latency(self),
            "small" => small::run(self),
            "stalled" => stalled::run(self),
            "write" => write::run(self),
            "slow" => slow::run(self),
            "retrieve" => retrieve::run(self),
            "mixed" => mixed::run(self),
            "growth" => growth::run(self),
            names::NODES => nodes::run(self),
            other => bail!("there is no scenario `{other}`; there are {}", NAMES.join(", ")),
        }
    }

    /// A number of sockets or rows, or a hundredth of it when all is small.
    pub fn many(&self, count: usize) -> usize {
        if self.quick {
            count.div_ceil(50).min(100)
        } else {
            count
        }
    }

    /// How long to measure: seconds, or half a second.
    pub fn time(&self, seconds: u64) -> Duration {
        if self.quick {
            Duration::from_millis(500)
        } else {
            Duration::from_secs(seconds)
        }
    }

    /// How long nothing must have come before memory or time is read.
    pub fn quiet(&self) -> Duration {
        self.time(2)
    }

    /// Sockets that one process may have here, with some files left for other things.
    pub fn most_sockets(&self) -> usize {
        let files = rlimit::Resource::NOFILE.get_hard().unwrap_or(1024);
        usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(500)
    }

    /// Runs `scenario` for the raw limit at the real frame's size, then for the real server, then for the peers. The raw limit
    /// at 268 bytes, the size of the published measurements, comes in between where `small_frames` says so.
    pub fn each(
        &self,
        world: &World,
        small_frames: bool,
        mut scenario: impl FnMut(&Subject) -> Result<Scenario>,
    ) -> Result<Vec<Scenario>> {
        let mut done = Vec::new();
        done.push(scenario(&raw::start(self.frame)?)?);
        if small_frames {
            let mut subject = raw::start(raw::SMALL)?;
            subject.name = format!("{} {}", raw::NAME, raw::SMALL);
            done.push(scenario(&subject)?);
        }
        done.push(scenario(&self.colloquy.start(world)?.subject)?);
        for peer in &self.peers {
            // A peer that fails says so, and the others still run.
            match peer.start(self.frame).and_then(|subject| scenario(&subject)) {
                Ok(figures) => done.push(figures.with(names::SOFTWARE, peer.software.as_str())),
                Err(error) => eprintln!("  {} failed: {error:#}", peer.name()),
            }
        }
        Ok(done)
    }
}

/// Asked of the server itself, by one message to one subscriber.
fn frame_of(colloquy: &Colloquy) -> Result<usize> {
    let running = colloquy.start(&World::one_bot(1))?;
    let mut load = Load::new(&running.subject)?;
    load.grow(1)?;
    let bounds = Bounds {
        time: Duration::from_secs(10),
        broadcasts: 10,
    };
    let outcome = load.run(Pace::InFlight(1), bounds)?;
    anyhow::ensure!(outcome.tally.deliveries == 10, "the server delivered nothing");
    Ok(usize::try_from(outcome.tally.bytes / outcome.tally.deliveries)?)
}
