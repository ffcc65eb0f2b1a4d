//! What one connection is given, from its first frame to its last: greeting, replay, what came meanwhile, then live. The same
//! for a socket and an event stream.
//!
//! The order is the promise. The control membership comes before anything is sent, so that no lost credential is missed. What
//! the log gives is written straight to the client, up to the number at which the topic lets the connection in.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Error;
use domain::events::{Fact, Greeting, Recorded, SeqRange, ending};
use domain::ids::UserId;
use domain::time::Timestamp;
use tokio::time::timeout;

use super::answers::Over;
use super::close::Close;
use super::connection::{Connection, Kind};
use super::frames;
use super::hub::{Seat, Subscription};
use super::outbox::{Closing, Drain, Frame, FrameKind, Next};
use super::presence::Seen;
use super::topic::{Join, Membership};
use super::{Live, greeting};

/// Events read in one piece. Each may hold 64 KiB of text, and many connections resume at once after a restart.
pub(super) const PAGE: u64 = 50;
/// Control records are short.
const CONTROL_PAGE: u64 = 500;
/// Times that the log may lag behind what was announced before the connection is sent away.
const STALLS: u32 = 100;

/// The connection is gone, or took nothing for the whole write deadline.
#[derive(Debug, Clone, Copy)]
pub struct Broken;

/// Why a feed ended.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    Told(Closing),
    Broken,
}

/// Where frames go: a WebSocket or an event stream.
pub trait Wire: Send {
    /// May keep it in a small buffer until `flush`.
    fn write(&mut self, frame: &Frame) -> impl Future<Output = Result<(), Broken>> + Send;
    fn flush(&mut self) -> impl Future<Output = Result<(), Broken>> + Send;
    fn beat(&mut self) -> impl Future<Output = Result<(), Broken>> + Send;
}

/// A connection that was accepted, and what it is to be given.
pub struct Feed {
    pub connection: Arc<Connection>,
    pub greeting: Greeting,
    /// What it asked for; none: nothing of the past.
    pub range: Option<SeqRange>,
    pub subscription: Subscription,
}

enum Never {}

impl Feed {
    /// To the end of the connection.
    pub async fn run(&self, live: &Live, wire: &mut impl Wire) -> Stop {
        let mut play = self.play(live, wire);
        let done = match play.enter().await {
            Ok(()) => play.live().await,
            Err(stop) => Err(stop),
        };
        match done {
            Ok(never) => match never {},
            Err(stop) => stop,
        }
    }

    /// Until the connection is up to date; then everything it has been given so far is written.
    pub async fn enter(&self, live: &Live, wire: &mut impl Wire) -> Result<(), Stop> {
        let mut play = self.play(live, wire);
        play.enter().await?;
        play.flush().await
    }

    fn play<'a, W: Wire>(&'a self, live: &'a Live, wire: &'a mut W) -> Play<'a, W> {
        Play {
            live,
            feed: self,
            wire,
        }
    }
}

/// Joins the caller's own stream as one whom only the loss of a credential concerns, after the losses since `seq`.
pub(super) async fn join_control(
    live: &Live,
    connection: &Arc<Connection>,
    control: &Seat,
    mut seq: i64,
) -> Result<(), Closing> {
    let mut stalls = 0;
    while control.join(connection, Membership::Control, seq, || ()) == Join::Retry {
        if let Some(closing) = connection.outbox.closing() {
            return Err(closing);
        }
        let log = live.events.log(control.stream(), seq, CONTROL_PAGE).await;
        let log = log.map_err(|error| connection.close(Close::of(&error), Drain::Nothing))?;
        let lost = |fact: &Recorded| match &fact.fact {
            Fact::CredentialLost(loss) => connection.covered_by(*loss),
            Fact::MessagePosted(_)
            | Fact::MessageUpdated(_)
            | Fact::MessageDeleted { .. }
            | Fact::SessionCreated(_)
            | Fact::SessionUpdated(_)
            | Fact::SessionDeleted { .. }
            | Fact::PermissionChanged(_)
            | Fact::BotChanged(_)
            | Fact::DocumentChanged(_)
            | Fact::Notified(_)
            | Fact::NotificationRead { .. } => false,
        };
        if log.iter().any(lost) {
            return Err(connection.close(Close::Unauthenticated, Drain::Nothing));
        }
        match log.last() {
            Some(last) => seq = last.seq,
            None => stall(connection, &mut stalls).await?,
        }
    }
    Ok(())
}

