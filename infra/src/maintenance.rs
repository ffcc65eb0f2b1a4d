//! What grows is cut: old events, ended streams, credentials and kept answers past their time, old audit rows, the log of
//! documents that are long gone. Small pieces, each in
//! a transaction of its own, so that whoever wants to write waits for one piece at most. When it runs is decided in `api`.

use std::time::Duration;

use domain::Result;
use domain::idempotency;
use domain::store::Tx;
use sea_orm::FromQueryResult;
use sea_orm::prelude::{DateTimeUtc, Uuid};

use crate::store::{SqlStore, stream_id};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Rows that go in one transaction.
const PIECE: i64 = 1000;

/// How long things are kept.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Events younger than this stay.
    pub events: Duration,
    /// The newest events of every stream, however old, stay: so many.
    pub events_at_least: i64,
    /// Streams of deleted bots and people stay this long, with their last events.
    pub ended_streams: Duration,
    pub audit: Duration,
    /// That a document is gone can be read in the retrieval log for so long; an index that was away longer is built anew.
    pub dropped_documents: Duration,
}

impl Default for Retention {
    /// 7 days and 10,000 events; a day; 400 days; 7 days.
    fn default() -> Self {
        Self {
            events: 7 * DAY,
            events_at_least: 10_000,
            ended_streams: DAY,
            audit: 400 * DAY,
            dropped_documents: 7 * DAY,
        }
    }
}

/// How many rows went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    pub events: u64,
    pub streams: u64,
    pub tickets: u64,
    pub families: u64,
    pub answers: u64,
    pub audit: u64,
    pub dropped_documents: u64,
}

#[derive(FromQueryResult)]
struct StreamRow {
    id: Uuid,
    kind: i16,
    head: i64,
    floor: i64,
}

#[derive(FromQueryResult)]
struct SeqRow {
    seq: i64,
}

/// Cuts everything that is past its time. Safe to run at any moment and twice at once; what is done stays done when a later
/// piece fails. Fails as `Unavailable` or `Internal`.
pub async fn prune(store: &SqlStore, retention: &Retention) -> Result<Pruned> {
    let now = store.begin_read().await?.now();
    let before = |kept: Duration| now.minus(kept).into_inner();
    Ok(Pruned {
        events: prune_events(store, retention, before(retention.events)).await?,
        streams: prune_streams(store, before(retention.ended_streams)).await?,
        tickets: prune_table(store, "tickets", "hash", "expires_at", before(Duration::ZERO)).await?,
        families: prune_table(
            store,
            "token_families",
            "id",
            "expires_at",
            before(Duration::ZERO),
        )
        .await?,
        answers: prune_table(store, "idempotency", "id", "at", before(idempotency::KEPT)).await?,
        audit: prune_table(store, "audit", "id", "at", before(retention.audit)).await?,
        dropped_documents: prune_dropped(store, before(retention.dropped_documents)).await?,
    })
}

/// Old rows of a table that nothing refers to.
async fn prune_table(
    store: &SqlStore,
    table: &str,
    key: &str,
    time: &str,
    before: DateTimeUtc,
) -> Result<u64> {
    let old = format!("SELECT {key} FROM {table} WHERE {time} < $1 ORDER BY {time} LIMIT $2");
    let sql = format!("DELETE FROM {table} WHERE {key} IN ({old})");
    let mut pruned = 0;
    loop {
        // Nothing to do is the usual case, and is found out without stopping the writers.
        let probe = store.begin_read().await?;
        if probe.finds_nothing(&old, [before.into(), 1_i64.into()]).await? {
            return Ok(pruned);
        }
        drop(probe);
        let mut tx = store.begin_write().await?;
        pruned += tx.run(&sql, [before.into(), PIECE.into()]).await?;
        Box::new(tx).commit().await?;
    }
}

async fn prune_events(store: &SqlStore, retention: &Retention, before: DateTimeUtc) -> Result<u64> {
    let at_least = retention.events_at_least.max(0);
    let tx = store.begin_read().await?;
    let sql = "SELECT id, kind, head, floor FROM streams WHERE head - floor > $1 ORDER BY id";
    let streams: Vec<StreamRow> = tx.all(sql, [at_least.into()]).await?;
    drop(tx);
    let mut pruned = 0;
    for stream in streams {
        let cut = cut(store, &stream, stream.head - at_least, before).await?;
        pruned += cut_stream(store, &stream, cut).await?;
    }
    Ok(pruned)
}

