//! A reader: one chat socket, opened again with `since` and `epoch` whenever it is lost, at the next door. It writes down every
//! frame that says something about the stream, in the order of arrival, and judges nothing.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::doors::Way;
use super::{Load, Phase, Tally, text, until_up};
use crate::judge::{Reader, Received};

pub type Task = JoinHandle<Result<Reading>>;
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long a reader may need for what is left when all writers have ended.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// After so long without a frame the reader asks whether anybody is there, and after as long again it gives the line up.
const QUIET: Duration = Duration::from_secs(1);

/// How long a handshake may take before the next door is tried.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// The end of a right, and of a credential (protocol, section 2).
const ACCESS_WITHDRAWN: u16 = 4003;
const NOT_LOGGED_IN: u16 = 4001;

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
    path: String,
    way: Way,
    token: String,
    bot: usize,
    epoch: Option<String>,
    /// The highest number that this reader may send as `since`.
    position: Option<u64>,
    tally: Arc<Tally>,
    /// When what has not come by then counts as missing.
    last_words: Option<Instant>,
    reading: Reading,
}

/// Why a connection is no longer read.
enum Left {
    /// Nothing more is to come.
    Done,
    Lost,
    Withdrawn,
}

type Heads = watch::Receiver<Option<Vec<u64>>>;

pub(super) fn spawn(load: &Load, person: usize, phase: watch::Receiver<Phase>, heads: Heads) -> Task {
    let who = &load.people[person];
    let round = person / load.bots.len();
    let session = Session {
        path: format!("/api/ws/chat/{}", load.bot_of(person).id),
        way: Way::new(&load.doors.readers, round),
        token: who.token.clone(),
        bot: person % load.bots.len(),
        epoch: None,
        // Half of them want all there is, half only what comes.
        position: (load.from_start || round.is_multiple_of(2)).then_some(0),
        tally: load.tally.clone(),
        last_words: None,
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
    async fn read(mut self, mut phase: watch::Receiver<Phase>, mut heads: Heads) -> Result<Reading> {
        loop {
            until_up(&mut phase).await;
            let Ok(mut socket) = self.connect().await else {
                self.way.on().await;
                continue;
            };
            match self.listen(&mut socket, &mut heads).await? {
                Left::Done => return Ok(self.reading),
                Left::Withdrawn if heads.borrow().is_some() => return Ok(self.reading),
                Left::Lost | Left::Withdrawn => self.way.on().await,
            }
        }
    }

    async fn listen(&mut self, socket: &mut Socket, heads: &mut Heads) -> Result<Left> {
        let mut asked = false;
        loop {
            let head = heads.borrow_and_update().as_ref().map(|heads| heads[self.bot]);
            if self.is_over(head) {
                return Ok(Left::Done);
            }
            let frame = tokio::select! {
                frame = socket.next() => frame,
                _ = heads.changed(), if head.is_none() => continue,
                () = sleep(QUIET) => {
                    let ping = Message::text(r#"{"type":"ping"}"#);
                    if asked || !matches!(timeout(QUIET, socket.send(ping)).await, Ok(Ok(()))) {
                        return Ok(Left::Lost);
                    }
                    asked = true;
                    continue;
                }
            };
            asked = false;
            match frame {
                Some(Ok(Message::Text(frame))) => self.note(&serde_json::from_str(&frame)?)?,
                Some(Ok(Message::Close(Some(close)))) => match u16::from(close.code) {
                    ACCESS_WITHDRAWN => return Ok(Left::Withdrawn),
                    NOT_LOGGED_IN => bail!("{}'s token is good no more", self.reading.reader.user),
                    _ => return Ok(Left::Lost),
                },
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Ok(Left::Lost),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Whether all is there that there will be, or time is up: what it lacks then, it lacks, and the judge shall see it as a gap.
    fn is_over(&mut self, head: Option<u64>) -> bool {
        let Some(head) = head else { return false };
        if self.position >= Some(head) {
            return true;
        }
        let over = *self.last_words.get_or_insert_with(|| Instant::now() + LAST_WORDS) < Instant::now();
        if over {
            self.reading.reader.frames.push(Received::Pong { seq: head });
        }
        over
    }

    async fn connect(&self) -> Result<Socket> {
        let mut query = Vec::new();
        query.extend(self.position.map(|since| format!("since={since}")));
        query.extend(self.epoch.as_ref().map(|epoch| format!("epoch={epoch}")));
        let url = format!("ws://{}{}?{}", self.way.door(), self.path, query.join("&"));
        let mut request = url.into_client_request()?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token))?;
        request.headers_mut().insert("authorization", bearer);
        let (socket, _) = timeout(HANDSHAKE, connect_async(request)).await??;
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
                self.tally.note_connection();
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
            Some("pong") => {
                let seq = number("/seq")?;
                frames.push(Received::Pong { seq });
                self.position = self.position.max(Some(seq));
            }
            _ => {
                if let Some(seq) = frame["seq"].as_u64() {
                    frames.push(Received::Event {
                        seq,
                        id: text(frame, "/id")?,
                    });
                    self.position = self.position.max(Some(seq));
                    self.tally.note_received(seq);
                }
            }
        }
        Ok(())
    }
}
