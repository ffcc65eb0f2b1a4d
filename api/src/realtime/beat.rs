//! The one ticker of all connections: signals that wait for their moment, signs of life, silence, tokens that end. So no
//! connection needs a timer of its own.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Live;
use super::close::Close;
use super::connection::Kind;
use super::outbox::Drain;

const TICK: Duration = Duration::from_millis(100);
/// Ticks between two rounds over all connections.
const ROUND: u32 = 2;

pub(super) async fn run(live: Arc<Live>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0u32;
    loop {
        tokio::select! {
            () = live.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        live.tell_waiting(Instant::now());
        count = count.wrapping_add(1);
        if count.is_multiple_of(ROUND) {
            live.look_around();
        }
    }
}

impl Live {
    fn look_around(&self) {
        let now = Timestamp::now();
        let limits = &self.limits;
        for connection in self.hub.connections() {
            if connection.expired(now) {
                connection.close(Close::Unauthenticated, Drain::Nothing);
                continue;
            }
            match connection.kind {
                Kind::Chat | Kind::Notifications => {
                    if connection.silence() >= millis(limits.silence) {
                        connection.close(Close::Lost, Drain::Nothing);
                    } else {
                        connection.beat_after(millis(limits.ping));
                    }
                }
                Kind::EventStream => connection.beat_after(millis(limits.comment)),
                Kind::Poll => {}
            }
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
