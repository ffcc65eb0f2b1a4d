//! A thousand readers of one bot on a real server process: bare sockets that write down what comes, resume after a crash, and
//! tell where they are. What they must have seen is `engine`'s and the judge's matter.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::judge::{Reader, Received};
use tests::load::{Load, Person, Phase, Size};
use tests::{Client, Process, process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use websocket::Opcode;
use websocket::client::{NoHeader, masked, server_header};

use crate::sockets_kit::received;

pub const READERS: usize = 1000;
/// The default limit of one person's sockets on one bot.
pub const EACH: usize = 16;
/// How long a crowd on two busy cores may need for what takes a moment.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Handshakes on their way at once.
const AT_ONCE: usize = 32;

/// A server with one bot, and people who have sixteen sockets each.
pub struct Stage {
    pub server: Option<Process>,
    pub load: Load,
    dir: TempDir,
    settings: Vec<(&'static str, &'static str)>,
}

impl Stage {
    pub async fn start(settings: &[(&'static str, &'static str)]) -> Self {
        rlimit::increase_nofile_limit(4096).unwrap();
        let dir = tempfile::tempdir().unwrap();
        // It starts again on the same one: nobody may take it while it is away.
        let address = (std::net::Ipv4Addr::LOCALHOST, services::free_port()).into();
        let server = spawn(dir.path(), settings, address).await;
        let people = READERS.div_ceil(EACH);
        let size = Size {
            bots: 1,
            writers: people,
            readers: people,
        };
        let load = Load::set_up(&server.address.to_string(), size).await.unwrap();
        Self {
            server: Some(server),
            load,
            dir,
            settings: settings.to_vec(),
        }
    }

    /// `kill -9`, and the same place again. Readers and writers wait meanwhile.
    pub async fn kill(&mut self, phase: &watch::Sender<Phase>) {
        phase.send_replace(Phase::Down);
        let server = self.server.take().unwrap();
        let address = server.address;
        tokio::task::spawn_blocking(move || server.kill()).await.unwrap();
        self.server = Some(spawn(self.dir.path(), &self.settings, address).await);
        phase.send_replace(Phase::Up);
    }

    pub fn client(&self, person: &Person) -> Client {
        let url = format!("http://{}", self.load.address);
        Client::new(self.load.http.clone(), url, Some(person.token.clone()))
    }

    pub async fn id_of(&self, person: &Person) -> String {
        let me = self.client(person).get("/api/auth/me").await.ok(200);
        me["id"].as_str().expect("an id").to_owned()
    }
}

async fn spawn(dir: &Path, settings: &[(&'static str, &'static str)], address: SocketAddr) -> Process {
    let mut command = process::command(env!("CARGO_BIN_EXE_colloquy-under-test"), dir);
    command
        .env("COLLOQUY_LISTEN", address.to_string())
        // Tracing every delivery would be most of the work.
        .env("COLLOQUY_LOG", "info")
        .env("COLLOQUY_REQUESTS_PER_USER", "1000000")
        .env("COLLOQUY_REQUESTS_PER_ADDRESS", "1000000")
        .env("COLLOQUY_ARGON2_MEMORY", "64KiB")
        .env("COLLOQUY_ARGON2_PASSES", "1")
        .envs(settings.iter().copied());
    tokio::task::spawn_blocking(move || Process::spawn(&mut command))
        .await
        .unwrap()
}

/// Readers by their places, of which each person has sixteen.
pub struct Crowd {
    pub readers: Vec<Member>,
}

pub struct Member {
    pub person: usize,
    /// The number up to which it has everything; none before its first greeting.
    pub position: watch::Receiver<Option<u64>>,
    task: JoinHandle<Seen>,
}

/// One reader's side of the run, and the code that ended it.
pub struct Seen {
    pub reader: Reader,
    pub code: u16,
    pub connections: usize,
}

impl Seen {
    /// The last event that came.
    pub fn last(&self) -> Option<u64> {
        let events = self.reader.frames.iter().rev();
        let mut numbers = events.filter_map(|frame| match frame {
            Received::Event { seq, .. } => Some(*seq),
            Received::Greeting { .. } | Received::ReplayComplete { .. } | Received::Pong { .. } => None,
        });
        numbers.next()
    }
}

impl Crowd {
    /// One reader for each of these places; returns when all of them are greeted.
    pub async fn gather(
        stage: &Stage,
        places: impl Iterator<Item = usize>,
        phase: &watch::Receiver<Phase>,
    ) -> Self {
        let doors = Arc::new(Semaphore::new(AT_ONCE));
        let address: SocketAddr = stage.load.address.parse().unwrap();
        let readers = places.map(|place| {
            let person = place / EACH;
            let who = &stage.load.people[person];
            let (told, position) = watch::channel(None);
            let watcher = Watcher {
                address,
                path: format!("/api/ws/chat/{}", stage.load.bots[0].id),
                token: who.token.clone(),
                doors: doors.clone(),
                epoch: None,
                position: told,
                seen: Seen {
                    reader: Reader {
                        user: who.name.clone(),
                        ..Reader::default()
                    },
                    code: 0,
                    connections: 0,
                },
            };
            Member {
                person,
                position,
                task: tokio::spawn(watcher.watch(phase.clone())),
            }
        });
        let crowd = Self {
            readers: readers.collect(),
        };
        crowd.reach(0).await;
        crowd
    }

    /// Waits until every reader has everything up to this number.
    pub async fn reach(&self, seq: u64) {
        let all = self.readers.iter().map(|reader| reader.reach(seq));
        timeout(PATIENCE, join_all(all))
            .await
            .expect("all of them, in time");
    }

    /// Takes out one person's readers, who are about to end, and waits for that.
    pub async fn ended(&mut self, person: usize) -> Vec<Seen> {
        let (gone, rest) = std::mem::take(&mut self.readers)
            .into_iter()
            .partition(|reader| reader.person == person);
        self.readers = rest;
        Self { readers: gone }.end().await
    }

    /// Waits until all have ended.
    pub async fn end(self) -> Vec<Seen> {
        let tasks = self.readers.into_iter().map(|reader| reader.task);
        let ended = timeout(PATIENCE, join_all(tasks)).await;
        let ended = ended.expect("an end in time").into_iter();
        ended.map(|seen| seen.expect("no panic")).collect()
    }
}

impl Member {
    pub async fn reach(&self, seq: u64) {
        let mut position = self.position.clone();
        let reached = position.wait_for(|position| *position >= Some(seq)).await;
        assert!(
            reached.is_ok(),
            "it ended at {:?}, before {seq}",
            self.position.borrow()
        );
    }
}

struct Watcher {
    address: SocketAddr,
    path: String,
    token: String,
    doors: Arc<Semaphore>,
    epoch: Option<String>,
    position: watch::Sender<Option<u64>>,
    seen: Seen,
}

impl Watcher {
    /// Until a close frame comes; who is cut off comes back with its number.
    async fn watch(mut self, mut phase: watch::Receiver<Phase>) -> Seen {
        loop {
            let _ = phase.wait_for(|phase| *phase != Phase::Down).await;
            let since = *self.position.borrow();
            let mut query = Vec::new();
            query.extend(since.map(|since| format!("since={since}")));
            query.extend(self.epoch.as_ref().map(|epoch| format!("epoch={epoch}")));
            let path = format!("{}?{}", self.path, query.join("&"));
            // Until it is greeted.
            let mut door = Some(self.doors.clone().acquire_owned().await.unwrap());
            let line = Line::connect(self.address, &path, &self.token, None).await;
            let mut line = match line {
                Ok(line) => line,
                Err(error) => {
                    let killed = phase.has_changed().unwrap_or(true);
                    assert!(killed, "a server that is up takes it: {error}");
                    continue;
                }
            };
            while let Some((opcode, payload)) = line.next().await {
                match opcode {
                    Opcode::Text => {
                        self.seen.connections += usize::from(door.take().is_some());
                        self.note(&payload, since);
                    }
                    Opcode::Close => {
                        let code = u16::from_be_bytes([payload[0], payload[1]]);
                        if door.is_some() && code == 1011 {
                            // Too many came at once for a busy machine.
                            break;
                        }
                        self.seen.code = code;
                        return self.seen;
                    }
                    Opcode::Ping => line.send(Opcode::Pong, &payload).await,
                    Opcode::Continuation | Opcode::Binary | Opcode::Pong => panic!("{opcode:?}"),
                }
            }
        }
    }

    fn note(&mut self, text: &[u8], since: Option<u64>) {
        let Some(received) = understood(text, since) else {
            return;
        };
        let reached = match &received {
            Received::Greeting { seq, .. } => {
                let greeting: Value = serde_json::from_slice(text).expect("JSON");
                self.epoch = greeting["data"]["epoch"].as_str().map(str::to_owned);
                since.is_none().then_some(*seq)
            }
            Received::Event { seq, .. } | Received::Pong { seq } => Some(*seq),
            Received::ReplayComplete { to, complete } => {
                assert!(complete, "nothing of this run is too old");
                Some(*to)
            }
        };
        self.seen.reader.frames.push(received);
        self.position.send_if_modified(|position| {
            let before = *position;
            *position = before.max(reached);
            *position != before
        });
    }
}

/// The part of a frame that says what it is: most of a thousand times the same frame need not be read.
#[derive(Deserialize)]
struct Head<'a> {
    r#type: &'a str,
    seq: Option<u64>,
    id: Option<&'a str>,
}

