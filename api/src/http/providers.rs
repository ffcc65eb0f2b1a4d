//! A bot's own model server. Its key comes in and is sealed at once; it never goes out.

use std::sync::Arc;

use domain::Error;
use domain::bot::{KeyChange, NewProvider, Provider, ProviderKind};
use infra::responder::AddressPolicy;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use secrecy::{ExposeSecret, SecretString};

use super::Tag;
use super::answer::{Act, Done, Look, Outcome, Reply, Write};
use super::body::{Body, Input};
use super::fields::{Fields, choice, text};
use super::moment::Moment;
use super::request::{Id, Signed};
use crate::app::App;

const URL_CHARS: usize = 2_000;
const KEY_CHARS: usize = 1_000;

const KINDS: &[(&str, ProviderKind)] = &[
    ("openai", ProviderKind::OpenAi),
    ("anthropic", ProviderKind::Anthropic),
    ("ollama", ProviderKind::Ollama),
];

pub struct ProvidersApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct ProviderBody {
    /// The wire format that the server speaks: `openai`, `anthropic` or `ollama`.
    kind: String,
    #[oai(validator(min_length = 1, max_length = 2000))]
    base_url: String,
    /// Printable ASCII. Absent: the key stays, unless kind or address change. Null: none.
    #[oai(validator(min_length = 1, max_length = 1000))]
    api_key: Option<String>,
}

struct ProviderInput {
    kind: ProviderKind,
    base_url: String,
    key: Option<Option<SecretString>>,
}

impl Input for ProviderBody {
    type Parsed = ProviderInput;

    fn read(fields: &mut Fields) -> Option<ProviderInput> {
        let kind = fields.required("kind", choice(KINDS));
        let base_url = fields.required("base_url", text(base_url));
        let key = fields.nullable("api_key", text(api_key));
        Some(ProviderInput {
            kind: kind?,
            base_url: base_url?,
            key,
        })
    }
}

/// The key is never shown.
#[derive(Object)]
struct ProviderView {
    kind: String,
    base_url: String,
    has_key: bool,
    updated_at: Moment,
}

impl From<Provider> for ProviderView {
    fn from(provider: Provider) -> Self {
        Self {
            kind: provider.kind.as_str().into(),
            base_url: provider.base_url,
            has_key: provider.sealed_key.is_some(),
            updated_at: Moment(provider.updated_at),
        }
    }
}

#[OpenApi(tag = "Tag::Bots")]
impl ProvidersApi {
    /// The bot's own model server
    #[oai(path = "/bots/:bot_id/provider", method = "get", operation_id = "getProvider")]
    async fn get(&self, caller: Signed, bot_id: Path<Id>) -> Outcome<Reply<ProviderView>, Look> {
        let provider = self.app.providers.get(&caller.0, bot_id.0.into()).await?;
        Ok(Reply::new(provider.into()))
    }

    /// Give the bot a model server of its own
    #[oai(path = "/bots/:bot_id/provider", method = "put", operation_id = "setProvider")]
    async fn put(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        body: Body<ProviderBody>,
    ) -> Outcome<Reply<ProviderView>, Write> {
        let bot_id: domain::ids::BotId = bot_id.0.into();
        let ProviderInput { kind, base_url, key } = body.value;
        AddressPolicy::new(self.app.settings.provider_allow.clone())
            .check_base_url(&base_url)
            .map_err(|message| Error::invalid("base_url", message))?;
        let key = match key {
            None => KeyChange::Keep,
            Some(None) => KeyChange::Remove,
            Some(Some(key)) => {
                let sealed = self.app.sealer.seal(bot_id.0.as_bytes(), key.expose_secret());
                KeyChange::Set(sealed.ok_or_else(|| Error::internal("the key could not be sealed"))?)
            }
        };
        let new = NewProvider { kind, base_url, key };
        let provider = self.app.providers.put(&caller.0, bot_id, new).await?;
        Ok(Reply::new(provider.into()))
    }

    /// Go back to the model server of the installation
    #[oai(
        path = "/bots/:bot_id/provider",
        method = "delete",
        operation_id = "removeProvider"
    )]
    async fn delete(&self, caller: Signed, bot_id: Path<Id>) -> Outcome<Done, Act> {
        self.app.providers.delete(&caller.0, bot_id.0.into()).await?;
        Ok(Done)
    }
}

/// Whether it may be asked is for the handler to say: that is a matter of settings.
fn base_url(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().count() > URL_CHARS {
        return Err(format!("must have 1 to {URL_CHARS} characters"));
    }
    Ok(text.to_owned())
}

fn api_key(text: &str) -> Result<SecretString, String> {
    let fits = (1..=KEY_CHARS).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    fits.then(|| SecretString::from(text))
        .ok_or_else(|| format!("must be 1 to {KEY_CHARS} printable ASCII characters"))
}
