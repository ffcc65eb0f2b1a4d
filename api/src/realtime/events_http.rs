//! A bot's stream without a WebSocket: the waiting poll, and Server-Sent Events. Durable events only; the same rights, feed and
//! limits as a socket's.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::events::{Epoch, History, SeqRange, StreamId};
use domain::ids::BotId;
use domain::{Caller, Error, Result, Subject, Unauthenticated};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use poem::{Body, Response};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::close::Close;
use super::connection::{Connection, Kind};
use super::hub::Seat;
use super::outbox::{Frame, FrameKind};
use super::replay::{Broken, Feed, Stop, Wire, join_control};
use super::topic::{Join, Membership};
use super::{Attendance, Live};

/// Pieces between the feed and the HTTP connection. When it is full the feed waits, its queue fills, and the write deadline or
/// the queue's bound ends it.
const PIECES: usize = 16;

/// One page of history; if there is nothing, it waits for something. `wait` of zero asks once.
pub async fn wait(
    live: &Arc<Live>,
    caller: &Caller,
    bot: BotId,
    range: SeqRange,
    limit: u64,
    wait: Duration,
) -> Result<History> {
    let history = live.events.history(caller, bot, &range, limit).await?;
    if wait.is_zero() || !history.events.is_empty() || !history.complete {
        return Ok(history);
    }
    let credential = caller.credential;
    let attendance = live.attend(Kind::Poll, credential, Some(bot))?;
    let control = live.hub.seat(StreamId::User(caller.user_id));
    let seat = live.hub.seat(StreamId::Bot(bot));
    // Who it is, and where their own stream is, in one consistent read.
    let greeting = live.events.greet_inbox(credential, None).await?;
    attendance.connection.accept(&greeting.caller);
    if let Err(closing) = join_control(live, &attendance.connection, &control, greeting.control_seq).await {
        return ended(closing.close, history);
    }
    // Once more, with the seats taken: what happened between the first look and now was told to nobody here.
    let history = live.events.history(&greeting.caller, bot, &range, limit).await?;
    if !history.events.is_empty() || !history.complete {
        return found(&attendance.connection, history);
    }
    Poll {
        live,
        caller,
        bot,
        limit,
        deadline: Instant::now() + wait,
        attendance,
        seat,
    }
    .run(history)
    .await
}

struct Poll<'a> {
    live: &'a Live,
    caller: &'a Caller,
    bot: BotId,
    limit: u64,
    deadline: Instant,
    attendance: Attendance,
    seat: Seat,
}

impl Poll<'_> {
    async fn run(&self, mut history: History) -> Result<History> {
        let connection = &self.attendance.connection;
        loop {
            if let Some(closing) = connection.outbox.closing() {
                return ended(closing.close, history);
            }
            let seq = history.seq;
            connection.reached(seq);
            if self.seat.join(connection, Membership::Control, seq, || ()) == Join::Joined {
                let beyond = self.seat.topic().reach(seq.saturating_add(1));
                tokio::select! {
                    biased;
                    closing = connection.outbox.told() => return ended(closing.close, history),
                    woken = timeout_at(self.deadline, beyond) => if woken.is_err() {
                        return Ok(history);
                    },
                }
            } else if Instant::now() >= self.deadline {
                return Ok(history);
            } else {
                tokio::task::yield_now().await;
            }
            // The rights of now: the stream may have moved because they ended.
            let caller = self.live.accounts.identify(self.caller.credential).await?;
            let range = SeqRange {
                since: Some(seq),
                epoch: Some(history.epoch.0),
            };
            history = self
                .live
                .events
                .history(&caller, self.bot, &range, self.limit)
                .await?;
            if !history.events.is_empty() || !history.complete {
                return found(connection, history);
            }
        }
    }
}

/// The credential may have been lost between two reads.
fn found(connection: &Connection, history: History) -> Result<History> {
    match connection.outbox.closing() {
        Some(closing) if closing.at_once() => ended(closing.close, history),
        Some(_) | None => Ok(history),
    }
}

