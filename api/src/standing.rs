//! Tasks that run as long as the node. One that dies would leave a node that looks well and does not do its work: sockets are open
//! and nothing comes. So its end by a panic is the end of the node, in order; whoever looks after the process starts it again.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

pub type Standing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a task to its end; if that is a panic, `stopping` is cancelled.
pub async fn watched(name: &'static str, stopping: CancellationToken, task: Standing) {
    if AssertUnwindSafe(task).catch_unwind().await.is_err() {
        tracing::error!(task = name, "what must always run has died: this node stops");
        stopping.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_panic_stops_the_node() {
        let stopping = CancellationToken::new();
        watched("short", stopping.clone(), Box::pin(async {})).await;
        assert!(!stopping.is_cancelled());
        watched(
            "broken",
            stopping.clone(),
            Box::pin(async { unreachable!("as it must not be") }),
        )
        .await;
        assert!(stopping.is_cancelled());
    }
}
