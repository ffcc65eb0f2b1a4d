//! Between history and live: many connections begin while somebody posts without a pause, so that events are published
//! inside every window between registration and history read. The judge says whether one of them has a gap or a double.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use tests::judge::{Reader, Run, assert_clean};
use tests::load::dice::Dice;
use tests::{App, Cast, Person, Socket};

use crate::sockets_kit::{is_event, judged, log_of, received, stage};
use crate::sockets_sse::Sse;

/// Writes until the stream is at `last`, and says in `head` where it is.
async fn write(cast: &Cast, session: &str, last: i64, head: &AtomicI64) {
    for n in head.load(Ordering::SeqCst)..last {
        let person = if n % 2 == 0 { &cast.owner } else { &cast.editor };
        person.say(session, &format!("message {n}")).await;
        head.store(n + 1, Ordering::SeqCst);
    }
}

/// Opens one connection after the other from a place that is not far back, reads past the head it was greeted with, and
/// leaves: what each received.
async fn connect_again_and_again(
    app: &App,
    person: &Person,
    bot: &str,
    head: &AtomicI64,
    last: i64,
    mut dice: Dice,
) -> Vec<Reader> {
    let mut readers = Vec::new();
    loop {
        let now = head.load(Ordering::SeqCst);
        if now >= last {
            return readers;
        }
        let back = dice.between(0, 30) as i64;
        let since = (dice.between(0, 4) > 0).then_some((now - back).max(0));
        let mut socket = match since {
            Some(since) => app.chat_since(person, bot, since).await,
            None => app.chat(person, bot).await,
        };
        let mut frames: Vec<Value> = vec![socket.next().await];
        let greeted = frames[0]["data"]["seq"].as_i64().unwrap();
        // One past the head, so that the seam between replay and live is inside.
        let goal = (greeted + 1 + dice.between(0, 3) as i64).min(last);
        let (mut at, mut whole) = (since.unwrap_or(greeted), since.is_none());
        while at < goal || !whole {
            let frame = socket.next().await;
            at = frame["seq"].as_i64().unwrap_or(at);
            whole |= frame["type"] == "replay_complete";
            frames.push(frame);
        }
        assert_order(&frames, greeted, since.is_some());
        let frames = frames
            .iter()
            .filter_map(|frame| received(frame, since.map(|since| since as u64)));
        let user = format!("{} {}", person.username, readers.len());
        readers.push(Reader {
            user,
            frames: frames.collect(),
            withdrawals: Vec::new(),
        });
    }
}

/// Replay up to the greeting's number, its end, and only then what is live.
fn assert_order(frames: &[Value], greeted: i64, asked: bool) {
    let end = frames.iter().position(|frame| frame["type"] == "replay_complete");
    assert_eq!(end.is_some(), asked);
    for (n, frame) in frames.iter().enumerate().filter(|(_, frame)| is_event(frame)) {
        let replayed = end.is_some_and(|end| n < end);
        let seq = frame["seq"].as_i64().unwrap();
        assert_eq!(replayed, seq <= greeted, "{seq} of {greeted}: {frames:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_connection_has_a_gap_or_a_double_wherever_it_began() {
    let (app, cast, session) = stage().await;
    let start = cast.owner.head(&cast.bot).await;
    let last = start + 400;
    let head = Arc::new(AtomicI64::new(start));
    let connect =
        |person, seed| connect_again_and_again(&app, person, &cast.bot, &head, last, Dice::new(seed));
    let (a, b, c, d, ()) = tokio::join!(
        connect(&cast.viewer, 1),
        connect(&cast.viewer, 2),
        connect(&cast.editor, 3),
        connect(&cast.owner, 4),
        write(&cast, &session, last, &head),
    );
    let readers: Vec<_> = [a, b, c, d].into_iter().flatten().collect();
    assert!(readers.len() >= 50, "only {} connections", readers.len());
    println!("{} connections while 400 messages were posted", readers.len());
    let log = judged(&log_of(&cast.owner, &cast.bot).await);
    assert_clean(&Run {
        log,
        readers,
        ..Run::default()
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_stream_has_a_gap_or_a_double_wherever_it_began() {
    let (app, cast, session) = stage().await;
    let start = cast.owner.head(&cast.bot).await;
    let last = start + 100;
    let head = AtomicI64::new(start);
    let streams = async {
        let mut dice = Dice::new(5);
        let mut streams = 0;
        while head.load(Ordering::SeqCst) < last {
            let since = (head.load(Ordering::SeqCst) - dice.between(0, 20) as i64).max(0);
            let mut stream = Sse::open(&app, &cast.viewer, &cast.bot, &format!("since={since}"), None).await;
            let mut at = since;
            let mut replayed_to = None;
            while replayed_to.is_none_or(|to| at < last.min(to + 2)) {
                let told = stream.next().await.expect("the stream goes on");
                if told.event.as_deref() == Some("replay_complete") {
                    replayed_to = told.data["to"].as_i64();
                    assert_eq!(replayed_to, Some(at));
                } else {
                    at += 1;
                    assert_eq!(told.data["seq"], at);
                }
            }
            streams += 1;
        }
        assert!(streams >= 10, "{streams}");
    };
    tokio::join!(streams, write(&cast, &session, last, &head));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_sees_the_same_order() {
    let (app, cast, session) = stage().await;
    let mut sockets: Vec<Socket> = Vec::new();
    for n in 0..12 {
        let person = [&cast.viewer, &cast.editor, &cast.owner][n % 3];
        let mut socket = app.chat(person, &cast.bot).await;
        socket.next().await;
        sockets.push(socket);
    }
    let start = cast.owner.head(&cast.bot).await;
    let writer = |person| {
        let session = &session;
        async move {
            for n in 0..30 {
                Person::say(person, session, &format!("{n}")).await;
            }
        }
    };
    tokio::join!(
        writer(&cast.owner),
        writer(&cast.editor),
        writer(&cast.viewer),
        writer(&cast.owner)
    );
    let log: Vec<Value> = log_of(&cast.owner, &cast.bot).await.split_off(start as usize);
    assert_eq!(log.len(), 120);
    for socket in &mut sockets {
        for event in &log {
            assert_eq!(socket.event().await, *event);
        }
    }
}
