//! Use cases that share a commit: what they share, and what they do not.

use std::time::Duration;

use domain::Error;
use domain::events::{Audience, EventRows, StreamId};
use domain::store::Tx;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{append, draft, new_stream, numbers};
use crate::bus::{Bus, Notice, Receiver};
use crate::store::*;

/// A store whose groups take in everybody who waits.
pub async fn patient_store(dir: &TempDir) -> SqlStore {
    let mut options = StoreOptions::at(dir.path().join("colloquy.db"));
    options.join = Duration::from_secs(3600);
    // Slow statements are slower still where much is going on.
    options.longest_turn = Duration::from_secs(120);
    let store = SqlStore::open(options, Bus::local()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

pub async fn commits(store: &SqlStore) -> i64 {
    let tx = store.begin_read().await.unwrap();
    let sql = "SELECT commits AS count FROM installation";
    tx.one::<rows::Count>(sql, []).await.unwrap().unwrap().count
}

/// Spawns a use case, and returns when it waits for its turn.
pub async fn waiting<T, R>(
    store: &SqlStore,
    use_case: impl FnOnce(SqlTx) -> R + Send + 'static,
) -> JoinHandle<Result<T>>
where
    T: Send + 'static,
    R: Future<Output = Result<T>> + Send,
{
    let queue = &store.file().queue;
    let free = queue.capacity();
    let waits = store.clone();
    let task = tokio::spawn(async move { use_case(waits.begin_write().await?).await });
    while queue.capacity() == free {
        tokio::task::yield_now().await;
    }
    task
}

async fn record(tx: &mut SqlTx, stream: StreamId) -> Result<i64> {
    let draft = draft(tx, Audience::Everyone);
    Ok(tx.append(stream, draft).await?.seq)
}

/// Records one fact and commits; gives its number.
pub fn one_fact(stream: StreamId) -> impl FnOnce(SqlTx) -> BoxFuture<'static, Result<i64>> {
    move |mut tx| {
        async move {
            let seq = record(&mut tx, stream).await?;
            Box::new(tx).commit().await?;
            Ok(seq)
        }
        .boxed()
    }
}

async fn told(heard: &mut Receiver) -> Vec<i64> {
    match heard.recv().await {
        Some(Notice::Facts(facts, ..)) => facts.iter().map(|fact| fact.seq).collect(),
        other => panic!("expected facts, got {other:?}"),
    }
}

#[tokio::test]
async fn who_waits_together_is_committed_together() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let stream = new_stream(&store).await;
    let mut heard = store.bus.subscribe();
    let before = commits(&store).await;
    let first = store.begin_write().await.unwrap();
    let mut tasks = Vec::new();
    for _ in 0..40 {
        tasks.push(waiting(&store, one_fact(stream)).await);
    }
    drop(first);
    let mut got = Vec::new();
    for task in tasks {
        got.push(task.await.unwrap().unwrap());
    }
    let expected: Vec<i64> = (1..=40).collect();
    assert_eq!(got, expected, "in the order of asking");
    assert_eq!(
        told(&mut heard).await,
        expected,
        "one notice, in the order of numbers"
    );
    assert_eq!(commits(&store).await, before + 1);
}

#[tokio::test]
async fn a_group_is_full_at_256_changes() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let stream = new_stream(&store).await;
    let before = commits(&store).await;
    let first = store.begin_write().await.unwrap();
    let mut tasks = Vec::new();
    for _ in 0..257 {
        tasks.push(waiting(&store, one_fact(stream)).await);
    }
    drop(first);
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(commits(&store).await, before + 2);
}

/// Still at work when its caller has long gone: what deletes is not waited for by a thread that others need.
const SLOW: &str = "DELETE FROM events WHERE seq > (WITH RECURSIVE n (i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT COUNT(*) FROM n)";

