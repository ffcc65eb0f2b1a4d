//! TLS at the server's own door: requests and sockets over it, the certificate's files with all that can be wrong with them,
//! and clients that are slow, or speak something else.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use rcgen::KeyPair;
use serde_json::json;
use tempfile::TempDir;
use tests::{DEADLINE, process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::HandshakeKind;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_tungstenite::tungstenite::Message;

use crate::tls_kit::{Authority, PROGRAM, ask, next_of, ping, register, rest, secured, socket};

#[tokio::test]
async fn requests_and_sockets_work_over_tls_as_they_do_without() {
    let authority = Authority::new();
    let app = authority.app(|_| ()).await;
    let (client, token) = register(&authority, app.address()).await;
    let bot = client.post("/api/bots", json!({ "name": "Bot" })).await.ok(201);
    let bot = bot["id"].as_str().unwrap();
    let session = json!({ "visibility": "shared", "title": "talk" });
    let session = client
        .post(&format!("/api/bots/{bot}/sessions"), session)
        .await
        .ok(201);
    let session = session["id"].as_str().unwrap();

    let connector = authority.connector(&[&TLS12, &TLS13]);
    let path = format!("/api/ws/chat/{bot}?token={token}");
    let mut reader = socket(&connector, app.address(), &path).await;
    next_of(&mut reader, "connection_established").await;
    let (_, tls) = reader.get_ref().get_ref();
    assert_eq!(tls.alpn_protocol(), Some(&b"http/1.1"[..]));
    ping(&mut reader).await;
    // Longer than one record of TLS, and in many of them.
    for content in ["short".to_owned(), "long ".repeat(12_000)] {
        let path = format!("/api/sessions/{session}/messages");
        client.post(&path, json!({ "content": content })).await.ok(201);
        let heard = next_of(&mut reader, "chat_message").await;
        assert_eq!(heard["data"]["content"], content);
    }
    let mut inbox = socket(
        &connector,
        app.address(),
        &format!("/api/ws/notifications?token={token}"),
    )
    .await;
    next_of(&mut inbox, "connection_established").await;
    reader.close(None).await.unwrap();
    app.stop().await;
    let told = timeout(DEADLINE, inbox.next()).await.unwrap();
    match told {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("a stop says so, not {other:?}"),
    }
}

#[tokio::test]
async fn both_versions_are_spoken_sessions_are_resumed_and_other_protocols_are_not() {
    let authority = Authority::new();
    let app = authority.app(|_| ()).await;
    for version in [&TLS12, &TLS13] {
        let connector = authority.connector(&[version]);
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let mut stream = secured(&connector, app.address()).await.unwrap();
            assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
            kinds.push(stream.get_ref().1.handshake_kind());
            let answer = ask(&mut stream).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
        assert_eq!(
            kinds,
            [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)],
            "{version:?}"
        );
    }
    let mut config = (**authority.connector(&[&TLS13]).config()).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let refused = secured(&TlsConnector::from(Arc::new(config)), app.address()).await;
    assert!(refused.is_err(), "HTTP/2 is not spoken here");
    app.stop().await;
}

#[tokio::test]
async fn browsers_are_told_to_come_by_tls_alone() {
    let authority = Authority::new();
    let app = authority.app(|_| ()).await;
    let client = authority.client(app.address(), None);
    let told = async |host: &str| {
        let answer = client
            .request(reqwest::Method::GET, "/health")
            .header("host", host)
            .send()
            .await;
        answer.header("strict-transport-security").map(str::to_owned)
    };
    assert_eq!(
        told("chat.example.org").await.as_deref(),
        Some("max-age=31536000")
    );
    assert_eq!(told("localhost").await, None);
    app.stop().await;
}

