//! A file at the door: forms that are none, sizes and quotas at the value and one above, kinds by content, repeats. Whatever is
//! refused leaves nothing: no row, no event, no byte.

use reqwest::Method;
use serde_json::{Value, json};
use tests::cast::id_of;
use tests::client::FORM;
use tests::{Answer, App, Cast, DEADLINE, Person};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::documents_kit::{assert_nothing_incoming, file, files};

pub const PLAIN: &str = "form-data; name=\"file\"; filename=\"a.txt\"";

/// Nothing of what was refused is anywhere.
pub async fn assert_untouched(app: &App, cast: &Cast, head: i64) {
    assert_eq!(app.database().await.count("documents").await, 0);
    assert_eq!(cast.owner.head(&cast.bot).await, head);
    assert!(files(&app.data_dir().join("blobs")).is_empty());
    assert_nothing_incoming(app);
}

async fn send(person: &Person, bot: &str, content_type: &'static str, body: Vec<u8>) -> Answer {
    let request = person.request(Method::POST, &format!("/api/bots/{bot}/documents"));
    request.body(Some(content_type), body).send().await
}

#[tokio::test]
async fn what_is_no_form_with_one_file_is_refused() {
    let (app, cast) = Cast::start().await;
    let head = cast.owner.head(&cast.bot).await;
    for (content_type, body, status) in [
        ("application/json", &b"{}"[..], 415),
        ("multipart/form-data", b"--x--", 415),
        ("multipart/form-data; boundary=", b"--x--", 415),
        ("multipart/mixed; boundary=x", b"--x--", 415),
        ("text/plain", b"hello", 415),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"no border at all", 400),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\ncut off",
            400,
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nno header\r\n\r\nhello\r\n--x--\r\n",
            400,
        ),
    ] {
        let answer = send(&cast.editor, &cast.bot, content_type, body.to_vec()).await;
        answer.status_is(status);
    }
    let path = format!("/api/bots/{}/documents", cast.bot);
    cast.editor.post(&path, Value::Null).await.status_is(415);
    for (parts, fields) in [
        (&[][..], &["file"][..]),
        (&[("form-data; name=\"other\"", &b"x"[..])], &["file", "other"]),
        (&[(PLAIN, b"x"), (PLAIN, b"y")], &["file"]),
        (
            &[(PLAIN, b"x"), ("form-data; name=\"bot_id\"", b"y")],
            &["bot_id"],
        ),
        (&[("form-data; name=\"file\"", b"x")], &["filename"]),
        (
            &[("form-data; name=\"file\"; filename=\"\"", b"x")],
            &["filename"],
        ),
        (
            &[("form-data; name=\"file\"; filename=\"folder/\"", b"x")],
            &["filename"],
        ),
        (
            &[("form-data; name=\"file\"; filename=\"a\tb.txt\"", b"x")],
            &["filename"],
        ),
    ] {
        let request = cast.editor.request(Method::POST, &path).form(parts);
        request.send().await.invalid(fields);
    }
    assert_untouched(&app, &cast, head).await;
    app.stop().await;
}

#[tokio::test]
async fn a_name_is_one_component_of_at_most_200_characters() {
    let (app, cast) = Cast::start().await;
    for (number, (sent, kept)) in [
        ("C:\\Users\\me\\plan.txt", "plan.txt"),
        ("../../etc/passwd", "passwd"),
        ("Cafe\u{301}.txt", "Café.txt"),
        (" планы 2026.txt ", "планы 2026.txt"),
        (&"x".repeat(200), &"x".repeat(200)),
    ]
    .into_iter()
    .enumerate()
    {
        let document = cast
            .editor
            .upload(&cast.bot, sent, format!("Text {number}."))
            .await
            .ok(202);
        assert_eq!(document["filename"], kept);
    }
    cast.editor
        .upload(&cast.bot, &"x".repeat(201), "text")
        .await
        .invalid(&["filename"]);
    app.stop().await;
}

