//! A server as a child of this process: it runs as somebody without rights when the tests are run by root (PostgreSQL refuses to
//! be root), and is killed by the system when this process ends, however that ends.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// `nobody` and `nogroup` of Debian.
const NOBODY: u32 = 65_534;

pub struct Child {
    id: u32,
    ended: mpsc::Receiver<()>,
}

/// The same command, as a user who may run servers.
pub(crate) fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Leaves a folder to that user.
pub(crate) fn hand_over(folder: &Path) {
    if is_root() {
        chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// A port that nothing listens on, below those that the system gives to connections (32,768 and up): nobody takes it by accident
/// while its server is away.
pub fn free_port() -> u16 {
    // Each once in this process: a server that is away, or on its way, keeps its own.
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let chance = uuid::Uuid::new_v4().as_u128() % 17_000;
        let port = 15_000 + u16::try_from(chance).unwrap();
        let fresh = GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port);
        if fresh && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .unwrap()
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
}

/// Those of which this process is the parent.
fn children(id: u32) -> Vec<u32> {
    let parent = id.to_string();
    let is_child = |stat: String| {
        // The name in brackets may hold anything; the state and the parent come after it.
        let (_, rest) = stat.rsplit_once(')')?;
        (rest.split_whitespace().nth(1)? == parent).then_some(())
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            is_child(std::fs::read_to_string(entry.path().join("stat")).ok()?).map(|()| id)
        })
        .collect()
}

impl Child {
    /// Starts it and waits for a line that holds `ready`. Panics with what it said instead.
    pub(crate) fn start(mut command: Command, ready: &'static str) -> Self {
        let (told, heard) = mpsc::channel();
        let (over, ended) = mpsc::channel();
        // A thread of its own, for as long as the server lives: the system kills the child when its parent thread ends.
        std::thread::spawn(move || {
            let (output, said_here) = std::io::pipe().unwrap();
            let mut child = command
                .stdin(Stdio::null())
                .stdout(said_here.try_clone().unwrap())
                .stderr(said_here)
                .spawn()
                .unwrap_or_else(|why| panic!("cannot start {command:?}: {why}"));
            // With it goes this process's own end of the pipe: else there would never be an end to what is said.
            drop(command);
            let id = child.id();
            let mut said = String::new();
            let mut waiting = true;
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if !waiting {
                    continue;
                }
                said += &line;
                said.push('\n');
                if line.contains(ready) {
                    waiting = false;
                    let _ = told.send(Ok(id));
                }
            }
            if waiting {
                let _ = told.send(Err(said));
            }
            let _ = child.wait();
            let _ = over.send(());
        });
        match heard.recv_timeout(PATIENCE) {
            Ok(Ok(id)) => Self { id, ended },
            Ok(Err(said)) => panic!("a server did not start:\n{said}"),
            Err(_) => panic!("a server took too long to start"),
        }
    }

    /// Starts it with the streams that it was given, but for its standard output: whoever asked gets that line by line.
    pub(crate) fn followed(mut command: Command, mut hear: impl FnMut(String) + Send + 'static) -> Self {
        let (told, heard) = mpsc::channel();
        let (over, ended) = mpsc::channel();
        // As above.
        std::thread::spawn(move || {
            let mut child = command
                .stdout(Stdio::piped())
                .spawn()
                .unwrap_or_else(|why| panic!("cannot start {command:?}: {why}"));
            // What was handed to it is its own now.
            drop(command);
            let _ = told.send(child.id());
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            lines.map_while(Result::ok).for_each(&mut hear);
            let _ = child.wait();
            let _ = over.send(());
        });
        let id = heard.recv().expect("a server starts");
        Self { id, ended }
    }

    /// Of its process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.id.to_string()])
            .status()
            .unwrap();
        assert!(status.success(), "kill -{name}");
    }

    /// The same to it and to the processes that it has started: PostgreSQL's own do the work, and go on while it is stopped.
    pub fn signal_all(&self, name: &str) {
        let mut ids = children(self.id);
        ids.push(self.id);
        let ids = ids.iter().map(u32::to_string);
        // One of the children may have ended in the meantime.
        let _ = Command::new("kill")
            .arg(format!("-{name}"))
            .args(ids)
            .stderr(Stdio::null())
            .status()
            .unwrap();
    }

    /// Whether it has ended, by itself too.
    pub fn has_ended(&self) -> bool {
        !Path::new("/proc").join(self.id.to_string()).exists()
    }

    /// Ends it with this signal, and waits for its end.
    pub fn end(self, name: &str) {
        self.signal(name);
        self.wait();
    }

    /// Waits for its end.
    pub(crate) fn wait(self) {
        self.ended.recv().unwrap();
    }
}
