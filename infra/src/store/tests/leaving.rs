//! Callers who go away in the middle, as the handler of a request does when its client has gone.

use domain::events::EventRows;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tempfile::TempDir;

use super::{append, new_stream, store_in};
use crate::store::*;

/// What each of the connections that read takes for the newest number.
async fn heads(store: &SqlStore, stream: domain::events::StreamId) -> Vec<i64> {
    let look = async || {
        let mut tx = store.begin_glance().await.unwrap();
        tx.stream_state(stream).await.unwrap().unwrap().head
    };
    join_all((0..8).map(|_| look())).await
}

#[tokio::test]
async fn whoever_leaves_while_a_transaction_begins_leaves_no_old_state_to_the_next() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let stream = new_stream(&store).await;
    for n in 1..=10 {
        for _ in 0..4 {
            // Begun, and dropped where it waits for the first time; the same for one who would write.
            drop(store.begin_read().now_or_never());
            drop(store.begin_write().now_or_never());
            // Whatever becomes of them becomes of them meanwhile.
            heads(&store, stream).await;
        }
        append(&store, stream, 1).await;
        assert_eq!(heads(&store, stream).await, [n; 8]);
    }
}
