//! A socket that is up to date: its task only reads, and writes what the network did not take at once. While nothing happens it
//! is this struct and one small future; a turn in which something happens is made for it and dropped after it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::poll;
use tokio::time::{Instant, timeout_at};

use super::ear::Ear;
use super::hub::Subscription;
use super::inbound::Desk;
use super::mouth::{LineIo, Mouth};
use super::outbox::{Drained, Line};
use super::rate::Limiter;
use super::socket::{Heard, Reading, Rest, Turn, conclude, finish, listen};
use super::{Attendance, Live};
use crate::auth::Auth;

pub struct Session {
    pub live: Arc<Live>,
    pub auth: Arc<Auth>,
    pub attendance: Attendance,
    pub subscription: Subscription,
    pub line: Line,
    pub ear: Ear<LineIo>,
    pub limiter: Limiter,
}

impl Session {
    /// To the end of the connection.
    pub async fn run(mut self) {
        loop {
            self.idle().await;
            if let Some(rest) = Box::pin(self.turn()).await {
                return Box::pin(self.part(rest)).await;
            }
        }
    }

    /// Waits until something came, or something is to be written.
    async fn idle(&self) {
        let readable = poll_fn(|context| self.line.poll_read_ready(context));
        tokio::select! {
            // An error is found again by reading.
            _ = readable => {}
            () = self.subscription.connection.outbox.wait() => {}
        }
    }

    /// Takes in what is there, and writes what waits, until neither is left. `Some`: the connection has ended.
    async fn turn(&mut self) -> Option<Rest> {
        let mut desk = Desk::new(&self.live, &self.auth, &self.subscription, &mut self.limiter);
        let resting = AtomicBool::new(true);
        let mut reading = Reading {
            future: pin!(listen(&mut self.ear, &mut desk, &resting)),
            resting: &resting,
        };
        let turn = converse(&mut reading, &self.subscription, &self.line, &self.live).await;
        if matches!(turn, Turn::Quiet) {
            return None;
        }
        let mut mouth = Mouth::new(LineIo(self.line.clone()));
        let begun = self.subscription.connection.outbox.disconnect();
        mouth.add(&begun.unwrap_or_default());
        Some(conclude(turn, reading.future, &mut mouth, &self.attendance).await)
    }

    async fn part(mut self, rest: Rest) {
        drop(self.subscription);
        finish(&mut self.ear, &mut Mouth::new(LineIo(self.line)), rest).await;
    }
}

/// Writes what waits while `reading` goes on; ends when both have nothing left, or something ends the connection.
pub async fn converse(
    reading: &mut Reading<'_, impl Future<Output = Heard>>,
    subscription: &Subscription,
    line: &Line,
    live: &Live,
) -> Turn {
    let connection = &subscription.connection;
    let outbox = &connection.outbox;
    // Since when the frame that is being written waits for the network.
    let mut blocked = None;
    loop {
        match outbox.drain() {
            Drained::Closing(closing) => return Turn::Told(closing),
            Drained::Missing(answer) => {
                subscription
                    .stream
                    .at_position(connection, |_| live.show_again(connection, answer));
            }
            Drained::All => {
                blocked = None;
                // Once: what is there is taken in, and answered by the next round.
                if let Poll::Ready(heard) = poll!(reading.future.as_mut()) {
                    return Turn::Heard(heard);
                }
                let resting = reading.resting.load(Ordering::Relaxed);
                if resting && outbox.is_idle() {
                    return Turn::Quiet;
                }
                tokio::select! {
                    heard = reading.future.as_mut() => return Turn::Heard(heard),
                    () = outbox.wait() => {}
                }
            }
            Drained::Blocked { progress } => {
                let since = blocked.filter(|_| !progress).unwrap_or_else(Instant::now);
                blocked = Some(since);
                tokio::select! {
                    heard = reading.future.as_mut() => return Turn::Heard(heard),
                    writable = timeout_at(since + live.limits.write_deadline, line.writable()) => {
                        if !matches!(writable, Ok(Ok(()))) {
                            return Turn::Broken;
                        }
                    }
                    closing = outbox.cut() => return Turn::Told(closing),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::connection::Connection;
    use crate::realtime::topic::Topic;

    fn size_of_task<F>(_: impl FnOnce(Session) -> F) -> usize {
        size_of::<F>()
    }

    /// Ten thousand of each exist at once. Whoever makes one of them larger should know that.
    #[test]
    fn an_idle_socket_is_small() {
        let sizes = [
            ("task", size_of_task(Session::run), 640),
            ("connection", size_of::<Connection>(), 640),
            ("topic", size_of::<Topic>(), 320),
        ];
        for (what, bytes, most) in sizes {
            assert!(bytes <= most, "{what}: {bytes} bytes");
        }
    }
}