/// The topic has heard of a number that the log does not show: another node's commit on its way, or a bug. Never for ever.
pub(super) async fn stall(connection: &Connection, stalls: &mut u32) -> Result<(), Closing> {
    *stalls += 1;
    if *stalls > STALLS {
        tracing::error!(connection = %connection.id, "the log stays behind its stream");
        return Err(connection.close(Close::GoingAway, Drain::Nothing));
    }
    tokio::task::yield_now().await;
    Ok(())
}

struct Play<'a, W> {
    live: &'a Live,
    feed: &'a Feed,
    wire: &'a mut W,
}

impl<W: Wire> Play<'_, W> {
    async fn enter(&mut self) -> Result<(), Stop> {
        let Feed {
            connection,
            greeting,
            range,
            subscription,
        } = self.feed;
        join_control(self.live, connection, &subscription.control, greeting.control_seq)
            .await
            .map_err(Stop::Told)?;
        let online = self.greet();
        if let (true, Some(bot)) = (connection.kind.takes_signals(), connection.bot_id) {
            let known = self.live.know_answers(bot).await;
            known.map_err(|error| self.fail(&error))?;
        }
        if let (Some(range), Some(complete)) = (range, greeting.complete) {
            let complete = match range.since.filter(|_| complete) {
                Some(since) => self.replay(since).await?,
                None => false,
            };
            let stream = self.feed.subscription.stream.stream();
            let bytes = frames::replay_complete(stream, range.since, greeting.seq, complete);
            connection
                .outbox
                .push(Frame::new(FrameKind::ReplayComplete, bytes));
        }
        connection.reached(greeting.seq);
        self.join().await?;
        if let Some(online) = online {
            greeting::catch_up(self.live, self.feed, &online);
        }
        Ok(())
    }

    /// The greeting goes through the queue: it is written when the connection has joined, or before it reads the log. So a
    /// client that has its greeting (or, after a resume, its `replay_complete`) misses nothing live, signals included.
    fn greet(&self) -> Option<Seen> {
        let (greeting, online) = match self.feed.connection.kind {
            Kind::Chat => greeting::chat(self.live, self.feed),
            Kind::Notifications => (greeting::notifications(self.feed), None),
            // A socket of many channels has a way of its own, `multi`.
            Kind::Multi | Kind::EventStream | Kind::Poll => return None,
        };
        self.push_direct(greeting);
        online
    }

    fn push_direct(&self, bytes: Bytes) {
        self.feed
            .connection
            .outbox
            .push(Frame::new(FrameKind::Direct, bytes));
    }

    /// Gives (since, greeting.seq]; false if a part of it went from the log meanwhile.
    async fn replay(&mut self, since: i64) -> Result<bool, Stop> {
        let Feed {
            connection, greeting, ..
        } = self.feed;
        let stream = &self.feed.subscription.stream;
        let mut at = since;
        connection.reached(at);
        self.pump().await?;
        while at < greeting.seq {
            let user = connection.user_id;
            let page = self
                .live
                .events
                .page(stream.stream().into(), user, at, Some(greeting.seq), PAGE);
            let mut page = page.await.map_err(|error| self.fail(&error))?;
            if page.floor > at {
                return Ok(false);
            }
            veil(self.live, user, &mut page.events)
                .await
                .map_err(|error| self.fail(&error))?;
            for fact in &page.events {
                self.give(fact).await?;
            }
            at = page.reached.max(at + 1);
            connection.reached(at);
        }
        self.flush().await?;
        Ok(true)
    }

    /// Goes on from the greeting's number until the topic lets the connection in. What is read here happened after the rights
    /// were checked, so it may end them.
    async fn join(&mut self) -> Result<(), Stop> {
        let Subscription {
            connection, stream, ..
        } = &self.feed.subscription;
        let mut stalls = 0;
        loop {
            let at = connection.position();
            self.live
                .bring_up(stream.topic(), at)
                .await
                .map_err(|error| self.fail(&error))?;
            let show = || self.live.show_answers(connection);
            if stream.join(connection, Membership::Full, at, show) == Join::Joined {
                connection.joined();
                return Ok(());
            }
            self.pump().await?;
            self.flush().await?;
            let page = self
                .live
                .events
                .page(stream.stream().into(), connection.user_id, at, None, PAGE);
            let page = page.await.map_err(|error| self.fail(&error))?;
            if page.floor > at {
                // It comes back with its number and is told that something is missing.
                return Err(self.end(Close::GoingAway, Drain::Queued));
            }
            for fact in &page.events {
                self.give(fact).await?;
                if ending(&fact.fact).concerns(connection.user_id) {
                    return Err(self.end(Close::NoAccess, Drain::Queued));
                }
            }
            if page.reached > at {
                connection.reached(page.reached);
            } else {
                stall(connection, &mut stalls).await.map_err(Stop::Told)?;
            }
        }
    }

    async fn live(&mut self) -> Result<Never, Stop> {
        loop {
            self.pump().await?;
            self.flush().await?;
            self.feed.connection.outbox.wait().await;
        }
    }

    /// What waits in the queue: live frames, or direct answers while the log is read; and the order to close.
    async fn pump(&mut self) -> Result<(), Stop> {
        loop {
            match self.feed.connection.outbox.next() {
                Next::Frame(frame) => self.write(&frame).await?,
                Next::Beat => {
                    let (live, connection) = (self.live, &self.feed.connection);
                    guarded(live, connection, self.wire.beat()).await?;
                }
                Next::Missing(answer) => {
                    let Subscription {
                        connection, stream, ..
                    } = &self.feed.subscription;
                    stream.at_position(connection, |_| self.live.show_again(connection, answer));
                }
                Next::Closing(closing) => return Err(Stop::Told(closing)),
                Next::Nothing => return Ok(()),
            }
        }
    }

    /// An event from the log.
    async fn give(&mut self, fact: &Recorded) -> Result<(), Stop> {
        self.pump().await?;
        self.live.note_end(fact, Over::InTheLog);
        if let Some(bytes) = frames::event(fact) {
            self.write(&Frame::new(FrameKind::Event(fact.seq), bytes)).await?;
        }
        self.feed.connection.reached(fact.seq);
        Ok(())
    }

    /// Nothing goes out at or after the credential's end, whenever the sweeper comes by.
    async fn write(&mut self, frame: &Frame) -> Result<(), Stop> {
        if self.feed.connection.expired(Timestamp::now()) {
            return Err(self.end(Close::Unauthenticated, Drain::Nothing));
        }
        guarded(self.live, &self.feed.connection, self.wire.write(frame)).await
    }

    async fn flush(&mut self) -> Result<(), Stop> {
        guarded(self.live, &self.feed.connection, self.wire.flush()).await
    }

    fn fail(&self, error: &Error) -> Stop {
        self.end(Close::of(error), Drain::Nothing)
    }

    fn end(&self, close: Close, drain: Drain) -> Stop {
        Stop::Told(self.feed.connection.close(close, drain))
    }
}

