//! Two nodes over one PostgreSQL database that hear each other by Redis: what happens on one is seen on the other, and what
//! becomes of that when Redis dies, stands still, forgets everything or throws its clients out. Requests go to the first node,
//! readers sit on the second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use services::Redis;
use tempfile::TempDir;
use tests::database::{SECRET, server_of};
use tests::provider::FakeProvider;
use tests::{App, Cast, Client, DEADLINE, Person, Process, Socket, logs, process};

use crate::answers_kit::{Watcher, asking};
use crate::sockets_kit::{greeted, is_event, log_of, seq_of, until};
use crate::tls_kit::{Authority, PROGRAM};

/// How long nodes may take to notice that Redis is gone, or back.
const NOTICED: Duration = Duration::from_secs(20);

struct Stage {
    redis: Redis,
    app: App,
    cast: Cast,
    session: String,
    model: FakeProvider,
}

impl Stage {
    async fn start() -> Self {
        let redis = Redis::start();
        logs::issued(redis.password());
        let model = FakeProvider::start().await;
        let app = App::two_nodes(|settings| {
            settings.redis_url = Some(redis.url().into());
            asking(settings, &model);
        })
        .await;
        let cast = Cast::of(&app).await;
        let session = cast.owner.session(&cast.bot, "shared").await;
        let stage = Self {
            redis,
            app,
            cast,
            session,
            model,
        };
        stage.both_say("up").await;
        stage
    }

    /// Waits until both nodes say this of their bus; ready they are all the time.
    async fn both_say(&self, bus: &str) {
        for node in self.app.nodes() {
            let client = Client::new(reqwest::Client::new(), node, None);
            let what = format!("the bus is {bus}");
            until(&what, NOTICED, async || {
                let ready = client.get("/health/ready").await.ok(200);
                assert_eq!(ready["status"], "ok");
                ready["bus"] == bus
            })
            .await;
        }
    }

    /// A chat socket on the first node.
    async fn on_first(&self, person: &Person) -> Socket {
        let node = self.app.nodes()[0].replace("http://", "ws://");
        let mut socket = Socket::open(&format!(
            "{node}/api/ws/chat/{}?token={}",
            self.cast.bot, person.token
        ))
        .await;
        assert_eq!(socket.next().await["type"], "connection_established");
        socket
    }

    /// A chat socket on the second one.
    async fn on_second(&self, person: &Person) -> Socket {
        greeted(&self.app, person, &self.cast.bot).await.0
    }

    async fn say(&self, content: &str) {
        self.cast.owner.say(&self.session, content).await;
    }
}

/// Somebody who reads on the second node, while somebody types on the first.
struct Pair {
    reader: Socket,
    events: Vec<Value>,
    typist: Socket,
}

impl Pair {
    async fn of(stage: &Stage) -> Self {
        Self {
            reader: stage.on_second(&stage.cast.viewer).await,
            events: Vec::new(),
            typist: stage.on_first(&stage.cast.editor).await,
        }
    }

    /// Frames of the reader up to the first one like this.
    async fn read(&mut self, good: impl Fn(&Value) -> bool) {
        loop {
            let frame = self.reader.next().await;
            if is_event(&frame) {
                self.events.push(frame.clone());
            }
            if good(&frame) {
                return;
            }
        }
    }

    async fn reads(&mut self, content: &str) {
        self.read(|frame| frame["data"]["content"] == content).await;
    }

    /// What the owner says is here in time, although the nodes do not hear each other.
    async fn hears(&mut self, stage: &Stage, content: &str) {
        for n in 0..5 {
            let content = format!("{content}, {n}");
            stage.say(&content).await;
            self.reads(&content).await;
        }
    }

