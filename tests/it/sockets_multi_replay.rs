//! Between history and live on a socket of many channels: the replay of each, also while the others are live.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use serde_json::{Value, json};
use tests::judge::{Audience, Reader, Run, assert_clean};
use tests::load::dice::Dice;
use tests::{App, Cast, Person};

use crate::sockets_kit::{assert_shape, is_event, judged, log_of, seq_of, stage};
use crate::sockets_multi_kit as kit;
use crate::sockets_multi_kit::{
    answer, ask, bare, bare_all, bot, event, join, leave, many, resume, session, with,
};

#[tokio::test]
async fn a_channel_resumes_at_its_number_and_goes_on_live() {
    let (app, cast, shared) = stage().await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    let private = cast.owner.session(&cast.bot, "private").await;
    for n in 0..70 {
        for place in [&shared, &other, &private] {
            cast.owner.say(place, &format!("{n}")).await;
        }
    }
    let log = log_of(&cast.viewer, &cast.bot).await;
    let head = cast.owner.head(&cast.bot).await;
    let part: Vec<_> = log
        .iter()
        .filter(|event| {
            event["data"]["session_id"] == json!(shared) || event["data"]["session"]["id"] == json!(shared)
        })
        .cloned()
        .collect();
    for (channel, expected) in [(bot(&cast.bot), &log), (session(&shared), &part)] {
        for since in [0, 3, head - 1, head] {
            let mut socket = many(&app, &cast.viewer).await;
            let (greeting, events, end) = resume(&mut socket, &channel, json!({ "since": since })).await;
            assert_eq!(greeting["data"]["seq"], json!(head));
            let missed: Vec<_> = expected
                .iter()
                .filter(|event| seq_of(event) > since)
                .cloned()
                .collect();
            assert_eq!(bare_all(&events), missed, "{channel} from {since}");
            let data = json!({ "from": since, "to": head, "complete": true });
            let shape =
                json!({ "type": "replay_complete", "bot_id": cast.bot, "channel": channel, "data": data });
            assert_shape(&end, &shape);
        }
    }
    let (mut socket, _) = with(&app, &cast.viewer, &[]).await;
    resume(&mut socket, &session(&shared), json!({ "since": 0 })).await;
    cast.owner.say(&shared, "and on").await;
    assert_eq!(seq_of(&event(&mut socket, &session(&shared)).await), head + 1);
    // A replay sends what it is asked for, whatever the others had.
    let (_, events, _) = resume(&mut socket, &bot(&cast.bot), json!({ "since": head })).await;
    assert_eq!(events.iter().map(seq_of).collect::<Vec<_>>(), [head + 1]);
}

#[tokio::test]
async fn what_cannot_be_replayed_is_said_and_live_goes_on() {
    let (app, cast, shared) = stage().await;
    cast.owner.say(&shared, "@viewer").await;
    let mut socket = many(&app, &cast.viewer).await;
    for channel in [bot(&cast.bot), session(&shared), "notifications".to_owned()] {
        for (place, from) in [
            (json!({ "since": 1, "epoch": "another" }), json!(1)),
            (json!({ "since": 1_000_000 }), json!(1_000_000)),
            (json!({ "since": -1 }), Value::Null),
            (json!({ "since": 1.5 }), Value::Null),
            (json!({ "since": 9_223_372_036_854_775_808_u64 }), Value::Null),
        ] {
            let (greeting, events, end) = resume(&mut socket, &channel, place).await;
            assert_eq!(events, Vec::<Value>::new());
            let data = json!({ "from": from, "to": greeting["data"]["seq"], "complete": false });
            assert_shape(&end, &json!({ "channel": channel, "data": data }));
        }
        let epoch = join(&mut socket, &channel).await["data"]["epoch"].clone();
        let (_, _, end) = resume(&mut socket, &channel, json!({ "since": 0, "epoch": epoch })).await;
        assert_eq!(end["data"]["complete"], true);
    }
    leave(&mut socket, &bot(&cast.bot)).await;
    cast.owner.say(&shared, "on").await;
    assert_eq!(socket.event().await["channel"], json!(session(&shared)));
}

