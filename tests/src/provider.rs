//! A model server on loopback, the one thing that is faked: it speaks the three wire formats, does what the test has scripted
//! for each question in turn, and remembers what it was asked.

mod format;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::DEADLINE;
use format::Format;

/// What every whole answer says it has cost.
pub const INPUT_TOKENS: i64 = 11;
pub const OUTPUT_TOKENS: i64 = 7;

/// What one question is answered with.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// All pieces, usage, the end.
    Say(Vec<String>),
    /// The same, but each piece, and the end with the usage, goes out when the test calls `next`.
    SayGated(Vec<String>),
    /// Not a byte.
    Slow,
    /// These pieces, then nothing more.
    Stall(Vec<String>),
    /// With a body that holds `SECRET`, and perhaps `Retry-After`.
    Status(u16, Option<u64>),
    /// These pieces, then the connection is cut.
    BreakOff(Vec<String>),
    /// These pieces, then the stream ends properly, but the answer does not.
    EndEarly(Vec<String>),
    /// These pieces, then an error in place of the next one.
    Fail(Vec<String>),
    /// Bytes that are no answer.
    Rubbish,
    /// One line that goes on and on.
    EndlessLine,
    /// Pieces without end.
    EndlessPieces,
    Redirect(String),
}

/// What a server sends that must never be shown to anyone.
pub const SECRET: &str = "what-the-server-said";

/// A question as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub struct FakeProvider {
    address: SocketAddr,
    script: Arc<Script>,
    server: JoinHandle<()>,
}

struct Script {
    behaviours: Mutex<VecDeque<Behaviour>>,
    asked: Mutex<Vec<Asked>>,
    arrived: Semaphore,
    gate: Semaphore,
    sent: Semaphore,
    hung_up: Semaphore,
}

