//! Documents over HTTP: taking a file in, looking at it, finding passages, leaving nothing behind. What is refused at the door is
//! in `uploads`.

use reqwest::Method;
use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Cast, nobody};

use crate::documents_kit::{assert_nothing_incoming, file, known, until_ended};
use crate::sockets_kit::{assert_shape, greeted, notified};

#[tokio::test]
async fn an_upload_is_queued_told_to_everyone_and_read() {
    let (app, cast) = Cast::start().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let bytes = file("office.pdf");
    let document = cast
        .editor
        .upload(&cast.bot, "Handbook.pdf", &bytes)
        .await
        .ok(202);
    let shape = json!({
        "id": "<uuid>", "bot_id": cast.bot, "filename": "Handbook.pdf", "content_type": "application/pdf",
        "size": bytes.len(), "sha256": "<text>", "status": "queued", "stage": null, "progress": 0.0, "error": null,
        "chunks": 0, "pages": null, "uploaded_by": cast.editor.id, "created_at": "<time>"
    });
    assert_shape(&document, &shape);
    let id = id_of(&document);
    let first = socket.next_of("document_update").await;
    assert_eq!(first["data"]["action"], "uploaded");
    assert_eq!(first["data"]["document"]["id"], id);
    assert_eq!(first["data"]["user_id"], cast.editor.id);
    let end = until_ended(&mut socket, &id).await;
    assert_eq!(end["data"]["action"], "processed", "{end}");

    let read = cast.viewer.get(&format!("/api/documents/{id}")).await.ok(200);
    assert_eq!(
        (&read["status"], &read["pages"], &read["progress"]),
        (&json!("processed"), &json!(3), &json!(1.0))
    );
    assert!(read["chunks"].as_i64().unwrap() > 0, "{read}");
    let snapshot = cast
        .viewer
        .get(&format!("/api/bots/{}/snapshot", cast.bot))
        .await
        .ok(200);
    assert_eq!(snapshot["documents"], json!([read]));
    assert_nothing_incoming(&app);
    app.stop().await;
}

