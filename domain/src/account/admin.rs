//! Running people: by a tenant's administrators over REST, and by the operator at the command line.

use super::identify::begin_as;
use super::login::{create_user, end_credentials};
use super::model::{NewUser, PasswordHash, TenantRole, User};
use super::service::Accounts;
use crate::audit::{AuditEntry, note};
use crate::caller::{Actor, Caller};
use crate::error::{Conflict, Lacking, Result, Subject};
use crate::events::{Loss, Mark};
use crate::ids::UserId;
use crate::page::{Page, Paged};
use crate::store::{Tx, again};
use crate::text::name_key;

#[derive(Debug, Clone, Copy, Default)]
pub struct UserChange {
    pub role: Option<TenantRole>,
    pub disabled: Option<bool>,
}

impl Accounts {
    pub async fn list(&self, caller: &Caller, page: Page) -> Result<Paged<User>> {
        caller.require_admin()?;
        let mut tx = self.store.read().await?;
        let rows = tx.users(caller.tenant_id, page).await?;
        Ok(page.cut(rows, |user| user.id.0.as_u128()))
    }

    /// Who did what in the tenant; rows about another's private session are left out.
    pub async fn audit(&self, caller: &Caller, page: Page) -> Result<Paged<AuditEntry>> {
        caller.require_admin()?;
        let mut tx = self.store.read().await?;
        let rows = tx.audit_of_tenant(caller.tenant_id, caller.user_id, page).await?;
        Ok(page.cut(rows, |entry| entry.id.0.as_u128()))
    }

    /// Disabling ends all of the person's log-ins; the mark is to be delivered before the answer.
    pub async fn change(
        &self,
        caller: &Caller,
        id: UserId,
        change: UserChange,
    ) -> Result<(User, Option<Mark>)> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            caller.require_admin()?;
            let user = tx
                .user(id)
                .await?
                .filter(|user| user.tenant_id == caller.tenant_id);
            let mut user = user.ok_or(Subject::User)?;
            if user.platform_admin && !caller.platform_admin {
                return Err(Lacking::PlatformAdmin.into());
            }
            let role = change.role.unwrap_or(user.role);
            let disabled = change.disabled.unwrap_or(user.disabled);
            if role == user.role && disabled == user.disabled {
                tx.commit().await?;
                return Ok((user, None));
            }
            keep_an_admin(
                tx.as_mut(),
                &user,
                !disabled && role == TenantRole::Admin,
                !disabled,
            )
            .await?;
            tx.set_standing(id, role, user.platform_admin, disabled).await?;
            let mark = if disabled && !user.disabled {
                note(
                    tx.as_mut(),
                    user.tenant_id,
                    &caller.actor(),
                    "user.disabled",
                    id.to_string(),
                )
                .await?;
                Some(end_credentials(tx.as_mut(), id, Loss::All).await?)
            } else {
                note(
                    tx.as_mut(),
                    user.tenant_id,
                    &caller.actor(),
                    "user.changed",
                    id.to_string(),
                )
                .await?;
                None
            };
            tx.commit().await?;
            user.role = role;
            user.disabled = disabled;
            Ok((user, mark))
        })
        .await
    }

    /// For the operator: an account without the rules of registration.
    pub async fn create_by_operator(&self, new: &NewUser, admin: bool) -> Result<User> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let first = tx.count_users().await? == 0;
            let role = if admin || first {
                TenantRole::Admin
            } else {
                TenantRole::Member
            };
            let user = create_user(tx.as_mut(), new, role, admin || first).await?;
            note(
                tx.as_mut(),
                user.tenant_id,
                &Actor::system(),
                "user.created",
                user.id.to_string(),
            )
            .await?;
            tx.commit().await?;
            Ok(user)
        })
        .await
    }

    /// For the operator: a new password, and the end of all log-ins.
    pub async fn set_password_by_operator(&self, name: &str, new: &PasswordHash) -> Result<User> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let user = by_name(tx.as_mut(), name).await?;
            tx.set_password(user.id, new).await?;
            end_credentials(tx.as_mut(), user.id, Loss::All).await?;
            note(
                tx.as_mut(),
                user.tenant_id,
                &Actor::system(),
                "user.password_set",
                user.id.to_string(),
            )
            .await?;
            tx.commit().await?;
            Ok(user)
        })
        .await
    }

    /// For the operator: makes a person administrator of the platform and of their tenant.
    pub async fn promote_by_operator(&self, name: &str) -> Result<User> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let user = by_name(tx.as_mut(), name).await?;
            tx.set_standing(user.id, TenantRole::Admin, true, false).await?;
            note(
                tx.as_mut(),
                user.tenant_id,
                &Actor::system(),
                "user.promoted",
                user.id.to_string(),
            )
            .await?;
            tx.commit().await?;
            Ok(User {
                role: TenantRole::Admin,
                platform_admin: true,
                disabled: false,
                ..user
            })
        })
        .await
    }
}

async fn by_name(tx: &mut dyn Tx, name: &str) -> Result<User> {
    let tenant = tx.default_tenant().await?;
    tx.user_by_name(tenant, &name_key(name))
        .await?
        .ok_or(Subject::User.into())
}

/// The last enabled administrator of the platform, and of a tenant, stays. `stays_*`: what the person will be afterwards.
pub(super) async fn keep_an_admin(
    tx: &mut dyn Tx,
    user: &User,
    stays_tenant_admin: bool,
    stays_enabled: bool,
) -> Result<()> {
    if user.disabled {
        return Ok(());
    }
    let (tenant_admins, platform_admins) = tx.count_admins(user.tenant_id).await?;
    let losing_platform = user.platform_admin && !stays_enabled;
    // A platform administrator runs their own tenant too, whatever their role in it.
    let administers = user.role == TenantRole::Admin || user.platform_admin;
    let losing_tenant = administers && !stays_tenant_admin && !(user.platform_admin && stays_enabled);
    if losing_platform && platform_admins < 2 || losing_tenant && tenant_admins < 2 {
        return Err(Conflict::LastAdmin.into());
    }
    Ok(())
}
