//! A Redis server that keeps nothing. It wants a password, so that tests see where passwords turn up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use crate::child::{Child, free_port, hand_over, unprivileged};
use crate::choice::choice;
use crate::databases::is_postgres;

const NEEDED: &str = "Redis is needed for these tests: install Debian's package `redis-server`, or run scripts/test.sh, which does";

const CERT: &str = "cert.pem";
const KEY: &str = "key.pem";

pub struct Redis {
    password: String,
    port: u16,
    /// Its certificate and key, if it speaks TLS.
    tls: Option<TempDir>,
    server: Option<Child>,
}

pub(crate) fn is_asked_for() -> bool {
    choice("COLLOQUY_TEST_BUS", &["redis"]).is_some()
}

/// Whether the nodes of this process's tests meet on Redis: `COLLOQUY_TEST_BUS=redis`, on PostgreSQL.
pub fn is_redis() -> bool {
    is_postgres() && is_asked_for()
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([Path::new("/usr/bin").to_owned()])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

fn program(name: &str) -> PathBuf {
    find(name).expect(NEEDED)
}

impl Redis {
    /// A new server. Panics when Redis is not there: a test that is left out proves nothing.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// Whether `start` finds what it needs.
    pub fn is_installed() -> bool {
        find("redis-server").is_some()
    }

    /// One that speaks TLS alone, with this certificate for `localhost` and its key, in PEM.
    pub fn start_tls(cert: &str, key: &str) -> Self {
        let folder = TempDir::new().unwrap();
        hand_over(folder.path());
        for (name, text) in [(CERT, cert), (KEY, key)] {
            std::fs::write(folder.path().join(name), text).unwrap();
            hand_over(&folder.path().join(name));
        }
        Self::with(Some(folder))
    }

    fn with(tls: Option<TempDir>) -> Self {
        let mut redis = Self {
            password: uuid::Uuid::new_v4().simple().to_string(),
            port: free_port(),
            tls,
            server: None,
        };
        redis.resume();
        redis
    }

    /// The address of the one for all tests of this process; their installations do not hear each other.
    pub fn shared() -> String {
        static SHARED: Mutex<Option<Redis>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.get_or_insert_with(Self::start).url()
    }

    /// Starts it (again), on the same port.
    pub fn resume(&mut self) {
        let mut command = unprivileged(&program("redis-server"));
        let port = self.port.to_string();
        match &self.tls {
            None => command.current_dir("/").args(["--port", &port]),
            Some(folder) => command
                .current_dir(folder)
                .args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"])
                .args([
                    "--tls-cert-file",
                    CERT,
                    "--tls-key-file",
                    KEY,
                    "--tls-ca-cert-file",
                    CERT,
                ]),
        };
        command
            .args(["--bind", "127.0.0.1", "--requirepass", &self.password])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"]);
        self.server = Some(Child::start(command, "Ready to accept connections"));
    }

    /// The server's process, for signals.
    pub fn process(&self) -> &Child {
        self.server.as_ref().expect("it runs")
    }

    /// Stops it where it stands: connections stay, and nothing is answered.
    pub fn pause(&self) {
        self.process().signal("STOP");
    }

    /// Lets a paused one go on.
    pub fn go_on(&self) {
        self.process().signal("CONT");
    }

    /// Ends it: `TERM` is an orderly stop, `KILL` a sudden death.
    pub fn end(&mut self, signal: &str) {
        self.server.take().expect("it runs").end(signal);
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    pub fn url(&self) -> String {
        match self.tls {
            None => format!("redis://:{}@127.0.0.1:{}", self.password, self.port),
            Some(_) => format!("rediss://:{}@localhost:{}", self.password, self.port),
        }
    }

    /// Has it do a command; what it says to that, line by line. Blocks.
    pub fn command(&self, words: &[&str]) -> Vec<String> {
        let output = Command::new(program("redis-cli"))
            .env("REDISCLI_AUTH", &self.password)
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(words)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && !said.starts_with("ERR"),
            "{words:?}: {said}"
        );
        said.lines().map(str::to_owned).collect()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.end("KILL");
        }
    }
}
