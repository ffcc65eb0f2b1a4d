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
/// Ticks of a round over all connections, each of which looks at a part of them.
const ROUND: u8 = 5;
/// Rounds between two pings, at the least.
const ROUNDS: u32 = 4;

pub(super) async fn run(live: Arc<Live>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let round = round(live.limits.ping);
    for part in (0..round).cycle() {
        tokio::select! {
            () = live.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        live.tell_waiting(Instant::now());
        live.look_around(part, round);
    }
}

impl Live {
    fn look_around(&self, part: u8, round: u8) {
        let now = Timestamp::now();
        let limits = &self.limits;
        for connection in self.hub.part(part, round) {
            if connection.expired(now) {
                connection.close(Close::Unauthenticated, Drain::Nothing);
                continue;
            }
            match connection.kind {
                Kind::Chat | Kind::Notifications | Kind::Multi => {
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

/// Ticks of a round, fewer where pings are to come fast.
fn round(ping: Duration) -> u8 {
    let ticks = ping.as_millis() / (TICK * ROUNDS).as_millis();
    u8::try_from(ticks).map_or(ROUND, |ticks| ticks.clamp(1, ROUND))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_half_a_second_and_shorter_for_fast_pings() {
        for (ping, ticks) in [
            (1, 1),
            (400, 1),
            (1_000, 2),
            (2_000, 5),
            (25_000, 5),
            (u64::MAX, 5),
        ] {
            assert_eq!(round(Duration::from_millis(ping)), ticks, "{ping}");
        }
    }
}
