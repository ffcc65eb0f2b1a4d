//! Roles on bots. Expiry is compared with the transaction's clock in every query, so that a role past its date counts nowhere,
//! whether or not its end is recorded yet.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::access::{Access, AccessRows, Permission, Standing};
use domain::account::Identity;
use domain::bot::BotHead;
use domain::ids::{BotId, TenantId, UserId};
use domain::page::Page;
use domain::{Credential, Result};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Value};

use super::columns::{after_id, marks, padded, role};
use super::entity::permission;
use super::error::meaning;
use super::hold::Hold;
use super::rows::Count;
use super::tx::SqlTx;

/// A message can mention more people than a query takes parameters.
const IN_ONE_QUERY: usize = 5_000;

/// A role with the name of the person who holds it.
const PERMISSION: &str =
    "SELECT p.bot_id, p.user_id, u.username, p.role, p.granted_by, p.granted_at, p.expires_at
    FROM permissions p JOIN users u ON u.id = p.user_id";

#[derive(FromQueryResult)]
struct HeadRow {
    id: Uuid,
    tenant_id: Uuid,
    name: String,
    suspended: bool,
}

#[derive(FromQueryResult)]
pub(super) struct StandingRow {
    #[sea_orm(nested)]
    bot: HeadRow,
    role: Option<String>,
}

#[derive(FromQueryResult)]
struct PermissionRow {
    user_id: Uuid,
    username: String,
    role: String,
    granted_by: Option<Uuid>,
    granted_at: DateTimeUtc,
    expires_at: Option<DateTimeUtc>,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    bot_id: Uuid,
    user_id: Uuid,
}

impl HeadRow {
    fn into_domain(self) -> BotHead {
        BotHead {
            id: BotId(self.id),
            tenant_id: TenantId(self.tenant_id),
            name: self.name,
            suspended: self.suspended,
        }
    }
}

impl StandingRow {
    pub(super) fn into_domain(self, user_id: UserId) -> Result<Standing> {
        Ok(Standing {
            user_id,
            bot: self.bot.into_domain(),
            role: self.role.as_deref().map(role).transpose()?,
        })
    }
}

impl PermissionRow {
    fn into_domain(self) -> Result<Permission> {
        Ok(Permission {
            user_id: UserId(self.user_id),
            role: role(&self.role)?,
            username: self.username,
            granted_by: self.granted_by.map(UserId),
            granted_at: self.granted_at.into(),
            expires_at: self.expires_at.map(Into::into),
        })
    }
}

impl SqlTx {
    async fn permissions_where(
        &self,
        rest: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Permission>> {
        let rows: Vec<PermissionRow> = self.all(&format!("{PERMISSION} {rest}"), values).await?;
        rows.into_iter().map(PermissionRow::into_domain).collect()
    }

    async fn members_where(&self, access: &Access, column: &str, values: Vec<Value>) -> Result<Vec<UserId>> {
        let sql = format!(
            "SELECT p.bot_id, p.user_id FROM permissions p JOIN users u ON u.id = p.user_id
             WHERE p.bot_id = $1 AND (p.expires_at IS NULL OR p.expires_at > $2) AND {column} IN ({})",
            marks(3, values.len())
        );
        let values = [access.bot_id().0.into(), self.at().into()]
            .into_iter()
            .chain(values);
        let rows: Vec<PlaceRow> = self.all(&sql, values).await?;
        Ok(rows.into_iter().map(|row| UserId(row.user_id)).collect())
    }
}

#[async_trait]
impl AccessRows for SqlTx {
    async fn standing(&mut self, user: UserId, bot: BotId) -> Result<Option<Standing>> {
        self.hold(&[Hold::Bot(bot)]).await?;
        // One query, because every request begins with it.
        let sql = "SELECT b.id, b.tenant_id, b.name, b.suspended, p.role FROM bots b
            LEFT JOIN permissions p
                ON p.bot_id = b.id AND p.user_id = $1 AND (p.expires_at IS NULL OR p.expires_at > $2)
            WHERE b.id = $3 AND b.deleted_at IS NULL";
        let row: Option<StandingRow> = self
            .one(sql, [user.0.into(), self.at().into(), bot.0.into()])
            .await?;
        row.map(|row| row.into_domain(user)).transpose()
    }

    async fn identity_on(
        &mut self,
        credential: Credential,
        bot: BotId,
    ) -> Result<Option<(Identity, Option<Standing>)>> {
        self.hold(&[Hold::Account(credential.user_id), Hold::Bot(bot)])
            .await?;
        self.identity_and_standing(credential, bot).await
    }

    async fn bot_head(&mut self, bot: BotId) -> Result<Option<BotHead>> {
        self.hold(&[Hold::Bot(bot)]).await?;
        let sql = "SELECT id, tenant_id, name, suspended FROM bots WHERE id = $1 AND deleted_at IS NULL";
        let row: Option<HeadRow> = self.one(sql, [bot.0.into()]).await?;
        Ok(row.map(HeadRow::into_domain))
    }

