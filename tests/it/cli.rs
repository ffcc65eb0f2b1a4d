//! The program as an operator meets it: settings, commands, commands beside a running server, start and stop.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Client, Process, Socket, database, logs, process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

fn program(dir: &TempDir, arguments: &[&str]) -> Command {
    let mut command = process::command(PROGRAM, dir.path());
    command.args(arguments);
    command
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = process::run(command);
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// Runs a command that must succeed, with a password on its standard input if it takes one.
fn succeed(dir: &TempDir, arguments: &[&str], password: Option<&str>) -> String {
    let mut command = program(dir, arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    if let Some(password) = password {
        logs::issued(password);
        input.write_all(format!("{password}\n").as_bytes()).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    logs::file("commands").write_all(&output.stderr).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn client(server: &Process, token: Option<&str>) -> Client {
    Client::new(reqwest::Client::new(), server.url(), token.map(str::to_owned))
}

async fn login(server: &Process, username: &str, password: &str) -> String {
    let body = json!({ "username": username, "password": password });
    let answer = client(server, None).post("/api/auth/login", body).await.ok(200);
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn socket(server: &Process, path: &str, token: &str) -> Socket {
    Socket::open(&format!("ws://{}{path}?token={token}", server.address)).await
}

fn password() -> String {
    format!("pw-{}", uuid::Uuid::new_v4())
}

#[test]
fn the_settings_are_printed_with_secrets_masked() {
    let dir = TempDir::new().unwrap();
    let secret = "kX9!vQ2#mZ7$pL4@wR8%tY6^uI3&oA5*";
    let mut command = program(&dir, &["config"]);
    command
        .env("COLLOQUY_SECRET", secret)
        .env("COLLOQUY_SETUP_CODE", "sesame-open-wide");
    let (code, printed, complained) = run(&mut command);
    assert_eq!(code, Some(0), "{complained}");
    assert!(printed.contains("listen = \"127.0.0.1:8000\""), "{printed}");
    for text in [&printed, &complained] {
        assert!(!text.contains(secret) && !text.contains("sesame"), "{text}");
    }
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let dir = TempDir::new().unwrap();
    let listens = |command: &mut Command| {
        run(command)
            .1
            .lines()
            .find(|line| line.starts_with("listen ="))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        listens(&mut program(&dir, &["config"])),
        "listen = \"127.0.0.1:8000\""
    );
    std::fs::write(dir.path().join("colloquy.toml"), "listen = \"127.0.0.1:1001\"\n").unwrap();
    assert_eq!(
        listens(&mut program(&dir, &["config"])),
        "listen = \"127.0.0.1:1001\""
    );
    let mut by_environment = program(&dir, &["config"]);
    by_environment.env("COLLOQUY_LISTEN", "127.0.0.1:1002");
    assert_eq!(listens(&mut by_environment), "listen = \"127.0.0.1:1002\"");
    let mut by_flag = program(&dir, &["config", "--listen", "127.0.0.1:1003"]);
    by_flag.env("COLLOQUY_LISTEN", "127.0.0.1:1002");
    assert_eq!(listens(&mut by_flag), "listen = \"127.0.0.1:1003\"");
}

#[test]
fn every_limit_has_a_variable() {
    let dir = TempDir::new().unwrap();
    let printed = run(&mut program(&dir, &["config"])).1;
    let mut keys = 0;
    for line in printed.lines() {
        let (key, value) = line
            .trim_start_matches("# ")
            .split_once(" =")
            .expect("key and value");
        let value = value.trim().trim_matches('"');
        // Not set, a list, or masked.
        if value.is_empty() || value.starts_with('[') || value.contains('•') {
            continue;
        }
        let mut command = program(&dir, &["config"]);
        command.env(format!("COLLOQUY_{}", key.to_uppercase()), value);
        let (code, _, complained) = run(&mut command);
        assert_eq!(code, Some(0), "{key}: {complained}");
        keys += 1;
    }
    assert!(keys > 40, "{keys} settings");
}

#[test]
fn what_is_not_known_or_not_right_is_an_error() {
    let dir = TempDir::new().unwrap();
    for (name, value) in [
        ("COLLOQUY_LISTN", "127.0.0.1:1"),
        ("COLLOQUY_LISTEN", "nowhere"),
        ("COLLOQUY_REQUESTS_PER_USER", "many"),
        ("COLLOQUY_LOG", "api=loud"),
    ] {
        let mut command = program(&dir, &["config"]);
        command.env(name, value);
        let (code, _, complained) = run(&mut command);
        assert_ne!(code, Some(0), "{name}={value}");
        let key = name.trim_start_matches("COLLOQUY_");
        assert!(
            complained.to_uppercase().contains(key),
            "{name}={value}: {complained}"
        );
    }
    std::fs::write(dir.path().join("colloquy.toml"), "listn = \"127.0.0.1:1\"\n").unwrap();
    let (code, _, complained) = run(&mut program(&dir, &["config"]));
    assert_ne!(code, Some(0));
    assert!(
        complained.contains("listn") && complained.contains("colloquy.toml"),
        "{complained}"
    );
}

#[test]
fn a_weak_or_sample_secret_refuses_to_start() {
    let dir = TempDir::new().unwrap();
    let a = "a".repeat(64);
    let sample = "change-me-change-me-change-me-change-me";
    for weak in [
        "secret",
        "short-but-random-9x!",
        &a,
        sample,
        "0123456789012345678901234567890123456789",
    ] {
        let mut command = program(&dir, &["serve", "--listen", "127.0.0.1:0"]);
        command.env("COLLOQUY_SECRET", weak);
        let (code, _, complained) = run(&mut command);
        assert!(!matches!(code, Some(0) | None), "{weak}");
        assert!(complained.contains("secret"), "{complained}");
        assert!(weak == "secret" || !complained.contains(weak), "{complained}");
    }
}

#[test]
fn a_migration_is_done_once() {
    let dir = TempDir::new().unwrap();
    database::leave_empty(dir.path());
    let first = succeed(&dir, &["migrate"], None);
    let second = succeed(&dir, &["migrate"], None);
    assert_ne!(first, second);
    assert!(second.contains('0'), "{second}");
}

#[test]
fn what_is_kept_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    server.kill();
    let mut files = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert!(
            mode == 0o600 || entry.metadata().unwrap().is_dir(),
            "{:?} has {mode:o}",
            entry.path()
        );
        files += 1;
    }
    assert!(files >= 2, "a database and a key");
}

#[tokio::test]
async fn the_first_account_from_elsewhere_takes_the_printed_code() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let line = server.line("set-up code");
    let code = line.rsplit(' ').next().unwrap();
    let body = json!({ "username": "far.away", "password": password(), "setup_code": code });
    let request = client(&server, None).request(reqwest::Method::POST, "/api/auth/register");
    let answer = request
        .header("x-forwarded-for", "203.0.113.5")
        .json(&body)
        .send()
        .await
        .ok(201);
    assert_eq!(answer["user"]["platform_admin"], true);
    server.kill();
}

#[tokio::test]
async fn accounts_are_made_and_promoted_beside_a_running_server() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let (one, two) = (password(), password());
    succeed(
        &dir,
        &["admin", "create-user", "root.user", "--admin", "--password-stdin"],
        Some(&one),
    );
    succeed(
        &dir,
        &["admin", "create-user", "plain.user", "--password-stdin"],
        Some(&two),
    );
    let token = login(&server, "root.user", &one).await;
    client(&server, Some(&token))
        .get("/api/admin/users")
        .await
        .ok(200);
    let token = login(&server, "plain.user", &two).await;
    let plain = client(&server, Some(&token));
    plain.get("/api/admin/users").await.refused(403, "admin_required");
    succeed(&dir, &["admin", "promote", "plain.user"], None);
    plain.get("/api/admin/users").await.ok(200);
    let (code, _, complained) = run(&mut program(&dir, &["admin", "promote", "nobody.here"]));
    assert_eq!(code, Some(1), "{complained}");
    server.kill();
}

#[tokio::test]
async fn a_password_set_by_the_operator_closes_the_persons_sockets() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let (old, new) = (password(), password());
    succeed(
        &dir,
        &["admin", "create-user", "person", "--password-stdin"],
        Some(&old),
    );
    let token = login(&server, "person", &old).await;
    let mut open = socket(&server, "/api/ws/notifications", &token).await;
    open.next_of("connection_established").await;
    succeed(
        &dir,
        &["admin", "set-password", "person", "--password-stdin"],
        Some(&new),
    );
    open.expect_close(4001).await;
    client(&server, Some(&token))
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    login(&server, "person", &new).await;
    server.kill();
}

