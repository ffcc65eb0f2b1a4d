//! The people of a test. `Cast::start` gives all of them with a bot between them; a test that needs fewer registers its own
//! with `App::register`, since every account costs a password hash.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::{App, Client, logs};

/// Somebody with an account, logged in. Requests are methods: `owner.get("/api/bots")`.
pub struct Person {
    pub id: String,
    pub username: String,
    pub password: String,
    pub token: String,
    pub refresh_token: String,
    client: Client,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Person {
    /// From the answer of a registration, log-in or refresh.
    pub fn new(app: &App, answer: &Value, password: String) -> Self {
        let text = |value: &Value| value.as_str().expect("a string in the answer").to_owned();
        let token = text(&answer["access_token"]);
        let refresh_token = text(&answer["refresh_token"]);
        Self {
            id: text(&answer["user"]["id"]),
            username: text(&answer["user"]["username"]),
            password,
            client: app.client(&token),
            token,
            refresh_token,
        }
    }

    /// A new bot of this person; its id.
    pub async fn bot(&self, name: &str) -> String {
        let bot = self.post("/api/bots", json!({ "name": name })).await.ok(201);
        id_of(&bot)
    }

    pub async fn grant(&self, bot: &str, to: &Person, role: &str) {
        let body = json!({ "user_id": to.id, "role": role });
        self.post(&format!("/api/bots/{bot}/permissions"), body)
            .await
            .ok(201);
    }

    pub async fn revoke(&self, bot: &str, from: &Person) {
        self.delete(&format!("/api/bots/{bot}/permissions/{}", from.id))
            .await
            .ok(204);
    }

    /// A new session between people, in which the bot speaks when it is asked to; `shared` or `private`; its id.
    pub async fn session(&self, bot: &str, visibility: &str) -> String {
        let body = json!({ "title": "A session", "visibility": visibility, "auto_reply": false });
        id_of(
            &self
                .post(&format!("/api/bots/{bot}/sessions"), body)
                .await
                .ok(201),
        )
    }

    /// Posts a message that is not for the bot; the message.
    pub async fn say(&self, session: &str, content: &str) -> Value {
        let body = json!({ "content": content, "reply": false });
        self.post(&format!("/api/sessions/{session}/messages"), body)
            .await
            .ok(201)["message"]
            .clone()
    }

    /// Asks the bot: the message, and the id that the answer will have.
    pub async fn ask(&self, session: &str, content: &str) -> (Value, String) {
        let body = json!({ "content": content, "reply": true });
        let posted = self
            .post(&format!("/api/sessions/{session}/messages"), body)
            .await
            .ok(201);
        let answer = posted["answer"]["message_id"].as_str().expect("an answer");
        (posted["message"].clone(), answer.to_owned())
    }

    /// The events of a bot's stream after `since` that this person may see.
    pub async fn events(&self, bot: &str, since: i64) -> Vec<Value> {
        let page = self
            .get(&format!("/api/bots/{bot}/events?since={since}&limit=100"))
            .await
            .ok(200);
        assert_eq!(page["complete"], true, "{page}");
        page["events"].as_array().unwrap().clone()
    }

    /// The number of the newest event of a bot's stream.
    pub async fn head(&self, bot: &str) -> i64 {
        self.get(&format!("/api/bots/{bot}/snapshot")).await.ok(200)["seq"]
            .as_i64()
            .unwrap()
    }

    pub async fn ticket(&self) -> String {
        let answer = self.post("/api/auth/ws-ticket", Value::Null).await.ok(201);
        let ticket = answer["ticket"].as_str().unwrap().to_owned();
        logs::issued(&ticket);
        ticket
    }
}

pub fn id_of(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

/// One bot and everybody who stands to it in some way.
pub struct Cast {
    /// The first account: administrator of platform and tenant, without a role on the bot.
    pub admin: Person,
    pub owner: Person,
    pub editor: Person,
    pub viewer: Person,
    /// In the same tenant, without a role.
    pub stranger: Person,
    pub anonymous: Client,
    pub bot: String,
}

impl Cast {
    pub async fn start() -> (App, Self) {
        let app = App::start().await;
        let cast = Self::of(&app).await;
        (app, cast)
    }

    /// For a fresh server.
    pub async fn of(app: &App) -> Self {
        let admin = app.register("admin").await;
        let (owner, editor, viewer, stranger) = tokio::join!(
            app.register("owner"),
            app.register("editor"),
            app.register("viewer"),
            app.register("stranger")
        );
        let bot = owner.bot("Shared bot").await;
        owner.grant(&bot, &editor, "editor").await;
        owner.grant(&bot, &viewer, "viewer").await;
        Self {
            admin,
            owner,
            editor,
            viewer,
            stranger,
            anonymous: app.anonymous(),
            bot,
        }
    }
}
