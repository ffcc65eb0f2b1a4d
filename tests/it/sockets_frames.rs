//! Section 4 of the protocol frame by frame: the greeting and every durable event in its exact shape. What is ephemeral and
//! what answers a frame are in `sockets_answers`, notifications in `sockets_notifications`.

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket};

use crate::sockets_kit::{assert_shape, greeted, greeted_by, is_event, replay, stage};

/// The next durable event of the viewer's socket, checked against the envelope that all share.
async fn event(socket: &mut Socket, bot: &str, kind: &str, data: Value) -> Value {
    let frame = socket.event().await;
    let shape = json!({
        "type": kind, "bot_id": bot, "seq": "<seq>", "id": "<uuid>", "data": data, "timestamp": "<time>",
    });
    assert_shape(&frame, &shape);
    frame
}

async fn watched() -> (App, Cast, String, Socket) {
    let (app, cast, session) = stage().await;
    let (socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    (app, cast, session, socket)
}

#[tokio::test]
async fn the_greeting_says_who_where_and_from_which_number() {
    // On one node, which knows at once who is there.
    let app = App::bare(|_| ()).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let said = cast.owner.say(&session, "first").await;
    let read = json!({ "message_id": said["id"] });
    cast.editor
        .put(&format!("/api/sessions/{session}/read"), read)
        .await
        .ok(200);
    let (_other, _) = greeted(&app, &cast.owner, &cast.bot).await;
    let head = cast.viewer.head(&cast.bot).await;
    for prefix in ["/api", ""] {
        let path = format!("{prefix}/ws/chat/{}", cast.bot);
        let mut socket = Socket::connect(&app, &path, Some(&cast.viewer.token), None, None).await;
        let greeting = socket.next().await;
        assert_shape(
            &greeting,
            &json!({ "type": "connection_established", "data": {
                "bot_id": cast.bot, "bot_name": "Shared bot", "user_id": cast.viewer.id,
                "connection_id": "<uuid>", "role": "viewer", "seq": head, "epoch": "<text>",
                "expires_at": "<time>", "online_count": 2,
                "read": [{ "session_id": session, "user_id": cast.editor.id, "message_id": said["id"] }],
            }}),
        );
        let mut online = greeting["data"]["online"].as_array().unwrap().clone();
        online.sort_by_key(|one| one["username"].to_string());
        let shape = |person: &Person| json!({ "user_id": person.id, "username": person.username, "session_id": null });
        assert_shape(&json!(online), &json!([shape(&cast.owner), shape(&cast.viewer)]));
        let epoch = greeting["data"]["epoch"].as_str().unwrap();
        assert!(!epoch.contains(':'), "an epoch holds no colon: {epoch}");
    }
}

#[tokio::test]
async fn the_greeting_names_the_role_and_the_end_of_the_token() {
    let (app, cast, _) = stage().await;
    for (person, role) in [
        (&cast.viewer, "viewer"),
        (&cast.editor, "editor"),
        (&cast.owner, "owner"),
    ] {
        let (_socket, greeting) = greeted(&app, person, &cast.bot).await;
        assert_eq!(greeting["data"]["role"], role);
        let ends = chrono::DateTime::parse_from_rfc3339(greeting["data"]["expires_at"].as_str().unwrap());
        let left = ends.unwrap().to_utc() - chrono::Utc::now();
        assert!((800..=900).contains(&left.num_seconds()), "{left}");
    }
}

#[tokio::test]
async fn a_message_is_an_event_when_it_is_posted_edited_and_deleted() {
    let (_app, cast, session, mut socket) = watched().await;
    let said = cast.editor.say(&session, "hello").await;
    let shape = |content: &str| {
        json!({
            "message_id": said["id"], "session_id": session, "user_id": cast.editor.id,
            "username": "editor", "content": content, "role": "user", "timestamp": said["timestamp"],
            "metadata": "<object>",
        })
    };
    let posted = event(&mut socket, &cast.bot, "chat_message", shape("hello")).await;
    assert!(posted["data"].get("redacted").is_none(), "{posted}");

    let path = format!("/api/messages/{}", said["id"].as_str().unwrap());
    cast.editor
        .patch(&path, json!({ "content": "goodbye" }))
        .await
        .ok(200);
    let mut edited = shape("goodbye");
    edited["edited_at"] = json!("<time>");
    let edited = event(&mut socket, &cast.bot, "chat_message_updated", edited).await;
    assert_eq!(edited["seq"].as_i64(), posted["seq"].as_i64().map(|seq| seq + 1));

    cast.owner.delete(&path).await.ok(204);
    let gone = json!({ "message_id": said["id"], "session_id": session, "deleted_by": cast.owner.id });
    event(&mut socket, &cast.bot, "chat_message_deleted", gone).await;
}

#[tokio::test]
async fn editing_leaves_only_the_new_text_in_the_log_and_deleting_none() {
    let (app, cast, session) = stage().await;
    let head = cast.viewer.head(&cast.bot).await;
    let kept = cast.editor.say(&session, "canary one").await;
    let gone = cast.editor.say(&session, "canary two").await;
    let path = |said: &Value| format!("/api/messages/{}", said["id"].as_str().unwrap());
    cast.editor
        .patch(&path(&kept), json!({ "content": "new text" }))
        .await
        .ok(200);
    cast.editor
        .patch(&path(&gone), json!({ "content": "canary three" }))
        .await
        .ok(200);
    cast.editor.delete(&path(&gone)).await.ok(204);

    let (mut socket, _) = greeted_by(&app, &cast.viewer, &cast.bot, &format!("since={head}")).await;
    let (events, _) = replay(&mut socket).await;
    assert!(!json!(events).to_string().contains("canary"), "{events:?}");
    let seqs: Vec<_> = events
        .iter()
        .map(|event| event["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, (head + 1..=head + 5).collect::<Vec<_>>(), "numbers stay");
    let short = |event: &Value| (event["type"].clone(), event["data"]["content"].clone());
    assert_eq!(short(&events[0]), (json!("chat_message"), json!("new text")));
    for event in [&events[1], &events[3]] {
        assert_shape(
            event,
            &json!({ "data": { "redacted": true, "content": "", "metadata": {} } }),
        );
    }
    assert_eq!(events[4]["type"], "chat_message_deleted");
}

#[tokio::test]
async fn a_session_is_an_event_when_it_is_made_changed_and_deleted() {
    let (_app, cast, _, mut socket) = watched().await;
    let session = cast.editor.session(&cast.bot, "shared").await;
    let shape = |title: &str, status: &str| {
        json!({ "session": {
            "id": session, "bot_id": cast.bot, "title": title, "visibility": "shared", "status": status,
            "auto_reply": false, "created_by": cast.editor.id, "username": "editor",
            "created_at": "<time>", "updated_at": "<time>",
        }})
    };
    let made = event(
        &mut socket,
        &cast.bot,
        "session_created",
        shape("A session", "open"),
    )
    .await;
    let path = format!("/api/sessions/{session}");
    cast.owner
        .patch(&path, json!({ "title": "Another", "status": "closed" }))
        .await
        .ok(200);
    let changed = event(
        &mut socket,
        &cast.bot,
        "session_updated",
        shape("Another", "closed"),
    )
    .await;
    for frame in [made, changed] {
        for absent in ["unread", "read", "message_count"] {
            assert!(
                frame["data"]["session"].get(absent).is_none(),
                "{absent} differs by reader: {frame}"
            );
        }
    }
    cast.owner.delete(&path).await.ok(204);
    event(
        &mut socket,
        &cast.bot,
        "session_deleted",
        json!({ "session": { "id": session } }),
    )
    .await;
}

#[tokio::test]
async fn a_role_is_an_event_when_it_is_granted_changed_taken_and_left() {
    let (_app, cast, _, mut socket) = watched().await;
    let bot = &cast.bot;
    let shape = |target: &Person, action: &str, role: &str, by: Value| {
        json!({ "target_user_id": target.id, "action": action,
                "details": { "role": role, "granted_by": by } })
    };
    let owner = || json!(cast.owner.id);
    cast.owner.grant(bot, &cast.stranger, "viewer").await;
    let granted = shape(&cast.stranger, "granted", "viewer", owner());
    let granted = event(&mut socket, bot, "permission_change", granted).await;
    assert!(
        granted["data"]["details"].get("reason").is_none(),
        "only where one leaves or a role ends"
    );

    let path = format!("/api/bots/{bot}/permissions/{}", cast.stranger.id);
    cast.owner.put(&path, json!({ "role": "editor" })).await.ok(200);
    let updated = shape(&cast.stranger, "updated", "editor", owner());
    event(&mut socket, bot, "permission_change", updated).await;

    cast.owner.revoke(bot, &cast.stranger).await;
    let revoked = shape(&cast.stranger, "revoked", "editor", owner());
    let revoked = event(&mut socket, bot, "permission_change", revoked).await;
    assert!(revoked["data"]["details"].get("reason").is_none(), "{revoked}");

    cast.editor.revoke(bot, &cast.editor).await;
    let mut left = shape(&cast.editor, "revoked", "editor", json!(cast.editor.id));
    left["details"]["reason"] = json!("left");
    event(&mut socket, bot, "permission_change", left).await;
}

#[tokio::test]
async fn a_bot_is_an_event_when_it_is_made_configured_handed_over_and_deleted() {
    let (app, cast, _, mut socket) = watched().await;
    let bot = &cast.bot;
    let (mut first, _) = greeted_by(&app, &cast.viewer, bot, "since=0").await;
    let (events, _) = replay(&mut first).await;
    let created = json!({ "update_type": "created", "details": { "name": "Shared bot" },
                          "updated_by": cast.owner.id });
    assert_shape(
        &events[0],
        &json!({ "type": "bot_update", "seq": 1, "data": created }),
    );

    let secret = json!({ "name": "New name", "instructions": "canary in the instructions" });
    cast.editor
        .patch(&format!("/api/bots/{bot}"), secret)
        .await
        .ok(200);
    let config = json!({ "update_type": "config", "updated_by": cast.editor.id,
        "details": { "name": "New name", "version": 2, "changed": ["name", "instructions"] } });
    let changed = event(&mut socket, bot, "bot_update", config).await;
    assert!(
        !changed.to_string().contains("canary"),
        "values never travel: {changed}"
    );

    let to = json!({ "user_id": cast.editor.id });
    cast.owner
        .post(&format!("/api/bots/{bot}/transfer"), to)
        .await
        .ok(200);
    let handed = json!({ "update_type": "ownership", "updated_by": cast.owner.id,
        "details": { "from": cast.owner.id, "to": cast.editor.id } });
    event(&mut socket, bot, "bot_update", handed).await;

    cast.editor.delete(&format!("/api/bots/{bot}")).await.ok(204);
    let deleted = json!({ "update_type": "deleted", "updated_by": cast.editor.id });
    event(&mut socket, bot, "bot_update", deleted).await;
    let frames = socket.expect_close(4003).await;
    assert!(!frames.iter().any(is_event), "{frames:?}");
}

#[tokio::test]
async fn a_bot_is_an_event_when_it_is_suspended_and_resumed() {
    let (app, cast, _, mut socket) = watched().await;
    let path = format!("/api/admin/bots/{}", cast.bot);
    cast.admin
        .patch(&path, json!({ "suspended": true }))
        .await
        .ok(200);
    let suspended = json!({ "update_type": "suspended", "updated_by": cast.admin.id });
    let frame = event(&mut socket, &cast.bot, "bot_update", suspended).await;
    socket.expect_close(4003).await;
    cast.admin
        .patch(&path, json!({ "suspended": false }))
        .await
        .ok(200);
    let since = format!("since={}", frame["seq"]);
    let (mut socket, _) = greeted_by(&app, &cast.viewer, &cast.bot, &since).await;
    let resumed = json!({ "update_type": "resumed", "updated_by": cast.admin.id });
    event(&mut socket, &cast.bot, "bot_update", resumed).await;
}
