//! TLS at the server's own door: requests and sockets over it, the certificate's files with all that can be wrong with them,
//! and clients that are slow, or speak something else.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{App, Client, DEADLINE, Process, process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

/// An authority of our own, and the folder that its certificates are in.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().clone();
        Self {
            issuer: Issuer::new(params, key),
            root,
            folder: TempDir::new().unwrap(),
        }
    }

    fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Writes a fresh certificate and its key.
    fn issue(&self) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".into(), "chat.example.org".into()]).unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.cert(), cert.pem()).unwrap();
        fs::write(self.key(), key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    /// A server with a certificate of this authority.
    async fn app(&self, change: impl FnOnce(&mut api::config::Limits)) -> App {
        self.issue();
        App::with(|settings| {
            settings.tls_cert = Some(self.cert());
            settings.tls_key = Some(self.key());
            change(&mut settings.limits);
        })
        .await
    }

    /// The real program with such a server.
    fn process(&self, data: &TempDir) -> Process {
        Process::spawn(
            process::command(PROGRAM, data.path())
                .env("COLLOQUY_LISTEN", "127.0.0.1:0")
                .env("COLLOQUY_TLS_CERT", self.cert())
                .env("COLLOQUY_TLS_KEY", self.key()),
        )
    }

    /// Trusts this authority and no other.
    fn client(&self, address: SocketAddr, token: Option<&str>) -> Client {
        let root = reqwest::Certificate::from_der(&self.root).unwrap();
        let http = reqwest::Client::builder()
            .tls_certs_only([root])
            .resolve("localhost", address)
            .resolve("chat.example.org", address)
            .build()
            .unwrap();
        let base = format!("https://localhost:{}", address.port());
        Client::new(http, base, token.map(str::to_owned))
    }

    fn connector(&self, versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsConnector::from(Arc::new(config))
    }
}

async fn secured(connector: &TlsConnector, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = async { connector.connect(name, TcpStream::connect(address).await?).await };
    timeout(DEADLINE, connecting).await.expect("TLS in time")
}

/// One request over an open connection, which ends with the answer.
async fn ask<S: AsyncReadExt + AsyncWriteExt + Unpin>(stream: &mut S) -> String {
    let head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head).await.unwrap();
    rest(stream).await
}

/// All that comes until the end, which must come in time.
async fn rest<S: AsyncReadExt + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    // A reset ends it as well.
    let _ = timeout(DEADLINE, stream.read_to_end(&mut bytes))
        .await
        .expect("the end in time");
    String::from_utf8(bytes).unwrap()
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn socket(connector: &TlsConnector, address: SocketAddr, path: &str) -> Socket {
    let stream = secured(connector, address).await.unwrap();
    let url = format!("wss://localhost{path}");
    let (socket, response) = timeout(DEADLINE, tokio_tungstenite::client_async(url, stream))
        .await
        .expect("a handshake in time")
        .unwrap();
    assert_eq!(response.status(), 101);
    socket
}

/// The next frame of this type.
async fn next_of(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let message = timeout(DEADLINE, socket.next()).await.expect("a frame in time");
        if let Message::Text(text) = message.expect("no end").unwrap() {
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

async fn ping(socket: &mut Socket) {
    let frame = json!({ "type": "ping", "id": "still-there" });
    socket.send(Message::text(frame.to_string())).await.unwrap();
    assert_eq!(next_of(socket, "pong").await["id"], "still-there");
}

/// The first account, with a token.
async fn register(authority: &Authority, address: SocketAddr) -> (Client, String) {
    let body = json!({ "username": "ann", "password": format!("pw-{}", uuid::Uuid::new_v4()) });
    let account = authority
        .client(address, None)
        .post("/api/auth/register", body)
        .await
        .ok(201);
    let token = account["access_token"].as_str().unwrap().to_owned();
    (authority.client(address, Some(&token)), token)
}

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
        .app(|limits| limits.header_deadline = Duration::from_millis(300))
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
