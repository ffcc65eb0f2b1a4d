//! What people do with bots. Administration by those without a role is in `admin`, the consistent picture in `snapshot`.

use std::sync::Arc;

use serde_json::json;

use super::model::{Bot, BotChange, BotFilter, BotHead, BotVersion, Configuration, NewBot};
use crate::access::{Access, Action, Permission, Role, authorize};
use crate::account::begin_as;
use crate::audit::AuditEntry;
use crate::caller::Caller;
use crate::document::{Task, clear_texts};
use crate::error::{Error, Result, Subject};
use crate::events::{BotChangeFact, BotFact, Fact, StreamId, record};
use crate::idempotency::{IdempotencyKey, Kept, keep, replay};
use crate::ids::{BotId, DocumentId, JobId, UserId};
use crate::page::{Page, Paged};
use crate::store::{Store, Tx, again};
use crate::text::{Description, Instructions, Name};

pub struct Bots {
    pub(super) store: Arc<dyn Store>,
}

impl Bots {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Anybody may; the creator is the owner.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewBot,
        key: Option<&IdempotencyKey>,
    ) -> Result<Kept<Bot>> {
        let configuration = Configuration {
            name: new.name.into_string(),
            description: new.description.map(Description::into_string).unwrap_or_default(),
            instructions: new
                .instructions
                .map(Instructions::into_string)
                .unwrap_or_default(),
            model: new.model.map(Name::into_string).unwrap_or_default(),
            settings: new.settings.unwrap_or_else(|| json!({})),
        };
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            if let Some(kept) = replay::<Bot>(tx.as_mut(), caller, key).await? {
                // What was made may have been taken away since.
                authorize(tx.as_mut(), caller, kept.value.id, Action::ReadBot).await?;
                tx.commit().await?;
                return Ok(kept);
            }
            let bot = create_bot(tx.as_mut(), caller, &configuration).await?;
            keep(tx.as_mut(), caller, key, &bot, None).await?;
            tx.commit().await?;
            Ok(Kept::fresh(bot))
        })
        .await
    }

    /// Those that the caller has a role on.
    pub async fn list(&self, caller: &Caller, filter: &BotFilter, page: Page) -> Result<Paged<Bot>> {
        let mut tx = self.store.read().await?;
        let rows = tx.bots_for(caller.user_id, filter, page).await?;
        Ok(page.cut(rows, |bot| bot.id.0.as_u128()))
    }

    pub async fn get(&self, caller: &Caller, id: BotId) -> Result<Bot> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, id, Action::ReadBot).await?;
        tx.bot(&access).await
    }

    /// `expected` is the version that the caller saw; another present one is `Stale`. What changes nothing makes no version.
    pub async fn change(
        &self,
        caller: &Caller,
        id: BotId,
        change: BotChange,
        expected: Option<i64>,
    ) -> Result<Bot> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, id, Action::ChangeBot).await?;
            let bot = tx.bot(&access).await?;
            if expected.is_some_and(|expected| expected != bot.version) {
                return Err(Error::Stale(Box::new(bot)));
            }
            let next = bot.configuration.with(change.clone());
            let changed = configure(tx.as_mut(), &access, caller, &bot, next).await?;
            tx.commit().await?;
            Ok(changed)
        })
        .await
    }

    pub async fn versions(&self, caller: &Caller, id: BotId, page: Page) -> Result<Paged<BotVersion>> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, id, Action::ChangeBot).await?;
        let rows = tx.versions(&access, page).await?;
        Ok(page.cut(rows, |version| u128::from(version.version.unsigned_abs())))
    }

    /// Makes the configuration of an earlier version the newest one.
    pub async fn restore(&self, caller: &Caller, id: BotId, version: i64) -> Result<Bot> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, id, Action::ChangeBot).await?;
            let earlier = tx.version(&access, version).await?.ok_or(Subject::BotVersion)?;
            let bot = tx.bot(&access).await?;
            let changed = configure(tx.as_mut(), &access, caller, &bot, earlier.configuration).await?;
            tx.commit().await?;
            Ok(changed)
        })
        .await
    }

    /// The target becomes owner; an owner who calls becomes editor, an administrator gets no role by it.
    pub async fn transfer(&self, caller: &Caller, id: BotId, to: UserId) -> Result<Bot> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, id, Action::TransferBot).await?;
            let target = tx
                .user(to)
                .await?
                .filter(|user| user.tenant_id == caller.tenant_id);
            let target = target.ok_or(Error::UnknownTarget)?;
            let from = if access.has(Role::Owner) {
                Some(caller.user_id)
            } else {
                None
            };
            if from == Some(to) {
                return Err(Error::invalid("user_id", "is the present owner"));
            }
            let at = tx.now();
            let role = |user_id, username: &str, role| Permission {
                user_id,
                username: username.to_owned(),
                role,
                granted_by: Some(caller.user_id),
                granted_at: at,
                expires_at: None,
            };
            tx.put_permission(&access, &role(to, &target.username, Role::Owner))
                .await?;
            if from.is_some() {
                tx.put_permission(&access, &role(caller.user_id, &caller.username, Role::Editor))
                    .await?;
            }
            let change = BotChangeFact::Ownership {
                from,
                to,
                to_username: target.username,
                by: Some(caller.user_id),
                at,
            };
            tell_members(tx.as_mut(), &access, caller, change).await?;
            // Read again: the caller's own role has changed.
            let access = authorize(tx.as_mut(), caller, id, Action::ReadBot).await?;
            let bot = tx.bot(&access).await?;
            tx.commit().await?;
            Ok(bot)
        })
        .await
    }

    /// Who did what, without texts; rows about another's private session are left out.
    pub async fn audit(&self, caller: &Caller, id: BotId, page: Page) -> Result<Paged<AuditEntry>> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, id, Action::ReadAudit).await?;
        let rows = tx.audit_of_bot(&access, caller.user_id, page).await?;
        Ok(page.cut(rows, |entry| entry.id.0.as_u128()))
    }

    /// Its last event is told to everyone; then all is gone but the stream (for a day) and the audit rows.
    pub async fn delete(&self, caller: &Caller, id: BotId) -> Result<()> {
        let documents = again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, id, Action::DeleteBot).await?;
            let change = BotChangeFact::Deleted {
                name: access.bot().name.clone(),
            };
            tell_members(tx.as_mut(), &access, caller, change).await?;
            let at = tx.now();
            let documents = remove_documents(tx.as_mut(), &access).await?;
            tx.delete_bot(&access, at).await?;
            tx.commit().await?;
            Ok(documents)
        })
        .await?;
        // Nobody sees their texts any more; what is not removed here, the jobs remove.
        if let Err(error) = clear_texts(self.store.as_ref(), id, &documents).await {
            tracing::warn!(%error, bot = %id, "the texts of a deleted bot are cleared away later");
        }
        Ok(())
    }
}

