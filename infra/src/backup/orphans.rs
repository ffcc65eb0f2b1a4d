//! Rows whose parents are gone, and documents that no search can find. Some of this the database keeps from happening; a damaged
//! file, or a hand in the tables, does not ask it.

use domain::Result;
use domain::document::Task;
use domain::ids::DocumentId;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::check::Findings;
use crate::store::whole::{all, one};

/// A column, and the table and column it refers to. Where it is NULL it refers to nothing.
const REFERENCES: [(&str, &str, &str, &str); 25] = [
    ("users", "tenant_id", "tenants", "id"),
    ("bots", "tenant_id", "tenants", "id"),
    ("bot_versions", "bot_id", "bots", "id"),
    ("permissions", "bot_id", "bots", "id"),
    ("permissions", "user_id", "users", "id"),
    ("providers", "bot_id", "bots", "id"),
    ("sessions", "bot_id", "bots", "id"),
    ("sessions", "created_by", "users", "id"),
    ("messages", "session_id", "sessions", "id"),
    ("messages", "bot_id", "bots", "id"),
    ("read_markers", "session_id", "sessions", "id"),
    ("read_markers", "user_id", "users", "id"),
    ("read_markers", "message_id", "messages", "id"),
    ("streams", "tenant_id", "tenants", "id"),
    ("events", "stream_id", "streams", "id"),
    ("notifications", "user_id", "users", "id"),
    ("idempotency", "user_id", "users", "id"),
    ("documents", "bot_id", "bots", "id"),
    ("documents", "uploaded_by", "users", "id"),
    ("citations", "message_id", "messages", "id"),
    ("citations", "document_id", "documents", "id"),
    ("answers", "session_id", "sessions", "id"),
    ("answers", "asked_by", "users", "id"),
    ("token_families", "user_id", "users", "id"),
    ("tickets", "user_id", "users", "id"),
];

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct CountRow {
    count: i64,
}

pub async fn look(db: &impl ConnectionTrait, findings: &mut Findings) -> Result<()> {
    for (table, column, parent, key) in REFERENCES {
        let orphans = format!(
            "FROM {table} c WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.{key} = c.{column})"
        );
        let CountRow { count } = one(db, &format!("SELECT COUNT(*) AS count {orphans}"), []).await?;
        if count > 0 {
            let example: IdRow = one(db, &format!("SELECT c.{column} AS id {orphans} LIMIT 1"), []).await?;
            let line = format!(
                "{count} rows of {table} name a {column} that is not in {parent}, such as {}",
                example.id
            );
            findings.add("orphans", line);
        }
    }
    passages(db, findings).await?;
    jobs(db, findings).await?;
    unlogged(db, findings).await
}

/// The text of a deleted document goes bit by bit; as long as there is a job for it, it is on its way.
async fn passages(db: &impl ConnectionTrait, findings: &mut Findings) -> Result<()> {
    let clear = Task::ClearDocument(DocumentId(Uuid::nil())).name();
    let sql = "SELECT DISTINCT c.document_id AS id FROM chunks c
        WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = c.document_id)
            AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.document_id = c.document_id AND j.task = $1)
        ORDER BY c.document_id";
    let rows: Vec<IdRow> = all(db, sql, [clear.into()]).await?;
    for IdRow { id } in rows {
        findings.add(
            "orphans",
            format!("there are passages of the document {id}, which is gone"),
        );
    }
    Ok(())
}

async fn jobs(db: &impl ConnectionTrait, findings: &mut Findings) -> Result<()> {
    let read = Task::ReadDocument(DocumentId(Uuid::nil())).name();
    let sql = "SELECT j.document_id AS id FROM jobs j WHERE j.task = $1
        AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = j.document_id) ORDER BY j.document_id";
    let rows: Vec<IdRow> = all(db, sql, [read.into()]).await?;
    for IdRow { id } in rows {
        findings.add(
            "orphans",
            format!("there is a job to read the document {id}, which is gone"),
        );
    }
    Ok(())
}

/// Indexes follow the log: what is not in it is not found.
async fn unlogged(db: &impl ConnectionTrait, findings: &mut Findings) -> Result<()> {
    let sql = "SELECT d.id FROM documents d WHERE d.status = 'processed'
        AND NOT EXISTS (SELECT 1 FROM document_changes c WHERE c.document_id = d.id AND c.dropped = false)
        ORDER BY d.id";
    let rows: Vec<IdRow> = all(db, sql, []).await?;
    for IdRow { id } in rows {
        findings.add(
            "orphans",
            format!("no search finds the document {id}: it is not in the log of documents"),
        );
    }
    Ok(())
}