    async fn permission(&mut self, access: &Access, user: UserId) -> Result<Option<Permission>> {
        let rest = "WHERE p.bot_id = $1 AND p.user_id = $2 AND (p.expires_at IS NULL OR p.expires_at > $3)";
        let values = [access.bot_id().0.into(), user.0.into(), self.at().into()];
        Ok(self.permissions_where(rest, values).await?.pop())
    }

    async fn permissions(&mut self, access: &Access, page: Page) -> Result<Vec<Permission>> {
        let rest = "WHERE p.bot_id = $1 AND p.user_id > $2 AND (p.expires_at IS NULL OR p.expires_at > $3)
            ORDER BY p.user_id LIMIT $4";
        let values = [
            access.bot_id().0.into(),
            after_id(page).into(),
            self.at().into(),
            (page.fetch() as i64).into(),
        ];
        self.permissions_where(rest, values).await
    }

    async fn count_permissions(&mut self, access: &Access) -> Result<u64> {
        let sql = "SELECT COUNT(*) AS count FROM permissions
            WHERE bot_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
        let count: Option<Count> = self
            .one(sql, [access.bot_id().0.into(), self.at().into()])
            .await?;
        Ok(count.map_or(0, Count::get))
    }

    async fn members(&mut self, access: &Access) -> Result<Vec<UserId>> {
        let sql = "SELECT p.bot_id, p.user_id FROM permissions p
            JOIN users u ON u.id = p.user_id AND u.deleted_at IS NULL
            WHERE p.bot_id = $1 AND (p.expires_at IS NULL OR p.expires_at > $2) ORDER BY p.user_id";
        let rows: Vec<PlaceRow> = self
            .all(sql, [access.bot_id().0.into(), self.at().into()])
            .await?;
        Ok(rows.into_iter().map(|row| UserId(row.user_id)).collect())
    }

    async fn members_among(
        &mut self,
        access: &Access,
        ids: &[UserId],
        names: &[String],
    ) -> Result<Vec<UserId>> {
        let mut found = BTreeSet::new();
        for ids in ids.chunks(IN_ONE_QUERY) {
            let ids = padded(ids.iter().map(|id| id.0));
            found.extend(self.members_where(access, "p.user_id", ids).await?);
        }
        for names in names.chunks(IN_ONE_QUERY) {
            let names = names.iter().map(|name| Value::from(name.as_str())).collect();
            found.extend(self.members_where(access, "u.username_key", names).await?);
        }
        Ok(found.into_iter().collect())
    }

    async fn owners(&mut self, access: &Access) -> Result<Vec<Permission>> {
        let rest = "WHERE p.bot_id = $1 AND p.role = 'owner' AND (p.expires_at IS NULL OR p.expires_at > $2)
            ORDER BY p.user_id";
        self.permissions_where(rest, [access.bot_id().0.into(), self.at().into()])
            .await
    }

    async fn put_permission(&mut self, access: &Access, permission: &Permission) -> Result<()> {
        use permission::Column;
        let row = permission::ActiveModel {
            bot_id: Set(access.bot_id().0),
            user_id: Set(permission.user_id.0),
            role: Set(permission.role.as_str().to_owned()),
            granted_by: Set(permission.granted_by.map(|id| id.0)),
            granted_at: Set(permission.granted_at.into_inner()),
            expires_at: Set(permission.expires_at.map(|at| at.into_inner())),
        };
        let replace = OnConflict::columns([Column::BotId, Column::UserId])
            .update_columns([
                Column::Role,
                Column::GrantedBy,
                Column::GrantedAt,
                Column::ExpiresAt,
            ])
            .to_owned();
        permission::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn delete_permission(&mut self, access: &Access, user: UserId) -> Result<()> {
        permission::Entity::delete_many()
            .filter(permission::Column::BotId.eq(access.bot_id().0))
            .filter(permission::Column::UserId.eq(user.0))
            .exec(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn expired_permission(&mut self, access: &Access, user: UserId) -> Result<Option<Permission>> {
        let rest = "WHERE p.bot_id = $1 AND p.user_id = $2 AND p.expires_at <= $3";
        let values = [access.bot_id().0.into(), user.0.into(), self.at().into()];
        Ok(self.permissions_where(rest, values).await?.pop())
    }

    async fn expired(&mut self, limit: u64) -> Result<Vec<(BotId, UserId)>> {
        let sql =
            "SELECT bot_id, user_id FROM permissions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2";
        let rows: Vec<PlaceRow> = self.all(sql, [self.at().into(), (limit as i64).into()]).await?;
        Ok(rows
            .into_iter()
            .map(|row| (BotId(row.bot_id), UserId(row.user_id)))
            .collect())
    }

    async fn bots_of(&mut self, user: UserId) -> Result<Vec<BotId>> {
        let sql = "SELECT bot_id, user_id FROM permissions
            WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY bot_id";
        let rows: Vec<PlaceRow> = self.all(sql, [user.0.into(), self.at().into()]).await?;
        Ok(rows.into_iter().map(|row| BotId(row.bot_id)).collect())
    }
}
