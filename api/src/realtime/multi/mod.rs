//! One socket with any number of channels, joined and left by its frames. The socket's one task does four things side by side:
//! it reads, it does what is asked, one request after the other, it tidies up after channels that were withdrawn, and it writes
//! what its queue holds. Nobody else writes to it.
//!
//! What is live goes into the queue as on every socket. What a channel reads from the log goes there too, but only while little
//! waits: so a channel that catches up neither fills the queue nor holds up another.

mod channel;
mod enter;
mod filter;
pub(super) mod frames;
mod history;
mod labels;
mod request;
mod speak;
mod subscribe;
pub(super) mod tasks;
mod wants;
mod work;

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use domain::Credential;
use domain::events::StreamId;
use domain::ids::{BotId, SessionId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;

use super::connection::Connection;
use super::ear::Ear;
use super::hub::Seat;
use super::inbound::{Code, Desk, Refusal, invalid, meaning, refusal};
use super::mouth::Mouth;
use super::outbox::{Frame, FrameKind, lock};
use super::rate::Limiter;
use super::replay::{Feed, join_control};
use super::socket::{Turn, conclude, finish, listen};
use super::{Attendance, Live};
use crate::auth::Auth;
pub use channel::Channel;
pub use labels::{Labels, Tag};
pub use request::{Request, parse};
pub use wants::Channels;
use wants::Losses;

/// Channels of one socket.
const CHANNELS: usize = 200;
/// Requests that wait for the one that is being done.
const WAITING: usize = 32;

const NOT_FOUND: Refusal = refusal(Code::NotFound, "not found");
const TOO_MANY: Refusal = refusal(Code::TooManyChannels, "a socket has at most 200 channels");

/// What one socket has, shared by what its task does side by side.
pub struct Multi<'a> {
    live: &'a Live,
    connection: Arc<Connection>,
    listening: Mutex<HashMap<StreamId, Arc<Listening>>>,
    /// Its place among those who are told of tasks.
    tasks: Mutex<Option<tasks::Listener>>,
    requests: Mutex<VecDeque<(Option<String>, Request)>>,
    asked: Notify,
    lost: Arc<Losses>,
    /// Something was written: there may be room.
    written: Notify,
}

/// Its place in one stream.
struct Listening {
    seat: Seat,
    channels: Arc<Channels>,
    /// A channel is on its way in, though none may be there yet.
    joining: AtomicBool,
    /// Its person is there by it, for those who watch the bot.
    present: AtomicBool,
}

impl<'a> Multi<'a> {
    fn new(live: &'a Live, connection: &Arc<Connection>) -> Self {
        Self {
            live,
            connection: connection.clone(),
            listening: Mutex::default(),
            tasks: Mutex::default(),
            requests: Mutex::default(),
            asked: Notify::new(),
            lost: Arc::default(),
            written: Notify::new(),
        }
    }

    /// Takes a request, to be answered after those before it.
    pub fn ask(&self, id: Option<&str>, request: Request) -> Result<(), Refusal> {
        let mut requests = lock(&self.requests);
        if requests.len() >= WAITING {
            return Err(refusal(Code::RateLimited, "too many requests are waiting"));
        }
        requests.push_back((id.map(str::to_owned), request));
        drop(requests);
        self.asked.notify_one();
        Ok(())
    }

    /// The bot, and the session if it is one's, of a channel that this socket has.
    pub fn place(&self, channel: &str) -> Result<(BotId, Option<SessionId>), Refusal> {
        let channel = Channel::parse(channel).ok_or(NOT_FOUND)?;
        let session = match channel {
            Channel::Bot(_) => None,
            Channel::Session(session) => Some(session),
            Channel::Notifications | Channel::Tasks => {
                return Err(invalid("this channel takes no such type"));
            }
        };
        let listening = self.listening_to(channel).ok_or(NOT_FOUND)?;
        match listening.seat.stream() {
            StreamId::Bot(bot) => Ok((bot, session)),
            StreamId::User(_) => Err(NOT_FOUND),
        }
    }

    pub fn refuse(&self, refusal: Refusal, channel: Option<&str>, id: Option<&str>) {
        self.push(Frame::new(FrameKind::Direct, frames::error(refusal, channel, id)));
    }

