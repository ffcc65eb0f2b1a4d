//! The balancer of `compose.yaml` in front of nodes of a test: HAProxy, with the very `deploy/haproxy.cfg`. All that differs is what
//! that file takes from the environment.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::child::{Child, hand_over, unprivileged};
use crate::choice::choice;

const NEEDED: &str = "HAProxy is needed for these tests: install Debian's package `haproxy`, or run scripts/test.sh, which does";

/// How long anything may take, checks of a node that does not answer included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether tests are to reach their servers through a balancer: `COLLOQUY_TEST_PROXY=haproxy`.
pub fn is_proxied() -> bool {
    choice("COLLOQUY_TEST_PROXY", &["haproxy"]).is_some()
}

pub struct Proxy {
    address: SocketAddr,
    folder: TempDir,
    heard: Mutex<mpsc::Receiver<String>>,
    server: Option<Child>,
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders
        .map(|folder| folder.join("haproxy"))
        .find(|program| program.is_file())
        .expect(NEEDED)
}

impl Proxy {
    /// What it is run with, as it is in the repository.
    pub fn configuration() -> String {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/haproxy.cfg");
        std::fs::read_to_string(path).unwrap()
    }

    /// In front of these nodes, `node-a` and `node-b` (for a single one: twice the same). What it says goes to `log`. Blocks until it answers; panics when
    /// HAProxy is not there: a test that is left out proves nothing.
    pub fn start(nodes: [SocketAddr; 2], log: File) -> Self {
        // It is given an open listener for its standard input, so that nobody else can get the port in between.
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::Builder::new()
            .prefix("colloquy-proxy-")
            .tempdir()
            .unwrap();
        hand_over(folder.path());
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, Self::configuration()).unwrap();
        hand_over(&file);

        let mut command = unprivileged(&program());
        command
            .current_dir(folder.path())
            .args(["-db", "-f", "haproxy.cfg"])
            .env("PROXY_BIND", "fd@0")
            .env("PROXY_NODE_A", nodes[0].to_string())
            .env("PROXY_NODE_B", nodes[1].to_string())
            .env("PROXY_SOCKET", folder.path().join("socket"))
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stderr(log.try_clone().unwrap());
        let (lines, heard) = mpsc::channel();
        let mut log = log;
        let server = Child::followed(command, move |line| {
            log.write_all(format!("{line}\n").as_bytes()).unwrap();
            // Nobody may listen any more.
            let _ = lines.send(line);
        });
        let proxy = Self {
            address,
            folder,
            heard: Mutex::new(heard),
            server: Some(server),
        };
        proxy.wait();
        proxy
    }

    /// Where clients come.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next line of its log that holds this text. It writes one for each request, and for each node that comes or goes.
    pub fn line(&self, text: &str) -> String {
        let began = Instant::now();
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let line = heard
                .recv_timeout(PATIENCE.saturating_sub(began.elapsed()))
                .unwrap_or_else(|_| panic!("the balancer did not say `{text}`"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// What it said so far is no answer to what is asked of it from here on.
    pub fn forget(&self) {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.try_iter().for_each(drop);
    }

    /// What its operator would be told, for instance `show stat`.
    pub fn ask(&self, command: &str) -> String {
        ask(&self.folder.path().join("socket"), command)
    }

    /// Its listener takes connections before it does; it has read its configuration when it answers one. It is asked something that
    /// it answers itself: a node may be of this very thread.
    fn wait(&self) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"?\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        assert!(
            read.is_ok() && answer.starts_with(b"HTTP/1.1 400"),
            "HAProxy does not answer ({read:?}); its reasons are among the logs of the tests"
        );
    }
}

fn ask(socket: &Path, command: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("{command}\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.end("KILL");
        }
    }
}
