//! One stream's live delivery on this node: how far it is, who listens from where. The rules that make replay and live one
//! sequence without gap, double or swap are all here; nothing in it waits for a client.
//!
//! What comes is taken in under one lock and delivered by a flush, one at a time, in passes: all plain facts that wait go out
//! joined; whatever ends a membership or is not for everybody is a pass of its own (`topic/pass.rs`). A pass goes over the members
//! in pieces, over very many in parts at the same time (`topic/flush.rs`).
//! Locks are taken in the order `order` → `members` → outbox.

mod flush;
mod members;
mod pass;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::events::{Recorded, Sent, StreamId};
use tokio::sync::Notify;

use super::close::Close;
use super::connection::Connection;
use super::multi::Channels;
use super::outbox::{Drain, lock};
pub use flush::Flush;
use members::{Member, Members, Recipient};

/// Who brings more than this has to wait for the flush.
const BACKLOG: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// Receives what its person may see.
    Full,
    /// Only what ends the connection concerns it.
    Control,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    Joined,
    /// The topic is beyond that number (or the connection is closing): read on in the log, then ask again.
    Retry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Done,
    /// Numbers are missing before it: read the log from the position on.
    Hole,
}

/// What waits to be delivered.
#[derive(Debug)]
enum Item {
    /// One of the facts of a commit.
    Fact(Arc<[Recorded]>, usize),
    /// A signal, and the number of the fact before it.
    Signal(Arc<Sent>, i64),
}

#[derive(Debug, Clone, Copy)]
struct Progress {
    /// Everything up to this number was taken in.
    taken: i64,
    /// Everything up to this number is being delivered, or was: nobody joins below it.
    begun: i64,
    /// Everything up to this number was delivered.
    done: i64,
}

#[derive(Debug, Default)]
struct Order {
    /// Unknown until somebody joins.
    progress: Option<Progress>,
    /// The highest number heard of: nobody may join below it while the position is unknown.
    announced: i64,
    /// Keys given out; the topic lives as long as there are any.
    seats: usize,
    pending: VecDeque<Item>,
    flushing: bool,
    /// Counts how often the position was forgotten.
    life: u64,
}

#[derive(Debug)]
pub struct Topic {
    pub stream: StreamId,
    order: Mutex<Order>,
    /// Read while a piece is given what it gets, so that parts of a pass go on at the same time.
    members: RwLock<Members>,
    moved: Notify,
}

impl Topic {
    pub(super) fn new(stream: StreamId) -> Self {
        Self {
            stream,
            order: Mutex::default(),
            members: RwLock::default(),
            moved: Notify::new(),
        }
    }

    /// Everything up to this number was taken in: what is beyond is missing.
    pub fn position(&self) -> Option<i64> {
        lock(&self.order).progress.map(|progress| progress.taken)
    }

    /// Everything up to this number was delivered.
    #[cfg(test)]
    fn delivered(&self) -> Option<i64> {
        lock(&self.order).progress.map(|progress| progress.done)
    }

    /// Waits until everything up to this number was delivered; or nobody listens any more.
    pub async fn reach(&self, seq: i64) {
        self.until(|order| order.progress.is_none_or(|progress| progress.done >= seq))
            .await;
    }

    /// Waits while very much is to be delivered.
    pub async fn relieved(&self) {
        self.until(|order| order.pending.len() <= BACKLOG).await;
    }

