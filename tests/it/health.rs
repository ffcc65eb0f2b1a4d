//! The program asked for its health by itself, as a container does.

use tempfile::TempDir;
use tests::database::SECRET;
use tests::{Process, logs, process};

use crate::tls_kit::{Authority, PROGRAM};

/// Exit code, what was printed, and what was complained of.
fn ask(settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let dir = TempDir::new().unwrap();
    let mut command = process::command(PROGRAM, dir.path());
    let output = process::run(
        command
            .arg("health")
            .env("COLLOQUY_LOG", "info")
            .envs(settings.iter().copied()),
    );
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_server_that_runs_is_ready_and_one_that_is_gone_is_not() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let listen = server.address.to_string();
    assert_eq!(
        ask(&[("COLLOQUY_LISTEN", &listen)]),
        (Some(0), "ready\n".into(), String::new())
    );
    // One that listens everywhere is asked on this machine, and never by way of a proxy.
    let everywhere = format!("0.0.0.0:{}", server.address.port());
    let nowhere = "http://127.0.0.1:1";
    assert_eq!(
        ask(&[("COLLOQUY_LISTEN", &everywhere), ("HTTP_PROXY", nowhere)]).0,
        Some(0)
    );
    let address = server.address;
    server.kill();
    // Bound and not listening: nobody else is given the port meanwhile.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.set_reuseaddr(true).unwrap();
    held.bind(address).unwrap();
    let (code, said, complaint) = ask(&[("COLLOQUY_LISTEN", &listen)]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(
        complaint.starts_with(&format!(
            "colloquy: no server answers at http://{listen}/health/ready"
        )),
        "{complaint}"
    );
}

#[test]
fn a_server_with_a_certificate_for_its_public_name_is_asked_all_the_same() {
    let authority = Authority::new();
    authority.issue();
    let dir = TempDir::new().unwrap();
    let server = authority.process(&dir);
    let listen = server.address.to_string();
    let (cert, key) = (authority.cert(), authority.key());
    let settings = [
        ("COLLOQUY_LISTEN", listen.as_str()),
        ("COLLOQUY_TLS_CERT", cert.to_str().unwrap()),
        ("COLLOQUY_TLS_KEY", key.to_str().unwrap()),
    ];
    assert_eq!(ask(&settings), (Some(0), "ready\n".into(), String::new()));
    server.kill();
}

#[test]
fn a_server_without_its_database_is_not_ready() {
    let mut postgres = services::Postgres::start();
    let url = postgres.url("postgres");
    logs::issued(url.split([':', '@']).nth(2).unwrap());
    let dir = TempDir::new().unwrap();
    let server = Process::spawn(
        process::command(PROGRAM, dir.path())
            .env("COLLOQUY_LISTEN", "127.0.0.1:0")
            .env("COLLOQUY_DATABASE_URL", &url)
            .env("COLLOQUY_SECRET", SECRET),
    );
    let listen = server.address.to_string();
    let settings = [("COLLOQUY_LISTEN", listen.as_str())];
    assert_eq!(ask(&settings).0, Some(0));
    postgres.end("INT");
    let (code, _, complaint) = ask(&settings);
    assert_eq!(code, Some(1));
    assert!(
        complaint.ends_with("is not ready: 503 Service Unavailable\n"),
        "{complaint}"
    );
    server.kill();
}
