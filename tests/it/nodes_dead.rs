//! One of several nodes dies in the middle of everything. What it wrote is ended, what it read is read by another, and nobody is
//! believed to be there, or to type, for long.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::cast::id_of;
use tests::database::{SECRET, server_of};
use tests::process::{Process, command};
use tests::provider::FakeProvider;
use tests::{App, Cast, Client, DEADLINE, Database, Socket};
use tokio::time::{interval, timeout};

use crate::answers_kit::{MODEL, Watcher, asking};
use crate::sockets_kit::{assert_shape, until};

const NODES: &str = "SELECT CAST(id AS text) FROM nodes";

/// A lease of work on a document is the longest that anything waits for.
const OVER: Duration = Duration::from_secs(90);

/// One more node over the database of these, as a process of its own.
async fn another(app: &App, data_dir: &TempDir, model: &FakeProvider) -> Process {
    let mut command = command(env!("CARGO_BIN_EXE_colloquy-under-test"), data_dir.path());
    command
        .env("COLLOQUY_LISTEN", "127.0.0.1:0")
        .env("COLLOQUY_DATABASE_URL", server_of(app.data_dir()))
        .env("COLLOQUY_SECRET", SECRET)
        .env("COLLOQUY_BLOBS_DIR", app.data_dir().join("blobs"))
        .env("COLLOQUY_PROVIDER_KIND", "openai")
        .env("COLLOQUY_PROVIDER_URL", model.v1())
        .env("COLLOQUY_PROVIDER_MODEL", MODEL);
    tokio::task::spawn_blocking(move || Process::spawn(&mut command))
        .await
        .unwrap()
}

/// Whether the last that was told of this person is that they do not type, and that they are gone.
fn is_over(frames: &[Value], who: &str) -> bool {
    let last = |kind: &str| {
        let mut told = frames.iter().rev();
        told.find(|frame| frame["type"] == kind && frame["data"]["user_id"] == who)
    };
    last("typing_indicator").is_some_and(|frame| frame["data"]["is_typing"] == false)
        && last("presence").is_some_and(|frame| frame["data"]["status"] == "offline")
}

/// Some work for whoever reads it.
fn text_of_rules() -> String {
    (0..1_500)
        .map(|n| format!("## Rule {n}\n\nNobody opens door {n} before the lamp of door {n} is green.\n\n"))
        .collect()
}

/// Uploads documents until this node, stopped where it stands, is at work on one: that document. Nodes take work in no order.
async fn in_the_hands_of(
    process: &Process,
    node: &str,
    database: &Database,
    upload: impl AsyncFn() -> String,
) -> String {
    let held =
        format!("SELECT CAST(document_id AS text) FROM jobs WHERE holder = '{node}' AND lease IS NOT NULL");
    let mut found = Vec::new();
    until("the node works on a document", OVER, async || {
        if database.count("jobs").await == 0 {
            upload().await;
        }
        process.signal("STOP");
        found = database.column(&held).await;
        if found.is_empty() {
            process.signal("CONT");
        }
        !found.is_empty()
    })
    .await;
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_node_was_doing_is_ended_or_done_by_another() {
    let model = FakeProvider::start().await;
    let app = App::two_nodes(|settings| asking(settings, &model)).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let folder = TempDir::new().unwrap();
    let database = Database::open(Some(server_of(app.data_dir())), app.data_dir()).await;
    let before = database.column(NODES).await;
    let dying = another(&app, &folder, &model).await;
    let mut nodes = database.column(NODES).await;
    nodes.retain(|node| !before.contains(node));
    let [node] = nodes.as_slice() else {
        panic!("one node more, not {nodes:?}")
    };
    let there = Client::new(
        reqwest::Client::new(),
        dying.url(),
        Some(cast.owner.token.clone()),
    );
    let mut watcher = Watcher::join(&app, &cast.viewer, &cast.bot).await;
    let mut typist = Socket::open(&format!(
        "ws://{}/api/ws/chat/{}?token={}",
        dying.address, cast.bot, cast.editor.token
    ))
    .await;
    typist.next_of("connection_established").await;

    let path = format!("/api/sessions/{session}/messages");
    let question = json!({ "content": "What is it?", "reply": true });
    let holder = "SELECT CAST(holder AS text) FROM answers WHERE status = 'running'";
    // Any node may take up what waits: it is asked again until this one writes.
    let answer = loop {
        model.will_say_gated(&["one ", "two"]);
        let asked = there.post(&path, question.clone()).await.ok(201);
        let answer = asked["answer"]["message_id"].as_str().unwrap().to_owned();
        model.wait_asked().await;
        if database.column(holder).await == [node.as_str()] {
            break answer;
        }
        let cancel = format!("/api/messages/{answer}/cancel");
        there.post(&cancel, Value::Null).await.ok(200);
        model.wait_hung_up().await;
    };
    model.next().await;
    watcher.text(&answer, "one ").await;
    until("the text so far is kept", DEADLINE, async || {
        let path = format!("/api/bots/{}/snapshot", cast.bot);
        let snapshot = cast.owner.get(&path).await.ok(200);
        snapshot["answers"][0]["content"] == "one "
    })
    .await;
    let typing = json!({ "is_typing": true, "session_id": session });
    typist.send(json!({ "type": "typing", "data": typing })).await;
    watcher
        .until(|watcher| {
            watcher
                .frames
                .iter()
                .any(|frame| frame["type"] == "typing_indicator")
        })
        .await;

    let document = in_the_hands_of(&dying, node, &database, async || {
        let text = text_of_rules();
        id_of(&there.upload(&cast.bot, "rules.md", &text).await.ok(202))
    })
    .await;
    dying.kill();
    // The others go on; so there is always something to read.
    let talking = async {
        let mut seconds = interval(Duration::from_secs(1));
        loop {
            seconds.tick().await;
            cast.owner.say(&session, "We are still here.").await;
        }
    };
    let watching = watcher
        .until(|watcher| watcher.of(&answer).end.is_some() && is_over(&watcher.frames, &cast.editor.id));
    tokio::select! {
        () = talking => {}
        over = timeout(OVER, watching) => over.expect("the dead node's people and answers are gone"),
    }
    assert_shape(
        &watcher.ended(&answer),
        &json!({ "content": "one ", "metadata": { "status": "interrupted" } }),
    );
    until("another node has read the document", OVER, async || {
        let document = cast
            .owner
            .get(&format!("/api/documents/{document}"))
            .await
            .ok(200);
        document["status"] == "processed"
    })
    .await;
    app.stop().await;
}
