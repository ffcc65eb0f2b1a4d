//! How each action of the matrix is tried: which ids go into the operation's path, which body is sent, and which event an
//! allowed change makes.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, App, Client, Person, nobody};

use super::Cell;
use super::people::People;
use super::scene::{self, Scene};

pub struct Call {
    client: Client,
    /// For sockets.
    pub token: Option<String>,
    pub method: Method,
    pub path: String,
    body: Value,
    /// A file to upload.
    file: Option<&'static str>,
}

impl Call {
    pub async fn send(&self) -> Answer {
        let request = self.client.request(self.method.clone(), &self.path);
        let request = match self.file {
            Some(text) => request.file("new.txt", text),
            None => request.json(&self.body),
        };
        if self.path.ends_with("/events/stream") {
            request.begin().await
        } else {
            request.send().await
        }
    }
}

/// The type of the event in the bot's stream, for what changes the bot or something in it.
pub fn event_of(action: &str) -> Option<&'static str> {
    Some(match action {
        "change the configuration"
        | "restore a version"
        | "transfer the bot"
        | "delete the bot"
        | "suspend a bot"
        | "set the provider"
        | "remove the provider" => "bot_update",
        "grant a role" | "change a role" | "revoke a role" | "leave the bot" => "permission_change",
        "open a session" => "session_created",
        "change an own session" | "change another's shared session" => "session_updated",
        "delete an own session" | "delete another's shared session" => "session_deleted",
        "post a message" | "ask the bot" | "regenerate an own answer" | "regenerate another's answer" => {
            "chat_message"
        }
        "upload a document" | "reprocess a document" | "delete a document" => "document_update",
        "edit an own message" => "chat_message_updated",
        "delete an own message" | "delete another's message" => "chat_message_deleted",
        _ => return None,
    })
}

pub async fn call(app: &App, people: &People, scene: &mut Scene, cell: &Cell) -> Call {
    let action = cell.action.as_str();
    let identity = cell.identity.as_str();
    let another = match action {
        "refresh" | "log out" | "change own account" | "delete own account" | "set own password" => {
            people.another(app, identity).await
        }
        _ => None,
    };
    let person = another.as_ref().or(people.of(identity));
    let (method, path) = cell.operation.split_once(' ').expect("method and path");
    let body = body(people, scene, person, action);
    if matches!(action, "read the provider" | "remove the provider") {
        scene.provide(&people.owner).await;
    }
    let path = path_for(people, scene, person, cell, path).await;
    Call {
        client: person.map_or_else(|| people.anonymous.clone(), |person| (**person).clone()),
        token: person.map(|person| person.token.clone()),
        method: if method == "WS" {
            Method::GET
        } else {
            method.parse().expect("a method")
        },
        path,
        body,
        file: (action == "upload a document").then_some("Something else that the bot shall know."),
    }
}

async fn path_for(
    people: &People,
    scene: &mut Scene,
    person: Option<&Person>,
    cell: &Cell,
    path: &str,
) -> String {
    let action = cell.action.as_str();
    let (mut session, mut message) = (scene.shared.clone(), scene.message.clone());
    if action.contains("answer") {
        message = if action.contains("private session") {
            scene.private_answer.clone()
        } else if action.contains(" own answer") {
            scene.own_answer(person, &cell.identity).await
        } else {
            scene.answer.clone()
        };
    } else if action.contains("private session") {
        (session, message) = (scene.private.clone(), scene.private_message.clone());
    } else if action.contains(" own session") || action.contains(" own message") {
        (session, message) = scene.own(person, &cell.identity).await;
    }
    let user = match action {
        "leave the bot" => person.map_or_else(nobody, |person| person.id.clone()),
        "change a person" => people.subject.id.clone(),
        _ => people.author.id.clone(),
    };
    let notification = match (action, person) {
        ("read an own notification" | "dismiss an own notification", Some(person))
            if cell.identity != "expired" =>
        {
            people.notification_of(person).await
        }
        ("read another's notification" | "dismiss another's notification", _) => {
            people.notification_of(&people.guest).await
        }
        _ => nobody(),
    };
    let path = path
        .replace("{bot_id}", &scene.bot)
        .replace("{session_id}", &session)
        .replace("{message_id}", &message)
        .replace("{user_id}", &user)
        .replace("{notification_id}", &notification)
        .replace("{connection_id}", &scene.connection)
        .replace("{document_id}", &scene.document)
        .replace("{n}", if action == "read a passage" { "0" } else { "1" });
    if action == "search messages" {
        format!("{path}?q=canary")
    } else {
        path
    }
}

fn body(people: &People, scene: &Scene, person: Option<&Person>, action: &str) -> Value {
    let known = |value: fn(&Person) -> &String| json!(person.map_or("nonsense", |person| value(person)));
    let fresh_name = || format!("u{}", &uuid::Uuid::new_v4().simple().to_string()[..20]);
    match action {
        "register" => json!({ "username": fresh_name(), "password": format!("pw-{}", uuid::Uuid::new_v4()) }),
        "log in" => {
            // Whoever has no account of their own takes a platform administrator's: all that counts is what is in the body.
            let person = person.unwrap_or(&people.platform_admin);
            json!({ "username": person.username, "password": person.password })
        }
        "refresh" => json!({ "refresh_token": known(|person| &person.refresh_token) }),
        "log out" => json!({}),
        "change own account" => json!({ "email": format!("{}@example.org", fresh_name()) }),
        "delete own account" => json!({ "password": known(|person| &person.password) }),
        "set own password" => {
            json!({ "current_password": known(|person| &person.password), "new_password": format!("pw-{}", uuid::Uuid::new_v4()) })
        }
        "create a bot" => json!({ "name": "A new bot" }),
        "render Markdown" => json!({ "content": "*now*" }),
        "change the configuration" => json!({ "description": "Changed." }),
        "transfer the bot" => json!({ "user_id": people.author.id }),
        "grant a role" => json!({ "user_id": people.guest.id, "role": "viewer" }),
        "grant a role to a person of another tenant" => {
            json!({ "user_id": people.other_tenant.id, "role": "viewer" })
        }
        "grant a role to nobody" => json!({ "user_id": nobody(), "role": "viewer" }),
        "change a role" => json!({ "role": "editor" }),
        "open a session" => json!({ "title": "A new session" }),
        "change an own session" | "change another's shared session" | "change another's private session" => {
            json!({ "title": "Changed" })
        }
        "post a message" | "post into another's private session" => {
            json!({ "content": "A new message", "reply": false })
        }
        "ask the bot" => json!({ "content": "What is known of canaries?", "reply": true }),
        "search documents" => json!({ "query": "canary" }),
        "set the provider" => scene::provider(),
        "edit an own message" | "edit another's message" | "edit a message of another's private session" => {
            json!({ "content": "Changed" })
        }
        "move the read marker" => json!({ "message_id": scene.message }),
        "move the read marker in another's private session" => json!({ "message_id": scene.private_message }),
        "change a person" => json!({ "role": "admin" }),
        "suspend a bot" => json!({ "suspended": true }),
        "broadcast to the tenant" => json!({ "message": "A word" }),
        "broadcast to all tenants" => json!({ "message": "A word", "tenant_id": null }),
        _ => Value::Null,
    }
}
