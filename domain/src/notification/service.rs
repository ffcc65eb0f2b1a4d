//! One's own inbox, and the administrators' broadcast.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::derive::Draft;
use super::model::{Notification, NotificationType};
use crate::account::begin_as;
use crate::audit::note;
use crate::caller::Caller;
use crate::error::{Lacking, Result, Subject};
use crate::events::{Fact, record_for};
use crate::ids::{BotId, NotificationId, TenantId, UserId};
use crate::page::{Page, Paged};
use crate::store::{Store, Tx, again};
use crate::text::{Content, Name};

/// People told per transaction of a broadcast: the writer stays free for others in between.
const BROADCAST_BATCH: u64 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BroadcastLevel {
    Info,
    Warning,
}

pub struct Inbox {
    store: Arc<dyn Store>,
}

/// Brings a notification into one person's inbox and stream.
pub(crate) async fn notify(tx: &mut dyn Tx, user: UserId, draft: Draft) -> Result<()> {
    // A role can outlive an account by the moment in which it is removed; nobody reads that inbox any more.
    if tx.user(user).await?.is_none() {
        return Ok(());
    }
    let notification = Notification {
        id: NotificationId::new(),
        kind: draft.kind,
        title: draft.title,
        message: draft.message,
        bot_id: draft.bot_id,
        action: draft.action,
        details: draft.details,
        created_at: tx.now(),
        read_at: None,
    };
    tx.insert_notification(user, &notification).await?;
    record_for(tx, user, Fact::Notified(notification)).await?;
    Ok(())
}

impl Inbox {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Items about bots that the caller may no longer see keep their type and the bot's id alone.
    pub async fn list(&self, caller: &Caller, unread_only: bool, page: Page) -> Result<Paged<Notification>> {
        let mut tx = self.store.read().await?;
        let rows = tx.notifications(caller.user_id, unread_only, page).await?;
        let mut paged = page.cut(rows, |item| item.id.0.as_u128());
        let items = std::mem::take(&mut paged.items);
        paged.items = veil(tx.as_mut(), caller.user_id, items).await?;
        Ok(paged)
    }

    /// The bots among these that the person may see, for veiling what is replayed.
    pub async fn visible(&self, user: UserId, bots: &[BotId]) -> Result<HashSet<BotId>> {
        self.store.glance().await?.visible_bots(user, bots).await
    }

    pub async fn unread(&self, caller: &Caller) -> Result<i64> {
        self.store.glance().await?.count_unread(caller.user_id).await
    }

    pub async fn read(&self, caller: &Caller, id: NotificationId) -> Result<Notification> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let mut item = tx
                .notification(caller.user_id, id)
                .await?
                .ok_or(Subject::Notification)?;
            if item.read_at.is_none() {
                let at = tx.now();
                tx.mark_read(caller.user_id, id, at).await?;
                item.read_at = Some(at);
                tell_read(tx.as_mut(), caller.user_id, Some(id), false).await?;
            }
            let mut items = veil(tx.as_mut(), caller.user_id, vec![item]).await?;
            tx.commit().await?;
            items.pop().ok_or(Subject::Notification.into())
        })
        .await
    }

    /// Returns how many are unread afterwards: none.
    pub async fn read_all(&self, caller: &Caller) -> Result<i64> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let unread = tx.count_unread(caller.user_id).await?;
            if unread > 0 {
                let at = tx.now();
                tx.mark_all_read(caller.user_id, at).await?;
                tell_read(tx.as_mut(), caller.user_id, None, false).await?;
            }
            tx.commit().await?;
            Ok(0)
        })
        .await
    }

    pub async fn dismiss(&self, caller: &Caller, id: NotificationId) -> Result<()> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            tx.notification(caller.user_id, id)
                .await?
                .ok_or(Subject::Notification)?;
            tx.delete_notification(caller.user_id, id).await?;
            tell_read(tx.as_mut(), caller.user_id, Some(id), true).await?;
            tx.commit().await
        })
        .await
    }

    /// Tells everybody of the caller's tenant, or (`everywhere`, platform administrators alone) of the installation.
    /// Returns how many people were told.
    pub async fn broadcast(
        &self,
        caller: &Caller,
        title: Option<Name>,
        message: Content,
        level: BroadcastLevel,
        everywhere: bool,
    ) -> Result<u64> {
        caller.require_admin()?;
        if everywhere && !caller.platform_admin {
            return Err(Lacking::PlatformAdmin.into());
        }
        let tenant = (!everywhere).then_some(caller.tenant_id);
        let level = match level {
            BroadcastLevel::Info => "info",
            BroadcastLevel::Warning => "warning",
        };
        let draft = Draft {
            kind: NotificationType::System,
            title: title.map_or_else(
                || "Message from your administrators".to_owned(),
                Name::into_string,
            ),
            message: message.into_string(),
            bot_id: None,
            action: "broadcast".to_owned(),
            details: json!({ "level": level }),
        };
        let mut told = 0;
        let mut after = None;
        loop {
            let Some((last, count)) = self.broadcast_batch(caller, tenant, after, &draft).await? else {
                return Ok(told);
            };
            told += count;
            after = Some(last);
        }
    }

    async fn broadcast_batch(
        &self,
        caller: &Caller,
        tenant: Option<TenantId>,
        after: Option<UserId>,
        draft: &Draft,
    ) -> Result<Option<(UserId, u64)>> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            caller.require_admin()?;
            if after.is_none() {
                note(
                    tx.as_mut(),
                    caller.tenant_id,
                    &caller.actor(),
                    "broadcast",
                    String::new(),
                )
                .await?;
            }
            let people = tx.people(tenant, after, BROADCAST_BATCH).await?;
            let Some(last) = people.last().copied() else {
                tx.commit().await?;
                return Ok(None);
            };
            let count = people.len() as u64;
            for user in people {
                notify(tx.as_mut(), user, draft.clone()).await?;
            }
            tx.commit().await?;
            Ok(Some((last, count)))
        })
        .await
    }
}

async fn tell_read(
    tx: &mut dyn Tx,
    user: UserId,
    notification_id: Option<NotificationId>,
    dismissed: bool,
) -> Result<()> {
    let unread = tx.count_unread(user).await?;
    record_for(
        tx,
        user,
        Fact::NotificationRead {
            notification_id,
            dismissed,
            unread,
        },
    )
    .await?;
    Ok(())
}

async fn veil(tx: &mut dyn Tx, user: UserId, items: Vec<Notification>) -> Result<Vec<Notification>> {
    let mut bots: Vec<BotId> = items.iter().filter_map(|item| item.bot_id).collect();
    bots.sort();
    bots.dedup();
    let visible = tx.visible_bots(user, &bots).await?;
    let shown = |item: Notification| match item.bot_id {
        Some(bot) if !visible.contains(&bot) => item.veiled(),
        Some(_) | None => item,
    };
    Ok(items.into_iter().map(shown).collect())
}
