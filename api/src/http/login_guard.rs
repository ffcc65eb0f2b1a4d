//! What slows down guessing of passwords: per account and address a growing wait, per account a delay (no refusal, or anybody
//! could lock out anybody), per address a rate. Accounts are names as typed, whether they exist or not, so nothing is told by it.
//! An attempt counts from its beginning, or a hundred at once would all pass before the first had failed. What came of it counts on all
//! nodes: each tells the others, with the account as a hash, for a name as typed may be a password in the wrong field.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::Error;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::peer::counted;
use crate::config::Limits;

/// Entries per table, a few MB. In a full one the most harmless of a few makes room.
const ENTRIES: usize = 50_000;
const CANDIDATES: usize = 16;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// What somebody is told to wait while an attempt of theirs is still being looked at.
const BUSY: Duration = Duration::from_secs(1);

/// Clones share it.
#[derive(Clone)]
pub struct LoginGuard {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    /// Makes hashes of names, the same on all nodes.
    names: Hmac<Sha256>,
    hasher: RandomState,
    tables: Mutex<Tables>,
}

/// Keyed by hashes: names are as long as their sender likes, and need not lie about in memory.
#[derive(Default)]
struct Tables {
    pairs: HashMap<u64, Entry>,
    accounts: HashMap<u64, Entry>,
    addresses: HashMap<IpAddr, Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    failures: u32,
    /// Attempts that have begun and not ended.
    pending: u32,
    /// For a pair: until when no attempt is let through. For the others: when the window of counting began.
    at: Instant,
    /// When it may be forgotten.
    forget: Instant,
}

impl Entry {
    fn counted(&self) -> u32 {
        self.failures.saturating_add(self.pending)
    }

    fn fail(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }
}

/// One attempt to log in. Dropped without an outcome (the hasher was busy, the client went away) it counts for nothing.
#[must_use = "an attempt that is dropped counts for nothing"]
pub struct Attempt {
    guard: LoginGuard,
    who: Who,
    /// To be waited before the password is looked at; mostly zero.
    pub delay: Duration,
}

/// Who tries: the hash of an account's name, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Who {
    account: u64,
    address: IpAddr,
}

/// What came of an attempt, for other nodes to hear.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verdict {
    who: Who,
    right: bool,
}

impl LoginGuard {
    /// `key`: a secret that all nodes share.
    pub fn new(limits: &Limits, key: &[u8]) -> Self {
        Self::with_clock(limits, key, Instant::now)
    }

