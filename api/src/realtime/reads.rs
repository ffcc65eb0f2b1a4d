//! How far people have read, as it is told to others: at most once a second per person and session, the last marker always in
//! the end. The markers themselves are stored before they come here. One entry per marker that moved within the last second.

use std::collections::HashMap;
use std::time::Duration;

use domain::chat::ReadMarker;
use domain::events::Signal;
use domain::ids::{BotId, SessionId, UserId};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Entry {
    told_at: Instant,
    waiting: Option<(BotId, Signal)>,
}

#[derive(Debug, Default)]
pub struct Reads {
    entries: HashMap<(SessionId, UserId), Entry>,
}

impl Reads {
    pub fn note(
        &mut self,
        bot: BotId,
        marker: ReadMarker,
        private_to: Option<UserId>,
        now: Instant,
    ) -> Option<(BotId, Signal)> {
        let signal = Signal::Read { marker, private_to };
        let key = (marker.session_id, marker.user_id);
        if let Some(entry) = self.entries.get_mut(&key)
            && now < entry.told_at + SECOND
        {
            entry.waiting = Some((bot, signal));
            return None;
        }
        let entry = Entry {
            told_at: now,
            waiting: None,
        };
        self.entries.insert(key, entry);
        Some((bot, signal))
    }

    pub fn tick(&mut self, now: Instant) -> Vec<(BotId, Signal)> {
        let mut told = Vec::new();
        self.entries.retain(|_, entry| {
            if now < entry.told_at + SECOND {
                return true;
            }
            entry.told_at = now;
            let waiting = entry.waiting.take();
            let keep = waiting.is_some();
            told.extend(waiting);
            keep
        });
        told
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::MessageId;

    use super::*;

    #[test]
    fn markers_are_merged_to_one_a_second_and_the_last_is_told() {
        let (mut reads, bot, start) = (Reads::default(), BotId::new(), Instant::now());
        let marker = ReadMarker {
            session_id: SessionId::new(),
            user_id: UserId::new(),
            message_id: MessageId::new(),
        };
        let next = || ReadMarker {
            message_id: MessageId::new(),
            ..marker
        };
        assert!(reads.note(bot, marker, None, start).is_some());
        let last = next();
        assert!(reads.note(bot, next(), None, start).is_none());
        assert!(reads.note(bot, last, None, start).is_none());
        assert!(reads.tick(start + SECOND / 2).is_empty());
        let told = reads.tick(start + SECOND);
        let expected = Signal::Read {
            marker: last,
            private_to: None,
        };
        assert_eq!(told, [(bot, expected)]);
        assert!(reads.tick(start + 2 * SECOND).is_empty());
        assert!(reads.entries.is_empty());
    }
}
