//! Jobs. Who holds one is told by its lease, a fresh id with every claim; when leases run out, the transaction's clock tells.

use std::time::Duration;

use async_trait::async_trait;
use domain::document::{Job, JobRows, Task};
use domain::ids::{BotId, DocumentId, JobId};
use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;

use super::tx::SqlTx;

/// At the time `$1`.
const DUE: &str = "j.run_after <= $1 AND (j.leased_until IS NULL OR j.leased_until <= $1)";

#[derive(FromQueryResult)]
struct JobRow {
    id: Uuid,
    bot_id: Uuid,
    task: String,
    document_id: Uuid,
    attempts: i64,
    lease: Uuid,
}

impl JobRow {
    fn into_domain(self) -> Result<Job> {
        let document = DocumentId(self.document_id);
        let task = [Task::ReadDocument(document), Task::ClearDocument(document)]
            .into_iter()
            .find(|task| task.name() == self.task)
            .ok_or_else(|| Error::internal(format!("unknown task `{}` in the database", self.task)))?;
        Ok(Job {
            id: JobId(self.id),
            bot_id: BotId(self.bot_id),
            task,
            attempts: self.attempts,
            lease: self.lease,
        })
    }
}

#[async_trait]
impl JobRows for SqlTx {
    async fn insert_job(&mut self, id: JobId, bot: BotId, task: Task) -> Result<()> {
        let sql = "INSERT INTO jobs (id, bot_id, task, document_id, attempts, run_after, created_at)
            VALUES ($1, $2, $3, $4, 0, $5, $5)";
        let values = [
            id.0.into(),
            bot.0.into(),
            task.name().into(),
            task.document().0.into(),
            self.at().into(),
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn has_due_job(&mut self) -> Result<bool> {
        let sql = format!("SELECT j.id FROM jobs j WHERE {DUE} LIMIT 1");
        Ok(!self.finds_nothing(&sql, [self.at().into()]).await?)
    }

    async fn claim_job(&mut self, lease: Duration) -> Result<Option<Job>> {
        // On PostgreSQL two workers must not wait for each other's job, but take the next one.
        let locking = self.on_postgres("FOR UPDATE OF j SKIP LOCKED");
        let sql = format!(
            "UPDATE jobs SET attempts = attempts + 1, lease = $2, leased_until = $3 WHERE id = (
                WITH busy AS (
                    SELECT d.uploaded_by, COUNT(*) AS held FROM jobs h JOIN documents d ON d.id = h.document_id
                    WHERE h.leased_until > $1 GROUP BY d.uploaded_by
                )
                SELECT j.id FROM jobs j
                    LEFT JOIN documents d ON d.id = j.document_id
                    LEFT JOIN busy b ON b.uploaded_by = d.uploaded_by
                WHERE {DUE} ORDER BY COALESCE(b.held, 0), j.run_after, j.id LIMIT 1 {locking}
             )
             RETURNING id, bot_id, task, document_id, attempts, lease"
        );
        let values = [
            self.at().into(),
            Uuid::new_v4().into(),
            self.until(lease).into_inner().into(),
        ];
        let row: Option<JobRow> = self.run_returning(&sql, values).await?;
        row.map(JobRow::into_domain).transpose()
    }

    async fn renew_job(&mut self, job: &Job, lease: Duration) -> Result<bool> {
        let sql = "UPDATE jobs SET leased_until = $3 WHERE id = $1 AND lease = $2";
        let values = [
            job.id.0.into(),
            job.lease.into(),
            self.until(lease).into_inner().into(),
        ];
        Ok(self.run(sql, values).await? == 1)
    }

    async fn put_off_job(&mut self, job: &Job, until: Timestamp) -> Result<()> {
        let sql =
            "UPDATE jobs SET lease = NULL, leased_until = NULL, run_after = $3 WHERE id = $1 AND lease = $2";
        let values = [job.id.0.into(), job.lease.into(), until.into_inner().into()];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn give_back_job(&mut self, job: &Job, until: Timestamp) -> Result<()> {
        let sql = "UPDATE jobs SET attempts = attempts - 1, lease = NULL, leased_until = NULL, run_after = $3
            WHERE id = $1 AND lease = $2";
        let values = [job.id.0.into(), job.lease.into(), until.into_inner().into()];
        self.run(sql, values).await?;
        Ok(())
    }

    /// A lease that ran out is held still as long as nobody else claims the job.
    async fn holds_job(&mut self, job: &Job) -> Result<bool> {
        // On PostgreSQL nobody may claim it between this question and the commit.
        let locking = self.on_postgres("FOR UPDATE");
        let sql = format!("SELECT id FROM jobs WHERE id = $1 AND lease = $2 {locking}");
        let values = [job.id.0.into(), job.lease.into()];
        Ok(!self.finds_nothing(&sql, values).await?)
    }

    async fn release_jobs(&mut self) -> Result<u64> {
        let sql = "UPDATE jobs SET lease = NULL, leased_until = NULL WHERE lease IS NOT NULL";
        self.run(sql, []).await
    }

    async fn delete_job(&mut self, id: JobId) -> Result<()> {
        self.run("DELETE FROM jobs WHERE id = $1", [id.0.into()]).await?;
        Ok(())
    }

    async fn delete_jobs_of(&mut self, task: Task) -> Result<()> {
        let sql = "DELETE FROM jobs WHERE document_id = $1 AND task = $2";
        self.run(sql, [task.document().0.into(), task.name().into()])
            .await?;
        Ok(())
    }
}
