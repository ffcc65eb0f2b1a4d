//! Token families and socket tickets. The trait they belong to is implemented in `account.rs`, which calls these.

use domain::Result;
use domain::account::{Family, Identity, Ticket, User};
use domain::ids::{FamilyId, TenantId, UserId};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};

use super::columns::tenant_role;
use super::entity::{ticket, token_family};
use super::error::meaning;
use super::sql;
use super::tx::SqlTx;

const IDENTITY: &str = concat!(
    "SELECT ",
    sql::identity!(),
    " FROM ",
    sql::log_ins!(),
    " WHERE f.id = $1"
);

#[derive(FromQueryResult)]
pub(super) struct IdentityRow {
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

impl IdentityRow {
    pub(super) fn into_domain(self, family: FamilyId) -> Result<Identity> {
        let user_id = UserId(self.user_id);
        let user = User {
            id: user_id,
            tenant_id: TenantId(self.tenant_id),
            username: self.username,
            email: self.email,
            role: tenant_role(&self.role)?,
            platform_admin: self.platform_admin,
            disabled: self.disabled,
            created_at: self.created_at.into(),
        };
        let family = Family {
            id: family,
            user_id,
            generation: self.generation,
            rotated_at: self.rotated_at.into(),
            expires_at: self.expires_at.into(),
            ended_at: self.ended_at.map(Into::into),
        };
        Ok(Identity {
            user,
            tenant_suspended: self.tenant_suspended,
            family,
        })
    }
}

impl SqlTx {
    /// One query, because every request begins with it.
    pub(super) async fn read_identity(&mut self, family: FamilyId) -> Result<Option<Identity>> {
        let row: Option<IdentityRow> = self.one(IDENTITY, [family.0.into()]).await?;
        row.map(|row| row.into_domain(family)).transpose()
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