#[tokio::test]
async fn who_uploaded_is_notified_of_the_end() {
    let (app, cast) = Cast::start().await;
    let (mut inbox, _) = notified(&app, &cast.editor).await;
    let document = id_of(
        &cast
            .editor
            .upload(&cast.bot, "notes.md", file("notes.md"))
            .await
            .ok(202),
    );
    let told = inbox.next_of("notification").await;
    assert_eq!(told["notification_type"], "document", "{told}");
    let told = &told["data"];
    assert_eq!(
        (&told["action"], &told["bot_id"]),
        (&json!("processed"), &json!(cast.bot)),
        "{told}"
    );
    assert_eq!(told["details"]["document_id"], document, "{told}");
    for person in [&cast.owner, &cast.viewer] {
        let list = person.get("/api/notifications").await.ok(200);
        assert!(!list.to_string().contains(&document), "{list}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_content_comes_back_byte_for_byte_as_an_attachment() {
    let (app, cast) = Cast::start().await;
    for (source, name, kind, disposition) in [
        (
            "visit.html",
            "Besuch im Café.html",
            "text/html",
            "attachment; filename=\"Besuch im Caf_.html\"; filename*=UTF-8''Besuch%20im%20Caf%C3%A9.html",
        ),
        (
            "latex.pdf",
            "latex.pdf",
            "application/pdf",
            "attachment; filename=\"latex.pdf\"; filename*=UTF-8''latex.pdf",
        ),
    ] {
        let bytes = file(source);
        let document = cast.editor.upload(&cast.bot, name, &bytes).await.ok(202);
        let path = format!("/api/documents/{}/content", id_of(&document));
        let (answer, content) = cast.viewer.request(Method::GET, &path).download().await;
        answer.status_is(200);
        assert!(content == bytes, "{name}: {} bytes came back", content.len());
        for (header, value) in [
            ("content-type", kind),
            ("content-disposition", disposition),
            ("content-length", &bytes.len().to_string()),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(header), Some(value), "{name}: {header}");
        }
        let (head, nothing) = cast.viewer.request(Method::HEAD, &path).download().await;
        assert_eq!((head.status, nothing.len()), (200, 0));
        assert_eq!(head.header("content-disposition"), Some(disposition));
    }
    app.stop().await;
}

#[tokio::test]
async fn documents_are_listed_newest_first_in_pages() {
    let (app, cast) = Cast::start().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let text = format!("Document number {number}.");
        let document = cast.editor.upload(&cast.bot, "same name.txt", text).await.ok(202);
        ids.insert(0, id_of(&document));
    }
    let path = format!("/api/bots/{}/documents", cast.bot);
    let first = cast.viewer.get(&format!("{path}?limit=2")).await.ok(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = cast
        .viewer
        .get(&format!("{path}?limit=2&cursor={cursor}"))
        .await
        .ok(200);
    assert_eq!(second["next_cursor"], Value::Null);
    let listed: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(id_of)
        .collect();
    assert_eq!(listed, ids);
    for query in ["limit=0", "limit=101", "limit=x"] {
        cast.viewer
            .get(&format!("{path}?{query}"))
            .await
            .invalid(&["limit"]);
    }
    cast.viewer
        .get(&format!("{path}?cursor=x"))
        .await
        .invalid(&["cursor"]);
    app.stop().await;
}

#[tokio::test]
async fn a_passage_stands_between_its_neighbours() {
    let (app, cast) = Cast::start().await;
    let id = known(&app, &cast.editor, &cast.bot, "latex.pdf", file("latex.pdf")).await;
    let path = format!("/api/documents/{id}");
    let last = cast.viewer.get(&path).await.ok(200)["chunks"].as_i64().unwrap() - 1;
    assert!(last >= 2, "the file has several pieces");
    let piece = async |n: i64| cast.viewer.get(&format!("{path}/chunks/{n}")).await.ok(200);
    let (first, second, end) = (piece(0).await, piece(1).await, piece(last).await);
    let shape = json!({
        "document_id": id, "filename": "latex.pdf", "chunk": 0, "page": 1, "heading": first["passage"]["heading"],
        "score": 0.0, "text": "<text>"
    });
    assert_shape(&first["passage"], &shape);
    assert_eq!(first["before"], Value::Null);
    assert_eq!(first["after"], second["passage"]);
    assert_eq!(second["before"], first["passage"]);
    assert_eq!(end["after"], Value::Null);
    for n in [
        (last + 1).to_string(),
        "-1".into(),
        "x".into(),
        i64::MAX.to_string(),
        i64::MIN.to_string(),
    ] {
        cast.viewer
            .get(&format!("{path}/chunks/{n}"))
            .await
            .refused(404, "passage_not_found");
    }
    cast.viewer
        .get(&format!("/api/documents/{}/chunks/0", nobody()))
        .await
        .refused(404, "document_not_found");
    app.stop().await;
}

#[tokio::test]
async fn what_is_found_is_in_ones_own_bots_alone() {
    let (app, cast) = Cast::start().await;
    let other = cast.stranger.bot("Another bot").await;
    let ours = known(
        &app,
        &cast.editor,
        &cast.bot,
        "ours.txt",
        "The brass key lies in the safe: quokkaone.",
    )
    .await;
    known(
        &app,
        &cast.stranger,
        &other,
        "theirs.txt",
        "The brass key lies under the mat: quokkatwo.",
    )
    .await;
    let search = format!("/api/bots/{}/search", cast.bot);
    let answer = cast
        .viewer
        .post(&search, json!({ "query": "Where is the brass key?" }))
        .await;
    assert!(!answer.text.contains("quokkatwo"), "{}", answer.text);
    let found = answer.ok(200);
    let passage = &found["items"][0];
    assert_eq!(passage["document_id"], ours, "{found}");
    assert!(passage["score"].as_f64().unwrap() > 0.0);
    assert!(passage["text"].as_str().unwrap().contains("quokkaone"));
    let nothing = cast
        .viewer
        .post(&search, json!({ "query": "quokkatwo" }))
        .await
        .ok(200);
    assert!(!nothing.to_string().contains("quokkatwo"), "{nothing}");
    // A query of no words at all finds nothing, and breaks nothing.
    for query in ["?!", "AND OR NOT", "\"", "(((", "text:*", "a\"b\\"] {
        cast.viewer.post(&search, json!({ "query": query })).await.ok(200);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_query_has_1_to_1000_characters_and_wants_1_to_100_passages() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/search", cast.bot);
    for body in [
        json!({ "query": "x" }),
        json!({ "query": "é".repeat(1_000), "limit": 1 }),
        json!({ "query": "x", "limit": 50 }),
    ] {
        assert_eq!(
            cast.viewer.post(&path, body).await.ok(200),
            json!({ "items": [] })
        );
    }
    for (body, fields) in [
        (json!({}), &["query"][..]),
        (json!({ "query": "" }), &["query"]),
        (json!({ "query": "  " }), &["query"]),
        (json!({ "query": "x".repeat(1_001) }), &["query"]),
        (json!({ "query": 7, "limit": 0 }), &["query", "limit"]),
        (json!({ "query": "x", "limit": 101 }), &["limit"]),
        (json!({ "query": "x", "limit": 1.5 }), &["limit"]),
        (json!({ "query": "x", "bot_id": "y" }), &["bot_id"]),
    ] {
        cast.viewer.post(&path, body).await.invalid(fields);
    }
    app.stop().await;
}

#[tokio::test]
async fn reading_again_and_cancelling() {
    let (app, cast) = Cast::start().await;
    let id = known(&app, &cast.editor, &cast.bot, "notes.md", file("notes.md")).await;
    let path = format!("/api/documents/{id}");
    let processed = cast.viewer.get(&path).await.ok(200);
    let before = cast.editor.head(&cast.bot).await;
    let cancelled = cast
        .editor
        .post(&format!("{path}/cancel"), Value::Null)
        .await
        .ok(202);
    assert_eq!(cancelled, processed, "what is done stays done");
    assert_eq!(cast.editor.head(&cast.bot).await, before);

    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let again = cast
        .editor
        .post(&format!("{path}/reprocess"), Value::Null)
        .await
        .ok(202);
    assert_eq!((&again["id"], &again["status"]), (&json!(id), &json!("queued")));
    until_ended(&mut socket, &id).await;
    assert_eq!(cast.viewer.get(&path).await.ok(200), processed);
    assert_eq!(
        cast.viewer
            .post(&format!("{path}/reprocess"), Value::Null)
            .await
            .refused(403, "role_required")["needed_role"],
        "editor"
    );
    app.stop().await;
}

/// The queue is long, so that what is cancelled has not begun.
#[tokio::test]
async fn what_is_queued_can_be_cancelled_and_uploaded_anew() {
    let (app, cast) = Cast::start().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let mut ids = Vec::new();
    for name in [
        "office.pdf",
        "latex.pdf",
        "browser.pdf",
        "cairo.pdf",
        "reportlab.pdf",
    ] {
        ids.push(id_of(
            &cast.editor.upload(&cast.bot, name, file(name)).await.ok(202),
        ));
    }
    let last = ids.last().unwrap();
    let path = format!("/api/documents/{last}/cancel");
    let cancelled = cast.editor.post(&path, Value::Null).await.ok(202);
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    let told = until_ended(&mut socket, last).await;
    assert_eq!(told["data"]["action"], "cancelled");
    let head = cast.editor.head(&cast.bot).await;
    cast.editor.post(&path, Value::Null).await.ok(202);
    let events = cast.editor.events(&cast.bot, head).await;
    assert!(
        !events
            .iter()
            .any(|event| event["data"]["document"]["id"] == *last),
        "{events:?}"
    );
    let anew = cast
        .editor
        .upload(&cast.bot, "reportlab.pdf", file("reportlab.pdf"))
        .await
        .ok(202);
    assert_ne!(id_of(&anew), *last);
    cast.editor
        .post(&format!("/api/documents/{last}/reprocess"), Value::Null)
        .await
        .refused(409, "document_exists");
    app.stop().await;
}
