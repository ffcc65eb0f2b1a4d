//! The document of the sockets against what real ones are told: one story with everything that can happen on a bot, heard on each
//! kind of socket and on an event stream. Every frame is described in full, and nearly every described frame comes.

use std::collections::BTreeSet;

use asyncapi::{By, Document};
use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{App, Cast, Person, Socket};

use crate::documents_kit::file;
use crate::sockets_kit::stage;
use crate::sockets_sse::Sse;

/// A socket of which every frame is held against the document.
struct Listener {
    channel: &'static str,
    socket: Socket,
    frames: Vec<Value>,
    heard: BTreeSet<&'static str>,
}

impl Listener {
    async fn open(app: &App, person: &Person, channel: &'static str, path: &str, since: Option<i64>) -> Self {
        Self {
            channel,
            socket: Socket::connect(app, path, Some(&person.token), since, None).await,
            frames: Vec::new(),
            heard: BTreeSet::new(),
        }
    }

    fn take(&mut self, frame: &Value) {
        let message = Document::get().message_of(self.channel, frame);
        self.heard
            .insert(message.unwrap_or_else(|complaint| panic!("{complaint}")));
    }

    /// The first frame of this kind: what happens side by side comes in any order.
    async fn until(&mut self, good: impl Fn(&Value) -> bool) -> Value {
        if let Some(frame) = self.frames.iter().find(|frame| good(frame)) {
            return frame.clone();
        }
        loop {
            let frame = self.socket.next().await;
            self.take(&frame);
            self.frames.push(frame.clone());
            if good(&frame) {
                return frame;
            }
        }
    }

    async fn hear(&mut self, kind: &str) -> Value {
        self.until(|frame| frame["type"] == kind).await
    }

    /// Sends a frame and waits for its answer.
    async fn ask(&mut self, mut frame: Value, answer: &str) {
        let id = format!("request {}", self.frames.len());
        frame["id"] = json!(id);
        self.socket.send(frame).await;
        let answered = self.until(|frame| frame["id"] == id).await;
        assert_eq!(answered["type"], answer, "{answered}");
    }

    async fn ends_with(mut self, code: u16) -> BTreeSet<&'static str> {
        for frame in self.socket.expect_close(code).await {
            self.take(&frame);
        }
        self.heard
    }
}

/// What a socket of this kind was never told, beside what is left out for a reason.
fn missed(channel: &str, heard: &BTreeSet<&str>, except: &[&str]) -> Vec<&'static str> {
    let told = Document::get().messages(channel, By::Server).into_iter();
    told.filter(|message| !heard.contains(message) && !except.contains(message))
        .collect()
}

/// Everything that people do on a bot, but for what ends the editor's part in it. Gives a session and a document that stay.
async fn events(cast: &Cast, session: &str) -> (String, String) {
    let Cast {
        owner,
        editor,
        viewer,
        stranger,
        bot,
        ..
    } = cast;
    let change = json!({ "name": "Another name", "instructions": "Be brief." });
    owner.patch(&format!("/api/bots/{bot}"), change).await.ok(200);
    owner.grant(bot, stranger, "viewer").await;
    let role = json!({ "role": "editor", "expires_at": "2999-01-01T00:00:00Z" });
    owner
        .put(&format!("/api/bots/{bot}/permissions/{}", stranger.id), role)
        .await
        .ok(200);
    owner.revoke(bot, stranger).await;

    let other = owner.session(bot, "shared").await;
    owner
        .patch(&format!("/api/sessions/{other}"), json!({ "title": "Renamed" }))
        .await
        .ok(200);
    owner.delete(&format!("/api/sessions/{other}")).await.ok(204);
    let said = id_of(&owner.say(session, "@editor, look").await);
    owner
        .patch(
            &format!("/api/messages/{said}"),
            json!({ "content": "look again" }),
        )
        .await
        .ok(200);
    owner.delete(&format!("/api/messages/{said}")).await.ok(204);

    let document = editor.upload(bot, "notes.md", file("notes.md")).await.ok(202);
    let last = id_of(&viewer.say(session, "the last one").await);
    let read = json!({ "message_id": last });
    viewer
        .put(&format!("/api/sessions/{session}/read"), read)
        .await
        .ok(200);
    (id_of(&document), last)
}

