//! Jobs. Who holds one is told by its lease, a fresh id with every claim; when leases run out, the transaction's clock tells.

use std::time::Duration;

use async_trait::async_trait;
use domain::document::{Job, JobRows, Task};
use domain::ids::{BotId, DocumentId, JobId, NodeId};
use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;

use super::hold::Hold;
use super::tx::SqlTx;

/// At the time `$1`.
const DUE: &str = "j.run_after <= $1 AND (j.leased_until IS NULL OR j.leased_until <= $1)";

#[derive(FromQueryResult)]
struct NextRow {
    id: Uuid,
    bot_id: Uuid,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

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
        let task = task(&self.task, DocumentId(self.document_id))?;
        Ok(Job {
            id: JobId(self.id),
            bot_id: BotId(self.bot_id),
            task,
            attempts: self.attempts,
            lease: self.lease,
        })
    }
}

pub(super) fn task(name: &str, document: DocumentId) -> Result<Task> {
    [Task::ReadDocument(document), Task::ClearDocument(document)]
        .into_iter()
        .find(|task| task.name() == name)
        .ok_or_else(|| Error::internal(format!("unknown task `{name}` in the database")))
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

    async fn claim_job(&mut self, lease: Duration, node: NodeId) -> Result<Option<Job>> {
        let next = format!(
            "WITH busy AS (
                SELECT d.uploaded_by, COUNT(*) AS held FROM jobs h JOIN documents d ON d.id = h.document_id
                WHERE h.leased_until > $1 GROUP BY d.uploaded_by
             )
             SELECT j.id, j.bot_id FROM jobs j
                LEFT JOIN documents d ON d.id = j.document_id
                LEFT JOIN busy b ON b.uploaded_by = d.uploaded_by
             WHERE {DUE} ORDER BY COALESCE(b.held, 0), j.run_after, j.id LIMIT 1"
        );
        let claim = format!(
            "UPDATE jobs AS j SET attempts = attempts + 1, lease = $2, leased_until = $3, holder = $5 WHERE id = $4 AND {DUE}
             RETURNING id, bot_id, task, document_id, attempts, lease"
        );
        // Who takes the job between the two is a worker of another node: then there is a next one, or none.
        loop {
            let Some(next): Option<NextRow> = self.one(&next, [self.at().into()]).await? else {
                return Ok(None);
            };
            // In the order in which all take them: the bot, then its job.
            self.hold(&[Hold::Bot(BotId(next.bot_id))]).await?;
            let values = [
                self.at().into(),
                Uuid::new_v4().into(),
                self.until(lease).into_inner().into(),
                next.id.into(),
                node.0.into(),
            ];
            let row: Option<JobRow> = self.run_returning(&claim, values).await?;
            if let Some(row) = row {
                return row.into_domain().map(Some);
            }
        }
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
        // Nobody may claim it between this question and the commit.
        self.hold(&[Hold::Bot(job.bot_id)]).await?;
        let sql = "SELECT id FROM jobs WHERE id = $1 AND lease = $2";
        let values = [job.id.0.into(), job.lease.into()];
        Ok(!self.finds_nothing(sql, values).await?)
    }

    async fn release_jobs(&mut self, node: Option<NodeId>) -> Result<u64> {
        let held = "UPDATE jobs SET lease = NULL, leased_until = NULL WHERE lease IS NOT NULL";
        match node {
            Some(node) => {
                self.run(&format!("{held} AND holder = $1"), [node.0.into()])
                    .await
            }
            None => self.run(held, []).await,
        }
    }

    async fn delete_job(&mut self, id: JobId) -> Result<()> {
        self.run("DELETE FROM jobs WHERE id = $1", [id.0.into()]).await?;
        Ok(())
    }

    async fn delete_jobs_of(&mut self, task: Task) -> Result<Option<JobId>> {
        let sql = "DELETE FROM jobs WHERE document_id = $1 AND task = $2 RETURNING id";
        let values = [task.document().0.into(), task.name().into()];
        let row: Option<IdRow> = self.run_returning(sql, values).await?;
        Ok(row.map(|row| JobId(row.id)))
    }
}