/// A write under its deadline, given up when the connection is told to close at once.
pub(super) async fn guarded(
    live: &Live,
    connection: &Connection,
    write: impl Future<Output = Result<(), Broken>>,
) -> Result<(), Stop> {
    let deadline: Duration = live.limits.write_deadline;
    tokio::select! {
        biased;
        written = timeout(deadline, write) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Broken)) | Err(_) => Err(Stop::Broken),
        },
        closing = connection.outbox.cut() => Err(Stop::Told(closing)),
    }
}

/// Notifications about bots that the person may no longer see keep their type and the bot's id.
pub(super) async fn veil(live: &Live, user: UserId, facts: &mut [Recorded]) -> domain::Result<()> {
    let bot_of = |fact: &Fact| match fact {
        Fact::Notified(item) => item.bot_id,
        Fact::MessagePosted(_)
        | Fact::MessageUpdated(_)
        | Fact::MessageDeleted { .. }
        | Fact::SessionCreated(_)
        | Fact::SessionUpdated(_)
        | Fact::SessionDeleted { .. }
        | Fact::PermissionChanged(_)
        | Fact::BotChanged(_)
        | Fact::DocumentChanged(_)
        | Fact::NotificationRead { .. }
        | Fact::CredentialLost(_) => None,
    };
    let mut bots: Vec<_> = facts.iter().filter_map(|fact| bot_of(&fact.fact)).collect();
    if bots.is_empty() {
        return Ok(());
    }
    bots.sort();
    bots.dedup();
    let visible = live.inbox.visible(user, &bots).await?;
    for fact in facts {
        if let Fact::Notified(item) = &mut fact.fact
            && item.bot_id.is_some_and(|bot| !visible.contains(&bot))
        {
            *item = item.clone().veiled();
        }
    }
    Ok(())
}
