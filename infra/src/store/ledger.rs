//! Which commits of the database this process knows all about: those it made itself, whose facts went to the bus, and those it
//! has caught up with by comparing. `relay.rs` asks before it compares thousands of streams for nothing.

use std::sync::{Mutex, PoisonError};

/// Clones of the store share it. Counts are those of `installation.commits`, which every process raises with each commit.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Compared with the database when it stood at this count; nothing is known before the first time.
    compared: Option<i64>,
    /// The latest run of own commits without a foreign one between them, first and last.
    first: i64,
    last: i64,
}

impl Ledger {
    /// An own commit made the database count so far, and its facts are with the bus.
    pub fn published(&self, commits: i64) {
        self.change(|known| {
            if commits != known.last + 1 {
                known.first = commits;
            }
            known.last = commits;
        });
    }

    /// Every stream was compared with a database that counted so far, or further.
    pub fn compared(&self, commits: i64) {
        self.change(|known| known.compared = Some(commits));
    }

    /// Whether a database that counts so far holds nothing but what is known. Equal counts alone say so: one that is lower was
    /// exchanged for an older database, or read before the newest commit; then comparing is right, or does no harm.
    pub fn covers(&self, commits: i64) -> bool {
        self.change(|known| match known.compared {
            None => false,
            Some(compared) if known.last > compared => commits == known.last && known.first <= compared + 1,
            Some(compared) => commits == compared,
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        // Three numbers are whole whatever panicked beside them.
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unbroken_run_from_what_was_compared_is_known() {
        let ledger = Ledger::default();
        ledger.published(1);
        assert!(!ledger.covers(1), "nothing was compared yet");
        ledger.published(7);
        assert!(!ledger.covers(7), "what was before it is not known");
        ledger.compared(7);
        assert!(ledger.covers(7));
        ledger.published(8);
        ledger.published(9);
        assert!(ledger.covers(9));
        assert!(!ledger.covers(10), "somebody else's");
        ledger.published(11);
        assert!(!ledger.covers(11), "10 was somebody else's");
        ledger.compared(10);
        assert!(ledger.covers(11), "own commits went on while the comparison ran");
    }

    #[test]
    fn an_older_database_is_not_known() {
        let ledger = Ledger::default();
        ledger.compared(100);
        assert!(!ledger.covers(50));
        ledger.published(51);
        assert!(!ledger.covers(51));
        ledger.compared(51);
        ledger.published(52);
        assert!(ledger.covers(52));
    }
}
