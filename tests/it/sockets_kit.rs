//! What the socket tests share: frames compared with a shape, connections read up to a known place, the judge fed with
//! what came, and the raw bytes of a WebSocket for what no proper client sends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::judge::{Audience, Logged, Received};
use tests::{App, Cast, DEADLINE, Person, Socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// How often it is looked whether what is waited for is there.
const LOOK: Duration = Duration::from_millis(20);

/// Whether `value` has everything that `shape` names. Strings in angle brackets stand for a kind of value, everything
/// else for itself; fields may be added to an object.
#[track_caller]
pub fn assert_shape(value: &Value, shape: &Value) {
    if let Err(why) = fits(value, shape, "$") {
        panic!("{why}\nin {value:#}");
    }
}

fn fits(value: &Value, shape: &Value, at: &str) -> Result<(), String> {
    let text = value.as_str();
    let good = match shape {
        Value::String(kind) => match kind.as_str() {
            "<uuid>" => text.is_some_and(|text| uuid::Uuid::parse_str(text).is_ok()),
            "<time>" => text.is_some_and(|text| {
                text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()
            }),
            "<text>" => text.is_some_and(|text| !text.is_empty()),
            "<seq>" => value.as_i64().is_some_and(|seq| seq > 0),
            "<int>" => value.is_i64(),
            "<object>" => value.is_object(),
            _ => value == shape,
        },
        Value::Object(fields) => {
            for (name, shape) in fields {
                let at = format!("{at}.{name}");
                let value = value.get(name).ok_or_else(|| format!("{at} is missing"))?;
                fits(value, shape, &at)?;
            }
            value.is_object()
        }
        Value::Array(shapes) => {
            let Some(values) = value.as_array().filter(|values| values.len() == shapes.len()) else {
                return Err(format!("{at} is not {shape}"));
            };
            for (n, (value, shape)) in values.iter().zip(shapes).enumerate() {
                fits(value, shape, &format!("{at}[{n}]"))?;
            }
            true
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value == shape,
    };
    if good {
        Ok(())
    } else {
        Err(format!("{at} is {value}, not {shape}"))
    }
}

/// A chat socket, and its greeting.
pub async fn greeted(app: &App, person: &Person, bot: &str) -> (Socket, Value) {
    let mut socket = app.chat(person, bot).await;
    let greeting = socket.next().await;
    assert_eq!(greeting["type"], "connection_established", "{greeting}");
    (socket, greeting)
}

/// A chat socket with anything in its query, and its greeting.
pub async fn greeted_by(app: &App, person: &Person, bot: &str, query: &str) -> (Socket, Value) {
    let url = format!(
        "{}/api/ws/chat/{bot}?token={}&{query}",
        app.ws_url(),
        person.token
    );
    let mut socket = Socket::open(&url).await;
    let greeting = socket.next().await;
    assert_eq!(greeting["type"], "connection_established", "{greeting}");
    (socket, greeting)
}

/// A notifications socket, and its greeting.
pub async fn notified(app: &App, person: &Person) -> (Socket, Value) {
    let mut socket = app.notifications(person).await;
    let greeting = socket.next().await;
    assert_eq!(greeting["type"], "connection_established", "{greeting}");
    (socket, greeting)
}

/// The durable events of a replay, and the frame that closes it.
pub async fn replay(socket: &mut Socket) -> (Vec<Value>, Value) {
    let mut events = Vec::new();
    loop {
        let frame = socket.next().await;
        if frame["type"] == "replay_complete" {
            return (events, frame);
        }
        if is_event(&frame) {
            events.push(frame);
        }
    }
}

pub fn is_event(frame: &Value) -> bool {
    frame["seq"].is_i64() && frame["type"] != "pong"
}

pub fn seq_of(frame: &Value) -> i64 {
    frame["seq"].as_i64().expect("a number")
}

/// Everything of a bot's log that this person may see, page by page.
pub async fn log_of(person: &Person, bot: &str) -> Vec<Value> {
    let mut log = Vec::new();
    let mut since = 0;
    loop {
        let page = person
            .get(&format!("/api/bots/{bot}/events?since={since}&limit=100"))
            .await
            .ok(200);
        assert_eq!(page["complete"], true, "{page}");
        let events = page["events"].as_array().unwrap();
        if events.is_empty() {
            return log;
        }
        log.extend(events.iter().cloned());
        since = page["seq"].as_i64().unwrap();
    }
}

/// The log for the judge, of a bot without private sessions.
pub fn judged(log: &[Value]) -> Vec<Logged> {
    let of = |value: &Value| value.as_str().map(str::to_owned);
    let logged = |event: &Value| Logged {
        seq: event["seq"].as_u64().unwrap(),
        id: of(&event["id"]).unwrap(),
        message_id: of(&event["data"]["message_id"]).filter(|_| event["type"] == "chat_message"),
        content: None,
        audience: Audience::Everyone,
    };
    log.iter().map(logged).collect()
}

/// What a frame says to the judge; `since` is what its connection was opened with.
pub fn received(frame: &Value, since: Option<u64>) -> Option<Received> {
    match frame["type"].as_str().expect("a type") {
        "connection_established" => Some(Received::Greeting {
            since,
            seq: frame["data"]["seq"].as_u64().unwrap(),
        }),
        "replay_complete" => Some(Received::ReplayComplete {
            to: frame["data"]["to"].as_u64().unwrap(),
            complete: frame["data"]["complete"] == true,
        }),
        "pong" => Some(Received::Pong {
            seq: frame["seq"].as_u64().unwrap(),
        }),
        _ => {
            let seq = frame["seq"].as_u64()?;
            Some(Received::Event {
                seq,
                id: frame["id"].as_str().unwrap().to_owned(),
            })
        }
    }
}

/// The number at which this person lost their role.
pub async fn number_of_loss(reader: &Person, bot: &str, target: &Person) -> i64 {
    let log = log_of(reader, bot).await;
    let of_target = |event: &&Value| {
        event["data"]["target_user_id"] == target.id.as_str() && event["data"]["action"] == "revoked"
    };
    seq_of(
        log.iter()
            .rev()
            .find(of_target)
            .expect("the revocation is in the log"),
    )
}

/// Polls an admin's figures until `good`, for what no frame tells.
pub async fn until(what: &str, within: Duration, mut good: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if good().await {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < within, "{what}: not within {within:?}");
    }
}

/// Owner, editor and viewer on a bot with one shared session.
pub async fn stage() -> (App, Cast, String) {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    (app, cast, session)
}

/// A WebSocket without a library behind it.
pub struct Raw {
    pub stream: TcpStream,
}

pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;

impl Raw {
    /// Shakes hands; `window` bounds what the kernel takes in for a reader that does not read.
    pub async fn connect(app: &App, path: &str, token: &str, window: Option<u32>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(window) = window {
            socket.set_recv_buffer_size(window).unwrap();
        }
        let mut stream = socket.connect(app.address()).await.unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Authorization: Bearer {token}\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            app.address()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(
                timeout(DEADLINE, stream.read_u8())
                    .await
                    .expect("an answer in time")
                    .unwrap(),
            );
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
        assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
        Self { stream }
    }

    /// A frame with this first byte, masked as a client has to.
    pub async fn send(&mut self, first: u8, payload: &[u8]) {
        self.stream.write_all(&frame(first, payload, true)).await.unwrap();
    }

    /// The next frame: its opcode and payload; none when the connection has ended.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        timeout(2 * DEADLINE, async {
            let first = self.stream.read_u8().await.ok()?;
            let length = match self.stream.read_u8().await.ok()? {
                126 => usize::from(self.stream.read_u16().await.ok()?),
                127 => usize::try_from(self.stream.read_u64().await.ok()?).unwrap(),
                short => usize::from(short),
            };
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload).await.ok()?;
            Some((first & 0x0f, payload))
        })
        .await
        .expect("a frame in time")
    }

    /// Reads up to the close frame: its code, and the text frames before it.
    pub async fn close(&mut self) -> (u16, Vec<Value>) {
        let mut frames = Vec::new();
        loop {
            match self.next().await {
                Some((1, text)) => frames.push(serde_json::from_slice(&text).expect("JSON")),
                Some((8, payload)) => return (u16::from_be_bytes([payload[0], payload[1]]), frames),
                Some((9 | 10, _)) => {}
                other => panic!(
                    "a close frame was due, not {other:?} after {} frames",
                    frames.len()
                ),
            }
        }
    }
}

pub fn frame(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mask_bit = if masked { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        short @ ..=125 => frame.push(mask_bit | short as u8),
        middle @ ..=0xffff => {
            frame.push(mask_bit | 126);
            frame.extend((middle as u16).to_be_bytes());
        }
        long => {
            frame.push(mask_bit | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    let mask = [0x11, 0x22, 0x33, 0x44];
    if masked {
        frame.extend(mask);
    }
    let key = if masked { mask } else { [0; 4] };
    frame.extend(
        payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

/// A handshake with headers of its own.
pub async fn shake(app: &App, path: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let mut request = format!("{}{path}", app.ws_url()).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    match Socket::request(request).await {
        Ok(socket) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("neither a socket nor a status: {error}"),
    }
}

pub fn message(content: &str) -> Value {
    json!({ "content": content })
}
