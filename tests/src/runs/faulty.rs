//! Readers and writers who lose their connections again and again, in every way there is (`faults`), on one node or on several: who
//! comes back to another node than they left. Random, from a seed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Drive, Figures};
use crate::cluster::{Cluster, Layout};
use crate::faults::{Line, Proxy};
use crate::load::dice::Dice;
use crate::load::{Size, Tally};

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Of readers who were greeted again.
    pub reconnects: u64,
    pub seed: u64,
}

#[derive(Debug)]
pub struct Outcome {
    pub plan: Plan,
    pub nodes: usize,
    /// By the way in which a connection was cut: of readers, and of writers.
    pub cuts: (BTreeMap<&'static str, u64>, BTreeMap<&'static str, u64>),
    pub figures: Figures,
}

const SIZE: Size = Size {
    bots: 2,
    writers: 6,
    readers: 12,
};

/// # Errors
/// When a step does not work.
pub async fn run(binary: &Path, layout: &Layout, plan: Plan) -> Result<Outcome> {
    let cluster = Cluster::start(binary, layout).await?;
    let mut load = cluster.load(SIZE).await?;
    let (mut for_readers, mut for_writers) = (Vec::new(), Vec::new());
    for (n, address) in cluster.addresses().iter().enumerate() {
        for (m, proxies) in [&mut for_readers, &mut for_writers].into_iter().enumerate() {
            let mut dice = Dice::new(plan.seed.wrapping_mul(1000) + (2 * n + m) as u64);
            proxies.push(Proxy::start(address.parse()?, move || Line::random(&mut dice)).await?);
        }
    }
    let addresses = |proxies: &[Proxy]| proxies.iter().map(|proxy| proxy.address.clone()).collect();
    load.doors.readers = addresses(&for_readers);
    load.doors.writers = addresses(&for_writers);
    // Many a line is silent: nobody should wait there for long.
    load.answer_within = Duration::from_secs(2);
    let drive = Drive::begin(load, SIZE);
    let first = SIZE.readers as u64;
    drive.until(Tally::connections, first + plan.reconnects).await?;
    let cuts = |proxies: &[Proxy]| {
        let mut all: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (name, count) in proxies.iter().flat_map(Proxy::cuts) {
            *all.entry(name).or_default() += count;
        }
        all
    };
    let cuts = (cuts(&for_readers), cuts(&for_writers));
    for proxy in for_readers.iter().chain(&for_writers) {
        proxy.heal();
    }
    let figures = drive.end(Vec::new()).await?.figures;
    Ok(Outcome {
        plan,
        nodes: cluster.nodes.len(),
        cuts,
        figures,
    })
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "seed                          {}", self.plan.seed)?;
        writeln!(out, "nodes                         {}", self.nodes)?;
        for (whose, cuts) in [("readers", &self.cuts.0), ("writers", &self.cuts.1)] {
            for (name, count) in cuts {
                writeln!(out, "{whose}: {name:<32} {count}")?;
            }
        }
        self.figures.fmt(out)
    }
}
