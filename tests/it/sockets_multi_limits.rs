//! What a socket of many channels is refused, how much it may have, and what administrators see of it.

use serde_json::{Value, json};

use tests::{App, Cast};

use crate::sockets_kit::{assert_shape, greeted, stage};
use crate::sockets_multi_kit::{ask, bot, error, join, leave, many, session, with};

#[tokio::test]
async fn what_cannot_be_had_is_refused_for_itself_and_closes_nothing() {
    let (app, cast, shared) = stage().await;
    let other = cast.stranger.bot("Hidden").await;
    let missing = uuid::Uuid::new_v4();
    let names = [
        format!("bot:{missing}"),
        bot(&other),
        "bot:nonsense".into(),
        format!("bot:{}", cast.bot.to_uppercase()),
        format!("session:{missing}"),
        "session:".into(),
        "knowledge".into(),
        "tenant".into(),
        "logs".into(),
        "metrics".into(),
        "nonsense".into(),
        String::new(),
        "x".repeat(10_000),
    ];
    let mut socket = many(&app, &cast.viewer).await;
    let mut channels: Vec<_> = names.iter().map(|name| json!({ "channel": name })).collect();
    channels.push(json!({ "channel": bot(&cast.bot) }));
    socket
        .send(json!({ "type": "subscribe", "id": "7", "data": { "channels": channels } }))
        .await;
    for name in &names {
        let refused = socket.next().await;
        assert_shape(
            &refused,
            &json!({ "type": "error", "id": "7", "code": "not_found", "message": "not found" }),
        );
        let told = if name.len() > 64 { Value::Null } else { json!(name) };
        assert_eq!(refused["channel"], told);
    }
    assert_eq!(socket.next().await["data"]["channel"], json!(bot(&cast.bot)));
    // An administrator without a role sees the bot, and reads nothing.
    let mut admin = many(&app, &cast.admin).await;
    ask(&mut admin, &bot(&cast.bot)).await;
    assert_eq!(error(&mut admin).await["code"], "not_found");
    cast.owner.say(&shared, "it goes on").await;
    assert_eq!(socket.event().await["data"]["content"], "it goes on");
}

#[tokio::test]
async fn a_socket_has_two_hundred_channels_and_not_one_more() {
    let (app, cast, _) = stage().await;
    let mut sessions = Vec::new();
    for n in 0..199 {
        let body = json!({ "title": format!("{n}"), "visibility": "shared", "auto_reply": false });
        let made = cast
            .owner
            .post(&format!("/api/bots/{}/sessions", cast.bot), body)
            .await
            .ok(201);
        sessions.push(made["id"].as_str().unwrap().to_owned());
    }
    let mut channels: Vec<_> = sessions
        .iter()
        .map(|id| json!({ "channel": session(id) }))
        .collect();
    channels.push(json!({ "channel": "tasks" }));
    channels.push(json!({ "channel": bot(&cast.bot) }));
    let mut socket = many(&app, &cast.viewer).await;
    socket
        .send(json!({ "type": "subscribe", "id": "all", "data": { "channels": channels } }))
        .await;
    for wanted in &channels[..200] {
        assert_eq!(
            socket.next_of("subscribed").await["data"]["channel"],
            wanted["channel"]
        );
    }
    let refused = error(&mut socket).await;
    assert_shape(
        &refused,
        &json!({ "id": "all", "code": "too_many_channels", "channel": bot(&cast.bot) }),
    );
    // Asking for one of them again is none more.
    join(&mut socket, "tasks").await;
    ask(&mut socket, "notifications").await;
    assert_eq!(error(&mut socket).await["code"], "too_many_channels");
    leave(&mut socket, &session(&sessions[0])).await;
    join(&mut socket, "notifications").await;
    cast.owner.say(&sessions[0], "left").await;
    cast.owner.say(&sessions[198], "there").await;
    assert_eq!(socket.event().await["channel"], json!(session(&sessions[198])));
}

#[tokio::test]
async fn sixteen_connections_to_one_bot_count_sockets_of_many_channels_too() {
    // On one node, which counts exactly; others hear of it a little later.
    let app = App::bare(|_| ()).await;
    let cast = Cast::of(&app).await;
    let shared = cast.owner.session(&cast.bot, "shared").await;
    let mut sockets = Vec::new();
    for n in 0..15 {
        let channel = if n % 2 == 0 {
            bot(&cast.bot)
        } else {
            session(&shared)
        };
        sockets.push(with(&app, &cast.viewer, &[&channel]).await.0);
    }
    let (_chat, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let mut over = app.chat(&cast.viewer, &cast.bot).await;
    over.expect_close(1013).await;
    let mut over = many(&app, &cast.viewer).await;
    ask(&mut over, &bot(&cast.bot)).await;
    let refused = error(&mut over).await;
    assert_shape(
        &refused,
        &json!({ "code": "too_many_channels", "channel": bot(&cast.bot) }),
    );
    join(&mut over, "notifications").await;
    // A second channel of a bot that it has is no second connection; one that leaves makes room.
    join(&mut sockets[0], &session(&shared)).await;
    leave(&mut sockets[1], &session(&shared)).await;
    join(&mut over, &bot(&cast.bot)).await;
}

#[tokio::test]
async fn administrators_see_it_as_a_kind_of_its_own_and_can_close_it() {
    let (app, cast, _) = stage().await;
    let (mut socket, subscribed) = with(&app, &cast.viewer, &[&bot(&cast.bot)]).await;
    let stats = cast.admin.get("/api/ws/stats").await.ok(200);
    assert_shape(
        &stats,
        &json!({ "by_kind": { "multi": 1 }, "bot_subscriptions": 1, "total_connections": 1 }),
    );
    let listed = cast.admin.get("/api/ws/connections").await.ok(200);
    assert_eq!(
        listed["bot_subscriptions"],
        json!({ &cast.bot: [cast.viewer.id] })
    );
    let (id, listed) = listed["connection_metadata"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    assert_shape(
        listed,
        &json!({ "kind": "multi", "bot_id": null, "bots": [&cast.bot], "user_id": cast.viewer.id }),
    );
    assert_eq!(
        listed["positions"],
        json!({ &cast.bot: subscribed[0]["data"]["seq"] })
    );
    cast.admin
        .delete(&format!("/api/ws/connections/{id}"))
        .await
        .ok(204);
    socket.expect_close(1008).await;
    let (mut socket, _) = with(&app, &cast.viewer, &["notifications"]).await;
    app.stop().await;
    socket.expect_close(1001).await;
}