    #[allow(clippy::expect_used, reason = "HMAC takes keys of every length")]
    fn with_clock(limits: &Limits, key: &[u8], clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let names = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
        let shared = Shared {
            limits: limits.clone(),
            clock: Box::new(clock),
            names: names.chain_update("name at the log-in\0"),
            hasher: RandomState::new(),
            tables: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Asks for an attempt; `name` is `domain::text::name_key` of what was typed.
    pub fn before(&self, name: &str, address: IpAddr) -> Result<Attempt, Error> {
        let Shared { limits, clock, .. } = &*self.shared;
        let now = clock();
        let who = self.who(name, address);
        let mut tables = self.tables();

        let on_address = window(&mut tables.addresses, who.address, now, MINUTE);
        if on_address.counted() >= limits.login_failures_per_address {
            return Err(too_many((on_address.at + MINUTE).saturating_duration_since(now)));
        }
        let on_pair = entry(&mut tables.pairs, self.pair(who), now, HOUR);
        if on_pair.at > now {
            return Err(too_many(on_pair.at - now));
        }
        // Beyond the free failures, one at a time.
        if on_pair.pending > 0 && on_pair.counted() >= limits.login_failures {
            return Err(too_many(BUSY));
        }
        on_pair.pending += 1;
        let on_account = window(&mut tables.accounts, who.account, now, HOUR);
        let slow = on_account.counted() >= limits.login_failures_per_account;
        on_account.pending += 1;
        entry(&mut tables.addresses, who.address, now, MINUTE).pending += 1;

        let delay = if slow { limits.login_delay } else { Duration::ZERO };
        drop(tables);
        Ok(Attempt {
            guard: self.clone(),
            who,
            delay,
        })
    }

    /// Counts what came of an attempt, here or on another node.
    pub fn hear(&self, verdict: &Verdict) {
        if verdict.right {
            self.forgive(verdict.who);
        } else {
            self.count(verdict.who);
        }
    }

    fn count(&self, who: Who) {
        let Shared { limits, clock, .. } = &*self.shared;
        let now = clock();
        let mut tables = self.tables();
        let on_pair = entry(&mut tables.pairs, self.pair(who), now, HOUR);
        on_pair.fail();
        if let Some(beyond) = on_pair.failures.checked_sub(limits.login_failures) {
            let wait = limits
                .login_backoff
                .saturating_mul(2u32.saturating_pow(beyond))
                .min(limits.login_backoff_max);
            on_pair.at = now + wait;
            on_pair.forget = now + wait + HOUR;
        }
        window(&mut tables.accounts, who.account, now, HOUR).fail();
        window(&mut tables.addresses, who.address, now, MINUTE).fail();
    }

    /// The account's other failures stay counted: they were somebody else's.
    fn forgive(&self, who: Who) {
        if let Some(on_pair) = self.tables().pairs.get_mut(&self.pair(who)) {
            on_pair.failures = 0;
        }
    }

    fn who(&self, name: &str, address: IpAddr) -> Who {
        let hash = self
            .shared
            .names
            .clone()
            .chain_update(name)
            .finalize()
            .into_bytes();
        let (account, _) = hash.split_first_chunk().unwrap_or((&[0; 8], &[]));
        Who {
            account: u64::from_le_bytes(*account),
            address: counted(address),
        }
    }

    fn pair(&self, who: Who) -> u64 {
        self.shared.hasher.hash_one(who)
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// The name or the password was wrong.
    #[must_use = "other nodes are to hear it"]
    pub fn failed(self) -> Verdict {
        self.end(false)
    }

    /// The person is who they say.
    #[must_use = "other nodes are to hear it"]
    pub fn succeeded(self) -> Verdict {
        self.end(true)
    }

    fn end(self, right: bool) -> Verdict {
        let verdict = Verdict { who: self.who, right };
        self.guard.hear(&verdict);
        verdict
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut tables = self.guard.tables();
        let Tables {
            pairs,
            accounts,
            addresses,
        } = &mut *tables;
        let entries = [
            pairs.get_mut(&self.guard.pair(self.who)),
            accounts.get_mut(&self.who.account),
            addresses.get_mut(&self.who.address),
        ];
        for entry in entries.into_iter().flatten() {
            entry.pending = entry.pending.saturating_sub(1);
        }
    }
}

fn too_many(retry_after: Duration) -> Error {
    Error::TooMany { retry_after }
}

/// The entry of a key, remembered for `keep` from now at least.
fn entry<K: Hash + Eq + Copy>(
    table: &mut HashMap<K, Entry>,
    key: K,
    now: Instant,
    keep: Duration,
) -> &mut Entry {
    if table.len() >= ENTRIES && !table.contains_key(&key) {
        make_room(table, now);
    }
    let fresh = Entry {
        failures: 0,
        pending: 0,
        at: now,
        forget: now + keep,
    };
    let entry = table.entry(key).or_insert(fresh);
    if entry.forget <= now && entry.pending == 0 {
        *entry = fresh;
    }
    entry.forget = entry.forget.max(now + keep);
    entry
}

/// The same for what is counted in windows of `span`: a new window begins when the last one is over.
fn window<K: Hash + Eq + Copy>(
    table: &mut HashMap<K, Entry>,
    key: K,
    now: Instant,
    span: Duration,
) -> &mut Entry {
    let entry = entry(table, key, now, span);
    if now >= entry.at + span {
        entry.failures = 0;
        entry.at = now;
    }
    entry
}

/// Only when the table is full. What is over goes; if nothing is, then the least of a few: to be rid of a wait of one's own, one
/// would have to fail on many other names first, which the limit per address forbids.
fn make_room<K: Hash + Eq + Copy>(table: &mut HashMap<K, Entry>, now: Instant) {
    let some: Vec<(K, Entry)> = table
        .iter()
        .take(CANDIDATES)
        .map(|(key, entry)| (*key, *entry))
        .collect();
    let over: Vec<K> = some
        .iter()
        .filter(|(_, entry)| entry.forget <= now && entry.pending == 0)
        .map(|(key, _)| *key)
        .collect();
    for key in &over {
        table.remove(key);
    }
    if over.is_empty()
        && let Some((key, _)) = some.iter().min_by_key(|(_, entry)| entry.counted())
    {
        table.remove(key);
    }
}

#[cfg(test)]
mod tests;
