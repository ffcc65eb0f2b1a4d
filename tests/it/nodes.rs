//! Two nodes over one PostgreSQL database, whatever the tests run on: what is counted, shown and stopped over both. That events
//! and signals arrive is shown by the tests of sockets, which are run over two nodes as well.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::database::{self, SECRET};
use tests::provider::FakeProvider;
use tests::{Answer, App, Cast, Client, DEADLINE, Database, Person, Process, Socket, process};
use tokio::task::spawn_blocking;
use tokio::time::interval;
use tokio_tungstenite::tungstenite::Message;

use crate::answers_kit::{Watcher, answers_of, asking};
use crate::sockets_kit::{assert_shape, until};

/// Calls to one of the nodes, as somebody.
fn calls(app: &App, node: usize, person: &Person) -> Client {
    let url = app.nodes().swap_remove(node);
    Client::new(reqwest::Client::new(), url, Some(person.token.clone()))
}

fn chat_at(app: &App, node: usize, person: &Person, bot: &str) -> String {
    let node = app.nodes()[node].replace("http://", "ws://");
    format!("{node}/api/ws/chat/{bot}?token={}", person.token)
}

/// A chat socket on one of the nodes, with its greeting.
async fn chat(app: &App, node: usize, person: &Person, bot: &str) -> (Socket, Value) {
    let mut socket = Socket::open(&chat_at(app, node, person, bot)).await;
    let greeting = socket.next_of("connection_established").await;
    (socket, greeting)
}