impl FakeProvider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let none = || Semaphore::new(0);
        let script = Arc::new(Script {
            behaviours: Mutex::default(),
            asked: Mutex::default(),
            arrived: none(),
            gate: none(),
            sent: none(),
            hung_up: none(),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&script)));
        Self {
            address,
            script,
            server,
        }
    }

    /// For the next question that nothing is planned for yet. A question without a plan is answered with 404.
    pub fn will(&self, behaviour: Behaviour) -> &Self {
        self.script.behaviours.lock().unwrap().push_back(behaviour);
        self
    }

    pub fn will_say(&self, pieces: &[&str]) -> &Self {
        self.will(Behaviour::Say(strings(pieces)))
    }

    pub fn will_say_gated(&self, pieces: &[&str]) -> &Self {
        self.will(Behaviour::SayGated(strings(pieces)))
    }

    /// Base of the OpenAI and Anthropic formats.
    pub fn v1(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Base of the Ollama format.
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All questions so far, retries included.
    pub fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    /// Waits for one more question than it was called for before.
    pub async fn wait_asked(&self) {
        take(&self.script.arrived, "a question").await;
    }

    /// Lets one gated piece (or the end) go, and waits until it is on its way.
    pub async fn next(&self) {
        self.script.gate.add_permits(1);
        take(&self.script.sent, "a gated piece to go").await;
    }

    /// Waits until one asker has closed its connection before the end of the answer.
    pub async fn wait_hung_up(&self) {
        take(&self.script.hung_up, "an asker to hang up").await;
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub fn strings(pieces: &[&str]) -> Vec<String> {
    pieces.iter().map(|piece| (*piece).to_owned()).collect()
}

async fn take(of: &Semaphore, what: &str) {
    let permit = timeout(DEADLINE, of.acquire()).await;
    permit
        .unwrap_or_else(|_| panic!("no sign of {what} in time"))
        .unwrap()
        .forget();
}

async fn serve(listener: TcpListener, script: Arc<Script>) {
    // Dropped with the server, and every connection with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let script = Arc::clone(&script);
        connections.spawn(async move {
            let _ = stream.set_nodelay(true);
            // An error is an asker who has gone.
            if connection(stream, &script).await.is_err() {
                script.hung_up.add_permits(1);
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(mut stream: TcpStream, script: &Script) -> std::io::Result<()> {
    let Some(asked) = request(&mut stream).await? else {
        return Ok(());
    };
    let format = Format::of(&asked.path);
    script.asked.lock().unwrap().push(asked);
    script.arrived.add_permits(1);
    let planned = script.behaviours.lock().unwrap().pop_front();
    let (Some(format), Some(behaviour)) = (format, planned) else {
        return head(&mut stream, 404, "content-length: 0\r\n").await;
    };
    let mut answer = Answering { stream, format };
    answer.behave(behaviour, script).await
}

async fn request(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = text.lines();
    let path = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(Asked {
        path: path.to_owned(),
        headers,
        body: serde_json::from_slice(&bytes[end + 4..]).unwrap_or(Value::Null),
    }))
}

async fn head(stream: &mut TcpStream, status: u16, headers: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} Fake\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await
}

struct Answering {
    stream: TcpStream,
    format: Format,
}

impl Answering {
    async fn behave(&mut self, behaviour: Behaviour, script: &Script) -> std::io::Result<()> {
        match behaviour {
            Behaviour::Say(pieces) => {
                self.say(&pieces).await?;
                self.chunk(&self.format.end()).await?;
                self.close().await
            }
            Behaviour::SayGated(pieces) => self.say_gated(&pieces, script).await,
            Behaviour::Slow => self.until_hung_up().await,
            Behaviour::Stall(pieces) => {
                self.say(&pieces).await?;
                self.until_hung_up().await
            }
            Behaviour::Status(status, retry_after) => {
                let retry =
                    retry_after.map_or(String::new(), |seconds| format!("retry-after: {seconds}\r\n"));
                let body = json!({"error": {"message": SECRET}}).to_string();
                head(
                    &mut self.stream,
                    status,
                    &format!("{retry}content-length: {}\r\n", body.len()),
                )
                .await?;
                self.stream.write_all(body.as_bytes()).await
            }
            // The last chunk is missing, so this is no proper end.
            Behaviour::BreakOff(pieces) => self.say(&pieces).await,
            Behaviour::EndEarly(pieces) => {
                self.say(&pieces).await?;
                self.close().await
            }
            Behaviour::Fail(pieces) => {
                self.say(&pieces).await?;
                self.chunk(&self.format.error()).await?;
                self.close().await
            }
            Behaviour::Rubbish => {
                self.open().await?;
                self.chunk(&format!("data: <html>{SECRET}\n\n{{{{{SECRET}\n"))
                    .await?;
                self.close().await
            }
            Behaviour::EndlessLine => {
                self.open().await?;
                loop {
                    self.chunk(&"data: a".repeat(1_000)).await?;
                }
            }
            Behaviour::EndlessPieces => {
                self.open().await?;
                loop {
                    self.chunk(&self.format.piece(&"a".repeat(1_000))).await?;
                }
            }
            Behaviour::Redirect(to) => {
                head(
                    &mut self.stream,
                    307,
                    &format!("location: {to}\r\ncontent-length: 0\r\n"),
                )
                .await
            }
        }
    }

    async fn open(&mut self) -> std::io::Result<()> {
        let headers = format!(
            "content-type: {}\r\ntransfer-encoding: chunked\r\n",
            self.format.content_type()
        );
        head(&mut self.stream, 200, &headers).await
    }

    async fn chunk(&mut self, text: &str) -> std::io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let chunk = format!("{:x}\r\n{text}\r\n", text.len());
        self.stream.write_all(chunk.as_bytes()).await
    }

    async fn close(&mut self) -> std::io::Result<()> {
        self.stream.write_all(b"0\r\n\r\n").await
    }

    async fn say(&mut self, pieces: &[String]) -> std::io::Result<()> {
        self.open().await?;
        self.chunk(&self.format.start()).await?;
        for piece in pieces {
            self.chunk(&self.format.piece(piece)).await?;
        }
        Ok(())
    }

    async fn say_gated(&mut self, pieces: &[String], script: &Script) -> std::io::Result<()> {
        self.say(&[]).await?;
        for piece in pieces {
            self.pass(script).await?;
            self.chunk(&self.format.piece(piece)).await?;
            script.sent.add_permits(1);
        }
        self.pass(script).await?;
        self.chunk(&self.format.end()).await?;
        self.close().await?;
        script.sent.add_permits(1);
        Ok(())
    }

    /// Waits for the test to open the gate; an asker who leaves meanwhile is noticed.
    async fn pass(&mut self, script: &Script) -> std::io::Result<()> {
        tokio::select! {
            permit = script.gate.acquire() => permit.unwrap().forget(),
            gone = self.stream.read_u8() => return Err(gone.err().unwrap_or_else(|| std::io::ErrorKind::InvalidData.into())),
        }
        Ok(())
    }

    async fn until_hung_up(&mut self) -> std::io::Result<()> {
        self.stream.read_u8().await.map(|_| ())
    }
}
