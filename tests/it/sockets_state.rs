//! State plus events equals fresh state: a snapshot, then every kind of change, the received events applied to it
//! (`sockets_reducer`), and the result compared with a fresh snapshot, for viewer, editor and owner.

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket};

use crate::answers_kit::Watcher;
use crate::documents_kit::{known, until_ended};
use crate::sockets_kit::{greeted, greeted_by, is_event, log_of, replay, seq_of, stage};
use crate::sockets_reducer::{State, compare, load};

/// Every kind of change but those that close the sockets.
async fn change_everything(app: &App, cast: &Cast, session: &str) {
    let (bot, guest) = (&cast.bot, &cast.stranger);
    let permission = format!("/api/bots/{bot}/permissions/{}", guest.id);
    let ends = chrono::Utc::now() + chrono::Duration::hours(1);
    cast.owner.grant(bot, guest, "viewer").await;
    cast.owner
        .put(&permission, json!({ "role": "editor", "expires_at": ends }))
        .await
        .ok(200);
    cast.owner
        .put(&permission, json!({ "role": "viewer", "expires_at": null }))
        .await
        .ok(200);
    guest.revoke(bot, guest).await;
    cast.owner.grant(bot, guest, "editor").await;
    cast.owner.revoke(bot, guest).await;
    cast.admin.grant(bot, guest, "owner").await;
    let helper = app.register("helper").await;
    let body = json!({ "user_id": helper.id, "role": "viewer", "expires_at": ends });
    cast.owner
        .post(&format!("/api/bots/{bot}/permissions"), body)
        .await
        .ok(201);
    app.database().await.end_roles().await;

    let config = json!({ "name": "Another", "description": "changed", "instructions": "be kind",
                         "model": "m", "settings": { "a": 1 } });
    cast.editor
        .patch(&format!("/api/bots/{bot}"), config)
        .await
        .ok(200);
    cast.editor
        .post(&format!("/api/bots/{bot}/versions/1/restore"), Value::Null)
        .await
        .ok(200);
    let transfer = format!("/api/bots/{bot}/transfer");
    cast.owner
        .post(&transfer, json!({ "user_id": cast.editor.id }))
        .await
        .ok(200);
    cast.editor
        .post(&transfer, json!({ "user_id": cast.owner.id }))
        .await
        .ok(200);
    cast.admin
        .post(&transfer, json!({ "user_id": guest.id }))
        .await
        .ok(200);
    guest
        .post(&transfer, json!({ "user_id": cast.owner.id }))
        .await
        .ok(200);

    for person in [&cast.viewer, &cast.editor, &cast.owner] {
        for visibility in ["shared", "private"] {
            let (kept, gone) = (
                person.session(bot, visibility).await,
                person.session(bot, visibility).await,
            );
            change_session(person, &kept).await;
            person.say(&gone, "goes with its session").await;
            person.delete(&format!("/api/sessions/{gone}")).await.ok(204);
        }
        change_session(person, session).await;
    }
    ask_about_documents(app, cast, session).await;
    // The helper's end is an event within a second of its date; until then a fresh list already lacks them.
    crate::sockets_kit::until("the end of a role", tests::DEADLINE, async || {
        let log = log_of(&cast.owner, bot).await;
        log.iter()
            .any(|event| event["data"]["details"]["reason"] == "expired")
    })
    .await;
}

