//! Which statements take long. Those run on a thread that may wait, so that a thread of the runtime, which serves thousands of
//! sockets, does not. It is learned from how many steps SQLite made for each (not from time, which passes also while another
//! program has the processor); what changes many rows is known beforehand.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{PoisonError, RwLock};

/// A millisecond or so.
const LONG: i32 = 30_000;

/// Texts of statements are a few hundred; those with lists in them come in a few lengths each.
const MOST: usize = 4096;

#[derive(Default)]
pub(in crate::store) struct Habits {
    hasher: RandomState,
    long: RwLock<HashSet<u64>>,
}

impl Habits {
    /// Whether this statement belongs on a thread of its own.
    pub fn takes_long(&self, sql: &str) -> bool {
        let hash = self.hasher.hash_one(sql);
        sql.starts_with("DELETE")
            || self
                .long
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&hash)
    }

    /// It made so many steps.
    pub fn took(&self, sql: &str, steps: i32) {
        if steps > LONG {
            let mut long = self.long.write().unwrap_or_else(PoisonError::into_inner);
            if long.len() < MOST {
                long.insert(self.hasher.hash_one(sql));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_once_is_known() {
        let habits = Habits::default();
        habits.took("SELECT 1", 100);
        assert!(!habits.takes_long("SELECT 1"));
        habits.took("SELECT 2", LONG + 1);
        assert!(habits.takes_long("SELECT 2"));
        assert!(!habits.takes_long("SELECT 1"));
        assert!(habits.takes_long("DELETE FROM messages"));
    }
}
