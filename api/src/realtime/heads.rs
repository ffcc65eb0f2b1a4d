//! The newest numbers that this node has heard of, of bots' streams, whether anybody here listens to them or not: what leaves this
//! node says with them what must not be overtaken. Without other nodes nothing is kept.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::events::StreamId;

use super::outbox::lock;

/// Streams, some hundreds of KB. When there are more, all are forgotten: a signal with no number is told within the second in
/// which every node hears of a fact anyway.
const MOST: usize = 16_384;

#[derive(Debug)]
pub(super) struct Heads {
    known: Option<Mutex<HashMap<StreamId, i64>>>,
}

impl Heads {
    /// `shared`: there may be other nodes.
    pub fn new(shared: bool) -> Self {
        Self {
            known: shared.then(Mutex::default),
        }
    }

    pub fn note(&self, stream: StreamId, seq: i64) {
        let (Some(known), StreamId::Bot(_)) = (&self.known, stream) else {
            return;
        };
        let mut known = lock(known);
        if known.len() >= MOST && !known.contains_key(&stream) {
            known.clear();
        }
        let head = known.entry(stream).or_insert(seq);
        *head = seq.max(*head);
    }

    /// 0: nothing was heard of it.
    pub fn get(&self, stream: StreamId) -> i64 {
        let known = self.known.as_ref().map(lock);
        known.and_then(|known| known.get(&stream).copied()).unwrap_or(0)
    }

    /// The numbers begin a new life.
    pub fn forget(&self) {
        if let Some(known) = &self.known {
            lock(known).clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{BotId, UserId};

    use super::*;

    #[test]
    fn the_highest_number_of_each_stream_is_kept_and_not_of_too_many() {
        let heads = Heads::new(true);
        let bot = StreamId::Bot(BotId::new());
        heads.note(bot, 4);
        heads.note(bot, 3);
        heads.note(StreamId::User(UserId::new()), 9);
        assert_eq!(heads.get(bot), 4);
        (0..MOST).for_each(|_| heads.note(StreamId::Bot(BotId::new()), 1));
        assert_eq!(heads.get(bot), 0);
        let alone = Heads::new(false);
        alone.note(bot, 4);
        assert_eq!(alone.get(bot), 0);
    }
}
