//! The model servers of bots that have one of their own. Keys are encrypted before they come here.

use async_trait::async_trait;
use domain::Result;
use domain::access::Access;
use domain::bot::{Provider, ProviderRows};
use sea_orm::FromQueryResult;
use sea_orm::prelude::DateTimeUtc;

use super::columns::provider_kind;
use super::tx::SqlTx;

#[derive(FromQueryResult)]
struct ProviderRow {
    kind: String,
    base_url: String,
    sealed_key: Option<Vec<u8>>,
    updated_at: DateTimeUtc,
}

impl ProviderRow {
    fn into_domain(self) -> Result<Provider> {
        Ok(Provider {
            kind: provider_kind(&self.kind)?,
            base_url: self.base_url,
            sealed_key: self.sealed_key,
            updated_at: self.updated_at.into(),
        })
    }
}

#[async_trait]
impl ProviderRows for SqlTx {
    async fn provider(&mut self, access: &Access) -> Result<Option<Provider>> {
        let sql = "SELECT kind, base_url, sealed_key, updated_at FROM providers WHERE bot_id = $1";
        let row: Option<ProviderRow> = self.one(sql, [access.bot_id().0.into()]).await?;
        row.map(ProviderRow::into_domain).transpose()
    }

    async fn put_provider(&mut self, access: &Access, provider: &Provider) -> Result<()> {
        let sql = "INSERT INTO providers (bot_id, kind, base_url, sealed_key, updated_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (bot_id) DO UPDATE SET kind = excluded.kind, base_url = excluded.base_url,
                sealed_key = excluded.sealed_key, updated_at = excluded.updated_at";
        let values = [
            access.bot_id().0.into(),
            provider.kind.as_str().into(),
            provider.base_url.as_str().into(),
            provider.sealed_key.clone().into(),
            provider.updated_at.into_inner().into(),
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn delete_provider(&mut self, access: &Access) -> Result<bool> {
        let sql = "DELETE FROM providers WHERE bot_id = $1";
        Ok(self.run(sql, [access.bot_id().0.into()]).await? == 1)
    }
}
