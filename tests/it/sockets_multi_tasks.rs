//! The channel `tasks`: background work on all bots that a person may see, and on no other.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{App, Cast, Socket};

use crate::documents_kit::until_ended;
use crate::sockets_kit::{assert_shape, greeted};
use crate::sockets_multi_kit::{history, join, leave, many, narrow, with};

/// What is told of a document, up to the end of the work on it.
async fn told_of(socket: &mut Socket, document: &str) -> Vec<Value> {
    let mut told = Vec::new();
    loop {
        let frame = socket.next_of("task_update").await;
        if frame["data"]["document_id"] != document {
            continue;
        }
        let ended = matches!(
            frame["data"]["status"].as_str(),
            Some("processed" | "failed" | "cancelled")
        );
        told.push(frame);
        if ended {
            return told;
        }
    }
}

fn handbook() -> String {
    (0..1_500)
        .map(|n| format!("## Rule {n}\n\nNobody opens door {n} before the lamp of door {n} is green.\n\n"))
        .collect()
}

#[tokio::test]
async fn an_upload_is_told_from_the_queue_to_its_end() {
    let (app, cast) = Cast::start().await;
    let (mut socket, _) = with(&app, &cast.viewer, &["tasks"]).await;
    let document = id_of(
        &cast
            .editor
            .upload(&cast.bot, "handbook.md", handbook())
            .await
            .ok(202),
    );
    let told = told_of(&mut socket, &document).await;
    for frame in &told {
        let data = json!({
            "task_id": "<uuid>", "kind": "read_document", "bot_id": cast.bot, "document_id": document,
            "status": "<text>", "error": null,
        });
        assert_shape(
            frame,
            &json!({ "type": "task_update", "channel": "tasks", "data": data, "timestamp": "<time>" }),
        );
        assert!(frame.get("seq").is_none(), "{frame}");
        assert_eq!(frame["data"]["task_id"], told[0]["data"]["task_id"]);
        assert_ne!(frame["data"]["task_id"], json!(document));
    }
    let statuses: Vec<_> = told
        .iter()
        .map(|frame| frame["data"]["status"].as_str().unwrap())
        .collect();
    // Another node may have taken it up before it is told there that it waits.
    assert!(statuses[0] == "queued" || app.nodes().len() > 1, "{statuses:?}");
    assert!(statuses.contains(&"processing"));
    assert_eq!(statuses.last(), Some(&"processed"));
    let progress: Vec<_> = told
        .iter()
        .map(|frame| frame["data"]["progress"].as_f64().unwrap())
        .collect();
    assert!(progress.is_sorted() && progress.ends_with(&[1.0]), "{progress:?}");

    // A second reading is another task; one that fails says why.
    cast.editor
        .post(&format!("/api/documents/{document}/reprocess"), json!({}))
        .await
        .ok(202);
    let again = told_of(&mut socket, &document).await;
    assert_ne!(again[0]["data"]["task_id"], told[0]["data"]["task_id"]);
    let broken = id_of(
        &cast
            .editor
            .upload(&cast.bot, "broken.pdf", "%PDF-1.7 no more")
            .await
            .ok(202),
    );
    let told = told_of(&mut socket, &broken).await;
    let failed = json!({ "data": { "status": "failed", "error": "<text>" } });
    assert_shape(told.last().unwrap(), &failed);
}

#[tokio::test]
async fn only_who_may_see_the_bot_at_that_moment_is_told() {
    let (app, cast) = Cast::start().await;
    let (mut viewer, _) = with(&app, &cast.viewer, &["tasks"]).await;
    let (mut stranger, _) = with(&app, &cast.stranger, &["tasks"]).await;
    let (mut admin, _) = with(&app, &cast.admin, &["tasks"]).await;
    let (mut owner, _) = with(&app, &cast.owner, &["tasks"]).await;
    let first = id_of(
        &cast
            .editor
            .upload(&cast.bot, "one.txt", "The first lamp is green.")
            .await
            .ok(202),
    );
    told_of(&mut viewer, &first).await;
    told_of(&mut owner, &first).await;

    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    cast.owner.grant(&cast.bot, &cast.stranger, "viewer").await;
    let second = id_of(
        &cast
            .editor
            .upload(&cast.bot, "two.txt", "The second lamp is green.")
            .await
            .ok(202),
    );
    told_of(&mut stranger, &second).await;
    told_of(&mut owner, &second).await;
    // Everything was told by now; what these two were sent, is in front of their pong.
    for socket in [&mut viewer, &mut admin] {
        let (frames, _) = socket.ping().await;
        let told = frames.iter().find(|frame| frame["type"] == "task_update");
        assert!(told.is_none(), "{told:?}");
    }
    let (frames, _) = stranger.ping().await;
    assert!(!json!(frames).to_string().contains(&first));
}