    /// What the one types, the other sees.
    async fn types(&mut self, session: &str) {
        for is_typing in [true, false] {
            let typing = json!({ "session_id": session, "is_typing": is_typing });
            self.typist
                .send(json!({ "type": "typing", "data": typing }))
                .await;
            self.read(|frame| frame["type"] == "typing_indicator" && frame["data"]["is_typing"] == is_typing)
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_on_one_node_is_seen_on_the_other() {
    let stage = Stage::start().await;
    let mut pair = Pair::of(&stage).await;
    stage.say("hello").await;
    pair.reads("hello").await;
    pair.types(&stage.session).await;

    let bot = &stage.cast.bot;
    let mut here = Watcher::at(stage.on_first(&stage.cast.owner).await);
    let mut there = Watcher::join(&stage.app, &stage.cast.owner, bot).await;
    stage.model.will_say_gated(&["one ", "two ", "three"]);
    let (_, answer) = stage.cast.owner.ask(&stage.session, "What is it?").await;
    stage.model.wait_asked().await;
    // Whichever node writes it, the other one has it from there.
    for text in ["one ", "one two ", "one two three"] {
        stage.model.next().await;
        here.text(&answer, text).await;
        there.text(&answer, text).await;
    }
    stage.model.next().await;
    for watcher in [&mut here, &mut there] {
        watcher.until(Watcher::all_ended).await;
        assert_eq!(
            watcher.of(&answer).end.expect("an end")["content"],
            "one two three"
        );
    }
    assert_eq!(there.of(&answer).deltas.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_and_goes_costs_no_event_and_is_heard_again() {
    let mut stage = Stage::start().await;
    let mut pair = Pair::of(&stage).await;
    let begun = stage.cast.viewer.head(&stage.cast.bot).await;
    pair.types(&stage.session).await;

    stage.say("before its death").await;
    stage.redis.end("KILL");
    pair.hears(&stage, "at its death").await;
    stage.both_say("away").await;
    pair.hears(&stage, "without it").await;
    stage.redis.resume();
    stage.say("at its return").await;
    stage.both_say("up").await;
    pair.types(&stage.session).await;

    stage.redis.pause();
    pair.hears(&stage, "at a standstill").await;
    stage.both_say("away").await;
    pair.hears(&stage, "in the standstill").await;
    stage.redis.go_on();
    stage.say("after the standstill").await;
    stage.both_say("up").await;
    pair.types(&stage.session).await;

    stage.redis.command(&["FLUSHALL"]);
    stage.say("after it forgot everything").await;
    pair.types(&stage.session).await;

    let channel = stage.redis.command(&["PUBSUB", "CHANNELS"]).remove(0);
    stage.redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    stage.say("thrown out").await;
    until("both nodes have come back", NOTICED, async || {
        stage.redis.command(&["PUBSUB", "NUMSUB", &channel])[1] == "2"
    })
    .await;
    stage.both_say("up").await;
    pair.types(&stage.session).await;
    stage.say("the end").await;
    pair.reads("the end").await;

    let numbers: Vec<i64> = pair.events.iter().map(seq_of).collect();
    let last = stage.cast.viewer.head(&stage.cast.bot).await;
    assert_eq!(
        numbers,
        (begun + 1..=last).collect::<Vec<i64>>(),
        "{:?}",
        pair.events
    );
    let log = stage.cast.viewer.events(&stage.cast.bot, begun).await;
    let ids = |events: &[Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&pair.events), ids(&log));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_are_read_in_one_order_on_both_nodes_while_redis_dies() {
    let mut stage = Stage::start().await;
    let begun = stage.cast.viewer.head(&stage.cast.bot).await;
    let mut readers = vec![
        stage.on_first(&stage.cast.viewer).await,
        stage.on_second(&stage.cast.viewer).await,
    ];
    let Stage {
        redis, cast, session, ..
    } = &mut stage;
    let over = AtomicBool::new(false);
    let write = async |person: &Person| {
        while !over.load(Ordering::SeqCst) {
            person.say(session, "one of many").await;
        }
    };
    let faults = async {
        let redis = &mut *redis;
        for _ in 0..3 {
            let head = cast.viewer.head(&cast.bot).await;
            redis.end("KILL");
            // It stays away while something is written.
            until("somebody writes", 4 * DEADLINE, async || {
                cast.viewer.head(&cast.bot).await > head + 5
            })
            .await;
            redis.resume();
        }
        over.store(true, Ordering::SeqCst);
    };
    tokio::join!(write(&cast.owner), write(&cast.editor), faults);
    let last = cast.viewer.head(&cast.bot).await;
    let log = log_of(&cast.viewer, &cast.bot).await.split_off(begun as usize);
    assert_eq!(log.len() as i64, last - begun);
    let ids = |events: &[Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    for reader in &mut readers {
        let mut events: Vec<Value> = Vec::new();
        while events.last().is_none_or(|event| seq_of(event) < last) {
            events.push(reader.event().await);
        }
        assert_eq!(ids(&events), ids(&log));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_ends_the_socket_on_the_other_node_while_redis_is_gone() {
    let mut stage = Stage::start().await;
    let Cast {
        owner,
        editor,
        viewer,
        bot,
        ..
    } = &stage.cast;
    let revoked_at = async |mut socket: Socket, content: &str| {
        let mut frames = socket.expect_close(4003).await;
        frames.retain(is_event);
        let [said, revoked] = frames.as_slice() else {
            panic!("a message and the end were due, not {frames:?}");
        };
        assert_eq!(said["data"]["content"], content);
        assert_eq!(revoked["data"]["action"], "revoked");
        assert_eq!(seq_of(revoked), seq_of(said) + 1);
    };

    let reader = stage.on_second(viewer).await;
    stage.redis.pause();
    owner.say(&stage.session, "at a standstill").await;
    owner.revoke(bot, viewer).await;
    owner.say(&stage.session, "not for the viewer").await;
    revoked_at(reader, "at a standstill").await;
    stage.redis.go_on();
    stage.both_say("up").await;

    let reader = stage.on_second(editor).await;
    stage.redis.end("KILL");
    owner.say(&stage.session, "without it").await;
    owner.revoke(bot, editor).await;
    owner.say(&stage.session, "not for the editor").await;
    revoked_at(reader, "without it").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_start_and_serve_without_a_redis_that_is_to_come() {
    let mut redis = Redis::start();
    redis.end("KILL");
    let app = App::two_nodes(|settings| settings.redis_url = Some(redis.url().into())).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let (mut reader, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    for node in app.nodes() {
        let client = Client::new(reqwest::Client::new(), node, None);
        let ready = client.get("/health/ready").await.ok(200);
        assert_eq!(ready, json!({ "status": "ok", "bus": "away" }));
        assert_eq!(client.get("/health").await.ok(200)["bus"], "away");
    }
    cast.owner.say(&session, "hello").await;
    while reader.next().await["data"]["content"] != "hello" {}
    redis.resume();
    let health = Client::new(reqwest::Client::new(), app.url(), None);
    until("the bus is up", NOTICED, async || {
        health.get("/health").await.ok(200)["bus"] == "up"
    })
    .await;
    app.stop().await;
}

#[tokio::test]
async fn a_redis_behind_tls_is_spoken_to_if_its_certificate_is_trusted() {
    let authority = Authority::new();
    authority.issue();
    let [cert, key] = [authority.cert(), authority.key()].map(|file| std::fs::read_to_string(file).unwrap());
    let redis = Redis::start_tls(&cert, &key);
    logs::issued(redis.password());
    let database = TempDir::new().unwrap();
    let node = |data: &TempDir, roots: Option<&std::path::Path>| {
        let mut command = process::command(PROGRAM, data.path());
        command
            .env("COLLOQUY_LISTEN", "127.0.0.1:0")
            .env("COLLOQUY_DATABASE_URL", server_of(database.path()))
            .env("COLLOQUY_SECRET", SECRET)
            .env("COLLOQUY_REDIS_URL", redis.url());
        roots.map(|roots| command.env("SSL_CERT_FILE", roots));
        Process::spawn(&mut command)
    };
    let bus = async |process: &Process| {
        let client = Client::new(reqwest::Client::new(), process.url(), None);
        client.get("/health/ready").await.ok(200)["bus"].clone()
    };

    let data = TempDir::new().unwrap();
    let trusting = node(&data, Some(&authority.root_file()));
    until("the bus is up", NOTICED, async || bus(&trusting).await == "up").await;

    let data = TempDir::new().unwrap();
    let doubting = node(&data, None);
    doubting.line("Redis is still away");
    assert_eq!(bus(&doubting).await, "away");
}
