//! Registration, log-in and the life of a token family. Tokens themselves are made outside: a family's id and generation are
//! all they are derived from.

use super::identify::begin_as;
use super::model::{Family, NewUser, PasswordHash, TenantRole, User};
use super::service::Accounts;
use crate::caller::Caller;
use crate::error::{Lacking, Result, Unauthenticated};
use crate::events::{Fact, Loss, Mark, StreamId, record_for};
use crate::ids::{FamilyId, UserId};
use crate::store::{Tx, again};
use crate::text::name_key;

/// What the way in which a registration came allows.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// It may make the very first account: from this machine, or with the set-up code.
    pub first: bool,
    /// It may make any further account.
    pub open: bool,
}

/// A person and the log-in just opened.
#[derive(Debug, Clone)]
pub struct Opened {
    pub user: User,
    pub family: Family,
}

#[derive(Debug, Clone)]
pub enum Refreshed {
    /// The pair of the present generation: a new one, or once more the one of a moment ago.
    Pair(Box<Opened>),
    /// A token was used that had been replaced before: somebody else may hold it, so the whole family has ended.
    Ended(Mark),
}

impl Accounts {
    /// Whether `register` would let somebody in: asked before a password is hashed.
    pub async fn may_register(&self, door: Door) -> Result<()> {
        let mut tx = self.store.read().await?;
        let first = tx.count_users().await? == 0;
        admit(door, first)
    }

    /// The very first account of an installation becomes platform administrator.
    pub async fn register(&self, new: NewUser, door: Door) -> Result<Opened> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let first = tx.count_users().await? == 0;
            admit(door, first)?;
            let role = if first {
                TenantRole::Admin
            } else {
                TenantRole::Member
            };
            let user = create_user(tx.as_mut(), &new, role, first).await?;
            let family = self.insert_family(tx.as_mut(), user.id).await?;
            tx.commit().await?;
            Ok(Opened { user, family })
        })
        .await
    }

    /// The person of that username or e-mail and the password's hash, to be verified outside of any transaction.
    pub async fn login_of(&self, name: &str) -> Result<Option<(User, PasswordHash)>> {
        self.store.glance().await?.login(&name_key(name)).await
    }

    /// Opens a log-in for a person whose password was verified; `verified` must still be the password's hash.
    pub async fn open(&self, user: UserId, verified: &PasswordHash) -> Result<Opened> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            // The password first: from then on nobody changes it, or disables them.
            let unchanged = tx.password(user).await?.is_some_and(|hash| hash.0 == verified.0);
            let found = tx.user(user).await?.filter(|user| !user.disabled);
            let Some(user) = found.filter(|_| unchanged) else {
                return Err(Unauthenticated::WrongCredentials.into());
            };
            let family = self.insert_family(tx.as_mut(), user.id).await?;
            tx.commit().await?;
            Ok(Opened { user, family })
        })
        .await
    }

    /// Exchanges the refresh token of a generation (whose authenticity was checked) for the next one. The token directly
    /// before the present one is answered with the same pair for a short while, because answers get lost; anything older is
    /// reuse, and ends the family.
    pub async fn refresh(&self, family: FamilyId, generation: i64) -> Result<Refreshed> {
        again(|| async {
            let mut tx = self.store.begin().await?;
            let identity = tx
                .identity(family)
                .await?
                .ok_or(Unauthenticated::RefreshRejected)?;
            let now = tx.now();
            let mut family = identity.family;
            let user = identity.user;
            let alive = !user.disabled
                && !identity.tenant_suspended
                && family.ended_at.is_none()
                && family.expires_at > now;
            if !alive || generation > family.generation {
                return Err(Unauthenticated::RefreshRejected.into());
            }
            if generation == family.generation {
                family.generation += 1;
                family.rotated_at = now;
                family.expires_at = now.plus(self.lifetimes.refresh);
                tx.rotate_family(family.id, family.generation, family.rotated_at, family.expires_at)
                    .await?;
                tx.commit().await?;
                return Ok(Refreshed::Pair(Box::new(Opened { user, family })));
            }
            let repeated =
                generation + 1 == family.generation && family.rotated_at.plus(self.lifetimes.grace) > now;
            if repeated {
                tx.commit().await?;
                return Ok(Refreshed::Pair(Box::new(Opened { user, family })));
            }
            let mark = end_credentials(tx.as_mut(), user.id, Loss::Family(family.id)).await?;
            tx.commit().await?;
            Ok(Refreshed::Ended(mark))
        })
        .await
    }

    /// Ends this log-in, or all of this person. The mark is to be delivered before the answer.
    pub async fn logout(&self, caller: &Caller, all: bool) -> Result<Mark> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let loss = if all {
                Loss::All
            } else {
                Loss::Family(caller.credential.family)
            };
            let mark = end_credentials(tx.as_mut(), caller.user_id, loss).await?;
            tx.commit().await?;
            Ok(mark)
        })
        .await
    }

    async fn insert_family(&self, tx: &mut dyn Tx, user_id: UserId) -> Result<Family> {
        let now = tx.now();
        let family = Family {
            id: FamilyId::new(),
            user_id,
            generation: 1,
            rotated_at: now,
            expires_at: now.plus(self.lifetimes.refresh),
            ended_at: None,
        };
        tx.insert_family(&family).await?;
        Ok(family)
    }
}

fn admit(door: Door, first: bool) -> Result<()> {
    match (first, door) {
        (true, Door { first: false, .. }) => Err(Lacking::SetupCode.into()),
        (false, Door { open: false, .. }) => Err(Lacking::RegistrationClosed.into()),
        (true | false, _) => Ok(()),
    }
}

pub(super) async fn create_user(
    tx: &mut dyn Tx,
    new: &NewUser,
    role: TenantRole,
    platform_admin: bool,
) -> Result<User> {
    let tenant_id = tx.default_tenant().await?;
    let (id, at) = (UserId::new(), tx.now());
    tx.insert_user(id, tenant_id, new, role, platform_admin, at)
        .await?;
    tx.create_stream(StreamId::User(id), tenant_id, at).await?;
    Ok(User {
        id,
        tenant_id,
        username: new.username.as_str().to_owned(),
        email: new.email.as_ref().map(|email| email.as_str().to_owned()),
        role,
        platform_admin,
        disabled: false,
        created_at: at,
    })
}

/// Ends what `loss` covers, in the rows and, by a control record, on every open socket.
pub(super) async fn end_credentials(tx: &mut dyn Tx, user: UserId, loss: Loss) -> Result<Mark> {
    let at = tx.now();
    match loss {
        Loss::Family(family) => tx.end_family(family, at).await?,
        Loss::AllBut(kept) => tx.end_families(user, kept, at).await?,
        Loss::All => tx.end_families(user, None, at).await?,
    }
    Ok(record_for(tx, user, Fact::CredentialLost(loss)).await?.mark())
}
