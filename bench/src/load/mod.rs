//! The load: one thread, one epoll, all subscribers and all connections that cause broadcasts. It shares two cores with the
//! server, so it does as little as it can: one read per event, no allocation per frame, no task per socket.

mod causer;
mod frame;
mod histogram;
mod requests;
mod subscriber;
mod tally;

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mio::{Events, Interest, Poll, Token};

pub use frame::{text, unmasked_text};
pub use histogram::Histogram;
pub use requests::answer;
pub use tally::Tally;

use crate::subject::{Protocol, Subject};
use causer::Causer;
use subscriber::{State, Subscriber};

/// Handshakes under way at a time.
const HANDSHAKES: usize = 64;
/// Without any progress for so long, something is lost for good.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest wait for events, so that clocks are looked at.
const TICK: Duration = Duration::from_millis(100);
const BUFFER: usize = 256 * 1024;

/// When broadcasts are caused.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// The next one as soon as fewer than so many are under way.
    InFlight(usize),
    /// So many per second, whatever became of those before.
    Rate(f64),
}

/// How long a run goes on: until either bound is reached.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub time: Duration,
    pub broadcasts: u64,
}

impl Bounds {
    pub fn time(time: Duration) -> Self {
        Self {
            time,
            broadcasts: u64::MAX,
        }
    }
}

/// What a run shows; the times of processes are taken around it by `scenarios::measured`.
pub struct Outcome {
    pub tally: Tally,
    /// From the first broadcast to the last receipt.
    pub seconds: f64,
    /// Subscribers that were closed during the run.
    pub closed: usize,
}

pub struct Load {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    /// Where subscribers connect, in turn.
    hears: Vec<SocketAddr>,
    /// Where broadcasts are caused, in turn, and how many were.
    speaks: Vec<SocketAddr>,
    caused: usize,
    protocol: Arc<dyn Protocol>,
    subscribers: Vec<Subscriber>,
    /// Not in yet.
    pending: usize,
    closed: usize,
    close_codes: Vec<Option<u16>>,
    causer: Causer,
    tally: Tally,
    postponed: VecDeque<Instant>,
}

impl Load {
    pub fn new(subject: &Subject) -> Result<Self> {
        Self::across(subject.protocol.clone(), &[subject.address], &[subject.address])
    }

    /// Over the nodes of one installation: subscribers connect to those of `hears` in turn, broadcasts are caused at those of
    /// `speaks` in turn.
    pub fn across(protocol: Arc<dyn Protocol>, hears: &[SocketAddr], speaks: &[SocketAddr]) -> Result<Self> {
        let poll = Poll::new()?;
        let causer = Causer::new(protocol.control(), in_turn(speaks, 0)?, poll.registry())?;
        let mut load = Self {
            poll,
            events: Events::with_capacity(1024),
            buffer: vec![0; BUFFER],
            hears: hears.to_vec(),
            speaks: speaks.to_vec(),
            caused: 0,
            protocol,
            subscribers: Vec::new(),
            pending: 0,
            closed: 0,
            close_codes: Vec::new(),
            causer,
            tally: Tally::default(),
            postponed: VecDeque::new(),
        };
        let end = Instant::now() + PATIENCE;
        while !load.causer.is_up() {
            ensure!(Instant::now() < end, "the control connection did not come up");
            load.step(TICK)?;
        }
        Ok(load)
    }

    /// Causes broadcasts there from now on, in turn.
    pub fn speak_at(&mut self, speaks: &[SocketAddr]) {
        self.speaks = speaks.to_vec();
    }

    pub fn subscribers(&self) -> usize {
        self.subscribers.len()
    }

