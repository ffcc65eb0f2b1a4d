//! Section 6 of the protocol: one socket, any number of channels. What is live on which channel, and that everything goes out
//! once. Frames are in `sockets_multi_frames`, replay in `sockets_multi_replay`, rights that end in `sockets_multi_rights`.

use serde_json::json;
use tests::Socket;

use crate::sockets_kit::{assert_shape, greeted, notified, seq_of, stage};
use crate::sockets_multi_kit::{
    answer, ask, bare, bot, error, join, leave, many, narrow, session, until_withdrawn, with,
};

#[tokio::test]
async fn the_greeting_says_who_and_each_channel_is_greeted_for_itself() {
    let (app, cast, shared) = stage().await;
    let said = cast.owner.say(&shared, "first").await;
    let read = json!({ "message_id": said["id"] });
    cast.editor
        .put(&format!("/api/sessions/{shared}/read"), read)
        .await
        .ok(200);
    let head = cast.viewer.head(&cast.bot).await;
    for path in ["/api/ws", "/ws"] {
        let mut socket = Socket::connect(&app, path, Some(&cast.viewer.token), Some(7), Some("x")).await;
        let greeting = socket.next().await;
        let data = json!({
            "user_id": cast.viewer.id, "connection_id": "<uuid>", "connection_type": "multi", "expires_at": "<time>",
        });
        assert_shape(
            &greeting,
            &json!({ "type": "connection_established", "data": data }),
        );
        assert!(greeting["data"].get("seq").is_none() && greeting["data"].get("epoch").is_none());

        let channels = json!([
            { "channel": bot(&cast.bot) }, { "channel": session(&shared) },
            { "channel": "notifications" }, { "channel": "tasks", "since": 3 },
        ]);
        socket
            .send(json!({ "type": "subscribe", "id": "é", "data": { "channels": channels } }))
            .await;
        let whole = socket.next_of("subscribed").await;
        assert_shape(
            &whole,
            &json!({ "id": "é", "data": {
                "channel": bot(&cast.bot), "seq": head, "epoch": "<text>", "bot_id": cast.bot, "bot_name": "Shared bot",
                "role": "viewer", "user_id": cast.viewer.id, "connection_id": greeting["data"]["connection_id"],
                "expires_at": "<time>", "online_count": 1,
                "online": [{ "user_id": cast.viewer.id, "username": "viewer", "session_id": null }],
                "read": [{ "session_id": shared, "user_id": cast.editor.id, "message_id": said["id"] }],
            }}),
        );
        let epoch = &whole["data"]["epoch"];
        let part = socket.next_of("subscribed").await;
        let data = json!({ "channel": session(&shared), "seq": head, "epoch": epoch });
        assert_shape(&part, &json!({ "id": "é", "data": data }));
        let inbox = socket.next_of("subscribed").await;
        let data = json!({ "channel": "notifications", "seq": "<int>", "epoch": epoch });
        assert_shape(&inbox, &json!({ "id": "é", "data": data }));
        let tasks = socket.next_of("subscribed").await;
        let data = json!({ "channel": "tasks", "seq": null, "epoch": null });
        assert_shape(&tasks, &json!({ "id": "é", "data": data }));
        let (before, pong) = socket.ping().await;
        assert!(
            before.iter().all(|frame| frame["type"] == "presence"),
            "{before:?}"
        );
        assert!(pong.get("seq").is_none(), "{pong}");
    }
}

