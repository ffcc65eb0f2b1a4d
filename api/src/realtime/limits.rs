//! The limits of everything live, with the defaults that the documents promise.

use std::time::Duration;

use super::hub::ConnectionLimits;
use super::outbox::OutboxLimits;
use super::rate::RateLimits;
use crate::config::Limits;
use crate::server::sockets_per_node;

#[derive(Debug, Clone, Copy)]
pub struct RealtimeLimits {
    pub connections: ConnectionLimits,
    pub outbox: OutboxLimits,
    pub rate: RateLimits,
    /// Of one inbound message, and of one frame.
    pub message_bytes: usize,
    pub write_deadline: Duration,
    /// Between two pings of the server.
    pub ping: Duration,
    /// A peer that is silent for so long is dropped.
    pub silence: Duration,
    /// Between two comment lines of an event stream.
    pub comment: Duration,
    /// How long a person stays online after their last socket.
    pub presence_grace: Duration,
    /// How often streams are compared with the database.
    pub compare_every: Duration,
    /// How long a stop waits for connections to end.
    pub shutdown: Duration,
}

impl RealtimeLimits {
    /// As the settings say; what they do not name is as it always is.
    pub fn of(limits: &Limits) -> Self {
        let mut of = Self::default();
        of.connections.per_user = limits.sockets_per_user;
        of.connections.per_user_and_bot = limits.sockets_per_user_and_bot;
        of.connections.per_node = sockets_per_node(limits);
        of.outbox.frames = limits.queue_frames;
        of.outbox.bytes = limits.queue_bytes;
        of.rate.per_second = limits.frames_per_second;
        of.rate.burst = limits.frames_burst;
        of.message_bytes = limits.frame_size;
        of.write_deadline = limits.write_deadline;
        of.ping = limits.ping_interval;
        of.silence = limits.silence;
        of.shutdown = limits.shutdown_soft;
        of
    }
}

impl Default for RealtimeLimits {
    fn default() -> Self {
        Self {
            connections: ConnectionLimits {
                per_user: 64,
                per_user_and_bot: 16,
                per_node: 10_000,
            },
            outbox: OutboxLimits {
                frames: 512,
                bytes: 1024 * 1024,
            },
            rate: RateLimits {
                per_second: 20,
                burst: 40,
                discarded: 100,
            },
            message_bytes: 64 * 1024,
            write_deadline: Duration::from_secs(10),
            ping: Duration::from_secs(25),
            silence: Duration::from_secs(50),
            comment: Duration::from_secs(15),
            presence_grace: Duration::from_secs(3),
            compare_every: Duration::from_millis(500),
            shutdown: Duration::from_secs(8),
        }
    }
}
