//! Documents: their rows, who cites them, and the log that retrieval indexes follow. The pieces of their text are in
//! `chunk.rs`, the bytes outside the database (`blobs.rs`).

use async_trait::async_trait;
use domain::access::Access;
use domain::document::{ChunkDraft, Document, DocumentRows, Passage, Place, Stored};
use domain::error::Subject;
use domain::ids::{BotId, DocumentId, MessageId, UserId};
use domain::page::Page;
use domain::{Conflict, Error, Result};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{FromQueryResult, Value};

use super::columns::{before_id, document_status, kind, marks, padded, stage};
use super::hold::Hold;
use super::rows::Count;
use super::tx::SqlTx;

/// Everything but the bot's own rows is out of reach: `$1` and `$2` are the document and the bot.
const OWN: &str = "SELECT id FROM documents WHERE id = $1 AND bot_id = $2";

#[derive(FromQueryResult)]
struct DocumentRow {
    id: Uuid,
    bot_id: Uuid,
    filename: String,
    kind: String,
    size: i64,
    sha256: String,
    status: String,
    stage: Option<String>,
    progress: f64,
    error: Option<String>,
    chunks: i64,
    text_bytes: i64,
    pages: Option<i64>,
    uploaded_by: Uuid,
    created_at: DateTimeUtc,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct StoredRow {
    files: i64,
    bytes: i64,
}

#[derive(FromQueryResult)]
struct SeqRow {
    seq: i64,
}

impl DocumentRow {
    fn into_domain(self) -> Result<Document> {
        Ok(Document {
            id: DocumentId(self.id),
            bot_id: BotId(self.bot_id),
            filename: self.filename,
            kind: kind(&self.kind)?,
            size: self.size,
            sha256: self.sha256,
            status: document_status(&self.status)?,
            stage: self.stage.as_deref().map(stage).transpose()?,
            progress: self.progress,
            error: self.error,
            chunks: self.chunks,
            text_bytes: self.text_bytes,
            pages: self.pages,
            uploaded_by: UserId(self.uploaded_by),
            created_at: self.created_at.into(),
        })
    }
}

impl SqlTx {
    async fn documents_where(
        &self,
        rest: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Document>> {
        let rows: Vec<DocumentRow> = self
            .all(&format!("SELECT * FROM documents WHERE {rest}"), values)
            .await?;
        rows.into_iter().map(DocumentRow::into_domain).collect()
    }

    /// The next number of the log. The row's lock makes other writers wait until this transaction is over, so that numbers are
    /// committed in their order and without holes.
    async fn next_change(&mut self) -> Result<i64> {
        let sql = "UPDATE installation SET document_seq = document_seq + 1 WHERE id = 1 RETURNING document_seq AS seq";
        let row: Option<SeqRow> = self.run_returning(sql, []).await?;
        row.map(|row| row.seq)
            .ok_or_else(|| Error::internal("the installation's row is missing"))
    }
}

#[async_trait]
impl DocumentRows for SqlTx {
    async fn find_document(&mut self, id: DocumentId) -> Result<Option<Document>> {
        self.hold(&[Hold::BotOfDocument(id)]).await?;
        Ok(self.documents_where("id = $1", [id.0.into()]).await?.pop())
    }

    async fn same_bytes(&mut self, access: &Access, sha256: &str) -> Result<Option<DocumentId>> {
        // The last condition is spelled as in the partial index, or SQLite would not use it.
        let sql = "SELECT id FROM documents
            WHERE bot_id = $1 AND sha256 = $2 AND status NOT IN ('failed', 'cancelled')";
        let values = [access.bot_id().0.into(), sha256.into()];
        let row: Option<IdRow> = self.one(sql, values).await?;
        Ok(row.map(|row| DocumentId(row.id)))
    }

    async fn stored_by(&mut self, user: UserId) -> Result<Stored> {
        // The cast: PostgreSQL's sum of whole numbers is a decimal.
        let sql = "SELECT COUNT(*) AS files,
                CAST(COALESCE(SUM(CASE WHEN text_bytes > size THEN text_bytes ELSE size END), 0) AS bigint) AS bytes
            FROM documents WHERE uploaded_by = $1";
        let row: Option<StoredRow> = self.one(sql, [user.0.into()]).await?;
        Ok(row.map_or_else(Stored::default, |row| Stored {
            files: row.files,
            bytes: row.bytes,
        }))
    }

    async fn insert_document(&mut self, access: &Access, document: &Document) -> Result<()> {
        // Nothing rather than an error: PostgreSQL would let this transaction ask nothing more after one.
        let sql =
            "INSERT INTO documents (id, bot_id, filename, kind, size, sha256, status, stage, progress, error,
                chunks, text_bytes, pages, uploaded_by, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING";
        let values = [
            document.id.0.into(),
            access.bot_id().0.into(),
            document.filename.as_str().into(),
            document.kind.as_str().into(),
            document.size.into(),
            document.sha256.as_str().into(),
            document.status.as_str().into(),
            document.stage.map(|stage| stage.as_str()).into(),
            document.progress.into(),
            document.error.clone().into(),
            document.chunks.into(),
            document.text_bytes.into(),
            document.pages.into(),
            document.uploaded_by.0.into(),
            document.created_at.into_inner().into(),
        ];
        if self.run(sql, values).await? == 1 {
            return Ok(());
        }
        match self.same_bytes(access, &document.sha256).await? {
            Some(same) => Err(Conflict::DocumentExists(same).into()),
            None => Err(Error::internal("a document's id was given twice")),
        }
    }