#[tokio::test]
async fn a_replay_of_a_session_counts_its_own_events_alone() {
    let app = App::with(|settings| settings.limits.replay_limit = 5).await;
    let cast = Cast::of(&app).await;
    let shared = cast.owner.session(&cast.bot, "shared").await;
    let other = cast.owner.session(&cast.bot, "shared").await;
    for n in 0..4 {
        cast.owner.say(&shared, &format!("{n}")).await;
        cast.owner.say(&other, &format!("{n}")).await;
    }
    let mut socket = many(&app, &cast.viewer).await;
    let (_, events, end) = resume(&mut socket, &session(&shared), json!({ "since": 0 })).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (5, &json!(true)));
    let (_, events, end) = resume(&mut socket, &bot(&cast.bot), json!({ "since": 0 })).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (0, &json!(false)));
    cast.owner.say(&shared, "one more").await;
    let (_, events, end) = resume(&mut socket, &session(&shared), json!({ "since": 0 })).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (0, &json!(false)));
}

/// Joins and leaves channels of one bot again and again, from places that are not far back: everything that came.
async fn come_and_go(
    app: &App,
    person: &Person,
    of: [&str; 3],
    head: &AtomicI64,
    last: i64,
    mut dice: Dice,
) -> Vec<Reader> {
    let mut readers = Vec::new();
    let mut socket = many(app, person).await;
    // What is always there may neither gain nor lose anything by the others.
    let (always, changing) = (of[0], &of[1..]);
    let mut steady = vec![join(&mut socket, always).await];
    // The last event may be read before the writer has counted it: nothing comes after it.
    let at_end = |steady: &[Value]| {
        steady
            .iter()
            .any(|frame| frame["seq"] == last && frame["channel"] == always)
    };
    while head.load(Ordering::SeqCst) < last {
        let channel = changing[dice.between(0, changing.len() as u64) as usize];
        let now = head.load(Ordering::SeqCst);
        let since = (dice.between(0, 4) > 0).then(|| (now - dice.between(0, 30) as i64).max(0));
        let wanted = json!({ "channel": channel, "since": since });
        socket
            .send(json!({ "type": "subscribe", "data": { "channels": [wanted] } }))
            .await;
        let mut own = Vec::new();
        let (mut whole, mut live) = (since.is_none(), 0);
        let goal = dice.between(1, 5);
        while !whole || (live < goal && !at_end(&steady)) {
            let frame = socket.next().await;
            whole |= frame["type"] == "replay_complete" && frame["channel"] == channel;
            live += u64::from(whole && is_event(&frame));
            steady.push(frame.clone());
            own.push(frame);
        }
        leave_and_keep(&mut socket, channel, &mut own, &mut steady).await;
        let frames = own
            .iter()
            .filter_map(|frame| kit::judged(frame, channel, since.map(|since| since as u64)));
        readers.push(Reader {
            user: format!("{} on {channel}", person.username),
            frames: frames.collect(),
            withdrawals: Vec::new(),
        });
    }
    while !at_end(&steady) {
        steady.push(socket.next().await);
    }
    let frames = steady.iter().filter_map(|frame| kit::judged(frame, always, None));
    readers.push(Reader {
        user: format!("{} on {always}, always", person.username),
        frames: frames.collect(),
        withdrawals: Vec::new(),
    });
    readers
}

async fn leave_and_keep(
    socket: &mut tests::Socket,
    channel: &str,
    own: &mut Vec<Value>,
    all: &mut Vec<Value>,
) {
    socket
        .send(json!({ "type": "unsubscribe", "data": { "channels": [channel] } }))
        .await;
    loop {
        let frame = socket.next().await;
        let left = frame["type"] == "unsubscribed" && frame["data"]["channel"] == channel;
        all.push(frame.clone());
        own.push(frame);
        if left {
            return;
        }
    }
}