    /// Connects until there are `count` subscribers that are all in.
    pub fn grow(&mut self, count: usize) -> Result<()> {
        let mut progress = (self.subscribers.len(), self.pending, Instant::now());
        while self.subscribers.len() < count || self.pending > 0 {
            while self.pending < HANDSHAKES && self.subscribers.len() < count {
                self.open()?;
            }
            self.step(TICK)?;
            if self.closed > 0 {
                bail!(
                    "a subscriber was closed while others connected: {:?}",
                    self.close_codes
                );
            }
            if (progress.0, progress.1) != (self.subscribers.len(), self.pending) {
                progress = (self.subscribers.len(), self.pending, Instant::now());
            } else if progress.2.elapsed() > PATIENCE {
                bail!(
                    "{} of {} subscribers did not get in",
                    self.pending,
                    self.subscribers.len()
                );
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<()> {
        let n = self.subscribers.len();
        let group = self.protocol.group(n);
        let address = in_turn(&self.hears, n)?;
        let mut subscriber = Subscriber::connect(address, self.protocol.upgrade(n), Some(group))?;
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(&mut subscriber.stream, Token(n), both)?;
        self.subscribers.push(subscriber);
        self.tally.join(group);
        self.pending += 1;
        Ok(())
    }

    /// Subscriber `n` stops reading, for good; deliveries to it are no longer expected.
    pub fn stall(&mut self, n: usize) -> Result<()> {
        let subscriber = &mut self.subscribers[n];
        self.poll.registry().deregister(&mut subscriber.stream)?;
        // A small window, so that it is full soon.
        socket2::SockRef::from(&subscriber.stream).set_recv_buffer_size(4096)?;
        if let Some(group) = subscriber.group {
            self.tally.leave(group);
        }
        Ok(())
    }

    /// A stalled subscriber reads again, for a while: whether it was closed, and the code if one was told.
    pub fn resume(&mut self, n: usize, longest: Duration) -> Result<Option<Option<u16>>> {
        let stream = &mut self.subscribers[n].stream;
        self.poll
            .registry()
            .register(stream, Token(n), Interest::READABLE)?;
        self.settle(longest / 4, longest)?;
        match self.subscribers[n].state {
            State::Closed(code) => Ok(Some(code)),
            State::Connecting | State::Upgrading | State::Greeting | State::In => Ok(None),
        }
    }

    /// Reads until nothing came for `quiet`, at most for `longest`.
    pub fn settle(&mut self, quiet: Duration, longest: Duration) -> Result<()> {
        let end = Instant::now() + longest;
        let mut last = Instant::now();
        while last.elapsed() < quiet && Instant::now() < end {
            if self.step(TICK.min(quiet))? > 0 {
                last = Instant::now();
            }
        }
        Ok(())
    }

    /// Causes broadcasts and waits until everybody has them all.
    pub fn run(&mut self, pace: Pace, bounds: Bounds) -> Result<Outcome> {
        self.tally = self.tally.next();
        for subscriber in &mut self.subscribers {
            subscriber.received.reset();
        }
        let closed = self.closed;
        let begin = Instant::now();
        let mut seen = (0, begin);
        loop {
            let now = Instant::now();
            let over = now - begin >= bounds.time || self.tally.broadcasts >= bounds.broadcasts;
            if over && self.tally.in_flight == 0 && self.postponed.is_empty() {
                break;
            }
            let wait = self.cause_what_is_due(pace, begin, now, over, bounds.broadcasts)?;
            self.step(wait)?;
            let progress = self.tally.deliveries + self.tally.answer.count();
            if progress != seen.0 || self.tally.in_flight == 0 {
                seen = (progress, now);
            } else if now - seen.1 > PATIENCE {
                self.tally.give_up();
            }
        }
        let next = self.tally.next();
        let tally = std::mem::replace(&mut self.tally, next);
        let end = tally.last.unwrap_or(begin);
        Ok(Outcome {
            seconds: (end - begin).as_secs_f64(),
            closed: self.closed - closed,
            tally,
        })
    }

    /// Gives how long to wait for events then.
    fn cause_what_is_due(
        &mut self,
        pace: Pace,
        begin: Instant,
        now: Instant,
        over: bool,
        most: u64,
    ) -> Result<Duration> {
        match pace {
            Pace::InFlight(count) => {
                while !over && self.tally.in_flight < count && self.tally.broadcasts < most {
                    self.cause(Instant::now())?;
                }
                Ok(TICK)
            }
            Pace::Rate(rate) => {
                let due = |nth: u64| begin + Duration::from_secs_f64(nth as f64 / rate);
                let mut nth = self.tally.broadcasts + self.postponed.len() as u64;
                while !over && due(nth) <= now && nth < most {
                    self.postponed.push_back(due(nth));
                    nth += 1;
                }
                while let Some(due) = self.postponed.front().copied() {
                    if !self.causer.is_free() {
                        break;
                    }
                    self.postponed.pop_front();
                    // epoll counts in milliseconds; what is later than that waited for a connection, and that counts.
                    let late = now - due > Duration::from_millis(2);
                    self.cause(if late { due } else { Instant::now() })?;
                }
                Ok(due(nth).saturating_duration_since(Instant::now()).min(TICK))
            }
        }
    }

    fn cause(&mut self, at: Instant) -> Result<()> {
        let address = in_turn(&self.speaks, self.caused)?;
        self.caused += 1;
        self.causer
            .cause(at, &mut self.tally, address, self.poll.registry())
    }

    /// Waits for events and handles them; gives how many there were.
    fn step(&mut self, wait: Duration) -> Result<usize> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(0),
            other => other?,
        }
        let mut handled = 0;
        for event in &self.events {
            handled += 1;
            let Token(token) = event.token();
            if let Some(nth) = token.checked_sub(causer::FIRST) {
                self.causer
                    .handle(event, nth, &mut self.buffer, &*self.protocol, &mut self.tally)?;
                continue;
            }
            let Some(subscriber) = self.subscribers.get_mut(token) else {
                continue;
            };
            let before = subscriber.state;
            if event.is_writable() {
                subscriber.writable()?;
            }
            subscriber.readable(&mut self.buffer, &*self.protocol, &mut self.tally)?;
            match (before, subscriber.state) {
                (State::Closed(_), _) | (State::In, State::In) => {}
                (_, State::Closed(code)) => {
                    self.closed += 1;
                    self.close_codes.push(code);
                }
                (_, State::In) => self.pending -= 1,
                (_, State::Connecting | State::Upgrading | State::Greeting) => {}
            }
        }
        Ok(handled)
    }
}

fn in_turn(nodes: &[SocketAddr], nth: usize) -> Result<SocketAddr> {
    let address = nodes.get(nth % nodes.len().max(1));
    address.copied().context("a load without a node")
}