    async fn update_document(&mut self, access: &Access, document: &Document) -> Result<()> {
        let sql = "UPDATE documents
            SET status = $3, stage = $4, progress = $5, error = $6, chunks = $7, text_bytes = $8, pages = $9
            WHERE id = $1 AND bot_id = $2";
        let values = [
            document.id.0.into(),
            access.bot_id().0.into(),
            document.status.as_str().into(),
            document.stage.map(|stage| stage.as_str()).into(),
            document.progress.into(),
            document.error.clone().into(),
            document.chunks.into(),
            document.text_bytes.into(),
            document.pages.into(),
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn delete_document(&mut self, access: &Access, id: DocumentId) -> Result<i64> {
        let own = || [id.0.into(), access.bot_id().0.into()];
        // In the order of foreign keys.
        self.run(
            &format!("DELETE FROM citations WHERE document_id IN ({OWN})"),
            own(),
        )
        .await?;
        let pieces = "SELECT COUNT(*) AS count FROM chunks WHERE document_id = $1 AND bot_id = $2";
        let pieces: Option<Count> = self.one(pieces, own()).await?;
        self.run("DELETE FROM documents WHERE id = $1 AND bot_id = $2", own())
            .await?;
        Ok(pieces.map_or(0, |pieces| pieces.count))
    }

    async fn documents(&mut self, access: &Access, page: Page) -> Result<Vec<Document>> {
        let rest = "bot_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let values = [
            access.bot_id().0.into(),
            before_id(page).into(),
            (page.fetch() as i64).into(),
        ];
        self.documents_where(rest, values).await
    }

    async fn document_ids(&mut self, access: &Access) -> Result<Vec<DocumentId>> {
        let sql = "SELECT id FROM documents WHERE bot_id = $1 ORDER BY id";
        let rows: Vec<IdRow> = self.all(sql, [access.bot_id().0.into()]).await?;
        Ok(rows.into_iter().map(|row| DocumentId(row.id)).collect())
    }

    async fn insert_chunks(
        &mut self,
        access: &Access,
        id: DocumentId,
        first: i64,
        chunks: &[ChunkDraft],
    ) -> Result<()> {
        // A piece names its bot, and nothing else would keep it from naming another one than its document does.
        if self
            .finds_nothing(OWN, [id.0.into(), access.bot_id().0.into()])
            .await?
        {
            return Err(Subject::Document.into());
        }
        self.write_chunks(access, id, first, chunks).await
    }

    async fn delete_chunks(&mut self, bot: BotId, id: DocumentId, limit: u64) -> Result<u64> {
        self.remove_chunks(bot, id, limit).await
    }

    async fn log_document(&mut self, access: &Access, id: DocumentId, dropped: bool) -> Result<()> {
        let seq = self.next_change().await?;
        let sql = "INSERT INTO document_changes (document_id, bot_id, seq, dropped, at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (document_id) DO UPDATE SET seq = excluded.seq, dropped = excluded.dropped, at = excluded.at";
        let values = [
            id.0.into(),
            access.bot_id().0.into(),
            seq.into(),
            dropped.into(),
            self.at().into(),
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn passages(&mut self, access: &Access, places: &[Place]) -> Result<Vec<Passage>> {
        self.passages_at(access, places).await
    }

    async fn insert_citations(
        &mut self,
        access: &Access,
        message: MessageId,
        documents: &[DocumentId],
    ) -> Result<()> {
        if documents.is_empty() {
            return Ok(());
        }
        let ids = padded(documents.iter().map(|id| id.0));
        let sql = format!(
            "INSERT INTO citations (message_id, document_id)
             SELECT m.id, d.id FROM messages m JOIN documents d ON d.bot_id = m.bot_id
             WHERE m.id = $1 AND m.bot_id = $2 AND d.id IN ({})",
            marks(3, ids.len())
        );
        let values = [message.0.into(), access.bot_id().0.into()];
        self.run(&sql, values.into_iter().chain(ids)).await?;
        Ok(())
    }

    async fn count_citing(&mut self, access: &Access, id: DocumentId, reader: UserId) -> Result<i64> {
        let sql = format!(
            "SELECT COUNT(*) AS count FROM citations c
                JOIN messages m ON m.id = c.message_id
                JOIN sessions s ON s.id = m.session_id
             WHERE c.document_id IN ({OWN}) AND (s.visibility = 'shared' OR s.created_by = $3)"
        );
        let values = [id.0.into(), access.bot_id().0.into(), reader.0.into()];
        let row: Option<Count> = self.one(&sql, values).await?;
        Ok(row.map_or(0, |row| row.count))
    }
}