#[tokio::test]
async fn a_file_of_the_limit_is_taken_and_one_byte_more_is_413() {
    let most = 200_000;
    let app = App::with(|settings| settings.limits.upload_size = most).await;
    let cast = Cast::of(&app).await;
    let head = cast.owner.head(&cast.bot).await;
    let answer = cast
        .editor
        .upload(&cast.bot, "large.txt", vec![b'x'; most + 1])
        .await;
    answer.refused(413, "too_large");
    // The head alone says that it is far too large: nothing else is waited for.
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head_of = |size: usize| {
        format!(
            "POST /api/bots/{}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {FORM}\r\nContent-Length: {size}\r\n\r\n",
            cast.bot, cast.editor.token
        )
    };
    stream.write_all(head_of(10 * most).as_bytes()).await.unwrap();
    let mut start = [0; 12];
    timeout(DEADLINE, stream.read_exact(&mut start))
        .await
        .expect("an answer before the body")
        .unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    // What is no file does not count as one, and has a bound of its own.
    let path = format!("/api/bots/{}/documents", cast.bot);
    let stuffing = vec![b'x'; most + 100_000];
    let request = cast.editor.request(Method::POST, &path);
    let answer = request
        .form(&[("form-data; name=\"other\"", &stuffing)])
        .send()
        .await;
    answer.refused(413, "too_large");
    let answer = send(&cast.editor, &cast.bot, FORM, vec![b'x'; most]).await;
    answer.refused(400, "unreadable");
    assert_untouched(&app, &cast, head).await;

    let document = cast
        .editor
        .upload(&cast.bot, "large.txt", vec![b'x'; most])
        .await
        .ok(202);
    assert_eq!(document["size"], most);
    app.stop().await;
}

