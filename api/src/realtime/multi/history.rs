//! Pages of a channel's past, on request. The channel need not be one that the socket has: the right to it is read at that moment.

use domain::events::{Part, SeqRange};

use super::{Channel, Multi, NOT_FOUND, frames};
use crate::realtime::inbound::{Refusal, invalid};
use crate::realtime::outbox::{Frame, FrameKind, lock};
use crate::realtime::replay::veil;

impl Multi<'_> {
    pub(super) async fn history(
        &self,
        name: &str,
        range: &SeqRange,
        limit: u64,
        id: Option<&str>,
    ) -> Result<(), Refusal> {
        let channel = Channel::parse(name).ok_or(NOT_FOUND)?;
        let part = match channel {
            Channel::Bot(bot) => Part::Bot(bot),
            Channel::Session(session) => Part::Session(session),
            Channel::Notifications => Part::Inbox,
            Channel::Tasks => return Err(invalid("nothing is kept of this channel")),
        };
        loop {
            self.room().await;
            let losses = self.lost.count();
            let read = self
                .live
                .events
                .part_of_history(self.credential(), part, range, limit);
            let (stream, mut history) = read.await.map_err(|error| self.meaning(&error))?;
            veil(self.live, self.connection.user_id, &mut history.events)
                .await
                .map_err(|error| self.meaning(&error))?;
            let place = (history.seq, &history.epoch);
            let bytes = frames::history(channel, &history.events, place, history.complete, id);
            let frame = Frame::new(FrameKind::Direct, bytes);
            let give = || {
                let still = self.lost.count() == losses;
                if still {
                    self.push(frame);
                }
                still
            };
            let listening = lock(&self.listening).get(&stream).cloned();
            let given = match listening {
                Some(listening) => listening.steady(&self.connection, give),
                None => give(),
            };
            // What was read before something was withdrawn, of which the client knows meanwhile, is read again.
            if given {
                return Ok(());
            }
        }
    }
}
