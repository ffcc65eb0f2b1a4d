//! Numbers under contention: many writers on one stream, of whom some change their minds when they already have a number, and
//! somebody who reads along. Straight at the store, since through the door nobody can take a number and give it back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::events::{Audience, EventDraft, Fact, Loss, StreamId};
use domain::ids::{BotId, EventId};
use domain::store::{Store, Tx};
use infra::bus::Bus;
use infra::store::{DatabaseAt, SqlStore, StoreOptions};
use tokio::task::JoinSet;

use crate::load::dice::Dice;

/// Events read at once.
const PAGE: u64 = 1000;

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub writers: u64,
    /// Of a hundred transactions that have taken a number.
    pub rollbacks: u64,
    /// Numbers to be given for good.
    pub numbers: u64,
    pub seed: u64,
}

#[derive(Debug)]
pub struct Outcome {
    pub plan: Plan,
    pub took: Duration,
    pub rolled_back: u64,
    /// How often the one who read along found something new.
    pub looks: u64,
}

/// One store for each node: one over the file in `data_dir`, or two over the server at `url`.
///
/// # Errors
/// When a number is missing, comes twice, or appears after a higher one; and when the store fails.
pub async fn run(url: Option<&str>, data_dir: &Path, plan: Plan) -> Result<Outcome> {
    let database = match url {
        Some(url) => DatabaseAt::Server(url.into()),
        None => DatabaseAt::File(data_dir.join("numbers.db")),
    };
    let nodes = if url.is_some() { 2 } else { 1 };
    let options = StoreOptions {
        writers: 16,
        patience: Duration::from_secs(60),
        ..StoreOptions::of(database)
    };
    let mut stores = Vec::new();
    for _ in 0..nodes {
        stores.push(SqlStore::open(options.clone(), Bus::local()).await?);
    }
    stores[0].migrate().await?;
    let stream = StreamId::Bot(BotId::new());
    let mut tx = stores[0].begin().await?;
    let tenant = tx.default_tenant().await?;
    let now = tx.now();
    tx.create_stream(stream, tenant, now).await?;
    tx.commit().await?;

    let begun = Instant::now();
    let (given, rolled_back) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut writers = JoinSet::new();
    for writer in 0..plan.writers {
        let store = stores[writer as usize % stores.len()].clone();
        let (given, rolled_back) = (given.clone(), rolled_back.clone());
        let mut dice = Dice::new(plan.seed.wrapping_add(writer));
        writers.spawn(async move {
            // A number is taken for each that is given, so that there are exactly so many in the end.
            while given.fetch_add(1, Ordering::Relaxed) < plan.numbers {
                while dice.between(0, 100) < plan.rollbacks {
                    drop(numbered(&store, stream).await?);
                    rolled_back.fetch_add(1, Ordering::Relaxed);
                }
                numbered(&store, stream).await?.commit().await?;
            }
            Ok::<_, domain::Error>(())
        });
    }
    // On the other node, if there is one.
    let last = stores.last().context("a store")?;
    let looks = read_along(last, stream, plan.numbers).await?;
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    let took = begun.elapsed();
    let beyond = read(last, stream, plan.numbers).await?;
    ensure!(
        beyond.is_empty(),
        "more than {} numbers: {beyond:?}",
        plan.numbers
    );
    for store in &stores {
        store.close().await?;
    }
    Ok(Outcome {
        plan,
        took,
        rolled_back: rolled_back.load(Ordering::Relaxed),
        looks,
    })
}

/// A transaction that has taken the next number.
async fn numbered(store: &SqlStore, stream: StreamId) -> domain::Result<Box<dyn Tx>> {
    let mut tx = store.begin().await?;
    let draft = EventDraft {
        id: EventId::new(),
        at: tx.now(),
        audience: Audience::Everyone,
        fact: Fact::CredentialLost(Loss::All),
    };
    tx.append(stream, draft).await?;
    Ok(tx)
}

async fn read(store: &SqlStore, stream: StreamId, after: u64) -> Result<Vec<i64>> {
    let mut tx = store.read().await?;
    let events = tx
        .events(stream.into(), after as i64, i64::MAX, None, PAGE)
        .await?;
    Ok(events.iter().map(|event| event.seq).collect())
}

/// Reads what is new until all is there: each time it must go on where the last time ended, without a hole. A number that
/// appeared later than a higher one would be a hole first.
async fn read_along(store: &SqlStore, stream: StreamId, numbers: u64) -> Result<u64> {
    let (mut seen, mut looks) = (0, 0);
    let mut moved = Instant::now();
    while seen < numbers {
        let new = read(store, stream, seen).await?;
        for (n, seq) in (seen + 1..).zip(&new) {
            ensure!(*seq == n as i64, "{seq} was there before {n}");
        }
        if new.is_empty() {
            ensure!(moved.elapsed() < super::PATIENCE, "nothing new after {seen}");
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        }
        moved = Instant::now();
        looks += 1;
        seen += new.len() as u64;
    }
    Ok(looks)
}
