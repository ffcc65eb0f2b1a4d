//! The model responder against a model server that speaks the three wire formats, and fails in every way we know. Servers that
//! mean harm stand in `providers_hostile`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::bot::ProviderKind;
use domain::chat::{Completion, Failure, MessageRole, Pieces, Prompt, Responder, Turn, Usage};
use domain::document::Passage;
use domain::ids::DocumentId;
use infra::responder::{AddressPolicy, Endpoint, Limits, ModelClients, ModelResponder};
use serde_json::json;
use tests::provider::{Behaviour, FakeProvider, INPUT_TOKENS, OUTPUT_TOKENS, SECRET, strings};

const KEY: &str = "sk-very-secret";

/// Long enough for a busy machine, and without pauses between tries.
pub fn limits() -> Limits {
    Limits {
        pause: Duration::ZERO,
        ..Limits::default()
    }
}

pub fn impatient() -> Limits {
    Limits {
        idle: Duration::from_millis(50),
        ..limits()
    }
}

pub fn endpoint(kind: ProviderKind, base: &str) -> Endpoint {
    Endpoint {
        kind,
        base_url: base.parse().unwrap(),
        api_key: Some(KEY.into()),
        model: "fake-1".to_owned(),
        trusted: true,
    }
}

pub fn of(provider: &FakeProvider, kind: ProviderKind) -> Endpoint {
    let base = match kind {
        ProviderKind::OpenAi | ProviderKind::Anthropic => provider.v1(),
        ProviderKind::Ollama => provider.root(),
    };
    endpoint(kind, &base)
}

pub fn responder(endpoint: Endpoint, limits: Limits) -> ModelResponder {
    ModelResponder::new(
        Arc::new(ModelClients::new(limits, AddressPolicy::default())),
        endpoint,
    )
}

pub fn prompt() -> Prompt {
    let turn = |role, username: &str, content: &str| Turn {
        role,
        username: username.to_owned(),
        content: content.to_owned(),
    };
    let passage = |text: &str| Passage {
        document_id: DocumentId::new(),
        filename: "handbook.pdf".to_owned(),
        chunk: 3,
        page: Some(7),
        heading: "Leave".to_owned(),
        score: 2.5,
        text: text.to_owned(),
    };
    Prompt {
        bot_name: "Office".to_owned(),
        instructions: "Be kind.".to_owned(),
        model: String::new(),
        settings: json!({"temperature": 0.5, "max_tokens": 300, "top_p": 7}),
        history: vec![
            turn(MessageRole::User, "anna", "Hello"),
            turn(MessageRole::Assistant, "Office", "Hi"),
        ],
        asker: "anna".to_owned(),
        question: "How many days?".to_owned(),
        passages: vec![
            passage("The office opens at nine."),
            passage("Lunch is at noon. Vacation is 28 days a year."),
        ],
    }
}

#[derive(Default)]
pub struct Gathered {
    pub pieces: Vec<String>,
    pub most: Option<usize>,
}

#[async_trait]
impl Pieces for Gathered {
    async fn push(&mut self, text: &str) -> bool {
        self.pieces.push(text.to_owned());
        self.most.is_none_or(|most| self.pieces.len() < most)
    }
}

pub async fn ask(responder: &ModelResponder) -> (Result<Completion, Failure>, Vec<String>) {
    let mut gathered = Gathered::default();
    let result = responder.respond(&prompt(), &mut gathered).await;
    (result, gathered.pieces)
}

