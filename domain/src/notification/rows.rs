//! The rows of people's inboxes. All are scoped by the person whose inbox it is.

use std::collections::HashSet;

use async_trait::async_trait;

use super::model::Notification;
use crate::error::Result;
use crate::ids::{BotId, NotificationId, TenantId, UserId};
use crate::page::Page;
use crate::time::Timestamp;

#[async_trait]
pub trait NotificationRows {
    async fn insert_notification(&mut self, user: UserId, notification: &Notification) -> Result<()>;
    /// Newest first; the cursor is the last one's id.
    async fn notifications(
        &mut self,
        user: UserId,
        unread_only: bool,
        page: Page,
    ) -> Result<Vec<Notification>>;
    async fn notification(&mut self, user: UserId, id: NotificationId) -> Result<Option<Notification>>;
    async fn count_unread(&mut self, user: UserId) -> Result<i64>;
    async fn mark_read(&mut self, user: UserId, id: NotificationId, at: Timestamp) -> Result<()>;
    async fn mark_all_read(&mut self, user: UserId, at: Timestamp) -> Result<()>;
    async fn delete_notification(&mut self, user: UserId, id: NotificationId) -> Result<()>;
    /// Which of these bots this person has a role on.
    async fn visible_bots(&mut self, user: UserId, bots: &[BotId]) -> Result<HashSet<BotId>>;
    /// People to send a broadcast to, in the order of ids, after `after`; `tenant` `None` is everyone.
    async fn people(
        &mut self,
        tenant: Option<TenantId>,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<UserId>>;
}
