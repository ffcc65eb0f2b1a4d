//! What does not go out at once on a socket of many channels: answers in the middle, a reader that is too slow, and a long replay
//! beside what is live.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{App, Cast};

use crate::answers_kit::Stage;
use crate::sockets_kit::{Raw, TEXT, assert_shape, is_event, seq_of, stage};
use crate::sockets_multi_kit::{bot, event, join, leave, many, narrow, resume, session, with};
use crate::sockets_slow::enough;

#[tokio::test]
async fn an_answer_in_the_middle_is_shown_by_the_channel_that_it_goes_on_by() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let (whole, part) = (bot(&cast.bot), session(&stage.session));
    let (_, answer_id, _owner) = stage.begun(&cast.viewer).await;
    let deltas = |frames: &[Value]| -> Vec<(String, u64, String)> {
        let of = |frame: &&Value| frame["type"] == "chat_message_delta";
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        frames
            .iter()
            .filter(of)
            .map(|frame| {
                let data = &frame["data"];
                assert_eq!(data["message_id"], json!(answer_id));
                (
                    text(&frame["channel"]),
                    data["offset"].as_u64().unwrap(),
                    text(&data["content"]),
                )
            })
            .collect()
    };
    let (mut socket, _) = with(&stage.app, &cast.viewer, &[&part]).await;
    let (frames, _) = socket.ping().await;
    let status = frames
        .iter()
        .find(|frame| frame["type"] == "answer_status")
        .expect("its status");
    assert_shape(
        status,
        &json!({ "channel": part, "data": { "message_id": answer_id, "status": "running" } }),
    );
    assert_eq!(deltas(&frames), [(part.clone(), 0, "one ".to_owned())]);

    // The bot's channel takes it over, with all of it so far.
    join(&mut socket, &whole).await;
    let (frames, _) = socket.ping().await;
    assert_eq!(deltas(&frames), [(whole.clone(), 0, "one ".to_owned())]);
    stage.model.next().await;
    let piece = socket.next_of("chat_message_delta").await;
    assert_eq!(deltas(&[piece]), [(whole.clone(), 4, "two ".to_owned())]);

    // A filter that leaves it out gives it to the session's channel; without that filter it comes back whole.
    narrow(&mut socket, &whole, json!({ "types": ["chat_message"] })).await;
    let shown = socket.next_of("chat_message_delta").await;
    assert_eq!(deltas(&[shown]), [(part.clone(), 0, "one two ".to_owned())]);
    leave(&mut socket, &part).await;
    narrow(&mut socket, &whole, json!({})).await;
    let shown = socket.next_of("chat_message_delta").await;
    assert_eq!(deltas(&[shown]), [(whole.clone(), 0, "one two ".to_owned())]);
    stage.model.next().await;
    let piece = socket.next_of("chat_message_delta").await;
    assert_eq!(deltas(&[piece]), [(whole.clone(), 8, "three".to_owned())]);
    stage.model.next().await;
    let end = event(&mut socket, &whole).await;
    assert_eq!(end["data"]["message_id"], json!(answer_id));
    assert_eq!(end["data"]["content"], "one two three");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_gets_4008_and_resumes_each_channel_without_a_gap() {
    let app = App::with(|settings| settings.limits.write_deadline = Duration::from_secs(60)).await;
    let cast = Cast::of(&app).await;
    let shared = cast.owner.session(&cast.bot, "shared").await;
    let second = cast.owner.bot("Second").await;
    cast.owner.grant(&second, &cast.viewer, "viewer").await;
    let quiet = cast.owner.session(&second, "shared").await;
    let mut stalled = Raw::connect(&app, "/api/ws", &cast.viewer.token, Some(16 * 1024)).await;
    stalled.next().await.expect("a greeting");
    let channels = json!([{ "channel": bot(&cast.bot) }, { "channel": bot(&second) }]);
    let wanted = json!({ "type": "subscribe", "data": { "channels": channels } });
    stalled.send(TEXT, wanted.to_string().as_bytes()).await;
    let mut starts = Vec::new();
    while starts.len() < 2 {
        let (_, text) = stalled.next().await.expect("a greeting for each");
        let frame: Value = serde_json::from_slice(&text).unwrap();
        if frame["type"] == "subscribed" {
            starts.push(frame["data"]["seq"].as_i64().unwrap());
        }
    }
    let (messages, text) = (enough(), "x".repeat(60 * 1024));
    for n in 0..messages {
        cast.owner.say(&shared, &format!("{n} {text}")).await;
        if n % 10 == 0 {
            cast.owner.say(&quiet, &format!("{n}")).await;
        }
    }
    let (code, frames) = stalled.close().await;
    assert_eq!(code, 4008);
    let mut socket = many(&app, &cast.viewer).await;
    for (id, start) in [(&cast.bot, starts[0]), (&second, starts[1])] {
        let channel = bot(id);
        let of = |frame: &&Value| is_event(frame) && frame["channel"] == json!(channel);
        let mut seen: Vec<_> = frames.iter().filter(of).map(seq_of).collect();
        let last = seen.last().copied().unwrap_or(start);
        let (_, events, end) = resume(&mut socket, &channel, json!({ "since": last })).await;
        assert_eq!(end["data"]["complete"], true);
        seen.extend(events.iter().map(seq_of));
        let head = cast.owner.head(id).await;
        assert_eq!(seen, (start + 1..=head).collect::<Vec<_>>(), "{channel}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_replay_neither_fills_the_queue_nor_holds_up_another_channel() {
    let (app, cast, shared) = stage().await;
    let text = "x".repeat(60 * 1024);
    for n in 0..enough() {
        cast.owner.say(&shared, &format!("{n} {text}")).await;
    }
    let second = cast.owner.bot("Second").await;
    cast.owner.grant(&second, &cast.viewer, "viewer").await;
    let lively = cast.owner.session(&second, "shared").await;
    let head = cast.owner.head(&cast.bot).await;
    let mut slow = Raw::connect(&app, "/api/ws", &cast.viewer.token, Some(16 * 1024)).await;
    slow.next().await.expect("a greeting");
    let channels = json!([{ "channel": bot(&second) }, { "channel": bot(&cast.bot), "since": 0 }]);
    let wanted = json!({ "type": "subscribe", "data": { "channels": channels } });
    slow.send(TEXT, wanted.to_string().as_bytes()).await;
    let mut told = 0;
    let (mut replayed, mut live, mut between) = (Vec::new(), Vec::new(), false);
    let mut whole = false;
    while !whole || live.len() < told {
        let (_, text) = slow.next().await.expect("it stays open");
        let frame: Value = serde_json::from_slice(&text).unwrap();
        whole |= frame["type"] == "replay_complete";
        if !is_event(&frame) {
            continue;
        }
        if frame["channel"] == json!(bot(&second)) {
            between |= !whole;
            live.push(seq_of(&frame));
        } else {
            replayed.push(seq_of(&frame));
            if replayed.len() % 10 == 0 {
                cast.owner.say(&lively, "meanwhile").await;
                told += 1;
            }
        }
    }
    assert_eq!(replayed, (1..=head).collect::<Vec<_>>());
    assert!(between, "nothing live came before the end of the replay");
    let first = live[0];
    assert_eq!(live, (first..first + told as i64).collect::<Vec<_>>());
}
