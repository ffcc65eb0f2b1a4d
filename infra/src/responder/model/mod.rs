//! Answers by a model server: it is given instructions, passages and conversation, and what it streams is passed on piece by
//! piece. Everything that it sends is bounded, in bytes and in time; a failure is told in our words.

mod address;
mod citations;
mod failures;
mod lines;
mod prompt;
mod stream;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::bot::ProviderKind;
use domain::chat::{Completion, Failure, Pieces, Prompt, Responder};
use reqwest::{Client, Url, redirect};
use secrecy::SecretString;

pub use address::{AddressPolicy, check_base_url};
use failures::Trouble;
use stream::Question;

/// A model server, and how to ask it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub kind: ProviderKind,
    pub base_url: Url,
    pub api_key: Option<SecretString>,
    /// Asked for unless the bot chooses another one.
    pub model: String,
    /// The operator set it, so its address is not checked.
    pub trusted: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connect: Duration,
    /// Until the first sign of life, and from each to the next.
    pub idle: Duration,
    /// Of an answer with all tries.
    pub total: Duration,
    /// Before the second try; twice as long before the third.
    pub pause: Duration,
    /// A server that wants to be left alone for longer is not asked again.
    pub longest_pause: Duration,
    /// What a question may cost, with all that is told with it, by a careful estimate.
    pub input_tokens: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(120),
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(5),
            input_tokens: 8_000,
        }
    }
}

/// What all questions to model servers share.
pub struct ModelClients {
    trusted: Option<Client>,
    /// Resolves names to permitted addresses alone.
    checked: Option<Client>,
    pub policy: AddressPolicy,
    limits: Limits,
}

impl ModelClients {
    /// Without a client (a machine that has no certificates at all) each question fails, and nothing else does.
    pub fn new(limits: Limits, policy: AddressPolicy) -> Self {
        let builder = || {
            Client::builder()
                .connect_timeout(limits.connect)
                .no_proxy()
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .user_agent(concat!("colloquy/", env!("CARGO_PKG_VERSION")))
        };
        let build = |builder: reqwest::ClientBuilder| {
            let built = builder.build();
            built
                .inspect_err(|error| tracing::warn!(%error, "model servers cannot be asked"))
                .ok()
        };
        let resolver = Arc::new(address::Checked(policy.clone()));
        Self {
            trusted: build(builder()),
            checked: build(builder().dns_resolver(resolver)),
            policy,
            limits,
        }
    }

    fn client(&self, endpoint: &Endpoint) -> Result<&Client, Trouble> {
        let permitted = endpoint.trusted || self.policy.permits_literal(&endpoint.base_url);
        let client = if endpoint.trusted {
            &self.trusted
        } else {
            &self.checked
        };
        match client {
            _ if !permitted => Err(Trouble::NotAllowed),
            Some(client) => Ok(client),
            None => Err(Trouble::Unreachable),
        }
    }
}

pub struct ModelResponder {
    clients: Arc<ModelClients>,
    endpoint: Endpoint,
}

impl ModelResponder {
    pub fn new(clients: Arc<ModelClients>, endpoint: Endpoint) -> Self {
        Self { clients, endpoint }
    }

    /// The bot's choice goes before the endpoint's.
    fn model_of<'a>(&'a self, prompt: &'a Prompt) -> &'a str {
        let chosen = prompt.model.trim();
        if chosen.is_empty() {
            self.endpoint.model.trim()
        } else {
            chosen
        }
    }

    fn question<'a>(&'a self, prompt: &Prompt, model: &'a str) -> Result<Question<'a>, Trouble> {
        let Endpoint { kind, base_url, .. } = &self.endpoint;
        if model.is_empty() {
            return Err(Trouble::NoModel);
        }
        let limits = &self.clients.limits;
        let told = prompt::assemble(prompt, &prompt::mark(), limits.input_tokens);
        let options = wire::Options::of(&prompt.settings, *kind);
        Ok(Question {
            client: self.clients.client(&self.endpoint)?,
            kind: *kind,
            url: wire::url(*kind, base_url),
            headers: wire::headers(*kind, self.endpoint.api_key.as_ref()).ok_or(Trouble::Refused)?,
            body: wire::body(*kind, model, &told, options, limits.input_tokens),
            passages: told.passages,
            limits,
        })
    }
}

#[async_trait]
impl Responder for ModelResponder {
    async fn respond(&self, prompt: &Prompt, pieces: &mut dyn Pieces) -> Result<Completion, Failure> {
        let model = self.model_of(prompt);
        let answered = async {
            let question = self.question(prompt, model)?;
            let asking = tokio::time::timeout(self.clients.limits.total, question.ask(pieces));
            let said = asking.await.map_err(|_| Trouble::Timeout)??;
            Ok((question.passages, said))
        };
        let (passages, said) = answered.await.map_err(|trouble: Trouble| {
            let host = self.endpoint.base_url.host_str().unwrap_or_default();
            let told = trouble.told(model);
            tracing::info!(host, code = told.code, "no answer of a model server");
            tracing::debug!(host, ?trouble, "why there is no answer of a model server");
            told
        })?;
        Ok(Completion {
            model: model.to_owned(),
            usage: said.usage,
            citations: citations::citations(
                &said.text,
                &prompt.passages[..passages.min(prompt.passages.len())],
            ),
        })
    }

    fn cut_short(&self, prompt: &Prompt, text: &str) -> Completion {
        let told = prompt::assemble(prompt, &prompt::mark(), self.clients.limits.input_tokens);
        let given = &prompt.passages[..told.passages.min(prompt.passages.len())];
        Completion {
            model: self.model_of(prompt).to_owned(),
            usage: None,
            citations: citations::citations(text, given),
        }
    }
}
