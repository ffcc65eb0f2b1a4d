//! What the tests of TLS share: an authority of our own with its certificates, and clients that trust it.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

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
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

/// An authority of our own, and the folder that its certificates are in.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub root: CertificateDer<'static>,
    pub folder: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        let authority = Self {
            issuer: Issuer::new(params, key),
            root: root.der().clone(),
            folder: TempDir::new().unwrap(),
        };
        fs::write(authority.root_file(), root.pem()).unwrap();
        authority
    }

    /// Its own certificate, in PEM.
    pub fn root_file(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    pub fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Writes a fresh certificate and its key.
    pub fn issue(&self) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".into(), "chat.example.org".into()]).unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.cert(), cert.pem()).unwrap();
        fs::write(self.key(), key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    /// A server with a certificate of this authority.
    pub async fn app(&self, change: impl FnOnce(&mut api::config::Limits)) -> App {
        self.issue();
        App::with(|settings| {
            settings.tls_cert = Some(self.cert());
            settings.tls_key = Some(self.key());
            change(&mut settings.limits);
        })
        .await
    }

    /// The real program with such a server.
    pub fn process(&self, data: &TempDir) -> Process {
        Process::spawn(
            process::command(PROGRAM, data.path())
                .env("COLLOQUY_LISTEN", "127.0.0.1:0")
                .env("COLLOQUY_TLS_CERT", self.cert())
                .env("COLLOQUY_TLS_KEY", self.key()),
        )
    }

    /// Trusts this authority and no other.
    pub fn client(&self, address: SocketAddr, token: Option<&str>) -> Client {
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

    pub fn connector(&self, versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
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

pub async fn secured(connector: &TlsConnector, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = async { connector.connect(name, TcpStream::connect(address).await?).await };
    timeout(DEADLINE, connecting).await.expect("TLS in time")
}

/// One request over an open connection, which ends with the answer.
pub async fn ask<S: AsyncReadExt + AsyncWriteExt + Unpin>(stream: &mut S) -> String {
    let head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head).await.unwrap();
    rest(stream).await
}

/// All that comes until the end, which must come in time.
pub async fn rest<S: AsyncReadExt + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    // A reset ends it as well.
    let _ = timeout(DEADLINE, stream.read_to_end(&mut bytes))
        .await
        .expect("the end in time");
    String::from_utf8(bytes).unwrap()
}

pub type Socket = WebSocketStream<TlsStream<TcpStream>>;

pub async fn socket(connector: &TlsConnector, address: SocketAddr, path: &str) -> Socket {
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
pub async fn next_of(socket: &mut Socket, kind: &str) -> Value {
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

pub async fn ping(socket: &mut Socket) {
    let frame = json!({ "type": "ping", "id": "still-there" });
    socket.send(Message::text(frame.to_string())).await.unwrap();
    assert_eq!(next_of(socket, "pong").await["id"], "still-there");
}

/// The first account, with a token.
pub async fn register(authority: &Authority, address: SocketAddr) -> (Client, String) {
    let body = json!({ "username": "ann", "password": format!("pw-{}", uuid::Uuid::new_v4()) });
    let account = authority
        .client(address, None)
        .post("/api/auth/register", body)
        .await
        .ok(201);
    let token = account["access_token"].as_str().unwrap().to_owned();
    (authority.client(address, Some(&token)), token)
}
