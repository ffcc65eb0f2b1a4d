//! Whose processor time it was: of each node, of all of PostgreSQL's processes together, and of Redis.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;

use crate::colloquy::{Cluster, Postgres};
use crate::figures::{Scenario, names};
use crate::load::{Bounds, Load, Pace};
use crate::process::Cpu;
use crate::scenarios::measure::Measured;

/// A part of an installation that has processes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The one that is posted to.
    NodeA,
    NodeB,
    Postgres,
    Redis,
}

impl Part {
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeA => "node A",
            Self::NodeB => "node B",
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        }
    }
}

/// An installation that runs, and what runs beside it.
pub struct Parts<'a> {
    pub cluster: Cluster,
    pub postgres: Option<&'a Postgres>,
    pub redis: Option<&'a services::Redis>,
}

/// Seconds of processor time of each part during a run.
pub struct Shares(Vec<(Part, f64)>);

impl Parts<'_> {
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.cluster.nodes.iter().map(|node| node.address).collect()
    }

    /// What was A is B from now on.
    pub fn swap(&mut self) {
        self.cluster.nodes.reverse();
    }

    /// Runs a load; what came of it, with the time of all parts together as the server's, and the time of each.
    pub fn measured(&self, load: &mut Load, pace: Pace, time: Duration) -> Result<(Measured, Shares)> {
        let (before, own) = (self.now()?, Cpu::own()?);
        let outcome = load.run(pace, Bounds::time(time))?;
        let after = self.now()?;
        let generator = Cpu::own()?.since(&own);
        let shares = before
            .iter()
            .zip(&after)
            .map(|((part, before), (_, after))| (*part, after.since(before)));
        let shares = Shares(shares.collect());
        let server = shares.of(|_| true);
        let run = Measured {
            outcome,
            server,
            generator,
        };
        Ok((run, shares))
    }

    fn now(&self) -> Result<Vec<(Part, Cpu)>> {
        let mut now = Vec::new();
        for (part, node) in [Part::NodeA, Part::NodeB].into_iter().zip(&self.cluster.nodes) {
            now.push((part, node.process.cpu()?));
        }
        if let Some(postgres) = self.postgres {
            // After node A, as where it is the only one: rows of a table stand as they come first.
            now.insert(1, (Part::Postgres, postgres.cpu()?));
        }
        if let Some(redis) = self.redis {
            now.push((Part::Redis, Cpu::of_family(redis.process().id())?));
        }
        Ok(now)
    }
}

impl Shares {
    /// Seconds of some parts together.
    pub fn of(&self, counts: impl Fn(Part) -> bool) -> f64 {
        let counted = self.0.iter().filter(|(part, _)| counts(*part));
        counted.map(|(_, seconds)| seconds).sum()
    }

    pub fn has(&self, part: Part) -> bool {
        self.0.iter().any(|(other, _)| *other == part)
    }

    /// Adds the share of each part in what a message costs; a part that is the only one has it all.
    pub fn per_message(&self, scenario: &mut Scenario, run: &Measured) {
        self.add(scenario, names::CPU_PER_MESSAGE, run.outcome.tally.broadcasts);
    }

    /// The same for a delivery.
    pub fn per_delivery(&self, scenario: &mut Scenario, run: &Measured) {
        self.add(scenario, names::CPU_PER_DELIVERY, run.outcome.tally.deliveries);
    }

    fn add(&self, scenario: &mut Scenario, figure: &str, count: u64) {
        for (part, seconds) in &self.0 {
            let name = format!("{}: {figure}", part.name());
            scenario.add(&name, "us", seconds * 1e6 / count.max(1) as f64);
        }
    }
}
