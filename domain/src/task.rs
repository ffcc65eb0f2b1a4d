//! Background work as the administrators of a tenant see it: that it is there, on which bot, for whom, and how it stands; no names of
//! files and no texts. What is to be done about a document is a job (`document::job`), an answer a row of its own (`chat::answer`).

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use crate::caller::Caller;
use crate::document::Stage;
use crate::error::Result;
use crate::ids::{BotId, DocumentId, NodeId, TenantId, UserId};
use crate::page::{Page, Paged};
use crate::store::Store;
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackgroundKind {
    ReadDocument,
    ClearDocument,
    WriteAnswer,
}

impl BackgroundKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadDocument => "read_document",
            Self::ClearDocument => "clear_document",
            Self::WriteAnswer => "write_answer",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct BackgroundTask {
    /// The job's id, or that of the answer's message.
    pub id: Uuid,
    pub kind: BackgroundKind,
    pub bot_id: BotId,
    pub bot_name: String,
    /// What is read or cleared.
    pub document_id: Option<DocumentId>,
    /// Who uploaded the document, or asked; nobody any more once the document is gone.
    pub person: Option<(UserId, String)>,
    /// The node that is at it; `None`: it waits.
    pub node: Option<NodeId>,
    pub stage: Option<Stage>,
    /// 0 to 1, of the reading of a document.
    pub progress: Option<f64>,
    /// How often a job was taken.
    pub attempts: Option<i64>,
    pub created_at: Timestamp,
    /// Not before this moment, if it was put off.
    pub due_at: Option<Timestamp>,
}

#[async_trait]
pub trait TaskRows {
    /// Of the tenant's bots, newest first, without answers in private sessions of others than the reader; the cursor is the last
    /// task's id.
    async fn background(
        &mut self,
        tenant: TenantId,
        reader: UserId,
        page: Page,
    ) -> Result<Vec<BackgroundTask>>;
}

pub struct Tasks {
    store: Arc<dyn Store>,
}

impl Tasks {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    pub async fn list(&self, caller: &Caller, page: Page) -> Result<Paged<BackgroundTask>> {
        caller.require_admin()?;
        let mut tx = self.store.read().await?;
        let tasks = tx.background(caller.tenant_id, caller.user_id, page).await?;
        Ok(page.cut(tasks, |task| task.id.as_u128()))
    }
}
