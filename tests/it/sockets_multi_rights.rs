//! Rights that end while a socket has many channels: each channel ends exactly at its number and the socket stays; a lost
//! credential closes all of it.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket};

use crate::sockets_kit::{assert_shape, greeted, is_event, log_of, number_of_loss, seq_of, stage};
use crate::sockets_multi_kit::{
    ask, bare_all, bot, event, join, many, narrow, resume, session, until_withdrawn, with,
};

/// Reads until these channels have been withdrawn: all frames.
async fn until_all_withdrawn(socket: &mut Socket, channels: &[&str]) -> Vec<Value> {
    let mut frames = Vec::new();
    let mut left = channels.len();
    while left > 0 {
        let frame = socket.next().await;
        if frame["type"] == "unsubscribed" {
            assert!(
                channels
                    .iter()
                    .any(|channel| frame["data"]["channel"] == *channel),
                "{frame}"
            );
            assert_eq!(frame["data"]["code"], "access_withdrawn");
            left -= 1;
        }
        frames.push(frame);
    }
    frames
}

#[tokio::test]
async fn a_withdrawn_bot_ends_its_channels_behind_the_event_and_no_other() {
    let (app, cast, shared) = stage().await;
    let second = cast.owner.bot("Second").await;
    cast.owner.grant(&second, &cast.viewer, "viewer").await;
    let other = cast.owner.session(&second, "shared").await;
    let mine = [bot(&cast.bot), session(&shared)];
    let all = [&mine[0], &mine[1], &bot(&second), "notifications", "tasks"].map(|name| name.to_owned());
    let names: Vec<_> = all.iter().map(String::as_str).collect();
    let (mut socket, _) = with(&app, &cast.viewer, &names).await;
    let (mut watcher, _) = greeted(&app, &cast.owner, &cast.bot).await;
    cast.owner.say(&shared, "before").await;
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    cast.owner.say(&shared, "after").await;
    cast.owner.say(&other, "elsewhere").await;
    let frames = until_all_withdrawn(&mut socket, &[&mine[0], &mine[1]]).await;
    let of_bot: Vec<_> = frames
        .iter()
        .filter(|frame| is_event(frame) && frame["bot_id"] == json!(cast.bot))
        .collect();
    assert_eq!(of_bot.len(), 2, "{of_bot:?}");
    assert_eq!(of_bot[0]["data"]["content"], "before");
    assert_shape(
        of_bot[1],
        &json!({ "channel": mine[0], "data": { "action": "revoked" } }),
    );
    assert_eq!(
        seq_of(of_bot[1]),
        number_of_loss(&cast.owner, &cast.bot, &cast.viewer).await
    );

    let frame = event(&mut socket, &bot(&second)).await;
    assert_eq!(frame["data"]["content"], "elsewhere");
    for channel in &mine {
        let typing = json!({ "type": "typing", "channel": channel, "data": { "is_typing": true } });
        socket.send(typing).await;
        assert_eq!(socket.next_of("error").await["code"], "not_found");
        ask(&mut socket, channel).await;
        assert_eq!(socket.next_of("error").await["code"], "not_found");
    }
    loop {
        let gone = watcher.next_of("presence").await;
        if gone["data"]["user_id"] == json!(cast.viewer.id) && gone["data"]["status"] == "offline" {
            break;
        }
    }
    // A new grant opens all of it again, also what was said meanwhile.
    cast.owner.grant(&cast.bot, &cast.viewer, "viewer").await;
    let since = seq_of(of_bot[1]);
    let (_, events, _) = resume(&mut socket, &mine[0], json!({ "since": since })).await;
    assert_eq!(
        bare_all(&events),
        log_of(&cast.viewer, &cast.bot).await[since as usize..]
    );
    join(&mut socket, &mine[1]).await;
    cast.owner.say(&shared, "again").await;
    assert_eq!(event(&mut socket, &mine[0]).await["data"]["content"], "again");
}

#[tokio::test]
async fn a_session_ends_behind_the_event_of_its_bot_whatever_its_filter() {
    let (app, cast, shared) = stage().await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let channels = [session(&shared), session(&other)];
    let (mut socket, _) = with(&app, &cast.viewer, &[&channels[0], &channels[1]]).await;
    for channel in &channels {
        narrow(&mut socket, channel, json!({ "types": [] })).await;
    }
    cast.viewer.revoke(&cast.bot, &cast.viewer).await;
    let frames = until_all_withdrawn(&mut socket, &[&channels[0], &channels[1]]).await;
    assert_eq!(frames.len(), 3, "{frames:?}");
    let left = json!({ "action": "revoked", "details": { "reason": "left" } });
    assert_shape(&frames[0], &json!({ "type": "permission_change", "data": left }));
}

