//! Section 5 of the protocol frame by frame: the notifications socket, what comes over it and what it refuses.

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket};

use crate::sockets_kit::{assert_shape, message, notified, stage};

/// The next durable frame, in the envelope of a notification.
async fn notification(socket: &mut Socket, kind: &str, data: Value) -> Value {
    let frame = socket.event().await;
    let shape = json!({
        "type": "notification", "notification_type": kind, "seq": "<seq>", "id": "<uuid>",
        "timestamp": "<time>",
        "data": { "notification_id": "<uuid>", "title": "<text>", "message": "<text>" },
    });
    assert_shape(&frame, &shape);
    assert_shape(&frame["data"], &data);
    frame
}

async fn listening() -> (App, Cast, String, Socket) {
    let (app, cast, session) = stage().await;
    let (socket, _) = notified(&app, &cast.viewer).await;
    (app, cast, session, socket)
}

#[tokio::test]
async fn the_greeting_says_who_from_which_number_and_how_much_is_unread() {
    let (app, cast, _) = stage().await;
    for prefix in ["/api", ""] {
        let path = format!("{prefix}/ws/notifications");
        let mut socket = Socket::connect(&app, &path, Some(&cast.viewer.token), None, None).await;
        let greeting = socket.next().await;
        assert_shape(
            &greeting,
            &json!({ "type": "connection_established", "data": {
                "user_id": cast.viewer.id, "connection_id": "<uuid>",
                "connection_type": "notifications", "seq": 1, "epoch": "<text>",
                "expires_at": "<time>", "unread": 1 } }),
        );
    }
}

