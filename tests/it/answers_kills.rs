//! A server that ends in the middle of answers, by `kill -9` or on request: each unfinished answer becomes one message, with what
//! was written of it, and there is never a second one.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::provider::{Behaviour, FakeProvider, strings};
use tests::{App, Client, DEADLINE, Process, Socket, process};

use crate::answers_kit::{Stage, Watcher};
use crate::sockets_kit::{assert_shape, is_event, until};
use crate::sockets_shutdown::{Guest, register};

/// The real program on a data directory, with this model server.
async fn start(data_dir: &Path, model: &FakeProvider) -> Process {
    let mut command = process::command(env!("CARGO_BIN_EXE_colloquy-under-test"), data_dir);
    command
        .env("COLLOQUY_LISTEN", "127.0.0.1:0")
        .env("COLLOQUY_PROVIDER_KIND", "openai")
        .env("COLLOQUY_PROVIDER_URL", model.v1())
        .env("COLLOQUY_PROVIDER_MODEL", "fake");
    tokio::task::spawn_blocking(move || Process::spawn(&mut command))
        .await
        .unwrap()
}

/// Somebody alone with a bot on a server that is killed and started again.
struct Lone {
    dir: tempfile::TempDir,
    model: FakeProvider,
    server: Option<Process>,
    guest: Guest,
    bot: String,
}

impl Lone {
    async fn start() -> Self {
        let (dir, model) = (tempfile::tempdir().unwrap(), FakeProvider::start().await);
        let server = start(dir.path(), &model).await;
        let guest = register(&server, "somebody").await;
        let bot = guest
            .client
            .post("/api/bots", json!({ "name": "bot" }))
            .await
            .ok(201);
        Self {
            dir,
            model,
            guest,
            bot: tests::cast::id_of(&bot),
            server: Some(server),
        }
    }

    async fn session(&self) -> String {
        let path = format!("/api/bots/{}/sessions", self.bot);
        tests::cast::id_of(&self.guest.client.post(&path, json!({})).await.ok(201))
    }

    async fn ask(&self, session: &str) -> String {
        let path = format!("/api/sessions/{session}/messages");
        let posted = self
            .guest
            .client
            .post(&path, json!({ "content": "What is it?" }))
            .await
            .ok(201);
        posted["answer"]["message_id"]
            .as_str()
            .expect("an answer")
            .to_owned()
    }

    async fn watch(&self, query: &str) -> Watcher {
        let address = self.server.as_ref().expect("a server").address;
        let url = format!(
            "ws://{address}/api/ws/chat/{}?token={}{query}",
            self.bot, self.guest.token
        );
        let mut socket = Socket::open(&url).await;
        assert_eq!(socket.next().await["type"], "connection_established");
        Watcher::at(socket)
    }

    /// Until the text so far is on disk.
    async fn kept(&self, answer: &str, text: &str) {
        let path = format!("/api/bots/{}/snapshot", self.bot);
        until("the text is kept", DEADLINE, async || {
            let snapshot = self.guest.client.get(&path).await.ok(200);
            let answers = snapshot["answers"].as_array().expect("a list");
            answers
                .iter()
                .any(|one| one["message_id"] == answer && one["content"] == text)
        })
        .await;
    }

    fn kill(&mut self) {
        self.server.take().expect("a server").kill();
    }

    async fn start_again(&mut self) {
        let server = start(self.dir.path(), &self.model).await;
        self.guest.client = Client::new(
            reqwest::Client::new(),
            server.url(),
            Some(self.guest.token.clone()),
        );
        self.server = Some(server);
    }

    /// All assistant messages of the log, in its order.
    async fn answers(&self) -> Vec<Value> {
        let path = format!("/api/bots/{}/events?since=0&limit=100", self.bot);
        let page = self.guest.client.get(&path).await.ok(200);
        let mut events = page["events"].as_array().expect("events").clone();
        events.retain(|event| event["type"] == "chat_message" && event["data"]["role"] == "assistant");
        events.into_iter().map(|event| event["data"].clone()).collect()
    }

    /// The session's messages and the log have each answer exactly once, with its text and how it ended.
    async fn assert_answers(&self, session: &str, expected: &[(&str, &str, &str)]) {
        let shape: Vec<_> = expected
            .iter()
            .map(|(id, text, status)| json!({ "message_id": id, "content": text, "metadata": { "status": status } }))
            .collect();
        let mut logged = self.answers().await;
        logged.retain(|answer| answer["session_id"] == session);
        assert_shape(&json!(logged), &json!(shape));
        let path = format!("/api/sessions/{session}/messages?limit=100");
        let list = self.guest.client.get(&path).await.ok(200);
        let mut listed = list["items"].as_array().expect("messages").clone();
        listed.retain(|message| message["role"] == "assistant");
        assert_shape(&json!(listed), &json!(shape));
        let snapshot = self
            .guest
            .client
            .get(&format!("/api/bots/{}/snapshot", self.bot))
            .await
            .ok(200);
        assert_eq!(snapshot["answers"], json!([]));
    }