async fn write(cast: &Cast, sessions: [&str; 2], last: i64, head: &AtomicI64) {
    for n in head.load(Ordering::SeqCst)..last {
        cast.owner
            .say(sessions[(n % 2) as usize], &format!("message {n}"))
            .await;
        head.store(n + 1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_channel_has_a_gap_or_a_double_wherever_it_began_and_disturbs_another() {
    let app = App::with(|settings| settings.limits.frames_per_second = 10_000).await;
    let cast = Cast::of(&app).await;
    let one = cast.owner.session(&cast.bot, "shared").await;
    let two = cast.owner.session(&cast.bot, "shared").await;
    let start = cast.owner.head(&cast.bot).await;
    let (last, head) = (start + 300, AtomicI64::new(start));
    let (whole, one_channel, two_channel) = (bot(&cast.bot), session(&one), session(&two));
    let of = |always: usize| {
        let all = [whole.as_str(), &one_channel, &two_channel];
        [all[always], all[(always + 1) % 3], all[(always + 2) % 3]]
    };
    let go = |person, always, seed| come_and_go(&app, person, of(always), &head, last, Dice::new(seed));
    let (a, b, ()) = tokio::join!(
        go(&cast.viewer, 0, 1),
        go(&cast.editor, 0, 2),
        write(&cast, [&one, &two], last, &head),
    );
    let log = log_of(&cast.owner, &cast.bot).await;
    // With the bot's channel always there, a session's has its replay alone, and what is live comes by the bot's.
    for reader in a.into_iter().chain(b) {
        let mut judged = judged(&log);
        for (logged, event) in judged.iter_mut().zip(&log) {
            if !reader.user.contains("bot:") && !in_session(event, &reader.user) {
                logged.audience = Audience::Only("nobody".into());
            }
        }
        assert_clean(&Run {
            log: judged,
            readers: vec![reader],
            ..Run::default()
        });
    }
}

/// Whether an event belongs to the session whose channel is named.
fn in_session(event: &Value, named: &str) -> bool {
    let id = event["data"]["session_id"]
        .as_str()
        .or(event["data"]["session"]["id"].as_str());
    id.is_some_and(|id| named.contains(id))
}

#[tokio::test]
async fn a_channel_that_is_asked_for_twice_in_a_frame_is_there_once() {
    let (app, cast, shared) = stage().await;
    let channel = bot(&cast.bot);
    let mut socket = many(&app, &cast.viewer).await;
    let channels = json!([{ "channel": channel, "since": 0 }, { "channel": channel }]);
    socket
        .send(json!({ "type": "subscribe", "data": { "channels": channels } }))
        .await;
    answer(&mut socket, "replay_complete", &channel).await;
    let greeting = answer(&mut socket, "subscribed", &channel).await;
    cast.owner.say(&shared, "once").await;
    let frame = socket.event().await;
    assert_eq!(seq_of(&frame), greeting["data"]["seq"].as_i64().unwrap() + 1);
    let log = log_of(&cast.viewer, &cast.bot).await;
    assert_eq!(bare(&frame), *log.last().unwrap());
    ask(&mut socket, "tasks").await;
    answer(&mut socket, "subscribed", "tasks").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_to_another_channel_comes_though_that_one_is_left_at_once() {
    let app = App::with(|settings| settings.limits.frames_per_second = 10_000).await;
    let cast = Cast::of(&app).await;
    let shared = cast.owner.session(&cast.bot, "shared").await;
    let (whole, part, over) = (bot(&cast.bot), session(&shared), AtomicBool::new(false));
    let write = || async {
        while !over.load(Ordering::SeqCst) {
            cast.owner.say(&shared, "a message").await;
        }
    };
    let read = async {
        let mut socket = many(&app, &cast.viewer).await;
        for _ in 0..100 {
            let since = (seq_of(&join(&mut socket, &part).await["data"]) - 60).max(0);
            let channels = json!([{ "channel": whole, "since": since }]);
            socket
                .send(json!({ "type": "subscribe", "data": { "channels": channels } }))
                .await;
            socket
                .send(json!({ "type": "unsubscribe", "data": { "channels": [part] } }))
                .await;
            let (mut got, mut left, mut live) = (BTreeSet::new(), false, 0);
            while live < 3 {
                let frame = socket.next().await;
                left |= frame["type"] == "unsubscribed" && frame["data"]["channel"] == part;
                if is_event(&frame) {
                    got.insert(seq_of(&frame));
                    live += i32::from(left && frame["channel"] == whole);
                }
            }
            for seq in since + 1..=*got.last().unwrap() {
                assert!(got.contains(&seq), "{seq} came by no channel");
            }
            leave(&mut socket, &whole).await;
        }
        over.store(true, Ordering::SeqCst);
    };
    tokio::join!(read, write(), write(), write());
    app.stop().await;
}
