//! Messages: posting, paging, editing, deleting with the redaction of what the log kept, read markers.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Cast, Person, nobody};

async fn page(person: &Person, session: &str, query: &str) -> Vec<String> {
    let list = person
        .get(&format!("/api/sessions/{session}/messages{query}"))
        .await
        .ok(200);
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_message_is_the_next_event_word_for_word() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let before = cast.owner.head(&cast.bot).await;
    let path = format!("/api/sessions/{session}/messages");
    let content = "Hello, wörld!\n\t@all \u{1f600}";
    let posted = cast
        .viewer
        .post(&path, json!({ "content": content }))
        .await
        .ok(201);
    assert_eq!(posted["answer"], Value::Null);
    let message = &posted["message"];
    for (field, value) in [
        ("message_id", message["id"].clone()),
        ("session_id", json!(session)),
        ("bot_id", json!(cast.bot)),
        ("user_id", json!(cast.viewer.id)),
        ("username", json!("viewer")),
        ("role", json!("user")),
        ("content", json!(content)),
        ("metadata", json!({})),
        ("edited_at", Value::Null),
    ] {
        assert_eq!(message[field], value, "{field}");
    }

    let events = cast.owner.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(
        (&event["type"], &event["bot_id"], &event["seq"]),
        (&json!("chat_message"), &json!(cast.bot), &json!(before + 1))
    );
    for field in [
        "message_id",
        "session_id",
        "user_id",
        "username",
        "content",
        "role",
        "timestamp",
        "metadata",
    ] {
        assert_eq!(event["data"][field], message[field], "{field}");
    }
    assert_eq!(page(&cast.editor, &session, "").await, [content]);
    app.stop().await;
}

#[tokio::test]
async fn pages_run_from_oldest_to_newest_before_and_after_a_message() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let mut ids = Vec::new();
    for number in 1..=6 {
        ids.push(id_of(&cast.owner.say(&session, &number.to_string()).await));
    }
    let elsewhere = id_of(&cast.owner.say(&other, "elsewhere").await);
    let look = async |query: &str| page(&cast.viewer, &session, query).await;
    assert_eq!(look("").await, ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(look("?limit=2").await, ["5", "6"]);
    assert_eq!(look(&format!("?limit=2&before={}", ids[4])).await, ["3", "4"]);
    assert_eq!(look(&format!("?before={}", ids[0])).await, Vec::<String>::new());
    assert_eq!(look(&format!("?limit=2&after={}", ids[1])).await, ["3", "4"]);
    assert_eq!(look(&format!("?after={}", ids[5])).await, Vec::<String>::new());

    let path = format!("/api/sessions/{session}/messages");
    for (query, field) in [
        (format!("before={}", nobody()), "before"),
        ("after=nonsense".to_owned(), "after"),
        (format!("after={elsewhere}"), "after"),
        ("limit=0".to_owned(), "limit"),
        ("limit=101".to_owned(), "limit"),
    ] {
        cast.viewer
            .get(&format!("{path}?{query}"))
            .await
            .invalid(&[field]);
    }
    let both = cast
        .viewer
        .get(&format!("{path}?before={}&after={}", ids[3], ids[1]))
        .await;
    assert_eq!(both.status, 422, "{}", both.text);
    app.stop().await;
}

