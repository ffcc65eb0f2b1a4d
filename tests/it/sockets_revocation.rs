//! The loss of a role is an event with a number: it reaches the person concerned, then 4003, and nothing of the stream
//! comes after it until a new grant, which opens everything. Lost credentials are in `sockets_credentials`.

use serde_json::{Value, json};
use tests::judge::{Reader, Run, Withdrawal, assert_clean};
use tests::{App, DEADLINE, Person, Socket};

use crate::sockets_kit::{
    assert_shape, greeted, greeted_by, is_event, judged, log_of, number_of_loss, received, replay, seq_of,
    stage,
};

/// What came until the close with 4003: the durable events, of which the last must be the loss itself.
async fn until_shut(socket: &mut Socket) -> Vec<Value> {
    let mut frames = socket.expect_close(4003).await;
    frames.retain(is_event);
    frames
}

/// A new connection of a person who may not see the bot: closed at once, nothing before it.
async fn assert_shut_out(app: &App, person: &Person, bot: &str) {
    let mut socket = app.chat_since(person, bot, 0).await;
    assert_eq!(socket.expect_close(4003).await, Vec::<Value>::new());
    person
        .get(&format!("/api/bots/{bot}/events"))
        .await
        .refused(404, "bot_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_is_exact_while_messages_flow() {
    let (app, cast, session) = stage().await;
    let mut readers = Vec::new();
    for round in 0..8 {
        let at = cast.owner.head(&cast.bot).await;
        let mut sockets = Vec::new();
        for _ in 0..3 {
            sockets.push(greeted(&app, &cast.viewer, &cast.bot).await);
        }
        let writer = |person| {
            let session = &session;
            async move {
                for n in 0..12 {
                    Person::say(person, session, &format!("{round} {n}")).await;
                }
            }
        };
        let (mut watching, _) = greeted(&app, &cast.owner, &cast.bot).await;
        let revoke = async {
            // After some of the messages, wherever that falls.
            while watching.event().await["seq"].as_i64().unwrap() < at + 2 + round {}
            cast.owner.revoke(&cast.bot, &cast.viewer).await;
        };
        tokio::join!(
            writer(&cast.owner),
            writer(&cast.editor),
            writer(&cast.editor),
            revoke
        );
        let number = number_of_loss(&cast.owner, &cast.bot, &cast.viewer).await;
        for (mut socket, greeting) in sockets {
            let events = until_shut(&mut socket).await;
            let seqs: Vec<_> = events.iter().map(seq_of).collect();
            assert_eq!(
                seqs,
                (at + 1..=number).collect::<Vec<_>>(),
                "all up to the number, nothing after"
            );
            let mut frames = vec![received(&greeting, None).unwrap()];
            frames.extend(events.iter().filter_map(|event| received(event, None)));
            let withdrawals = vec![Withdrawal {
                at: number as u64,
                granted_again: None,
            }];
            readers.push(Reader {
                user: format!("viewer {round}"),
                frames,
                withdrawals,
            });
        }
        assert_shut_out(&app, &cast.viewer, &cast.bot).await;
        cast.owner.grant(&cast.bot, &cast.viewer, "viewer").await;
    }
    let log = judged(&log_of(&cast.owner, &cast.bot).await);
    assert_clean(&Run {
        log,
        readers,
        ..Run::default()
    });
}

#[tokio::test]
async fn the_socket_is_closed_and_the_others_stay() {
    let (app, cast, session) = stage().await;
    let (mut viewer, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (mut editor, _) = greeted(&app, &cast.editor, &cast.bot).await;
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    let events = until_shut(&mut viewer).await;
    let lost = json!({ "type": "permission_change",
                       "data": { "target_user_id": cast.viewer.id, "action": "revoked" } });
    assert_eq!(events.len(), 1);
    assert_shape(&events[0], &lost);
    assert_shape(&editor.event().await, &lost);
    cast.owner.say(&session, "still there").await;
    assert_eq!(editor.event().await["data"]["content"], "still there");
}

#[tokio::test]
async fn somebody_who_leaves_gets_that_event_and_the_close() {
    let (app, cast, _) = stage().await;
    let (mut socket, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let (mut second, _) = greeted(&app, &cast.editor, &cast.bot).await;
    cast.editor.revoke(&cast.bot, &cast.editor).await;
    for socket in [&mut socket, &mut second] {
        let events = until_shut(socket).await;
        assert_eq!(events.len(), 1);
        let left = json!({ "data": { "action": "revoked", "details": { "reason": "left" } } });
        assert_shape(&events[0], &left);
    }
    assert_shut_out(&app, &cast.editor, &cast.bot).await;
}

#[tokio::test]
async fn a_role_that_ends_at_its_date_is_a_revocation_like_any_other() {
    let (app, cast, session) = stage().await;
    let ends = chrono::Utc::now() + chrono::Duration::seconds(3);
    let body = json!({ "user_id": cast.stranger.id, "role": "viewer", "expires_at": ends });
    cast.owner
        .post(&format!("/api/bots/{}/permissions", cast.bot), body)
        .await
        .ok(201);
    let (mut socket, _) = greeted(&app, &cast.stranger, &cast.bot).await;
    let events = until_shut(&mut socket).await;
    let late = chrono::Utc::now() - ends;
    assert!(late.num_milliseconds() >= 0, "{late}");
    assert_eq!(events.len(), 1);
    let details = json!({ "role": "viewer", "granted_by": null, "reason": "expired" });
    let expired = json!({ "target_user_id": cast.stranger.id, "action": "revoked", "details": details });
    assert_shape(
        &events[0],
        &json!({ "type": "permission_change", "data": expired }),
    );
    cast.owner.say(&session, "after").await;
    assert_shut_out(&app, &cast.stranger, &cast.bot).await;
}

#[tokio::test]
async fn rest_refuses_from_the_very_date_on() {
    let (app, cast, _) = stage().await;
    let ends = chrono::Utc::now() + chrono::Duration::hours(1);
    let body = json!({ "user_id": cast.stranger.id, "role": "viewer", "expires_at": ends });
    cast.owner
        .post(&format!("/api/bots/{}/permissions", cast.bot), body)
        .await
        .ok(201);
    let path = format!("/api/bots/{}", cast.bot);
    cast.stranger.get(&path).await.ok(200);
    app.database().await.end_roles().await;
    cast.stranger.get(&path).await.refused(404, "bot_not_found");
}

#[tokio::test]
async fn a_deleted_bot_closes_everyone_at_its_last_event() {
    let (app, cast, session) = stage().await;
    let mut sockets = Vec::new();
    for person in [&cast.viewer, &cast.editor, &cast.owner] {
        sockets.push(greeted(&app, person, &cast.bot).await.0);
    }
    cast.owner.say(&session, "last words").await;
    cast.owner
        .delete(&format!("/api/bots/{}", cast.bot))
        .await
        .ok(204);
    for socket in &mut sockets {
        let events = until_shut(socket).await;
        assert_eq!(events.len(), 2);
        assert_shape(
            &events[1],
            &json!({ "type": "bot_update", "data": { "update_type": "deleted" } }),
        );
    }
    for person in [&cast.viewer, &cast.editor, &cast.owner] {
        assert_shut_out(&app, person, &cast.bot).await;
    }
}

#[tokio::test]
async fn a_suspended_bot_closes_everyone_and_opens_again_with_all_that_was_missed() {
    let (app, cast, _) = stage().await;
    let mut sockets = Vec::new();
    for person in [&cast.viewer, &cast.editor, &cast.owner] {
        sockets.push(greeted(&app, person, &cast.bot).await.0);
    }
    let path = format!("/api/admin/bots/{}", cast.bot);
    cast.admin
        .patch(&path, json!({ "suspended": true }))
        .await
        .ok(200);
    let mut number = 0;
    for socket in &mut sockets {
        let events = until_shut(socket).await;
        assert_shape(&events[0], &json!({ "data": { "update_type": "suspended" } }));
        assert_eq!(events.len(), 1);
        number = seq_of(&events[0]);
    }
    for person in [&cast.viewer, &cast.editor, &cast.owner] {
        let mut socket = app.chat(person, &cast.bot).await;
        assert_eq!(
            socket.expect_close(4003).await,
            Vec::<Value>::new(),
            "{}",
            person.username
        );
    }
    cast.admin
        .patch(&path, json!({ "suspended": false }))
        .await
        .ok(200);
    for person in [&cast.viewer, &cast.editor, &cast.owner] {
        let (mut socket, _) = greeted_by(&app, person, &cast.bot, &format!("since={number}")).await;
        let (events, end) = replay(&mut socket).await;
        assert_eq!(end["data"]["complete"], true);
        assert_eq!(events.iter().map(seq_of).collect::<Vec<_>>(), [number + 1]);
    }
}

#[tokio::test]
async fn a_new_grant_opens_the_whole_stream_and_what_happened_meanwhile() {
    let (app, cast, session) = stage().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    let number = seq_of(until_shut(&mut socket).await.last().unwrap());
    cast.owner.say(&session, "meanwhile").await;
    cast.owner.grant(&cast.bot, &cast.viewer, "editor").await;
    let (mut socket, greeting) = greeted_by(&app, &cast.viewer, &cast.bot, &format!("since={number}")).await;
    assert_eq!(greeting["data"]["role"], "editor");
    let (events, _) = replay(&mut socket).await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["data"]["content"], "meanwhile");
    assert_eq!(events, log_of(&cast.viewer, &cast.bot).await[number as usize..]);
    cast.owner.say(&session, "live again").await;
    assert_eq!(socket.event().await["data"]["content"], "live again");
}

#[tokio::test]
async fn a_changed_role_and_a_handed_over_bot_close_nobody() {
    let (app, cast, session) = stage().await;
    let (mut viewer, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (mut owner, _) = greeted(&app, &cast.owner, &cast.bot).await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    cast.owner.put(&path, json!({ "role": "editor" })).await.ok(200);
    let to = json!({ "user_id": cast.viewer.id });
    cast.owner
        .post(&format!("/api/bots/{}/transfer", cast.bot), to)
        .await
        .ok(200);
    cast.editor.say(&session, "all still here").await;
    for socket in [&mut viewer, &mut owner] {
        let kinds = [socket.event().await, socket.event().await, socket.event().await];
        assert_eq!(kinds[2]["data"]["content"], "all still here");
    }
}

#[tokio::test]
async fn signals_of_somebody_who_lost_the_role_reach_nobody_and_none_reach_them() {
    let (app, cast, _) = stage().await;
    let (mut viewer, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (mut editor, _) = greeted(&app, &cast.editor, &cast.bot).await;
    viewer
        .send(json!({ "type": "typing", "data": { "is_typing": true } }))
        .await;
    assert_eq!(
        editor.next_of("typing_indicator").await["data"]["user_id"],
        json!(cast.viewer.id)
    );
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    editor
        .send(json!({ "type": "typing", "data": { "is_typing": true } }))
        .await;
    let frames = viewer.expect_close(4003).await;
    let loss = frames.iter().position(is_event).expect("the loss itself");
    assert_eq!(loss, frames.len() - 1, "{frames:?}");
    // The typing of somebody who is gone ends.
    let ended = async {
        loop {
            let frame = editor.next_of("typing_indicator").await;
            if frame["data"]["is_typing"] == false {
                return frame;
            }
        }
    };
    let ended = tokio::time::timeout(2 * DEADLINE, ended)
        .await
        .expect("the end of it");
    assert_eq!(ended["data"]["user_id"], json!(cast.viewer.id));
}
