//! Two nodes of the real program over one PostgreSQL, behind the balancer of `compose.yaml` with the configuration that is shipped: what
//! it does when a node stops, hangs, or has lost its database. How the socket tests are run through it: docs/recipes.md.

use std::time::Duration;

use api::config::Limits;
use futures_util::StreamExt;
use serde_json::{Value, json};
use services::{Postgres, Proxy};
use tempfile::TempDir;
use tests::database::SECRET;
use tests::judge::judge;
use tests::load::{Doors, Load, Phase, Size};
use tests::{Client, DEADLINE, Process, Socket, logs, process};
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::sockets_kit::until;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

/// Dropped from its top: whoever uses something goes before it.
struct Stage {
    proxy: Proxy,
    nodes: [Process; 2],
    postgres: Postgres,
    folders: [TempDir; 2],
    settings: Vec<(&'static str, String)>,
}

impl Stage {
    fn start(settings: &[(&'static str, &str)]) -> Self {
        let postgres = Postgres::start();
        let url = postgres.url("postgres");
        logs::issued(url.split([':', '@']).nth(2).unwrap());
        let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        let mut all = vec![
            ("COLLOQUY_DATABASE_URL", url),
            ("COLLOQUY_SECRET", SECRET.to_owned()),
            ("COLLOQUY_BLOBS_DIR", text_of(&folders[0].path().join("blobs"))),
            ("COLLOQUY_LOG", "info".to_owned()),
            ("COLLOQUY_REQUESTS_PER_USER", "1000000".to_owned()),
            ("COLLOQUY_REQUESTS_PER_ADDRESS", "1000000".to_owned()),
        ];
        all.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        // Each starts again where it was: nobody may take that port meanwhile.
        let nodes = [0, 1].map(|n: usize| {
            let listen = format!("127.0.0.1:{}", services::free_port());
            node(&folders[n], &all, &listen)
        });
        let log = logs::file(&format!("proxy-{}", nodes[0].id()));
        let proxy = Proxy::start([nodes[0].address, nodes[1].address], log);
        Self {
            proxy,
            nodes,
            postgres,
            folders,
            settings: all,
        }
    }

    /// A bot with a session, its owner and some people. They come to life at a node, since the balancer is not of this machine, and
    /// do everything else through the balancer.
    async fn load(&self, people: usize) -> Load {
        let size = Size {
            bots: 1,
            writers: people,
            readers: people,
        };
        let mut load = Load::set_up(&self.nodes[0].address.to_string(), size)
            .await
            .unwrap();
        load.address = self.proxy.address().to_string();
        load.doors = Doors::all_at(std::slice::from_ref(&load.address));
        load
    }

    fn client(&self, token: Option<&str>) -> Client {
        let url = format!("http://{}", self.proxy.address());
        Client::new(reqwest::Client::new(), url, token.map(str::to_owned))
    }

    fn socket_url(&self, load: &Load) -> String {
        let (bot, token) = (&load.bots[0].id, &load.owner.token);
        format!("ws://{}/api/ws/chat/{bot}?token={token}", self.proxy.address())
    }

    /// Waits until the balancer says this of a node.
    fn hears(&self, what: &str) {
        block_in_place(|| self.proxy.line(what));
    }

    /// Stops a node as a service manager does, and starts it again where it was when the balancer has noticed.
    fn restart(&mut self, n: usize, name: &str) {
        let address = self.nodes[n].address.to_string();
        self.proxy.forget();
        self.nodes[n].terminate();
        self.hears(&format!("{name} is DOWN"));
        let ended = block_in_place(|| self.nodes[n].ended());
        assert_eq!(ended.code(), Some(0));
        self.nodes[n] = block_in_place(|| node(&self.folders[n], &self.settings, &address));
        self.hears(&format!("{name} is UP"));
    }
}

fn text_of(path: &std::path::Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn node(folder: &TempDir, settings: &[(&'static str, String)], listen: &str) -> Process {
    let mut command = process::command(PROGRAM, folder.path());
    command
        .envs(settings.iter().map(|(name, value)| (*name, value)))
        .env("COLLOQUY_LISTEN", listen);
    Process::spawn(&mut command)
}

/// How many sockets a node has, as it says itself.
async fn sockets_of(node: &Process) -> u64 {
    let client = Client::new(reqwest::Client::new(), node.url(), None);
    let health = client.get("/health").await.ok(200);
    health["sockets"]["total_connections"].as_u64().unwrap()
}

async fn say(client: &Client, load: &Load, content: &str) -> Value {
    let path = format!("/api/sessions/{}/messages", load.bots[0].session_id);
    client.post(&path, json!({ "content": content })).await.ok(201)
}

/// A time-out of the balancer's configuration.
fn time_out(name: &str) -> Duration {
    let configuration = Proxy::configuration();
    let line = configuration
        .lines()
        .find_map(|line| line.trim().strip_prefix("timeout ")?.strip_prefix(name))
        .unwrap_or_else(|| panic!("`timeout {name}` is not set"));
    let seconds = line.trim().strip_suffix('s').and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or_else(|| panic!("`timeout {name}{line}` is not in seconds")))
}

#[test]
fn the_balancer_waits_longer_than_the_nodes_do() {
    let limits = Limits::default();
    // A socket that is alive is never silent for so long, and one that a node has given up is not kept.
    assert!(time_out("tunnel") > limits.silence);
    assert!(time_out("tunnel") >= 3 * limits.ping_interval);
    // A request that takes too long is answered by the node, which knows why. A long poll takes 30 s.
    for name in ["client", "server"] {
        assert!(time_out(name) > limits.request_deadline + Duration::from_secs(30));
    }
    assert!(time_out("http-request") <= limits.header_deadline);
    // Readiness may take two seconds to say no.
    assert!(time_out("check") > Duration::from_secs(2));
}

#[test]
fn the_balancer_keeps_nobody_at_one_node() {
    let configuration = Proxy::configuration();
    let lines = configuration.lines().map(|line| line.split('#').next().unwrap());
    let sticky = ["cookie", "stick", "source", "hash-type", "persist"];
    let found: Vec<_> = lines
        .filter(|line| line.split_whitespace().any(|word| sticky.contains(&word)))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_go_through_and_keep_a_socket_open() {
    let stage = Stage::start(&[("COLLOQUY_PING_INTERVAL", "500ms"), ("COLLOQUY_SILENCE", "8s")]);
    let load = stage.load(1).await;
    let (mut socket, _) = connect_async(stage.socket_url(&load)).await.unwrap();
    // The client's library answers each. Without its answers it would be dropped before the eighteenth.
    let mut pings = 0;
    while pings < 20 {
        let message = timeout(DEADLINE, socket.next()).await.expect("a ping in time");
        pings += usize::from(matches!(message, Some(Ok(Message::Ping(_)))));
        assert!(
            matches!(message, Some(Ok(Message::Ping(_) | Message::Text(_)))),
            "{message:?}"
        );
    }
    // The balancer writes its line when a socket ends, and the token is not in it.
    drop(socket);
    let line = block_in_place(|| stage.proxy.line("/api/ws/chat/"));
    assert!(line.contains(" 101 ") && !line.contains("token"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_node_after_the_other_is_restarted_nobody_misses_or_doubles_anything() {
    let people = 8;
    let mut stage = Stage::start(&[]);
    let load = stage.load(people).await;
    let (phase, watching) = watch::channel(Phase::Up);
    let (heads, waiting) = watch::channel(None);
    let readers: Vec<_> = (0..people)
        .map(|person| load.spawn_reader(person, watching.clone(), waiting.clone()))
        .collect();
    let writers: Vec<_> = (0..people / 2)
        .map(|person| load.spawn_writer(person, watching.clone()))
        .collect();
    // One more, to see how it is told.
    let mut told = Socket::open(&stage.socket_url(&load)).await;
    told.next_of("chat_message").await;
    let told = tokio::spawn(async move { told.expect_close(1001).await });
    // A busy machine answers a check late, and the balancer takes a node for dead; the next socket after that goes there.
    let mut last = None;
    until("sockets are on both nodes", 4 * DEADLINE, async || {
        let mut socket = Socket::open(&stage.socket_url(&load)).await;
        socket.next_of("connection_established").await;
        last = Some(socket);
        sockets_of(&stage.nodes[0]).await > 0 && sockets_of(&stage.nodes[1]).await > 0
    })
    .await;
    drop(last);

    stage.restart(0, "node-a");
    stage.restart(1, "node-b");
    // It was at one of the two.
    told.await.unwrap();

    phase.send_replace(Phase::Last);
    let mut writings = Vec::new();
    for writer in writers {
        writings.push(writer.await.unwrap().unwrap());
    }
    let head = load.log(&load.bots[0]).await.unwrap().last().unwrap().seq;
    heads.send_replace(Some(vec![head]));
    let mut readings = Vec::new();
    for reader in readers {
        readings.push(reader.await.unwrap().unwrap());
    }
    let connections: u64 = readings.iter().map(|reading| reading.connections).sum();
    assert!(
        connections >= 2 * people as u64,
        "all had to resume: {connections}"
    );
    assert!(readings.iter().all(|reading| reading.incomplete == 0));
    // Whoever was answered 503, by a node or by the balancer, was told when to come again.
    let wrong: Vec<_> = writings.iter().flat_map(|writing| &writing.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let acknowledged: usize = writings.iter().map(|writing| writing.acknowledged.len()).sum();
    let repeated: u64 = writings.iter().map(|writing| writing.repeated).sum();
    println!("{acknowledged} messages, {repeated} of them sent more than once; {connections} connections");
    for run in load.runs(&writings, readings).await.unwrap() {
        let faults = judge(&run);
        assert!(faults.is_empty(), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_takes_connections_and_answers_nothing_is_taken_out_until_it_answers_again() {
    let stage = Stage::start(&[]);
    let load = stage.load(1).await;
    let owner = stage.client(Some(&load.owner.token));
    stage.nodes[1].signal("STOP");
    stage.hears("node-b is DOWN");
    // Each of them would go to the other node every second time.
    for n in 0..20 {
        say(&owner, &load, &format!("{n}")).await;
    }
    let mut sockets = Vec::new();
    for _ in 0..6 {
        let mut socket = Socket::open(&stage.socket_url(&load)).await;
        socket.next_of("connection_established").await;
        sockets.push(socket);
    }
    assert_eq!(sockets_of(&stage.nodes[0]).await, 6);
    stage.nodes[1].signal("CONT");
    stage.hears("node-b is UP");
    // It has the fewest, so it gets the next.
    let mut socket = Socket::open(&stage.socket_url(&load)).await;
    socket.next_of("connection_established").await;
    assert_eq!(sockets_of(&stage.nodes[1]).await, 1);
    let said = say(&owner, &load, "to all").await;
    for socket in sockets.iter_mut().chain([&mut socket]) {
        let heard = socket.next_of("chat_message").await;
        assert_eq!(heard["data"]["message_id"], said["message"]["message_id"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_database_requests_are_answered_503_and_sockets_stay() {
    let mut stage = Stage::start(&[]);
    let load = stage.load(1).await;
    let owner = stage.client(Some(&load.owner.token));
    let mut socket = Socket::open(&stage.socket_url(&load)).await;
    socket.next_of("connection_established").await;
    stage.postgres.end("INT");
    stage.hears("backend nodes has no server available");
    // In the form of all refusals, which the client looks at, although no node was asked.
    let answer = owner.get("/api/bots").await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("x-request-id"), answer.body["request_id"].as_str());
    answer.refused(503, "unavailable");
    stage.postgres.resume();
    stage.hears(" is UP");
    let said = say(&owner, &load, "still there?").await;
    let heard = socket.next_of("chat_message").await;
    assert_eq!(heard["data"]["message_id"], said["message"]["message_id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_are_told_apart_behind_a_balancer_that_is_trusted() {
    let stage = Stage::start(&[
        ("COLLOQUY_TRUSTED_PROXIES", "127.0.0.1"),
        ("COLLOQUY_REQUESTS_PER_ADDRESS", "5"),
    ]);
    let client = |from: [u8; 4]| {
        let http = reqwest::Client::builder().local_address(std::net::IpAddr::from(from));
        let url = format!("http://{}", stage.proxy.address());
        Client::new(http.build().unwrap(), url, None)
    };
    let (one, other) = (client([127, 0, 0, 2]), client([127, 0, 0, 3]));
    // Five at each node, and none is left.
    let mut refused = None;
    for _ in 0..12 {
        let answer = one.get("/api/bots").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.refused(401, "authentication_required");
    }
    refused.expect("a limit").refused(429, "rate_limited");
    other
        .get("/api/bots")
        .await
        .refused(401, "authentication_required");
}
