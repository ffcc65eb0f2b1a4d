//! Where the people of a load go, and what they did so far, for whoever drives the run and must know when it has seen enough.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::time::{sleep, timeout};

/// The addresses (`host:port`) of the nodes, or of what stands in front of them. Everybody begins at one of them and goes on to the
/// next when one fails; a person's writer and reader begin at different ones, if there are several.
#[derive(Debug, Clone)]
pub struct Doors {
    pub writers: Vec<String>,
    pub readers: Vec<String>,
}

impl Doors {
    #[must_use]
    pub fn all_at(addresses: &[String]) -> Self {
        Self {
            writers: addresses.to_vec(),
            readers: addresses.to_vec(),
        }
    }
}

/// One person's way through the doors.
#[derive(Debug, Clone)]
pub(super) struct Way {
    doors: Vec<String>,
    at: usize,
}

impl Way {
    pub fn new(doors: &[String], first: usize) -> Self {
        Self {
            doors: doors.to_vec(),
            at: first % doors.len(),
        }
    }

    pub fn door(&self) -> &str {
        &self.doors[self.at]
    }

    /// To the next one, after a failure; a breath, so that a door that is shut is not hammered at.
    pub async fn on(&mut self) {
        self.at = (self.at + 1) % self.doors.len();
        sleep(Duration::from_millis(20)).await;
    }
}

/// Counted while a run goes on.
#[derive(Debug, Default)]
pub struct Tally {
    acknowledged: AtomicU64,
    /// Connections that were greeted.
    connections: AtomicU64,
    /// Posts that were answered 503 with `Retry-After`.
    refused: AtomicU64,
    /// The highest number that any reader has received.
    farthest: AtomicU64,
    /// Times that a writer found everything down, with no post under way.
    rests: AtomicU64,
}

impl Tally {
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    pub fn farthest(&self) -> u64 {
        self.farthest.load(Ordering::Relaxed)
    }

    pub fn rests(&self) -> u64 {
        self.rests.load(Ordering::Relaxed)
    }

    pub(super) fn note_rest(&self) {
        self.rests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_received(&self, seq: u64) {
        self.farthest.fetch_max(seq, Ordering::Relaxed);
    }

    pub(super) fn note_acknowledged(&self) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until a count has come so far.
    ///
    /// # Errors
    /// When it does not within `patience`.
    pub async fn until(&self, count: impl Fn(&Self) -> u64, reached: u64, patience: Duration) -> Result<()> {
        let waiting = async {
            while count(self) < reached {
                sleep(Duration::from_millis(10)).await;
            }
        };
        Ok(timeout(patience, waiting).await?)
    }
}
