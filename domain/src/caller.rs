//! Who acts. A `Caller` is made in one place (`account::Accounts::identify`) from what the database says of a credential's
//! user; from the token itself only user, family and expiry are believed.

use crate::error::{Lacking, Result};
use crate::ids::{FamilyId, TenantId, UserId};
use crate::time::Timestamp;

/// What a token proves by itself, before the database was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    pub user_id: UserId,
    pub family: FamilyId,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub user_id: UserId,
    pub username: String,
    pub tenant_id: TenantId,
    pub tenant_admin: bool,
    pub platform_admin: bool,
    pub credential: Credential,
}

impl Caller {
    /// Administrators run people and bots of their own tenant; a platform administrator is one of `default` (its own tenant).
    pub fn is_admin(&self) -> bool {
        self.tenant_admin || self.platform_admin
    }

    pub fn require_admin(&self) -> Result<()> {
        if self.is_admin() {
            Ok(())
        } else {
            Err(Lacking::TenantAdmin.into())
        }
    }

    pub fn actor(&self) -> Actor {
        Actor {
            user_id: Some(self.user_id),
            username: self.username.clone(),
        }
    }
}

/// Who did something, for events and audit rows: a person, or the server itself (a timer, the operator's command line).
#[derive(Debug, Clone)]
pub struct Actor {
    pub user_id: Option<UserId>,
    pub username: String,
}

impl Actor {
    pub fn system() -> Self {
        Self {
            user_id: None,
            username: "system".into(),
        }
    }
}