#[tokio::test]
async fn content_tells_the_kind_and_names_do_not() {
    let (app, cast) = Cast::start().await;
    for (source, name, kind) in [
        ("office.pdf", "really.txt", "application/pdf"),
        (
            "office.docx",
            "x.zip",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "course.pptx",
            "course.pptx",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
        (
            "office.xlsx",
            "office",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("visit.html", "visit.html", "text/html"),
        ("members.csv", "members.csv", "text/csv"),
        ("stations.json", "stations.json", "application/json"),
        ("notes.md", "notes.md", "text/markdown"),
        ("latin1.txt", "latin1.txt", "text/plain"),
    ] {
        let document = cast.editor.upload(&cast.bot, name, file(source)).await.ok(202);
        assert_eq!(document["content_type"], kind, "{source} as {name}");
    }
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    let answer = cast.editor.upload(&cast.bot, "picture.pdf", png).await;
    let problem = answer.refused(415, "unsupported_media_type");
    let detail = problem["detail"].as_str().unwrap();
    for kind in [
        "Text", "Markdown", "HTML", "PDF", "DOCX", "PPTX", "XLSX", "CSV", "JSON",
    ] {
        assert!(detail.contains(kind), "{detail}");
    }
    assert_nothing_incoming(&app);
    app.stop().await;
}

#[tokio::test]
async fn the_request_is_judged_before_the_right_to_it() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/documents", cast.bot);
    // Nobody at all: not even a form is asked for.
    cast.anonymous
        .post(&path, json!({}))
        .await
        .refused(401, "authentication_required");
    for person in [&cast.stranger, &cast.viewer] {
        person.post(&path, json!({})).await.status_is(415);
        let request = person.request(Method::POST, &path);
        request.form(&[]).send().await.invalid(&["file"]);
    }
    cast.stranger
        .upload(&cast.bot, "a.txt", "text")
        .await
        .refused(404, "bot_not_found");
    cast.viewer
        .upload(&cast.bot, "a.txt", "text")
        .await
        .refused(403, "role_required");
    cast.editor
        .upload("x", "a.txt", "text")
        .await
        .refused(404, "bot_not_found");
    assert_nothing_incoming(&app);
    app.stop().await;
}

#[tokio::test]
async fn the_same_bytes_are_one_document_of_a_bot() {
    let (app, cast) = Cast::start().await;
    let first = id_of(&cast.editor.upload(&cast.bot, "a.txt", "The same.").await.ok(202));
    let head = cast.owner.head(&cast.bot).await;
    let blobs = files(&app.data_dir().join("blobs")).len();
    for person in [&cast.editor, &cast.owner] {
        let answer = person.upload(&cast.bot, "another name.md", "The same.").await;
        assert_eq!(answer.refused(409, "document_exists")["document_id"], first);
    }
    let events = cast.owner.events(&cast.bot, head).await;
    assert!(
        !events.iter().any(|event| event["data"]["action"] == "uploaded"),
        "{events:?}"
    );
    assert_eq!(files(&app.data_dir().join("blobs")).len(), blobs);
    // Another bot knows nothing of it.
    let other = cast.editor.bot("Other").await;
    let second = id_of(&cast.editor.upload(&other, "a.txt", "The same.").await.ok(202));
    assert_ne!(first, second);
    // Once it is gone, it may come again.
    cast.editor
        .delete(&format!("/api/documents/{first}"))
        .await
        .ok(200);
    cast.editor.upload(&cast.bot, "a.txt", "The same.").await.ok(202);
    app.stop().await;
}

#[tokio::test]
async fn quotas_hold_at_their_value_and_not_above() {
    let app = App::with(|settings| {
        settings.limits.files_per_user = 2;
        settings.limits.storage_per_user = 100;
    })
    .await;
    let cast = Cast::of(&app).await;
    let other = cast.editor.bot("Other").await;
    let upload =
        async |bot: &str, byte: u8, size: usize| cast.editor.upload(bot, "a.txt", vec![byte; size]).await;
    upload(&cast.bot, b'a', 60).await.ok(202);
    upload(&other, b'b', 41).await.refused(409, "storage_full");
    let second = id_of(&upload(&other, b'b', 40).await.ok(202));
    // Full, and two files: both bounds, over all bots of the person.
    upload(&cast.bot, b'c', 1).await.refused(409, "storage_full");
    cast.editor
        .delete(&format!("/api/documents/{second}"))
        .await
        .ok(200);
    upload(&other, b'c', 10).await.ok(202);
    upload(&other, b'd', 10).await.refused(409, "storage_full");
    // It is each person's own.
    cast.owner.upload(&cast.bot, "b.txt", "Something.").await.ok(202);
    assert_nothing_incoming(&app);
    app.stop().await;
}

async fn keyed(person: &Person, bot: &str, key: &str, name: &str, bytes: &str) -> Answer {
    person
        .request(Method::POST, &format!("/api/bots/{bot}/documents"))
        .header("idempotency-key", key)
        .file(name, bytes)
        .send()
        .await
}

#[tokio::test]
async fn a_repeat_with_a_key_is_the_same_upload() {
    let (app, cast) = Cast::start().await;
    let answers = futures_util::future::join_all(
        (0..20).map(|_| keyed(&cast.editor, &cast.bot, "k", "a.txt", "Only once.")),
    )
    .await;
    let fresh = answers
        .iter()
        .filter(|answer| answer.header("idempotency-replayed").is_none())
        .count();
    assert_eq!(fresh, 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 202 && answer.text == answers[0].text)
    );
    assert_eq!(app.database().await.count("documents").await, 1);
    assert_eq!(files(&app.data_dir().join("blobs")).len(), 1);
    for (name, bytes) in [("b.txt", "Only once."), ("a.txt", "Something else.")] {
        keyed(&cast.editor, &cast.bot, "k", name, bytes)
            .await
            .refused(422, "idempotency_mismatch");
    }
    keyed(&cast.viewer, &cast.bot, "k", "a.txt", "Only once.")
        .await
        .refused(403, "role_required");
    let id = id_of(&answers[0].body);
    cast.editor.delete(&format!("/api/documents/{id}")).await.ok(200);
    keyed(&cast.editor, &cast.bot, "k", "a.txt", "Only once.")
        .await
        .refused(404, "document_not_found");
    assert_nothing_incoming(&app);
    app.stop().await;
}
