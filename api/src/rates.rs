//! How many requests a person, or an address without a credential, may make: token buckets that hold one minute's worth. The
//! limit of log-in failures is another matter (`login_guard.rs`).
//!
//! A person's requests count on all nodes: each tells the others every second what was spent there. Addresses are counted by each
//! node for itself.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use domain::Error;
use domain::ids::UserId;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

use crate::config::Limits;
use crate::http::peer::counted;

/// How often full buckets, which are the same as none, are forgotten.
const SWEEP: Duration = Duration::from_secs(30);
/// Addresses that are counted at a time, some 40 MB. A flood from more of them than that is not counted further until the next
/// sweep: what it costs is bounded by connections, and refusing everybody would be the attacker's wish.
const ADDRESSES: usize = 500_000;

pub struct Rates {
    clock: DefaultClock,
    users: DefaultKeyedRateLimiter<UserId>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    /// Requests of people that other nodes have not heard of; `None`: there are no other nodes.
    spent: Option<Mutex<HashMap<UserId, u32>>>,
}

impl Rates {
    /// `shared`: there may be other nodes.
    pub fn new(limits: &Limits, shared: bool) -> Self {
        Self {
            spent: shared.then(Mutex::default),
            clock: DefaultClock::default(),
            users: RateLimiter::keyed(per_minute(limits.requests_per_user)),
            addresses: RateLimiter::keyed(per_minute(limits.requests_per_address)),
        }
    }

    /// Counts a request of a person.
    pub fn check_user(&self, user: UserId) -> Result<(), Error> {
        self.users
            .check_key(&user)
            .map_err(|not_until| too_many(not_until.wait_time_from(self.clock.now())))?;
        if let Some(mut spent) = self.spent() {
            *spent.entry(user).or_default() += 1;
        }
        Ok(())
    }

    /// What other nodes are to hear: requests since this was last asked.
    pub fn take_spent(&self) -> Vec<(UserId, u32)> {
        self.spent()
            .map(|mut spent| std::mem::take(&mut *spent).into_iter().collect())
            .unwrap_or_default()
    }

    /// Counts requests that people made on another node. Where they had no more to spend, nothing is owed.
    pub fn spend(&self, requests: &[(UserId, u32)]) {
        for (user, count) in requests {
            let (mut left, mut part) = (*count, *count);
            while let Some(some) = NonZeroU32::new(part.min(left)) {
                match self.users.check_key_n(user, some) {
                    Ok(Ok(())) => left -= some.get(),
                    // So many are not there: half as many may be.
                    Ok(Err(_)) | Err(_) => part /= 2,
                }
            }
        }
    }

    fn spent(&self) -> Option<MutexGuard<'_, HashMap<UserId, u32>>> {
        let spent = self.spent.as_ref()?;
        Some(spent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a request without a credential.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Error> {
        if self.addresses.len() >= ADDRESSES {
            return Ok(());
        }
        let checked = self.addresses.check_key(&counted(address));
        checked.map_err(|not_until| too_many(not_until.wait_time_from(self.clock.now())))
    }

    /// Forgets what need not be remembered, until shutdown; to be run as one task by the owner.
    pub async fn sweep(self: Arc<Self>, shutdown: CancellationToken) {
        while shutdown
            .run_until_cancelled(tokio::time::sleep(SWEEP))
            .await
            .is_some()
        {
            self.users.retain_recent();
            self.addresses.retain_recent();
            self.users.shrink_to_fit();
            self.addresses.shrink_to_fit();
        }
    }
}

fn per_minute(requests: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN))
}

fn too_many(retry_after: Duration) -> Error {
    Error::TooMany { retry_after }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_one_minutes_worth_for_each_by_themselves() {
        let limits = Limits {
            requests_per_user: 3,
            requests_per_address: 2,
            ..Limits::default()
        };
        let rates = Rates::new(&limits, false);
        let (ann, bob) = (UserId::new(), UserId::new());
        for _ in 0..3 {
            assert!(rates.check_user(ann).is_ok());
        }
        let Err(Error::TooMany { retry_after }) = rates.check_user(ann) else {
            panic!("the fourth is refused")
        };
        assert!(
            retry_after > Duration::from_secs(15) && retry_after <= Duration::from_secs(20),
            "{retry_after:?}"
        );
        assert!(rates.check_user(bob).is_ok());
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(rates.check_address(address("2001:db8::1")).is_ok());
        assert!(rates.check_address(address("2001:db8::2")).is_ok());
        assert!(rates.check_address(address("2001:db8::3")).is_err());
        assert!(rates.check_address(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn what_was_spent_on_another_node_counts_here() {
        let limits = Limits {
            requests_per_user: 10,
            ..Limits::default()
        };
        let (here, there) = (Rates::new(&limits, true), Rates::new(&limits, true));
        let ann = UserId::new();
        assert!((0..6).all(|_| there.check_user(ann).is_ok()));
        let spent = there.take_spent();
        assert_eq!(spent, [(ann, 6)]);
        assert!(there.take_spent().is_empty());
        here.spend(&spent);
        assert!((0..4).all(|_| here.check_user(ann).is_ok()));
        assert!(here.check_user(ann).is_err());
        let bob = UserId::new();
        assert!(here.check_user(bob).is_ok());
        here.spend(&[(bob, 1_000)]);
        assert!(
            here.check_user(bob).is_err(),
            "what was there is taken, though it was less"
        );
    }
}
