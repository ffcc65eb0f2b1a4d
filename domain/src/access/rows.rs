//! The rows of roles.

use async_trait::async_trait;

use super::authorize::{Access, Standing};
use super::role::Role;
use crate::account::Identity;
use crate::bot::BotHead;
use crate::caller::Credential;
use crate::error::Result;
use crate::ids::{BotId, UserId};
use crate::page::Page;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub user_id: UserId,
    pub username: String,
    pub role: Role,
    pub granted_by: Option<UserId>,
    pub granted_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// Unless said otherwise a role past its end date counts as none, by the database's clock.
#[async_trait]
pub trait AccessRows {
    /// `None` if there is no such bot (or it was deleted).
    async fn standing(&mut self, user: UserId, bot: BotId) -> Result<Option<Standing>>;
    /// Whose credential it is, and their standing on this bot, in one statement. `None`: there is no such log-in.
    async fn identity_on(
        &mut self,
        credential: Credential,
        bot: BotId,
    ) -> Result<Option<(Identity, Option<Standing>)>>;
    async fn bot_head(&mut self, bot: BotId) -> Result<Option<BotHead>>;

    async fn permission(&mut self, access: &Access, user: UserId) -> Result<Option<Permission>>;
    /// In the order of user ids; the cursor is the last user id.
    async fn permissions(&mut self, access: &Access, page: Page) -> Result<Vec<Permission>>;
    async fn count_permissions(&mut self, access: &Access) -> Result<u64>;
    /// Everyone with a role, for telling them of the bot's end or hand-over.
    async fn members(&mut self, access: &Access) -> Result<Vec<UserId>>;
    /// Those of these people (by id, or by name as `text::name_key` makes it) who have a role.
    async fn members_among(
        &mut self,
        access: &Access,
        ids: &[UserId],
        names: &[String],
    ) -> Result<Vec<UserId>>;
    async fn owners(&mut self, access: &Access) -> Result<Vec<Permission>>;
    async fn put_permission(&mut self, access: &Access, permission: &Permission) -> Result<()>;
    async fn delete_permission(&mut self, access: &Access, user: UserId) -> Result<()>;

    /// A role that is past its date and whose end is not recorded yet, of this one person.
    async fn expired_permission(&mut self, access: &Access, user: UserId) -> Result<Option<Permission>>;
    /// Roles past their date whose end is not recorded yet, the earliest first.
    async fn expired(&mut self, limit: u64) -> Result<Vec<(BotId, UserId)>>;
    /// All bots on which this person has a role.
    async fn bots_of(&mut self, user: UserId) -> Result<Vec<BotId>>;
}
