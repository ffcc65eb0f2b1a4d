//! People and their log-ins.

use serde::{Deserialize, Serialize};

use crate::ids::{FamilyId, TenantId, UserId};
use crate::text::{Email, Username};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantRole {
    Member,
    Admin,
}

#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub tenant_id: TenantId,
    pub username: String,
    pub email: Option<String>,
    pub role: TenantRole,
    pub platform_admin: bool,
    pub disabled: bool,
    pub created_at: Timestamp,
}

/// A PHC string, as the password hasher made it.
#[derive(Clone)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[derive(Debug, Clone)]
pub struct NewUser {
    pub username: Username,
    pub email: Option<Email>,
    pub password: PasswordHash,
}

/// The tokens of one log-in. Its refresh tokens are derived from id and generation, so no token is stored.
#[derive(Debug, Clone)]
pub struct Family {
    pub id: FamilyId,
    pub user_id: UserId,
    /// Counts rotations; only the token of this generation (and, for 30 s, of the one before) is good.
    pub generation: i64,
    /// When the present generation began: the access token of that moment is derived from it.
    pub rotated_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// All that a request's check of its credential reads, in one row.
#[derive(Debug, Clone)]
pub struct Identity {
    pub user: User,
    pub tenant_suspended: bool,
    pub family: Family,
}

/// A socket ticket as stored: the hash of the secret, and the credential that made it.
#[derive(Debug, Clone)]
pub struct Ticket {
    pub hash: Vec<u8>,
    pub user_id: UserId,
    pub family: FamilyId,
    /// When the access token that made it ends, and the socket with it.
    pub token_expires_at: Timestamp,
    pub expires_at: Timestamp,
}
