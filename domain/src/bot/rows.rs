//! The rows of bots and their versions.

use async_trait::async_trait;

use super::model::{Bot, BotFilter, BotVersion, Configuration};
use crate::access::Access;
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::page::Page;
use crate::time::Timestamp;

#[async_trait]
pub trait BotRows {
    /// Writes the bot's row and its first version; roles and stream are written by the caller.
    async fn insert_bot(
        &mut self,
        access: &Access,
        configuration: &Configuration,
        by: UserId,
        at: Timestamp,
    ) -> Result<()>;
    /// The bot with its owners and size; `role` comes from `access`.
    async fn bot(&mut self, access: &Access) -> Result<Bot>;
    /// Bots on which `user` has a role, newest first; the cursor is the last bot's id.
    async fn bots_for(&mut self, user: UserId, filter: &BotFilter, page: Page) -> Result<Vec<Bot>>;
    /// All bots of a tenant, newest first, without anybody's role.
    async fn bots_of_tenant(&mut self, tenant: TenantId, page: Page) -> Result<Vec<Bot>>;
    /// Writes the next version; its number is the row's `version`.
    async fn put_configuration(
        &mut self,
        access: &Access,
        version: i64,
        configuration: &Configuration,
        by: UserId,
        at: Timestamp,
    ) -> Result<()>;
    async fn set_suspended(&mut self, access: &Access, suspended: bool, at: Timestamp) -> Result<()>;
    async fn version(&mut self, access: &Access, version: i64) -> Result<Option<BotVersion>>;
    /// Newest first; the cursor is the version's number.
    async fn versions(&mut self, access: &Access, page: Page) -> Result<Vec<BotVersion>>;
    /// Removes everything of the bot but its stream (which outlives it by a day) and its audit rows.
    async fn delete_bot(&mut self, access: &Access, at: Timestamp) -> Result<()>;
}
