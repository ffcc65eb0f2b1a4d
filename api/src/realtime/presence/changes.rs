//! The latest changes of presence on this node, for connections that were greeted and do not hear live yet. One ring for all
//! bots: it costs nothing where nothing happens, and is bounded in all.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::ids::{BotId, SessionId, UserId};

use super::Viewing;

/// A connection that misses more than so many while it comes in is told by comparison.
pub(super) const KEPT: usize = 4_096;

#[derive(Debug)]
pub(super) struct Change {
    pub bot: BotId,
    pub user: UserId,
    pub username: Arc<str>,
    pub before: State,
}

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Away,
    Here(Option<Viewing>),
}

impl State {
    /// None: away. A session that the reader may not see is none.
    pub fn seen_by(self, reader: UserId) -> Option<Option<SessionId>> {
        match self {
            Self::Away => None,
            Self::Here(shown) => {
                let shown = shown.filter(|shown| shown.private_to.is_none_or(|only| only == reader));
                Some(shown.map(|shown| shown.session))
            }
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Changes {
    ring: VecDeque<Change>,
    version: u64,
}

impl Changes {
    /// How many changes there were.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Gives the version that it makes.
    pub fn note(&mut self, change: Change) -> u64 {
        if self.ring.len() == KEPT {
            self.ring.pop_front();
        }
        self.ring.push_back(change);
        self.version += 1;
        self.version
    }

    /// All after this version; `None` if they are not all kept any more.
    pub fn since(&self, version: u64) -> Option<impl Iterator<Item = &Change>> {
        let missed = usize::try_from(self.version.saturating_sub(version)).ok()?;
        let from = self.ring.len().checked_sub(missed)?;
        Some(self.ring.range(from..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_reaches_back_as_far_as_it_is_long() {
        let mut changes = Changes::default();
        let change = || Change {
            bot: BotId::new(),
            user: UserId::new(),
            username: "someone".into(),
            before: State::Away,
        };
        assert_eq!(changes.since(0).map(Iterator::count), Some(0));
        let more = 10;
        for n in 1..=KEPT + more {
            assert_eq!(changes.note(change()), n as u64);
        }
        let last = changes.version();
        for (version, count) in [
            (last, Some(0)),
            (last - 1, Some(1)),
            (more as u64, Some(KEPT)),
            (more as u64 - 1, None),
            (0, None),
        ] {
            assert_eq!(changes.since(version).map(Iterator::count), count, "{version}");
        }
        assert_eq!(changes.ring.len(), KEPT);
    }
}
