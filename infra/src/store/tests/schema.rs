//! Bringing the schema up to date: what is copied first, and what is refused.

use domain::Error;
use domain::events::EventRows;
use tempfile::TempDir;

use super::{by_hand, file_in, new_stream, store_in};
use crate::store::*;

#[tokio::test]
async fn a_fresh_file_is_private_and_not_copied() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("colloquy.db");
    let store = SqlStore::open(StoreOptions::at(&path), Bus::local())
        .await
        .unwrap();
    let first = store.migrate().await.unwrap();
    assert!(first.steps > 0 && first.copy.is_none(), "{first:?}");
    assert_eq!(store.migrate().await.unwrap(), Migrated::default());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[tokio::test]
async fn a_file_with_data_is_copied_before_its_schema_changes() {
    let dir = TempDir::new().unwrap();
    let store = file_in(&dir).await;
    // As if the newest step were still to come.
    for undo in [
        "ALTER TABLE answers DROP COLUMN is_stopped",
        "DELETE FROM seaql_migrations WHERE version = 'm0015_stopped'",
    ] {
        by_hand(&store, undo).await.unwrap();
    }
    let stream = new_stream(&store).await;
    let done = store.migrate().await.unwrap();
    assert_eq!(done.steps, 1);
    let copy = done.copy.unwrap();
    let name = copy.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("colloquy.db.before-m0014_holders-"), "{name}");
    let old = SqlStore::open(StoreOptions::at(copy), Bus::local())
        .await
        .unwrap();
    assert!(
        old.begin_read()
            .await
            .unwrap()
            .stream_state(stream)
            .await
            .unwrap()
            .is_some(),
        "the copy holds the data"
    );
    assert!(
        by_hand(&old, "UPDATE answers SET is_stopped = false")
            .await
            .is_err(),
        "and the old schema"
    );
    by_hand(&store, "UPDATE answers SET is_stopped = false")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)";
    by_hand(&store, newer).await.unwrap();
    let Err(Error::Internal(why)) = store.migrate().await else {
        panic!("a newer schema was accepted")
    };
    assert!(why.to_string().contains("newer version"), "{why}");
    assert!(why.to_string().contains("m9999_future"), "{why}");
    let files = std::fs::read_dir(dir.path())
        .unwrap()
        .filter_map(|file| file.ok()?.file_name().into_string().ok());
    assert!(files.into_iter().all(|name| !name.contains(".before-")));
}
