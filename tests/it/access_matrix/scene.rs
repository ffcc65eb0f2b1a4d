//! A bot with people and texts in it, made anew whenever a cell has changed the last one. Each kind of text has a word of its
//! own, by which it is recognised where it must not be.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{App, Database, Person, Socket};

use super::people::People;

/// In the bot's name: everyone who may know of the bot.
pub const NAME: &str = "canary-name";
/// In its description, shared sessions, messages and documents: everyone with a role.
pub const CONTENT: &str = "canary-content";
/// In its instructions, model and settings: editors.
pub const CONFIGURATION: &str = "canary-configuration";
/// In the author's private session: nobody else.
pub const PRIVATE: &str = "canary-private";
/// The key of its model server: nobody at all.
pub const KEY: &str = "canary-key";

pub struct Scene {
    pub bot: String,
    /// The author's.
    pub shared: String,
    pub message: String,
    pub private: String,
    pub private_message: String,
    /// To a question of the author's.
    pub answer: String,
    pub private_answer: String,
    /// The owner's.
    pub document: String,
    /// The author's socket, and its id.
    watcher: Socket,
    pub connection: String,
    head: i64,
}

impl Scene {
    pub async fn build(app: &App, people: &People) -> Self {
        let owner = &people.owner;
        let bot = owner.bot(NAME).await;
        for (person, role) in [
            (&people.editor, "editor"),
            (&people.viewer, "viewer"),
            (&people.author, "viewer"),
        ] {
            owner.grant(&bot, person, role).await;
        }
        let configuration = json!({
            "description": CONTENT, "instructions": CONFIGURATION, "model": CONFIGURATION, "settings": { "key": CONFIGURATION }
        });
        owner
            .patch(&format!("/api/bots/{bot}"), configuration)
            .await
            .ok(200);
        let (shared, message) = talk(&people.author, &bot, "shared", CONTENT).await;
        let (private, private_message) = talk(&people.author, &bot, "private", PRIVATE).await;
        let mut watcher = app.chat(&people.author, &bot).await;
        let greeting = watcher.next().await;
        let connection = super::text(&greeting["data"]["connection_id"]);
        let document = id_of(&owner.upload(&bot, "known.txt", CONTENT).await.ok(202));
        until_read(&mut watcher).await;
        let answer = ask(&people.author, &shared, CONTENT).await;
        until_answered(&mut watcher, &answer).await;
        let private_answer = ask(&people.author, &private, PRIVATE).await;
        until_answered(&mut watcher, &private_answer).await;
        let head = people.author.head(&bot).await;
        Self {
            bot,
            shared,
            message,
            private,
            private_message,
            answer,
            private_answer,
            document,
            watcher,
            connection,
            head,
        }
    }

    /// Made by the caller before the cell is tried: what is their own. Those without a role have nothing of their own, and try
    /// the author's.
    pub async fn own(&mut self, person: Option<&Person>, identity: &str) -> (String, String) {
        let member = matches!(identity, "viewer" | "editor" | "owner");
        match person.filter(|_| member) {
            Some(person) => {
                let own = talk(person, &self.bot, "shared", CONTENT).await;
                self.head = person.head(&self.bot).await;
                own
            }
            None => (self.shared.clone(), self.message.clone()),
        }
    }

    /// As `own`: the answer to a question of the caller's.
    pub async fn own_answer(&mut self, person: Option<&Person>, identity: &str) -> String {
        let member = matches!(identity, "viewer" | "editor" | "owner");
        let Some(person) = person.filter(|_| member) else {
            return self.answer.clone();
        };
        let answer = ask(person, &self.shared, CONTENT).await;
        until_answered(&mut self.watcher, &answer).await;
        self.head = person.head(&self.bot).await;
        answer
    }

    /// Gives the bot a model server of its own.
    pub async fn provide(&mut self, owner: &Person) {
        let path = format!("/api/bots/{}/provider", self.bot);
        owner.put(&path, provider()).await.ok(200);
        self.head = owner.head(&self.bot).await;
    }

    /// Waits until nothing goes on in the background any more that an allowed call has begun.
    pub async fn settle(&mut self, action: &str) {
        match action {
            "upload a document" | "reprocess a document" => until_read(&mut self.watcher).await,
            "ask the bot" => {
                let answer = self.watcher.next_of("chat_message").await;
                assert_eq!(answer["data"]["role"], "assistant", "{answer}");
            }
            _ => {}
        }
    }

    /// The next event that the author sees is of this type, and has the next number.
    pub async fn expect_event(&mut self, kind: &str) -> Result<(), String> {
        loop {
            let event = self.watcher.event().await;
            let seq = event["seq"].as_i64().unwrap_or_default();
            if seq <= self.head {
                continue; // of what was prepared for the cell
            }
            return if (seq, &event["type"]) == (self.head + 1, &Value::from(kind)) {
                Ok(())
            } else {
                Err(format!(
                    "expected {kind} with the number {}, found {event}",
                    self.head + 1
                ))
            };
        }
    }

    pub async fn expect_no_event(&self, database: &Database) -> Result<(), String> {
        let head = database.head(&self.bot).await;
        if head == self.head {
            Ok(())
        } else {
            Err(format!(
                "expected no event, the head went from {} to {head}",
                self.head
            ))
        }
    }
}

/// A model server that nothing is asked of here.
pub fn provider() -> Value {
    json!({ "kind": "openai", "base_url": format!("https://{CONFIGURATION}.example/v1"), "api_key": KEY })
}

/// Asks the bot; the id of the answer to come.
async fn ask(person: &Person, session: &str, text: &str) -> String {
    let path = format!("/api/sessions/{session}/messages");
    let posted = person
        .post(&path, json!({ "content": text, "reply": true }))
        .await
        .ok(201);
    super::text(&posted["answer"]["message_id"])
}

async fn until_answered(watcher: &mut Socket, answer: &str) {
    while watcher.next_of("chat_message").await["data"]["message_id"] != answer {}
}

async fn until_read(watcher: &mut Socket) {
    loop {
        let frame = watcher.next_of("document_update").await;
        match frame["data"]["action"].as_str() {
            Some("processed") => return,
            Some("failed") => panic!("{frame}"),
            _ => {}
        }
    }
}

async fn talk(person: &Person, bot: &str, visibility: &str, text: &str) -> (String, String) {
    let body = json!({ "title": text, "visibility": visibility, "auto_reply": false });
    let session = id_of(
        &person
            .post(&format!("/api/bots/{bot}/sessions"), body)
            .await
            .ok(201),
    );
    let message = id_of(&person.say(&session, text).await);
    (session, message)
}