#[tokio::test]
async fn an_edit_leaves_only_the_new_text() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let before = cast.owner.head(&cast.bot).await;
    let message = cast.viewer.say(&session, "old canary").await;
    let path = format!("/api/messages/{}", id_of(&message));
    let edited = cast
        .viewer
        .patch(&path, json!({ "content": "new words" }))
        .await
        .ok(200);
    assert_eq!(edited["content"], "new words");
    assert!(edited["edited_at"].is_string());
    assert_eq!(edited["timestamp"], message["timestamp"]);

    let answer = cast
        .owner
        .get(&format!("/api/bots/{}/events?since={before}", cast.bot))
        .await;
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    let events = answer.ok(200)["events"].clone();
    assert_eq!(events[0]["type"], "chat_message");
    assert_eq!(events[0]["data"]["content"], "new words");
    assert_eq!(events[1]["type"], "chat_message_updated");
    assert_eq!(events[1]["seq"], before + 2);
    assert_eq!(events[1]["data"]["content"], "new words");
    assert_eq!(events[1]["data"]["edited_at"], edited["edited_at"]);
    assert_eq!(page(&cast.owner, &session, "").await, ["new words"]);
    let found = cast
        .owner
        .get(&format!("/api/bots/{}/messages/search?q=canary", cast.bot))
        .await
        .ok(200);
    assert_eq!(found["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn nobody_edits_anothers_words() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let message = cast.viewer.say(&session, "mine").await;
    let path = format!("/api/messages/{}", id_of(&message));
    for other in [&cast.owner, &cast.editor] {
        other
            .patch(&path, json!({ "content": "yours" }))
            .await
            .refused(403, "author_required");
    }
    assert_eq!(page(&cast.owner, &session, "").await, ["mine"]);
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_message_is_redacted_in_the_log_and_its_number_stays() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let before = cast.owner.head(&cast.bot).await;
    let message = cast.viewer.say(&session, "canary one").await;
    let path = format!("/api/messages/{}", id_of(&message));
    cast.viewer
        .patch(&path, json!({ "content": "canary two" }))
        .await
        .ok(200);
    cast.editor.delete(&path).await.ok(204);

    let answer = cast
        .owner
        .get(&format!("/api/bots/{}/events?since={before}", cast.bot))
        .await;
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    let events = answer.ok(200)["events"].as_array().unwrap().clone();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), event["seq"].as_i64().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("chat_message", before + 1),
            ("chat_message_updated", before + 2),
            ("chat_message_deleted", before + 3)
        ]
    );
    for event in &events[..2] {
        assert_eq!(event["data"]["content"], "");
        assert_eq!(event["data"]["metadata"], json!({}));
        assert_eq!(event["data"]["redacted"], true);
        assert_eq!(event["data"]["message_id"], message["id"]);
    }
    assert_eq!(
        events[2]["data"],
        json!({ "message_id": message["id"], "session_id": session, "deleted_by": cast.editor.id })
    );
    assert_eq!(page(&cast.viewer, &session, "").await, Vec::<String>::new());
    cast.viewer
        .patch(&path, json!({ "content": "back" }))
        .await
        .refused(404, "message_not_found");
    cast.viewer.delete(&path).await.refused(404, "message_not_found");
    assert_eq!(
        cast.viewer.get(&format!("/api/sessions/{session}")).await.ok(200)["message_count"],
        0
    );
    let rows = app.database().await.fingerprint().await;
    assert!(
        !format!("{rows:?}").contains("canary"),
        "no copy is left in any table"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_viewer_deletes_own_messages_only() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let own = cast.viewer.say(&session, "own").await;
    let others = cast.owner.say(&session, "other").await;
    cast.viewer
        .delete(&format!("/api/messages/{}", id_of(&own)))
        .await
        .ok(204);
    cast.viewer
        .delete(&format!("/api/messages/{}", id_of(&others)))
        .await
        .refused(403, "role_required");
    assert_eq!(page(&cast.owner, &session, "").await, ["other"]);
    app.stop().await;
}

#[tokio::test]
async fn content_is_1_byte_to_64_kib() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}/messages");
    cast.viewer.post(&path, json!({ "content": "x" })).await.ok(201);
    cast.viewer
        .post(&path, json!({ "content": "é".repeat(32 * 1024) }))
        .await
        .ok(201);
    let most = cast.viewer.say(&session, &"x".repeat(64 * 1024)).await;
    for bad in [
        String::new(),
        "x".repeat(64 * 1024 + 1),
        "é".repeat(32 * 1024) + "x",
        "nul\0".to_owned(),
        "bell\u{7}".to_owned(),
    ] {
        cast.viewer
            .post(&path, json!({ "content": bad }))
            .await
            .invalid(&["content"]);
        cast.viewer
            .patch(
                &format!("/api/messages/{}", id_of(&most)),
                json!({ "content": bad }),
            )
            .await
            .invalid(&["content"]);
    }
    cast.viewer
        .post(
            &path,
            json!({ "content": 7, "reply": "no", "mentions": "all", "role": "system" }),
        )
        .await
        .invalid(&["content", "mentions", "reply", "role"]);
    cast.viewer.post(&path, json!({})).await.invalid(&["content"]);
    assert_eq!(
        cast.viewer.get(&path).await.ok(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    app.stop().await;
}

#[tokio::test]
async fn a_read_marker_never_moves_backwards() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let first = cast.owner.say(&session, "one").await;
    let second = cast.owner.say(&session, "two").await;
    let elsewhere = cast.owner.say(&other, "elsewhere").await;
    let path = format!("/api/sessions/{session}/read");
    let head = cast.owner.head(&cast.bot).await;
    let mark = async |message: &Value| {
        cast.viewer
            .put(&path, json!({ "message_id": message["id"] }))
            .await
    };
    let stands = json!({ "session_id": session, "message_id": second["id"] });
    assert_eq!(mark(&second).await.ok(200), stands);
    assert_eq!(mark(&first).await.ok(200), stands, "the marker that stands");
    mark(&elsewhere).await.refused(404, "message_not_found");
    mark(&json!({ "id": nobody() }))
        .await
        .refused(404, "message_not_found");
    cast.viewer
        .put(&path, json!({ "message_id": "nonsense" }))
        .await
        .invalid(&["message_id"]);
    assert_eq!(
        cast.owner.head(&cast.bot).await,
        head,
        "read markers have no number"
    );
    app.stop().await;
}
