//! What tells an installation that went on from one that was copied back.

use tempfile::TempDir;

use super::*;
use crate::store::tests::{file_in, new_stream, store_in};

async fn set_commits(store: &SqlStore, commits: i64) {
    let mut tx = store.begin_write().await.unwrap();
    // The commit itself counts one.
    tx.run("UPDATE installation SET commits = $1", [(commits - 1).into()])
        .await
        .unwrap();
    Box::new(tx).commit().await.unwrap();
}

fn noted(dir: &TempDir) -> Node {
    read(&dir.path().join(FILE)).unwrap().unwrap()
}

#[tokio::test]
async fn without_a_file_the_database_is_taken_as_it_is() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let epoch = state(&store).await.unwrap().epoch;
    let installation = Installation::open(store.clone(), dir.path()).await.unwrap();
    assert_eq!(installation.epoch().0, epoch);
    assert_eq!(noted(&dir).epoch.0, epoch);
    let again = Installation::open(store, dir.path()).await.unwrap();
    assert_eq!(
        (again.epoch().0, again.node_id()),
        (epoch, installation.node_id())
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(dir.path().join(FILE))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
    }
}

#[tokio::test]
async fn a_database_ahead_of_the_file_went_on_and_one_behind_it_was_copied_back() {
    let dir = TempDir::new().unwrap();
    let store = file_in(&dir).await;
    set_commits(&store, 100).await;
    let first = Installation::open(store.clone(), dir.path())
        .await
        .unwrap()
        .epoch();
    set_commits(&store, 150).await;
    assert_eq!(
        Installation::open(store.clone(), dir.path())
            .await
            .unwrap()
            .epoch(),
        first
    );
    assert_eq!(noted(&dir).commits, 150);

    set_commits(&store, 149).await;
    let second = Installation::open(store.clone(), dir.path())
        .await
        .unwrap()
        .epoch();
    assert_ne!(second, first);
    assert_eq!(noted(&dir).epoch, second);
    assert_eq!(state(&store).await.unwrap().epoch, second.0);
    assert_eq!(
        Installation::open(store, dir.path()).await.unwrap().epoch(),
        second,
        "once, not at every start"
    );
}

#[tokio::test]
async fn a_database_of_another_epoch_begins_a_new_one() {
    let dir = TempDir::new().unwrap();
    let store = file_in(&dir).await;
    let first = Installation::open(store.clone(), dir.path())
        .await
        .unwrap()
        .epoch();
    let mut tx = store.begin_write().await.unwrap();
    tx.set_epoch(&Epoch("other".into())).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    let second = Installation::open(store, dir.path()).await.unwrap().epoch();
    assert!(second != first && second.0 != "other", "{second:?}");
}

#[tokio::test]
async fn the_count_is_noted_when_it_changed() {
    let dir = TempDir::new().unwrap();
    let store = file_in(&dir).await;
    let installation = Installation::open(store.clone(), dir.path()).await.unwrap();
    let before = noted(&dir).commits;
    new_stream(&store).await;
    assert_eq!(noted(&dir).commits, before);
    installation.note_commits().await.unwrap();
    assert_eq!(noted(&dir).commits, before + 1);
}

#[tokio::test]
async fn a_new_epoch_is_told_to_those_who_watch() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let installation = Installation::open(store.clone(), dir.path()).await.unwrap();
    let mut watch = installation.watch();
    installation.new_epoch().await.unwrap();
    assert!(watch.has_changed().unwrap());
    assert_eq!(*watch.borrow_and_update(), installation.epoch());

    // Begun by another process.
    let mut tx = store.begin_write().await.unwrap();
    tx.set_epoch(&Epoch("foreign".into())).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    installation.note_commits().await.unwrap();
    assert_eq!(installation.epoch().0, "foreign");
    assert!(watch.has_changed().unwrap());
}

#[tokio::test]
async fn a_file_that_makes_no_sense_is_an_error() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    std::fs::write(dir.path().join(FILE), "{").unwrap();
    assert!(matches!(
        Installation::open(store, dir.path()).await.err(),
        Some(Error::Internal(_))
    ));
}

