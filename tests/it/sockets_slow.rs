//! A reader that stalls hurts only itself: it is closed with 4008 while the others get everything in order, and afterwards
//! it goes on where it was, without a gap.

use std::time::Duration;

use serde_json::Value;
use tests::judge::{Reader, Run, assert_clean};
use tests::{App, Cast};

use crate::sockets_kit::{
    Raw, greeted, greeted_by, is_event, judged, log_of, received, replay, seq_of, stage,
};

const MIB: usize = 1024 * 1024;
const SIZE: usize = 60 * 1024;

/// Enough to fill the queue of 1 MiB and whatever the kernel takes in on the way there, and not much more: the close frame
/// waits the write deadline for a reader, and the reader begins after the last message. A balancer sends on its way too; what it
/// takes in is little, since the kernel gives more only to who reads.
pub fn enough() -> usize {
    let kernel = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_wmem").unwrap_or_default();
    let kernel = kernel
        .split_whitespace()
        .last()
        .and_then(|bytes| bytes.parse().ok())
        .unwrap_or(4 * MIB);
    let between = if services::is_proxied() { kernel + MIB } else { 0 };
    (kernel + between + 2 * MIB) / SIZE + 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_gets_4008_and_resumes_without_a_gap_while_the_others_miss_nothing() {
    // On a busy machine the stall lasts longer than a write may; what counts here is the queue.
    let app = App::with(|settings| settings.limits.write_deadline = Duration::from_secs(60)).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let messages = enough();
    let path = format!("/api/ws/chat/{}", cast.bot);
    let mut stalled = Raw::connect(&app, &path, &cast.viewer.token, Some(16 * 1024)).await;
    let (_, greeting) = stalled.next().await.unwrap();
    let greeting: Value = serde_json::from_slice(&greeting).unwrap();
    let start = greeting["data"]["seq"].as_i64().unwrap();

    let mut others = Vec::new();
    for person in [&cast.viewer, &cast.editor, &cast.owner] {
        // Greeted before anything is said: all of it is to come live.
        let (mut socket, greeting) = greeted(&app, person, &cast.bot).await;
        others.push(async move {
            let mut frames = vec![greeting];
            for _ in 0..messages {
                frames.push(socket.event().await);
            }
            let frames = frames.iter().filter_map(|frame| received(frame, None)).collect();
            Reader {
                user: person.username.clone(),
                frames,
                withdrawals: Vec::new(),
            }
        });
    }
    let write = async {
        let text = "x".repeat(SIZE);
        for n in 0..messages {
            cast.owner.say(&session, &format!("{n} {text}")).await;
        }
    };
    let owner = others.pop().unwrap();
    let editor = others.pop().unwrap();
    let viewer = others.pop().unwrap();
    let (owner, editor, viewer, ()) = tokio::join!(owner, editor, viewer, write);

    // Everyone has had the last one, so the stalled one's queue was offered it too.
    let (code, frames) = stalled.close().await;
    assert_eq!(code, 4008);
    let seen: Vec<_> = frames
        .iter()
        .filter(|frame| is_event(frame))
        .map(seq_of)
        .collect();
    let last = start + seen.len() as i64;
    assert_eq!(
        seen,
        (start + 1..=last).collect::<Vec<_>>(),
        "what it got, it got in order"
    );
    assert!(seen.len() < messages, "it was never full");

    let (mut resumed, _) = greeted_by(&app, &cast.viewer, &cast.bot, &format!("since={last}")).await;
    let (rest, end) = replay(&mut resumed).await;
    assert_eq!(end["data"]["complete"], true);
    let rest: Vec<_> = rest.iter().map(seq_of).collect();
    assert_eq!(rest, (last + 1..=start + messages as i64).collect::<Vec<_>>());

    let log = judged(&log_of(&cast.owner, &cast.bot).await);
    assert_clean(&Run {
        log,
        readers: vec![owner, editor, viewer],
        ..Run::default()
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_more_than_the_queue_holds_does_not_count_as_slow() {
    let (app, cast, session) = stage().await;
    let text = "x".repeat(SIZE);
    for n in 0..60 {
        cast.owner.say(&session, &format!("{n} {text}")).await;
    }
    let log = log_of(&cast.viewer, &cast.bot).await;
    let mut slow = Raw::connect(
        &app,
        &format!("/api/ws/chat/{}?since=0", cast.bot),
        &cast.viewer.token,
        Some(16 * 1024),
    )
    .await;
    slow.next().await.expect("a greeting");
    // While it has read nothing yet, more is said.
    for n in 0..5 {
        cast.owner.say(&session, &format!("live {n}")).await;
    }
    let mut seqs = Vec::new();
    while seqs.len() < log.len() + 5 {
        let (_, text) = slow.next().await.expect("it stays open");
        let frame: Value = serde_json::from_slice(&text).unwrap();
        if is_event(&frame) {
            seqs.push(seq_of(&frame));
        }
    }
    assert_eq!(seqs, (1..=log.len() as i64 + 5).collect::<Vec<_>>());
}
