//! What the tests of answers share: a stage with a model server in the hands of the test, and a watcher that keeps the text of
//! every answer by the rule that the protocol gives to clients.

use std::collections::BTreeMap;

use api::config::Settings;
use domain::bot::ProviderKind;
use serde_json::{Value, json};
use tests::provider::FakeProvider;
use tests::{App, Cast, Person, Socket};

use crate::sockets_kit::{greeted, greeted_by, log_of};

/// The model that the installation asks for.
pub const MODEL: &str = "fake";

/// Everyone on a bot with one shared session between people, and the model server of the installation.
pub struct Stage {
    pub app: App,
    pub cast: Cast,
    pub session: String,
    pub model: FakeProvider,
}

impl Stage {
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let model = FakeProvider::start().await;
        let app = App::with(|settings| {
            asking(settings, &model);
            change(settings);
        })
        .await;
        let cast = Cast::of(&app).await;
        let session = cast.owner.session(&cast.bot, "shared").await;
        Self {
            app,
            cast,
            session,
            model,
        }
    }

    pub async fn watch(&self, person: &Person) -> Watcher {
        Watcher::join(&self.app, person, &self.cast.bot).await
    }

    /// A question whose answer has begun: its text so far is "one ", and two more pieces wait at the gate.
    pub async fn begun(&self, by: &Person) -> (Value, String, Watcher) {
        self.model.will_say_gated(&["one ", "two ", "three"]);
        let mut owner = self.watch(&self.cast.owner).await;
        let (question, answer) = by.ask(&self.session, "What is it?").await;
        self.model.wait_asked().await;
        self.model.next().await;
        owner.text(&answer, "one ").await;
        (question, answer, owner)
    }

    /// The rest of an answer that has begun.
    pub async fn go_on(&self) {
        for _ in 0..3 {
            self.model.next().await;
        }
    }

    /// The session's messages by assistants, as the database has them.
    pub async fn answers(&self) -> Vec<Value> {
        answers_of(&self.cast.owner, &self.session).await
    }
}

/// Settings with this server for the bots that have none of their own.
pub fn asking(settings: &mut Settings, model: &FakeProvider) {
    settings.provider_kind = Some(ProviderKind::OpenAi);
    settings.provider_url = Some(model.v1());
    settings.provider_model = Some(MODEL.to_owned());
}

/// A session in which the bot answers unless it is told not to.
pub async fn talking(person: &Person, bot: &str) -> String {
    let made = person
        .post(
            &format!("/api/bots/{bot}/sessions"),
            json!({ "title": "With the bot" }),
        )
        .await
        .ok(201);
    tests::cast::id_of(&made)
}

pub async fn messages_of(person: &Person, session: &str) -> Vec<Value> {
    let list = person
        .get(&format!("/api/sessions/{session}/messages?limit=100"))
        .await
        .ok(200);
    list["items"].as_array().expect("a list").clone()
}

pub async fn answers_of(person: &Person, session: &str) -> Vec<Value> {
    let mut messages = messages_of(person, session).await;
    messages.retain(|message| message["role"] == "assistant");
    messages
}

/// How often the log has a message of this id.
pub async fn times_in_log(person: &Person, bot: &str, message: &str) -> usize {
    let log = log_of(person, bot).await;
    let of_it = log
        .iter()
        .filter(|event| event["type"] == "chat_message" && event["data"]["message_id"] == message);
    of_it.count()
}

/// The unfinished answers that the snapshot shows.
pub async fn unfinished(person: &Person, bot: &str) -> Vec<Value> {
    let snapshot = person.get(&format!("/api/bots/{bot}/snapshot")).await.ok(200);
    snapshot["answers"].as_array().expect("a list").clone()
}

/// What a client knows of one answer.
#[derive(Debug, Default, Clone)]
pub struct Watched {
    pub text: String,
    /// Status and place, as they came.
    pub statuses: Vec<(String, u64)>,
    /// Offset and piece, as they came.
    pub deltas: Vec<(usize, String)>,
    /// The message that ended it.
    pub end: Option<Value>,
}

/// A chat socket, and all that came over it.
pub struct Watcher {
    pub socket: Socket,
    pub frames: Vec<Value>,
    answers: BTreeMap<String, Watched>,
}

impl Watcher {
    pub async fn join(app: &App, person: &Person, bot: &str) -> Self {
        Self::at(greeted(app, person, bot).await.0)
    }

