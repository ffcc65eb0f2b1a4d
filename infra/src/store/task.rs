//! Background work of a tenant's bots, out of the two tables that hold it.

use async_trait::async_trait;
use domain::Result;
use domain::document::Task;
use domain::ids::{BotId, DocumentId, NodeId, TenantId, UserId};
use domain::page::Page;
use domain::task::{BackgroundKind, BackgroundTask, TaskRows};
use domain::time::Timestamp;
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{FromQueryResult, Value};

use super::columns::{before_id, stage};
use super::job::task;
use super::tx::SqlTx;

const JOBS: &str = "SELECT j.id, j.task, j.bot_id, b.name AS bot_name, j.document_id, d.uploaded_by AS user_id, u.username, j.holder,
        j.leased_until, d.stage, d.progress, j.attempts, j.created_at, j.run_after
    FROM jobs j JOIN bots b ON b.id = j.bot_id LEFT JOIN documents d ON d.id = j.document_id LEFT JOIN users u ON u.id = d.uploaded_by
    WHERE b.tenant_id = $1 AND j.id < $2 ORDER BY j.id DESC LIMIT $3";

/// `CROSS`: SQLite takes the tables in this order then, by the index that has the answers in theirs.
const ANSWERS: &str = "SELECT a.message_id AS id, a.bot_id, b.name AS bot_name, a.asked_by AS user_id, u.username, a.holder, a.created_at
    FROM answers a CROSS JOIN bots b CROSS JOIN users u
    WHERE b.id = a.bot_id AND u.id = a.asked_by AND b.tenant_id = $1 AND a.message_id < $2
        AND (a.private_to IS NULL OR a.private_to = $4)
    ORDER BY a.message_id DESC LIMIT $3";

#[derive(FromQueryResult)]
struct JobRow {
    id: Uuid,
    task: String,
    bot_id: Uuid,
    bot_name: String,
    document_id: Uuid,
    user_id: Option<Uuid>,
    username: Option<String>,
    holder: Option<Uuid>,
    leased_until: Option<DateTimeUtc>,
    stage: Option<String>,
    progress: Option<f64>,
    attempts: i64,
    created_at: DateTimeUtc,
    run_after: DateTimeUtc,
}

#[derive(FromQueryResult)]
struct AnswerRow {
    id: Uuid,
    bot_id: Uuid,
    bot_name: String,
    user_id: Uuid,
    username: String,
    holder: Option<Uuid>,
    created_at: DateTimeUtc,
}

impl JobRow {
    fn into_domain(self, now: DateTimeUtc) -> Result<BackgroundTask> {
        let document_id = DocumentId(self.document_id);
        let reading = match task(&self.task, document_id)? {
            Task::ReadDocument(_) => true,
            Task::ClearDocument(_) => false,
        };
        // A lease that ran out is nobody's: its holder stays written until somebody else comes.
        let held = self.leased_until.is_some_and(|until| until > now);
        Ok(BackgroundTask {
            id: self.id,
            kind: if reading {
                BackgroundKind::ReadDocument
            } else {
                BackgroundKind::ClearDocument
            },
            bot_id: BotId(self.bot_id),
            bot_name: self.bot_name,
            document_id: Some(document_id),
            person: self.user_id.map(UserId).zip(self.username),
            node: self.holder.filter(|_| held).map(NodeId),
            stage: self.stage.as_deref().map(stage).transpose()?,
            progress: self.progress.filter(|_| reading),
            attempts: Some(self.attempts),
            created_at: self.created_at.into(),
            due_at: (!held && self.run_after > now).then(|| Timestamp::from(self.run_after)),
        })
    }
}

impl AnswerRow {
    fn into_domain(self) -> BackgroundTask {
        BackgroundTask {
            id: self.id,
            kind: BackgroundKind::WriteAnswer,
            bot_id: BotId(self.bot_id),
            bot_name: self.bot_name,
            document_id: None,
            person: Some((UserId(self.user_id), self.username)),
            node: self.holder.map(NodeId),
            stage: None,
            progress: None,
            attempts: None,
            created_at: self.created_at.into(),
            due_at: None,
        }
    }
}

#[async_trait]
impl TaskRows for SqlTx {
    async fn background(
        &mut self,
        tenant: TenantId,
        reader: UserId,
        page: Page,
    ) -> Result<Vec<BackgroundTask>> {
        let common: [Value; 3] = [
            tenant.0.into(),
            before_id(page).into(),
            (page.fetch() as i64).into(),
        ];
        let jobs: Vec<JobRow> = self.all(JOBS, common.clone()).await?;
        let answers: Vec<AnswerRow> = self
            .all(ANSWERS, common.into_iter().chain([reader.0.into()]))
            .await?;
        let now = self.at();
        let jobs = jobs.into_iter().map(|row| row.into_domain(now));
        let mut tasks = jobs.collect::<Result<Vec<_>>>()?;
        tasks.extend(answers.into_iter().map(AnswerRow::into_domain));
        // Each list has as many as a page may need, so the newest of both together are complete.
        tasks.sort_unstable_by_key(|task| std::cmp::Reverse(task.id));
        tasks.truncate(page.fetch() as usize);
        Ok(tasks)
    }
}