/// On PostgreSQL alone.
#[tokio::test]
async fn tables_that_were_made_anew_begin_one_epoch_whichever_node_comes_first() {
    if !services::is_postgres() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let nodes = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let mut running = Vec::new();
    for node in &nodes {
        running.push(Installation::open(store.clone(), node.path()).await.unwrap());
    }
    let before = running[0].epoch();
    let mut tx = store.begin_write().await.unwrap();
    // What a restored database looks like.
    tx.run("UPDATE installation SET epoch_tables = epoch_tables - 1", [])
        .await
        .unwrap();
    Box::new(tx).commit().await.unwrap();
    running[0].note_commits().await.unwrap();
    running[1].note_commits().await.unwrap();
    let third = TempDir::new().unwrap();
    let late = Installation::open(store.clone(), third.path()).await.unwrap();
    assert_ne!(running[0].epoch(), before);
    assert_eq!(running[0].epoch(), running[1].epoch());
    assert_eq!(running[0].epoch(), late.epoch());
}

/// On PostgreSQL alone. The tables stay the same when the server's files are put back; the count does not.
#[tokio::test]
async fn a_count_that_was_put_back_begins_one_epoch_for_all_nodes() {
    if !services::is_postgres() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let mut running = Vec::new();
    for folder in &folders {
        let node = Installation::open(store.clone(), folder.path()).await.unwrap();
        node.announce().await.unwrap();
        // Each has seen more than the one before.
        node.note_commits().await.unwrap();
        running.push(node);
    }
    let before = running[0].epoch();
    let mut tx = store.begin_write().await.unwrap();
    tx.run("UPDATE installation SET commits = 0", []).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    let first = Installation::open(store.clone(), folders[0].path())
        .await
        .unwrap();
    assert_ne!(first.epoch(), before);
    let second = Installation::open(store, folders[1].path()).await.unwrap();
    assert_eq!(second.epoch(), first.epoch(), "of a node that starts");
    running[0].note_commits().await.unwrap();
    assert_eq!(running[0].epoch(), first.epoch(), "of a node that goes on");
}

/// On PostgreSQL alone.
#[tokio::test]
async fn nodes_know_whether_they_are_alone() {
    if !services::is_postgres() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let one = Installation::open(store.clone(), folders[0].path())
        .await
        .unwrap();
    one.announce().await.unwrap();
    assert!(one.is_alone().await.unwrap());
    let other = Installation::open(store, folders[1].path()).await.unwrap();
    assert!(!other.is_alone().await.unwrap());
    other.announce().await.unwrap();
    other.announce().await.unwrap();
    assert!(!one.is_alone().await.unwrap());
    let later = async |id: Uuid, seconds: i64| {
        let mut tx = one.store.begin_write().await.unwrap();
        let sql =
            format!("UPDATE nodes SET heard_at = heard_at + INTERVAL '{seconds} seconds' WHERE id = $1");
        tx.run(&sql, [id.into()]).await.unwrap();
        Box::new(tx).commit().await.unwrap();
    };
    // The database was away for a minute: nobody could say anything.
    later(one.node_id(), -60).await;
    later(other.node_id(), -60).await;
    assert!(!one.is_alone().await.unwrap());
    // The other one said nothing while this one did.
    later(one.node_id(), 60).await;
    assert!(one.is_alone().await.unwrap());
    later(other.node_id(), 60).await;
    other.leave().await.unwrap();
    assert!(one.is_alone().await.unwrap());
}

/// On PostgreSQL alone. A server that died has forgotten what nobody was told of: that is no database of an earlier day.
#[tokio::test]
async fn the_sudden_death_of_the_server_begins_no_epoch() {
    if !services::is_postgres() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let mut server = services::Postgres::start();
    let store = crate::store::tests::fresh_at(&server.url("postgres")).await;
    let installation = Installation::open(store.clone(), dir.path()).await.unwrap();
    installation.announce().await.unwrap();
    let epoch = installation.epoch();
    // Transactions that the server counts and writes down nowhere.
    for _ in 0..50 {
        let mut tx = store.begin_write().await.unwrap();
        tx.run("UPDATE installation SET commits = commits", [])
            .await
            .unwrap();
        drop(tx);
    }
    installation.note_commits().await.unwrap();
    server.end("KILL");
    server.resume();
    installation.note_commits().await.unwrap();
    assert_eq!(installation.epoch(), epoch);
    let again = Installation::open(store, dir.path()).await.unwrap();
    assert_eq!(again.epoch(), epoch);
}