#[tokio::test]
async fn a_new_certificate_holds_for_new_connections_and_a_broken_one_for_none() {
    let authority = Authority::new();
    let first = authority.issue();
    let data = TempDir::new().unwrap();
    let server = authority.process(&data);
    let (client, token) = register(&authority, server.address).await;
    let bot = client.post("/api/bots", json!({ "name": "Bot" })).await.ok(201);
    let path = format!("/api/ws/chat/{}?token={token}", bot["id"].as_str().unwrap());
    let connector = authority.connector(&[&TLS13]);
    let mut reader = socket(&connector, server.address, &path).await;
    next_of(&mut reader, "connection_established").await;
    // A fresh connector each time: a resumed session shows no certificate.
    let shown = async || {
        let stream = secured(&authority.connector(&[&TLS13]), server.address)
            .await
            .unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0]
            .clone()
            .into_owned()
    };
    assert_eq!(shown().await, first);

    let second = authority.issue();
    server.line("read anew");
    assert_eq!(shown().await, second);
    ping(&mut reader).await;

    let good = fs::read(authority.cert()).unwrap();
    fs::write(authority.cert(), "-----BEGIN CERTIFICATE-----\nbroken").unwrap();
    server.line("stays what it was");
    assert_eq!(shown().await, second);
    fs::remove_file(authority.cert()).unwrap();
    server.line("stays what it was");
    assert_eq!(shown().await, second);
    fs::write(authority.cert(), good).unwrap();
    server.line("read anew");
    let third = authority.issue();
    server.line("read anew");
    assert_eq!(shown().await, third);
    ping(&mut reader).await;
    server.terminate();
    assert!(server.wait().success());
}

#[test]
fn what_is_wrong_with_the_files_is_said_at_start() {
    let authority = Authority::new();
    let data = TempDir::new().unwrap();
    let refusal = |cert: Option<PathBuf>, key: Option<PathBuf>| {
        let mut command = process::command(PROGRAM, data.path());
        command.env("COLLOQUY_LISTEN", "127.0.0.1:0");
        cert.map(|cert| command.env("COLLOQUY_TLS_CERT", cert));
        key.map(|key| command.env("COLLOQUY_TLS_KEY", key));
        let output = process::run(&mut command);
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        text.lines()
            .find(|line| line.starts_with("colloquy:"))
            .unwrap()
            .to_owned()
    };
    authority.issue();
    let file = |name: &str, text: &str| {
        let path = authority.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (cert, key) = (authority.cert(), authority.key());
    let other = file("other.pem", &KeyPair::generate().unwrap().serialize_pem());
    let empty = file("empty.pem", "nothing\n");
    let locked = file(
        "locked.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let wrong = file(
        "wrong.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    let nowhere = authority.folder.path().join("nowhere.pem");
    for (cert, key, expected) in [
        (Some(&cert), None, "`tls_cert` and `tls_key` are needed together"),
        (None, Some(&key), "`tls_cert` and `tls_key` are needed together"),
        (Some(&nowhere), Some(&key), "`tls_cert`: cannot read"),
        (Some(&cert), Some(&nowhere), "`tls_key`: cannot read"),
        (Some(&empty), Some(&key), "`tls_cert`: there is no certificate in"),
        (Some(&key), Some(&key), "`tls_cert`: there is no certificate in"),
        (Some(&wrong), Some(&key), "cannot be used"),
        (Some(&cert), Some(&empty), "`tls_key`: there is no private key in"),
        (
            Some(&cert),
            Some(&locked),
            "`tls_key`: there is no private key in",
        ),
        (
            Some(&cert),
            Some(&other),
            "does not belong to the first certificate",
        ),
    ] {
        let said = refusal(cert.cloned(), key.cloned());
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_not_waited_for() {
    let authority = Authority::new();
    let app = authority
        .app(|limits| limits.header_deadline = Duration::from_secs(2))
        .await;
    for begun in [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        stream.write_all(begun).await.unwrap();
        assert_eq!(rest(&mut stream).await, "", "{begun:?}");
    }
    // TLS is there, a request is not.
    let mut stream = secured(&authority.connector(&[&TLS13]), app.address())
        .await
        .unwrap();
    assert_eq!(rest(&mut stream).await, "");
    app.stop().await;
}

#[tokio::test]
async fn plain_http_is_told_so() {
    let authority = Authority::new();
    let app = authority.app(|_| ()).await;
    let answer = tests::raw::send(&app, "GET /health HTTP/1.1\r\nHost: localhost", b"").await;
    answer.refused(400, "tls_required");
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    stream.write_all(b"\x00neither\r\n").await.unwrap();
    let mut waste = Vec::new();
    let _ = timeout(DEADLINE, stream.read_to_end(&mut waste))
        .await
        .expect("an end");
    app.stop().await;
}

#[tokio::test]
async fn a_connection_above_the_cap_is_told_so_in_tls() {
    let authority = Authority::new();
    let app = authority.app(|limits| limits.connections = 1).await;
    let connector = authority.connector(&[&TLS13]);
    let first = secured(&connector, app.address()).await.unwrap();
    let answer = authority.client(app.address(), None).get("/health").await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.refused(503, "unavailable");
    drop(first);
    app.stop().await;
}
