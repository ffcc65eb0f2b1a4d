//! `/admin/tasks` and `/admin/audit`: what is being done in the background, and what was done by whom.

use std::sync::Arc;

use domain::task::BackgroundTask;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::Tag;
use super::answer::{Admin, Outcome, Reply};
use super::moment::Moment;
use super::page::encode;
use super::request::{Signed, page};
use super::sharing::AuditList;
use super::view;
use crate::app::App;

pub struct TasksApi {
    pub app: Arc<App>,
}

/// A piece of background work.
#[derive(Object)]
struct TaskView {
    /// The `task_id` of task updates, or the id that the answer's message will have.
    task_id: Uuid,
    /// `read_document`, `clear_document` or `write_answer`.
    kind: String,
    /// `queued` or `processing`.
    status: String,
    bot_id: Uuid,
    bot_name: String,
    document_id: Option<Uuid>,
    /// Who uploaded the document, or asked. Null once the document is gone.
    user_id: Option<Uuid>,
    username: Option<String>,
    /// The node that is at it.
    node: Option<Uuid>,
    /// Of the reading of a document: `extracting`, `storing` or `indexing`.
    stage: Option<String>,
    /// 0 to 1, of the reading of a document.
    progress: Option<f64>,
    /// How often it was begun; null for answers.
    attempts: Option<i64>,
    created_at: Moment,
    /// Not before this moment, if it was put off.
    due_at: Option<Moment>,
}

impl From<BackgroundTask> for TaskView {
    fn from(task: BackgroundTask) -> Self {
        let status = if task.node.is_some() {
            "processing"
        } else {
            "queued"
        };
        let (user_id, username) = task.person.map(|(id, name)| (id.0, name)).unzip();
        Self {
            task_id: task.id,
            kind: task.kind.as_str().into(),
            status: status.into(),
            bot_id: task.bot_id.0,
            bot_name: task.bot_name,
            document_id: task.document_id.map(|id| id.0),
            user_id,
            username,
            node: task.node.map(|id| id.0),
            stage: task.stage.map(|stage| stage.as_str().into()),
            progress: task.progress,
            attempts: task.attempts,
            created_at: Moment(task.created_at),
            due_at: task.due_at.map(Moment),
        }
    }
}

#[derive(Object)]
struct TaskList {
    items: Vec<TaskView>,
    next_cursor: Option<String>,
}

#[OpenApi(tag = "Tag::Administration")]
impl TasksApi {
    /// What is being done in the background
    ///
    /// Newest first: documents that are read, text and files that are taken away, answers that are written (not those in private
    /// sessions of others). What has ended is not here.
    #[oai(path = "/admin/tasks", method = "get", operation_id = "adminListTasks")]
    async fn tasks(
        &self,
        caller: Signed,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<TaskList>, Admin> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.tasks.list(&caller.0, page).await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(TaskList {
            items: paged.items.into_iter().map(TaskView::from).collect(),
            next_cursor,
        }))
    }

    /// Who did what in the tenant
    ///
    /// Newest first, without texts, and without what happened in private sessions of others.
    #[oai(path = "/admin/audit", method = "get", operation_id = "adminAudit")]
    async fn audit(
        &self,
        caller: Signed,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<AuditList>, Admin> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.accounts.audit(&caller.0, page).await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(AuditList {
            items: paged.items.into_iter().map(view::AuditRow::from).collect(),
            next_cursor,
        }))
    }
}
