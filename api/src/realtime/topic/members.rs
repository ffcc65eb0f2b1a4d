//! Who listens to a topic from where, and how far the pass is that is under way.

use std::sync::Arc;

use domain::ids::UserId;

use super::Membership;
use crate::realtime::connection::Connection;

#[derive(Debug)]
pub struct Member {
    key: u64,
    pub connection: Arc<Connection>,
    /// Copied from the connection: most of what is not for everybody is decided without touching it.
    pub user: UserId,
    pub membership: Membership,
    /// Everything up to this number it has had from the log.
    pub from: i64,
}

impl Member {
    pub fn new(key: u64, connection: Arc<Connection>, membership: Membership, from: i64) -> Self {
        Self {
            key,
            user: connection.user_id,
            connection,
            membership,
            from,
        }
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
    /// Those before this key have been given everything up to that number.
    ahead: Option<(u64, i64)>,
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

    /// At most so many members, from this key on, and the key after them.
    pub fn piece(&self, from: u64, most: usize) -> (&[Member], Option<u64>) {
        let begin = self.list.partition_point(|member| member.key < from);
        let end = (begin + most).min(self.list.len());
        let next = self.list.get(end).map(|member| member.key);
        (self.list.get(begin..end).unwrap_or_default(), next)
    }

    /// A pass that ends with this number goes on with this key; `None`: all were given it.
    pub fn passed(&mut self, next: Option<u64>, seq: i64) {
        self.ahead = Some((next.unwrap_or(u64::MAX), seq));
    }

    /// The number up to which a member has been given everything; `None` if it is none.
    pub fn given(&self, key: u64) -> Option<i64> {
        let member = self.list.get(self.place(key).ok()?)?;
        let given = match self.ahead {
            Some((before, seq)) if key < before => seq,
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