    pub async fn back(app: &App, person: &Person, bot: &str, since: i64) -> Self {
        Self::at(greeted_by(app, person, bot, &format!("since={since}")).await.0)
    }

    pub fn at(socket: Socket) -> Self {
        Self {
            socket,
            frames: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    pub fn of(&self, answer: &str) -> Watched {
        self.answers.get(answer).cloned().unwrap_or_default()
    }

    /// Whether everything that has begun has ended, with the text that was seen to grow.
    pub fn all_ended(&self) -> bool {
        self.answers.values().all(|watched| {
            let Some(end) = &watched.end else { return false };
            assert!(
                watched.deltas.is_empty() || watched.text == end["content"],
                "{watched:?}"
            );
            true
        })
    }

    /// What came of this answer, in order.
    pub fn frames_of(&self, answer: &str) -> Vec<&Value> {
        let of_it = self.frames.iter();
        of_it
            .filter(|frame| frame["data"]["message_id"] == answer)
            .collect()
    }

    /// Reads on until `good`.
    pub async fn until(&mut self, mut good: impl FnMut(&Self) -> bool) {
        while !good(self) {
            let frame = self.socket.next().await;
            self.take(frame);
        }
    }

    /// Reads on until the text of the answer is this.
    pub async fn text(&mut self, answer: &str, text: &str) {
        self.until(|watcher| {
            let watched = watcher.of(answer);
            assert!(
                watched.end.is_none() || watched.text == text,
                "it ended before: {watched:?}"
            );
            watched.text == text
        })
        .await;
    }

    /// Reads on until the last thing told of the answer's place is this.
    pub async fn status(&mut self, answer: &str, status: &str, position: u64) {
        let wanted = (status.to_owned(), position);
        self.until(|watcher| watcher.of(answer).statuses.last() == Some(&wanted))
            .await;
    }

    /// Reads on to the message that ends the answer, which must say what the pieces said; its data.
    pub async fn end(&mut self, answer: &str) -> Value {
        self.until(|watcher| watcher.of(answer).end.is_some()).await;
        self.ended(answer)
    }

    /// Takes what has come so far.
    pub async fn settle(&mut self) {
        let (frames, _) = self.socket.ping().await;
        frames.into_iter().for_each(|frame| self.take(frame));
    }

    /// Takes what comes until the socket is closed with this code.
    pub async fn closed(&mut self, code: u16) {
        let frames = self.socket.expect_close(code).await;
        frames.into_iter().for_each(|frame| self.take(frame));
    }

    /// The data of the message that ended the answer.
    #[track_caller]
    pub fn ended(&self, answer: &str) -> Value {
        let watched = self.of(answer);
        let end = watched.end.clone().expect("an end");
        assert_eq!(
            watched.text, end["content"],
            "pieces and message differ: {watched:?}"
        );
        assert_eq!(watched.text.is_empty(), watched.deltas.is_empty(), "{watched:?}");
        end
    }

    #[track_caller]
    pub fn take(&mut self, frame: Value) {
        let data = &frame["data"];
        let kind = frame["type"].as_str().expect("a type");
        let of_answer = matches!(kind, "answer_status" | "chat_message_delta")
            || (kind == "chat_message" && data["role"] == "assistant");
        if of_answer {
            let id = data["message_id"].as_str().expect("an id").to_owned();
            let watched = self.answers.entry(id).or_default();
            assert!(
                watched.end.is_none(),
                "something after the end: {frame} in {watched:?}"
            );
            watched.take(kind, data);
        }
        self.frames.push(frame);
    }
}

impl Watched {
    #[track_caller]
    fn take(&mut self, kind: &str, data: &Value) {
        match kind {
            "answer_status" => {
                let status = data["status"].as_str().expect("a status").to_owned();
                self.statuses
                    .push((status, data["position"].as_u64().expect("a place")));
            }
            "chat_message_delta" => {
                let offset = usize::try_from(data["offset"].as_u64().expect("an offset")).unwrap();
                let piece = data["content"].as_str().expect("a piece");
                assert!(!piece.is_empty(), "a piece of nothing");
                let known = self.text.chars().count();
                assert!(
                    offset <= known,
                    "a piece is missing: at {offset} of {known} in {self:?}"
                );
                self.text = self.text.chars().take(offset).chain(piece.chars()).collect();
                self.deltas.push((offset, piece.to_owned()));
            }
            _ => self.end = Some(data.clone()),
        }
    }
}