/// The code with which a socket is refused at once; none: it is let in.
async fn refusal(url: &str) -> Option<u16> {
    let mut socket = Socket::open(url).await;
    match socket.message().await {
        Some(Message::Close(Some(frame))) => Some(frame.code.into()),
        Some(message) if message.is_text() => None,
        other => panic!("a greeting or a refusal was due, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_the_sockets_of_all_nodes_and_close_any() {
    let app = App::two_nodes(|_| ()).await;
    let cast = Cast::of(&app).await;
    let (mut here, _) = chat(&app, 0, &cast.viewer, &cast.bot).await;
    let (mut there, greeting) = chat(&app, 1, &cast.viewer, &cast.bot).await;
    let (mut other, _) = chat(&app, 1, &cast.owner, &cast.bot).await;
    for node in 0..2 {
        let admin = calls(&app, node, &cast.admin);
        let stats = admin.get("/api/ws/stats").await.ok(200);
        assert_shape(
            &stats,
            &json!({ "total_connections": 3, "connected_users": 2, "bot_subscriptions": 1, "by_kind": { "chat": 3 } }),
        );
        let of = |is_this: bool| {
            let nodes = stats["nodes"].as_array().unwrap();
            let one = nodes.iter().find(|one| one["is_this"] == is_this).unwrap();
            one["figures"]["total_connections"].as_u64().unwrap()
        };
        let (own, others) = if node == 0 { (1, 2) } else { (2, 1) };
        assert_eq!((of(true), of(false)), (own, others));

        let all = admin.get("/api/ws/connections").await.ok(200);
        assert_eq!(all["connection_metadata"].as_object().unwrap().len(), 3);
        assert_eq!(all["silent_nodes"], json!([]));
    }
    let admin = calls(&app, 0, &cast.admin);
    let id = greeting["data"]["connection_id"].as_str().unwrap();
    let path = format!("/api/ws/connections/{id}");
    calls(&app, 0, &cast.owner)
        .delete(&path)
        .await
        .refused(403, "admin_required");
    admin.delete(&path).await.ok(204);
    there.expect_close(1008).await;
    admin.delete(&path).await.refused(404, "connection_not_found");
    here.ping().await;
    other.ping().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_sockets_are_counted_over_all_nodes() {
    let app = App::two_nodes(|_| ()).await;
    let cast = Cast::of(&app).await;
    let mut open = Vec::new();
    for n in 0..16 {
        open.push(chat(&app, n % 2, &cast.viewer, &cast.bot).await.0);
    }
    for node in 0..2 {
        let url = chat_at(&app, node, &cast.viewer, &cast.bot);
        // What the other node has let in is known a moment later.
        until("the seventeenth is refused", DEADLINE, async || {
            refusal(&url).await == Some(1013)
        })
        .await;
    }
    chat(&app, 0, &cast.editor, &cast.bot).await;
    drop(open.pop());
    let url = chat_at(&app, 0, &cast.viewer, &cast.bot);
    until("one has gone on the other node", DEADLINE, async || {
        refusal(&url).await.is_none()
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_requests_are_counted_over_all_nodes() {
    let app = App::two_nodes(|settings| settings.limits.requests_per_user = 60).await;
    let cast = Cast::of(&app).await;
    let (here, there) = (calls(&app, 0, &cast.stranger), calls(&app, 1, &cast.stranger));
    // One a second comes back.
    granted(90, 200, || here.get("/api/auth/me")).await;
    // Nodes tell each other once a second. Until then this one grants what it is asked for, which is fewer than its own sixty.
    let mut looks = interval(Duration::from_millis(100));
    granted(50, 200, async || {
        looks.tick().await;
        there.get("/api/auth/me").await
    })
    .await;
    app.stop().await;
}

/// How many requests are answered with this status, fewer than so many, until one is refused because there were too many.
async fn granted(most: usize, status: u16, mut request: impl AsyncFnMut() -> Answer) -> usize {
    for n in 0..most {
        let answer = request().await;
        if answer.status == 429 {
            answer.refused(429, "rate_limited");
            return n;
        }
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    panic!("{most} requests and no end")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_of_a_password_are_counted_over_all_nodes() {
    let app = App::two_nodes(|settings| {
        settings.limits.login_failures = 8;
        settings.limits.login_backoff = Duration::from_secs(600);
    })
    .await;
    let person = app.register("person").await;
    let wrong = json!({ "username": "person", "password": "a wrong password" });
    let guesses = async |node: usize| {
        let client = Client::new(reqwest::Client::new(), app.nodes().swap_remove(node), None);
        granted(30, 401, || client.post("/api/auth/login", wrong.clone())).await
    };
    assert_eq!(guesses(0).await, 8);
    let more = guesses(1).await;
    assert!(more < 8, "{more} more on the node that was told of eight");
    let home = app.local();
    home.post(
        "/api/auth/login",
        json!({ "username": "person", "password": person.password }),
    )
    .await
    .refused(429, "rate_limited");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_stopped_from_either_node() {
    let model = FakeProvider::start().await;
    let app = App::two_nodes(|settings| asking(settings, &model)).await;
    let cast = Cast::of(&app).await;
    for node in [1, 0, 1, 0] {
        let session = cast.owner.session(&cast.bot, "shared").await;
        model.will_say_gated(&["one ", "two"]);
        let mut watcher = Watcher::join(&app, &cast.viewer, &cast.bot).await;
        let (_, answer) = cast.owner.ask(&session, "What is it?").await;
        model.wait_asked().await;
        model.next().await;
        watcher.text(&answer, "one ").await;
        let path = format!("/api/messages/{answer}/cancel");
        let stopped = calls(&app, node, &cast.owner)
            .post(&path, Value::Null)
            .await
            .ok(200);
        assert_eq!(stopped["status"], "cancelled");
        let stored = answers_of(&cast.owner, &session).await;
        assert_eq!((stored.len(), &stored[0]["content"]), (1, &json!("one ")));
        assert_eq!(watcher.end(&answer).await["content"], "one ");
        model.wait_hung_up().await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_comes_in_the_middle_of_an_answer_shows_all_of_it() {
    let model = FakeProvider::start().await;
    let app = App::two_nodes(|settings| asking(settings, &model)).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    model.will_say_gated(&["one ", "two ", "three"]);
    let mut watcher = Watcher::join(&app, &cast.owner, &cast.bot).await;
    let (_, answer) = cast.owner.ask(&session, "What is it?").await;
    model.wait_asked().await;
    model.next().await;
    watcher.text(&answer, "one ").await;

    let third = app.another_node(|settings| asking(settings, &model)).await;
    let url = format!(
        "{}/api/ws/chat/{}?token={}",
        third.url.replace("http://", "ws://"),
        cast.bot,
        cast.viewer.token
    );
    let mut late = Socket::open(&url).await;
    late.next_of("connection_established").await;
    let mut late = Watcher::at(late);
    late.text(&answer, "one ").await;
    assert_eq!(late.of(&answer).statuses, [("running".to_owned(), 0)]);
    assert_eq!(late.of(&answer).deltas, [(0, "one ".to_owned())]);
    for _ in 0..3 {
        model.next().await;
    }
    for watcher in [&mut watcher, &mut late] {
        assert_eq!(watcher.end(&answer).await["content"], "one two three");
    }
    assert_eq!(late.of(&answer).text, "one two three");
    third.stop().await.expect("an orderly stop of the third node");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_on_both_nodes_is_there_for_each_other() {
    let app = App::two_nodes(|_| ()).await;
    let cast = Cast::of(&app).await;
    let (mut here, _) = chat(&app, 0, &cast.owner, &cast.bot).await;
    let (mut there, greeting) = chat(&app, 1, &cast.viewer, &cast.bot).await;
    let frame = here.next_of("presence").await;
    assert_shape(
        &frame["data"],
        &json!({ "username": "viewer", "status": "online" }),
    );
    // Whoever came a moment ago on the other node is told of as soon as that has said so.
    if greeting["data"]["online_count"] == 1 {
        let frame = there.next_of("presence").await;
        assert_shape(
            &frame["data"],
            &json!({ "username": "owner", "status": "online" }),
        );
    }
    let session = cast.owner.session(&cast.bot, "shared").await;
    there
        .send(json!({ "type": "viewing", "data": { "session_id": session } }))
        .await;
    let frame = here.next_of("presence").await;
    assert_eq!(frame["data"]["session_id"], json!(session));
    drop(there);
    let frame = here.next_of("presence").await;
    assert_shape(
        &frame["data"],
        &json!({ "username": "viewer", "status": "offline" }),
    );
    app.stop().await;
}

/// The lock under which the schema is changed.
const SCHEMA: &str = "SELECT pg_advisory_lock(4)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_take_each_step_of_the_schema_once() {
    let folders: Vec<TempDir> = (0..3).map(|_| TempDir::new().unwrap()).collect();
    let url = database::empty_server(folders[0].path());
    let program = |n: usize, command: &str| {
        let mut program = process::plain(env!("CARGO_BIN_EXE_colloquy-under-test"), folders[n].path());
        program
            .arg(command)
            .env("COLLOQUY_LISTEN", "127.0.0.1:0")
            .env("COLLOQUY_DATABASE_URL", &url)
            .env("COLLOQUY_SECRET", SECRET);
        program
    };
    let database = Database::open(Some(url.clone()), folders[0].path()).await;
    // So that none is done before the last has begun.
    database.execute(SCHEMA).await;
    let migrating = [0, 1].map(|n| {
        let mut command = program(n, "migrate");
        spawn_blocking(move || process::run(&mut command))
    });
    let mut command = program(2, "serve");
    let serving = spawn_blocking(move || Process::spawn(&mut command));
    until("all three wait for each other", 4 * DEADLINE, async || {
        let waiting =
            "SELECT CAST(count(*) AS text) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        database.column(waiting).await == ["3"]
    })
    .await;
    database.execute("SELECT pg_advisory_unlock_all()").await;

    let mut taken = Vec::new();
    for migrated in migrating {
        let migrated = migrated.await.unwrap();
        let said = String::from_utf8(migrated.stdout).unwrap();
        assert!(migrated.status.success(), "{said}");
        let steps = said.strip_suffix(" steps were taken\n").expect(&said);
        taken.push(steps.parse::<i64>().expect(&said));
    }
    let serving = serving.await.unwrap();
    let client = Client::new(reqwest::Client::new(), serving.url(), None);
    client.get("/health/ready").await.ok(200);
    // One of the three took all of them, and the others none.
    let all = database.count("seaql_migrations").await;
    taken.sort_unstable();
    assert!(taken == [0, all] || taken == [0, 0], "{taken:?} of {all}");
    assert!(all > 0);
}
