//! Writing: what waits in the queue, in its order, and answers of which the client missed pieces.

use domain::events::StreamId;
use domain::ids::MessageId;
use domain::time::Timestamp;

use super::{Listening, Multi};
use crate::realtime::close::Close;
use crate::realtime::connection::Connection;
use crate::realtime::outbox::{Drain, Next};
use crate::realtime::replay::{Stop, Wire, guarded};

impl Multi<'_> {
    /// Until the connection ends.
    pub(super) async fn speak(&self, wire: &mut impl Wire) -> Stop {
        loop {
            let spoken = match self.connection.outbox.next() {
                // Nothing goes out at or after the credential's end, whenever the sweeper comes by.
                Next::Frame(_) if self.connection.expired(Timestamp::now()) => {
                    return Stop::Told(self.connection.close(Close::Unauthenticated, Drain::Nothing));
                }
                Next::Frame(frame) => guarded(self.live, &self.connection, wire.write(&frame)).await,
                Next::Beat => guarded(self.live, &self.connection, wire.beat()).await,
                Next::Missing(answer) => {
                    self.show_again(answer);
                    Ok(())
                }
                Next::Closing(closing) => return Stop::Told(closing),
                Next::Nothing => {
                    let flushed = guarded(self.live, &self.connection, wire.flush()).await;
                    self.written.notify_one();
                    if flushed.is_ok() {
                        self.connection.outbox.wait().await;
                    }
                    flushed
                }
            };
            if let Err(stop) = spoken {
                return stop;
            }
            self.written.notify_one();
        }
    }

    /// Waits until so little waits in the queue that more may come from the log.
    pub(super) async fn room(&self) {
        while !self.connection.outbox.has_room() {
            self.written.notified().await;
        }
    }

    /// The queue has drained: an answer of which pieces were dropped is shown whole, by the channel that has it.
    fn show_again(&self, answer: MessageId) {
        let (live, user) = (self.live, self.connection.user_id);
        for listening in self.all() {
            let StreamId::Bot(bot) = listening.seat.stream() else {
                continue;
            };
            let shown = listening.steady(&self.connection, || {
                let (session, frame) = live.board.whole(bot, answer, user)?;
                self.connection.outbox.unshed(answer);
                let channel = listening.channels.way("chat_message_delta", Some(session));
                if let Some(channel) = channel {
                    self.push(frame.labelled(channel));
                }
                Some(())
            });
            if shown.is_some() {
                return;
            }
        }
        self.connection.outbox.unshed(answer);
    }

    /// Shows anew what is being written on a bot, by whatever channels have it now.
    pub(super) fn show_all_again(&self, listening: &Listening) {
        if let StreamId::Bot(bot) = listening.seat.stream() {
            for answer in self.live.board.ids(bot) {
                self.connection.outbox.shed(answer);
            }
        }
    }
}

impl Listening {
    /// Calls `then` while nothing of the stream is given to this socket.
    pub(super) fn steady<R>(&self, connection: &Connection, then: impl FnOnce() -> R) -> R {
        self.seat.at_position(connection, |_| then())
    }
}
