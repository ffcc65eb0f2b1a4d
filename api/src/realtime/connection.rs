//! What the node knows of one open connection: whose it is, by which credential, what it has been sent, when it was last heard.
//! A waiting poll and an event stream are connections like a socket.

use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use domain::events::Loss;
use domain::ids::{BotId, ConnectionId, FamilyId, TenantId, UserId};
use domain::time::Timestamp;
use domain::{Caller, Credential};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::close::Close;
use super::outbox::{Closing, Drain, Outbox, OutboxLimits, lock};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Chat,
    Notifications,
    /// Any number of channels.
    Multi,
    EventStream,
    Poll,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Notifications => "notifications",
            Self::Multi => "multi",
            Self::EventStream => "event_stream",
            Self::Poll => "poll",
        }
    }

    /// Whether what is not kept in the log goes to it too.
    pub fn takes_signals(self) -> bool {
        match self {
            Self::Chat => true,
            // To what a socket of many channels is told of them, each channel sees itself.
            Self::Notifications | Self::Multi | Self::EventStream | Self::Poll => false,
        }
    }
}

#[derive(Debug)]
struct Held {
    credential: Credential,
    /// The family of a token that is being checked. It is watched before the database is asked, so that a loss that is
    /// committed in between is not missed.
    pending: Option<FamilyId>,
}

#[derive(Debug)]
pub struct Connection {
    pub id: ConnectionId,
    pub user_id: UserId,
    pub kind: Kind,
    pub bot_id: Option<BotId>,
    pub connected_at: Timestamp,
    pub outbox: Outbox,
    /// Set when the connection was accepted.
    tenant: OnceLock<TenantId>,
    held: Mutex<Held>,
    /// Until it has joined its topic: the number up to which it has been sent everything.
    position: AtomicI64,
    joined: AtomicBool,
    /// Presence changes up to this moment stand in its greeting.
    greeted: AtomicI64,
    opened: Instant,
    /// Milliseconds since `opened`.
    heard: AtomicI64,
    beaten: AtomicI64,
    gone: AtomicBool,
    left: Notify,
    /// The bots that the channels of a socket of many are about.
    listens: Option<Box<Mutex<Vec<BotId>>>>,
}

impl Connection {
    pub fn new(kind: Kind, credential: Credential, bot_id: Option<BotId>, limits: OutboxLimits) -> Self {
        let outbox = Outbox::new(limits);
        outbox.expire_at(credential.expires_at);
        Self {
            id: ConnectionId::new(),
            user_id: credential.user_id,
            kind,
            bot_id,
            connected_at: Timestamp::now(),
            outbox,
            tenant: OnceLock::new(),
            held: Mutex::new(Held {
                credential,
                pending: None,
            }),
            position: AtomicI64::new(0),
            joined: AtomicBool::new(false),
            greeted: AtomicI64::new(i64::MAX),
            opened: Instant::now(),
            heard: AtomicI64::new(0),
            beaten: AtomicI64::new(0),
            gone: AtomicBool::new(false),
            left: Notify::new(),
            listens: (kind == Kind::Multi).then(Box::default),
        }
    }

    /// The bots on which its person is there by this connection.
    pub fn bots(&self) -> Vec<BotId> {
        match (self.kind, &self.listens) {
            (Kind::Chat, _) => self.bot_id.into_iter().collect(),
            (_, Some(listens)) => lock(listens).clone(),
            (_, None) => Vec::new(),
        }
    }

    /// The bots that it is for, whatever its kind.
    pub fn listening(&self) -> Vec<BotId> {
        self.bot_id.map_or_else(|| self.bots(), |bot| vec![bot])
    }

    pub fn listens_to(&self, bot: BotId) -> bool {
        let listens = self.listens.as_ref();
        self.bot_id == Some(bot) || listens.is_some_and(|listens| lock(listens).contains(&bot))
    }

    /// For `Hub::admit` alone.
    pub fn listen_to(&self, bot: BotId) {
        if let Some(listens) = &self.listens {
            let mut listens = lock(listens);
            if !listens.contains(&bot) {
                listens.push(bot);
            }
        }
    }

    /// The last channel of this bot is gone.
    pub fn turn_from(&self, bot: BotId) {
        if let Some(listens) = &self.listens {
            lock(listens).retain(|known| *known != bot);
        }
    }

    /// The credential was identified and the rights were there: from now on the connection counts as open.
    pub fn accept(&self, caller: &Caller) {
        // A second accept does not happen; the first would stand.
        let _ = self.tenant.set(caller.tenant_id);
    }

    /// `None` until it was accepted.
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant.get().copied()
    }

    pub fn close(&self, close: Close, drain: Drain) -> Closing {
        self.outbox.close(close, drain)
    }

    pub fn is_closing(&self) -> bool {
        self.outbox.closing().is_some()
    }

    pub fn credential(&self) -> Credential {
        lock(&self.held).credential
    }

    pub fn covered_by(&self, loss: Loss) -> bool {
        let held = lock(&self.held);
        loss.covers(held.credential.family) || held.pending.is_some_and(|family| loss.covers(family))
    }

    /// Watches this family too, until `renew` or `keep`.
    pub fn consider(&self, family: FamilyId) {
        lock(&self.held).pending = Some(family);
    }

    pub fn keep(&self) {
        lock(&self.held).pending = None;
    }

    /// The connection belongs to another log-in of the same person from now on.
    pub fn renew(&self, credential: Credential) {
        let mut held = lock(&self.held);
        held.credential = credential;
        held.pending = None;
        self.outbox.expire_at(credential.expires_at);
    }

    /// Leeway 0.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.outbox.expired(now)
    }

    pub fn position(&self) -> i64 {
        self.position.load(Ordering::Relaxed)
    }

    pub fn reached(&self, seq: i64) {
        self.position.store(seq, Ordering::Relaxed);
    }

    /// It hears its stream live from now on.
    pub fn joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    pub fn has_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    pub fn greeted(&self, at: Timestamp) {
        self.greeted.store(micros(at), Ordering::Relaxed);
    }

    /// Whether a change of presence at this moment stands in the greeting already, or will.
    pub fn greeted_with(&self, at: Timestamp) -> bool {
        micros(at) <= self.greeted.load(Ordering::Relaxed)
    }

    pub fn hear(&self) {
        self.heard.store(self.age(), Ordering::Relaxed);
    }

    /// Milliseconds since something came from the peer.
    pub fn silence(&self) -> i64 {
        self.age() - self.heard.load(Ordering::Relaxed)
    }

    /// Asks for a heartbeat if none went out for this long.
    pub fn beat_after(&self, milliseconds: i64) {
        let now = self.age();
        if now - self.beaten.load(Ordering::Relaxed) >= milliseconds {
            self.beaten.store(now, Ordering::Relaxed);
            self.outbox.beat();
        }
    }

    fn age(&self) -> i64 {
        i64::try_from(self.opened.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Says that nothing more goes out; true the first time.
    pub fn leave(&self) -> bool {
        let first = !self.gone.swap(true, Ordering::AcqRel);
        self.left.notify_waiters();
        first
    }

    /// Waits until nothing more goes out.
    pub async fn left(&self) {
        let left = self.left.notified();
        tokio::pin!(left);
        // Registered before the look at the flag: a `leave` in between is not missed.
        left.as_mut().enable();
        if !self.gone.load(Ordering::Acquire) {
            left.await;
        }
    }
}

fn micros(at: Timestamp) -> i64 {
    at.into_inner().timestamp_micros()
}
