//! Sharing: who has which role, until when. A role that ends, however it ends, is a numbered event of the bot's stream.

use std::sync::Arc;

use super::authorize::{Access, as_system, authorize};
use super::policy::Action;
use super::role::Role;
use super::rows::Permission;
use crate::account::{User, begin_as};
use crate::caller::{Actor, Caller};
use crate::error::{Conflict, Error, Result, Subject};
use crate::events::{EndReason, Fact, PermissionAction, PermissionFact, record};
use crate::ids::{BotId, UserId};
use crate::page::{Page, Paged};
use crate::store::{Store, Tx, again};
use crate::text::name_key;
use crate::time::Timestamp;

/// How many ended roles one transaction of the timer records.
const EXPIRY_BATCH: u64 = 50;

#[derive(Debug, Clone)]
pub enum Target {
    Id(UserId),
    Name(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Keep,
    Never,
    At(Timestamp),
}

#[derive(Debug, Clone)]
pub struct Granted {
    pub permission: Permission,
    /// False: the person had a role before.
    pub created: bool,
}

pub struct Sharing {
    store: Arc<dyn Store>,
}

impl Sharing {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    pub async fn list(&self, caller: &Caller, bot: BotId, page: Page) -> Result<Paged<Permission>> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, bot, Action::ListCollaborators).await?;
        let rows = tx.permissions(&access, page).await?;
        Ok(page.cut(rows, |permission| permission.user_id.0.as_u128()))
    }

    pub async fn grant(
        &self,
        caller: &Caller,
        bot: BotId,
        target: &Target,
        role: Role,
        expiry: Expiry,
    ) -> Result<Granted> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, bot, Action::Share).await?;
            let user = target_user(tx.as_mut(), caller, target).await?;
            let granted = put_role(tx.as_mut(), &access, caller, &user, role, expiry, true).await?;
            tx.commit().await?;
            Ok(granted)
        })
        .await
    }

    /// `NotFound` for a person without a role.
    pub async fn change(
        &self,
        caller: &Caller,
        bot: BotId,
        target: UserId,
        role: Role,
        expiry: Expiry,
    ) -> Result<Permission> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, bot, Action::Share).await?;
            let user = tx
                .user(target)
                .await?
                .filter(|user| user.tenant_id == caller.tenant_id);
            let user = user.ok_or(Subject::Permission)?;
            let granted = put_role(tx.as_mut(), &access, caller, &user, role, expiry, false).await?;
            tx.commit().await?;
            Ok(granted.permission)
        })
        .await
    }

    /// Takes a role away; one's own is given up without the right to share.
    pub async fn revoke(&self, caller: &Caller, bot: BotId, target: UserId) -> Result<()> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let leaving = target == caller.user_id;
            let action = if leaving { Action::Leave } else { Action::Share };
            let access = authorize(tx.as_mut(), caller, bot, action).await?;
            let permission = tx.permission(&access, target).await?.ok_or(Subject::Permission)?;
            keep_an_owner(tx.as_mut(), &access, &permission).await?;
            let reason = leaving.then_some(EndReason::Left);
            end_role(tx.as_mut(), &access, &caller.actor(), permission, reason).await?;
            tx.commit().await
        })
        .await
    }

    /// Records the end of roles whose date has passed; returns how many. The timer calls it until nothing is left.
    pub async fn end_expired(&self) -> Result<usize> {
        again(|| async {
            let due = self.store.glance().await?.expired(EXPIRY_BATCH).await?;
            if due.is_empty() {
                return Ok(0);
            }
            let mut tx = self.store.begin().await?;
            let mut ended = 0;
            for (bot, user) in due {
                let Some(access) = as_system(tx.as_mut(), bot).await? else {
                    continue;
                };
                ended += usize::from(end_if_expired(tx.as_mut(), &access, user).await?);
            }
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }
}

async fn target_user(tx: &mut dyn Tx, caller: &Caller, target: &Target) -> Result<User> {
    let user = match target {
        Target::Id(id) => tx.user(*id).await?,
        Target::Name(name) => tx.user_by_name(caller.tenant_id, &name_key(name)).await?,
    };
    user.filter(|user| user.tenant_id == caller.tenant_id)
        .ok_or(Error::UnknownTarget)
}

async fn put_role(
    tx: &mut dyn Tx,
    access: &Access,
    caller: &Caller,
    user: &User,
    role: Role,
    expiry: Expiry,
    may_create: bool,
) -> Result<Granted> {
    end_if_expired(tx, access, user.id).await?;
    let before = tx.permission(access, user.id).await?;
    if before.is_none() && !may_create {
        return Err(Subject::Permission.into());
    }
    if let Some(before) = before.as_ref().filter(|_| role != Role::Owner) {
        keep_an_owner(tx, access, before).await?;
    }
    let expires_at = match expiry {
        _ if role == Role::Owner => None, // a bot must not lose its owners by the clock
        Expiry::Keep => before.as_ref().and_then(|before| before.expires_at),
        Expiry::Never => None,
        Expiry::At(at) => Some(at),
    };
    if let Some(before) = before
        .as_ref()
        .filter(|before| before.role == role && before.expires_at == expires_at)
    {
        return Ok(Granted {
            permission: before.clone(),
            created: false,
        });
    }
    let permission = Permission {
        user_id: user.id,
        username: user.username.clone(),
        role,
        granted_by: Some(caller.user_id),
        granted_at: tx.now(),
        expires_at,
    };
    tx.put_permission(access, &permission).await?;
    let created = before.is_none();
    let action = if created {
        PermissionAction::Granted
    } else {
        PermissionAction::Updated
    };
    let fact = permission_fact(&permission, action, Some(caller.user_id), None);
    record(tx, access, &caller.actor(), fact, &[]).await?;
    Ok(Granted { permission, created })
}

fn permission_fact(
    permission: &Permission,
    action: PermissionAction,
    by: Option<UserId>,
    reason: Option<EndReason>,
) -> Fact {
    Fact::PermissionChanged(PermissionFact {
        target: permission.user_id,
        username: permission.username.clone(),
        action,
        role: permission.role,
        by,
        reason,
        granted_at: permission.granted_at,
        expires_at: permission.expires_at,
    })
}

async fn keep_an_owner(tx: &mut dyn Tx, access: &Access, losing: &Permission) -> Result<()> {
    if losing.role == Role::Owner && tx.owners(access).await?.len() < 2 {
        return Err(Conflict::LastOwner.into());
    }
    Ok(())
}

/// Removes a role and records its end. Whether it may end is the caller's business.
pub(crate) async fn end_role(
    tx: &mut dyn Tx,
    access: &Access,
    actor: &Actor,
    permission: Permission,
    reason: Option<EndReason>,
) -> Result<()> {
    tx.delete_permission(access, permission.user_id).await?;
    let fact = permission_fact(&permission, PermissionAction::Revoked, actor.user_id, reason);
    record(tx, access, actor, fact, &[]).await?;
    Ok(())
}

/// Records the end of a role that is past its date, before anything that follows from it.
pub(crate) async fn end_if_expired(tx: &mut dyn Tx, access: &Access, user: UserId) -> Result<bool> {
    let Some(permission) = tx.expired_permission(access, user).await? else {
        return Ok(false);
    };
    end_role(tx, access, &Actor::system(), permission, Some(EndReason::Expired)).await?;
    Ok(true)
}
