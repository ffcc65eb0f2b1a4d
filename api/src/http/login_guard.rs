//! What slows down guessing of passwords: per account and address a growing wait, per account a delay (no refusal, or anybody
//! could lock out anybody), per address a rate. Accounts are names as typed, whether they exist or not, so nothing is told by it.
//! An attempt counts from its begin, or a hundred at once would all pass before the first had failed.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::Error;

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
}

/// One attempt to log in. Dropped without an outcome (the hasher was busy, the client went away) it counts for nothing.
#[must_use = "an attempt that is dropped counts for nothing"]
pub struct Attempt {
    guard: LoginGuard,
    pair: u64,
    account: u64,
    address: IpAddr,
    /// To be waited before the password is looked at; mostly zero.
    pub delay: Duration,
    ended: bool,
}

impl LoginGuard {
    pub fn new(limits: &Limits) -> Self {
        Self::with_clock(limits, Instant::now)
    }

    fn with_clock(limits: &Limits, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let shared = Shared {
            limits: limits.clone(),
            clock: Box::new(clock),
            hasher: RandomState::new(),
            tables: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Asks for an attempt; `name` is `domain::text::name_key` of what was typed.
    pub fn before(&self, name: &str, address: IpAddr) -> Result<Attempt, Error> {
        let Shared {
            limits,
            clock,
            hasher,
            ..
        } = &*self.shared;
        let now = clock();
        let address = counted(address);
        let (account, pair) = (hash(hasher, name), hash(hasher, (name, address)));
        let mut tables = self.tables();

        let on_address = window(&mut tables.addresses, address, now, MINUTE);
        if on_address.counted() >= limits.login_failures_per_address {
            return Err(too_many((on_address.at + MINUTE).saturating_duration_since(now)));
        }
        let on_pair = entry(&mut tables.pairs, pair, now, HOUR);
        if on_pair.at > now {
            return Err(too_many(on_pair.at - now));
        }
        // Beyond the free failures, one at a time.
        if on_pair.pending > 0 && on_pair.counted() >= limits.login_failures {
            return Err(too_many(BUSY));
        }
        on_pair.pending += 1;
        let on_account = window(&mut tables.accounts, account, now, HOUR);
        let slow = on_account.counted() >= limits.login_failures_per_account;
        on_account.pending += 1;
        entry(&mut tables.addresses, address, now, MINUTE).pending += 1;

        let delay = if slow { limits.login_delay } else { Duration::ZERO };
        drop(tables);
        Ok(Attempt {
            guard: self.clone(),
            pair,
            account,
            address,
            delay,
            ended: false,
        })
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// The name or the password was wrong.
    pub fn failed(mut self) {
        self.ended = true;
        let Shared { limits, clock, .. } = &*self.guard.shared;
        let now = clock();
        let mut tables = self.guard.tables();
        let on_pair = entry(&mut tables.pairs, self.pair, now, HOUR);
        end(on_pair, true);
        if let Some(beyond) = on_pair.failures.checked_sub(limits.login_failures) {
            let wait = limits
                .login_backoff
                .saturating_mul(2u32.saturating_pow(beyond))
                .min(limits.login_backoff_max);
            on_pair.at = now + wait;
            on_pair.forget = now + wait + HOUR;
        }
        end(window(&mut tables.accounts, self.account, now, HOUR), true);
        end(window(&mut tables.addresses, self.address, now, MINUTE), true);
    }

    /// The person is who they say. The account's other failures stay counted: they were somebody else's.
    pub fn succeeded(mut self) {
        self.ended = true;
        self.release();
        let mut tables = self.guard.tables();
        if let Some(on_pair) = tables.pairs.get_mut(&self.pair) {
            on_pair.failures = 0;
        }
    }

    fn release(&self) {
        let mut tables = self.guard.tables();
        let Tables {
            pairs,
            accounts,
            addresses,
        } = &mut *tables;
        let entries = [
            pairs.get_mut(&self.pair),
            accounts.get_mut(&self.account),
            addresses.get_mut(&self.address),
        ];
        entries.into_iter().flatten().for_each(|entry| end(entry, false));
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.ended {
            self.release();
        }
    }
}

fn hash(hasher: &RandomState, key: impl Hash) -> u64 {
    hasher.hash_one(key)
}

fn too_many(retry_after: Duration) -> Error {
    Error::TooMany { retry_after }
}

fn end(entry: &mut Entry, failed: bool) {
    entry.pending = entry.pending.saturating_sub(1);
    entry.failures = entry.failures.saturating_add(u32::from(failed));
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
