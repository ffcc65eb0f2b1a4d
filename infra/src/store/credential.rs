//! Token families and socket tickets. The trait they belong to is implemented in `account.rs`, which calls these.

use domain::Result;
use domain::account::{Family, Identity, Ticket, User};
use domain::ids::{FamilyId, TenantId, UserId};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};

use super::columns::tenant_role;
use super::entity::{ticket, token_family};
use super::error::meaning;
use super::tx::SqlTx;

#[derive(FromQueryResult)]
struct IdentityRow {
    user_id: Uuid,
    tenant_id: Uuid,
    username: String,
    email: Option<String>,
    role: String,
    platform_admin: bool,
    disabled: bool,
    created_at: DateTimeUtc,
    tenant_suspended: bool,
    generation: i64,
    rotated_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    ended_at: Option<DateTimeUtc>,
}

impl SqlTx {
    /// One query, because every request begins with it.
    pub(super) async fn read_identity(&mut self, family: FamilyId) -> Result<Option<Identity>> {
        let sql = "SELECT u.id AS user_id, u.tenant_id, u.username, u.email, u.role, u.platform_admin, u.disabled,
                u.created_at, t.suspended AS tenant_suspended, f.generation, f.rotated_at, f.expires_at, f.ended_at
            FROM token_families f JOIN users u ON u.id = f.user_id JOIN tenants t ON t.id = u.tenant_id
            WHERE f.id = $1 AND u.deleted_at IS NULL";
        let Some(row): Option<IdentityRow> = self.one(sql, [family.0.into()]).await? else {
            return Ok(None);
        };
        let user_id = UserId(row.user_id);
        let user = User {
            id: user_id,
            tenant_id: TenantId(row.tenant_id),
            username: row.username,
            email: row.email,
            role: tenant_role(&row.role)?,
            platform_admin: row.platform_admin,
            disabled: row.disabled,
            created_at: row.created_at.into(),
        };
        let family = Family {
            id: family,
            user_id,
            generation: row.generation,
            rotated_at: row.rotated_at.into(),
            expires_at: row.expires_at.into(),
            ended_at: row.ended_at.map(Into::into),
        };
        Ok(Some(Identity {
            user,
            tenant_suspended: row.tenant_suspended,
            family,
        }))
    }

    pub(super) async fn write_family(&mut self, family: &Family) -> Result<()> {
        let row = token_family::ActiveModel {
            id: Set(family.id.0),
            user_id: Set(family.user_id.0),
            generation: Set(family.generation),
            rotated_at: Set(family.rotated_at.into_inner()),
            expires_at: Set(family.expires_at.into_inner()),
            ended_at: Set(family.ended_at.map(|at| at.into_inner())),
        };
        token_family::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    pub(super) async fn write_ticket(&mut self, ticket: &Ticket) -> Result<()> {
        let row = ticket::ActiveModel {
            hash: Set(ticket.hash.clone()),
            user_id: Set(ticket.user_id.0),
            family_id: Set(ticket.family.0),
            token_expires_at: Set(ticket.token_expires_at.into_inner()),
            expires_at: Set(ticket.expires_at.into_inner()),
        };
        ticket::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    /// Deleting is what reads it, so that of two who come with one ticket one gets it.
    pub(super) async fn remove_ticket(&mut self, hash: &[u8]) -> Result<Option<Ticket>> {
        let taken = ticket::Entity::delete_many()
            .filter(ticket::Column::Hash.eq(hash))
            .exec_with_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(taken.into_iter().next().map(|row| Ticket {
            hash: row.hash,
            user_id: UserId(row.user_id),
            family: FamilyId(row.family_id),
            token_expires_at: row.token_expires_at.into(),
            expires_at: row.expires_at.into(),
        }))
    }
}
