//! What a client sends on a socket of many channels: filters, signals by a channel, and frames of wrong shape.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::sockets_kit::{assert_shape, greeted, is_event, log_of, stage};
use crate::sockets_multi_kit::{bot, error, history, join, leave, many, narrow, session, with};

#[tokio::test]
async fn a_filter_narrows_what_is_live_and_nothing_else() {
    let (app, cast, shared) = stage().await;
    let channel = bot(&cast.bot);
    let (mut socket, _) = with(&app, &cast.viewer, &[&channel]).await;
    let (mut editor, _) = greeted(&app, &cast.editor, &cast.bot).await;
    narrow(
        &mut socket,
        &channel,
        json!({ "types": ["session_created", "typing_indicator"] }),
    )
    .await;
    cast.owner.say(&shared, "filtered").await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let frame = socket.event().await;
    assert_eq!(frame["type"], "session_created");
    editor
        .send(json!({ "type": "viewing", "data": { "session_id": other } }))
        .await;
    editor
        .send(json!({ "type": "typing", "data": { "is_typing": true } }))
        .await;
    let frame = socket.next().await;
    assert_eq!(
        frame["type"], "typing_indicator",
        "no presence came before: {frame}"
    );
    // A new filter replaces the old one, and an empty one takes all.
    narrow(
        &mut socket,
        &channel,
        json!({ "types": ["chat_message"], "level": null }),
    )
    .await;
    cast.owner.session(&cast.bot, "shared").await;
    cast.owner.say(&shared, "wanted").await;
    assert_eq!(socket.event().await["data"]["content"], "wanted");
    let log = log_of(&cast.viewer, &cast.bot).await;
    let page = history(&mut socket, &channel, json!({ "since": 0 })).await;
    assert_eq!(page["events"].as_array().unwrap().len(), log.len());
    narrow(&mut socket, &channel, json!({})).await;
    cast.owner.session(&cast.bot, "shared").await;
    assert_eq!(socket.event().await["type"], "session_created");
    // What the bot's channel does not want, a session's may.
    narrow(&mut socket, &channel, json!({ "types": [] })).await;
    join(&mut socket, &session(&shared)).await;
    cast.owner.say(&shared, "by the other").await;
    assert_eq!(socket.event().await["channel"], json!(session(&shared)));
}

#[tokio::test]
async fn typing_viewing_and_reading_go_by_a_channel() {
    let (app, cast, shared) = stage().await;
    let said = cast.owner.say(&shared, "read me").await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let (whole, part) = (bot(&cast.bot), session(&shared));
    let (mut watcher, _) = greeted(&app, &cast.owner, &cast.bot).await;
    let (mut socket, _) = with(&app, &cast.viewer, &[&whole]).await;
    let mine = |frame: &Value| frame["data"]["user_id"] == json!(cast.viewer.id);
    let online = watcher.next_of("presence").await;
    assert!(mine(&online) && online["data"]["status"] == "online", "{online}");

    let typing = json!({ "is_typing": true, "session_id": other });
    socket
        .send(json!({ "type": "typing", "channel": whole, "data": typing }))
        .await;
    assert_eq!(
        watcher.next_of("typing_indicator").await["data"]["session_id"],
        json!(other)
    );
    socket
        .send(json!({ "type": "viewing", "channel": whole, "data": { "session_id": other } }))
        .await;
    assert_eq!(
        watcher.next_of("presence").await["data"]["session_id"],
        json!(other)
    );
    let read = json!({ "session_id": shared, "message_id": said["id"] });
    socket
        .send(json!({ "type": "read", "channel": whole, "data": read }))
        .await;
    assert!(mine(&watcher.next_of("read_receipt").await));

    // By a session's channel, that session is meant and no other.
    join(&mut socket, &part).await;
    socket
        .send(json!({ "type": "typing", "channel": part, "data": { "is_typing": true } }))
        .await;
    let typing = loop {
        let frame = watcher.next_of("typing_indicator").await;
        if frame["data"]["session_id"] != json!(other) {
            break frame;
        }
    };
    assert_eq!(typing["data"]["session_id"], json!(shared));
    let elsewhere = json!({ "is_typing": true, "session_id": other });
    socket
        .send(json!({ "type": "typing", "id": "t", "channel": part, "data": elsewhere }))
        .await;
    assert_shape(
        &error(&mut socket).await,
        &json!({ "id": "t", "code": "not_found", "channel": part }),
    );
    socket
        .send(json!({ "type": "viewing", "channel": part, "data": { "session_id": null } }))
        .await;
    assert_eq!(
        watcher.next_of("presence").await["data"]["session_id"],
        Value::Null
    );

    // With its last channel on the bot, the socket is gone from there.
    leave(&mut socket, &whole).await;
    leave(&mut socket, &part).await;
    let offline = watcher.next_of("presence").await;
    assert!(
        mine(&offline) && offline["data"]["status"] == "offline",
        "{offline}"
    );
}