#[tokio::test]
async fn one_that_fails_is_dropped_or_panics_harms_no_other() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let stream = new_stream(&store).await;
    let mut heard = store.bus.subscribe();
    let before = commits(&store).await;
    let first = store.begin_write().await.unwrap();
    let good = waiting(&store, one_fact(stream)).await;
    let dropped = waiting(&store, async move |mut tx: SqlTx| record(&mut tx, stream).await).await;
    let fails = waiting(&store, async move |mut tx: SqlTx| {
        record(&mut tx, stream).await?;
        // Numbers are unique: a constraint says no.
        tx.run(
            "INSERT INTO events SELECT * FROM events WHERE seq = $1",
            [2.into()],
        )
        .await?;
        Box::new(tx).commit().await
    })
    .await;
    let also_good = waiting(&store, one_fact(stream)).await;
    let panics = waiting(&store, async move |mut tx: SqlTx| {
        record(&mut tx, stream).await?;
        if tx.at().timestamp() > 0 {
            panic!("in the middle");
        }
        Ok(())
    })
    .await;
    let gone = waiting(&store, one_fact(stream)).await;
    gone.abort();
    let abandoned = waiting(&store, async move |mut tx: SqlTx| {
        // A statement that nobody waits for goes to its end, and the next one follows it.
        assert!(tx.run(SLOW, []).now_or_never().is_none());
        record(&mut tx, stream).await
    })
    .await;
    let abandoned_later = waiting(&store, async move |mut tx: SqlTx| {
        let seq = record(&mut tx, stream).await?;
        assert!(tx.run(SLOW, []).now_or_never().is_none());
        Box::new(tx).commit().await?;
        Ok(seq)
    })
    .await;
    let last = waiting(&store, one_fact(stream)).await;
    drop(first);

    assert_eq!(good.await.unwrap().unwrap(), 1);
    assert_eq!(dropped.await.unwrap().unwrap(), 2);
    assert!(fails.await.unwrap().is_err());
    assert_eq!(also_good.await.unwrap().unwrap(), 2);
    assert!(panics.await.is_err());
    assert!(gone.await.is_err());
    assert_eq!(abandoned.await.unwrap().unwrap(), 3);
    assert_eq!(abandoned_later.await.unwrap().unwrap(), 3);
    assert_eq!(last.await.unwrap().unwrap(), 4);
    assert_eq!(numbers(&store, stream).await, [1, 2, 3, 4]);
    assert_eq!(told(&mut heard).await, [1, 2, 3, 4]);
    assert_eq!(commits(&store).await, before + 1);
}

#[tokio::test]
async fn nothing_is_seen_or_answered_before_the_commit() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let stream = new_stream(&store).await;
    let mut heard = store.bus.subscribe();
    let first = store.begin_write().await.unwrap();
    let writes = waiting(&store, one_fact(stream)).await;
    let reads = waiting(&store, async move |mut tx: SqlTx| {
        let head = tx.stream_state(stream).await?.unwrap().head;
        // It changed nothing, but tells what is not on disk yet.
        Box::new(tx).commit().await?;
        Ok(head)
    })
    .await;
    let caller = waiting(&store, one_fact(stream)).await;
    let holds = waiting(&store, async move |tx: SqlTx| Ok(tx)).await;
    drop(first);
    let held = holds.await.unwrap().unwrap();
    // The turns before it are over.
    assert!(!writes.is_finished() && !reads.is_finished());
    assert!(numbers(&store, stream).await.is_empty());
    assert!(heard.recv().now_or_never().is_none());
    // Whoever goes away now cannot take back what the group holds.
    caller.abort();
    assert!(caller.await.is_err());
    Box::new(held).commit().await.unwrap();
    assert_eq!(
        told(&mut heard).now_or_never(),
        Some(vec![1, 2]),
        "before any answer"
    );
    assert_eq!(writes.await.unwrap().unwrap(), 1);
    assert_eq!(reads.await.unwrap().unwrap(), 1);
    assert_eq!(numbers(&store, stream).await, [1, 2]);
}