    async fn assert_answers_again(&self, session: &str) {
        let mut watcher = self.watch("").await;
        self.model.will_say(&["Well again."]);
        let answer = self.ask(session).await;
        assert_eq!(watcher.end(&answer).await["content"], "Well again.");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_a_kill_cut_off_are_interrupted_once_with_what_was_written() {
    let mut lone = Lone::start().await;
    let (first, second) = (lone.session().await, lone.session().await);
    lone.model
        .will(Behaviour::Stall(strings(&["as far ", "as this"])))
        .will(Behaviour::Slow);
    let mut watcher = lone.watch("").await;
    let written = lone.ask(&first).await;
    lone.model.wait_asked().await;
    let silent = lone.ask(&second).await;
    lone.model.wait_asked().await;
    let waiting = lone.ask(&first).await;
    watcher.status(&waiting, "queued", 1).await;
    watcher.text(&written, "as far as this").await;
    lone.kept(&written, "as far as this").await;
    let seen = watcher.frames.iter().rfind(|frame| is_event(frame));
    let seen = seen.expect("events")["seq"].as_i64().unwrap();

    lone.kill();
    lone.start_again().await;
    let of_first = [
        (written.as_str(), "as far as this", "interrupted"),
        (waiting.as_str(), "", "interrupted"),
    ];
    lone.assert_answers(&first, &of_first).await;
    lone.assert_answers(&second, &[(silent.as_str(), "", "interrupted")])
        .await;
    assert_eq!(lone.model.asked().len(), 2, "nothing is asked again by itself");
    let mut back = lone.watch(&format!("&since={seen}")).await;
    back.until(|back| {
        [&written, &silent, &waiting]
            .iter()
            .all(|id| back.of(id).end.is_some())
    })
    .await;

    // Nor does another death make a second one.
    lone.kill();
    lone.start_again().await;
    lone.assert_answers(&first, &of_first).await;
    lone.assert_answers_again(&first).await;
    lone.assert_answers_again(&second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_whose_end_was_seen_is_whole_after_a_kill() {
    let mut lone = Lone::start().await;
    let session = lone.session().await;
    lone.model.will_say(&["Every ", "word."]);
    let mut watcher = lone.watch("").await;
    let answer = lone.ask(&session).await;
    watcher.end(&answer).await;
    lone.kill();
    lone.start_again().await;
    lone.assert_answers(&session, &[(&answer, "Every word.", "complete")])
        .await;
    lone.assert_answers_again(&session).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_leaves_one_message() {
    let mut lone = Lone::start().await;
    let mut expected = Vec::new();
    for step in 0..6 {
        let session = lone.session().await;
        lone.model.will_say_gated(&["one ", "two"]);
        let answer = lone.ask(&session).await;
        // 0: just acknowledged; 1: asked for; 2, 3: pieces on their way; 4, 5: its end on its way.
        if step > 0 {
            lone.model.wait_asked().await;
        }
        for _ in 1..step.min(4) {
            lone.model.next().await;
        }
        lone.kill();
        // What was planned and not asked for is forgotten.
        lone.model = FakeProvider::start().await;
        lone.start_again().await;
        let logged = lone.answers().await;
        let found: Vec<_> = logged
            .iter()
            .filter(|one| one["message_id"] == answer.as_str())
            .collect();
        assert_eq!(found.len(), 1, "at {step}: {logged:?}");
        let (text, status) = (
            found[0]["content"].as_str().unwrap(),
            found[0]["metadata"]["status"].as_str().unwrap(),
        );
        assert!(
            status == "interrupted" && "one two".starts_with(text)
                || (text, status) == ("one two", "complete"),
            "at {step}: {found:?}"
        );
        expected.push(answer);
    }
    let mut logged: Vec<_> = lone.answers().await;
    let logged: Vec<_> = logged.iter_mut().map(|one| one["message_id"].take()).collect();
    assert_eq!(json!(logged), json!(expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planned_stop_stores_what_is_written_and_tells_everyone_first() {
    let mut lone = Lone::start().await;
    let session = lone.session().await;
    let mut watcher = lone.watch("").await;
    lone.model
        .will(Behaviour::Stall(strings(&["as far ", "as this"])));
    let answer = lone.ask(&session).await;
    watcher.text(&answer, "as far as this").await;
    let asked = Instant::now();
    let server = lone.server.take().expect("a server");
    server.terminate();
    watcher.closed(1001).await;
    let end = watcher.ended(&answer);
    assert_shape(
        &end,
        &json!({ "content": "as far as this", "metadata": { "status": "interrupted" } }),
    );
    let ended = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    lone.model.wait_hung_up().await;

    lone.start_again().await;
    lone.assert_answers(&session, &[(&answer, "as far as this", "interrupted")])
        .await;
    lone.assert_answers_again(&session).await;
}

#[tokio::test]
async fn a_stop_in_this_process_interrupts_what_runs_and_the_next_start_what_waits() {
    let stage = Stage::start().await;
    let (viewer, bot) = (&stage.cast.viewer, stage.cast.bot.clone());
    let (question, answer, mut owner) = stage.begun(viewer).await;
    let (_, waiting) = viewer.ask(&stage.session, "And then?").await;
    owner.status(&waiting, "queued", 1).await;
    let Stage {
        app,
        cast,
        session,
        model,
    } = stage;
    // Where there is another node, it may take up what waits before it stops, too.
    model.will(Behaviour::Slow);
    let dir = app.stop().await;
    owner.closed(1001).await;
    let metadata = json!({ "status": "interrupted", "question_id": question["id"] });
    assert_shape(
        &owner.ended(&answer),
        &json!({ "content": "one ", "metadata": metadata }),
    );

    // What was planned and not asked for is forgotten.
    let model = FakeProvider::start().await;
    let app = App::on(dir, |settings| crate::answers_kit::asking(settings, &model)).await;
    let viewer = app.login(&cast.viewer).await;
    let answers = crate::answers_kit::answers_of(&viewer, &session).await;
    let shape = json!([{ "id": answer, "content": "one ", "metadata": { "status": "interrupted" } },
                       { "id": waiting, "content": "", "metadata": { "status": "interrupted" } }]);
    assert_shape(&json!(answers), &shape);
    model.will_say(&["Well again."]);
    let mut watcher = Watcher::join(&app, &viewer, &bot).await;
    let (_, next) = viewer.ask(&session, "And now?").await;
    assert_eq!(watcher.end(&next).await["content"], "Well again.");
}
