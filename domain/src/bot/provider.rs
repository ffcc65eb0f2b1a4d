//! The model server that a bot asks, if it has one of its own. Owners alone see and set it; its key is written, never read back.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Action, authorize};
use crate::account::begin_as;
use crate::caller::Caller;
use crate::error::{Result, Subject};
use crate::events::{BotChangeFact, BotFact, Fact, record};
use crate::ids::BotId;
use crate::store::{Store, Tx, again};
use crate::time::Timestamp;

/// The wire format that a model server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    OpenAi,
    Anthropic,
    Ollama,
}

impl ProviderKind {
    pub const ALL: [Self; 3] = [Self::OpenAi, Self::Anthropic, Self::Ollama];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    pub kind: ProviderKind,
    /// Checked before it comes here.
    pub base_url: String,
    /// Encrypted for this bot; nothing in here can read it.
    pub sealed_key: Option<Vec<u8>>,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct NewProvider {
    pub kind: ProviderKind,
    pub base_url: String,
    pub key: KeyChange,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// Stays, unless the address changes: a key is for the server that it was given for.
    Keep,
    Remove,
    Set(Vec<u8>),
}

#[async_trait]
pub trait ProviderRows {
    async fn provider(&mut self, access: &Access) -> Result<Option<Provider>>;
    async fn put_provider(&mut self, access: &Access, provider: &Provider) -> Result<()>;
    /// False: there was none.
    async fn delete_provider(&mut self, access: &Access) -> Result<bool>;
}

pub struct Providers {
    store: Arc<dyn Store>,
}

impl Providers {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    pub async fn get(&self, caller: &Caller, bot: BotId) -> Result<Provider> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, bot, Action::ManageProvider).await?;
        Ok(tx.provider(&access).await?.ok_or(Subject::Provider)?)
    }

    /// Everyone learns that it changed, nobody what it is.
    pub async fn put(&self, caller: &Caller, bot: BotId, new: NewProvider) -> Result<Provider> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let access = authorize(tx.as_mut(), &caller, bot, Action::ManageProvider).await?;
            let before = tx.provider(&access).await?;
            let sealed_key = match new.key.clone() {
                KeyChange::Set(key) => Some(key),
                KeyChange::Remove => None,
                KeyChange::Keep => before
                    .filter(|before| before.base_url == new.base_url && before.kind == new.kind)
                    .and_then(|before| before.sealed_key),
            };
            let provider = Provider {
                kind: new.kind,
                base_url: new.base_url.clone(),
                sealed_key,
                updated_at: tx.now(),
            };
            tx.put_provider(&access, &provider).await?;
            tell(tx.as_mut(), &access, &caller).await?;
            tx.commit().await?;
            Ok(provider)
        })
        .await
    }

    /// Back to what the installation offers.
    pub async fn delete(&self, caller: &Caller, bot: BotId) -> Result<()> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let access = authorize(tx.as_mut(), &caller, bot, Action::ManageProvider).await?;
            if !tx.delete_provider(&access).await? {
                return Err(Subject::Provider.into());
            }
            tell(tx.as_mut(), &access, &caller).await?;
            tx.commit().await
        })
        .await
    }
}

async fn tell(tx: &mut dyn Tx, access: &Access, caller: &Caller) -> Result<()> {
    let bot = tx.bot(access).await?;
    let change = BotChangeFact::Config {
        name: bot.configuration.name,
        description: bot.configuration.description,
        version: bot.version,
        changed: vec!["provider".to_owned()],
    };
    let fact = Fact::BotChanged(BotFact {
        change,
        by: Some(caller.user_id),
    });
    record(tx, access, &caller.actor(), fact, &[]).await?;
    Ok(())
}
