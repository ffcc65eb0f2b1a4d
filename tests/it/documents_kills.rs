//! `kill -9` at each step of the work on a document: the next start takes it up again, and in the end there is one processed
//! document, with all its pieces and nothing else: no second set of pieces, no bytes that nobody knows, no reader left running.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::cast::id_of;
use tests::process::Process;
use tests::{Client, DEADLINE, Database, Socket};

use crate::documents_kit::files;
use crate::sockets_kit::until;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");
/// Large enough that each step takes a moment.
const PARAGRAPHS: usize = 1_500;

struct Person {
    client: Client,
    token: String,
}

impl Person {
    async fn register(server: &Process) -> Self {
        let anonymous = Client::new(reqwest::Client::new(), server.url(), None);
        let password = format!("pw-{}", uuid::Uuid::new_v4());
        let body = json!({ "username": "owner", "password": password });
        let answer = anonymous.post("/api/auth/register", body).await.ok(201);
        Self::of(server, answer["access_token"].as_str().unwrap())
    }

    fn of(server: &Process, token: &str) -> Self {
        Self {
            client: Client::new(reqwest::Client::new(), server.url(), Some(token.to_owned())),
            token: token.to_owned(),
        }
    }

    async fn chat(&self, server: &Process, bot: &str, since: i64) -> Socket {
        let address = server.address;
        let token = &self.token;
        Socket::open(&format!(
            "ws://{address}/api/ws/chat/{bot}?token={token}&since={since}"
        ))
        .await
    }
}

fn handbook() -> String {
    (0..PARAGRAPHS)
        .map(|n| format!("## Rule {n}\n\nNobody opens door {n} before the lamp of door {n} is green.\n\n"))
        .collect()
}

/// Waits for the event that begins this step.
async fn step(socket: &mut Socket, step: &str) {
    loop {
        let frame = socket.next_of("document_update").await;
        let document = &frame["data"]["document"];
        if frame["seq"].is_i64() && [&document["stage"], &frame["data"]["action"]].contains(&&json!(step)) {
            return;
        }
    }
}

async fn killed_at(at: &str) {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let person = Person::register(&server).await;
    let bot = id_of(
        &person
            .client
            .post("/api/bots", json!({ "name": "Bot" }))
            .await
            .ok(201),
    );
    let mut socket = person.chat(&server, &bot, 0).await;
    let document = id_of(
        &person
            .client
            .upload(&bot, "handbook.md", handbook())
            .await
            .ok(202),
    );
    step(&mut socket, at).await;
    let readers = children(server.id());
    server.kill();

    let server = Process::start(PROGRAM, dir.path());
    let person = Person::of(&server, &person.token);
    let mut socket = person.chat(&server, &bot, 0).await;
    step(&mut socket, "processed").await;
    let seen = person
        .client
        .get(&format!("/api/documents/{document}"))
        .await
        .ok(200);
    assert_eq!(seen["status"], "processed", "{at}");
    let path = format!("/api/bots/{bot}/search");
    let question = json!({ "query": "lamp of door 1417", "limit": 3 });
    // It serves before its index is built.
    until("the index is built", DEADLINE, async || {
        person.client.post(&path, question.clone()).await.status != 503
    })
    .await;
    let hits = person.client.post(&path, question).await.ok(200);
    let text = hits["items"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("door 1417"), "{at}: {hits}");
    let log = person
        .client
        .get(&format!("/api/bots/{bot}/events?since=0&limit=100"))
        .await
        .ok(200);
    let ends = log["events"].as_array().unwrap().iter();
    assert_eq!(
        ends.filter(|event| event["data"]["action"] == "processed")
            .count(),
        1,
        "{at}"
    );
    assert_whole(dir.path(), &seen).await;
    for reader in readers {
        assert!(!is_reader(reader), "{at}: a reader outlived its server");
    }
    server.kill();
}

/// Every piece is there once, and one file.
async fn assert_whole(dir: &Path, document: &Value) {
    let database = Database::of(dir).await;
    let chunks = document["chunks"].as_i64().unwrap();
    assert!(chunks > 0);
    assert_eq!(database.count("chunks").await, chunks);
    let numbers = database
        .column("SELECT CAST(COUNT(DISTINCT n) AS TEXT) FROM chunks")
        .await;
    assert_eq!(numbers, [chunks.to_string()]);
    assert_eq!(database.count("jobs").await, 0);
    assert_eq!(files(&dir.join("blobs")).len(), 1);
    assert!(files(&dir.join("incoming")).is_empty());
}

/// The processes whose parent this one is.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| {
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        status.is_ok_and(|status| status.contains(&format!("PPid:\t{parent}\n")))
    })
    .collect()
}

fn is_reader(id: u32) -> bool {
    let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).contains("extract-worker")
}

#[tokio::test]
async fn a_kill_right_after_the_upload_is_made_good_for() {
    killed_at("uploaded").await;
}

#[tokio::test]
async fn a_kill_while_the_file_is_read_is_made_good_for() {
    killed_at("extracting").await;
}

#[tokio::test]
async fn a_kill_while_pieces_are_stored_is_made_good_for() {
    killed_at("storing").await;
}

#[tokio::test]
async fn a_kill_while_pieces_are_indexed_is_made_good_for() {
    killed_at("indexing").await;
}

#[tokio::test]
async fn a_kill_right_after_the_end_changes_nothing() {
    killed_at("processed").await;
}
