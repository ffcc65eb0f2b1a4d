//! The model responder against servers that mean harm, and against owners who point it where they must not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::bot::ProviderKind;
use infra::responder::{AddressPolicy, Endpoint, Limits, ModelClients, ModelResponder};
use tests::DEADLINE;
use tests::provider::{Behaviour, FakeProvider};
use tokio::time::timeout;

use crate::providers::{ask, endpoint, failure, limits, of, prompt, responder};

#[tokio::test]
async fn an_answer_has_an_end_in_bytes_and_in_time() {
    let provider = FakeProvider::start().await;
    provider.will(Behaviour::EndlessPieces);
    let told = failure(&responder(of(&provider, ProviderKind::Ollama), limits())).await;
    assert_eq!(told.0, "provider_rubbish");
    assert!(told.1.concat().len() <= 4 * 1024 * 1024);
    provider.wait_hung_up().await;

    provider.will(Behaviour::Stall(Vec::new()));
    let short = Limits {
        total: Duration::from_millis(50),
        ..limits()
    };
    let told = failure(&responder(of(&provider, ProviderKind::OpenAi), short)).await;
    assert_eq!(told.0, "provider_timeout");
}

#[tokio::test]
async fn an_answer_of_brackets_is_read_as_fast_as_any_other() {
    let given = prompt().passages.len();
    for (piece, pieces, cited) in [("[".repeat(1_000), 250, 0), ("[1]".repeat(1_000), 120, 1)] {
        for last in ["", " [1][2][3]"] {
            let provider = FakeProvider::start().await;
            let mut said = vec![piece.clone(); pieces];
            said.push(last.to_owned());
            provider.will(Behaviour::Say(said));
            let responder = responder(of(&provider, ProviderKind::OpenAi), limits());
            let (result, pieces) = timeout(DEADLINE, ask(&responder)).await.expect("an end in time");
            assert!(pieces.concat().len() >= 250_000);
            let expected = if last.is_empty() { cited } else { given };
            assert_eq!(result.unwrap().citations.len(), expected);
        }
    }
}

#[tokio::test]
async fn deltas_that_say_nothing_are_counted_too() {
    let provider = FakeProvider::start().await;
    provider.will(Behaviour::Say(vec![String::new(); 1_000_000]));
    let told = failure(&responder(of(&provider, ProviderKind::OpenAi), limits())).await;
    assert_eq!(told, ("provider_rubbish", Vec::new()));
    provider.wait_hung_up().await;
}

#[tokio::test]
async fn control_characters_do_not_come_through() {
    for kind in ProviderKind::ALL {
        let provider = FakeProvider::start().await;
        provider.will_say(&[
            "a\u{1b}[31m",
            "\0\u{7}b\r",
            "\nc\td",
            "\u{1b}",
            "\u{9b}2J\u{202e}e",
        ]);
        let (result, pieces) = ask(&responder(of(&provider, kind), limits())).await;
        result.unwrap();
        assert_eq!(pieces, ["a[31m", "b", "\nc\td", "2J\u{202e}e"], "{kind:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (provider, elsewhere) = (FakeProvider::start().await, FakeProvider::start().await);
    provider.will(Behaviour::Redirect(format!(
        "{}/chat/completions",
        elsewhere.v1()
    )));
    elsewhere.will_say(&["never"]);
    let told = failure(&responder(of(&provider, ProviderKind::OpenAi), limits())).await;
    assert_eq!(told.0, "provider_error");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn an_owners_address_on_the_inside_is_not_asked_unless_the_operator_allows_it() {
    let provider = FakeProvider::start().await;
    let port = provider.address().port();
    let names = [
        format!("http://127.0.0.1:{port}/v1"),
        format!("http://localhost:{port}/v1"),
    ];
    for base in &names {
        let untrusted = Endpoint {
            trusted: false,
            ..endpoint(ProviderKind::OpenAi, base)
        };
        let told = failure(&responder(untrusted.clone(), limits())).await;
        assert_eq!(told.0, "provider_unreachable", "{base}");
        assert!(provider.asked().is_empty());
    }
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let clients = Arc::new(ModelClients::new(limits(), policy));
    for base in &names {
        provider.will_say(&["Yes."]);
        let untrusted = Endpoint {
            trusted: false,
            ..endpoint(ProviderKind::OpenAi, base)
        };
        ask(&ModelResponder::new(Arc::clone(&clients), untrusted))
            .await
            .0
            .unwrap();
    }
    assert_eq!(provider.asked().len(), 2);
}

/// An owner who could tell them apart would find out by guessing which names there are on the inside.
#[tokio::test]
async fn a_name_on_the_inside_and_a_server_that_is_not_there_fail_alike() {
    // Bound and not listening: it refuses, and nobody else is given the port meanwhile.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let gone = format!("http://localhost:{}/v1", held.local_addr().unwrap().port());
    let pause = Duration::from_millis(40);
    let mut failures = Vec::new();
    for trusted in [true, false] {
        let endpoint = Endpoint {
            trusted,
            ..endpoint(ProviderKind::OpenAi, &gone)
        };
        let began = Instant::now();
        let (result, _) = ask(&responder(endpoint, Limits { pause, ..limits() })).await;
        assert!(began.elapsed() >= pause * 3, "both are tried as often");
        failures.push(result.unwrap_err());
    }
    assert_eq!(failures[0].code, "provider_unreachable");
    assert_eq!(failures[0], failures[1]);
}