/// Their rows go with the bot; texts, bytes and index entries are work for afterwards.
async fn remove_documents(tx: &mut dyn Tx, access: &Access) -> Result<Vec<DocumentId>> {
    let documents = tx.document_ids(access).await?;
    for id in &documents {
        tx.delete_jobs_of(Task::ReadDocument(*id)).await?;
        tx.delete_jobs_of(Task::ClearDocument(*id)).await?;
        tx.log_document(access, *id, true).await?;
        tx.insert_job(JobId::new(), access.bot_id(), Task::ClearDocument(*id))
            .await?;
    }
    Ok(documents)
}

async fn create_bot(tx: &mut dyn Tx, caller: &Caller, configuration: &Configuration) -> Result<Bot> {
    let head = BotHead {
        id: BotId::new(),
        tenant_id: caller.tenant_id,
        name: configuration.name.clone(),
        suspended: false,
    };
    let at = tx.now();
    tx.create_stream(StreamId::Bot(head.id), caller.tenant_id, at)
        .await?;
    let access = Access::creating(head);
    tx.insert_bot(&access, configuration, caller.user_id, at).await?;
    let owner = Permission {
        user_id: caller.user_id,
        username: caller.username.clone(),
        role: Role::Owner,
        granted_by: Some(caller.user_id),
        granted_at: at,
        expires_at: None,
    };
    tx.put_permission(&access, &owner).await?;
    let created = BotChangeFact::Created {
        name: configuration.name.clone(),
        description: configuration.description.clone(),
        version: 1,
    };
    let fact = Fact::BotChanged(BotFact {
        change: created,
        by: Some(caller.user_id),
    });
    record(tx, &access, &caller.actor(), fact, &[]).await?;
    tx.bot(&access).await
}

async fn configure(
    tx: &mut dyn Tx,
    access: &Access,
    caller: &Caller,
    bot: &Bot,
    next: Configuration,
) -> Result<Bot> {
    let changed = next.changed_from(&bot.configuration);
    if changed.is_empty() {
        return Ok(bot.clone());
    }
    let version = bot.version + 1;
    let at = tx.now();
    tx.put_configuration(access, version, &next, caller.user_id, at)
        .await?;
    let change = BotChangeFact::Config {
        name: next.name.clone(),
        description: next.description.clone(),
        version,
        changed,
    };
    let fact = Fact::BotChanged(BotFact {
        change,
        by: Some(caller.user_id),
    });
    record(tx, access, &caller.actor(), fact, &[]).await?;
    tx.bot(access).await
}

/// Records a change of which all members are notified.
async fn tell_members(
    tx: &mut dyn Tx,
    access: &Access,
    caller: &Caller,
    change: BotChangeFact,
) -> Result<()> {
    let members = tx.members(access).await?;
    let fact = Fact::BotChanged(BotFact {
        change,
        by: Some(caller.user_id),
    });
    record(tx, access, &caller.actor(), fact, &members).await?;
    Ok(())
}