#[tokio::test]
async fn a_role_granted_changed_and_taken_is_told_to_the_person_alone() {
    let (app, cast, _, mut socket) = listening().await;
    let (mut other, _) = notified(&app, &cast.editor).await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    cast.owner.put(&path, json!({ "role": "editor" })).await.ok(200);
    let data = |action: &str, role: &str| json!({ "bot_id": cast.bot, "action": action, "details": { "role": role } });
    let first = notification(&mut socket, "permission_change", data("updated", "editor")).await;
    cast.owner.delete(&path).await.ok(204);
    let second = notification(&mut socket, "permission_change", data("revoked", "editor")).await;
    cast.owner.grant(&cast.bot, &cast.viewer, "viewer").await;
    let third = notification(&mut socket, "permission_change", data("granted", "viewer")).await;
    let seqs: Vec<_> = [first, second, third]
        .iter()
        .map(|frame| frame["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, [2, 3, 4]);
    other.expect_silence(1).await;
}

#[tokio::test]
async fn a_mention_is_told_without_the_text() {
    let (_app, cast, session, mut socket) = listening().await;
    cast.owner.say(&session, "@viewer canary").await;
    let by_name = notification(&mut socket, "mention", json!({ "bot_id": cast.bot })).await;
    let body = json!({ "content": "canary again", "mentions": [cast.viewer.id] });
    cast.owner
        .post(&format!("/api/sessions/{session}/messages"), body)
        .await
        .ok(201);
    let by_id = notification(&mut socket, "mention", json!({ "bot_id": cast.bot })).await;
    for frame in [by_name, by_id] {
        assert!(!frame.to_string().contains("canary"), "{frame}");
    }
}

#[tokio::test]
async fn a_shared_bot_that_changes_hands_or_is_deleted_is_told() {
    let (_app, cast, _, mut socket) = listening().await;
    let to = json!({ "user_id": cast.editor.id });
    cast.owner
        .post(&format!("/api/bots/{}/transfer", cast.bot), to)
        .await
        .ok(200);
    notification(
        &mut socket,
        "bot_update",
        json!({ "bot_id": cast.bot, "action": "ownership" }),
    )
    .await;
    cast.editor
        .delete(&format!("/api/bots/{}", cast.bot))
        .await
        .ok(204);
    notification(
        &mut socket,
        "bot_update",
        json!({ "bot_id": cast.bot, "action": "deleted" }),
    )
    .await;
}

#[tokio::test]
async fn a_broadcast_reaches_everyone() {
    let (app, cast, _, mut viewer) = listening().await;
    let (mut stranger, _) = notified(&app, &cast.stranger).await;
    let body = json!({ "message": "the server moves at noon", "title": "Moving" });
    cast.admin.post("/api/admin/broadcast", body).await.ok(202);
    for socket in [&mut viewer, &mut stranger] {
        let data = json!({ "bot_id": null, "title": "Moving", "message": "the server moves at noon" });
        notification(socket, "system", data).await;
    }
}

#[tokio::test]
async fn reading_one_reading_all_and_dismissing_are_told_with_what_is_left() {
    let (_app, cast, session, mut socket) = listening().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        cast.owner.say(&session, "@viewer").await;
        let frame = notification(&mut socket, "mention", json!({})).await;
        ids.push(frame["data"]["notification_id"].as_str().unwrap().to_owned());
    }
    let shape = |id: Value, action: &str, unread: u64| {
        json!({ "type": "notification_read", "seq": "<seq>", "id": "<uuid>", "timestamp": "<time>",
                "data": { "notification_id": id, "action": action, "unread": unread } })
    };
    // The grant of the role is the fourth.
    cast.viewer
        .post(&format!("/api/notifications/{}/read", ids[0]), Value::Null)
        .await
        .ok(200);
    assert_shape(&socket.event().await, &shape(json!(ids[0]), "read", 3));
    cast.viewer
        .delete(&format!("/api/notifications/{}", ids[1]))
        .await
        .ok(204);
    assert_shape(&socket.event().await, &shape(json!(ids[1]), "dismissed", 2));
    cast.viewer
        .post("/api/notifications/read-all", Value::Null)
        .await
        .ok(200);
    assert_shape(&socket.event().await, &shape(Value::Null, "read", 0));
}

#[tokio::test]
async fn an_item_about_a_bot_that_is_gone_from_sight_keeps_only_its_type_and_bot() {
    let (app, cast, session, mut socket) = listening().await;
    cast.owner.say(&session, "@viewer").await;
    notification(&mut socket, "mention", json!({ "bot_id": cast.bot })).await;
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    notification(&mut socket, "permission_change", json!({ "action": "revoked" })).await;
    let items = cast.viewer.get("/api/notifications").await.ok(200);
    let mention = items["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["notification_type"] == "mention");
    let mention = mention.expect("it is still listed");
    assert_eq!(mention["bot_id"], json!(cast.bot));
    assert!(!mention.to_string().contains("Shared bot"), "{mention}");
    let (mut again, since) = (app.notifications(&cast.viewer).await, 1);
    again.next().await;
    drop(again);
    let replayed = since_of(&app, &cast.viewer, since).await;
    let mention = replayed
        .iter()
        .find(|frame| frame["notification_type"] == "mention")
        .expect("replayed");
    assert!(!mention.to_string().contains("Shared bot"), "{mention}");
    assert!(!mention.to_string().contains("owner"), "{mention}");
}

async fn since_of(app: &App, person: &Person, since: i64) -> Vec<Value> {
    let mut socket = Socket::connect(
        app,
        "/api/ws/notifications",
        Some(&person.token),
        Some(since),
        None,
    )
    .await;
    socket.next().await;
    crate::sockets_kit::replay(&mut socket).await.0
}

#[tokio::test]
async fn it_is_replayed_at_every_position_and_ends_without_a_bot() {
    let (app, cast, session, mut live) = listening().await;
    let mut all = since_of(&app, &cast.viewer, 0).await;
    assert_eq!(all.len(), 1, "the grant");
    for n in 0..12 {
        cast.owner
            .post(&format!("/api/sessions/{session}/messages"), message("@viewer"))
            .await
            .ok(201);
        all.push(live.event().await);
        if n % 3 == 0 {
            let id = all.last().unwrap()["data"]["notification_id"].as_str().unwrap();
            cast.viewer
                .post(&format!("/api/notifications/{id}/read"), Value::Null)
                .await
                .ok(200);
            all.push(live.event().await);
        }
    }
    let head = all.len();
    for since in 0..=head {
        let mut socket = Socket::connect(
            &app,
            "/api/ws/notifications",
            Some(&cast.viewer.token),
            Some(since as i64),
            None,
        )
        .await;
        let greeting = socket.next().await;
        assert_eq!(greeting["data"]["seq"], json!(head));
        let (events, end) = crate::sockets_kit::replay(&mut socket).await;
        assert_eq!(events, all[since..], "since {since}");
        assert_shape(
            &end,
            &json!({ "data": { "from": since, "to": head, "complete": true } }),
        );
        assert!(end.get("bot_id").is_none(), "{end}");
    }
}

#[tokio::test]
async fn it_takes_ping_and_auth_and_nothing_else() {
    let (_app, cast, session, mut socket) = listening().await;
    socket
        .send(json!({ "type": "ping", "timestamp": "now", "id": "1" }))
        .await;
    let pong = json!({ "type": "pong", "timestamp": "now", "id": "1", "seq": 1 });
    assert_shape(&socket.next().await, &pong);
    socket
        .send(json!({ "type": "auth", "id": "2", "data": { "token": cast.viewer.token } }))
        .await;
    let renewed = json!({ "type": "authenticated", "id": "2", "data": { "expires_at": "<time>" } });
    assert_shape(&socket.next().await, &renewed);
    let others = [
        json!({ "type": "typing", "data": { "is_typing": true } }),
        json!({ "type": "viewing", "data": { "session_id": session } }),
        json!({ "type": "read", "data": { "session_id": session, "message_id": tests::nobody() } }),
        json!({ "type": "subscribe", "data": { "channels": [] } }),
    ];
    for mut frame in others {
        frame["id"] = json!("3");
        socket.send(frame).await;
        let answer = socket.next().await;
        assert_shape(
            &answer,
            &json!({ "type": "error", "id": "3", "code": "unknown_type" }),
        );
    }
}

#[tokio::test]
async fn what_happens_to_credentials_is_in_the_stream_and_never_framed() {
    let (app, cast, session, mut live) = listening().await;
    for _ in 0..2 {
        let other = app.login(&cast.viewer).await;
        other.post("/api/auth/logout", json!({})).await.ok(204);
    }
    let body = json!({ "current_password": cast.viewer.password, "new_password": "a new long password" });
    cast.viewer.put("/api/auth/password", body).await.ok(204);
    cast.owner.say(&session, "@viewer").await;
    let mention = live.next().await;
    assert_eq!(
        mention["notification_type"], "mention",
        "nothing came in between: {mention}"
    );
    let replayed = since_of(&app, &cast.viewer, 0).await;
    let kinds: Vec<_> = replayed
        .iter()
        .map(|frame| frame["notification_type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["permission_change", "mention"]);
    assert_eq!(replayed[1], mention);
    let (_, pong) = live.ping().await;
    assert_eq!(pong["seq"], mention["seq"]);
}
