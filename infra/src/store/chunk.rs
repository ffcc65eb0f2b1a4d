//! The pieces of documents' texts: written in groups, removed some at a time, found by their places. They may outlive their
//! document's row for a while, and are then found by nobody.

use domain::Result;
use domain::access::Access;
use domain::document::{ChunkDraft, Passage, Place};
use domain::ids::{BotId, DocumentId};
use sea_orm::Value;
use sea_orm::prelude::Uuid;
use serde::Deserialize;

use super::columns::marks;
use super::packed::{PackRow, spelled, unpacked};
use super::tx::SqlTx;

/// Rows in one statement: a database takes some ten thousand parameters at the most.
const IN_ONE_QUERY: usize = 500;

/// In the order of the columns.
#[derive(Deserialize)]
struct PackedPassage {
    document_id: Uuid,
    filename: String,
    n: i64,
    page: Option<i64>,
    heading: String,
    text: String,
}

impl PackedPassage {
    fn into_domain(self) -> Passage {
        Passage {
            document_id: DocumentId(self.document_id),
            filename: self.filename,
            chunk: self.n,
            page: self.page,
            heading: self.heading,
            score: 0.0,
            text: self.text,
        }
    }
}

/// `rows` groups of `columns` parameters each, numbered from `first`: `($1, $2), ($3, $4)`.
fn groups(first: usize, columns: usize, rows: usize) -> String {
    let groups: Vec<String> = (0..rows)
        .map(|row| format!("({})", marks(first + row * columns, columns)))
        .collect();
    groups.join(", ")
}

impl SqlTx {
    pub(super) async fn write_chunks(
        &mut self,
        access: &Access,
        id: DocumentId,
        first: i64,
        chunks: &[ChunkDraft],
    ) -> Result<()> {
        let numbered: Vec<_> = (first..).zip(chunks).collect();
        for some in numbered.chunks(IN_ONE_QUERY) {
            let sql = format!(
                "INSERT INTO chunks (document_id, bot_id, n, page, heading, text) VALUES {}",
                groups(1, 6, some.len())
            );
            let values = some.iter().flat_map(|(n, chunk)| -> [Value; 6] {
                [
                    id.0.into(),
                    access.bot_id().0.into(),
                    (*n).into(),
                    chunk.page.map(i64::from).into(),
                    chunk.heading.as_str().into(),
                    chunk.text.as_str().into(),
                ]
            });
            self.run(&sql, values).await?;
        }
        Ok(())
    }

    /// The last ones first.
    pub(super) async fn remove_chunks(&mut self, bot: BotId, id: DocumentId, limit: u64) -> Result<u64> {
        let sql = "DELETE FROM chunks WHERE num IN (
            SELECT num FROM chunks WHERE document_id = $1 AND bot_id = $2 ORDER BY n DESC LIMIT $3)";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.run(sql, [id.0.into(), bot.0.into(), limit.into()]).await
    }

    pub(super) async fn passages_at(&mut self, access: &Access, places: &[Place]) -> Result<Vec<Passage>> {
        let mut found = Vec::with_capacity(places.len());
        for some in places.chunks(IN_ONE_QUERY) {
            // CROSS JOIN fixes the order of the tables in SQLite: it would start from all documents of the bot.
            let sql = format!(
                "WITH places (document_id, n) AS (VALUES {})
                 SELECT CAST(json_group_array(
                    json_array(hex(c.document_id), d.filename, c.n, c.page, c.heading, c.text)) AS text) AS packed
                 FROM places p CROSS JOIN chunks c CROSS JOIN documents d
                 WHERE c.document_id = p.document_id AND c.n = p.n
                    AND d.id = c.document_id AND d.bot_id = $1 AND d.status = 'processed'",
                groups(2, 2, some.len().next_power_of_two())
            );
            // Filled up like `columns::padded`.
            let none = (Uuid::nil(), -1);
            let places = some
                .iter()
                .map(|place| (place.document_id.0, place.n))
                .chain(std::iter::repeat(none))
                .take(some.len().next_power_of_two())
                .flat_map(|(document, n)| -> [Value; 2] { [document.into(), n.into()] });
            let bot = Value::from(access.bot_id().0);
            let sql = spelled(self, &sql);
            let row: Option<PackRow> = self.one(&sql, std::iter::once(bot).chain(places)).await?;
            let packed = row.and_then(|row| row.packed);
            let rows: Vec<PackedPassage> = unpacked(packed.as_deref())?;
            found.extend(rows.into_iter().map(PackedPassage::into_domain));
        }
        Ok(found)
    }
}