#[tokio::test]
async fn a_filter_follows_one_task_and_an_ended_channel_none() {
    let (app, cast) = Cast::start().await;
    let (mut all, _) = with(&app, &cast.viewer, &["tasks"]).await;
    let (mut socket, _) = with(&app, &cast.viewer, &["tasks"]).await;
    let lamp = async |which: &str| {
        let text = format!("The {which} lamp is green.");
        id_of(
            &cast
                .editor
                .upload(&cast.bot, &format!("{which}.txt"), &text)
                .await
                .ok(202),
        )
    };
    let first = lamp("first").await;
    let task = told_of(&mut all, &first).await[0]["data"]["task_id"].clone();
    told_of(&mut socket, &first).await;
    narrow(&mut socket, "tasks", json!({ "task_id": task })).await;
    let second = lamp("second").await;
    told_of(&mut all, &second).await;
    narrow(&mut socket, "tasks", json!({ "types": ["chat_message"] })).await;
    let third = lamp("third").await;
    told_of(&mut all, &third).await;
    leave(&mut socket, "tasks").await;
    let fourth = lamp("fourth").await;
    told_of(&mut all, &fourth).await;
    let (frames, _) = socket.ping().await;
    assert_eq!(frames, Vec::<Value>::new());
    // To join again begins without a filter.
    join(&mut socket, "tasks").await;
    let fifth = lamp("fifth").await;
    told_of(&mut socket, &fifth).await;
}

#[tokio::test]
async fn work_that_is_cancelled_or_whose_document_goes_ends_as_cancelled() {
    // What is to be cancelled is not read before that.
    let app = App::with(|settings| settings.extractor = Some(crate::tasks::waiting_reader())).await;
    let cast = Cast::of(&app).await;
    let (mut socket, _) = with(&app, &cast.viewer, &["tasks"]).await;
    let (mut chat, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let one = id_of(
        &cast
            .editor
            .upload(&cast.bot, "handbook.md", handbook())
            .await
            .ok(202),
    );
    cast.editor
        .post(&format!("/api/documents/{one}/cancel"), json!({}))
        .await
        .ok(202);
    let told = told_of(&mut socket, &one).await;
    assert_eq!(told.last().unwrap()["data"]["status"], "cancelled");
    let end = until_ended(&mut chat, &one).await;
    assert!(
        end["data"].get("task").is_none() && end["data"].get("task_id").is_none(),
        "{end}"
    );

    let other = format!("{}\n{}", handbook(), handbook());
    let two = id_of(&cast.editor.upload(&cast.bot, "other.md", other).await.ok(202));
    cast.editor.delete(&format!("/api/documents/{two}")).await.ok(200);
    let told = told_of(&mut socket, &two).await;
    assert_eq!(told.last().unwrap()["data"]["status"], "cancelled");
}

#[tokio::test]
async fn nothing_of_tasks_is_kept() {
    let (app, cast) = Cast::start().await;
    let mut socket = many(&app, &cast.viewer).await;
    let data = json!({ "channel": "tasks" });
    socket
        .send(json!({ "type": "request_history", "id": "h", "data": data }))
        .await;
    let refused = socket.next_of("error").await;
    assert_shape(
        &refused,
        &json!({ "id": "h", "code": "invalid_message", "channel": "tasks" }),
    );
    let page = history(&mut socket, "notifications", json!({})).await;
    assert_eq!(page["complete"], true);
}
