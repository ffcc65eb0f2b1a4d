//! The limits of requests, at the value and one above: sizes and rates.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, DEADLINE, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::test]
async fn a_body_of_one_mib_is_read_and_one_byte_more_is_413() {
    let app = App::start().await;
    let person = app.register("person").await;
    let most = 1024 * 1024;
    for (size, status) in [(most, 422), (most + 1, 413)] {
        let filler = size - "{\"x\":\"\"}".len();
        let body = format!("{{\"x\":\"{}\"}}", "a".repeat(filler));
        assert_eq!(body.len(), size);
        let answer = person
            .request(Method::POST, "/api/bots")
            .body(Some("application/json"), body.clone())
            .send()
            .await;
        assert_eq!(answer.status, status, "{size}: {}", answer.text);

        // The same without a length in the head.
        let head = format!(
            "POST /api/bots HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked",
            person.token
        );
        let chunked = format!("{size:x}\r\n{body}\r\n0\r\n\r\n");
        assert_eq!(
            raw::send(&app, &head, chunked.as_bytes()).await.status,
            status,
            "{size}, chunked"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn texts_hold_at_their_bounds_and_not_above() {
    let app = App::start().await;
    let person = app.register("person").await;
    let make = async |field: &str, value: String| {
        let mut body = json!({ "name": "Bot" });
        body[field] = Value::String(value);
        person.post("/api/bots", body).await
    };
    make("name", "é".repeat(200)).await.ok(201);
    make("name", "é".repeat(201)).await.invalid(&["name"]);
    make("instructions", "x".repeat(64 * 1024)).await.ok(201);
    make("instructions", "x".repeat(64 * 1024 + 1))
        .await
        .invalid(&["instructions"]);
    make("instructions", "tab\tand\nline".into()).await.ok(201);
    for bad in ["nul\u{0}", "escape\u{1b}", "return\r", "delete\u{7f}", "c1\u{85}"] {
        make("instructions", bad.into()).await.invalid(&["instructions"]);
        make("name", bad.into()).await.invalid(&["name"]);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_rate_of_a_person_is_a_bucket_of_one_minute() {
    let app = App::with(|settings| settings.limits.requests_per_user = 5).await;
    let person = app.register("person").await;
    let other = app.register("other").await;
    for _ in 0..5 {
        person.get("/api/auth/me").await.ok(200);
    }
    let refused = person.get("/api/auth/me").await;
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(
        (1..=12).contains(&seconds),
        "one twelfth of a minute, not {seconds} s"
    );
    refused.refused(429, "rate_limited");
    other.get("/api/auth/me").await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn the_rate_without_a_credential_is_per_address() {
    let app = App::with(|settings| settings.limits.requests_per_address = 5).await;
    let anonymous = app.anonymous();
    for _ in 0..5 {
        anonymous
            .get("/api/auth/me")
            .await
            .refused(401, "authentication_required");
    }
    anonymous.get("/api/auth/me").await.refused(429, "rate_limited");
    app.client("guess")
        .get("/api/auth/me")
        .await
        .refused(429, "rate_limited");
    app.stop().await;
}

#[tokio::test]
async fn a_head_beyond_16_kib_is_refused() {
    let app = App::start().await;
    let person = app.register("person").await;
    for (size, fine) in [(8 * 1024, true), (17 * 1024, false)] {
        let head = format!(
            "GET /api/auth/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nX-Filler: {}",
            person.token,
            "x".repeat(size)
        );
        let status = raw::status(&app, &head).await;
        assert_eq!(status == 200, fine, "{size} bytes: {status}");
        assert!(status < 500, "{status}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let app = App::with(|settings| settings.limits.header_deadline = Duration::from_millis(300)).await;
    let mut stream = TcpStream::connect(app.direct()).await.unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    let mut rest = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut rest))
        .await
        .expect("the connection is closed")
        .unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_end_is_answered_408() {
    let app = App::with(|settings| settings.limits.request_deadline = Duration::from_millis(500)).await;
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100";
    raw::send(&app, head, b"{\"username\":").await.status_is(408);
    app.stop().await;
}

#[tokio::test]
async fn passwords_beyond_the_queue_are_answered_503() {
    let app = App::with(|settings| {
        settings.limits.argon2_memory = 19 * 1024 * 1024;
        settings.limits.argon2_parallel = 1;
        settings.limits.argon2_queue = 1;
    })
    .await;
    let register = |number: usize| {
        let body = json!({ "username": format!("person{number}"), "password": format!("password {number}") });
        let client = app.local();
        async move { client.post("/api/auth/register", body).await.status }
    };
    let statuses = futures_util::future::join_all((0..10).map(register)).await;
    assert!(
        statuses.iter().all(|status| matches!(status, 201 | 503)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&201) && statuses.contains(&503), "{statuses:?}");
    app.stop().await;
}

#[tokio::test]
async fn an_answer_of_half_a_mib_comes_whole() {
    let app = App::start().await;
    let person = app.register("person").await;
    let bot = person.bot("Bot").await;
    let session = person.session(&bot, "shared").await;
    for _ in 0..10 {
        person.say(&session, &"x".repeat(64 * 1024)).await;
    }
    let page = person
        .get(&format!("/api/sessions/{session}/messages"))
        .await
        .ok(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 10);
    app.stop().await;
}