#[tokio::test]
async fn real_sockets_are_told_what_is_documented_and_nothing_else() {
    let (app, cast, session) = stage().await;
    let Cast {
        owner,
        editor,
        viewer,
        bot,
        ..
    } = &cast;
    let path = format!("/api/ws/chat/{bot}");
    let mut chat = Listener::open(&app, editor, "chat", &path, Some(0)).await;
    let mut inbox = Listener::open(&app, editor, "notifications", "/api/ws/notifications", Some(0)).await;
    let mut multi = Listener::open(&app, editor, "multi", "/api/ws", None).await;
    let mut stream = Sse::open(&app, editor, bot, "since=0", None).await;
    let on_bot = format!("bot:{bot}");
    let wanted = json!([{ "channel": on_bot, "since": 0 }, { "channel": format!("session:{session}") },
        { "channel": "notifications", "since": 0 }, { "channel": "tasks" }]);
    multi
        .socket
        .send(json!({ "type": "subscribe", "data": { "channels": wanted } }))
        .await;
    multi
        .until(|frame| frame["type"] == "subscribed" && frame["data"]["channel"] == "tasks")
        .await;
    chat.hear("replay_complete").await;
    inbox.hear("replay_complete").await;

    // Signals, by somebody else who comes and goes.
    let mut other = app.chat(viewer, bot).await;
    for signal in [
        json!({ "type": "viewing", "data": { "session_id": session } }),
        json!({ "type": "typing", "data": { "session_id": session, "is_typing": true } }),
    ] {
        other.send(signal).await;
    }
    for listener in [&mut chat, &mut multi] {
        listener.hear("presence").await;
        listener.hear("typing_indicator").await;
    }
    let (document, last) = events(&cast, &session).await;
    for listener in [&mut chat, &mut multi] {
        listener.hear("read_receipt").await;
    }
    let processed = |frame: &Value| {
        let data = &frame["data"];
        (data["action"] == "processed" && data["document"]["id"] == document.as_str())
            || (data["status"] == "processed" && data["document_id"] == document.as_str())
    };
    chat.until(processed).await;
    multi
        .until(|frame| processed(frame) && frame["type"] == "task_update")
        .await;
    inbox
        .until(|frame| frame["notification_type"] == "document")
        .await;

    // An answer, with its citations.
    let (_, answer) = owner.ask(&session, "Where is the brass key?").await;
    for listener in [&mut chat, &mut multi] {
        listener.hear("answer_status").await;
        listener.hear("chat_message_delta").await;
        let whole = listener
            .until(|frame| frame["data"]["message_id"] == answer.as_str() && frame["seq"].is_i64())
            .await;
        assert_eq!(whole["data"]["metadata"]["status"], "complete", "{whole}");
        assert!(
            !whole["data"]["metadata"]["citations"]
                .as_array()
                .unwrap()
                .is_empty(),
            "{whole}"
        );
    }
    editor
        .post("/api/notifications/read-all", Value::Null)
        .await
        .ok(200);
    inbox.hear("notification_read").await;
    editor.delete(&format!("/api/documents/{document}")).await.ok(200);

    // What the editor's own frames are answered.
    for listener in [&mut chat, &mut inbox, &mut multi] {
        listener
            .ask(json!({ "type": "ping", "timestamp": "now" }), "pong")
            .await;
        listener
            .ask(
                json!({ "type": "auth", "data": { "token": editor.token } }),
                "authenticated",
            )
            .await;
        listener.ask(json!({ "type": "dance" }), "error").await;
    }
    chat.ask(
        json!({ "type": "read", "data": { "session_id": session, "message_id": session } }),
        "error",
    )
    .await;
    let filter = json!({ "channel": "tasks", "filter": { "types": ["task_update"] } });
    multi
        .ask(
            json!({ "type": "update_filter", "data": filter }),
            "filter_updated",
        )
        .await;
    let page = json!({ "channel": on_bot, "limit": 100 });
    multi
        .ask(json!({ "type": "request_history", "data": page }), "history")
        .await;
    multi
        .ask(
            json!({ "type": "unsubscribe", "data": { "channels": ["tasks"] } }),
            "unsubscribed",
        )
        .await;
    multi
        .ask(
            json!({ "type": "subscribe", "data": { "channels": [{ "channel": "moon" }] } }),
            "error",
        )
        .await;
    let read = json!({ "session_id": session, "message_id": last });
    multi
        .socket
        .send(json!({ "type": "read", "channel": on_bot, "data": read }))
        .await;

    // The end of it: the event that says so, and no more.
    owner.revoke(bot, editor).await;
    multi
        .until(|frame| frame["data"]["code"] == "access_withdrawn")
        .await;
    inbox.until(|frame| frame["data"]["action"] == "revoked").await;
    // Work on a file as small as this one ends before there is progress to tell.
    assert_eq!(
        missed("chat", &chat.ends_with(4003).await, &["DocumentProgress"]),
        [""; 0]
    );
    assert_eq!(missed("notifications", &inbox.heard, &[]), [""; 0]);
    assert_eq!(missed("multi", &multi.heard, &["DocumentProgress"]), [""; 0]);
    let mut heard = BTreeSet::new();
    while let Some(told) = stream.next().await {
        let message = Document::get().message_of("stream", &told.data);
        heard.insert(message.unwrap_or_else(|complaint| panic!("{complaint}")));
    }
    assert_eq!(missed("stream", &heard, &[]), [""; 0]);
    app.stop().await;
}

#[tokio::test]
async fn the_document_is_served_as_it_stands_at_the_root() {
    let app = App::start().await;
    let served = app.anonymous().get("/asyncapi.yaml").await;
    served.status_is(200);
    assert_eq!(served.header("content-type"), Some("application/yaml"));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../asyncapi.yaml");
    assert!(served.text == std::fs::read_to_string(path).unwrap());
    app.stop().await;
}
