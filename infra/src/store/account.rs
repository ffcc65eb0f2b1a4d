//! People: their rows, and who may log in. Token families and tickets are in `credential.rs`. A deleted account keeps its row,
//! emptied, so that the name never passes to another person; every query here leaves such rows out.

use async_trait::async_trait;
use domain::Result;
use domain::account::{AccountRows, Family, Identity, NewUser, PasswordHash, TenantRole, Ticket, User};
use domain::ids::{FamilyId, TenantId, UserId};
use domain::page::Page;
use domain::text::Email;
use domain::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, UpdateMany,
};

use super::columns::{after_id, like, tenant_role, tenant_role_text};
use super::entity::user::{self, Column};
use super::error::meaning;
use super::hold::Hold;
use super::tx::SqlTx;

fn living() -> Select<user::Entity> {
    user::Entity::find().filter(Column::DeletedAt.is_null())
}

fn change(id: UserId) -> UpdateMany<user::Entity> {
    user::Entity::update_many()
        .filter(Column::Id.eq(id.0))
        .filter(Column::DeletedAt.is_null())
}

pub(super) fn into_domain(row: user::Model) -> Result<User> {
    Ok(User {
        id: UserId(row.id),
        tenant_id: TenantId(row.tenant_id),
        username: row.username,
        email: row.email,
        role: tenant_role(&row.role)?,
        platform_admin: row.platform_admin,
        disabled: row.disabled,
        created_at: row.created_at.into(),
    })
}

impl SqlTx {
    /// Who is named in what is about to be written stays what they are until it is: an account that ends meanwhile would leave
    /// a role to nobody.
    fn staying(&self, found: Select<user::Entity>) -> Select<user::Entity> {
        if self.works() { found.lock_shared() } else { found }
    }
}

#[async_trait]
impl AccountRows for SqlTx {
    async fn count_users(&mut self) -> Result<u64> {
        self.hold(&[Hold::Accounts]).await?;
        living().count(self.db()).await.map_err(meaning)
    }

    async fn insert_user(
        &mut self,
        id: UserId,
        tenant: TenantId,
        new: &NewUser,
        role: TenantRole,
        platform_admin: bool,
        at: Timestamp,
    ) -> Result<()> {
        let row = user::ActiveModel {
            id: Set(id.0),
            tenant_id: Set(tenant.0),
            username: Set(new.username.as_str().to_owned()),
            username_key: Set(new.username.key()),
            email: Set(new.email.as_ref().map(|email| email.as_str().to_owned())),
            email_key: Set(new.email.as_ref().map(Email::key)),
            password_hash: Set(new.password.0.clone()),
            role: Set(tenant_role_text(role).to_owned()),
            platform_admin: Set(platform_admin),
            disabled: Set(false),
            created_at: Set(at.into_inner()),
            deleted_at: Set(None),
        };
        user::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        let found = self.staying(living().filter(Column::Id.eq(id.0)));
        let row = found.one(self.db()).await.map_err(meaning)?;
        row.map(into_domain).transpose()
    }

    async fn user_by_name(&mut self, tenant: TenantId, key: &str) -> Result<Option<User>> {
        let found = living()
            .filter(Column::UsernameKey.eq(key))
            .filter(Column::TenantId.eq(tenant.0));
        self.staying(found)
            .one(self.db())
            .await
            .map_err(meaning)?
            .map(into_domain)
            .transpose()
    }

    async fn login(&mut self, key: &str) -> Result<Option<(User, PasswordHash)>> {
        // No name holds an `@`, so that one key cannot find two people.
        let either = Condition::any()
            .add(Column::UsernameKey.eq(key))
            .add(Column::EmailKey.eq(key));
        let Some(row) = living().filter(either).one(self.db()).await.map_err(meaning)? else {
            return Ok(None);
        };
        let password = PasswordHash(row.password_hash.clone());
        Ok(Some((into_domain(row)?, password)))
    }

    async fn password(&mut self, id: UserId) -> Result<Option<PasswordHash>> {
        self.hold(&[Hold::Account(id)]).await?;
        let row = living()
            .filter(Column::Id.eq(id.0))
            .one(self.db())
            .await
            .map_err(meaning)?;
        Ok(row.map(|row| PasswordHash(row.password_hash)))
    }

    async fn users(&mut self, tenant: TenantId, page: Page) -> Result<Vec<User>> {
        let found = living()
            .filter(Column::TenantId.eq(tenant.0))
            .filter(Column::Id.gt(after_id(page)));
        let rows = found
            .order_by_asc(Column::Id)
            .limit(page.fetch())
            .all(self.db())
            .await
            .map_err(meaning)?;
        rows.into_iter().map(into_domain).collect()
    }

    async fn find_users(&mut self, tenant: TenantId, prefix: &str, limit: u64) -> Result<Vec<User>> {
        let found = living()
            .filter(Column::TenantId.eq(tenant.0))
            .filter(Column::Disabled.eq(false))
            .filter(Expr::col(Column::UsernameKey).like(LikeExpr::new(like("", prefix)).escape('\\')));
        let rows = found
            .order_by_asc(Column::UsernameKey)
            .limit(limit)
            .all(self.db())
            .await
            .map_err(meaning)?;
        rows.into_iter().map(into_domain).collect()
    }

