//! A disk that says no in the middle of a group, or at its commit.

use std::process::Command;

use domain::Error;
use domain::events::{Audience, EventRows};
use domain::store::Tx;
use rlimit::Resource;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use super::groups::{commits, one_fact, patient_store, waiting};
use super::{append, draft, new_stream, numbers};
use crate::store::*;

/// Set in the process that has a limit on the size of files.
const CHILD: &str = "COLLOQUY_TEST_FILE_SIZE";

fn is_unavailable<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Unavailable { .. }))
}

/// SQLite ends the whole transaction by itself: nobody of the group may hear of a success.
#[tokio::test]
async fn a_full_disk_in_the_middle_fails_the_group_and_the_next_one_goes_on() {
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let stream = new_stream(&store).await;
    let mut heard = store.bus.subscribe();
    let before = commits(&store).await;
    let first = store.begin_write().await.unwrap();
    let earlier = waiting(&store, one_fact(stream)).await;
    let fills = waiting(&store, async move |mut tx: SqlTx| {
        // One row of a table without constraints: SQLite keeps nothing to undo this statement alone with.
        for sql in ["CREATE TABLE scratch (filling BLOB)", "PRAGMA max_page_count = 1"] {
            tx.change().execute_unprepared(sql).await.unwrap();
        }
        let full = tx.run("INSERT INTO scratch VALUES (zeroblob(1000000))", []).await;
        assert!(is_unavailable(&full));
        // It may try as it likes: nothing it says is heard any more.
        let draft = draft(&tx, Audience::Everyone);
        assert!(is_unavailable(&tx.append(stream, draft).await));
        Box::new(tx).commit().await
    })
    .await;
    let later = waiting(&store, one_fact(stream)).await;
    drop(first);
    assert!(is_unavailable(&earlier.await.unwrap()));
    assert!(is_unavailable(&fills.await.unwrap()));
    assert_eq!(
        later.await.unwrap().unwrap(),
        1,
        "the earlier one's number was given back"
    );
    assert_eq!(numbers(&store, stream).await, [1]);
    assert_eq!(commits(&store).await, before + 1);
    let Some(crate::bus::Notice::Facts(facts, ..)) = heard.recv().await else {
        panic!("expected facts")
    };
    assert_eq!(facts.len(), 1);
}

/// The test below, in a process of its own: the limit holds for all files of a process, and SIGXFSZ would kill it.
#[test]
fn a_commit_that_fails_is_no_success_and_nothing_begins_until_the_file_was_checked() {
    let name = "store::tests::disk::commits_fail_while_files_may_not_grow";
    let run = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn commits_fail_while_files_may_not_grow() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let store = patient_store(&dir).await;
    let stream = new_stream(&store).await;
    append(&store, stream, 1).await;
    let before = commits(&store).await;
    let mut heard = store.bus.subscribe();

    let (_, hard) = Resource::FSIZE.get().unwrap();
    Resource::FSIZE.set(8192, hard).unwrap();
    let first = store.begin_write().await.unwrap();
    let members = [
        waiting(&store, one_fact(stream)).await,
        waiting(&store, one_fact(stream)).await,
    ];
    drop(first);
    for member in members {
        assert!(is_unavailable(&member.await.unwrap()));
    }
    let mut available = store.file().available.clone();
    available.wait_for(|available| !available).await.unwrap();
    assert!(is_unavailable(&store.begin_write().await), "at once");
    assert_eq!(numbers(&store, stream).await, [1], "reading goes on");

    Resource::FSIZE.set(hard, hard).unwrap();
    available.wait_for(|available| *available).await.unwrap();
    append(&store, stream, 1).await;
    assert_eq!(numbers(&store, stream).await, [1, 2]);
    assert_eq!(commits(&store).await, before + 1);
    let Some(crate::bus::Notice::Facts(facts, ..)) = heard.recv().await else {
        panic!("expected facts")
    };
    assert_eq!(facts.iter().map(|fact| fact.seq).collect::<Vec<_>>(), [2]);
}
