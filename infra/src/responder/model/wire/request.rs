//! The question to a model server in its own format: where it goes, with which headers, which JSON.

use domain::bot::ProviderKind;
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::responder::model::prompt::{Conversation, Role};

/// Anthropic asks for a bound; the others get one only if the bot sets it.
const OUTPUT_TOKENS: u64 = 4_096;
const MOST_OUTPUT_TOKENS: u64 = 128_000;
/// Ollama reserves the memory for it when it loads the model, so it has to stay the same from question to question.
const CONTEXT_STEP: u64 = 1_024;

/// The settings of a bot that a model server knows. What is of the wrong kind or out of its bounds is passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Options {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub max_tokens: Option<u64>,
}

impl Options {
    pub fn of(settings: &Value, kind: ProviderKind) -> Self {
        let number = |name: &str| settings.get(name).and_then(Value::as_f64);
        let hottest = match kind {
            ProviderKind::Anthropic => 1.0,
            ProviderKind::OpenAi | ProviderKind::Ollama => 2.0,
        };
        let max_tokens = settings.get("max_tokens").and_then(Value::as_u64);
        Self {
            temperature: number("temperature").filter(|value| (0.0..=hottest).contains(value)),
            top_p: number("top_p").filter(|value| *value > 0.0 && *value <= 1.0),
            max_tokens: max_tokens.filter(|value| (1..=MOST_OUTPUT_TOKENS).contains(value)),
        }
    }
}

pub fn url(kind: ProviderKind, base: &Url) -> Url {
    let path = match kind {
        ProviderKind::OpenAi => "chat/completions",
        ProviderKind::Anthropic => "messages",
        ProviderKind::Ollama => "api/chat",
    };
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// `None`: the key cannot be part of a header, so no server can have given it out.
pub fn headers(kind: ProviderKind, key: Option<&SecretString>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let accept = match kind {
        ProviderKind::OpenAi | ProviderKind::Anthropic => "text/event-stream",
        ProviderKind::Ollama => "application/x-ndjson",
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    if kind == ProviderKind::Anthropic {
        headers.insert(
            HeaderName::from_static("anthropic-version"),
            HeaderValue::from_static("2023-06-01"),
        );
    }
    if let Some(key) = key.filter(|key| !key.expose_secret().is_empty()) {
        let (name, text) = match kind {
            ProviderKind::Anthropic => (
                HeaderName::from_static("x-api-key"),
                key.expose_secret().to_owned(),
            ),
            ProviderKind::OpenAi | ProviderKind::Ollama => {
                (AUTHORIZATION, format!("Bearer {}", key.expose_secret()))
            }
        };
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Some(headers)
}

pub fn body(
    kind: ProviderKind,
    model: &str,
    told: &Conversation,
    options: Options,
    input_tokens: usize,
) -> Value {
    let messages = told.messages.iter().map(|message| {
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({"role": role, "content": message.text})
    });
    let system = json!({"role": "system", "content": told.system});
    let with_system = || {
        std::iter::once(system)
            .chain(messages.clone())
            .collect::<Vec<_>>()
    };
    let Options {
        temperature,
        top_p,
        max_tokens,
    } = options;
    let sampling = [
        ("temperature", temperature.map(Value::from)),
        ("top_p", top_p.map(Value::from)),
    ];
    let sampling = sampling
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("model", model.into());
    set("stream", true.into());
    match kind {
        ProviderKind::OpenAi => {
            set("messages", with_system().into());
            set("stream_options", json!({"include_usage": true}));
            if let Some(most) = max_tokens {
                set("max_tokens", most.into());
            }
            body.extend(sampling);
        }
        ProviderKind::Anthropic => {
            set("system", told.system.as_str().into());
            set("messages", messages.collect::<Vec<_>>().into());
            set("max_tokens", max_tokens.unwrap_or(OUTPUT_TOKENS).into());
            body.extend(sampling);
        }
        ProviderKind::Ollama => {
            set("messages", with_system().into());
            let context = input_tokens as u64 + max_tokens.unwrap_or(OUTPUT_TOKENS);
            let mut options: Map<String, Value> = sampling.collect();
            options.insert(
                "num_ctx".to_owned(),
                context.next_multiple_of(CONTEXT_STEP).into(),
            );
            if let Some(most) = max_tokens {
                options.insert("num_predict".to_owned(), most.into());
            }
            body.insert("options".to_owned(), options.into());
        }
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_bounds_are_passed_over() {
        let of = |settings: Value| Options::of(&settings, ProviderKind::OpenAi);
        let good = of(json!({"temperature": 0.5, "top_p": 1, "max_tokens": 100, "unknown": "x"}));
        assert_eq!(
            (good.temperature, good.top_p, good.max_tokens),
            (Some(0.5), Some(1.0), Some(100))
        );
        for bad in [
            json!({"temperature": 2.1, "top_p": 0, "max_tokens": 0}),
            json!({"temperature": "hot", "top_p": -1, "max_tokens": 1.5}),
            json!({"temperature": null, "top_p": [], "max_tokens": -1}),
            json!([]),
            Value::Null,
        ] {
            assert_eq!(of(bad.clone()), Options::default(), "{bad}");
        }
        let hot = json!({"temperature": 1.5});
        assert_eq!(Options::of(&hot, ProviderKind::Anthropic).temperature, None);
        assert_eq!(Options::of(&hot, ProviderKind::Ollama).temperature, Some(1.5));
    }

    #[test]
    fn each_format_has_its_path_below_the_base() {
        for (kind, base, expected) in [
            (
                ProviderKind::OpenAi,
                "https://a.example/v1",
                "https://a.example/v1/chat/completions",
            ),
            (
                ProviderKind::OpenAi,
                "https://a.example/v1/",
                "https://a.example/v1/chat/completions",
            ),
            (
                ProviderKind::Anthropic,
                "https://a.example/v1",
                "https://a.example/v1/messages",
            ),
            (
                ProviderKind::Ollama,
                "http://a.example:11434",
                "http://a.example:11434/api/chat",
            ),
        ] {
            assert_eq!(url(kind, &Url::parse(base).unwrap()).as_str(), expected);
        }
    }

    #[test]
    fn a_key_that_is_no_header_is_refused_and_none_is_none() {
        assert!(headers(ProviderKind::OpenAi, Some(&"a\nb".into())).is_none());
        let empty = headers(ProviderKind::OpenAi, Some(&"".into())).unwrap();
        assert!(!empty.contains_key(AUTHORIZATION));
        let key = headers(ProviderKind::Anthropic, Some(&"k".into())).unwrap();
        assert!(key["x-api-key"].is_sensitive());
    }
}
