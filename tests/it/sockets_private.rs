//! A private session is seen by its creator alone, on every path there is: a canary is laid into its title and texts, and
//! then everybody else (the bot's owner and the administrators included) looks everywhere they can.

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket};

use crate::answers_kit::Stage;
use crate::sockets_kit::{greeted, greeted_by, log_of, notified, replay, stage};
use crate::sockets_sse::Sse;

const CANARY: &str = "canary-7f3e";

/// A private session of the editor, and everything one can do in it.
struct Secret {
    session: String,
    message: String,
    answer: String,
}

async fn everything_private(cast: &Cast, socket: &mut Socket) -> Secret {
    let body = json!({ "title": format!("{CANARY} title"), "visibility": "private", "auto_reply": false });
    let made = cast
        .editor
        .post(&format!("/api/bots/{}/sessions", cast.bot), body)
        .await
        .ok(201);
    let session = tests::cast::id_of(&made);
    let content =
        json!({ "content": format!("{CANARY} @viewer @owner"), "mentions": [cast.viewer.id, cast.owner.id] });
    let path = format!("/api/sessions/{session}/messages");
    let kept = cast.editor.post(&path, content).await.ok(201)["message"].clone();
    let gone = cast.editor.say(&session, &format!("{CANARY} gone")).await;
    let message = tests::cast::id_of(&kept);
    let edit = json!({ "content": format!("{CANARY} edited @viewer") });
    cast.editor
        .patch(&format!("/api/messages/{message}"), edit)
        .await
        .ok(200);
    cast.editor
        .delete(&format!("/api/messages/{}", tests::cast::id_of(&gone)))
        .await
        .ok(204);
    let answer = ask(cast, socket, &session).await;
    let retitle = json!({ "title": format!("{CANARY} again"), "status": "closed" });
    cast.editor
        .patch(&format!("/api/sessions/{session}"), retitle)
        .await
        .ok(200);
    let marker = json!({ "session_id": session, "message_id": message });
    socket.send(json!({ "type": "read", "data": marker })).await;
    socket
        .send(json!({ "type": "viewing", "data": { "session_id": session } }))
        .await;
    let typing = json!({ "is_typing": true, "session_id": session });
    socket.send(json!({ "type": "typing", "data": typing })).await;
    socket.ping().await;
    Secret {
        session,
        message,
        answer,
    }
}

/// Asks the bot, and takes the answer; its id.
async fn ask(cast: &Cast, socket: &mut Socket, session: &str) -> String {
    let (_, answer) = cast.editor.ask(session, &format!("{CANARY} what is it?")).await;
    let mut kinds = Vec::new();
    loop {
        let frame = socket.next().await;
        if frame["data"]["message_id"] == answer.as_str() {
            kinds.push(frame["type"].as_str().expect("a type").to_owned());
            if kinds.last().is_some_and(|kind| kind == "chat_message") {
                break;
            }
        }
    }
    assert!(kinds.len() > 2, "its creator sees it grow: {kinds:?}");
    answer
}

impl Secret {
    #[track_caller]
    fn assert_absent(&self, text: &str, place: &str) {
        for part in [CANARY, &self.session, &self.message, &self.answer] {
            assert!(!text.contains(part), "{place} tells {part}: {text}");
        }
    }
}

