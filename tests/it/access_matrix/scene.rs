//! A bot with people and texts in it, made anew whenever a cell has changed the last one. Each kind of text has a word of its
//! own, by which it is recognised where it must not be.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{App, Database, Person, Socket};

use super::people::People;

/// In the bot's name: everyone who may know of the bot.
pub const NAME: &str = "canary-name";
/// In its description, shared sessions and messages: everyone with a role.
pub const CONTENT: &str = "canary-content";
/// In its instructions, model and settings: editors.
pub const CONFIGURATION: &str = "canary-configuration";
/// In the author's private session: nobody else.
pub const PRIVATE: &str = "canary-private";

pub struct Scene {
    pub bot: String,
    /// The author's.
    pub shared: String,
    pub message: String,
    pub private: String,
    pub private_message: String,
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
        let head = greeting["data"]["seq"].as_i64().expect("the head");
        let connection = super::text(&greeting["data"]["connection_id"]);
        Self {
            bot,
            shared,
            message,
            private,
            private_message,
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

async fn talk(person: &Person, bot: &str, visibility: &str, text: &str) -> (String, String) {
    let body = json!({ "title": text, "visibility": visibility });
    let session = id_of(
        &person
            .post(&format!("/api/bots/{bot}/sessions"), body)
            .await
            .ok(201),
    );
    let message = id_of(&person.say(&session, text).await);
    (session, message)
}
