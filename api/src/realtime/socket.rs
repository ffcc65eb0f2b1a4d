//! One WebSocket connection: reading and writing side by side, and how it ends; nothing of what the frames mean.
//!
//! A bare TCP stream becomes a line once its client has caught up (`session`): then others write to it, and its task only reads.
//! Over TLS the task goes on writing by itself.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::close::Close;
use super::connection::Connection;
use super::ear::{Ear, End, Piece, Said};
use super::inbound::Desk;
use super::mouth::{LineIo, Mouth, close_frame};
use super::outbox::{Closing, Drain, Frame, Line};
use super::rate::Limiter;
use super::replay::{Feed, Stop, Wire};
use super::session::{Session, converse};
use super::{Attendance, Live};
use crate::auth::Auth;

/// How long the peer may take to answer a close.
const PARTING: Duration = Duration::from_secs(2);

/// Why reading ended.
#[derive(Debug, Clone, Copy)]
pub enum Heard {
    /// The peer's close frame came, with this code.
    Parted(Option<u16>),
    Failed(Close),
    Lost,
}

/// What ended the time in which both sides could speak.
#[derive(Debug, Clone, Copy)]
pub enum Turn {
    /// Nothing is left to do for now.
    Quiet,
    Heard(Heard),
    Told(Closing),
    /// It takes nothing any more.
    Broken,
}

impl From<Stop> for Turn {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Told(closing) => Self::Told(closing),
            Stop::Broken => Self::Broken,
        }
    }
}

/// The reading side of a turn: `listen`, and whether it is waiting for the peer. Then it may be dropped, and nothing is lost.
pub struct Reading<'a, F> {
    pub future: Pin<&'a mut F>,
    pub resting: &'a AtomicBool,
}

/// What is left to do when nothing more is to be said.
pub enum Rest {
    /// The peer's close is to come.
    Await,
    /// The peer may still be sending.
    Swallow,
    Nothing,
}

/// Closes a socket that was never accepted.
pub async fn refuse<R, W>(mut ear: Ear<R>, mut mouth: Mouth<W>, close: Close)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send,
{
    if say(&mut mouth, close).await {
        finish(&mut ear, &mut mouth, Rest::Await).await;
    }
}

