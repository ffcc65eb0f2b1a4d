//! The rows of people, token families and socket tickets.

use async_trait::async_trait;

use super::model::{Family, Identity, NewUser, PasswordHash, TenantRole, Ticket, User};
use crate::error::Result;
use crate::ids::{FamilyId, TenantId, UserId};
use crate::page::Page;
use crate::time::Timestamp;

/// Deleted accounts are not found by anything here; their rows stay, so that a name never passes to another person.
#[async_trait]
pub trait AccountRows {
    async fn count_users(&mut self) -> Result<u64>;
    /// Fails with `Conflict::UsernameTaken` or `EmailTaken`.
    async fn insert_user(
        &mut self,
        id: UserId,
        tenant: TenantId,
        new: &NewUser,
        role: TenantRole,
        platform_admin: bool,
        at: Timestamp,
    ) -> Result<()>;
    async fn user(&mut self, id: UserId) -> Result<Option<User>>;
    async fn user_by_name(&mut self, tenant: TenantId, key: &str) -> Result<Option<User>>;
    /// By username or e-mail, compared as `text::name_key` makes them; with the password's hash.
    async fn login(&mut self, key: &str) -> Result<Option<(User, PasswordHash)>>;
    async fn password(&mut self, id: UserId) -> Result<Option<PasswordHash>>;
    /// In the order of ids; the cursor is the last id.
    async fn users(&mut self, tenant: TenantId, page: Page) -> Result<Vec<User>>;
    /// Enabled people whose name begins with this key, by name.
    async fn find_users(&mut self, tenant: TenantId, prefix: &str, limit: u64) -> Result<Vec<User>>;
    async fn set_email(&mut self, id: UserId, email: Option<&crate::text::Email>) -> Result<()>;
    async fn set_password(&mut self, id: UserId, password: &PasswordHash) -> Result<()>;
    async fn set_standing(
        &mut self,
        id: UserId,
        role: TenantRole,
        platform_admin: bool,
        disabled: bool,
    ) -> Result<()>;
    async fn delete_user(&mut self, id: UserId, at: Timestamp) -> Result<()>;
    /// Enabled people who administer this tenant (platform administrators among its people count), and the platform.
    async fn count_admins(&mut self, tenant: TenantId) -> Result<(u64, u64)>;

    async fn identity(&mut self, family: FamilyId) -> Result<Option<Identity>>;
    async fn insert_family(&mut self, family: &Family) -> Result<()>;
    async fn rotate_family(
        &mut self,
        id: FamilyId,
        generation: i64,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()>;
    async fn end_family(&mut self, id: FamilyId, at: Timestamp) -> Result<()>;
    async fn end_families(&mut self, user: UserId, except: Option<FamilyId>, at: Timestamp) -> Result<()>;

    async fn insert_ticket(&mut self, ticket: &Ticket) -> Result<()>;
    async fn has_ticket(&mut self, hash: &[u8]) -> Result<bool>;
    /// Takes the ticket out, so that nobody else can use it.
    async fn take_ticket(&mut self, hash: &[u8]) -> Result<Option<Ticket>>;
}
