//! A WebSocket client that reads frames one by one, each within the deadline. It skips nothing on its own.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{App, DEADLINE};

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What the server answered to the handshake.
    pub response: Response,
    pings: u64,
}

impl Socket {
    /// The token goes into the query, as browsers have to do it.
    pub async fn connect(
        app: &App,
        path: &str,
        token: Option<&str>,
        since: Option<i64>,
        epoch: Option<&str>,
    ) -> Self {
        let mut query = Vec::new();
        query.extend(token.map(|token| format!("token={token}")));
        query.extend(since.map(|since| format!("since={since}")));
        query.extend(epoch.map(|epoch| format!("epoch={epoch}")));
        Self::open(&format!("{}{path}?{}", app.ws_url(), query.join("&"))).await
    }

    pub async fn open(url: &str) -> Self {
        Self::request(url.into_client_request().unwrap())
            .await
            .expect("a handshake")
    }

    /// With headers of its own; refused handshakes come back as errors.
    pub async fn request(request: Request) -> Result<Self, Error> {
        let (stream, response) = timeout(DEADLINE, connect_async(request))
            .await
            .expect("an answer in time")?;
        Ok(Self {
            stream,
            response,
            pings: 0,
        })
    }

    /// The next text frame, whatever it is.
    pub async fn next(&mut self) -> Value {
        match self.message().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("a text frame was due, not {other:?}"),
        }
    }

    /// The next frame of this type; frames before it are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// The next durable event; ephemeral frames before it are passed over.
    pub async fn event(&mut self) -> Value {
        loop {
            let frame = self.next().await;
            if frame["seq"].is_i64() && frame["type"] != "pong" {
                return frame;
            }
        }
    }

    /// Reads up to the close frame, which must have this code; the text frames before it.
    pub async fn expect_close(&mut self, code: u16) -> Vec<Value> {
        self.close().await.expect_code(code)
    }

    /// Reads up to the close frame: its code and reason, and the text frames before it.
    pub async fn close(&mut self) -> Closed {
        let mut frames = Vec::new();
        loop {
            match self.message().await {
                Some(Message::Text(text)) => frames.push(serde_json::from_str(&text).expect("JSON")),
                Some(Message::Close(Some(frame))) => {
                    return Closed {
                        code: frame.code.into(),
                        reason: frame.reason.to_string(),
                        frames,
                    };
                }
                other => panic!("a close frame was due, not {other:?}; before it came {frames:?}"),
            }
        }
    }

    pub async fn send(&mut self, frame: Value) {
        self.send_raw(Message::text(frame.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.stream.send(message).await.expect("the socket takes it");
    }

    /// Sends a ping; the frames that came before its pong, and the pong.
    pub async fn ping(&mut self) -> (Vec<Value>, Value) {
        self.pings += 1;
        let id = format!("ping-{}", self.pings);
        self.send(json!({ "type": "ping", "id": id })).await;
        let mut before = Vec::new();
        loop {
            let frame = self.next().await;
            if frame["type"] == "pong" && frame["id"] == id.as_str() {
                return (before, frame);
            }
            before.push(frame);
        }
    }

    /// The frames that came until this socket had been sent everything up to the number `seq` of its stream.
    pub async fn caught_up(&mut self, seq: i64) -> Vec<Value> {
        let started = std::time::Instant::now();
        let mut frames = Vec::new();
        loop {
            let (mut before, pong) = self.ping().await;
            frames.append(&mut before);
            if pong["seq"].as_i64().expect("a pong with a number") >= seq {
                return frames;
            }
            assert!(
                started.elapsed() < DEADLINE,
                "number {seq} was not reached: {pong}"
            );
        }
    }

    /// Nothing durable came up to the number `seq`, although the server went past it.
    pub async fn expect_silence(&mut self, seq: i64) {
        let frames = self.caught_up(seq).await;
        let durable: Vec<_> = frames.iter().filter(|frame| frame["seq"].is_i64()).collect();
        assert!(durable.is_empty(), "nothing was due, but {durable:?} came");
    }

    /// The next message that is no ping or pong of the WebSocket itself; none when the peer is gone without a close frame.
    pub async fn message(&mut self) -> Option<Message> {
        loop {
            match timeout(DEADLINE, self.stream.next())
                .await
                .expect("a frame in time")
            {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(_)) | None => return None,
            }
        }
    }
}

#[derive(Debug)]
pub struct Closed {
    pub code: u16,
    pub reason: String,
    pub frames: Vec<Value>,
}

impl Closed {
    #[track_caller]
    pub fn expect_code(self, code: u16) -> Vec<Value> {
        assert_eq!(self.code, code, "{} after {:?}", self.reason, self.frames);
        self.frames
    }
}
