//! One WebSocket connection: reading and writing as two futures of one task, close frames by the book, and nothing of what the
//! frames mean.
//!
//! Trap: for an oversized frame or invalid UTF-8 no close goes out by itself. The read side maps the failure to a code, the
//! write side sends it, and the rest of what the peer sends is swallowed: closing with unread bytes would reset the
//! connection, and the close frame with it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WsFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use super::close::Close;
use super::connection::Connection;
use super::inbound::Desk;
use super::outbox::{Drain, Frame};
use super::replay::{Broken, Feed, Stop, Wire};
use super::{Attendance, Live};
use crate::auth::Auth;

const BUFFER: usize = 4 * 1024;
/// A frame is only handed over when the one before it has left the buffer, so this is the bound of a single frame.
const WRITE_BUFFER: usize = 16 * 1024 * 1024;
/// How long the peer may take to answer a close.
const PARTING: Duration = Duration::from_secs(2);

type Sink<S> = SplitSink<WebSocketStream<S>, Message>;

/// Why reading ended.
enum Heard {
    /// The peer's close frame came.
    Parted,
    /// The peer broke the protocol; nothing more can be understood.
    Failed(Close),
    Lost,
}

enum Written {
    /// The close frame is out.
    Parted,
    Lost,
}

/// What is left to do when nothing more is to be said.
enum Parting {
    /// The answer to the peer's close goes out with one more look at the stream.
    Answer,
    /// The peer may still be sending.
    Swallow,
    Done,
}

/// `read` is what the client sent right behind its handshake.
pub async fn open<S>(io: S, read: Bytes, message_bytes: usize) -> WebSocketStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(message_bytes))
        .max_frame_size(Some(message_bytes));
    WebSocketStream::from_partially_read(io, read.into(), Role::Server, Some(config)).await
}

/// Closes a socket that was never accepted.
pub async fn refuse<S>(mut socket: WebSocketStream<S>, close: Close)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if let Some(frame) = close_frame(close)
        && let Ok(Ok(())) = timeout(close.patience(), socket.send(frame)).await
    {
        let _ = timeout(PARTING, async { while let Some(Ok(_)) = socket.next().await {} }).await;
    }
}

/// Runs an accepted socket to its end.
pub async fn run<S>(socket: WebSocketStream<S>, live: &Live, auth: &Auth, attendance: Attendance, feed: Feed)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let connection = feed.connection.clone();
    let (mut sink, mut stream) = socket.split();
    let parting = {
        let mut desk = Desk::new(live, auth, &feed);
        let reading = read(&mut stream, &connection, &mut desk);
        let writing = write(&mut sink, live, &feed);
        tokio::pin!(reading, writing);
        tokio::select! {
            heard = &mut reading => match heard {
                Heard::Parted => {
                    connection.close(Close::Normal, Drain::Nothing);
                    Parting::Answer
                }
                Heard::Failed(close) => {
                    connection.close(close, Drain::Nothing);
                    match writing.await {
                        Written::Parted => Parting::Swallow,
                        Written::Lost => Parting::Done,
                    }
                }
                Heard::Lost => {
                    connection.close(Close::Lost, Drain::Nothing);
                    Parting::Done
                }
            },
            written = &mut writing => {
                // Nothing more goes out: whoever waits for that need not wait for the peer's answer.
                attendance.end();
                match written {
                    Written::Parted => match timeout(PARTING, reading).await {
                        Ok(Heard::Failed(_)) => Parting::Swallow,
                        Ok(Heard::Parted | Heard::Lost) | Err(_) => Parting::Done,
                    },
                    Written::Lost => {
                        connection.close(Close::Lost, Drain::Nothing);
                        Parting::Done
                    }
                }
            }
        }
    };
    attendance.end();
    drop(feed);
    match parting {
        Parting::Answer => {
            let _ = timeout(PARTING, stream.next()).await;
        }
        Parting::Swallow => swallow(sink, stream).await,
        Parting::Done => {}
    }
}

async fn read<S>(
    stream: &mut SplitStream<WebSocketStream<S>>,
    connection: &Connection,
    desk: &mut Desk<'_>,
) -> Heard
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = stream.next().await {
        match message {
            Ok(Message::Close(_)) => return Heard::Parted,
            Ok(Message::Text(text)) => {
                connection.hear();
                if !connection.is_closing() {
                    desk.hear(text.as_str()).await;
                }
            }
            Ok(Message::Binary(_)) => {
                connection.close(Close::Binary, Drain::Nothing);
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => connection.hear(),
            Err(error) => return failure(&error),
        }
    }
    Heard::Lost
}

fn failure(error: &WsError) -> Heard {
    match error {
        WsError::Capacity(_) => Heard::Failed(Close::TooBig),
        WsError::Utf8(_) => Heard::Failed(Close::Utf8),
        WsError::Protocol(why) => {
            use tokio_tungstenite::tungstenite::error::ProtocolError;
            // Gone without a close: there is nobody to send one to.
            if matches!(why, ProtocolError::ResetWithoutClosingHandshake) {
                Heard::Lost
            } else {
                Heard::Failed(Close::Protocol)
            }
        }
        WsError::ConnectionClosed
        | WsError::AlreadyClosed
        | WsError::Io(_)
        | WsError::Tls(_)
        | WsError::WriteBufferFull(_)
        | WsError::AttackAttempt
        | WsError::Url(_)
        | WsError::Http(_)
        | WsError::HttpFormat(_) => Heard::Lost,
    }
}

async fn write<S>(sink: &mut Sink<S>, live: &Live, feed: &Feed) -> Written
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut wire = SocketWire { sink };
    match feed.run(live, &mut wire).await {
        Stop::Broken => Written::Lost,
        Stop::Told(closing) => {
            let Some(frame) = close_frame(closing.close) else {
                return Written::Lost;
            };
            match timeout(closing.close.patience(), wire.sink.send(frame)).await {
                Ok(Ok(())) => Written::Parted,
                Ok(Err(_)) | Err(_) => Written::Lost,
            }
        }
    }
}

fn close_frame(close: Close) -> Option<Message> {
    let frame = CloseFrame {
        code: close.code()?.into(),
        reason: close.reason().into(),
    };
    Some(Message::Close(Some(frame)))
}

/// Reads and forgets what a peer still sends that is not understood any more.
async fn swallow<S>(sink: Sink<S>, stream: SplitStream<WebSocketStream<S>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Ok(mut socket) = sink.reunite(stream) else {
        return;
    };
    let io = socket.get_mut();
    let _ = timeout(PARTING, async {
        let _ = io.shutdown().await;
        let mut waste = vec![0; BUFFER];
        while let Ok(1..) = io.read(&mut waste).await {}
    })
    .await;
}

struct SocketWire<'a, S> {
    sink: &'a mut Sink<S>,
}

impl<S> Wire for SocketWire<'_, S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    async fn write(&mut self, frame: &Frame) -> Result<(), Broken> {
        // As a raw frame: a text message would be checked for UTF-8 once more for every receiver.
        let frame = WsFrame::message(frame.bytes.clone(), OpCode::Data(Data::Text), true);
        self.sink.feed(Message::Frame(frame)).await.map_err(|_| Broken)
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        self.sink.flush().await.map_err(|_| Broken)
    }

    async fn beat(&mut self) -> Result<(), Broken> {
        self.sink
            .feed(Message::Ping(Bytes::new()))
            .await
            .map_err(|_| Broken)
    }
}
