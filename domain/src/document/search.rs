//! Finding passages: the index proposes, the database decides. Every hit is looked up with the asker's rights before it is used,
//! so what was deleted or withdrawn never appears, however far the index lags behind.

use std::collections::HashMap;

use async_trait::async_trait;

use super::model::Passage;
use super::service::Documents;
use crate::access::{Access, Action, authorize};
use crate::caller::Caller;
use crate::error::Result;
use crate::ids::{BotId, DocumentId};
use crate::store::Tx;

/// A piece by its document and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub document_id: DocumentId,
    pub n: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub place: Place,
    pub score: f64,
}

/// The derived index over the pieces of all documents. Like the storage port it is a trait to keep its library out of here.
#[async_trait]
pub trait PassageIndex: Send + Sync {
    /// Pieces of this bot's documents, best first, at most `limit`. Any text is a query; one without words finds nothing.
    async fn find(&self, bot: BotId, query: &str, limit: usize) -> Result<Vec<Hit>>;
    /// Returns when everything that was committed before the call is to be found, and what was dropped is not.
    async fn catch_up(&self) -> Result<()>;
    /// The same for a caller that somebody waits for: after a few seconds it is `Unavailable`, and the rest happens without it.
    async fn catch_up_soon(&self) -> Result<()>;
}

/// How many hits to ask for when so many passages are wanted: a few may be of documents that are gone, or being read anew.
pub(crate) fn with_spare(limit: usize) -> usize {
    limit.saturating_mul(2)
}

impl Documents {
    /// The best passages of one bot's documents.
    pub async fn search(
        &self,
        caller: &Caller,
        bot: BotId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Passage>> {
        {
            let mut tx = self.store.glance().await?;
            authorize(tx.as_mut(), caller, bot, Action::ReadDocuments).await?;
        }
        let hits = self.index.find(bot, query, with_spare(limit)).await?;
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, bot, Action::ReadDocuments).await?;
        look_up(tx.as_mut(), &access, &hits, limit).await
    }
}

/// The first of the hits that still stand, in their order.
pub(crate) async fn look_up(
    tx: &mut dyn Tx,
    access: &Access,
    hits: &[Hit],
    limit: usize,
) -> Result<Vec<Passage>> {
    let places: Vec<_> = hits.iter().map(|hit| hit.place).collect();
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let found = tx.passages(access, &places).await?;
    let mut found: HashMap<Place, Passage> = found
        .into_iter()
        .map(|passage| {
            let place = Place {
                document_id: passage.document_id,
                n: passage.chunk,
            };
            (place, passage)
        })
        .collect();
    let standing = hits.iter().filter_map(|hit| {
        let mut passage = found.remove(&hit.place)?;
        passage.score = hit.score;
        Some(passage)
    });
    Ok(standing.take(limit).collect())
}