/// What everyone is told, which must hold nothing of the other side.
pub async fn failure(responder: &ModelResponder) -> (&'static str, Vec<String>) {
    let (result, pieces) = ask(responder).await;
    let failure = result.expect_err("a failure");
    let told = format!("{failure:?}");
    for secret in [KEY, SECRET, "127.0.0.1", "http"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert!(failure.message.ends_with('.'), "{told}");
    assert_eq!(failure.model.as_deref(), Some("fake-1"));
    (failure.code, pieces)
}

#[tokio::test]
async fn an_answer_comes_piece_by_piece_with_usage_and_citations() {
    for kind in ProviderKind::ALL {
        let provider = FakeProvider::start().await;
        provider.will_say(&["You get ", "28 days of vacation", " [2]. Ünïcode 東京"]);
        let (result, pieces) = ask(&responder(of(&provider, kind), limits())).await;
        assert_eq!(
            pieces,
            ["You get ", "28 days of vacation", " [2]. Ünïcode 東京"],
            "{kind:?}"
        );
        let done = result.unwrap();
        assert_eq!(done.model, "fake-1");
        let usage = Usage {
            input_tokens: INPUT_TOKENS,
            output_tokens: OUTPUT_TOKENS,
        };
        assert_eq!(done.usage, Some(usage), "{kind:?}");
        let cited: Vec<_> = done
            .citations
            .iter()
            .map(|one| (one.number, one.quote.as_str(), one.page))
            .collect();
        assert_eq!(cited, [(2, "Vacation is 28 days a year.", Some(7))]);
    }
}

#[tokio::test]
async fn each_format_is_asked_as_its_server_wants_it() {
    for (kind, path, key) in [
        (
            ProviderKind::OpenAi,
            "/v1/chat/completions",
            ("authorization", format!("Bearer {KEY}")),
        ),
        (
            ProviderKind::Anthropic,
            "/v1/messages",
            ("x-api-key", KEY.to_owned()),
        ),
        (
            ProviderKind::Ollama,
            "/api/chat",
            ("authorization", format!("Bearer {KEY}")),
        ),
    ] {
        let provider = FakeProvider::start().await;
        provider.will_say(&["Yes."]);
        ask(&responder(of(&provider, kind), limits())).await.0.unwrap();
        let asked = provider.asked().remove(0);
        assert_eq!(asked.path, path);
        assert_eq!(asked.header(key.0), Some(key.1.as_str()));
        let body = &asked.body;
        assert_eq!(
            (&body["model"], &body["stream"]),
            (&json!("fake-1"), &json!(true))
        );
        let messages = body["messages"].as_array().unwrap();
        let last = messages.last().unwrap()["content"].as_str().unwrap();
        assert!(last.contains("Vacation is 28 days a year.") && last.ends_with("How many days?"));
        let system = match kind {
            ProviderKind::Anthropic => {
                assert_eq!(asked.header("anthropic-version"), Some("2023-06-01"));
                assert_eq!((messages.len(), &body["max_tokens"]), (3, &json!(300)));
                &body["system"]
            }
            ProviderKind::OpenAi => {
                assert_eq!((messages.len(), &body["max_tokens"]), (4, &json!(300)));
                assert_eq!(body["stream_options"], json!({"include_usage": true}));
                assert_eq!((&body["temperature"], body.get("top_p")), (&json!(0.5), None));
                &messages[0]["content"]
            }
            ProviderKind::Ollama => {
                assert_eq!(body["options"]["num_predict"], json!(300));
                assert_eq!(body["options"]["temperature"], json!(0.5));
                &messages[0]["content"]
            }
        };
        assert!(system.as_str().unwrap().starts_with("Be kind."));
    }
}

#[tokio::test]
async fn pieces_arrive_while_the_server_still_speaks_and_dropping_the_answer_hangs_up() {
    for kind in ProviderKind::ALL {
        let provider = FakeProvider::start().await;
        provider.will_say_gated(&["one ", "two ", "three"]);
        let (sender, mut arriving) = tokio::sync::mpsc::unbounded_channel();
        let responder = responder(of(&provider, kind), limits());
        let answering = tokio::spawn(async move {
            let mut pieces = Sent(sender);
            responder.respond(&prompt(), &mut pieces).await
        });
        provider.wait_asked().await;
        for expected in ["one ", "two "] {
            provider.next().await;
            assert_eq!(arriving.recv().await.as_deref(), Some(expected));
        }
        answering.abort();
        provider.wait_hung_up().await;
        assert_eq!(arriving.recv().await, None);
    }
}

struct Sent(tokio::sync::mpsc::UnboundedSender<String>);

#[async_trait]
impl Pieces for Sent {
    async fn push(&mut self, text: &str) -> bool {
        self.0.send(text.to_owned()).is_ok()
    }
}

#[tokio::test]
async fn an_answer_ends_when_no_more_is_wanted() {
    let provider = FakeProvider::start().await;
    provider.will(Behaviour::EndlessPieces);
    let mut two = Gathered {
        most: Some(2),
        ..Gathered::default()
    };
    let responder = responder(of(&provider, ProviderKind::OpenAi), limits());
    responder.respond(&prompt(), &mut two).await.unwrap();
    assert_eq!(two.pieces.len(), 2);
    provider.wait_hung_up().await;
}

#[tokio::test]
async fn what_may_pass_is_tried_again_before_the_first_piece_and_never_after() {
    for status in [429, 500, 502, 503, 504, 529] {
        let provider = FakeProvider::start().await;
        provider.will(Behaviour::Status(status, None));
        provider.will(Behaviour::Status(status, Some(0)));
        provider.will_say(&["Here."]);
        let (result, pieces) = ask(&responder(of(&provider, ProviderKind::OpenAi), limits())).await;
        result.unwrap();
        assert_eq!(
            (pieces.concat().as_str(), provider.asked().len()),
            ("Here.", 3),
            "{status}"
        );
    }
    for kind in ProviderKind::ALL {
        let provider = FakeProvider::start().await;
        provider.will(Behaviour::BreakOff(strings(&["Half an"])));
        provider.will_say(&["never"]);
        let told = failure(&responder(of(&provider, kind), limits())).await;
        assert_eq!(told, ("provider_broke_off", vec!["Half an".to_owned()]));
        assert_eq!(provider.asked().len(), 1);
    }
}

#[tokio::test]
async fn refusals_have_codes_of_their_own() {
    for (status, code, tries) in [
        (401, "provider_refused", 1),
        (403, "provider_refused", 1),
        (404, "provider_error", 1),
        (400, "provider_error", 1),
        (418, "provider_error", 1),
        (429, "provider_busy", 3),
        (529, "provider_busy", 3),
        (500, "provider_error", 3),
    ] {
        let provider = FakeProvider::start().await;
        for _ in 0..4 {
            provider.will(Behaviour::Status(status, None));
        }
        let told = failure(&responder(of(&provider, ProviderKind::Anthropic), limits())).await;
        assert_eq!((told.0, provider.asked().len()), (code, tries), "{status}");
    }
}

#[tokio::test]
async fn a_server_that_wants_to_be_left_alone_for_long_is() {
    let provider = FakeProvider::start().await;
    provider.will(Behaviour::Status(429, Some(6)));
    let told = failure(&responder(of(&provider, ProviderKind::OpenAi), limits())).await;
    assert_eq!((told.0, provider.asked().len()), ("provider_busy", 1));
}

#[tokio::test]
async fn streams_that_go_wrong_have_codes_of_their_own_in_every_format() {
    let two = || strings(&["One ", "two"]);
    for kind in ProviderKind::ALL {
        for (behaviour, code, said, limits) in [
            (
                Behaviour::EndEarly(two()),
                "provider_broke_off",
                "One two",
                limits(),
            ),
            (Behaviour::Fail(two()), "provider_error", "One two", limits()),
            (Behaviour::Rubbish, "provider_rubbish", "", limits()),
            (Behaviour::EndlessLine, "provider_rubbish", "", limits()),
            (Behaviour::Slow, "provider_timeout", "", impatient()),
            (
                Behaviour::Stall(two()),
                "provider_timeout",
                "One two",
                impatient(),
            ),
        ] {
            let provider = FakeProvider::start().await;
            let what = format!("{kind:?} {behaviour:?}");
            provider.will(behaviour);
            let told = failure(&responder(of(&provider, kind), limits)).await;
            assert_eq!(told.0, code, "{what}");
            // An impatient asker may leave before the first piece on a busy machine, or before the question is read.
            assert!(said.starts_with(&told.1.concat()), "{what}");
            assert!(provider.asked().len() <= 1, "{what}: never tried again");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/v1", listener.local_addr().unwrap())
    };
    let told = failure(&responder(endpoint(ProviderKind::OpenAi, &gone), limits())).await;
    assert_eq!(told.0, "provider_unreachable");
}

#[tokio::test]
async fn without_a_model_nothing_is_asked_and_the_bots_choice_goes_first() {
    let provider = FakeProvider::start().await;
    let nameless = Endpoint {
        model: " ".to_owned(),
        ..of(&provider, ProviderKind::OpenAi)
    };
    let responder = responder(nameless, limits());
    let failure = ask(&responder).await.0.unwrap_err();
    assert_eq!((failure.code, failure.model), ("no_model", None));
    assert!(provider.asked().is_empty());
    provider.will_say(&["Yes."]);
    let chosen = Prompt {
        model: "chosen".to_owned(),
        ..prompt()
    };
    let done = responder
        .respond(&chosen, &mut Gathered::default())
        .await
        .unwrap();
    assert_eq!(
        (done.model.as_str(), provider.asked()[0].body["model"].as_str()),
        ("chosen", Some("chosen"))
    );
}