#[tokio::test]
async fn times_follow_the_order_of_turns() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let first = store.begin_write().await.unwrap();
    let mut last = first.now();
    let mut tasks = Vec::new();
    for _ in 0..20 {
        tasks.push(waiting(&store, async move |tx: SqlTx| Ok(tx.now())).await);
    }
    drop(first);
    for task in tasks {
        let now = task.await.unwrap().unwrap();
        assert!(now >= last);
        last = now;
    }
}

#[tokio::test]
async fn when_too_many_wait_the_next_one_is_turned_away_at_once() {
    let dir = TempDir::new().unwrap();
    let mut options = StoreOptions::at(dir.path().join("colloquy.db"));
    options.waiting = 2;
    let store = SqlStore::open(options, Bus::local()).await.unwrap();
    store.migrate().await.unwrap();
    let stream = new_stream(&store).await;
    let first = store.begin_write().await.unwrap();
    let tasks = [
        waiting(&store, one_fact(stream)).await,
        waiting(&store, one_fact(stream)).await,
    ];
    let refused = store.begin_write().now_or_never();
    assert!(matches!(refused, Some(Err(Error::Unavailable { .. }))));
    drop(first);
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    append(&store, stream, 1).await;
    assert_eq!(numbers(&store, stream).await, [1, 2, 3]);
}

#[tokio::test]
async fn one_that_hangs_is_undone() {
    let dir = TempDir::new().unwrap();
    let mut options = StoreOptions::at(dir.path().join("colloquy.db"));
    options.longest_turn = Duration::from_millis(50);
    let store = SqlStore::open(options, Bus::local()).await.unwrap();
    store.migrate().await.unwrap();
    let stream = new_stream(&store).await;
    let mut hangs = store.begin_write().await.unwrap();
    record(&mut hangs, stream).await.unwrap();
    append(&store, stream, 1).await;
    let late = record(&mut hangs, stream).await;
    assert!(matches!(late, Err(Error::Unavailable { .. })), "{late:?}");
    let late = Box::new(hangs).commit().await;
    assert!(matches!(late, Err(Error::Unavailable { .. })), "{late:?}");
    assert_eq!(numbers(&store, stream).await, [1]);
}

#[tokio::test]
async fn a_closed_store_has_committed_and_takes_no_more() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let stream = new_stream(&store).await;
    let first = store.begin_write().await.unwrap();
    let last = waiting(&store, one_fact(stream)).await;
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    drop(first);
    assert_eq!(last.await.unwrap().unwrap(), 1);
    closing.await.unwrap().unwrap();
    assert!(matches!(
        store.begin_write().await.err(),
        Some(Error::Unavailable { .. })
    ));
    assert!(
        !dir.path().join("colloquy.db-wal").exists(),
        "the log is folded in"
    );
}

/// What a savepoint keeps for its undoing goes from memory to a file beyond the size that `.cargo/config.toml` sets.
#[tokio::test]
async fn a_use_case_may_change_very_much_and_be_undone() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let run = async |sql: &'static str, keep: bool| {
        let mut tx = store.begin_write().await.unwrap();
        let changed = tx.run(sql, []).await.unwrap();
        if keep {
            Box::new(tx).commit().await.unwrap();
        }
        changed
    };
    run("CREATE TABLE heavy (id INTEGER PRIMARY KEY, content TEXT)", true).await;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
        INSERT INTO heavy SELECT i, 'before' || hex(zeroblob(500)) FROM n";
    run(fill, true).await;
    let change = "UPDATE heavy SET content = 'after' || substr(content, 7)";
    assert_eq!(run(change, false).await, 4000);
    let tx = store.begin_read().await.unwrap();
    let sql = "SELECT count(*) AS count FROM heavy WHERE content LIKE 'before%'";
    assert_eq!(tx.one::<rows::Count>(sql, []).await.unwrap().unwrap().count, 4000);
    drop(tx);
    assert_eq!(run(change, true).await, 4000);
}
