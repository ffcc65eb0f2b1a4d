//! A PostgreSQL server with an empty data folder. For tests it does not wait for the disk: they kill processes, not machines, and
//! what a process has written outlives it. For the benchmark it does.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::child::{Child, free_port, hand_over, unprivileged};

const NEEDED: &str = "PostgreSQL is needed for these tests: install Debian's package `postgresql`, or run scripts/test.sh, which does";

/// How the folders of servers are named, before the number of their process.
const FOLDERS: &str = "colloquy-postgres-";

pub struct Postgres {
    folder: TempDir,
    password: String,
    port: u16,
    /// Whether a commit waits for the disk.
    syncs: bool,
    server: Option<Child>,
}

/// A program of PostgreSQL's: the newest version that Debian's packages brought, or what is on the path.
fn find(name: &str) -> Option<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin").join(name))
        .filter(|path| path.is_file())
        .collect();
    versions.sort();
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    };
    versions.pop().or_else(on_path)
}

fn program(name: &str) -> PathBuf {
    find(name).expect(NEEDED)
}

/// Removes what processes that have ended left behind: one that is over does not clean up after a server that it shared.
fn sweep(parent: &Path) {
    for entry in std::fs::read_dir(parent).unwrap().flatten() {
        let name = entry.file_name();
        let process = name
            .to_str()
            .and_then(|name| name.strip_prefix(FOLDERS)?.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            // Another process may be at it, too.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

impl Postgres {
    /// A new server. Panics when PostgreSQL is not there: a test that is left out proves nothing.
    pub fn start() -> Self {
        Self::start_in(&std::env::temp_dir())
    }

    /// The same with its data below this folder, which may be on a small disk.
    pub fn start_in(parent: &Path) -> Self {
        Self::make(parent, false)
    }

    /// One whose every commit waits for the disk that this folder is on, as PostgreSQL does by default: for measurements. The folder
    /// must be open to users without rights when this process is root's.
    pub fn start_synced_in(parent: &Path) -> Self {
        Self::make(parent, true)
    }

    /// Whether `start` finds what it needs.
    pub fn is_installed() -> bool {
        ["initdb", "postgres"]
            .iter()
            .all(|program| find(program).is_some())
    }

    fn make(parent: &Path, syncs: bool) -> Self {
        sweep(parent);
        let prefix = format!("{FOLDERS}{}-", std::process::id());
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(parent)
            .unwrap();
        hand_over(folder.path());
        let password = uuid::Uuid::new_v4().simple().to_string();
        let password_file = folder.path().join("password");
        std::fs::write(&password_file, &password).unwrap();
        hand_over(&password_file);
        let mut made = unprivileged(&program("initdb"));
        made.current_dir(folder.path())
            .args([
                "--pgdata",
                "data",
                "--username",
                "colloquy",
                "--pwfile",
                "password",
            ])
            .args([
                "--auth",
                "password",
                "--encoding",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ]);
        let made = made.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut postgres = Self {
            folder,
            password,
            port: free_port(),
            syncs,
            server: None,
        };
        postgres.resume();
        postgres
    }

    /// Starts it (again), on the same port and data.
    pub fn resume(&mut self) {
        self.server = Some(Child::start(self.command(), "ready to accept connections"));
    }

    fn command(&self) -> Command {
        let mut command = unprivileged(&program("postgres"));
        command
            .current_dir(self.folder.path())
            .args(["-D", "data", "-p", &self.port.to_string()]);
        let durability = if self.syncs {
            ["fsync=on", "full_page_writes=on", "synchronous_commit=on"]
        } else {
            ["fsync=off", "full_page_writes=off", "synchronous_commit=on"]
        };
        for setting in durability.into_iter().chain([
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=400",
            "shared_buffers=64MB",
            "max_wal_size=4GB",
            "autovacuum_naptime=10s",
        ]) {
            command.args(["-c", setting]);
        }
        command
    }

    /// Starts it again if it has ended by itself.
    pub fn revive(&mut self) {
        if self.process().has_ended() {
            self.resume();
        }
    }

    /// Sudden death of all that belongs to it.
    pub fn die(&mut self) {
        let server = self.server.take().expect("it runs");
        // It must not start others in place of those that go first.
        server.signal("STOP");
        server.signal_all("KILL");
        server.wait();
    }

    /// The server's process, for signals.
    pub fn process(&self) -> &Child {
        self.server.as_ref().expect("it runs")
    }

    /// Ends it: `INT` is a fast stop, `KILL` a sudden death.
    pub fn end(&mut self, signal: &str) {
        self.server.take().expect("it runs").end(signal);
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://colloquy:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            // Its own children see that it is gone, and go.
            server.end("KILL");
        }
    }
}
