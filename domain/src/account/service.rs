//! One's own account, and finding others. Registration and log-in are in `login`, the administration of people in `admin`.

use std::sync::Arc;
use std::time::Duration;

use super::identify::{begin_as, identify};
use super::login::end_credentials;
use super::model::{PasswordHash, Ticket, User};
use crate::access::{Role, as_system, end_role};
use crate::caller::{Caller, Credential};
use crate::chat::Session;
use crate::error::{Conflict, Lacking, Result, Unauthenticated};
use crate::events::{EndReason, Fact, Loss, Mark, record, redact_session};
use crate::ids::UserId;
use crate::store::{Store, Tx, again};
use crate::text::{Email, name_key};

#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// How long a log-in lasts after its last refresh.
    pub refresh: Duration,
    /// How long the token before the present one is answered with the same pair.
    pub grace: Duration,
    pub ticket: Duration,
}

pub struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) lifetimes: Lifetimes,
}

impl Accounts {
    pub fn new(store: Arc<dyn Store>, lifetimes: Lifetimes) -> Self {
        Self { store, lifetimes }
    }

    /// The only way to a `Caller`.
    pub async fn identify(&self, credential: Credential) -> Result<Caller> {
        let mut tx = self.store.glance().await?;
        identify(tx.as_mut(), credential).await
    }

    pub async fn me(&self, caller: &Caller) -> Result<User> {
        self.store
            .glance()
            .await?
            .user(caller.user_id)
            .await?
            .ok_or(Unauthenticated::Rejected.into())
    }

    pub async fn set_email(&self, caller: &Caller, email: Option<Email>) -> Result<User> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            tx.set_email(caller.user_id, email.as_ref()).await?;
            let user = tx.user(caller.user_id).await?.ok_or(Unauthenticated::Rejected)?;
            tx.commit().await?;
            Ok(user)
        })
        .await
    }

    /// The hash to verify the caller's present password with.
    pub async fn password_of(&self, caller: &Caller) -> Result<PasswordHash> {
        self.store
            .glance()
            .await?
            .password(caller.user_id)
            .await?
            .ok_or(Unauthenticated::Rejected.into())
    }

    /// Sets a new password and ends every other log-in. `verified` must still be the hash of the present one.
    pub async fn set_password(
        &self,
        caller: &Caller,
        verified: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<Mark> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            still(tx.as_mut(), caller.user_id, verified).await?;
            tx.set_password(caller.user_id, new).await?;
            let loss = Loss::AllBut(Some(caller.credential.family));
            let mark = end_credentials(tx.as_mut(), caller.user_id, loss).await?;
            tx.commit().await?;
            Ok(mark)
        })
        .await
    }

    /// Ends the account: roles are left, private sessions go, the name stays taken so that nobody else can become this person.
    pub async fn delete(&self, caller: &Caller, verified: &PasswordHash) -> Result<Mark> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            still(tx.as_mut(), caller.user_id, verified).await?;
            let me = tx.user(caller.user_id).await?.ok_or(Unauthenticated::Rejected)?;
            super::admin::keep_an_admin(tx.as_mut(), &me, false, false).await?;
            for session in tx.private_sessions(caller.user_id).await? {
                end_private_session(tx.as_mut(), caller, session).await?;
            }
            for bot in tx.bots_of(caller.user_id).await? {
                leave_for_good(tx.as_mut(), caller, bot).await?;
            }
            let mark = end_credentials(tx.as_mut(), caller.user_id, Loss::All).await?;
            let at = tx.now();
            tx.delete_user(caller.user_id, at).await?;
            crate::audit::note(
                tx.as_mut(),
                caller.tenant_id,
                &caller.actor(),
                "user.deleted",
                caller.user_id.to_string(),
            )
            .await?;
            tx.commit().await?;
            Ok(mark)
        })
        .await
    }

    /// Stores a ticket that opens one socket for this credential.
    pub async fn issue_ticket(&self, caller: &Caller, hash: Vec<u8>) -> Result<()> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let expires_at = tx.now().plus(self.lifetimes.ticket);
            let Credential {
                user_id,
                family,
                expires_at: token_expires_at,
            } = caller.credential;
            tx.insert_ticket(&Ticket {
                hash: hash.clone(),
                user_id,
                family,
                token_expires_at,
                expires_at,
            })
            .await?;
            tx.commit().await
        })
        .await
    }

    /// Uses a ticket up. What it stands for must still be identified.
    pub async fn redeem_ticket(&self, hash: &[u8]) -> Result<Credential> {
        again(|| async {
            // Anybody can send anything for a ticket: the one writer is not disturbed for it.
            if !self.store.glance().await?.has_ticket(hash).await? {
                return Err(Unauthenticated::Rejected.into());
            }
            let mut tx = self.store.begin().await?;
            let now = tx.now();
            let ticket = tx.take_ticket(hash).await?.ok_or(Unauthenticated::Rejected)?;
            tx.commit().await?;
            if ticket.expires_at <= now {
                return Err(Unauthenticated::Rejected.into());
            }
            Ok(Credential {
                user_id: ticket.user_id,
                family: ticket.family,
                expires_at: ticket.token_expires_at,
            })
        })
        .await
    }

    /// People of the caller's tenant whose name begins so, to share with.
    pub async fn find(&self, caller: &Caller, prefix: &str, limit: u32) -> Result<Vec<User>> {
        let mut tx = self.store.glance().await?;
        tx.find_users(caller.tenant_id, &name_key(prefix.trim()), u64::from(limit))
            .await
    }
}

/// The password was verified outside of the transaction: it must not have changed since.
async fn still(tx: &mut dyn Tx, user: UserId, verified: &PasswordHash) -> Result<()> {
    let present = tx.password(user).await?;
    if present.is_some_and(|present| present.0 == verified.0) {
        Ok(())
    } else {
        Err(Lacking::Password.into())
    }
}

async fn leave_for_good(tx: &mut dyn Tx, caller: &Caller, bot: crate::ids::BotId) -> Result<()> {
    let Some(access) = as_system(tx, bot).await? else {
        return Ok(());
    };
    let Some(permission) = tx.permission(&access, caller.user_id).await? else {
        return Ok(());
    };
    if permission.role == Role::Owner && tx.owners(&access).await?.len() < 2 {
        return Err(Conflict::LastOwner.into());
    }
    end_role(tx, &access, &caller.actor(), permission, Some(EndReason::Left)).await
}

async fn end_private_session(tx: &mut dyn Tx, caller: &Caller, session: Session) -> Result<()> {
    let Some(access) = as_system(tx, session.bot_id).await? else {
        return Ok(());
    };
    redact_session(tx, &access, &session).await?;
    tx.delete_session(&access, session.id).await?;
    let fact = Fact::SessionDeleted {
        session_id: session.id,
        private_to: session.private_to(),
    };
    record(tx, &access, &caller.actor(), fact, &[]).await?;
    Ok(())
}
