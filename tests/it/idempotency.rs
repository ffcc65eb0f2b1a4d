//! A request that is sent twice with one key is done once: the same answer, no second row, no second event.

use reqwest::Method;
use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Answer, Cast, Person};

async fn keyed(person: &Person, path: &str, key: &str, body: &Value) -> Answer {
    person
        .request(Method::POST, path)
        .header("idempotency-key", key)
        .json(body)
        .send()
        .await
}

#[tokio::test]
async fn a_repeat_gets_the_same_answer_and_makes_nothing() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    for (path, body) in [
        (
            "/api/bots".to_owned(),
            json!({ "name": "Once", "settings": { "a": 1, "b": 2 } }),
        ),
        (
            format!("/api/bots/{}/sessions", cast.bot),
            json!({ "title": "Once" }),
        ),
        (
            format!("/api/sessions/{session}/messages"),
            json!({ "content": "once" }),
        ),
    ] {
        let first = keyed(&cast.owner, &path, "a key", &body).await;
        assert_eq!(
            (first.status, first.header("idempotency-replayed")),
            (201, None),
            "{path}"
        );
        let before = app.database().await.fingerprint().await;
        let again = keyed(&cast.owner, &path, "a key", &body).await;
        assert_eq!(
            (again.status, again.header("idempotency-replayed")),
            (201, Some("true")),
            "{path}"
        );
        assert_eq!(again.text, first.text, "{path}");
        assert_eq!(app.database().await.fingerprint().await, before, "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn json_is_compared_as_parsed() {
    let (app, cast) = Cast::start().await;
    let send = async |text: &'static str| {
        let request = cast
            .owner
            .request(Method::POST, "/api/bots")
            .header("idempotency-key", "k");
        request.body(Some("application/json"), text).send().await
    };
    let first = send(r#"{"name":"Bot","description":"d"}"#).await;
    let again = send("{ \"description\": \"\\u0064\",\n \"name\": \"Bot\" }").await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.text, first.text);
    app.stop().await;
}

#[tokio::test]
async fn the_same_key_with_another_body_is_422() {
    let (app, cast) = Cast::start().await;
    keyed(&cast.owner, "/api/bots", "k", &json!({ "name": "One" }))
        .await
        .ok(201);
    let before = app.database().await.fingerprint().await;
    keyed(&cast.owner, "/api/bots", "k", &json!({ "name": "Two" }))
        .await
        .refused(422, "idempotency_mismatch");
    assert_eq!(app.database().await.fingerprint().await, before);
    app.stop().await;
}

#[tokio::test]
async fn a_key_is_of_one_person_and_one_path() {
    let (app, cast) = Cast::start().await;
    let body = json!({ "title": "Same" });
    let other = cast.owner.bot("Other").await;
    let mut made = Vec::new();
    for (person, bot) in [
        (&cast.owner, &cast.bot),
        (&cast.editor, &cast.bot),
        (&cast.owner, &other),
    ] {
        let answer = keyed(person, &format!("/api/bots/{bot}/sessions"), "k", &body).await;
        assert_eq!(answer.header("idempotency-replayed"), None);
        made.push(id_of(&answer.ok(201)));
    }
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 3);
    app.stop().await;
}

#[tokio::test]
async fn fifty_at_once_make_one_row_and_one_event() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}/messages");
    let before = cast.owner.head(&cast.bot).await;
    let body = json!({ "content": "once" });
    let answers =
        futures_util::future::join_all((0..50).map(|_| keyed(&cast.owner, &path, "k", &body))).await;
    let fresh = answers
        .iter()
        .filter(|answer| answer.header("idempotency-replayed").is_none())
        .count();
    assert_eq!(fresh, 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 && answer.text == answers[0].text)
    );
    assert_eq!(app.database().await.count("messages").await, 1);
    let events = cast.owner.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["seq"], before + 1);
    app.stop().await;
}

#[tokio::test]
async fn rights_are_checked_before_an_answer_is_repeated() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}/messages");
    let body = json!({ "content": "canary" });
    keyed(&cast.viewer, &path, "k", &body).await.ok(201);
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    let answer = keyed(&cast.viewer, &path, "k", &body).await;
    assert!(!answer.text.contains("canary"));
    answer.refused(404, "session_not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_repeat_is_answered_although_the_session_was_closed_since() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}/messages");
    let body = json!({ "content": "in time" });
    let first = keyed(&cast.owner, &path, "k", &body).await;
    cast.owner
        .patch(&format!("/api/sessions/{session}"), json!({ "status": "closed" }))
        .await
        .ok(200);
    let again = keyed(&cast.owner, &path, "k", &body).await;
    assert_eq!((again.status, again.text), (201, first.text));
    app.stop().await;
}

#[tokio::test]
async fn a_stored_answer_is_redacted_with_its_message() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}/messages");
    let body = json!({ "content": "canary" });
    let first = keyed(&cast.viewer, &path, "k", &body).await.ok(201);
    let message = format!("/api/messages/{}", id_of(&first["message"]));
    cast.viewer.delete(&message).await.ok(204);
    let again = keyed(&cast.viewer, &path, "k", &body).await;
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, Some("true"))
    );
    assert!(!again.text.contains("canary"), "{}", again.text);
    assert_eq!(again.body["message"]["id"], first["message"]["id"]);
    assert!(!format!("{:?}", app.database().await.fingerprint().await).contains("canary"));
    app.stop().await;
}

#[tokio::test]
async fn a_refused_request_keeps_nothing_under_its_key() {
    let (app, cast) = Cast::start().await;
    keyed(&cast.owner, "/api/bots", "k", &json!({ "name": "" }))
        .await
        .invalid(&["name"]);
    let answer = keyed(&cast.owner, "/api/bots", "k", &json!({ "name": "Right" })).await;
    assert_eq!(answer.header("idempotency-replayed"), None);
    answer.ok(201);
    app.stop().await;
}

#[tokio::test]
async fn a_key_has_1_to_255_printable_characters() {
    let (app, cast) = Cast::start().await;
    let body = json!({ "name": "Bot" });
    keyed(&cast.owner, "/api/bots", "x", &body).await.ok(201);
    keyed(&cast.owner, "/api/bots", &"k".repeat(255), &body)
        .await
        .ok(201);
    for bad in [
        String::new(),
        "k".repeat(256),
        "tab\there".to_owned(),
        "ümlaut".to_owned(),
    ] {
        let answer = keyed(&cast.owner, "/api/bots", &bad, &body).await;
        assert_eq!(answer.status, 422, "{bad:?}: {}", answer.text);
    }
    app.stop().await;
}
