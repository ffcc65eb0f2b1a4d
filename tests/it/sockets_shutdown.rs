//! A planned stop: the real program with a thousand sockets is asked to end, tells every one of them 1001, and ends itself
//! with 0 in time.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{App, Client, Process, Socket, process};

use crate::sockets_kit::{greeted, notified, stage};

const SOCKETS: usize = 1000;

/// Somebody on a server that is a process of its own.
pub struct Guest {
    pub client: Client,
    pub token: String,
}

pub async fn register(server: &Process, name: &str) -> Guest {
    let http = reqwest::Client::new();
    let anonymous = Client::new(http.clone(), server.url(), None);
    let password = format!("pw-{}", uuid::Uuid::new_v4());
    let body = json!({ "username": name, "password": password });
    let answer = anonymous.post("/api/auth/register", body).await.ok(201);
    let token = answer["access_token"].as_str().unwrap().to_owned();
    Guest {
        client: Client::new(http, server.url(), Some(token.clone())),
        token,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_sockets_each_get_1001_when_the_program_is_asked_to_stop() {
    rlimit::increase_nofile_limit(4096).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut command = process::command(env!("CARGO_BIN_EXE_colloquy-under-test"), dir.path());
    command
        .env("COLLOQUY_LISTEN", "127.0.0.1:0")
        .env("COLLOQUY_LOG", "info")
        .env("COLLOQUY_SOCKETS_PER_USER", "2000")
        .env("COLLOQUY_SOCKETS_PER_USER_AND_BOT", "2000");
    let server = tokio::task::spawn_blocking(move || Process::spawn(&mut command))
        .await
        .unwrap();
    let guest = register(&server, "somebody").await;
    let bot = guest
        .client
        .post("/api/bots", json!({ "name": "bot" }))
        .await
        .ok(201);
    let bot = bot["id"].as_str().unwrap();

    let mut sockets = Vec::new();
    while sockets.len() < SOCKETS {
        let some = (0..50).map(|n| {
            let kind = if n % 5 == 0 {
                "notifications".to_owned()
            } else {
                format!("chat/{bot}")
            };
            let url = format!("ws://{}/api/ws/{kind}?token={}", server.address, guest.token);
            async move {
                let mut socket = Socket::open(&url).await;
                assert_eq!(socket.next().await["type"], "connection_established");
                socket
            }
        });
        sockets.extend(join_all(some).await);
    }
    let figures = guest.client.get("/api/ws/stats").await.ok(200);
    assert_eq!(figures["total_connections"], SOCKETS);

    let asked = Instant::now();
    server.terminate();
    let closed = join_all(sockets.iter_mut().map(Socket::close)).await;
    let ended = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    let lasted = asked.elapsed();
    let codes: Vec<_> = closed.iter().filter(|closed| closed.code != 1001).collect();
    assert!(
        codes.is_empty(),
        "{} of {SOCKETS} got something else: {:?}",
        codes.len(),
        codes.first()
    );
    assert_eq!(ended.code(), Some(0));
    assert!(lasted < Duration::from_secs(10), "{lasted:?}");
    println!("{SOCKETS} sockets closed and the program ended after {lasted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_that_do_not_answer_the_close_do_not_hold_the_program_up() {
    let dir = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_colloquy-under-test");
    let path = dir.path().to_owned();
    let server = tokio::task::spawn_blocking(move || Process::start(program, &path))
        .await
        .unwrap();
    let guest = register(&server, "somebody").await;
    let url = format!(
        "ws://{}/api/ws/notifications?token={}",
        server.address, guest.token
    );
    // They are open, and nobody ever reads from them or answers.
    let mut deaf = Vec::new();
    for _ in 0..5 {
        deaf.push(Socket::open(&url).await);
    }
    let asked = Instant::now();
    server.terminate();
    let ended = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    drop(deaf);
}

#[tokio::test]
async fn what_was_sent_before_the_stop_arrives_before_the_close_and_the_restart_replays_the_rest() {
    let (app, cast, session) = stage().await;
    let (mut chat, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (mut inbox, _) = notified(&app, &cast.viewer).await;
    let said = cast.owner.say(&session, "@viewer the last before the stop").await;
    let dir = app.stop().await;
    let frames = chat.expect_close(1001).await;
    assert!(
        frames
            .iter()
            .any(|frame| frame["data"]["message_id"] == said["id"]),
        "{frames:?}"
    );
    inbox.expect_close(1001).await;

    let app = App::on(dir, |_| ()).await;
    let viewer = app.login(&cast.viewer).await;
    let epoch = &greeting["data"]["epoch"];
    let since = greeting["data"]["seq"].as_i64().unwrap();
    let query = format!("since={since}&epoch={}", epoch.as_str().unwrap());
    let (mut chat, again) = crate::sockets_kit::greeted_by(&app, &viewer, &cast.bot, &query).await;
    assert_eq!(again["data"]["epoch"], *epoch, "a stop begins no new epoch");
    let (events, end) = crate::sockets_kit::replay(&mut chat).await;
    assert_eq!(end["data"]["complete"], true);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"]["message_id"], said["id"]);
}

#[tokio::test]
async fn a_new_epoch_asked_for_beside_the_running_server_makes_old_numbers_worthless() {
    let (app, cast, session) = stage().await;
    let (mut chat, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let old = greeting["data"]["epoch"].as_str().unwrap().to_owned();
    // One on each node.
    let mut others = Vec::new();
    for node in app.nodes() {
        let node = node.replace("http://", "ws://");
        let url = format!("{node}/api/ws/chat/{}?token={}", cast.bot, cast.viewer.token);
        let mut socket = Socket::open(&url).await;
        socket.next_of("connection_established").await;
        others.push(socket);
    }
    let mut command = process::command(env!("CARGO_BIN_EXE_colloquy-under-test"), app.data_dir());
    command.args(["admin", "new-epoch"]);
    let output = tokio::task::spawn_blocking(move || process::run(&mut command))
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Open sockets must not live on in the old one.
    let closed = chat.close().await;
    assert_eq!(closed.code, 1001, "{closed:?}");
    for socket in &mut others {
        socket.expect_close(1001).await;
    }
    let query = format!("since={}&epoch={old}", greeting["data"]["seq"]);
    let (mut chat, again) = crate::sockets_kit::greeted_by(&app, &cast.viewer, &cast.bot, &query).await;
    assert_ne!(again["data"]["epoch"], Value::from(old));
    let (events, end) = crate::sockets_kit::replay(&mut chat).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (0, &json!(false)));
    cast.owner.say(&session, "in the new one").await;
    assert_eq!(chat.event().await["data"]["content"], "in the new one");
}
