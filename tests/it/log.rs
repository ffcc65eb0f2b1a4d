//! What the real program logs at the level `trace`, libraries included: every way in which a secret or a text reaches it is
//! walked here, and none of them may be in the log. `log_secrets` searches the logs of all other tests.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Client, Process, Socket, logs, process};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");
const TEXT: &str = "canary-of-a-text";

fn secret(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap().to_owned()
}

async fn greeted(mut socket: Socket) -> Socket {
    assert_eq!(socket.next().await["type"], "connection_established");
    socket
}

#[tokio::test]
async fn no_secret_and_no_text_is_in_the_log_of_the_program() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let client =
        |token: Option<&str>| Client::new(reqwest::Client::new(), server.url(), token.map(str::to_owned));
    let sockets = format!("ws://{}/api/ws/notifications", server.address);
    let mut secrets = vec![TEXT.to_owned(), format!("pw-{}", uuid::Uuid::new_v4())];

    let account = json!({ "username": "person", "password": secrets[1] });
    let answer = client(None)
        .post("/api/auth/register", account.clone())
        .await
        .ok(201);
    let (token, refresh) = (secret(&answer, "access_token"), secret(&answer, "refresh_token"));
    let fresh = client(None).post("/api/auth/login", account).await.ok(200);
    let (other, other_refresh) = (secret(&fresh, "access_token"), secret(&fresh, "refresh_token"));
    client(None)
        .post("/api/auth/refresh", json!({ "refresh_token": other_refresh }))
        .await
        .ok(200);
    let person = client(Some(&token));

    // Texts, and what is refused.
    let bot = person
        .post("/api/bots", json!({ "name": TEXT, "instructions": TEXT }))
        .await
        .ok(201);
    let path = format!("/api/bots/{}", bot["id"].as_str().unwrap());
    let session = person
        .post(
            &format!("{path}/sessions"),
            json!({ "title": TEXT, "auto_reply": false }),
        )
        .await
        .ok(201);
    let chat = format!(
        "ws://{}/api/ws/chat/{}?token={token}",
        server.address,
        bot["id"].as_str().unwrap()
    );
    let mut chat = greeted(Socket::open(&chat).await).await;
    let messages = format!("/api/sessions/{}/messages", session["id"].as_str().unwrap());
    person.post(&messages, json!({ "content": TEXT })).await.ok(201);
    assert_eq!(chat.event().await["data"]["content"], TEXT);
    person
        .get(&format!("{path}/messages/search?q={TEXT}"))
        .await
        .ok(200);
    person
        .get(&format!("/api/nothing?token={token}"))
        .await
        .status_is(404);
    person
        .post("/api/bots", json!({ "name": TEXT, "password": secrets[1] }))
        .await
        .status_is(422);
    let broken = format!("{{\"password\": \"{}\"", secrets[1]);
    person
        .request(Method::POST, "/api/bots")
        .body(Some("application/json"), broken)
        .send()
        .await
        .status_is(400);

    // Every way to authenticate a socket, and the frame that renews it.
    let ticket = secret(
        &person.post("/api/auth/ws-ticket", Value::Null).await.ok(201),
        "ticket",
    );
    let mut by_ticket = greeted(Socket::open(&format!("{sockets}?ticket={ticket}")).await).await;
    let mut by_header = sockets.as_str().into_client_request().unwrap();
    by_header
        .headers_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    greeted(Socket::request(by_header).await.unwrap()).await;
    let mut by_protocol = sockets.as_str().into_client_request().unwrap();
    let pair = format!("colloquy.v1, bearer.{token}");
    by_protocol
        .headers_mut()
        .insert("sec-websocket-protocol", pair.parse().unwrap());
    greeted(Socket::request(by_protocol).await.unwrap()).await;
    by_ticket
        .send(json!({ "type": "auth", "data": { "token": other } }))
        .await;
    by_ticket.next_of("authenticated").await;
    by_ticket
        .send(json!({ "type": "auth", "data": { "token": format!("{other}{TEXT}") } }))
        .await;
    by_ticket.expect_close(4001).await;

    let log = logs::folder().join(format!("server-{}.log", server.id()));
    server.terminate();
    assert!(server.wait().success());
    secrets.extend([token, refresh, other, other_refresh, ticket]);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().count() > 20, "it logged nothing: {log}");
    for secret in secrets {
        let found = log.lines().find(|line| line.contains(&secret));
        assert_eq!(found, None, "{secret}");
    }
}

#[tokio::test]
async fn a_server_whose_log_nobody_reads_any_more_goes_on_and_stops_in_order() {
    let dir = TempDir::new().unwrap();
    let mut child = process::command(PROGRAM, dir.path())
        .env("COLLOQUY_LISTEN", "127.0.0.1:0")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = loop {
        let line = lines.next().expect("it starts").unwrap();
        if let Some((_, url)) = line.split_once("listens on ") {
            break url.to_owned();
        }
    };
    drop(lines);
    let client = Client::new(reqwest::Client::new(), url, None);
    for _ in 0..3 {
        client.get("/health/ready").await.ok(200);
        client
            .get("/api/bots")
            .await
            .refused(401, "authentication_required");
    }
    let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
