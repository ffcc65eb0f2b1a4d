//! Deleting a document, or a bot with its documents: proof of what went, and nothing left anywhere.

use std::time::Duration;

use serde_json::json;
use tests::{App, Cast};

use crate::documents_kit::{file, files, holding, known};
use crate::sockets_kit::greeted;

#[tokio::test]
async fn deleting_gives_proof_and_leaves_nothing() {
    let app = App::with(|settings| settings.limits.answer_pace = Duration::ZERO).await;
    let cast = Cast::of(&app).await;
    let word = "zyzzogeton";
    let text = format!("The {word} is a leafhopper that lives in South America.\n");
    let id = known(&app, &cast.editor, &cast.bot, "insects.txt", &text).await;
    let kept = known(&app, &cast.editor, &cast.bot, "notes.md", file("notes.md")).await;
    assert!(!holding(&app.data_dir().join("blobs"), word.as_bytes()).is_empty());

    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let session = cast.viewer.session(&cast.bot, "shared").await;
    let question = json!({ "content": "Where does the leafhopper live?", "reply": true });
    let posted = cast
        .viewer
        .post(&format!("/api/sessions/{session}/messages"), question)
        .await
        .ok(201);
    let answer = &posted["answer"]["message_id"];
    let message = loop {
        let frame = socket.next_of("chat_message").await;
        if frame["data"]["message_id"] == *answer {
            break frame;
        }
    };
    assert_eq!(
        message["data"]["metadata"]["citations"][0]["document_id"], id,
        "{message}"
    );

    let before = cast.viewer.get(&format!("/api/documents/{id}")).await.ok(200);
    let removed = cast.editor.delete(&format!("/api/documents/{id}")).await.ok(200);
    let proof =
        json!({ "chunks_removed": before["chunks"], "bytes_removed": text.len(), "citing_messages": 1 });
    assert_eq!(removed, proof);
    let told = socket.next_of("document_update").await;
    assert_eq!(
        (&told["data"]["action"], &told["data"]["document"]["id"]),
        (&json!("deleted"), &json!(id))
    );
    for path in ["", "/content", "/chunks/0"] {
        cast.viewer
            .get(&format!("/api/documents/{id}{path}"))
            .await
            .refused(404, "document_not_found");
    }
    cast.editor
        .delete(&format!("/api/documents/{id}"))
        .await
        .refused(404, "document_not_found");
    let found = cast
        .viewer
        .post(
            &format!("/api/bots/{}/search", cast.bot),
            json!({ "query": "leafhopper" }),
        )
        .await
        .ok(200);
    assert!(!found.to_string().contains(word), "{found}");

    for folder in ["blobs", "index", "incoming"] {
        let left = holding(&app.data_dir().join(folder), word.as_bytes());
        assert!(left.is_empty(), "{left:?} still knows the word");
    }
    assert_eq!(files(&app.data_dir().join("blobs")).len(), 1);
    let database = app.database().await;
    assert_eq!(database.count("documents").await, 1);
    let chunks = cast.viewer.get(&format!("/api/documents/{kept}")).await.ok(200)["chunks"].clone();
    assert_eq!(json!(database.count("chunks").await), chunks);
    assert_eq!(database.count("jobs").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_bot_takes_its_documents_with_it() {
    let (app, cast) = Cast::start().await;
    let id = known(
        &app,
        &cast.editor,
        &cast.bot,
        "insects.txt",
        "The zyzzogeton is a leafhopper.",
    )
    .await;
    cast.owner
        .delete(&format!("/api/bots/{}", cast.bot))
        .await
        .ok(204);
    cast.editor
        .get(&format!("/api/documents/{id}"))
        .await
        .refused(404, "document_not_found");
    let database = app.database().await;
    assert_eq!(database.count("documents").await, 0);
    assert_eq!(database.count("chunks").await, 0);
    app.stop().await;
}