async fn prepared() -> (App, Cast, Secret) {
    let (app, cast, _) = stage().await;
    let (mut socket, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let secret = everything_private(&cast, &mut socket).await;
    (app, cast, secret)
}

#[tokio::test]
async fn no_answer_of_rest_tells_of_it() {
    let (_app, cast, secret) = prepared().await;
    let bot = &cast.bot;
    let reads = [
        format!("/api/bots/{bot}"),
        format!("/api/bots/{bot}/sessions?limit=100"),
        format!("/api/bots/{bot}/snapshot"),
        format!("/api/bots/{bot}/events?since=0&limit=100"),
        format!("/api/bots/{bot}/presence"),
        format!("/api/bots/{bot}/audit?limit=100"),
        format!("/api/bots/{bot}/messages/search?q={CANARY}"),
        format!("/api/bots/{bot}/messages/search?q=edited"),
        format!("/api/sessions/{}", secret.session),
        format!("/api/sessions/{}/messages", secret.session),
        "/api/notifications?limit=100".to_owned(),
        "/api/admin/bots".to_owned(),
        "/api/ws/connections".to_owned(),
        "/api/ws/stats".to_owned(),
    ];
    for person in [&cast.viewer, &cast.owner, &cast.admin, &cast.stranger] {
        for path in &reads {
            let answer = person.get(path).await;
            let echoed = path.contains(&secret.session);
            let text = if echoed {
                answer.text.replace(path.as_str(), "")
            } else {
                answer.text
            };
            secret.assert_absent(&text, &format!("{} at {path}", person.username));
        }
    }
    cast.owner.grant(bot, &cast.admin, "owner").await;
    for path in &reads {
        let answer = cast.admin.get(path).await;
        secret.assert_absent(
            &answer.text.replace(path.as_str(), ""),
            &format!("the admin as owner at {path}"),
        );
    }
    let own = cast
        .editor
        .get(&format!("/api/bots/{bot}/messages/search?q={CANARY}"))
        .await
        .ok(200);
    assert!(
        own.to_string().contains(&secret.message),
        "its creator finds it: {own}"
    );
}

#[tokio::test]
async fn every_call_on_it_is_answered_as_for_one_that_is_not_there() {
    let (app, cast, secret) = prepared().await;
    let calls = |session: &str, message: &str, answer: &str| {
        let (session, message, answer) = (
            format!("/api/sessions/{session}"),
            format!("/api/messages/{message}"),
            format!("/api/messages/{answer}"),
        );
        vec![
            (reqwest::Method::GET, session.clone(), Value::Null),
            (
                reqwest::Method::PATCH,
                session.clone(),
                json!({ "title": "mine" }),
            ),
            (reqwest::Method::DELETE, session.clone(), Value::Null),
            (reqwest::Method::GET, format!("{session}/messages"), Value::Null),
            (
                reqwest::Method::POST,
                format!("{session}/messages"),
                json!({ "content": "hello" }),
            ),
            (
                reqwest::Method::PUT,
                format!("{session}/read"),
                json!({ "message_id": secret.message }),
            ),
            (
                reqwest::Method::PATCH,
                message.clone(),
                json!({ "content": "mine" }),
            ),
            (reqwest::Method::DELETE, message.clone(), Value::Null),
            (reqwest::Method::POST, format!("{answer}/cancel"), Value::Null),
            (reqwest::Method::POST, format!("{answer}/regenerate"), Value::Null),
            (reqwest::Method::POST, format!("{message}/cancel"), Value::Null),
            (reqwest::Method::DELETE, answer, Value::Null),
        ]
    };
    let before = app_state(&app).await;
    for person in [&cast.viewer, &cast.owner, &cast.admin, &cast.stranger] {
        let hidden = calls(&secret.session, &secret.message, &secret.answer);
        let unknown = calls(&tests::nobody(), &tests::nobody(), &tests::nobody());
        for ((method, path, body), (_, other, _)) in hidden.into_iter().zip(unknown) {
            let answer = |path: String| person.request(method.clone(), &path).json(&body).send();
            let (hidden, unknown) = (answer(path.clone()).await, answer(other).await);
            assert_eq!(hidden.status, 404, "{} {path}: {}", person.username, hidden.text);
            let but_for_request = |answer: tests::Answer| {
                let mut body = answer.body;
                body["request_id"] = Value::Null;
                body.to_string()
            };
            assert_eq!(
                but_for_request(hidden),
                but_for_request(unknown),
                "{method} {path}"
            );
        }
    }
    assert_eq!(app_state(&app).await, before, "nothing changed");
}

async fn app_state(app: &App) -> tests::database::Fingerprint {
    app.database().await.fingerprint().await
}

#[tokio::test]
async fn no_socket_and_no_stream_tells_of_it() {
    let (app, cast, session) = stage().await;
    let (mut editor, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let mut sockets = Vec::new();
    for person in [&cast.viewer, &cast.owner] {
        sockets.push((person, greeted(&app, person, &cast.bot).await.0));
        sockets.push((person, notified(&app, person).await.0));
    }
    let mut stream = Sse::open(&app, &cast.owner, &cast.bot, "", None).await;
    let secret = everything_private(&cast, &mut editor).await;
    let own = editor.ping().await.0;
    assert!(own.iter().all(|frame| frame["type"] != "error"), "{own:?}");
    // What is told late is told at the end of its second: so is the third change of who types for everyone, which is later still.
    for is_typing in [true, false, true] {
        let typing = json!({ "is_typing": is_typing, "session_id": session });
        editor.send(json!({ "type": "typing", "data": typing })).await;
    }
    for (person, socket) in sockets.iter_mut().step_by(2) {
        let mut frames: Vec<Value> = Vec::new();
        let is_typing = |frame: &&Value| frame["type"] == "typing_indicator";
        while frames.iter().filter(is_typing).count() < 3 {
            frames.push(socket.next().await);
        }
        secret.assert_absent(&json!(frames).to_string(), &person.username);
    }
    let after = cast.editor.say(&session, "@viewer @owner after").await;
    for (person, mut socket) in sockets {
        let mut frames = vec![socket.event().await];
        frames.extend(socket.ping().await.0);
        secret.assert_absent(&json!(frames).to_string(), &person.username);
    }
    let told = stream.next().await.unwrap();
    assert_eq!(
        told.data["data"]["message_id"], after["id"],
        "the first that the owner may see"
    );

    for person in [&cast.viewer, &cast.owner] {
        let (mut socket, greeting) = greeted_by(&app, person, &cast.bot, "since=0").await;
        let (events, _) = replay(&mut socket).await;
        secret.assert_absent(&format!("{greeting}{events:?}"), "a greeting and a replay");
        assert_eq!(events, log_of(person, &cast.bot).await);
        let (mut socket, _) = greeted_notifications(&app, person).await;
        let (items, _) = replay(&mut socket).await;
        secret.assert_absent(&json!(items).to_string(), "notifications");
    }
    let (mut socket, _) = greeted_by(&app, &cast.editor, &cast.bot, "since=0").await;
    let (events, _) = replay(&mut socket).await;
    assert!(json!(events).to_string().contains(CANARY), "its creator sees it");
}

/// While it is written, nobody else learns that it is: not those who are there, not those who come, not the snapshot.
#[tokio::test]
async fn an_answer_in_it_is_written_unseen() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let session = cast.editor.session(&cast.bot, "private").await;
    let mut creator = stage.watch(&cast.editor).await;
    let mut others = Vec::new();
    for person in [&cast.viewer, &cast.owner] {
        others.push(stage.watch(person).await);
    }
    stage.model.will_say_gated(&[CANARY, "-more"]);
    let (question, answer) = cast.editor.ask(&session, "What is it?").await;
    let (second, waiting) = cast.editor.ask(&session, "And then?").await;
    stage.model.wait_asked().await;
    stage.model.next().await;
    creator.text(&answer, CANARY).await;
    creator.status(&waiting, "queued", 1).await;
    let parts = [
        CANARY,
        &session,
        &answer,
        &waiting,
        question["id"].as_str().unwrap(),
        second["id"].as_str().unwrap(),
    ];
    let assert_absent = |text: String, place: &str| {
        for part in parts {
            assert!(!text.contains(part), "{place} tells {part}: {text}");
        }
    };
    for person in [&cast.viewer, &cast.owner] {
        let mut late = stage.watch(person).await;
        late.settle().await;
        assert_absent(json!(late.frames).to_string(), "a late socket");
        for path in ["snapshot", "events?since=0&limit=100", "presence", "sessions"] {
            let answer = person.get(&format!("/api/bots/{}/{path}", cast.bot)).await;
            assert_absent(answer.text, path);
        }
    }
    stage.model.will_say(&[CANARY]);
    stage.model.next().await;
    stage.model.next().await;
    creator.end(&answer).await;
    assert_eq!(creator.end(&waiting).await["content"], CANARY);
    let after = cast.editor.say(&stage.session, "for everyone").await;
    for mut other in others {
        other
            .until(|other| {
                other
                    .frames
                    .iter()
                    .any(|frame| frame["data"]["message_id"] == after["id"])
            })
            .await;
        assert_absent(json!(other.frames).to_string(), "a socket");
    }
}

async fn greeted_notifications(app: &App, person: &Person) -> (Socket, Value) {
    let token = Some(person.token.as_str());
    let mut socket = Socket::connect(app, "/api/ws/notifications", token, Some(0), None).await;
    let greeting = socket.next().await;
    (socket, greeting)
}

#[tokio::test]
async fn a_later_owner_does_not_get_it_and_the_numbers_stay_as_they_are() {
    let (app, cast, secret) = prepared().await;
    let to = json!({ "user_id": cast.viewer.id });
    cast.owner
        .post(&format!("/api/bots/{}/transfer", cast.bot), to)
        .await
        .ok(200);
    let log = log_of(&cast.viewer, &cast.bot).await;
    secret.assert_absent(&json!(log).to_string(), "the new owner's log");
    let seen: Vec<_> = log.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    let head = app.database().await.head(&cast.bot).await;
    assert_eq!(seen.last(), Some(&head));
    assert_eq!(
        head - seen.len() as i64,
        8,
        "made, said twice, edited, deleted, asked, answered, changed: skipped, not renumbered"
    );
}
