//! Who did what, without texts. Rows of their own, because the event log is pruned: append-only, kept 400 days by default.
//! They are written by `events::record` and, for what is no event, by `note`.

use async_trait::async_trait;
use serde_json::Value;

use crate::access::Access;
use crate::caller::Actor;
use crate::error::Result;
use crate::ids::{AuditId, BotId, TenantId, UserId};
use crate::page::Page;
use crate::store::Tx;
use crate::time::Timestamp;

#[derive(Debug, Clone)]
pub struct AuditEntry {
    pub id: AuditId,
    pub tenant_id: TenantId,
    pub bot_id: Option<BotId>,
    pub at: Timestamp,
    pub user_id: Option<UserId>,
    pub username: String,
    pub action: String,
    /// The id of what was acted on.
    pub target: String,
    pub details: Value,
    /// The only person who may see this row: what happens in a private session is nobody else's business.
    pub private_to: Option<UserId>,
}

#[async_trait]
pub trait AuditRows {
    async fn insert_audit(&mut self, entry: &AuditEntry) -> Result<()>;
    /// Of one bot, as `reader` may see it, newest first; the cursor is the last row's id.
    async fn audit_of_bot(&mut self, access: &Access, reader: UserId, page: Page) -> Result<Vec<AuditEntry>>;
    /// Of a whole tenant, its people and all its bots, in the same way.
    async fn audit_of_tenant(
        &mut self,
        tenant: TenantId,
        reader: UserId,
        page: Page,
    ) -> Result<Vec<AuditEntry>>;
}

/// Notes what was done to a person or an installation: log-ins are not noted, losses and rights are.
pub(crate) async fn note(
    tx: &mut dyn Tx,
    tenant: TenantId,
    actor: &Actor,
    action: &str,
    target: String,
) -> Result<()> {
    let entry = AuditEntry {
        id: AuditId::new(),
        tenant_id: tenant,
        bot_id: None,
        at: tx.now(),
        user_id: actor.user_id,
        username: actor.username.clone(),
        action: action.to_owned(),
        target,
        details: Value::Null,
        private_to: None,
    };
    tx.insert_audit(&entry).await
}
