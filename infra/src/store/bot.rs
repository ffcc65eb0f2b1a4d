//! Bots and their versions. Lists are read in a fixed number of queries, however long they are: the bots, then all their
//! owners, then all their sizes.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::Result;
use domain::access::{Access, Role};
use domain::bot::{Bot, BotFilter, BotRows, BotVersion, Configuration, Owner};
use domain::error::Subject;
use domain::ids::{BotId, TenantId, UserId};
use domain::page::Page;
use domain::text::name_key;
use domain::time::Timestamp;
use sea_orm::prelude::{DateTimeUtc, Json, Uuid};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};

use super::columns::{before_id, before_number, like, marks, padded, role};
use super::entity::{bot, bot_version};
use super::error::meaning;
use super::tx::SqlTx;

#[derive(FromQueryResult)]
struct HeldRow {
    #[sea_orm(nested)]
    bot: bot::Model,
    held: Option<String>,
}

#[derive(FromQueryResult)]
struct OwnerRow {
    bot_id: Uuid,
    user_id: Uuid,
    username: String,
}

#[derive(FromQueryResult)]
struct SizeRow {
    bot_id: Uuid,
    bytes: i64,
}

#[derive(FromQueryResult)]
struct VersionRow {
    version: i64,
    name: String,
    description: String,
    instructions: String,
    model: String,
    settings: Json,
    updated_by: Option<Uuid>,
    username: Option<String>,
    created_at: DateTimeUtc,
}

/// Versions with the names of their authors; a version of the server's own has none.
const VERSION: &str =
    "SELECT v.version, v.name, v.description, v.instructions, v.model, v.settings, v.updated_by,
        u.username, v.created_at
    FROM bot_versions v LEFT JOIN users u ON u.id = v.updated_by WHERE v.bot_id = $1";

fn configuration(
    name: String,
    description: String,
    instructions: String,
    model: String,
    settings: Json,
) -> Configuration {
    Configuration {
        name,
        description,
        instructions,
        model,
        settings,
    }
}

impl VersionRow {
    fn into_domain(self) -> BotVersion {
        BotVersion {
            version: self.version,
            configuration: configuration(
                self.name,
                self.description,
                self.instructions,
                self.model,
                self.settings,
            ),
            updated_by: self.updated_by.map(UserId),
            username: self.username.unwrap_or_default(),
            created_at: self.created_at.into(),
        }
    }
}

impl SqlTx {
    /// Adds owners and sizes to bots, in two queries for all of them.
    async fn complete(&mut self, rows: Vec<(bot::Model, Option<Role>)>) -> Result<Vec<Bot>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids = padded(rows.iter().map(|(row, _)| row.id));
        let sql = format!(
            "SELECT p.bot_id, p.user_id, u.username FROM permissions p JOIN users u ON u.id = p.user_id
             WHERE p.role = 'owner' AND (p.expires_at IS NULL OR p.expires_at > $1) AND p.bot_id IN ({})
             ORDER BY p.user_id",
            marks(2, ids.len())
        );
        let found: Vec<OwnerRow> = self
            .all(&sql, std::iter::once(self.at().into()).chain(ids.clone()))
            .await?;
        let mut owners: HashMap<Uuid, Vec<Owner>> = HashMap::new();
        for row in found {
            let owner = Owner {
                user_id: UserId(row.user_id),
                username: row.username,
            };
            owners.entry(row.bot_id).or_default().push(owner);
        }
        // The cast: PostgreSQL's sum of whole numbers is a decimal.
        let sql = format!(
            "SELECT bot_id, CAST(SUM(bytes) AS bigint) AS bytes FROM (
                SELECT bot_id, bytes FROM sessions WHERE bot_id IN ({0})
                UNION ALL SELECT bot_id, size AS bytes FROM documents WHERE bot_id IN ({0})
             ) stored GROUP BY bot_id",
            marks(1, ids.len())
        );
        let found: Vec<SizeRow> = self.all(&sql, ids).await?;
        let sizes: HashMap<Uuid, i64> = found.into_iter().map(|row| (row.bot_id, row.bytes)).collect();
        let bots = rows.into_iter().map(|(row, role)| Bot {
            id: BotId(row.id),
            tenant_id: TenantId(row.tenant_id),
            configuration: configuration(
                row.name,
                row.description,
                row.instructions,
                row.model,
                row.settings,
            ),
            version: row.version,
            suspended: row.suspended,
            role,
            owners: owners.remove(&row.id).unwrap_or_default(),
            size: sizes.get(&row.id).copied().unwrap_or(0),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        });
        Ok(bots.collect())
    }

    async fn insert_version(
        &mut self,
        bot: BotId,
        version: i64,
        configuration: &Configuration,
        by: UserId,
        at: Timestamp,
    ) -> Result<()> {
        let row = bot_version::ActiveModel {
            bot_id: Set(bot.0),
            version: Set(version),
            name: Set(configuration.name.clone()),
            description: Set(configuration.description.clone()),
            instructions: Set(configuration.instructions.clone()),
            model: Set(configuration.model.clone()),
            settings: Set(configuration.settings.clone()),
            updated_by: Set(Some(by.0)),
            created_at: Set(at.into_inner()),
        };
        bot_version::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }

    async fn change_bot(&mut self, access: &Access, change: bot::ActiveModel) -> Result<()> {
        bot::Entity::update_many()
            .set(change)
            .filter(bot::Column::Id.eq(access.bot_id().0))
            .exec(self.change())
            .await
            .map_err(meaning)?;
        Ok(())
    }
}

