//! From a credential to a caller, by what the database says now.

use crate::account::{Identity, TenantRole};
use crate::caller::{Caller, Credential};
use crate::error::{Result, Unauthenticated};
use crate::store::{Store, Tx};
use crate::time::Timestamp;

/// Begins a use case that may write, as the person that the caller still is: between the check of the request and this moment
/// a body had to arrive, and meanwhile they may have been disabled, demoted or logged out.
pub(crate) async fn begin_as(store: &dyn Store, caller: &Caller) -> Result<(Box<dyn Tx>, Caller)> {
    let mut tx = store.begin().await?;
    let caller = identify(tx.as_mut(), caller.credential).await?;
    Ok((tx, caller))
}

pub(crate) async fn identify(tx: &mut dyn Tx, credential: Credential) -> Result<Caller> {
    let found = tx.identity(credential.family).await?;
    recognise(found, credential, tx.now())
}

/// Decides over what was read. Every way in which a credential can be bad is the same error: nothing tells an ended log-in from
/// a forged token.
pub(crate) fn recognise(found: Option<Identity>, credential: Credential, now: Timestamp) -> Result<Caller> {
    let Some(Identity {
        user,
        tenant_suspended,
        family,
    }) = found
    else {
        return Err(Unauthenticated::Rejected.into());
    };
    let good = user.id == credential.user_id
        && !user.disabled
        && !tenant_suspended
        && family.ended_at.is_none()
        && credential.expires_at > now;
    if !good {
        return Err(Unauthenticated::Rejected.into());
    }
    Ok(Caller {
        user_id: user.id,
        username: user.username,
        tenant_id: user.tenant_id,
        tenant_admin: user.role == TenantRole::Admin,
        platform_admin: user.platform_admin,
        credential,
    })
}