    /// What is not there, not visible and not allowed must look the same.
    fn meaning(&self, error: &domain::Error) -> Refusal {
        let refusal = meaning(&self.connection, error);
        match refusal.code {
            Code::AccessDenied => NOT_FOUND,
            Code::InvalidJson
            | Code::InvalidMessage
            | Code::UnknownType
            | Code::NotFound
            | Code::RateLimited
            | Code::TooManyChannels
            | Code::Unavailable => refusal,
        }
    }

    fn push(&self, frame: Frame) {
        self.connection.outbox.push(frame);
    }

    fn credential(&self) -> Credential {
        self.connection.credential()
    }

    fn all(&self) -> Vec<Arc<Listening>> {
        lock(&self.listening).values().cloned().collect()
    }

    fn listening_to(&self, channel: Channel) -> Option<Arc<Listening>> {
        let listening = lock(&self.listening);
        let mut all = listening.values();
        all.find(|listening| listening.channels.has(channel)).cloned()
    }

    fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Tasks => lock(&self.tasks).is_some(),
            Channel::Bot(_) | Channel::Session(_) | Channel::Notifications => {
                self.listening_to(channel).is_some()
            }
        }
    }

    fn count(&self) -> usize {
        let streams = lock(&self.listening);
        let channels: usize = streams.values().map(|listening| listening.channels.len()).sum();
        channels + usize::from(lock(&self.tasks).is_some())
    }

    /// The place in a stream, which stays while a channel is on its way in.
    fn listen(&self, stream: StreamId) -> Arc<Listening> {
        let mut listening = lock(&self.listening);
        let place = listening.entry(stream).or_insert_with(|| {
            let channels = Channels::new(self.connection.clone(), self.lost.clone());
            Arc::new(Listening {
                seat: self.live.hub.seat(stream),
                channels: Arc::new(channels),
                joining: AtomicBool::new(false),
                present: AtomicBool::new(false),
            })
        });
        place.joining.store(true, Ordering::Relaxed);
        place.channels.forget_lost();
        place.clone()
    }

    /// Leaves streams of which no channel is left.
    fn tidy(&self) {
        for listening in self.all() {
            if listening.joining.load(Ordering::Relaxed) || !listening.channels.is_empty() {
                continue;
            }
            let stream = listening.seat.stream();
            lock(&self.listening).remove(&stream);
            if let StreamId::Bot(bot) = stream {
                if listening.present.load(Ordering::Relaxed) {
                    self.live.depart_from(bot, &self.connection);
                }
                self.connection.turn_from(bot);
                self.live.tell_sockets(self.connection.user_id);
            }
        }
    }

    async fn tidy_up(&self) -> Infallible {
        loop {
            self.lost.more().await;
            self.tidy();
        }
    }
}

/// Runs an accepted socket to its end.
pub(super) async fn run<R, W>(
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
    let Feed {
        connection,
        greeting,
        subscription,
        ..
    } = &feed;
    connection.reached(0);
    // Before anything is read, so that nothing is answered before the greeting. An order to close is found by the writer.
    if join_control(live, connection, &subscription.control, greeting.control_seq)
        .await
        .is_ok()
    {
        let expires = connection.credential().expires_at;
        let bytes = frames::greeting(connection.user_id, connection.id, expires);
        connection.outbox.push(Frame::new(FrameKind::Direct, bytes));
        connection.joined();
    }
    let resting = AtomicBool::new(true);
    let rest = {
        let multi = Multi::new(live, connection);
        let mut limiter = Limiter::new(live.limits.rate, tokio::time::Instant::now());
        let mut desk = Desk::new(live, auth, subscription, &mut limiter).with_channels(&multi);
        let mut reading = pin!(listen(&mut ear, &mut desk, &resting));
        let turn: Turn = tokio::select! {
            heard = reading.as_mut() => Turn::Heard(heard),
            stop = multi.speak(&mut mouth) => stop.into(),
            never = multi.work() => match never {},
            never = multi.tidy_up() => match never {},
        };
        conclude(turn, reading, &mut mouth, &attendance).await
    };
    drop(feed);
    finish(&mut ear, &mut mouth, rest).await;
}
