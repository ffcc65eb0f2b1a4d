//! What the bus did not bring: a crash between commit and bus, a receiver that fell behind, another process writing to the same
//! database. The relay compares and reads; who calls it, how often, and what this node serves is decided in `api`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::events::{Epoch, EventRows, StreamId};
use domain::{Error, Result};
use sea_orm::Value;
use sea_orm::prelude::Uuid;
use tokio::time::timeout;

use crate::bus::Bus;
use crate::store::{SqlStore, marks, stream_id, unavailable};

/// Events read from the log, and handed to the bus, in one piece.
const PAGE: u64 = 500;

/// Streams asked for in one query; SQLite takes 32,766 parameters.
const STREAMS: usize = 10_000;

/// How long the database may take for one answer. A server that is cut off says nothing for a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Relay {
    store: SqlStore,
    bus: Bus,
    /// Something that was on the bus did not arrive; the next comparison leaves nothing out.
    lost: Arc<AtomicBool>,
}

#[derive(sea_orm::FromQueryResult)]
struct CommitsRow {
    commits: i64,
}

#[derive(sea_orm::FromQueryResult)]
struct HeadRow {
    id: Uuid,
    kind: i16,
    head: i64,
}

/// What one comparison did, and whether every stream could be read.
struct Compared {
    drained: usize,
    whole: bool,
}

impl Relay {
    pub fn new(store: SqlStore, bus: Bus) -> Self {
        Self {
            store,
            bus,
            lost: Arc::new(AtomicBool::new(false)),
        }
    }

    /// The newest number of each of these streams; those that do not exist (any more) are left out. One query for up to
    /// 10,000 of them, one state of the database for all. Fails as `Unavailable` or `Internal`.
    pub async fn heads(&self, streams: &[StreamId]) -> Result<Vec<(StreamId, i64)>> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        in_time(self.read_heads(streams)).await
    }

    async fn read_heads(&self, streams: &[StreamId]) -> Result<Vec<(StreamId, i64)>> {
        let tx = self.store.begin_read().await?;
        let mut heads = Vec::with_capacity(streams.len());
        for streams in streams.chunks(STREAMS) {
            let sql = format!(
                "SELECT id, kind, head FROM streams WHERE id IN ({})",
                marks(1, streams.len())
            );
            let rows: Vec<HeadRow> = tx
                .all(&sql, streams.iter().map(|id| Value::from(id.uuid())))
                .await?;
            for row in rows {
                heads.push((stream_id(row.kind, row.id)?, row.head));
            }
        }
        Ok(heads)
    }

    /// The epoch as the database has it, which another process may have changed. Fails as `Unavailable` or `Internal`.
    pub async fn epoch(&self) -> Result<Epoch> {
        in_time(async { self.store.begin_glance().await?.epoch().await }).await
    }

    /// Says that something the bus brought, or should have brought, did not reach a stream: the receiver fell behind, or what
    /// came could not be delivered. Without that, `drain_once` believes in the bus for everything this process committed.
    pub fn lost(&self) {
        self.lost.store(true, Ordering::Release);
    }

    /// As `drain_all`, unless there is nothing to find: all that was committed since the last comparison was committed by this
    /// process, which handed it to the bus, and nobody said that something was `lost`. That costs one row, however many
    /// streams are served. Fails as `drain_all`; then the next call compares everything.
    pub async fn drain_once(&self, served: &[(StreamId, i64)]) -> Result<usize> {
        let Some(ledger) = self.store.ledger() else {
            return self.compare(served).await.map(|compared| compared.drained);
        };
        // Before the heads: what is committed in between counts as not compared.
        let commits = self.commits().await?;
        if !self.lost.swap(false, Ordering::AcqRel) && ledger.covers(commits) {
            return Ok(0);
        }
        let drained = self.compare(served).await;
        if let Ok(Compared {
            drained: _,
            whole: true,
        }) = drained
        {
            ledger.compared(commits);
        } else {
            self.lost();
        }
        drained.map(|compared| compared.drained)
    }

    /// Reads from the log whatever lies beyond the given numbers and hands it to the bus, for all audiences; gives how many
    /// events that were. What the bus is just bringing may come twice: receivers go by the numbers. Fails as `Unavailable` or
    /// `Internal`, perhaps with a part of it done; the next call does the rest.
    pub async fn drain_all(&self, served: &[(StreamId, i64)]) -> Result<usize> {
        self.lost();
        self.drain_once(served).await
    }

    async fn commits(&self) -> Result<i64> {
        let tx = self.store.begin_glance().await?;
        let row: Option<CommitsRow> = tx
            .one("SELECT commits FROM installation WHERE id = 1", [])
            .await?;
        row.map(|row| row.commits)
            .ok_or_else(|| Error::internal("the installation's row is missing"))
    }

    async fn compare(&self, served: &[(StreamId, i64)]) -> Result<Compared> {
        let ids: Vec<StreamId> = served.iter().map(|(stream, _)| *stream).collect();
        let heads: HashMap<StreamId, i64> = self.heads(&ids).await?.into_iter().collect();
        let mut compared = Compared {
            drained: 0,
            whole: true,
        };
        for (stream, seen) in served {
            if let Some(head) = heads.get(stream).filter(|head| *head > seen) {
                match self.drain(*stream, *seen, *head).await {
                    Ok(count) => compared.drained += count,
                    Err(error @ Error::Unavailable { .. }) => return Err(error),
                    // One stream that cannot be read is no reason to leave the others behind.
                    Err(error) => {
                        tracing::error!(%error, ?stream, "a stream cannot be read");
                        compared.whole = false;
                    }
                }
            }
        }
        Ok(compared)
    }

    /// A transaction per page: a long catch-up must not hold a snapshot, and SQLite's log with it.
    async fn drain(&self, stream: StreamId, seen: i64, head: i64) -> Result<usize> {
        let (mut after, mut drained) = (seen, 0);
        while after < head {
            let page = async {
                let mut tx = self.store.begin_read().await?;
                tx.events(stream.into(), after, head, None, PAGE).await
            };
            let events = in_time(page).await?;
            let Some(last) = events.last() else { break };
            after = last.seq;
            drained += events.len();
            self.bus.publish_here(events);
        }
        Ok(drained)
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err(unavailable()))
}