    async fn until(&self, so: impl Fn(&Order) -> bool) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Registered before the look: a move in between is not missed.
            moved.as_mut().enable();
            if so(&lock(&self.order)) {
                return;
            }
            moved.await;
        }
    }

    /// Makes sure that nobody joins below this number; gives the position.
    pub fn announce(&self, seq: i64) -> Option<i64> {
        let mut order = lock(&self.order);
        order.announced = order.announced.max(seq);
        order.progress.map(|progress| progress.taken)
    }

    pub(super) fn sit(&self) {
        lock(&self.order).seats += 1;
    }

    /// True when nobody is left.
    pub(super) fn rise(&self, key: u64) -> bool {
        let mut order = lock(&self.order);
        write(&self.members).remove(key);
        order.seats = order.seats.saturating_sub(1);
        let last = order.seats == 0;
        if last {
            self.forget(&mut order);
            drop(order);
            self.moved.notify_waiters();
        }
        last
    }

    /// A connection that is closing never joins: when an epoch ends, all connections close first, then the topics are reset,
    /// so no number of the old life can become a position in the new one.
    ///
    /// `joined` is called before anything more is delivered.
    pub(super) fn join(
        &self,
        key: u64,
        connection: &Arc<Connection>,
        membership: Membership,
        seq: i64,
        joined: impl FnOnce(),
    ) -> Join {
        self.admit(key, Recipient::of(connection, membership), seq, joined)
    }

    /// The same for one more channel of a socket, which may be a member already: from where the channel listens, `joined` notes.
    pub(super) fn join_channels(
        &self,
        key: u64,
        channels: &Arc<Channels>,
        seq: i64,
        joined: impl FnOnce(),
    ) -> Join {
        self.admit(key, Recipient::Channels(channels.clone()), seq, joined)
    }

    fn admit(&self, key: u64, to: Recipient, seq: i64, joined: impl FnOnce()) -> Join {
        let mut order = lock(&self.order);
        if to.connection().is_closing() {
            return Join::Retry;
        }
        match order.progress {
            Some(progress) if progress.begun > seq => return Join::Retry,
            None if order.announced > seq => return Join::Retry,
            Some(_) => {}
            None => {
                order.progress = Some(Progress {
                    taken: seq,
                    begun: seq,
                    done: seq,
                });
                write(&self.members).finish(seq);
                self.moved.notify_waiters();
            }
        }
        // The order stays locked: a pass that began in between would be missed.
        let mut members = write(&self.members);
        members.insert(Member::new(key, to, seq));
        joined();
        Join::Joined
    }

    /// The number up to which this member has been given everything, and `then` before anything more is given.
    pub(super) fn at_position<R>(&self, key: u64, connection: &Connection, then: impl FnOnce(i64) -> R) -> R {
        // For writing, though nothing is: no piece is under way meanwhile.
        let members = write(&self.members);
        // Evicted, or not joined yet: where it is itself.
        then(members.given(key).unwrap_or_else(|| connection.position()))
    }

    /// Calls `then` if nothing beyond this number was given to anybody here, before anything is; false if it was.
    pub(super) fn unless_beyond(&self, seq: i64, then: impl FnOnce()) -> bool {
        let order = lock(&self.order);
        let beyond = order.progress.map_or(order.announced, |progress| progress.begun) > seq;
        if !beyond {
            then();
        }
        !beyond
    }

    /// Takes the next fact in, for the next flush; skips one that was taken in.
    pub fn take(&self, facts: &Arc<[Recorded]>, index: usize) -> Taken {
        let Some(fact) = facts.get(index) else {
            return Taken::Done;
        };
        let mut order = lock(&self.order);
        order.announced = order.announced.max(fact.seq);
        let Some(progress) = &mut order.progress else {
            return Taken::Done;
        };
        if fact.seq <= progress.taken {
            return Taken::Done;
        }
        if fact.seq > progress.taken + 1 {
            return Taken::Hole;
        }
        progress.taken = fact.seq;
        order.pending.push_back(Item::Fact(facts.clone(), index));
        Taken::Done
    }

    /// Takes a signal in, if the facts that its sender had seen went before it.
    pub fn take_signal(&self, signal: &Arc<Sent>) -> Taken {
        let mut order = lock(&self.order);
        let Some(progress) = order.progress else {
            return Taken::Done;
        };
        if signal.seen > progress.taken {
            return Taken::Hole;
        }
        let item = Item::Signal(signal.clone(), progress.taken);
        order.pending.push_back(item);
        Taken::Done
    }

    /// The right to deliver what waits, if something waits and nobody delivers.
    pub fn flush(self: &Arc<Self>) -> Option<Flush> {
        let mut order = lock(&self.order);
        if order.flushing || order.pending.is_empty() {
            return None;
        }
        order.flushing = true;
        drop(order);
        let members = read(&self.members).len();
        Some(Flush::new(self.clone(), members))
    }

    /// What lies next is no longer kept, or the numbers begin anew: whoever listens has to come back and be told so.
    pub fn break_up(&self) {
        self.dissolve(|_| ());
    }

    fn dissolve(&self, and: impl FnOnce(&mut Order)) {
        let members = {
            let mut order = lock(&self.order);
            and(&mut order);
            self.forget(&mut order)
        };
        self.moved.notify_waiters();
        for member in members {
            member.to.connection().close(Close::GoingAway, Drain::Queued);
        }
    }

    /// The position and the members go; the seats stay. A pass that is under way delivers nothing any more.
    fn forget(&self, order: &mut Order) -> Vec<Member> {
        order.progress = None;
        order.announced = 0;
        order.pending = VecDeque::new();
        order.life += 1;
        write(&self.members).begin(order.life)
    }
}

fn read(members: &RwLock<Members>) -> RwLockReadGuard<'_, Members> {
    members.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(members: &RwLock<Members>) -> RwLockWriteGuard<'_, Members> {
    members.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
