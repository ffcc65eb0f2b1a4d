//! What is measured, seen from outside: a process, how one subscribes to it, and how a broadcast is caused. The load (`load`)
//! and the scenarios know nothing else of a server, so Colloquy, the raw limit and the peers run through the same code.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::process::Process;

/// A server that runs.
pub struct Subject {
    /// As in `Scenario::subject`.
    pub name: String,
    /// Killed when this is dropped.
    pub process: Process,
    pub address: SocketAddr,
    pub protocol: Arc<dyn Protocol>,
}

/// How to talk to it. Frames are whole text messages without their header; pings of RFC 6455 are answered by the load.
pub trait Protocol: Send + Sync {
    /// The bytes of the upgrade request of subscriber number `n`, with the empty line at their end.
    fn upgrade(&self, n: usize) -> Vec<u8>;

    /// Text messages that are sent right after the 101.
    fn hello(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether a subscriber is in only with the first frame that means `Ready`; else it is with the 101.
    fn greets(&self) -> bool;

    /// What a frame means. Called for every delivery: it must be cheap.
    fn read(&self, frame: &[u8]) -> Meaning;

    /// Who hears what is said in the group of subscriber number `n`; one group unless told otherwise.
    fn group(&self, n: usize) -> usize {
        let _ = n;
        0
    }

    fn control(&self) -> Control;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The subscriber is in.
    Ready,
    /// One delivery of a broadcast.
    Delivery(Marks),
    /// Is to be answered with this text (Engine.IO's own ping).
    Answer(&'static str),
    /// Nothing that counts.
    Other,
}

/// What a delivery says of itself, where the protocol has it; without it deliveries are counted in their order alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Position in the subscriber's stream: each must be one more than the one before.
    pub seq: Option<u64>,
    /// Which broadcast of the group this is, counted from 0 in the order of triggering.
    pub number: Option<u64>,
}

/// How a broadcast is caused.
pub enum Control {
    /// One more WebSocket, which is no subscriber to be counted: each trigger is this text message. All broadcasts go to
    /// group 0. The protocol's `hello` is said on it too.
    Socket { upgrade: Vec<u8>, trigger: String },
    /// HTTP/1.1 requests over connections that are kept alive; a broadcast is over when it was answered and all have it.
    Requests(Arc<dyn Requests>),
}

/// The requests that cause broadcasts.
pub trait Requests: Send + Sync {
    /// The whole request for broadcast `number` (from 0) of a group.
    fn request(&self, group: usize, number: u64) -> Vec<u8>;

    /// Groups that broadcasts go to in turn.
    fn groups(&self) -> usize {
        1
    }

    /// The status of a good answer; any other one ends the run.
    fn status(&self) -> u16 {
        201
    }
}
