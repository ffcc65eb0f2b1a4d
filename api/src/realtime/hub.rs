//! Who is connected to what: the registry of connections with its limits, and the topics. No I/O and no web in it.
//!
//! Locks are taken in the order map of topics → topic → outbox; the registry's is never held together with a topic's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use domain::events::{Epoch, StreamId};
use domain::ids::{BotId, ConnectionId, UserId};

use super::close::Close;
use super::connection::Connection;
use super::multi::Channels;
use super::outbox::{Drain, lock};
use super::topic::{Join, Membership, Topic};

#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    pub per_user: usize,
    pub per_user_and_bot: usize,
    pub per_node: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A socket gets 1013, an event stream or a poll 429.
    OverLimit,
    /// The node is stopping.
    Stopping,
}

#[derive(Debug)]
pub struct Hub {
    limits: ConnectionLimits,
    registry: Mutex<Registry>,
    topics: Mutex<HashMap<StreamId, Arc<Topic>>>,
    keys: AtomicU64,
    stopping: AtomicBool,
}

#[derive(Debug, Default)]
struct Registry {
    connections: HashMap<ConnectionId, Arc<Connection>>,
    by_user: HashMap<UserId, Vec<ConnectionId>>,
    /// Of connections that have ended.
    dropped: u64,
    closes: HashMap<u16, u64>,
}

/// One connection's place in a topic, taken before the database is asked where the stream is: what is published from then on
/// is at least announced. Dropping it leaves the topic.
#[derive(Debug)]
pub struct Seat {
    hub: Arc<Hub>,
    topic: Arc<Topic>,
    key: u64,
}

/// An accepted connection and where it listens.
#[derive(Debug)]
pub struct Subscription {
    pub connection: Arc<Connection>,
    /// What it is given.
    pub stream: Seat,
    /// Where the loss of its credential is told.
    pub control: Seat,
}

impl Seat {
    pub fn stream(&self) -> StreamId {
        self.topic.stream
    }

    pub fn topic(&self) -> &Arc<Topic> {
        &self.topic
    }

    /// `joined` is called before anything more is delivered.
    pub fn join(
        &self,
        connection: &Arc<Connection>,
        membership: Membership,
        seq: i64,
        joined: impl FnOnce(),
    ) -> Join {
        self.topic.join(self.key, connection, membership, seq, joined)
    }

    /// One more channel of a socket; otherwise the same.
    pub fn join_channels(&self, channels: &Arc<Channels>, seq: i64, joined: impl FnOnce()) -> Join {
        self.topic.join_channels(self.key, channels, seq, joined)
    }

    /// Calls `then` with the number up to which the connection has been sent everything, before it is sent more.
    pub fn at_position<R>(&self, connection: &Connection, then: impl FnOnce(i64) -> R) -> R {
        self.topic.at_position(self.key, connection, then)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut topics = lock(&self.hub.topics);
        if self.topic.rise(self.key) {
            topics.remove(&self.topic.stream);
        }
    }
}

