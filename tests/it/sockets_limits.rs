//! What a client may send and how much of it: illegal frames over a bare TCP stream, the size of a frame at its limit and
//! one above, the rate of frames, the heartbeat, and the administrator's hand on a connection.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{App, Cast, Person};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

use crate::sockets_kit::{BINARY, Raw, TEXT, assert_shape, frame, greeted, notified, stage};

async fn raw(app: &App, person: &Person, bot: &str) -> Raw {
    let mut raw = Raw::connect(app, &format!("/api/ws/chat/{bot}"), &person.token, None).await;
    let greeting = raw.next().await.expect("a greeting");
    assert_eq!(greeting.0, 1);
    raw
}

/// Bytes that must close the connection with this code, whatever kind of socket it is.
async fn assert_closes(app: &App, cast: &Cast, bytes: &[u8], code: u16, what: &str) {
    for path in [
        format!("/api/ws/chat/{}", cast.bot),
        "/api/ws/notifications".to_owned(),
        "/api/ws".to_owned(),
    ] {
        let mut raw = Raw::connect(app, &path, &cast.viewer.token, None).await;
        raw.next().await.expect("a greeting");
        raw.stream.write_all(bytes).await.unwrap();
        let (told, _) = raw.close().await;
        assert_eq!(told, code, "{what} on {path}");
    }
}

#[tokio::test]
async fn an_illegal_frame_closes_with_its_code() {
    let (app, cast, _) = stage().await;
    let ping = br#"{"type":"ping"}"#;
    let cases = [
        (frame(TEXT, ping, false), 1002, "unmasked"),
        (frame(TEXT | 0x40, ping, true), 1002, "a reserved bit"),
        (frame(0x83, ping, true), 1002, "an unknown opcode"),
        (frame(0x80, ping, true), 1002, "a continuation of nothing"),
        (frame(0x09, ping, true), 1002, "a fragmented ping"),
        (frame(0x89, &[b'x'; 126], true), 1002, "a long ping"),
        (
            [frame(0x01, b"{", true), frame(TEXT, ping, true)].concat(),
            1002,
            "a message inside a message",
        ),
        (frame(0x88, &[3], true), 1002, "half a close code"),
        (frame(BINARY, b"bytes", true), 1003, "binary"),
        (frame(BINARY, b"", true), 1003, "empty binary"),
        (frame(TEXT, &[0xff, 0xfe], true), 1007, "invalid UTF-8"),
        (frame(TEXT, b"\xed\xa0\x80", true), 1007, "a surrogate"),
        (
            [frame(0x01, b"\xe4", true), frame(0x80, b"{", true)].concat(),
            1007,
            "invalid across fragments",
        ),
    ];
    for (bytes, code, what) in cases {
        assert_closes(&app, &cast, &bytes, code, what).await;
    }
}