/// Documents that come, fail and go, and answers that cite them, are stopped, asked for again and deleted.
async fn ask_about_documents(app: &App, cast: &Cast, session: &str) {
    let text = "# Berths\n\nA berth costs 24 euros a night.\n";
    known(app, &cast.editor, &cast.bot, "berths.md", text).await;
    let gone = known(
        app,
        &cast.owner,
        &cast.bot,
        "gone.md",
        "# Berths\n\nA berth costs 25 euros, says this.\n",
    )
    .await;
    let mut watcher = Watcher::join(app, &cast.viewer, &cast.bot).await;
    let broken = tests::cast::id_of(
        &cast
            .editor
            .upload(&cast.bot, "broken.pdf", "%PDF-1.7 and no more")
            .await
            .ok(202),
    );
    let end = until_ended(&mut watcher.socket, &broken).await;
    assert_eq!(end["data"]["action"], "failed");
    let mut answers = Vec::new();
    for question in [
        "What does a berth cost a night?",
        "Who was the first king?",
        "And a berth, once more?",
    ] {
        let (_, answer) = cast.viewer.ask(session, question).await;
        watcher.until(|watcher| watcher.of(&answer).end.is_some()).await;
        answers.push(answer);
    }
    assert_ne!(watcher.ended(&answers[0])["metadata"]["citations"], json!([]));
    let again = cast
        .viewer
        .post(&format!("/api/messages/{}/regenerate", answers[0]), Value::Null)
        .await
        .ok(202);
    let again = again["answer"]["message_id"].as_str().unwrap();
    cast.editor
        .post(&format!("/api/messages/{again}/cancel"), Value::Null)
        .await
        .ok(200);
    watcher.until(|watcher| watcher.of(again).end.is_some()).await;
    cast.editor
        .delete(&format!("/api/messages/{}", answers[2]))
        .await
        .ok(204);
    cast.owner.delete(&format!("/api/documents/{gone}")).await.ok(200);
}

async fn change_session(person: &Person, session: &str) {
    let path = |message: &Value| format!("/api/messages/{}", message["id"].as_str().unwrap());
    person.say(session, "stays as it is").await;
    let edited = person.say(session, "is edited").await;
    let gone = person.say(session, "is edited and deleted").await;
    for message in [&edited, &gone] {
        person
            .patch(&path(message), json!({ "content": "twice" }))
            .await
            .ok(200);
    }
    person
        .patch(&path(&edited), json!({ "content": "three times" }))
        .await
        .ok(200);
    person.delete(&path(&gone)).await.ok(204);
    let path = format!("/api/sessions/{session}");
    let answer = person.get(&path).await.ok(200);
    if answer["created_by"] == json!(person.id) {
        let change = json!({ "title": "changed", "status": "closed", "auto_reply": false });
        person.patch(&path, change).await.ok(200);
        person.patch(&path, json!({ "status": "open" })).await.ok(200);
        person
            .patch(&path, json!({ "title": "changed again" }))
            .await
            .ok(200);
    }
}

#[tokio::test]
async fn a_snapshot_and_the_events_after_it_make_the_next_snapshot() {
    let (app, cast, session) = stage().await;
    cast.owner.say(&session, "there from the start").await;
    let people = [&cast.viewer, &cast.editor, &cast.owner];
    let mut states: Vec<(State, Socket)> = Vec::new();
    for person in people {
        let (socket, greeting) = greeted(&app, person, &cast.bot).await;
        let state = load(person, &cast.bot).await;
        assert_eq!(greeting["data"]["seq"], state.seq);
        states.push((state, socket));
    }
    change_everything(&app, &cast, &session).await;
    let path = format!("/api/admin/bots/{}", cast.bot);
    cast.admin
        .patch(&path, json!({ "suspended": true }))
        .await
        .ok(200);
    cast.admin
        .patch(&path, json!({ "suspended": false }))
        .await
        .ok(200);
    cast.owner.say(&session, "after the pause").await;

    for (person, (mut state, mut socket)) in people.into_iter().zip(states) {
        let early = state.clone();
        let mut live = socket.expect_close(4003).await;
        live.retain(is_event);
        let since = live.last().map(seq_of).expect("events");
        let (mut socket, _) = greeted_by(&app, person, &cast.bot, &format!("since={since}")).await;
        live.extend(replay(&mut socket).await.0);
        for event in &live {
            state.apply(event);
        }
        let fresh = load(person, &cast.bot).await;
        compare(&person.username, state.tidy(), &fresh);

        // The same out of one replay from the early snapshot: redacted texts and all.
        let mut replayed = early;
        let query = format!("since={}", replayed.seq);
        let (mut socket, _) = greeted_by(&app, person, &cast.bot, &query).await;
        for event in replay(&mut socket).await.0 {
            replayed.apply(&event);
        }
        compare(&person.username, replayed.tidy(), &fresh);
    }
}