#[cfg(test)]
mod tests {
    use domain::ids::BotId;
    use tempfile::TempDir;

    use super::*;
    use crate::bus::{Company, Notice, Receiver};
    use crate::store::tests::{append, file_in, new_stream, store_in};

    async fn numbers(receiver: &mut Receiver, count: usize) -> Vec<i64> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            match receiver.recv().await {
                Some(Notice::Facts(facts, ..)) => numbers.extend(facts.iter().map(|fact| fact.seq)),
                other => panic!("expected facts, got {other:?}"),
            }
        }
        numbers
    }

    #[tokio::test]
    async fn heads_leave_out_streams_that_are_not_there() {
        let dir = TempDir::new().unwrap();
        let store = store_in(&dir).await;
        let (empty, used) = (new_stream(&store).await, new_stream(&store).await);
        append(&store, used, 3).await;
        let relay = Relay::new(store, Bus::local());
        let gone = StreamId::Bot(BotId::new());
        let mut heads = relay.heads(&[empty, gone, used]).await.unwrap();
        heads.sort_unstable();
        let mut expected = vec![(empty, 0), (used, 3)];
        expected.sort_unstable();
        assert_eq!(heads, expected);
        assert!(!relay.epoch().await.unwrap().0.is_empty());
    }

    #[tokio::test]
    async fn what_the_bus_did_not_bring_is_read_from_the_log() {
        let dir = TempDir::new().unwrap();
        let store = store_in(&dir).await;
        let (behind, level) = (new_stream(&store).await, new_stream(&store).await);
        append(&store, behind, 1_203).await;
        append(&store, level, 2).await;
        // Another process: it has a bus of its own.
        let bus = Bus::local();
        let mut receiver = bus.subscribe();
        let relay = Relay::new(store, bus);
        assert_eq!(relay.drain_once(&[(behind, 3), (level, 2)]).await.unwrap(), 1_200);
        assert_eq!(
            numbers(&mut receiver, 1_200).await,
            (4..=1_203).collect::<Vec<i64>>()
        );
        assert_eq!(relay.drain_once(&[(behind, 1_203), (level, 2)]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn own_commits_are_believed_to_be_on_the_bus_and_foreign_ones_are_looked_for() {
        let dir = TempDir::new().unwrap();
        let store = file_in(&dir).await;
        let stream = new_stream(&store).await;
        let relay = Relay::new(store.clone(), Bus::local());
        let served = [(stream, 0)];
        assert_eq!(relay.drain_once(&served).await.unwrap(), 0);
        append(&store, stream, 2).await;
        assert_eq!(relay.drain_once(&served).await.unwrap(), 0, "one row was read");
        relay.lost();
        assert_eq!(relay.drain_once(&served).await.unwrap(), 2);
        assert_eq!(relay.drain_once(&served).await.unwrap(), 0);
        assert_eq!(relay.drain_all(&served).await.unwrap(), 2);

        let other = file_in(&dir).await;
        append(&other, stream, 1).await;
        append(&store, stream, 1).await;
        assert_eq!(
            relay.drain_once(&served).await.unwrap(),
            4,
            "a foreign one, hidden under an own one"
        );
        append(&store, stream, 1).await;
        assert_eq!(relay.drain_once(&served).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_receiver_that_fell_behind_is_told_so() {
        let dir = TempDir::new().unwrap();
        let store = store_in(&dir).await;
        let stream = new_stream(&store).await;
        append(&store, stream, 1).await;
        let bus = Bus::local();
        let mut receiver = bus.subscribe();
        let relay = Relay::new(store, bus);
        for _ in 0..=4096 {
            relay.bus.publish(
                relay
                    .store
                    .begin_read()
                    .await
                    .unwrap()
                    .events(stream.into(), 0, 1, None, 1)
                    .await
                    .unwrap(),
                Company::None,
            );
        }
        assert!(matches!(receiver.recv().await, Some(Notice::Missed)));
        assert!(matches!(receiver.recv().await, Some(Notice::Facts(..))));
    }
}