/// What a frame says to the judge, if anything.
pub fn understood(text: &[u8], since: Option<u64>) -> Option<Received> {
    let head: Head<'_> = serde_json::from_slice(text).expect("a frame");
    if matches!(head.r#type, "connection_established" | "replay_complete" | "pong") {
        return received(&serde_json::from_slice(text).expect("JSON"), since);
    }
    Some(Received::Event {
        seq: head.seq?,
        id: head.id.expect("an id").to_owned(),
    })
}

/// A WebSocket that costs a stream and a buffer.
pub struct Line {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Line {
    /// `window` bounds what the kernel takes in for a reader that does not read.
    pub async fn connect(
        address: SocketAddr,
        path: &str,
        token: &str,
        window: Option<u32>,
    ) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(window) = window {
            socket.set_recv_buffer_size(window)?;
        }
        let mut stream = socket.connect(address).await?;
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Authorization: Bearer {token}\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        let mut buffer = BytesMut::with_capacity(4096);
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head = buffer.split_to(end);
        assert!(head.starts_with(b"HTTP/1.1 101"), "{head:?}");
        Ok(Self { stream, buffer })
    }

    pub async fn send(&mut self, opcode: Opcode, payload: &[u8]) {
        let frame = masked(opcode, payload, [0x11, 0x22, 0x33, 0x44]);
        // A server that was killed takes nothing; reading tells.
        let _ = self.stream.write_all(&frame).await;
    }