#[tokio::test]
async fn fragments_make_one_message_and_control_frames_go_between() {
    let (app, cast, _) = stage().await;
    let mut raw = raw(&app, &cast.viewer, &cast.bot).await;
    let pieces = [
        frame(0x01, br#"{"type":"ping","timestamp":"#, true),
        frame(0x89, b"between", true),
        frame(0x00, "\"ä".as_bytes(), true),
        frame(0x80, br#""}"#, true),
    ];
    raw.stream.write_all(&pieces.concat()).await.unwrap();
    assert_eq!(raw.next().await, Some((10, b"between".to_vec())));
    let (_, pong) = raw.next().await.expect("a pong");
    let pong: Value = serde_json::from_slice(&pong).unwrap();
    assert_shape(&pong, &json!({ "type": "pong", "timestamp": "ä" }));
    raw.send(0x88, &1000_u16.to_be_bytes()).await;
    assert_eq!(raw.close().await.0, 1000, "the close is answered");
}

/// A ping of exactly so many bytes; its timestamp is too long to be echoed.
fn ping_of(size: usize) -> String {
    let frame = json!({ "type": "ping", "timestamp": "" }).to_string();
    let filled = "x".repeat(size - frame.len());
    json!({ "type": "ping", "timestamp": filled }).to_string()
}

#[tokio::test]
async fn a_frame_of_64_kib_is_taken_and_one_byte_more_closes_with_1009() {
    let (app, cast, _) = stage().await;
    let limit = 64 * 1024;
    for (mut socket, _) in [
        greeted(&app, &cast.viewer, &cast.bot).await,
        notified(&app, &cast.viewer).await,
    ] {
        socket.send_raw(Message::text(ping_of(limit))).await;
        assert_shape(
            &socket.next_of("error").await,
            &json!({ "code": "invalid_message" }),
        );
        socket.ping().await;
        socket.send_raw(Message::text(ping_of(limit + 1))).await;
        socket.expect_close(1009).await;
    }
}

#[tokio::test]
async fn a_message_in_pieces_counts_as_a_whole() {
    let (app, cast, _) = stage().await;
    let half = "x".repeat(32 * 1024);
    let mut fits = raw(&app, &cast.viewer, &cast.bot).await;
    fits.send(0x01, half.as_bytes()).await;
    fits.send(0x80, half.as_bytes()).await;
    let (_, answer) = fits.next().await.expect("an error frame");
    assert!(String::from_utf8(answer).unwrap().contains("invalid_json"));
    let mut over = raw(&app, &cast.viewer, &cast.bot).await;
    over.send(0x01, half.as_bytes()).await;
    over.send(0x00, half.as_bytes()).await;
    over.send(0x80, b"x").await;
    assert_eq!(over.close().await.0, 1009);
    // Only the head of a huge frame is needed to know.
    let mut huge = raw(&app, &cast.viewer, &cast.bot).await;
    huge.stream
        .write_all(&[TEXT, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4])
        .await
        .unwrap();
    assert_eq!(huge.close().await.0, 1009);
}

#[tokio::test]
async fn what_exceeds_the_rate_is_discarded_with_a_warning_and_a_hundred_of_it_close_with_4029() {
    let (app, cast, _) = stage().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    for _ in 0..50 {
        socket.send(json!({ "type": "ping" })).await;
    }
    let (mut pongs, mut warned) = (0, 0);
    while warned == 0 {
        let answer = socket.next().await;
        pongs += usize::from(answer["type"] == "pong");
        warned += usize::from(answer["code"] == "rate_limited");
    }
    assert!((40..50).contains(&pongs), "{pongs} of the burst were answered");
    for _ in 0..130 {
        socket.send(json!({ "type": "ping" })).await;
    }
    let frames = socket.expect_close(4029).await;
    let warnings = frames
        .iter()
        .filter(|frame| frame["code"] == "rate_limited")
        .count();
    assert!(warnings <= 100, "{warnings}");
    let (mut other, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    other.ping().await;
}

#[tokio::test]
async fn a_burst_of_forty_is_within_the_rate() {
    let (app, cast, _) = stage().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    for n in 0..40 {
        socket.send(json!({ "type": "ping", "id": format!("{n}") })).await;
    }
    for n in 0..40 {
        assert_eq!(socket.next_of("pong").await["id"], format!("{n}"));
    }
}

#[tokio::test]
async fn a_peer_is_pinged_and_dropped_when_it_stays_silent() {
    // Longer than a machine stands still: who answers must not be dropped for that.
    let silence = Duration::from_secs(6);
    let app = App::with(|settings| {
        settings.limits.ping_interval = Duration::from_millis(400);
        settings.limits.silence = silence;
    })
    .await;
    let cast = Cast::of(&app).await;
    let (mut alive, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let begun = Instant::now();
    let mut silent = raw(&app, &cast.viewer, &cast.bot).await;
    let mut pings = 0;
    // A client that answers pings, as every library does while it reads, stays: it sees the other one go.
    let gone = async {
        loop {
            let frame = alive.next_of("presence").await;
            if frame["data"]["status"] == "offline" {
                return frame;
            }
        }
    };
    let dropped = async {
        while let Some((opcode, _)) = silent.next().await {
            pings += usize::from(opcode == 9);
        }
        begun.elapsed()
    };
    let (gone, lasted) = tokio::join!(gone, dropped);
    assert!(pings >= 2, "{pings}");
    assert!(lasted >= silence, "{lasted:?}");
    assert_eq!(gone["data"]["user_id"], json!(cast.viewer.id));
    alive.ping().await;
}

#[tokio::test]
async fn an_administrator_closes_one_connection_with_1008() {
    let (app, cast, _) = stage().await;
    let (mut one, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (mut other, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let id = greeting["data"]["connection_id"].as_str().unwrap();
    let all = cast.admin.get("/api/ws/connections").await.ok(200);
    assert_shape(
        &all,
        &json!({
            "connected_users": [cast.viewer.id],
            "bot_subscriptions": { &cast.bot: [cast.viewer.id] },
            "connection_metadata": { id: { "user_id": cast.viewer.id, "bot_id": cast.bot, "connected_at": "<time>" } },
        }),
    );
    let path = format!("/api/ws/connections/{id}");
    assert_eq!(cast.owner.delete(&path).await.status, 403);
    cast.admin.delete(&path).await.ok(204);
    one.expect_close(1008).await;
    other.ping().await;
    let again = cast.admin.delete(&path).await;
    assert_eq!(again.status, 404);
}
