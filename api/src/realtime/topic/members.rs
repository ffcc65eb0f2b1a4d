//! Who listens to a topic from where, and how far the pass is that is under way.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::ids::UserId;

use super::Membership;
use crate::realtime::connection::Connection;
use crate::realtime::multi::Channels;

#[derive(Debug)]
pub struct Member {
    key: u64,
    pub to: Recipient,
    /// Copied from the connection: most of what is not for everybody is decided without touching it.
    pub user: UserId,
    /// Everything up to this number it has had from the log. Channels have such a number each, and this one means nothing.
    pub from: i64,
}

/// Who a member is, by the kind of its membership.
#[derive(Debug)]
pub enum Recipient {
    Full(Arc<Connection>),
    Control(Arc<Connection>),
    /// What one socket of many channels wants of the stream.
    Channels(Arc<Channels>),
}

impl Recipient {
    pub fn of(connection: &Arc<Connection>, membership: Membership) -> Self {
        match membership {
            Membership::Full => Self::Full(connection.clone()),
            Membership::Control => Self::Control(connection.clone()),
        }
    }

    pub fn connection(&self) -> &Arc<Connection> {
        match self {
            Self::Full(connection) | Self::Control(connection) => connection,
            Self::Channels(channels) => &channels.connection,
        }
    }
}

impl Member {
    pub fn new(key: u64, to: Recipient, from: i64) -> Self {
        let user = to.connection().user_id;
        Self { key, to, user, from }
    }
}

/// A sorted list: a pass goes over it from end to end, most have one or two members, and who comes mostly comes last.
#[derive(Debug, Default)]
pub struct Members {
    /// In the order of their keys, in which a pass goes over them.
    list: Vec<Member>,
    pub life: u64,
    /// Everything up to this number was delivered to all.
    done: i64,
    /// The pass that is under way.
    ahead: Option<Ahead>,
}

/// How far a pass is.
#[derive(Debug)]
struct Ahead {
    /// Whom it has passed has been given everything up to this number.
    seq: i64,
    /// All keys there can be, in order.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    keys: Range<u64>,
    /// It has passed the keys before this one. Written by the part's one task, which holds the members for reading; read by
    /// whoever holds them for writing.
    next: AtomicU64,
}

impl Members {
    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn insert(&mut self, member: Member) {
        match self.place(member.key) {
            Ok(place) => self.list[place] = member,
            Err(place) => self.list.insert(place, member),
        }
    }

    pub fn remove(&mut self, key: u64) {
        if let Ok(place) = self.place(key) {
            self.list.remove(place);
            if self.list.len() * 4 < self.list.capacity() {
                self.list.shrink_to(self.list.len() * 2);
            }
        }
    }

    /// A pass begins, in so many parts of about as many members each; one that ends with a number is followed.
    pub fn split(&mut self, parts: usize, seq: Option<i64>) -> Vec<Range<u64>> {
        let parts = parts.clamp(1, self.list.len().max(1));
        // A part ends with the first key of the next.
        let bound = |part: usize| match part {
            0 => 0,
            part if part == parts => u64::MAX,
            part => self.list[part * self.list.len() / parts].key,
        };
        let keys: Vec<_> = (0..parts).map(|part| bound(part)..bound(part + 1)).collect();
        self.ahead = seq.map(|seq| Ahead {
            seq,
            parts: keys.iter().cloned().map(Part::new).collect(),
        });
        keys
    }

    /// At most so many of the members with these keys, and the key after them.
    pub fn piece(&self, keys: Range<u64>, most: usize) -> (&[Member], Option<u64>) {
        let place = |key| self.list.partition_point(|member| member.key < key);
        let (begin, stop) = (place(keys.start), place(keys.end));
        let end = (begin + most).min(stop);
        let next = (end < stop).then(|| self.list[end].key);
        (self.list.get(begin..end).unwrap_or_default(), next)
    }

    /// The part that has this key goes on with the next; `None`: its members were all given the pass.
    pub fn passed(&self, key: u64, next: Option<u64>) {
        if let Some(part) = self.ahead.as_ref().and_then(|ahead| ahead.part(key)) {
            part.next.store(next.unwrap_or(part.keys.end), Ordering::Relaxed);
        }
    }

    /// The number up to which a member has been given everything; `None` if it is none.
    pub fn given(&self, key: u64) -> Option<i64> {
        let member = self.list.get(self.place(key).ok()?)?;
        let given = match &self.ahead {
            Some(ahead) if ahead.has_passed(key) => ahead.seq,
            Some(_) | None => self.done,
        };
        Some(given.max(member.from))
    }

    /// Everything up to this number was delivered to all.
    pub fn finish(&mut self, seq: i64) {
        self.done = seq;
        self.ahead = None;
    }

    /// Everybody goes.
    pub fn begin(&mut self, life: u64) -> Vec<Member> {
        self.life = life;
        self.finish(0);
        std::mem::take(&mut self.list)
    }

    fn place(&self, key: u64) -> Result<usize, usize> {
        self.list.binary_search_by_key(&key, |member| member.key)
    }
}

impl Member {
    pub fn key(&self) -> u64 {
        self.key
    }
}

impl Ahead {
    fn part(&self, key: u64) -> Option<&Part> {
        self.parts
            .get(self.parts.partition_point(|part| part.keys.end <= key))
    }

    fn has_passed(&self, key: u64) -> bool {
        self.part(key)
            .is_some_and(|part| key < part.next.load(Ordering::Relaxed))
    }
}

impl Part {
    fn new(keys: Range<u64>) -> Self {
        let next = AtomicU64::new(keys.start);
        Self { keys, next }
    }
}