#[tokio::test]
async fn every_event_carries_its_channel_and_is_else_the_same_as_on_its_own_socket() {
    let (app, cast, shared) = stage().await;
    let (mut socket, _) = with(&app, &cast.viewer, &[&bot(&cast.bot), "notifications"]).await;
    let (mut chat, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (mut inbox, _) = notified(&app, &cast.viewer).await;
    cast.owner.say(&shared, "hello @viewer").await;
    // Two streams, in either order.
    for _ in 0..2 {
        let frame = socket.event().await;
        let other = match frame["channel"].as_str() {
            Some("notifications") => &mut inbox,
            _ => &mut chat,
        };
        assert_eq!(bare(&frame), other.event().await);
    }
}

#[tokio::test]
async fn what_two_channels_reach_goes_out_once_and_by_the_one_of_the_bot() {
    let (app, cast, shared) = stage().await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let (whole, part) = (bot(&cast.bot), session(&shared));
    for order in [[&whole, &part], [&part, &whole]] {
        let (mut socket, _) = with(&app, &cast.viewer, &[order[0], order[1]]).await;
        let first = cast.owner.head(&cast.bot).await + 1;
        cast.owner.say(&shared, "in both").await;
        cast.owner.say(&other, "in one").await;
        for seq in [first, first + 1] {
            let frame = socket.event().await;
            assert_eq!((seq_of(&frame), &frame["channel"]), (seq, &json!(whole)));
        }
        // Without the bot's channel, its part goes on by its own, without a gap or a double.
        leave(&mut socket, &whole).await;
        cast.owner.say(&other, "in none").await;
        cast.owner.say(&shared, "in the session's").await;
        let frame = socket.event().await;
        assert_eq!((seq_of(&frame), &frame["channel"]), (first + 3, &json!(part)));
    }
}

#[tokio::test]
async fn a_session_has_its_part_of_the_stream_with_the_same_numbers_and_its_signals() {
    let (app, cast, shared) = stage().await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let (mut socket, _) = with(&app, &cast.viewer, &[&session(&shared)]).await;
    let (mut editor, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let head = cast.owner.head(&cast.bot).await;
    cast.owner.say(&other, "elsewhere").await;
    let said = cast.owner.say(&shared, "here").await;
    let frame = socket.event().await;
    assert_eq!(
        (seq_of(&frame), &frame["data"]["content"]),
        (head + 2, &json!("here"))
    );
    for place in [&other, &shared] {
        let typing = json!({ "is_typing": true, "session_id": place });
        editor.send(json!({ "type": "typing", "data": typing })).await;
    }
    let typing = socket.next_of("typing_indicator").await;
    assert_eq!(typing["data"]["session_id"], json!(shared));
    assert_eq!(typing["channel"], json!(session(&shared)));
    let read = json!({ "session_id": shared, "message_id": said["id"] });
    editor.send(json!({ "type": "read", "data": read })).await;
    let receipt = socket.next_of("read_receipt").await;
    assert_eq!(receipt["channel"], json!(session(&shared)));
}

#[tokio::test]
async fn a_private_session_is_a_channel_for_its_creator_alone() {
    let (app, cast, _) = stage().await;
    let private = cast.viewer.session(&cast.bot, "private").await;
    let mut owner = many(&app, &cast.owner).await;
    ask(&mut owner, &session(&private)).await;
    let hidden = error(&mut owner).await;
    let unknown = session(&uuid::Uuid::new_v4().to_string());
    ask(&mut owner, &unknown).await;
    let missing = error(&mut owner).await;
    assert_eq!(hidden["code"], "not_found");
    assert_eq!(
        hidden.to_string().replace(&private, ""),
        missing
            .to_string()
            .replace(unknown.trim_start_matches("session:"), ""),
        "they are told apart by nothing"
    );
    let (mut own, _) = with(&app, &cast.viewer, &[&session(&private), &bot(&cast.bot)]).await;
    let (mut watching, _) = with(&app, &cast.owner, &[&bot(&cast.bot)]).await;
    cast.viewer.say(&private, "to myself").await;
    let frame = own.event().await;
    assert_eq!(
        (&frame["data"]["content"], &frame["channel"]),
        (&json!("to myself"), &json!(bot(&cast.bot)))
    );
    leave(&mut own, &bot(&cast.bot)).await;
    cast.viewer.say(&private, "still to myself").await;
    assert_eq!(own.event().await["channel"], json!(session(&private)));
    let shared = cast.editor.session(&cast.bot, "shared").await;
    let next = watching.event().await;
    assert_eq!(
        next["data"]["session"]["id"],
        json!(shared),
        "nothing private came before"
    );
}

#[tokio::test]
async fn a_deleted_session_ends_its_channel_behind_the_event_that_says_so() {
    let (app, cast, shared) = stage().await;
    let private = cast.owner.session(&cast.bot, "private").await;
    let (mut alone, _) = with(&app, &cast.owner, &[&session(&shared), &session(&private)]).await;
    let (mut both, _) = with(&app, &cast.owner, &[&session(&shared), &bot(&cast.bot)]).await;
    for gone in [&shared, &private] {
        cast.owner.delete(&format!("/api/sessions/{gone}")).await.ok(204);
        let events = until_withdrawn(&mut alone, &session(gone)).await;
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["type"], "session_deleted");
        ask(&mut alone, &session(gone)).await;
        assert_eq!(error(&mut alone).await["code"], "not_found");
    }
    let deleted = both.event().await;
    assert_eq!(
        (&deleted["type"], &deleted["channel"]),
        (&json!("session_deleted"), &json!(bot(&cast.bot)))
    );
    let ended = both.next_of("unsubscribed").await;
    assert_eq!(ended["data"]["channel"], json!(session(&shared)));
    // The bot's channel goes on.
    let next = both.event().await;
    assert_eq!(
        (&next["type"], &next["data"]["session"]["id"]),
        (&json!("session_deleted"), &json!(private))
    );
}

#[tokio::test]
async fn a_second_subscription_of_a_channel_begins_it_anew() {
    let (app, cast, shared) = stage().await;
    let channel = bot(&cast.bot);
    let (mut socket, _) = with(&app, &cast.viewer, &[&channel]).await;
    narrow(&mut socket, &channel, json!({ "types": [] })).await;
    let greeting = join(&mut socket, &channel).await;
    cast.owner.say(&shared, "once").await;
    let frame = socket.event().await;
    assert_eq!(seq_of(&frame), greeting["data"]["seq"].as_i64().unwrap() + 1);
    cast.owner.say(&shared, "and once more").await;
    assert_eq!(seq_of(&socket.event().await), seq_of(&frame) + 1);
    leave(&mut socket, &channel).await;
    let left = json!({ "type": "unsubscribe", "data": { "channels": [channel] } });
    socket.send(left).await;
    assert_eq!(error(&mut socket).await["code"], "not_found");
    ask(&mut socket, &channel).await;
    answer(&mut socket, "subscribed", &channel).await;
}

#[tokio::test]
async fn an_ended_channel_is_silent_and_an_unknown_one_cannot_be_left() {
    let (app, cast, shared) = stage().await;
    let (mut socket, _) = with(&app, &cast.viewer, &[&bot(&cast.bot), "notifications", "tasks"]).await;
    for channel in ["tasks", "notifications", &bot(&cast.bot)] {
        leave(&mut socket, channel).await;
        let again = json!({ "type": "unsubscribe", "id": "again", "data": { "channels": [channel] } });
        socket.send(again).await;
        let refused = error(&mut socket).await;
        assert_shape(
            &refused,
            &json!({ "id": "again", "code": "not_found", "channel": channel }),
        );
    }
    cast.owner.say(&shared, "@viewer unheard").await;
    let greeting = join(&mut socket, &bot(&cast.bot)).await;
    assert_eq!(greeting["data"]["seq"], json!(cast.owner.head(&cast.bot).await));
    cast.owner.say(&shared, "heard").await;
    assert_eq!(socket.event().await["data"]["content"], "heard");
}
