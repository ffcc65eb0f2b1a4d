//! The real program as a process of its own: for signals, the command line, and sudden death. What it prints goes to the logs
//! that are searched for secrets.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::database::{SECRET, bus, url_of};
use crate::{DEADLINE, logs};

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_secs(30);

pub struct Process {
    child: Child,
    pub address: SocketAddr,
    heard: mpsc::Receiver<String>,
    followers: Vec<JoinHandle<()>>,
}

/// The program with no settings from this process's own environment, but for the database and the bus that the tests run on.
pub fn command(program: &str, data_dir: &Path) -> Command {
    let mut command = plain(program, data_dir);
    command.envs(chosen(data_dir));
    command
}

/// The program with no settings from this process's own environment: over a file in the folder.
pub fn plain(program: &str, data_dir: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COLLOQUY_")) {
        command.env_remove(name);
    }
    command
        .current_dir(data_dir)
        .env("COLLOQUY_DATA_DIR", data_dir)
        .env("COLLOQUY_LOG", "trace");
    command.stdin(Stdio::null());
    command
}

/// The settings that say which database and which bus goes with a data folder, by what the tests run on.
pub fn chosen(data_dir: &Path) -> Vec<(&'static str, String)> {
    let Some(url) = url_of(data_dir) else {
        return Vec::new();
    };
    let mut settings = vec![
        ("COLLOQUY_DATABASE_URL", url),
        ("COLLOQUY_SECRET", SECRET.to_owned()),
    ];
    settings.extend(bus().map(|url| ("COLLOQUY_REDIS_URL", url)));
    settings
}

/// Runs a command that ends by itself.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the program runs");
    let mut log = logs::file(&format!("command-{}", std::process::id()));
    log.write_all(&output.stderr).unwrap();
    output
}

impl Process {
    /// Starts `program` (`env!("CARGO_BIN_EXE_colloquy-under-test")`) on a free port and waits until it says where it listens.
    pub fn start(program: &str, data_dir: &Path) -> Self {
        Self::spawn(command(program, data_dir).env("COLLOQUY_LISTEN", "127.0.0.1:0"))
    }

    pub fn spawn(command: &mut Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (lines, heard) = mpsc::channel();
        let mut process = Self {
            child,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
            heard,
            followers: Vec::new(),
        };
        let id = process.id();
        let stdout = follow(process.child.stdout.take().unwrap(), id, lines.clone());
        let stderr = follow(process.child.stderr.take().unwrap(), id, lines);
        process.followers.extend([stdout, stderr]);
        let line = process.line_within("listens on", START);
        process.address = listening(&line).unwrap_or_else(|| panic!("no address in `{line}`"));
        process
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next line it prints that holds this text.
    pub fn line(&self, text: &str) -> String {
        self.line_within(text, DEADLINE)
    }

    fn line_within(&self, text: &str, each: Duration) -> String {
        loop {
            let line = self
                .heard
                .recv_timeout(each)
                .unwrap_or_else(|_| panic!("no line with `{text}`"));
            if line.contains(text) {
                return line;
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, and the end of it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Its end; all that it printed is in the logs then.
    pub fn wait(mut self) -> ExitStatus {
        self.ended()
    }

    /// The same, for who has it in a list.
    pub fn ended(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        for follower in std::mem::take(&mut self.followers) {
            follower.join().unwrap();
        }
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A failed test must not leave it running; one that has ended already is no matter.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies what it prints to the logs for as long as it lives.
fn follow(pipe: impl std::io::Read + Send + 'static, id: u32, lines: mpsc::Sender<String>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut log = logs::file(&id.to_string());
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            log.write_all(format!("{line}\n").as_bytes()).unwrap();
            // Nobody may listen any more.
            let _ = lines.send(line);
        }
    })
}

/// The address in the line that says where the server listens.
fn listening(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once("://")?;
    let end = address.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ':')));
    address[..end.unwrap_or(address.len())].parse().ok()
}