    async fn set_email(&mut self, id: UserId, email: Option<&Email>) -> Result<()> {
        let row = user::ActiveModel {
            email: Set(email.map(|email| email.as_str().to_owned())),
            email_key: Set(email.map(Email::key)),
            ..Default::default()
        };
        change(id).set(row).exec(self.change()).await.map_err(meaning)?;
        Ok(())
    }

    async fn set_password(&mut self, id: UserId, password: &PasswordHash) -> Result<()> {
        let row = user::ActiveModel {
            password_hash: Set(password.0.clone()),
            ..Default::default()
        };
        change(id).set(row).exec(self.change()).await.map_err(meaning)?;
        Ok(())
    }

    async fn set_standing(
        &mut self,
        id: UserId,
        role: TenantRole,
        platform_admin: bool,
        disabled: bool,
    ) -> Result<()> {
        self.hold(&[Hold::Account(id)]).await?;
        let row = user::ActiveModel {
            role: Set(tenant_role_text(role).to_owned()),
            platform_admin: Set(platform_admin),
            disabled: Set(disabled),
            ..Default::default()
        };
        change(id).set(row).exec(self.change()).await.map_err(meaning)?;
        Ok(())
    }

    async fn delete_user(&mut self, id: UserId, at: Timestamp) -> Result<()> {
        // The first two die with the account, the third is read by nobody any more. Roles and private sessions are ended by
        // the use case, with their events.
        for table in ["tickets", "notifications", "idempotency"] {
            self.run(&format!("DELETE FROM {table} WHERE user_id = $1"), [id.0.into()])
                .await?;
        }
        let ended = [at.into_inner().into(), id.0.into()];
        self.run(
            "UPDATE token_families SET ended_at = $1 WHERE user_id = $2 AND ended_at IS NULL",
            ended,
        )
        .await?;
        let ended = [at.into_inner().into(), id.0.into()];
        self.run("UPDATE streams SET ended_at = $1 WHERE id = $2", ended)
            .await?;
        let row = user::ActiveModel {
            email: Set(None),
            email_key: Set(None),
            password_hash: Set(String::new()),
            platform_admin: Set(false),
            role: Set(tenant_role_text(TenantRole::Member).to_owned()),
            disabled: Set(true),
            deleted_at: Set(Some(at.into_inner())),
            ..Default::default()
        };
        change(id).set(row).exec(self.change()).await.map_err(meaning)?;
        Ok(())
    }

    async fn count_admins(&mut self, tenant: TenantId) -> Result<(u64, u64)> {
        self.hold(&[Hold::Tenant(tenant)]).await?;
        let enabled = || living().filter(Column::Disabled.eq(false));
        let of_tenant = enabled().filter(Column::TenantId.eq(tenant.0)).filter(
            Column::Role
                .eq(tenant_role_text(TenantRole::Admin))
                .or(Column::PlatformAdmin.eq(true)),
        );
        let of_platform = enabled().filter(Column::PlatformAdmin.eq(true));
        let of_tenant = of_tenant.count(self.db()).await.map_err(meaning)?;
        Ok((of_tenant, of_platform.count(self.db()).await.map_err(meaning)?))
    }

    async fn identity(&mut self, family: FamilyId) -> Result<Option<Identity>> {
        self.hold(&[Hold::AccountOf(family)]).await?;
        self.read_identity(family).await
    }

    async fn insert_family(&mut self, family: &Family) -> Result<()> {
        self.write_family(family).await
    }

    async fn rotate_family(
        &mut self,
        id: FamilyId,
        generation: i64,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let sql = "UPDATE token_families SET generation = $1, rotated_at = $2, expires_at = $3 WHERE id = $4";
        let values = [
            generation.into(),
            at.into_inner().into(),
            expires_at.into_inner().into(),
            id.0.into(),
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn end_family(&mut self, id: FamilyId, at: Timestamp) -> Result<()> {
        let sql = "UPDATE token_families SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
        self.run(sql, [at.into_inner().into(), id.0.into()]).await?;
        Ok(())
    }

    async fn end_families(&mut self, user: UserId, except: Option<FamilyId>, at: Timestamp) -> Result<()> {
        self.hold(&[Hold::Account(user)]).await?;
        // No family has the nil id.
        let kept = except.map(|id| id.0).unwrap_or_default();
        let sql =
            "UPDATE token_families SET ended_at = $1 WHERE user_id = $2 AND id <> $3 AND ended_at IS NULL";
        self.run(sql, [at.into_inner().into(), user.0.into(), kept.into()])
            .await?;
        Ok(())
    }

    async fn insert_ticket(&mut self, ticket: &Ticket) -> Result<()> {
        self.write_ticket(ticket).await
    }

    async fn has_ticket(&mut self, hash: &[u8]) -> Result<bool> {
        let sql = "SELECT 1 FROM tickets WHERE hash = $1";
        Ok(!self.finds_nothing(sql, [hash.to_vec().into()]).await?)
    }

    async fn take_ticket(&mut self, hash: &[u8]) -> Result<Option<Ticket>> {
        self.remove_ticket(hash).await
    }
}