    /// The next frame; none when the connection has ended.
    pub async fn next(&mut self) -> Option<(Opcode, Bytes)> {
        loop {
            match server_header(&self.buffer) {
                Ok(header) if self.buffer.len() >= header.header_len + header.payload_len => {
                    assert!(header.fin, "the server does not cut messages up");
                    let mut frame = self.buffer.split_to(header.header_len + header.payload_len);
                    return Some((header.opcode, frame.split_off(header.header_len).freeze()));
                }
                Ok(_) | Err(NoHeader::NeedMore) => {}
                Err(NoHeader::Wrong) => panic!("no frame of a server: {:?}", self.buffer),
            }
            if !matches!(self.stream.read_buf(&mut self.buffer).await, Ok(1..)) {
                return None;
            }
        }
    }
}

/// The log as this person sees it: for who has a private session in it.
pub async fn log_of(client: &Client, bot: &str) -> Vec<Value> {
    let mut log = Vec::new();
    let mut since = 0;
    loop {
        let path = format!("/api/bots/{bot}/events?since={since}&limit=100");
        let page = client.get(&path).await.ok(200);
        let events = page["events"].as_array().unwrap();
        if events.is_empty() {
            return log;
        }
        log.extend(events.iter().cloned());
        since = page["seq"].as_i64().unwrap();
    }
}

pub fn session(title: &str, visibility: &str) -> Value {
    json!({ "title": title, "visibility": visibility, "auto_reply": false })
}
