//! The work on documents seen from outside: who hears of its end, in what order and how often progress is told, and what a stop
//! leaves. Its steps are tested where they are stored (`infra/src/store/tests/work.rs`).

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{App, Cast, Database};

use crate::documents_kit::{known, until_ended};
use crate::sockets_kit::{greeted, notified};

/// Large enough that each step takes a moment.
fn handbook(paragraphs: usize) -> String {
    (0..paragraphs)
        .map(|n| format!("## Rule {n}\n\nNobody opens door {n} before the lamp of door {n} is green.\n\n"))
        .collect()
}

#[tokio::test]
async fn who_lost_the_bot_hears_nothing_of_what_they_uploaded() {
    let (app, cast) = Cast::start().await;
    let document = known(&app, &cast.editor, &cast.bot, "notes.txt", "The lamp is green.").await;
    cast.owner.revoke(&cast.bot, &cast.editor).await;
    cast.owner
        .patch(
            &format!("/api/bots/{}", cast.bot),
            json!({ "name": "Unheard of" }),
        )
        .await
        .ok(200);
    let before = cast.editor.get("/api/notifications").await.ok(200);
    let (mut inbox, _) = notified(&app, &cast.editor).await;
    let (mut socket, _) = greeted(&app, &cast.owner, &cast.bot).await;
    cast.owner
        .post(&format!("/api/documents/{document}/reprocess"), json!({}))
        .await
        .ok(202);
    let end = until_ended(&mut socket, &document).await;
    assert_eq!(end["data"]["action"], "processed", "{end}");
    assert_eq!(cast.editor.get("/api/notifications").await.ok(200), before);
    // What comes first is what happened last.
    let other = cast.owner.bot("Other").await;
    cast.owner.grant(&other, &cast.editor, "viewer").await;
    let told = inbox.next_of("notification").await;
    assert_eq!(told["data"]["bot_id"], json!(other), "{told}");
    app.stop().await;
}

#[tokio::test]
async fn progress_is_of_the_stage_that_was_told_last_and_rare() {
    let (app, cast) = Cast::start().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    cast.editor
        .upload(&cast.bot, "handbook.md", handbook(1_500))
        .await
        .ok(202);
    let (mut stage, mut told): (Value, Vec<Value>) = (Value::Null, Vec::new());
    loop {
        let frame = socket.next_of("document_update").await;
        let document = &frame["data"]["document"];
        if frame["seq"].is_i64() {
            stage = document["stage"].clone();
        } else {
            assert_eq!(document["stage"], stage, "{frame}");
            told.push(frame.clone());
        }
        if frame["data"]["action"] == "processed" {
            break;
        }
    }
    assert!(!told.is_empty());
    let at =
        |frame: &Value| chrono::DateTime::parse_from_rfc3339(frame["timestamp"].as_str().unwrap()).unwrap();
    for two in told.windows(2) {
        let apart = at(&two[1]) - at(&two[0]);
        assert!(apart.num_milliseconds() >= 450, "{apart}: {two:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_stop_is_no_attempt_and_the_next_start_goes_on() {
    let (app, cast) = Cast::start().await;
    let (mut socket, _) = greeted(&app, &cast.owner, &cast.bot).await;
    let upload = cast.editor.upload(&cast.bot, "handbook.md", handbook(1_500));
    let document = id_of(&upload.await.ok(202));
    while socket.next_of("document_update").await["data"]["document"]["stage"] != "extracting" {}
    let dir = app.stop().await;
    let database = Database::of(dir.path()).await;
    assert_eq!(
        database.count("jobs WHERE attempts = 0 AND lease IS NULL").await,
        1
    );
    drop(database);

    let app = App::on(dir, |_| {}).await;
    let owner = app.login(&cast.owner).await;
    let mut socket = app.chat_since(&owner, &cast.bot, 0).await;
    let end = until_ended(&mut socket, &document).await;
    assert_eq!(end["data"]["action"], "processed", "{end}");
    app.stop().await;
}