/// Runs an accepted socket over a stream that is no line to its end.
pub async fn run<R, W>(
    mut ear: Ear<R>,
    mut mouth: Mouth<W>,
    live: &Live,
    auth: &Auth,
    attendance: Attendance,
    feed: Feed,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send,
{
    let resting = AtomicBool::new(true);
    let rest = {
        let mut limiter = Limiter::new(live.limits.rate, tokio::time::Instant::now());
        let mut desk = Desk::new(live, auth, &feed.subscription, &mut limiter);
        let mut reading = pin!(listen(&mut ear, &mut desk, &resting));
        let turn = tokio::select! {
            heard = reading.as_mut() => Turn::Heard(heard),
            stop = feed.run(live, &mut mouth) => stop.into(),
        };
        conclude(turn, reading, &mut mouth, &attendance).await
    };
    drop(feed);
    finish(&mut ear, &mut mouth, rest).await;
}

/// Brings a client up to date. What comes out of it lives on with others writing to the line; `None`: it ended meanwhile.
pub async fn enter(
    mut ear: Ear<LineIo>,
    line: Line,
    live: &Arc<Live>,
    auth: &Arc<Auth>,
    attendance: Attendance,
    feed: Feed,
) -> Option<Session> {
    let mut mouth = Mouth::new(LineIo(line.clone()));
    let mut limiter = Limiter::new(live.limits.rate, tokio::time::Instant::now());
    let resting = AtomicBool::new(true);
    let rest = {
        let connection = &feed.subscription.connection;
        let mut desk = Desk::new(live, auth, &feed.subscription, &mut limiter);
        let mut reading = Reading {
            future: pin!(listen(&mut ear, &mut desk, &resting)),
            resting: &resting,
        };
        let turn = tokio::select! {
            heard = reading.future.as_mut() => Turn::Heard(heard),
            entered = feed.enter(live, &mut mouth) => match entered {
                Err(stop) => stop.into(),
                Ok(()) => {
                    connection.outbox.connect(line.clone());
                    converse(&mut reading, &feed.subscription, &line, live).await
                }
            },
        };
        if matches!(turn, Turn::Quiet) {
            None
        } else {
            mouth.add(&connection.outbox.disconnect().unwrap_or_default());
            Some(conclude(turn, reading.future, &mut mouth, &attendance).await)
        }
    };
    match rest {
        None => Some(Session {
            live: live.clone(),
            auth: auth.clone(),
            attendance,
            subscription: feed.subscription,
            line,
            ear,
            limiter,
        }),
        Some(rest) => {
            drop(feed);
            finish(&mut ear, &mut mouth, rest).await;
            None
        }
    }
}

/// Takes in what comes, until the peer ends it.
pub async fn listen<R>(ear: &mut Ear<R>, desk: &mut Desk<'_>, resting: &AtomicBool) -> Heard
where
    R: AsyncRead + Unpin,
{
    loop {
        let piece = ear.hear().await;
        resting.store(false, Ordering::Relaxed);
        if let Some(heard) = take(piece, desk).await {
            return heard;
        }
        resting.store(true, Ordering::Relaxed);
    }
}

async fn take(piece: Piece, desk: &mut Desk<'_>) -> Option<Heard> {
    let Piece { said, end } = piece;
    for said in said {
        let connection = desk.connection();
        connection.hear();
        match said {
            Said::Close(code) => return Some(Heard::Parted(code)),
            Said::Text(text) => {
                if !connection.is_closing() && desk.admits() {
                    desk.hear(&text).await;
                }
            }
            Said::Binary(_) => {
                connection.close(Close::Binary, Drain::Nothing);
            }
            // Each asks for an answer: a flood of them is one of frames.
            Said::Ping(payload) => {
                if !connection.is_closing() && desk.admits() {
                    connection.outbox.push(Frame::pong(&payload));
                }
            }
            Said::Pong => {}
        }
    }
    end.map(|end| match end {
        End::Failed(close) => Heard::Failed(close),
        End::Lost => Heard::Lost,
    })
}

/// Ends a connection: its close frame, its place in the registry, and what its peer says to it.
pub async fn conclude<W>(
    turn: Turn,
    reading: Pin<&mut impl Future<Output = Heard>>,
    mouth: &mut Mouth<W>,
    attendance: &Attendance,
) -> Rest
where
    W: AsyncWrite + Unpin + Send,
{
    let connection: &Connection = &attendance.connection;
    let said = match turn {
        Turn::Told(closing) => {
            // That of a slow reader stands behind what the network still holds.
            let patience = if closing.close == Close::TooSlow {
                attendance.live.limits.write_deadline
            } else {
                closing.close.patience()
            };
            say_within(mouth, closing.close, patience).await
        }
        Turn::Quiet => say(mouth, connection.close(Close::Normal, Drain::Nothing).close).await,
        Turn::Heard(Heard::Parted(code)) => {
            let closing = connection.close(Close::Normal, Drain::Nothing);
            answer(mouth, closing.close, code).await
        }
        Turn::Heard(Heard::Failed(close)) => say(mouth, connection.close(close, Drain::Nothing).close).await,
        Turn::Heard(Heard::Lost) | Turn::Broken => {
            connection.close(Close::Lost, Drain::Nothing);
            false
        }
    };
    // Nothing more goes out: whoever waits for that need not wait for the peer's answer.
    attendance.end();
    match turn {
        _ if !said => Rest::Nothing,
        Turn::Told(_) => match timeout(PARTING, reading).await {
            Ok(Heard::Parted(_) | Heard::Failed(_)) => Rest::Swallow,
            Ok(Heard::Lost) | Err(_) => Rest::Nothing,
        },
        Turn::Quiet | Turn::Heard(_) | Turn::Broken => Rest::Swallow,
    }
}

/// Sends the close frame; false if there is none or it did not go out.
pub async fn say<W>(mouth: &mut Mouth<W>, close: Close) -> bool
where
    W: AsyncWrite + Unpin + Send,
{
    say_within(mouth, close, close.patience()).await
}

async fn say_within<W>(mouth: &mut Mouth<W>, close: Close, patience: Duration) -> bool
where
    W: AsyncWrite + Unpin + Send,
{
    let Some(frame) = close_frame(close) else {
        return false;
    };
    mouth.add(&frame);
    matches!(timeout(patience, mouth.flush()).await, Ok(Ok(())))
}

/// Answers the peer's close with the same code (RFC 6455, section 5.5.1).
pub async fn answer<W>(mouth: &mut Mouth<W>, close: Close, code: Option<u16>) -> bool
where
    W: AsyncWrite + Unpin + Send,
{
    match code {
        Some(code) => mouth.add(&websocket::frame::close(code, "")),
        None => mouth.add(websocket::frame::CLOSE),
    }
    matches!(timeout(close.patience(), mouth.flush()).await, Ok(Ok(())))
}

pub async fn finish<R, W>(ear: &mut Ear<R>, mouth: &mut Mouth<W>, rest: Rest)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send,
{
    let done = async {
        match rest {
            Rest::Nothing => {}
            Rest::Await if ear.parted().await => {}
            Rest::Await | Rest::Swallow => {
                mouth.shutdown().await;
                ear.swallow().await;
            }
        }
    };
    let _ = timeout(PARTING, done).await;
}
