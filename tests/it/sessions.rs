//! Sessions: shared with everyone who has a role on the bot, or their creator's alone; open or closed.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Cast, nobody};

#[tokio::test]
async fn a_session_is_shared_from_its_start() {
    let (app, cast) = Cast::start().await;
    let before = cast.owner.head(&cast.bot).await;
    let sessions = format!("/api/bots/{}/sessions", cast.bot);
    let session = cast
        .viewer
        .post(&sessions, json!({ "title": "Plans" }))
        .await
        .ok(201);
    for (field, value) in [
        ("bot_id", json!(cast.bot)),
        ("title", json!("Plans")),
        ("visibility", json!("shared")),
        ("status", json!("open")),
        ("auto_reply", json!(true)),
        ("created_by", json!(cast.viewer.id)),
        ("username", json!("viewer")),
        ("message_count", json!(0)),
        ("unread", json!(0)),
        ("read", json!([])),
    ] {
        assert_eq!(session[field], value, "{field}");
    }
    let path = format!("/api/sessions/{}", id_of(&session));
    assert_eq!(cast.owner.get(&path).await.ok(200), session);
    assert_eq!(
        cast.editor.get(&sessions).await.ok(200)["items"],
        json!([session])
    );

    let events = cast.owner.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "session_created");
    assert_eq!(events[0]["seq"], before + 1);
    let told = &events[0]["data"]["session"];
    assert_eq!((&told["id"], &told["title"]), (&session["id"], &session["title"]));
    for field in ["unread", "read", "message_count"] {
        assert_eq!(told.get(field), None, "{field}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_session_can_be_made_with_nothing_said() {
    let (app, cast) = Cast::start().await;
    let session = cast
        .viewer
        .post(&format!("/api/bots/{}/sessions", cast.bot), json!({}))
        .await
        .ok(201);
    assert!(session["title"].is_string(), "{session}");
    assert_eq!(session["visibility"], "shared");
    app.stop().await;
}

#[tokio::test]
async fn a_private_session_is_seen_by_its_creator_alone() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "private").await;
    let path = format!("/api/sessions/{session}");
    let message = cast.viewer.say(&session, "canary words").await;
    let before = cast.owner.head(&cast.bot).await;
    cast.viewer.get(&path).await.ok(200);
    for other in [&cast.owner, &cast.editor, &cast.admin, &cast.stranger] {
        other.get(&path).await.refused(404, "session_not_found");
        other
            .patch(&path, json!({ "status": "closed" }))
            .await
            .refused(404, "session_not_found");
        other.delete(&path).await.refused(404, "session_not_found");
        other
            .get(&format!("{path}/messages"))
            .await
            .refused(404, "session_not_found");
        other
            .post(&format!("{path}/messages"), json!({ "content": "hi" }))
            .await
            .refused(404, "session_not_found");
        let read = json!({ "message_id": message["id"] });
        other
            .put(&format!("{path}/read"), read)
            .await
            .refused(404, "session_not_found");
        other
            .patch(
                &format!("/api/messages/{}", id_of(&message)),
                json!({ "content": "x" }),
            )
            .await
            .refused(404, "message_not_found");
        other
            .delete(&format!("/api/messages/{}", id_of(&message)))
            .await
            .refused(404, "message_not_found");
    }
    for other in [&cast.owner, &cast.editor] {
        for read in [
            "sessions",
            "events",
            "snapshot",
            "messages/search?q=canary",
            "presence",
        ] {
            let answer = other.get(&format!("/api/bots/{}/{read}", cast.bot)).await;
            assert!(
                !answer.text.contains("canary") && !answer.text.contains(&session),
                "{read}: {}",
                answer.text
            );
            answer.ok(200);
        }
    }
    assert_eq!(cast.owner.head(&cast.bot).await, before);
    assert_eq!(
        cast.viewer.events(&cast.bot, 0).await.last().unwrap()["data"]["content"],
        "canary words"
    );
    app.stop().await;
}

#[tokio::test]
async fn the_numbers_of_private_events_are_passed_over() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "private").await;
    let before = cast.owner.head(&cast.bot).await;
    cast.viewer.say(&session, "one").await;
    cast.viewer.say(&session, "two").await;
    let page = cast
        .owner
        .get(&format!("/api/bots/{}/events?since={before}", cast.bot))
        .await
        .ok(200);
    assert_eq!(
        (&page["events"], &page["seq"], &page["complete"]),
        (&json!([]), &json!(before + 2), &json!(true))
    );
    let shared = cast.editor.session(&cast.bot, "shared").await;
    let page = cast
        .owner
        .get(&format!("/api/bots/{}/events?since={before}", cast.bot))
        .await
        .ok(200);
    assert_eq!(page["events"].as_array().unwrap().len(), 1);
    assert_eq!(page["events"][0]["data"]["session"]["id"], shared);
    assert_eq!(page["events"][0]["seq"], before + 3);
    app.stop().await;
}