#[tokio::test]
async fn a_frame_of_wrong_shape_is_answered_by_its_error_and_changes_nothing() {
    let (app, cast, shared) = stage().await;
    let channel = bot(&cast.bot);
    let (mut socket, _) = with(&app, &cast.viewer, &[&channel, "notifications"]).await;
    let here = json!({ "channel": channel });
    let cases = [
        (json!({ "type": "subscribe" }), "invalid_message"),
        (json!({ "type": "subscribe", "data": {} }), "invalid_message"),
        (
            json!({ "type": "subscribe", "data": { "channels": [] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "subscribe", "data": { "channels": "tasks" } }),
            "invalid_message",
        ),
        (
            json!({ "type": "subscribe", "data": { "channels": ["tasks"] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "subscribe", "data": { "channels": [{ "channel": "tasks" }, {}] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "subscribe", "data": { "channels": [{ "channel": 7 }] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "subscribe", "data": { "channels": [{ "channel": "tasks", "since": "1" }] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "subscribe", "data": { "channels": [{ "channel": "tasks", "epoch": 1 }] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "unsubscribe", "data": { "channels": [here] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "unsubscribe", "data": { "channels": [] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "unsubscribe", "data": { "channels": [channel, 7] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "request_history", "data": {} }),
            "invalid_message",
        ),
        (
            json!({ "type": "request_history", "data": { "channel": channel, "limit": 0 } }),
            "invalid_message",
        ),
        (
            json!({ "type": "request_history", "data": { "channel": channel, "limit": 101 } }),
            "invalid_message",
        ),
        (
            json!({ "type": "request_history", "data": { "channel": channel, "limit": "5" } }),
            "invalid_message",
        ),
        (
            json!({ "type": "request_history", "data": { "channel": channel, "since": [] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "request_history", "data": { "channel": "tasks" } }),
            "invalid_message",
        ),
        (
            json!({ "type": "request_history", "data": { "channel": "nonsense" } }),
            "not_found",
        ),
        (
            json!({ "type": "update_filter", "data": here }),
            "invalid_message",
        ),
        (
            json!({ "type": "update_filter", "data": { "channel": channel, "filter": [] } }),
            "invalid_message",
        ),
        (
            json!({ "type": "update_filter", "data": { "channel": channel, "filter": { "types": "x" } } }),
            "invalid_message",
        ),
        (
            json!({ "type": "update_filter", "data": { "channel": channel, "filter": { "interval_ms": -1 } } }),
            "invalid_message",
        ),
        (
            json!({ "type": "update_filter", "data": { "channel": "tasks", "filter": {} } }),
            "not_found",
        ),
        (
            json!({ "type": "update_filter", "data": { "channel": "logs", "filter": {} } }),
            "not_found",
        ),
        (
            json!({ "type": "typing", "data": { "is_typing": true } }),
            "invalid_message",
        ),
        (
            json!({ "type": "typing", "channel": 7, "data": { "is_typing": true } }),
            "invalid_message",
        ),
        (
            json!({ "type": "typing", "channel": channel, "data": {} }),
            "invalid_message",
        ),
        (
            json!({ "type": "typing", "channel": session(&shared), "data": { "is_typing": true } }),
            "not_found",
        ),
        (
            json!({ "type": "viewing", "channel": "bot:x", "data": { "session_id": null } }),
            "not_found",
        ),
        (
            json!({ "type": "viewing", "channel": "notifications", "data": { "session_id": null } }),
            "invalid_message",
        ),
        (
            json!({ "type": "viewing", "channel": channel, "data": { "session_id": uuid::Uuid::new_v4() } }),
            "not_found",
        ),
        (json!({ "type": "dance" }), "unknown_type"),
        (json!({ "type": "subscribed" }), "unknown_type"),
    ];
    for (n, (mut frame, code)) in cases.into_iter().enumerate() {
        let id = format!("{n}");
        frame["id"] = json!(id);
        socket.send(frame.clone()).await;
        let refused = error(&mut socket).await;
        assert_shape(&refused, &json!({ "id": id, "code": code, "message": "<text>" }));
    }
    socket.send_raw(Message::text("{")).await;
    assert_eq!(error(&mut socket).await["code"], "invalid_json");
    // The same two channels, as they were.
    cast.owner.say(&shared, "hello @viewer").await;
    let mut channels = [socket.event().await, socket.event().await];
    channels.sort_by_key(|frame| frame["channel"].to_string());
    assert_eq!(channels[0]["channel"], json!(channel));
    assert_eq!(channels[1]["channel"], "notifications");
    let (rest, _) = socket.ping().await;
    assert!(!rest.iter().any(is_event), "{rest:?}");
}

#[tokio::test]
async fn requests_are_answered_in_their_order_and_too_many_are_refused() {
    let (app, cast, _) = stage().await;
    let mut socket = many(&app, &cast.viewer).await;
    for n in 0..10 {
        let names = json!([{ "channel": "notifications" }]);
        socket
            .send(json!({ "type": "subscribe", "id": format!("in {n}"), "data": { "channels": names } }))
            .await;
        let names = json!(["notifications"]);
        socket
            .send(json!({ "type": "unsubscribe", "id": format!("out {n}"), "data": { "channels": names } }))
            .await;
    }
    for n in 0..10 {
        assert_eq!(socket.next_of("subscribed").await["id"], format!("in {n}"));
        assert_eq!(socket.next_of("unsubscribed").await["id"], format!("out {n}"));
    }
    for _ in 0..60 {
        socket.send(json!({ "type": "ping" })).await;
    }
    assert_eq!(error(&mut socket).await["code"], "rate_limited");
}