#[async_trait]
impl BotRows for SqlTx {
    async fn insert_bot(
        &mut self,
        access: &Access,
        configuration: &Configuration,
        by: UserId,
        at: Timestamp,
    ) -> Result<()> {
        let head = access.bot();
        let row = bot::ActiveModel {
            id: Set(head.id.0),
            tenant_id: Set(head.tenant_id.0),
            name: Set(configuration.name.clone()),
            name_key: Set(name_key(&configuration.name)),
            description: Set(configuration.description.clone()),
            instructions: Set(configuration.instructions.clone()),
            model: Set(configuration.model.clone()),
            settings: Set(configuration.settings.clone()),
            version: Set(1),
            suspended: Set(head.suspended),
            created_by: Set(by.0),
            created_at: Set(at.into_inner()),
            updated_at: Set(at.into_inner()),
            deleted_at: Set(None),
        };
        bot::Entity::insert(row)
            .exec_without_returning(self.change())
            .await
            .map_err(meaning)?;
        self.insert_version(head.id, 1, configuration, by, at).await
    }

    async fn bot(&mut self, access: &Access) -> Result<Bot> {
        let found = bot::Entity::find_by_id(access.bot_id().0).filter(bot::Column::DeletedAt.is_null());
        let row = found.one(self.db()).await.map_err(meaning)?.ok_or(Subject::Bot)?;
        self.complete(vec![(row, access.role())])
            .await?
            .pop()
            .ok_or_else(|| Subject::Bot.into())
    }

    async fn bots_for(&mut self, user: UserId, filter: &BotFilter, page: Page) -> Result<Vec<Bot>> {
        // A suspended bot is there for its owners alone, as in `access::authorize`. It has to be said here too: a page that
        // is thinned out after it was read would end lists too early.
        let sql = "SELECT b.*, p.role AS held FROM permissions p JOIN bots b ON b.id = p.bot_id
            WHERE p.user_id = $1 AND (p.expires_at IS NULL OR p.expires_at > $2)
                AND b.deleted_at IS NULL AND (b.suspended = false OR p.role = 'owner')
                AND p.bot_id < $3 AND ($4 = '' OR p.role = $4) AND b.name_key LIKE $5 ESCAPE '\\'
            ORDER BY p.bot_id DESC LIMIT $6";
        let part = filter
            .name
            .as_deref()
            .map_or_else(|| "%".to_owned(), |name| like("%", &name_key(name)));
        let values = [
            user.0.into(),
            self.at().into(),
            before_id(page).into(),
            filter.role.map_or("", Role::as_str).into(),
            part.into(),
            (page.fetch() as i64).into(),
        ];
        let rows: Vec<HeldRow> = self.all(sql, values).await?;
        let rows: Result<Vec<_>> = rows
            .into_iter()
            .map(|row| Ok((row.bot, row.held.as_deref().map(role).transpose()?)))
            .collect();
        self.complete(rows?).await
    }

