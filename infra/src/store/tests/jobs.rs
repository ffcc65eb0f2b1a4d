//! Jobs: held by one at a time, taken over when a lease runs out, and in nobody's way before they are due.

use std::collections::HashSet;

use domain::document::{Job, JobRows, Task};
use domain::ids::{BotId, DocumentId, JobId};
use domain::store::Tx;
use tempfile::TempDir;

use super::{NODE, store_in};
use crate::store::*;

const LEASE: Duration = Duration::from_secs(30);

async fn add(store: &SqlStore, task: Task) -> JobId {
    let id = JobId::new();
    let mut tx = store.begin_write().await.unwrap();
    tx.insert_job(id, BotId::new(), task).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    id
}

async fn claim(store: &SqlStore) -> Option<Job> {
    let mut tx = store.begin_write().await.unwrap();
    let job = tx.claim_job(LEASE, NODE).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    job
}

async fn has_due(store: &SqlStore) -> bool {
    store.begin_read().await.unwrap().has_due_job().await.unwrap()
}

/// As if the holder had been silent for a minute.
async fn run_out(store: &SqlStore, id: JobId) {
    let mut tx = store.begin_write().await.unwrap();
    let past = tx.now().minus(Duration::from_secs(30)).into_inner();
    tx.run(
        "UPDATE jobs SET leased_until = $1 WHERE id = $2",
        [past.into(), id.0.into()],
    )
    .await
    .unwrap();
    Box::new(tx).commit().await.unwrap();
}

#[tokio::test]
async fn a_job_is_held_by_one_until_its_lease_runs_out() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    assert!(!has_due(&store).await && claim(&store).await.is_none());
    let read = Task::ReadDocument(DocumentId::new());
    let remove = Task::ClearDocument(DocumentId::new());
    let (first, second) = (add(&store, read).await, add(&store, remove).await);
    let one = claim(&store).await.unwrap();
    assert_eq!((one.id, one.task, one.attempts), (first, read, 1));
    let two = claim(&store).await.unwrap();
    assert_eq!((two.id, two.task), (second, remove));
    assert!(!has_due(&store).await && claim(&store).await.is_none());

    run_out(&store, first).await;
    let mut tx = store.begin_write().await.unwrap();
    assert!(tx.holds_job(&one).await.unwrap(), "nobody else wanted it");
    assert!(tx.renew_job(&one, LEASE).await.unwrap());
    Box::new(tx).commit().await.unwrap();
    assert!(claim(&store).await.is_none());

    run_out(&store, first).await;
    assert!(has_due(&store).await);
    let again = claim(&store).await.unwrap();
    assert_eq!((again.id, again.attempts), (first, 2));
    let mut tx = store.begin_write().await.unwrap();
    assert!(!tx.holds_job(&one).await.unwrap() && !tx.renew_job(&one, LEASE).await.unwrap());
    let now = tx.now();
    tx.put_off_job(&one, now).await.unwrap();
    assert!(
        tx.holds_job(&again).await.unwrap(),
        "who lost it puts nothing off"
    );
    tx.delete_job(first).await.unwrap();
    assert!(!tx.holds_job(&again).await.unwrap() && !tx.renew_job(&again, LEASE).await.unwrap());
}

#[tokio::test]
async fn what_is_put_off_waits_and_what_is_released_is_due() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let id = add(&store, Task::ClearDocument(DocumentId::new())).await;
    let job = claim(&store).await.unwrap();
    let mut tx = store.begin_write().await.unwrap();
    let later = tx.now().plus(LEASE);
    tx.put_off_job(&job, later).await.unwrap();
    assert!(!tx.holds_job(&job).await.unwrap() && !tx.has_due_job().await.unwrap());
    let past = tx.now().minus(LEASE);
    tx.run("UPDATE jobs SET run_after = $1", [past.into_inner().into()])
        .await
        .unwrap();
    Box::new(tx).commit().await.unwrap();
    let job = claim(&store).await.unwrap();
    assert_eq!((job.id, job.attempts), (id, 2));
    let mut tx = store.begin_write().await.unwrap();
    let now = tx.now();
    tx.give_back_job(&job, now).await.unwrap();
    tx.give_back_job(&job, now).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    let job = claim(&store).await.unwrap();
    assert_eq!(job.attempts, 2, "given back is as if never taken");

    let mut tx = store.begin_write().await.unwrap();
    assert_eq!(tx.release_jobs(None).await.unwrap(), 1);
    assert_eq!(tx.release_jobs(None).await.unwrap(), 0);
    assert!(tx.has_due_job().await.unwrap() && !tx.holds_job(&job).await.unwrap());
    assert_eq!(
        tx.claim_job(LEASE, NODE).await.unwrap().unwrap().attempts,
        3,
        "killed is not given back"
    );
}

#[tokio::test]
async fn the_end_of_one_task_is_not_the_end_of_the_other() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let document = DocumentId::new();
    add(&store, Task::ReadDocument(document)).await;
    add(&store, Task::ClearDocument(document)).await;
    add(&store, Task::ReadDocument(DocumentId::new())).await;
    let mut tx = store.begin_write().await.unwrap();
    tx.delete_jobs_of(Task::ReadDocument(document)).await.unwrap();
    let job = tx.claim_job(LEASE, NODE).await.unwrap().unwrap();
    assert_eq!(job.task, Task::ClearDocument(document));
    assert!(tx.claim_job(LEASE, NODE).await.unwrap().is_some());
    assert!(tx.claim_job(LEASE, NODE).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_workers_no_two_get_the_same_job() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut all = HashSet::new();
    for _ in 0..20 {
        all.insert(add(&store, Task::ClearDocument(DocumentId::new())).await);
    }
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while let Some(job) = claim(&store).await {
                    mine.push(job.id);
                }
                mine
            })
        })
        .collect();
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.unwrap());
    }
    assert_eq!(taken.len(), 20);
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), all);
}
