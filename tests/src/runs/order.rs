//! One order for all: many readers on all nodes, from the first event on, must have seen the same numbers with the same events.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::Result;

use super::{Drive, Figures};
use crate::cluster::{Cluster, Layout};
use crate::judge::Received;
use crate::load::Size;

#[derive(Debug)]
pub struct Outcome {
    /// Over all (number, id) in the order of arrival, of each reader; of the log.
    pub hashes: BTreeSet<u64>,
    pub of_log: u64,
    pub readers: usize,
    pub figures: Figures,
}

fn hash<'a>(events: impl Iterator<Item = (u64, &'a str)>) -> u64 {
    let mut hasher = DefaultHasher::new();
    events.for_each(|event| event.hash(&mut hasher));
    hasher.finish()
}

/// Ten writers post until so many messages are acknowledged.
///
/// # Errors
/// When a step does not work.
pub async fn run(binary: &Path, layout: &Layout, readers: usize, messages: u64) -> Result<Outcome> {
    let size = Size {
        bots: 1,
        writers: 10,
        readers,
    };
    let cluster = Cluster::start(binary, layout).await?;
    let mut load = cluster.load(size).await?;
    load.from_start = true;
    let drive = Drive::begin(load, size);
    drive.acknowledged(messages).await?;
    let ended = drive.end(Vec::new()).await?;
    let run = &ended.runs[0];
    let seen = run.readers.iter().map(|reader| {
        hash(reader.frames.iter().filter_map(|frame| match frame {
            Received::Event { seq, id } => Some((*seq, id.as_str())),
            Received::Greeting { .. } | Received::ReplayComplete { .. } | Received::Pong { .. } => None,
        }))
    });
    Ok(Outcome {
        hashes: seen.collect(),
        of_log: hash(run.log.iter().map(|event| (event.seq, event.id.as_str()))),
        readers: run.readers.len(),
        figures: ended.figures,
    })
}

impl Outcome {
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.hashes == BTreeSet::from([self.of_log])
    }
}