    async fn bots_of_tenant(&mut self, tenant: TenantId, page: Page) -> Result<Vec<Bot>> {
        let sql = "SELECT b.* FROM bots b WHERE b.tenant_id = $1 AND b.deleted_at IS NULL AND b.id < $2
            ORDER BY b.id DESC LIMIT $3";
        let values = [
            tenant.0.into(),
            before_id(page).into(),
            (page.fetch() as i64).into(),
        ];
        let rows: Vec<bot::Model> = self.all(sql, values).await?;
        self.complete(rows.into_iter().map(|row| (row, None)).collect())
            .await
    }

    async fn put_configuration(
        &mut self,
        access: &Access,
        version: i64,
        configuration: &Configuration,
        by: UserId,
        at: Timestamp,
    ) -> Result<()> {
        let change = bot::ActiveModel {
            name: Set(configuration.name.clone()),
            name_key: Set(name_key(&configuration.name)),
            description: Set(configuration.description.clone()),
            instructions: Set(configuration.instructions.clone()),
            model: Set(configuration.model.clone()),
            settings: Set(configuration.settings.clone()),
            version: Set(version),
            updated_at: Set(at.into_inner()),
            ..Default::default()
        };
        self.change_bot(access, change).await?;
        self.insert_version(access.bot_id(), version, configuration, by, at)
            .await
    }

    async fn set_suspended(&mut self, access: &Access, suspended: bool, at: Timestamp) -> Result<()> {
        let change = bot::ActiveModel {
            suspended: Set(suspended),
            updated_at: Set(at.into_inner()),
            ..Default::default()
        };
        self.change_bot(access, change).await
    }

    async fn version(&mut self, access: &Access, version: i64) -> Result<Option<BotVersion>> {
        let sql = format!("{VERSION} AND v.version = $2");
        let row: Option<VersionRow> = self.one(&sql, [access.bot_id().0.into(), version.into()]).await?;
        Ok(row.map(VersionRow::into_domain))
    }

    async fn versions(&mut self, access: &Access, page: Page) -> Result<Vec<BotVersion>> {
        let sql = format!("{VERSION} AND v.version < $2 ORDER BY v.version DESC LIMIT $3");
        let values = [
            access.bot_id().0.into(),
            before_number(page).into(),
            (page.fetch() as i64).into(),
        ];
        let rows: Vec<VersionRow> = self.all(&sql, values).await?;
        Ok(rows.into_iter().map(VersionRow::into_domain).collect())
    }

    async fn delete_bot(&mut self, access: &Access, at: Timestamp) -> Result<()> {
        // In the order of foreign keys. The row itself stays, emptied, as long as its stream; so does what has still to be done
        // about its documents' texts, bytes and index entries.
        for sql in [
            "DELETE FROM idempotency WHERE message_id IN (SELECT id FROM messages WHERE bot_id = $1)",
            "DELETE FROM citations WHERE message_id IN (SELECT id FROM messages WHERE bot_id = $1)",
            "DELETE FROM answers WHERE bot_id = $1",
            "DELETE FROM documents WHERE bot_id = $1",
            "DELETE FROM providers WHERE bot_id = $1",
            "DELETE FROM read_markers WHERE session_id IN (SELECT id FROM sessions WHERE bot_id = $1)",
            "DELETE FROM messages WHERE bot_id = $1",
            "DELETE FROM sessions WHERE bot_id = $1",
            "DELETE FROM permissions WHERE bot_id = $1",
            "DELETE FROM bot_versions WHERE bot_id = $1",
        ] {
            self.run(sql, [access.bot_id().0.into()]).await?;
        }
        let ended = [at.into_inner().into(), access.bot_id().0.into()];
        self.run("UPDATE streams SET ended_at = $1 WHERE id = $2", ended)
            .await?;
        let emptied = bot::ActiveModel {
            name: Set(String::new()),
            name_key: Set(String::new()),
            description: Set(String::new()),
            instructions: Set(String::new()),
            model: Set(String::new()),
            settings: Set(Json::Object(serde_json::Map::new())),
            deleted_at: Set(Some(at.into_inner())),
            ..Default::default()
        };
        self.change_bot(access, emptied).await
    }
}