/// The last number that may go: below the newest ones, and below the first that is too young.
async fn cut(store: &SqlStore, stream: &StreamRow, most: i64, before: DateTimeUtc) -> Result<i64> {
    let sql = "SELECT seq FROM events WHERE stream_id = $1 AND seq > $2 AND seq <= $3 AND at >= $4 ORDER BY seq LIMIT 1";
    let tx = store.begin_read().await?;
    let values = [stream.id.into(), stream.floor.into(), most.into(), before.into()];
    let young: Option<SeqRow> = tx.one(sql, values).await?;
    Ok(young.map_or(most, |row| row.seq - 1))
}

/// Removes events up to `cut` and raises the floor in the same transactions, so that a reader who asks for a number above the
/// floor always gets everything after it.
async fn cut_stream(store: &SqlStore, stream: &StreamRow, cut: i64) -> Result<u64> {
    let (mut floor, mut pruned) = (stream.floor, 0);
    while floor < cut {
        let next = cut.min(floor + PIECE);
        let mut tx = store.begin_write().await?;
        let sql = "DELETE FROM events WHERE stream_id = $1 AND seq <= $2";
        pruned += tx.run(sql, [stream.id.into(), next.into()]).await?;
        let sql = "UPDATE streams SET floor = $1 WHERE id = $2 AND floor < $1";
        tx.run(sql, [next.into(), stream.id.into()]).await?;
        Box::new(tx).commit().await?;
        floor = next;
    }
    if pruned > 0 {
        tracing::debug!(stream = ?stream_id(stream.kind, stream.id)?, floor, "events pruned");
    }
    Ok(pruned)
}

/// Streams whose bot or person is gone for long enough, and the emptied rows of such bots. The rows of people stay: they
/// reserve the names.
async fn prune_streams(store: &SqlStore, before: DateTimeUtc) -> Result<u64> {
    let tx = store.begin_read().await?;
    let sql = "SELECT id, kind, head, floor FROM streams WHERE ended_at < $1 ORDER BY id";
    let streams: Vec<StreamRow> = tx.all(sql, [before.into()]).await?;
    drop(tx);
    let mut pruned = 0;
    for stream in streams {
        // Up to what is there now: a late event may have come since.
        cut_stream(store, &stream, stream.head).await?;
        let mut tx = store.begin_write().await?;
        tx.run("DELETE FROM events WHERE stream_id = $1", [stream.id.into()])
            .await?;
        pruned += tx
            .run("DELETE FROM streams WHERE id = $1", [stream.id.into()])
            .await?;
        tx.run(
            "DELETE FROM bots WHERE id = $1 AND deleted_at IS NOT NULL",
            [stream.id.into()],
        )
        .await?;
        Box::new(tx).commit().await?;
    }
    Ok(pruned)
}

/// Entries of documents that are gone, and the floor up to which they went, in the same transactions: whoever has read on to the
/// floor misses nothing.
async fn prune_dropped(store: &SqlStore, before: DateTimeUtc) -> Result<u64> {
    let old = "SELECT seq FROM document_changes WHERE dropped = true AND at < $1 ORDER BY seq LIMIT $2";
    let mut pruned = 0;
    loop {
        let probe = store.begin_read().await?;
        if probe.finds_nothing(old, [before.into(), 1_i64.into()]).await? {
            return Ok(pruned);
        }
        drop(probe);
        let mut tx = store.begin_write().await?;
        let floor = format!(
            "UPDATE installation SET document_floor = (SELECT MAX(seq) FROM ({old}) o)
             WHERE id = 1 AND document_floor < (SELECT MAX(seq) FROM ({old}) o)"
        );
        tx.run(&floor, [before.into(), PIECE.into()]).await?;
        let delete = format!("DELETE FROM document_changes WHERE seq IN ({old})");
        pruned += tx.run(&delete, [before.into(), PIECE.into()]).await?;
        Box::new(tx).commit().await?;
    }
}

#[cfg(test)]
mod tests;
