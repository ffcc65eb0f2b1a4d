//! A server in this process, on a free port, with a data directory of its own that goes with it. If the tests are run for two nodes
//! (`COLLOQUY_TEST_NODES=2`), it is two over one database: requests go to the first, sockets to the second. If they are run for a
//! balancer (`COLLOQUY_TEST_PROXY=haproxy`), everything goes through one, and with two nodes to whichever it chooses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use api::config::{Limits, Settings};
use serde_json::json;
use services::Proxy;
use tempfile::TempDir;

use crate::database::{SECRET, bus, server_of, url_of};
use crate::{Client, Database, Person, Socket, logs};

pub struct App {
    running: api::app::Running,
    second: Option<(api::app::Running, TempDir)>,
    proxy: Option<Proxy>,
    http: reqwest::Client,
    dir: TempDir,
}

impl App {
    /// With the default settings, but request rates that no test meets by accident.
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(TempDir::new().unwrap(), change).await
    }

    /// Never behind a balancer: for what counts connections, since the balancer's checks are some too.
    pub async fn bare(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = TempDir::new().unwrap();
        let mut settings = settings(dir.path(), url_of(dir.path()));
        change(&mut settings);
        Self::launch(dir, settings, services::are_two_nodes(), false).await
    }

    /// On a data directory that is there already: what a restart is.
    pub async fn on(dir: TempDir, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(dir.path(), url_of(dir.path()));
        change(&mut settings);
        // With a certificate it is the node's own TLS that a test is about.
        let proxied = services::is_proxied() && settings.tls_cert.is_none();
        Self::launch(dir, settings, services::are_two_nodes(), proxied).await
    }

    /// Two nodes over one PostgreSQL database, whatever the tests run on. Never behind a balancer: it matters which of them is asked.
    pub async fn two_nodes(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = TempDir::new().unwrap();
        let mut settings = settings(dir.path(), Some(server_of(dir.path())));
        change(&mut settings);
        Self::launch(dir, settings, true, false).await
    }

    /// One more node over the same database, with settings of its own; the caller stops it.
    pub async fn another_node(&self, change: impl FnOnce(&mut Settings)) -> api::app::Running {
        let dir = TempDir::new_in(self.dir.path()).unwrap().keep();
        let mut settings = Settings {
            blobs_dir: Some(self.dir.path().join("blobs")),
            ..settings(&dir, Some(server_of(self.dir.path())))
        };
        change(&mut settings);
        Box::pin(api::app::start(settings))
            .await
            .expect("another node starts")
    }

    async fn launch(dir: TempDir, settings: Settings, two: bool, proxied: bool) -> Self {
        logs::install();
        let second = two.then(|| beside(dir.path(), &settings));
        let running = Box::pin(api::app::start(settings))
            .await
            .expect("the server starts");
        let second = match second {
            Some((settings, dir)) => {
                let running = Box::pin(api::app::start(settings))
                    .await
                    .expect("the second node starts");
                Some((running, dir))
            }
            None => None,
        };
        let beside = second.as_ref().map_or(&running, |(second, _)| second);
        let proxy = proxied.then(|| before([running.address, beside.address]));
        Self {
            running,
            second,
            proxy,
            http: reqwest::Client::new(),
            dir,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where sockets go: to the balancer, or to the second node, if there is one.
    pub fn ws_url(&self) -> String {
        let second = self.second.as_ref().map(|(running, _)| running.address);
        let direct = second.unwrap_or(self.running.address);
        format!(
            "ws://{}",
            self.proxy.as_ref().map_or(direct, |proxy| proxy.address())
        )
    }

    /// All its nodes, as addresses to call.
    pub fn nodes(&self) -> Vec<String> {
        let second = self.second.iter().map(|(running, _)| running);
        let nodes = std::iter::once(&self.running).chain(second);
        nodes.map(|running| running.url.clone()).collect()
    }

    /// Where requests go: to the balancer, if there is one.
    pub fn address(&self) -> SocketAddr {
        let direct = self.running.address;
        self.proxy.as_ref().map_or(direct, |proxy| proxy.address())
    }

    /// Where the first node itself listens, for what a balancer would answer in its place, or would not let through.
    pub fn direct(&self) -> SocketAddr {
        self.running.address
    }

    pub fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// A look into the database from outside.
    pub async fn database(&self) -> Database {
        Database::of(self.dir.path()).await
    }

    pub fn anonymous(&self) -> Client {
        Client::new(self.http.clone(), self.url(), None)
    }

    /// Somebody at this very machine, whom no balancer is in front of.
    pub fn local(&self) -> Client {
        Client::new(self.http.clone(), format!("http://{}", self.direct()), None)
    }

    pub fn client(&self, token: &str) -> Client {
        Client::new(self.http.clone(), self.url(), Some(token.to_owned()))
    }

    /// Registers somebody; the first one of a server is its administrator. At the node itself: who comes through a balancer is not
    /// of this very machine, for which alone registration is open.
    pub async fn register(&self, username: &str) -> Person {
        let password = format!("pw-{}", uuid::Uuid::new_v4());
        logs::issued(&password);
        let body = json!({ "username": username, "password": password });
        let answer = self.local().post("/api/auth/register", body).await.ok(201);
        Person::new(self, &answer, password)
    }

    /// A fresh log-in of the same person: another token family.
    pub async fn login(&self, person: &Person) -> Person {
        let body = json!({ "username": person.username, "password": person.password });
        let answer = self.anonymous().post("/api/auth/login", body).await.ok(200);
        Person::new(self, &answer, person.password.clone())
    }

    /// The chat socket of a bot, at its greeting.
    pub async fn chat(&self, person: &Person, bot: &str) -> Socket {
        Socket::connect(
            self,
            &format!("/api/ws/chat/{bot}"),
            Some(&person.token),
            None,
            None,
        )
        .await
    }

    pub async fn chat_since(&self, person: &Person, bot: &str, since: i64) -> Socket {
        Socket::connect(
            self,
            &format!("/api/ws/chat/{bot}"),
            Some(&person.token),
            Some(since),
            None,
        )
        .await
    }

    pub async fn notifications(&self, person: &Person) -> Socket {
        Socket::connect(self, "/api/ws/notifications", Some(&person.token), None, None).await
    }

    /// Stops the server and gives back its data directory.
    pub async fn stop(self) -> TempDir {
        // Sockets hear of what the stop of the first does.
        self.running.stop().await.expect("an orderly stop");
        if let Some((second, _)) = self.second {
            second.stop().await.expect("an orderly stop of the second node");
        }
        self.dir
    }
}

/// The balancer before these nodes. What it says is searched for secrets, as what a server says.
fn before(nodes: [SocketAddr; 2]) -> Proxy {
    let log = logs::file(&format!("proxy-{}", nodes[0].port()));
    Proxy::start(nodes, log)
}

/// What another node over the same database and the same files is started with.
fn beside(data_dir: &Path, settings: &Settings) -> (Settings, TempDir) {
    let dir = TempDir::new().unwrap();
    let settings = Settings {
        data_dir: dir.path().to_owned(),
        blobs_dir: Some(data_dir.join("blobs")),
        ..settings.clone()
    };
    (settings, dir)
}

/// The real program, which stands beside the folder of this test's executable: a server in this process cannot start itself
/// once more to read a file.
fn program() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test is a program");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    folder.join("colloquy-under-test")
}

/// A free port, a directory of its own, request rates out of the way, and password hashes that cost next to nothing.
fn settings(dir: &Path, database_url: Option<String>) -> Settings {
    let limits = Limits {
        requests_per_user: 1_000_000,
        requests_per_address: 1_000_000,
        argon2_memory: 64 * 1024,
        argon2_passes: 1,
        argon2_queue: 1_000,
        ..Limits::default()
    };
    let listen = (std::net::Ipv4Addr::LOCALHOST, 0).into();
    Settings {
        listen,
        data_dir: dir.to_owned(),
        redis_url: bus().map(Into::into),
        secret: database_url.is_some().then(|| SECRET.into()),
        database_url: database_url.unwrap_or_default(),
        extractor: Some(program()),
        limits,
        ..Settings::default()
    }
}
