//! The domain's port to retrieval: this node's index over this node's database, and the task that keeps the one at the heels of
//! the other.

use std::time::Duration;

use async_trait::async_trait;
use domain::document::{Hit, PassageIndex, Place};
use domain::ids::BotId;
use domain::{Error, Result};
use tokio::time::{MissedTickBehavior, interval};

use crate::retrieval::Retrieval;
use crate::store::SqlStore;

/// How often the log of documents is looked at: what this node changed itself it follows at once.
const LOOK: Duration = Duration::from_secs(1);

/// How long a request waits for the index: less than its own deadline by far. An index that is built anew takes longer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a search waits for what other nodes have changed.
const BRIEFLY: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Passages {
    retrieval: Retrieval,
    store: SqlStore,
}

impl Passages {
    pub fn new(retrieval: Retrieval, store: SqlStore) -> Self {
        Self { retrieval, store }
    }

    /// Follows the log for ever: other nodes' changes, the end of a retention, and a damaged index, which is built anew.
    pub async fn follow(&self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = self.retrieval.damaged() => {}
            }
            if let Err(error) = self.catch_up().await {
                tracing::debug!(%error, "the retrieval index lags behind; it is tried again");
            }
        }
    }
}

#[async_trait]
impl PassageIndex for Passages {
    async fn find(&self, bot: BotId, query: &str, limit: usize) -> Result<Vec<Hit>> {
        if self.store.is_shared() {
            // What another node has read in is told to be there; so it is found here too.
            let caught_up = soon(BRIEFLY, async {
                self.retrieval.catch_up(&self.store).await.map(|_| ())
            });
            if let Err(error) = caught_up.await {
                tracing::debug!(%error, "a search does not wait for the retrieval index any longer");
            }
        }
        let hits = self.retrieval.search(bot, query, limit).await?;
        let hits = hits.into_iter().map(|hit| Hit {
            place: Place {
                document_id: hit.document_id,
                n: hit.n,
            },
            score: hit.score,
        });
        Ok(hits.collect())
    }

    async fn catch_up(&self) -> Result<()> {
        self.retrieval.catch_up(&self.store).await?;
        // What was deleted leaves the disk too; what is still in use is purged with the next look.
        self.retrieval.purge().await.map(|_| ())
    }

    /// `follow` does what is left.
    async fn catch_up_soon(&self) -> Result<()> {
        soon(PATIENCE, self.catch_up()).await
    }
}

async fn soon(patience: Duration, caught_up: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::time::timeout(patience, caught_up)
        .await
        .unwrap_or(Err(Error::Unavailable { retry_after: LOOK }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_does_not_wait_for_an_index_that_is_built_anew() {
        let late = soon(Duration::ZERO, std::future::pending()).await;
        assert!(matches!(late, Err(Error::Unavailable { .. })), "{late:?}");
        assert!(soon(Duration::ZERO, async { Ok(()) }).await.is_ok());
    }
}