#[tokio::test]
async fn a_deleted_and_a_suspended_bot_and_a_role_at_its_date_withdraw_too() {
    let (app, cast, _) = stage().await;
    let second = cast.owner.bot("Second").await;
    cast.owner.grant(&second, &cast.viewer, "viewer").await;
    let third = cast.owner.bot("Third").await;
    let ends = chrono::Utc::now() + chrono::Duration::hours(1);
    let body = json!({ "user_id": cast.viewer.id, "role": "viewer", "expires_at": ends });
    cast.owner
        .post(&format!("/api/bots/{third}/permissions"), body)
        .await
        .ok(201);
    let channels = [bot(&cast.bot), bot(&second), bot(&third)];
    let (mut socket, _) = with(&app, &cast.viewer, &[&channels[0], &channels[1], &channels[2]]).await;
    cast.owner
        .delete(&format!("/api/bots/{}", cast.bot))
        .await
        .ok(204);
    let events = until_withdrawn(&mut socket, &channels[0]).await;
    assert_shape(&json!(events), &json!([{ "data": { "update_type": "deleted" } }]));
    let path = format!("/api/admin/bots/{second}");
    cast.admin
        .patch(&path, json!({ "suspended": true }))
        .await
        .ok(200);
    let events = until_withdrawn(&mut socket, &channels[1]).await;
    assert_shape(
        &json!(events),
        &json!([{ "data": { "update_type": "suspended" } }]),
    );
    app.database().await.end_roles().await;
    let events = until_withdrawn(&mut socket, &channels[2]).await;
    let expired = json!({ "data": { "action": "revoked", "details": { "reason": "expired" } } });
    assert_shape(&json!(events), &json!([expired]));
    for channel in &channels {
        ask(&mut socket, channel).await;
        assert_eq!(socket.next_of("error").await["code"], "not_found");
    }
    cast.admin
        .patch(&path, json!({ "suspended": false }))
        .await
        .ok(200);
    join(&mut socket, &channels[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_is_exact_while_messages_flow() {
    let (app, cast, shared) = stage().await;
    let channel = bot(&cast.bot);
    for round in 0..10 {
        let (mut socket, _) = with(
            &app,
            &cast.viewer,
            &[&channel, &session(&shared), "notifications"],
        )
        .await;
        let say = async |person: &Person| {
            for n in 0..15 {
                person.say(&shared, &format!("{round} {n}")).await;
            }
        };
        let revoke = async {
            socket.event().await;
            cast.owner.revoke(&cast.bot, &cast.viewer).await;
        };
        tokio::join!(say(&cast.owner), say(&cast.editor), revoke);
        let number = number_of_loss(&cast.owner, &cast.bot, &cast.viewer).await;
        let frames = until_all_withdrawn(&mut socket, &[&channel, &session(&shared)]).await;
        let last = frames
            .iter()
            .rev()
            .find(|frame| frame["bot_id"] == json!(cast.bot) && is_event(frame));
        assert_eq!(seq_of(last.unwrap()), number);
        cast.owner.grant(&cast.bot, &cast.viewer, "viewer").await;
        cast.owner.say(&shared, "with the role, without a channel").await;
        let (rest, _) = socket.ping().await;
        let leaked = rest.iter().find(|frame| frame["bot_id"] == json!(cast.bot));
        assert!(leaked.is_none(), "{leaked:?}");
    }
}

#[tokio::test]
async fn a_lost_credential_closes_all_of_it_before_the_call_is_answered() {
    let (app, cast, shared) = stage().await;
    let channels = [bot(&cast.bot), session(&shared)];
    let names = [channels[0].as_str(), &channels[1], "notifications", "tasks"];
    let second = app.login(&cast.viewer).await;
    let (mut first, _) = with(&app, &cast.viewer, &names).await;
    let (mut bare, mut other) = (
        many(&app, &cast.viewer).await,
        with(&app, &second, &names).await.0,
    );
    cast.viewer.post("/api/auth/logout", json!({})).await.ok(204);
    // Another node may follow within a second; there, what is said is said after the end.
    let one = app.nodes().len() == 1;
    if one {
        cast.owner.say(&shared, "@viewer canary").await;
    }
    for socket in [&mut first, &mut bare] {
        let frames = socket.expect_close(4001).await;
        assert!(!json!(frames).to_string().contains("canary"), "{frames:?}");
    }
    if !one {
        cast.owner.say(&shared, "@viewer canary").await;
    }
    assert_eq!(
        event(&mut other, &channels[0]).await["data"]["content"],
        "@viewer canary"
    );
    second
        .post("/api/auth/logout", json!({ "all": true }))
        .await
        .ok(204);
    other.expect_close(4001).await;
}

#[tokio::test]
async fn it_ends_with_its_token() {
    let app = App::with(|settings| settings.limits.access_token = Duration::from_secs(8)).await;
    let cast = Cast::of(&app).await;
    let viewer = app.login(&cast.viewer).await;
    let (mut ending, _) = with(&app, &viewer, &["notifications"]).await;
    ending.expect_close(4001).await;
}

#[tokio::test]
async fn it_belongs_to_the_token_that_it_was_renewed_with() {
    let (app, cast, _) = stage().await;
    let (viewer, next) = (app.login(&cast.viewer).await, app.login(&cast.viewer).await);
    let (mut socket, _) = with(&app, &viewer, &["notifications"]).await;
    let renew = json!({ "type": "auth", "id": "a", "data": { "token": next.token } });
    socket.send(renew).await;
    assert_eq!(socket.next_of("authenticated").await["id"], "a");
    viewer.post("/api/auth/logout", json!({})).await.ok(204);
    join(&mut socket, "tasks").await;
    next.post("/api/auth/logout", json!({})).await.ok(204);
    socket.expect_close(4001).await;
    let mut socket = many(&app, &app.login(&cast.viewer).await).await;
    let anothers = json!({ "type": "auth", "data": { "token": app.login(&cast.owner).await.token } });
    socket.send(anothers).await;
    socket.expect_close(4001).await;
}

#[tokio::test]
async fn without_a_good_credential_nothing_opens() {
    let (app, _, _) = stage().await;
    for path in ["/api/ws", "/ws"] {
        let mut socket = Socket::connect(&app, path, Some("nonsense"), None, None).await;
        assert_eq!(socket.expect_close(4001).await, Vec::<Value>::new());
        let mut socket = Socket::connect(&app, path, None, None, None).await;
        assert_eq!(socket.expect_close(4001).await, Vec::<Value>::new());
    }
}
