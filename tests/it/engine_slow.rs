//! A reader that takes nothing for a while is still listened to: what it says has its effect, and its leaving is noticed.

use std::time::Duration;

use serde_json::json;
use tests::{App, Cast, DEADLINE, Person, Socket};

use crate::sockets_kit::{Raw, TEXT, greeted, until};

const SIZE: usize = 60 * 1024;

/// A server on which nobody is too slow, and the viewer's socket with more in front of it than the network takes.
async fn stalled() -> (App, Cast, Raw, Socket) {
    let app = App::with(|settings| {
        settings.limits.queue_bytes = 64 * 1024 * 1024;
        settings.limits.write_deadline = Duration::from_secs(60);
    })
    .await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let (mut other, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let path = format!("/api/ws/chat/{}", cast.bot);
    let mut stalled = Raw::connect(&app, &path, &cast.viewer.token, Some(16 * 1024)).await;
    stalled.next().await.expect("a greeting");
    let text = "x".repeat(SIZE);
    let mut waiting = 0;
    while waiting < 4 * SIZE as u64 {
        Person::say(&cast.owner, &session, &text).await;
        // What waits is not on the way to this one.
        other.event().await;
        let figures = cast.admin.get("/api/ws/stats").await.ok(200);
        waiting = figures["queued_bytes"].as_u64().unwrap();
    }
    (app, cast, stalled, other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_takes_nothing_is_still_heard() {
    let (_app, cast, mut stalled, mut other) = stalled().await;
    let typing = json!({ "type": "typing", "data": { "is_typing": true } });
    stalled.send(TEXT, typing.to_string().as_bytes()).await;
    let told = other.next_of("typing_indicator").await;
    assert_eq!(told["data"]["user_id"], cast.viewer.id.as_str(), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_takes_nothing_and_leaves_is_gone() {
    let (app, cast, stalled, _other) = stalled().await;
    let figures = async || cast.admin.get("/api/ws/stats").await.ok(200);
    assert_eq!(figures().await["total_connections"], 2);
    // Its half of the connection ends; what is written to it still waits.
    let mut stream = stalled.stream;
    tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
    until("it is gone", DEADLINE, async || {
        figures().await["total_connections"] == 1
    })
    .await;
    drop((app, stream));
}