#[tokio::test]
async fn a_private_session_stays_its_creators_when_roles_change() {
    let (app, cast) = Cast::start().await;
    let session = cast.editor.session(&cast.bot, "private").await;
    cast.owner.revoke(&cast.bot, &cast.editor).await;
    cast.editor
        .get(&format!("/api/sessions/{session}"))
        .await
        .refused(404, "session_not_found");
    cast.owner.grant(&cast.bot, &cast.editor, "viewer").await;
    cast.editor.get(&format!("/api/sessions/{session}")).await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn visibility_is_fixed() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}");
    cast.viewer
        .patch(&path, json!({ "visibility": "private" }))
        .await
        .invalid(&["visibility"]);
    assert_eq!(cast.viewer.get(&path).await.ok(200)["visibility"], "shared");
    app.stop().await;
}

#[tokio::test]
async fn a_closed_session_takes_no_messages_until_it_is_opened_again() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}");
    let message = cast.viewer.say(&session, "before").await;
    let before = cast.owner.head(&cast.bot).await;
    assert_eq!(
        cast.editor
            .patch(&path, json!({ "status": "closed" }))
            .await
            .ok(200)["status"],
        "closed"
    );
    let messages = format!("{path}/messages");
    cast.viewer
        .post(&messages, json!({ "content": "late" }))
        .await
        .refused(409, "session_closed");
    assert_eq!(
        cast.viewer.get(&messages).await.ok(200)["items"],
        json!([message])
    );
    assert_eq!(
        cast.viewer
            .patch(&path, json!({ "status": "open" }))
            .await
            .ok(200)["status"],
        "open"
    );
    cast.viewer.say(&session, "after").await;
    let told: Vec<_> = cast
        .owner
        .events(&cast.bot, before)
        .await
        .iter()
        .map(|event| event["type"].clone())
        .collect();
    assert_eq!(told, ["session_updated", "session_updated", "chat_message"]);
    app.stop().await;
}

#[tokio::test]
async fn a_viewer_changes_own_sessions_only() {
    let (app, cast) = Cast::start().await;
    let own = format!("/api/sessions/{}", cast.viewer.session(&cast.bot, "shared").await);
    let others = format!("/api/sessions/{}", cast.owner.session(&cast.bot, "shared").await);
    assert_eq!(
        cast.viewer.patch(&own, json!({ "title": "Mine" })).await.ok(200)["title"],
        "Mine"
    );
    assert_eq!(
        cast.viewer
            .patch(&others, json!({ "title": "Mine" }))
            .await
            .refused(403, "role_required")["needed_role"],
        "editor"
    );
    cast.viewer.delete(&others).await.refused(403, "role_required");
    cast.editor
        .patch(&others, json!({ "title": "Ours", "auto_reply": false }))
        .await
        .ok(200);
    cast.editor.delete(&others).await.ok(204);
    cast.viewer.delete(&own).await.ok(204);
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_session_takes_its_texts_out_of_the_log() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "shared").await;
    cast.viewer.say(&session, "canary").await;
    let before = cast.owner.head(&cast.bot).await;
    cast.editor
        .delete(&format!("/api/sessions/{session}"))
        .await
        .ok(204);

    let answer = cast
        .owner
        .get(&format!("/api/bots/{}/events?limit=100", cast.bot))
        .await;
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    let events = answer.ok(200)["events"].as_array().unwrap().clone();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["seq"]),
        (&json!("session_deleted"), &json!(before + 1))
    );
    assert_eq!(last["data"], json!({ "session": { "id": session } }));
    let numbers: Vec<_> = events
        .iter()
        .map(|event| event["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=before + 1).collect::<Vec<_>>(), "numbers stay");
    assert_eq!(
        cast.owner
            .get(&format!("/api/bots/{}/messages/search?q=canary", cast.bot))
            .await
            .ok(200)["items"],
        json!([])
    );
    cast.viewer
        .get(&format!("/api/sessions/{session}"))
        .await
        .refused(404, "session_not_found");
    app.stop().await;
}

#[tokio::test]
async fn bad_sessions_are_refused_field_by_field() {
    let (app, cast) = Cast::start().await;
    let sessions = format!("/api/bots/{}/sessions", cast.bot);
    let body = json!({ "title": "", "visibility": "secret", "auto_reply": "yes", "owner_id": nobody() });
    cast.viewer
        .post(&sessions, body)
        .await
        .invalid(&["auto_reply", "owner_id", "title", "visibility"]);
    cast.viewer
        .post(&sessions, json!({ "title": "x".repeat(201) }))
        .await
        .invalid(&["title"]);
    cast.viewer
        .post(&sessions, json!({ "title": "é".repeat(200) }))
        .await
        .ok(201);
    cast.viewer
        .post(&sessions, json!({ "title": "a\u{0}b" }))
        .await
        .invalid(&["title"]);
    cast.viewer
        .post(&sessions, Value::Array(vec![]))
        .await
        .status_is(422);
    app.stop().await;
}

#[tokio::test]
async fn unread_counts_what_others_wrote_since_the_marker() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}");
    let first = cast.owner.say(&session, "one").await;
    cast.owner.say(&session, "two").await;
    let seen = cast.viewer.get(&path).await.ok(200);
    assert_eq!((&seen["message_count"], &seen["unread"]), (&json!(2), &json!(2)));
    cast.viewer
        .put(&format!("{path}/read"), json!({ "message_id": first["id"] }))
        .await
        .ok(200);
    let seen = cast.viewer.get(&path).await.ok(200);
    assert_eq!(seen["unread"], 1);
    assert_eq!(
        seen["read"],
        json!([{ "user_id": cast.viewer.id, "message_id": first["id"] }])
    );
    app.stop().await;
}