fn ended(close: Close, history: History) -> Result<History> {
    match close {
        Close::Unauthenticated => Err(Unauthenticated::Rejected.into()),
        Close::NoAccess => Err(Subject::Bot.into()),
        Close::Normal
        | Close::GoingAway
        | Close::Protocol
        | Close::Binary
        | Close::Utf8
        | Close::ByAdministrator
        | Close::TooBig
        | Close::OverLimit
        | Close::TooSlow
        | Close::RateLimited
        | Close::Lost => Ok(history),
        Close::Failed => Err(Error::Unavailable {
            retry_after: Duration::from_secs(1),
        }),
    }
}

/// The event stream. What can be refused is refused before the answer begins; later it ends with `event: end`.
pub async fn stream(
    live: &Arc<Live>,
    caller: &Caller,
    bot: BotId,
    range: Option<SeqRange>,
) -> Result<Response> {
    let attendance = live.attend(Kind::EventStream, caller.credential, Some(bot))?;
    let feed = live.open(&attendance.connection, range).await?;
    let (pieces, waiting) = mpsc::channel(PIECES);
    let connection = feed.connection.clone();
    let stream = EventStream {
        epoch: feed.greeting.epoch.clone(),
        pieces,
    };
    let owner = live.clone();
    live.sockets
        .spawn(async move { stream.run(&owner, attendance, feed).await });
    let body = futures_util::stream::unfold((waiting, connection), |(mut waiting, connection)| async move {
        loop {
            let piece: Piece = waiting.recv().await?;
            // What waits here has left the queue that a lost credential empties.
            let withheld = !piece.last
                && connection
                    .outbox
                    .closing()
                    .is_some_and(|closing| closing.at_once());
            if !withheld {
                return Some((Ok::<_, std::io::Error>(piece.bytes), (waiting, connection)));
            }
        }
    });
    Ok(Response::builder()
        .header(CONTENT_TYPE, "text/event-stream; charset=utf-8")
        .header(CACHE_CONTROL, "no-store")
        // A buffering proxy would hold events back.
        .header(HeaderName::from_static("x-accel-buffering"), "no")
        .body(Body::from_bytes_stream(body)))
}

struct EventStream {
    epoch: Epoch,
    pieces: mpsc::Sender<Piece>,
}

struct Piece {
    bytes: Bytes,
    /// It tells why the stream ends.
    last: bool,
}

impl EventStream {
    async fn run(mut self, live: &Live, attendance: Attendance, feed: Feed) {
        let left = self.pieces.clone();
        // At once: the client's `open` is not to wait for the first event.
        if self
            .send(Bytes::from_static(b": welcome\n\n"), false)
            .await
            .is_err()
        {
            return;
        }
        let stop = tokio::select! {
            stop = feed.run(live, &mut self) => stop,
            () = left.closed() => Stop::Broken,
        };
        attendance.end();
        if let Stop::Told(closing) = stop {
            let code = closing.close.event_stream_code();
            let end = format!("event: end\ndata: {{\"code\":{code}}}\n\n");
            // A client that takes nothing for so long will not miss it.
            let _ = tokio::time::timeout(closing.close.patience(), self.send(end.into(), true)).await;
        }
    }

    async fn send(&mut self, bytes: Bytes, last: bool) -> Result<(), Broken> {
        self.pieces.send(Piece { bytes, last }).await.map_err(|_| Broken)
    }
}

impl Wire for EventStream {
    async fn write(&mut self, frame: &Frame) -> Result<(), Broken> {
        let mut piece = Vec::with_capacity(frame.bytes.len() + 64);
        match frame.kind {
            FrameKind::Event(seq) => {
                piece.extend_from_slice(format!("id: {}:{seq}\ndata: ", self.epoch.0).as_bytes());
                piece.extend_from_slice(&frame.bytes);
            }
            FrameKind::ReplayComplete => {
                piece.extend_from_slice(b"event: replay_complete\ndata: ");
                piece.extend_from_slice(&inner(&frame.bytes));
            }
            FrameKind::Direct | FrameKind::Ephemeral | FrameKind::Delta { .. } => return Ok(()),
        }
        piece.extend_from_slice(b"\n\n");
        self.send(piece.into(), false).await
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        Ok(())
    }

    async fn beat(&mut self) -> Result<(), Broken> {
        self.send(Bytes::from_static(b": still here\n\n"), false).await
    }
}

/// The `data` of a frame.
fn inner(frame: &[u8]) -> Vec<u8> {
    let frame: serde_json::Value = serde_json::from_slice(frame).unwrap_or_default();
    frame["data"].to_string().into_bytes()
}
