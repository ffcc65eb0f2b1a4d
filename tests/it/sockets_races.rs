//! Many at once: a role that comes and goes while its holder reconnects and others post, one ticket for twenty sockets, the
//! last free places among forty, and a notifications socket that begins while notifications are written.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::Value;
use tests::judge::{Reader, Received, Run, Withdrawal, assert_clean};
use tests::load::dice::Dice;
use tests::{App, Person, Socket};
use tokio_tungstenite::tungstenite::Message;

use crate::sockets_kit::{is_event, judged, log_of, received, seq_of, shake, stage};

/// What is said after everything else.
const LAST: &str = "the last";

/// Reads and reconnects until the last message, keeping its number like a client does; 4003 is tried again at once.
async fn keep_reading(app: &App, person: &Person, bot: &str) -> Vec<Received> {
    let (mut frames, mut since, mut over) = (Vec::new(), 0, false);
    loop {
        let mut socket = app.chat_since(person, bot, since).await;
        let mut whole = false;
        loop {
            match socket.message().await {
                Some(Message::Text(text)) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    frames.extend(received(&frame, Some(since as u64)));
                    if is_event(&frame) {
                        since = since.max(seq_of(&frame));
                    }
                    whole |= frame["type"] == "replay_complete";
                    over |= frame["data"]["content"] == LAST;
                    if whole && over {
                        return frames;
                    }
                }
                Some(Message::Close(Some(frame))) => {
                    assert_eq!(u16::from(frame.code), 4003, "{frame:?}");
                    break;
                }
                other => panic!("neither a frame nor a close: {other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_loses_and_regains_a_role_again_and_again_sees_all_they_may_once_and_nothing_between() {
    let (app, cast, session) = stage().await;
    let change = async {
        let mut dice = Dice::new(7);
        for round in 0..25 {
            for n in 0..dice.between(0, 4) {
                cast.owner
                    .say(&session, &format!("with the role {round} {n}"))
                    .await;
            }
            cast.owner.revoke(&cast.bot, &cast.viewer).await;
            for n in 0..dice.between(0, 4) {
                cast.owner.say(&session, &format!("without it {round} {n}")).await;
            }
            cast.owner.grant(&cast.bot, &cast.viewer, "viewer").await;
        }
        cast.owner.say(&session, LAST).await;
    };
    let read = || keep_reading(&app, &cast.viewer, &cast.bot);
    let (a, b, c, ()) = tokio::join!(read(), read(), read(), change);

    let log = log_of(&cast.owner, &cast.bot).await;
    let numbers = |action: &str| -> Vec<u64> {
        let wanted = |event: &&Value| {
            event["data"]["action"] == action && event["data"]["target_user_id"] == cast.viewer.id.as_str()
        };
        log.iter()
            .filter(wanted)
            .map(|event| seq_of(event) as u64)
            .collect()
    };
    let lost = numbers("revoked");
    let regained = numbers("granted").split_off(1);
    let pairs = lost.into_iter().zip(regained);
    let withdrawals: Vec<_> = pairs
        .map(|(at, again)| Withdrawal {
            at,
            granted_again: Some(again),
        })
        .collect();
    assert_eq!(withdrawals.len(), 25);
    let readers = [a, b, c].into_iter().map(|frames| Reader {
        user: "viewer".to_owned(),
        frames,
        withdrawals: withdrawals.clone(),
    });
    assert_clean(&Run {
        log: judged(&log),
        readers: readers.collect(),
        ..Run::default()
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_ticket_opens_one_of_twenty_sockets() {
    let (app, cast, _) = stage().await;
    for _ in 0..5 {
        let path = format!("/api/ws/chat/{}?ticket={}", cast.bot, cast.viewer.ticket().await);
        let all = join_all((0..20).map(|_| async {
            let mut socket = shake(&app, &path, &[]).await.unwrap();
            matches!(socket.message().await, Some(Message::Text(_)))
        }))
        .await;
        assert_eq!(all.iter().filter(|opened| **opened).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_at_once_get_sixteen_places() {
    let (app, cast, _) = stage().await;
    let sockets = join_all((0..40).map(|_| async {
        let mut socket = app.chat(&cast.viewer, &cast.bot).await;
        match socket.message().await {
            Some(Message::Text(_)) => Some(socket),
            Some(Message::Close(Some(frame))) => {
                assert_eq!(u16::from(frame.code), 1013);
                None
            }
            other => panic!("neither a greeting nor a close: {other:?}"),
        }
    }))
    .await;
    let mut open: Vec<Socket> = sockets.into_iter().flatten().collect();
    // Each of several nodes hears a moment later whom another one has let in.
    assert!(
        (16..=16 * app.nodes().len()).contains(&open.len()),
        "{}",
        open.len()
    );
    join_all(open.iter_mut().map(Socket::ping)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_notifications_socket_has_a_gap_or_a_double_wherever_it_began() {
    let (app, cast, session) = stage().await;
    let done = AtomicBool::new(false);
    let write = async {
        for n in 0..150 {
            cast.owner.say(&session, &format!("@viewer {n}")).await;
        }
        done.store(true, Ordering::SeqCst);
    };
    let connect = async {
        let (mut dice, mut connections, mut head) = (Dice::new(11), 0, 1);
        while !done.load(Ordering::SeqCst) {
            let since = (head - dice.between(0, 10) as i64).max(0);
            let token = Some(cast.viewer.token.as_str());
            let mut socket = Socket::connect(&app, "/api/ws/notifications", token, Some(since), None).await;
            head = socket.next().await["data"]["seq"].as_i64().unwrap();
            let (mut at, mut whole) = (since, false);
            while !whole || at < (head + 1).min(151) {
                let frame = socket.next().await;
                if frame["type"] == "replay_complete" {
                    whole = true;
                    assert_eq!((at, &frame["data"]["complete"]), (head, &Value::Bool(true)));
                } else {
                    at += 1;
                    assert_eq!(frame["seq"], at);
                    assert_eq!(whole, at > head);
                }
            }
            connections += 1;
        }
        connections
    };
    let ((), connections) = tokio::join!(write, connect);
    assert!(connections >= 20, "{connections}");
}
