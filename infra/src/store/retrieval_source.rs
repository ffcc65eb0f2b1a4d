//! What a retrieval index is built from and kept up with: the log of documents, and the pieces of one.

use async_trait::async_trait;
use domain::ids::{BotId, DocumentId};
use domain::{Error, Result};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;

use super::SqlStore;
use crate::retrieval::{Change, IndexedChunk, Source, SourceState};

#[derive(FromQueryResult)]
struct StateRow {
    epoch: String,
    document_seq: i64,
    document_floor: i64,
}

#[derive(FromQueryResult)]
struct ChangeRow {
    seq: i64,
    document_id: Uuid,
    bot_id: Uuid,
    dropped: bool,
    filename: String,
}

#[derive(FromQueryResult)]
struct ChunkRow {
    n: i64,
    heading: String,
    text: String,
}

impl ChangeRow {
    fn into_change(self) -> Change {
        Change {
            seq: self.seq,
            document_id: DocumentId(self.document_id),
            bot_id: BotId(self.bot_id),
            filename: self.filename,
            dropped: self.dropped,
        }
    }
}

fn bound(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[async_trait]
impl Source for SqlStore {
    async fn state(&self) -> Result<SourceState> {
        let tx = self.begin_glance().await?;
        let sql = "SELECT epoch, document_seq, document_floor FROM installation WHERE id = 1";
        let row: Option<StateRow> = tx.one(sql, []).await?;
        let row = row.ok_or_else(|| Error::internal("the installation's row is missing"))?;
        Ok(SourceState {
            epoch: row.epoch,
            head: row.document_seq,
            floor: row.document_floor,
        })
    }

    async fn changes(&self, after: i64, limit: u64) -> Result<Vec<Change>> {
        let tx = self.begin_glance().await?;
        // A document that was cancelled or failed is dropped too, though its row is there.
        let sql = "SELECT c.seq, c.document_id, c.bot_id, c.dropped,
                CASE WHEN c.dropped = true THEN '' ELSE COALESCE(d.filename, '') END AS filename
            FROM document_changes c LEFT JOIN documents d ON d.id = c.document_id
            WHERE c.seq > $1 ORDER BY c.seq LIMIT $2";
        let rows: Vec<ChangeRow> = tx.all(sql, [after.into(), bound(limit).into()]).await?;
        Ok(rows.into_iter().map(ChangeRow::into_change).collect())
    }

    async fn chunks(&self, document: DocumentId, after: i64, limit: u64) -> Result<Vec<IndexedChunk>> {
        let tx = self.begin_read().await?;
        let sql = "SELECT n, heading, text FROM chunks WHERE document_id = $1 AND n > $2 ORDER BY n LIMIT $3";
        let values = [document.0.into(), after.into(), bound(limit).into()];
        let rows: Vec<ChunkRow> = tx.all(sql, values).await?;
        let chunks = rows.into_iter().map(|row| IndexedChunk {
            n: row.n,
            heading: row.heading,
            text: row.text,
        });
        Ok(chunks.collect())
    }
}