#[tokio::test]
async fn a_new_epoch_beside_a_running_server_makes_clients_load_anew() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let secret = password();
    succeed(
        &dir,
        &["admin", "create-user", "person", "--password-stdin"],
        Some(&secret),
    );
    let token = login(&server, "person", &secret).await;
    let person = client(&server, Some(&token));
    let bot = person.post("/api/bots", json!({ "name": "Bot" })).await.ok(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut open = socket(&server, &format!("/api/ws/chat/{bot}"), &token).await;
    let epoch = open.next_of("connection_established").await["data"]["epoch"]
        .as_str()
        .unwrap()
        .to_owned();
    succeed(&dir, &["admin", "new-epoch"], None);
    let begun = std::time::Instant::now();
    loop {
        let page = person
            .get(&format!("/api/bots/{bot}/events?since=0&epoch={epoch}"))
            .await
            .ok(200);
        if page["epoch"] != epoch.as_str() {
            assert_eq!(
                (&page["complete"], &page["events"]),
                (&Value::Bool(false), &json!([]))
            );
            break;
        }
        assert!(
            begun.elapsed() < std::time::Duration::from_millis(1500),
            "still the old epoch"
        );
    }
    server.kill();
}

#[tokio::test]
async fn a_stop_tells_every_socket_and_ends_with_0() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let secret = password();
    succeed(
        &dir,
        &["admin", "create-user", "person", "--password-stdin"],
        Some(&secret),
    );
    let token = login(&server, "person", &secret).await;
    let mut sockets = Vec::new();
    for _ in 0..10 {
        let mut open = socket(&server, "/ws/notifications", &token).await;
        open.next_of("connection_established").await;
        sockets.push(open);
    }
    server.terminate();
    for mut open in sockets {
        open.expect_close(1001).await;
    }
    let asked = std::time::Instant::now();
    assert_eq!(server.wait().code(), Some(0));
    assert!(asked.elapsed() < std::time::Duration::from_secs(10));
}
