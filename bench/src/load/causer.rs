//! What causes broadcasts: one WebSocket that says so, or HTTP requests over kept connections. Where it stands among the
//! events of the load is told by the tokens from `FIRST` on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use mio::event::Event;
use mio::{Interest, Registry, Token};

use super::frame;
use super::requests::{Caused, Requester};
use super::subscriber::{State, Subscriber};
use super::tally::Tally;
use crate::subject::{Control, Protocol, Requests};

/// Tokens below are those of subscribers.
pub const FIRST: usize = 1 << 40;
/// Connections that carry requests by the clock; more than that in flight means that the server does not keep up.
const REQUESTERS: usize = 64;

pub enum Causer {
    Socket {
        socket: Box<Subscriber>,
        trigger: Vec<u8>,
    },
    Requests {
        requests: Arc<dyn Requests>,
        pool: Vec<Requester>,
        /// Groups are spoken to in turn.
        turn: usize,
    },
}

impl Causer {
    pub fn new(control: Control, address: SocketAddr, registry: &Registry) -> Result<Self> {
        let (upgrade, trigger) = match control {
            Control::Socket { upgrade, trigger } => (upgrade, trigger),
            Control::Requests(requests) => {
                return Ok(Self::Requests {
                    requests,
                    pool: Vec::new(),
                    turn: 0,
                });
            }
        };
        let mut socket = Box::new(Subscriber::connect(address, upgrade, None)?);
        let both = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut socket.stream, Token(FIRST), both)?;
        Ok(Self::Socket {
            socket,
            trigger: frame::text(trigger.as_bytes()),
        })
    }

    /// Whether it can be used; before that it needs its events.
    pub fn is_up(&self) -> bool {
        match self {
            Self::Socket { socket, .. } => socket.state == State::In,
            Self::Requests { .. } => true,
        }
    }

    /// Whether one more is not too many at once.
    pub fn is_free(&self) -> bool {
        match self {
            Self::Socket { .. } => true,
            Self::Requests { pool, .. } => pool.len() < REQUESTERS || pool.iter().any(Requester::is_idle),
        }
    }

    /// Causes a broadcast; `at` is what its latency counts from, `address` where a request goes.
    pub fn cause(
        &mut self,
        at: Instant,
        tally: &mut Tally,
        address: SocketAddr,
        registry: &Registry,
    ) -> Result<()> {
        match self {
            Self::Socket { socket, trigger } => {
                socket.send(trigger)?;
                tally.cause(0, at, true);
            }
            Self::Requests { requests, pool, turn } => {
                let group = *turn % requests.groups();
                *turn += 1;
                let number = tally.upcoming(group);
                let requester = idle(pool, address, registry)?;
                requester.send(&requests.request(group, number), Caused { group, number })?;
                tally.cause(group, at, false);
            }
        }
        Ok(())
    }

    /// Something came for the `nth` of its connections.
    pub fn handle(
        &mut self,
        event: &Event,
        nth: usize,
        buffer: &mut [u8],
        protocol: &dyn Protocol,
        tally: &mut Tally,
    ) -> Result<()> {
        match self {
            Self::Socket { socket, .. } => {
                if event.is_writable() {
                    socket.writable()?;
                }
                socket.readable(buffer, protocol, tally)?;
                if let State::Closed(code) = socket.state {
                    bail!("the control connection was closed ({code:?})");
                }
            }
            Self::Requests { requests, pool, .. } => {
                let Some(requester) = pool.get_mut(nth) else {
                    return Ok(());
                };
                if let Some(Caused { group, number }) = requester.readable(buffer, requests.status())? {
                    tally.accept(group, number, Instant::now());
                }
            }
        }
        Ok(())
    }
}

/// A connection to that node without a request on it; one more if there is none.
fn idle<'a>(
    pool: &'a mut Vec<Requester>,
    address: SocketAddr,
    registry: &Registry,
) -> Result<&'a mut Requester> {
    let is_fit = |requester: &Requester| requester.is_idle() && requester.address == address;
    let found = pool.iter().position(is_fit);
    let nth = found.unwrap_or(pool.len());
    if pool.get(nth).is_none_or(Requester::is_closed) {
        let mut requester = Requester::connect(address)?;
        registry.register(&mut requester.stream, Token(FIRST + nth), Interest::READABLE)?;
        match pool.get_mut(nth) {
            Some(place) => *place = requester,
            None => pool.push(requester),
        }
    }
    Ok(&mut pool[nth])
}