impl Hub {
    pub fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            registry: Mutex::default(),
            topics: Mutex::default(),
            keys: AtomicU64::new(1),
            stopping: AtomicBool::new(false),
        }
    }

    /// `elsewhere`: connections that the person has on other nodes, and those of them on the same bot.
    pub fn register(
        &self,
        connection: Connection,
        elsewhere: (usize, usize),
    ) -> Result<Arc<Connection>, Refused> {
        let mut registry = lock(&self.registry);
        // Read under the lock: a connection is either refused here or closed by `stop`.
        if self.stopping.load(Ordering::Acquire) {
            return Err(Refused::Stopping);
        }
        let own = elsewhere.0 + registry.of_user(connection.user_id).count();
        let on_bot = elsewhere.1
            + match connection.bot_id {
                Some(bot) => registry.on_bot(&connection, bot),
                None => 0,
            };
        let full = registry.connections.len() >= self.limits.per_node
            || own >= self.limits.per_user
            || on_bot >= self.limits.per_user_and_bot;
        if full {
            return Err(Refused::OverLimit);
        }
        let connection = Arc::new(connection);
        registry
            .by_user
            .entry(connection.user_id)
            .or_default()
            .push(connection.id);
        registry.connections.insert(connection.id, connection.clone());
        Ok(connection)
    }

    /// Counts a socket of many channels among its person's connections to one more bot; false if they have as many as they may.
    /// `elsewhere`: those on other nodes.
    pub fn admit(&self, connection: &Connection, bot: BotId, elsewhere: usize) -> bool {
        let registry = lock(&self.registry);
        let room = connection.listens_to(bot)
            || elsewhere + registry.on_bot(connection, bot) < self.limits.per_user_and_bot;
        if room {
            connection.listen_to(bot);
        }
        room
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Takes the connection out of the registry; its closing code is counted.
    pub fn remove(&self, connection: &Connection) {
        let mut registry = lock(&self.registry);
        if registry.connections.remove(&connection.id).is_none() {
            return;
        }
        if let Some(own) = registry.by_user.get_mut(&connection.user_id) {
            own.retain(|id| *id != connection.id);
            if own.is_empty() {
                registry.by_user.remove(&connection.user_id);
            }
        }
        registry.dropped += connection.outbox.depth().2;
        let close = connection
            .outbox
            .closing()
            .map_or(Close::Lost, |closing| closing.close);
        // 1006 is what everybody calls an end without a close frame.
        *registry.closes.entry(close.code().unwrap_or(1006)).or_default() += 1;
    }

    pub fn connection(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        lock(&self.registry).connections.get(&id).cloned()
    }

    pub fn connections(&self) -> Vec<Arc<Connection>> {
        lock(&self.registry).connections.values().cloned().collect()
    }

    /// One of `parts` of all connections, for a round in steps. Which part one belongs to never changes.
    pub fn part(&self, part: u8, parts: u8) -> Vec<Arc<Connection>> {
        // The last byte of an id is random.
        let here = |id: &ConnectionId| id.0.as_bytes()[15] % parts == part;
        let registry = lock(&self.registry);
        let found = registry.connections.iter().filter(|(id, _)| here(id));
        found.map(|(_, connection)| connection.clone()).collect()
    }

    /// One person's connections.
    pub fn of_user(&self, user: UserId) -> Vec<Arc<Connection>> {
        lock(&self.registry).of_user(user).cloned().collect()
    }

    /// Ephemeral frames that were dropped, and closes by code, of connections that have ended.
    pub fn past(&self) -> (u64, HashMap<u16, u64>) {
        let registry = lock(&self.registry);
        (registry.dropped, registry.closes.clone())
    }

    /// A place in a topic, which exists from now on.
    pub fn seat(self: &Arc<Self>, stream: StreamId) -> Seat {
        let mut topics = lock(&self.topics);
        let topic = topics
            .entry(stream)
            .or_insert_with(|| Arc::new(Topic::new(stream)))
            .clone();
        topic.sit();
        Seat {
            hub: self.clone(),
            topic,
            key: self.keys.fetch_add(1, Ordering::Relaxed),
        }
    }

    pub fn topic(&self, stream: StreamId) -> Option<Arc<Topic>> {
        lock(&self.topics).get(&stream).cloned()
    }

    /// The number that this node has delivered; 0 if nobody here listens.
    pub fn position(&self, stream: StreamId) -> i64 {
        self.topic(stream).and_then(|topic| topic.position()).unwrap_or(0)
    }

    /// The streams that somebody here listens to, and up to which number each was taken in.
    pub fn served(&self) -> Vec<(StreamId, i64)> {
        let topics = lock(&self.topics);
        let served = topics.values();
        served
            .filter_map(|topic| Some((topic.stream, topic.position()?)))
            .collect()
    }

    /// Nobody is let in any more, and everybody is told to go.
    pub fn stop(&self) {
        let connections = {
            let registry = lock(&self.registry);
            self.stopping.store(true, Ordering::Release);
            registry.connections.values().cloned().collect::<Vec<_>>()
        };
        for connection in connections {
            connection.close(Close::GoingAway, Drain::Queued);
        }
    }

    /// Numbers start a new life: connections close first, so that none of them joins again, then positions are forgotten. Whoever
    /// joined in between is a member still, and is closed with its topic.
    pub fn end_epoch(&self, epoch: &Epoch) {
        let connections = self.connections();
        tracing::info!(
            epoch = epoch.0,
            connections = connections.len(),
            "a new epoch: connections close"
        );
        for connection in connections {
            connection.close(Close::GoingAway, Drain::Nothing);
        }
        let topics: Vec<_> = lock(&self.topics).values().cloned().collect();
        for topic in topics {
            topic.break_up();
        }
    }
}

impl Registry {
    fn on_bot(&self, connection: &Connection, bot: BotId) -> usize {
        self.of_user(connection.user_id)
            .filter(|other| other.listens_to(bot))
            .count()
    }

    fn of_user(&self, user: UserId) -> impl Iterator<Item = &Arc<Connection>> {
        let ids = self.by_user.get(&user).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.connections.get(id))
    }
}
