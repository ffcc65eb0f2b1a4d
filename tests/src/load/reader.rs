//! A reader: one chat socket, opened again with `since` and `epoch` whenever it is lost. It writes down every frame
//! that says something about the stream, in the order of arrival, and judges nothing.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Load, Phase, text, until_up};
use crate::judge::{Reader, Received};

pub type Task = JoinHandle<Result<Reading>>;

/// How long a reader may need for what is left when all writers have ended.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// What one reader saw.
#[derive(Debug, Clone)]
pub struct Reading {
    pub person: usize,
    pub reader: Reader,
    pub connections: u64,
    /// Replays that said they were not whole. A run of this size has no reason for one.
    pub incomplete: u64,
}

struct Session {
    url: String,
    token: String,
    bot: usize,
    epoch: Option<String>,
    /// The highest number that this reader may send as `since`.
    position: Option<u64>,
    reading: Reading,
}

pub(super) fn spawn(
    load: &Load,
    person: usize,
    phase: watch::Receiver<Phase>,
    heads: watch::Receiver<Option<Vec<u64>>>,
) -> Task {
    let who = &load.people[person];
    let session = Session {
        url: format!("ws://{}/api/ws/chat/{}", load.address, load.bot_of(person).id),
        token: who.token.clone(),
        bot: person % load.bots.len(),
        epoch: None,
        // Half of them want all there is, half only what comes.
        position: (person / load.bots.len()).is_multiple_of(2).then_some(0),
        reading: Reading {
            person,
            reader: Reader {
                user: who.name.clone(),
                ..Reader::default()
            },
            connections: 0,
            incomplete: 0,
        },
    };
    tokio::spawn(session.read(phase, heads))
}

impl Session {
    async fn read(
        mut self,
        mut phase: watch::Receiver<Phase>,
        mut heads: watch::Receiver<Option<Vec<u64>>>,
    ) -> Result<Reading> {
        loop {
            until_up(&mut phase).await;
            let Ok(mut socket) = self.connect().await else {
                tokio::task::yield_now().await;
                continue;
            };
            loop {
                let head = heads.borrow_and_update().as_ref().map(|heads| heads[self.bot]);
                if head.is_some_and(|head| self.position >= Some(head)) {
                    return Ok(self.reading);
                }
                let frame = tokio::select! {
                    frame = socket.next() => frame,
                    _ = heads.changed(), if head.is_none() => continue,
                    () = tokio::time::sleep(LAST_WORDS), if head.is_some() => {
                        // What it lacks now, it lacks: the judge shall see it as a gap up to the head.
                        self.reading.reader.frames.extend(head.map(|seq| Received::Pong { seq }));
                        return Ok(self.reading);
                    }
                };
                match frame {
                    Some(Ok(Message::Text(frame))) => self.note(&serde_json::from_str(&frame)?)?,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                }
            }
        }
    }

    async fn connect(&self) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>> {
        let mut query = Vec::new();
        query.extend(self.position.map(|since| format!("since={since}")));
        query.extend(self.epoch.as_ref().map(|epoch| format!("epoch={epoch}")));
        let mut request = format!("{}?{}", self.url, query.join("&")).into_client_request()?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token))?;
        request.headers_mut().insert("authorization", bearer);
        let (socket, _) = timeout(Duration::from_secs(10), connect_async(request)).await??;
        Ok(socket)
    }

    fn note(&mut self, frame: &Value) -> Result<()> {
        let number = |pointer: &str| {
            frame
                .pointer(pointer)
                .and_then(Value::as_u64)
                .with_context(|| format!("no {pointer} in {frame}"))
        };
        let frames = &mut self.reading.reader.frames;
        match frame["type"].as_str() {
            Some("connection_established") => {
                let seq = number("/data/seq")?;
                let epoch = text(frame, "/data/epoch")?;
                let same = self.epoch.as_ref().is_none_or(|known| *known == epoch);
                ensure!(same, "a crash began a new epoch: {epoch} after {:?}", self.epoch);
                self.epoch = Some(epoch);
                frames.push(Received::Greeting {
                    since: self.position,
                    seq,
                });
                self.reading.connections += 1;
                if self.position.is_none() {
                    self.position = Some(seq);
                }
            }
            Some("replay_complete") => {
                let to = number("/data/to")?;
                let complete = frame["data"]["complete"] == true;
                self.reading.incomplete += u64::from(!complete);
                frames.push(Received::ReplayComplete { to, complete });
                self.position = self.position.max(Some(to));
            }
            _ => {
                if let Some(seq) = frame["seq"].as_u64() {
                    frames.push(Received::Event {
                        seq,
                        id: text(frame, "/id")?,
                    });
                    self.position = self.position.max(Some(seq));
                }
            }
        }
        Ok(())
    }
}
