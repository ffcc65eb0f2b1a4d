//! The bus carries what was committed, and signals, from the node that made them to every node's dispatch. It makes delivery
//! fast and promises nothing: the log is the truth, and `relay` finds what a bus lost. An enum, chosen once from the settings.

mod local;
mod postgres;
mod redis;
mod remote;
mod wire;

use std::sync::Arc;

use domain::Result;
use domain::events::{Epoch, Recorded, Sent, StreamId};
use secrecy::SecretString;
use uuid::Uuid;

pub use local::LocalBus;
use local::LocalReceiver;
pub use remote::Remote;

/// Whether it is worth waiting for what comes next. A hint: nobody may wait for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Others are just being committed.
    Coming,
    None,
}

/// Where facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This node has just committed them. Of each commit that is so on one node alone.
    Here,
    /// Another node, or the log.
    Elsewhere,
}

/// What a node hears from the bus.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Facts of one commit, in the order in which they were recorded.
    Facts(Arc<[Recorded]>, Company, Origin),
    /// Another node has committed up to these numbers: what is missing is in the log.
    Heads(Arc<[(StreamId, i64)]>),
    /// With the other node that sent it, if it was not this one.
    Signal(Arc<Sent>, Option<Uuid>),
    /// What nodes agree on among themselves, and the one that says it.
    Letter(Uuid, Arc<serde_json::Value>),
    /// An unknown number of notices is gone: the receiver was too slow, or another node was out of reach. Compare the heads of all
    /// streams with the database.
    Missed,
}

#[derive(Debug, Clone)]
pub enum Bus {
    /// Within this process: for one node.
    Local(LocalBus),
    /// To the other nodes too.
    Remote(Remote),
}

impl Bus {
    /// A bus within this process.
    pub fn local() -> Self {
        Self::Local(LocalBus::new())
    }

    /// A bus to all nodes that use the PostgreSQL database at this address. It need not be there at this moment. To be called within
    /// the runtime. Fails with `Internal` when the address cannot be understood.
    pub fn postgres(url: &SecretString) -> Result<Self> {
        postgres::bus(url).map(Self::Remote)
    }

    /// A bus over the Redis server at this address (`redis://` or `rediss://`), on the same terms. Other nodes are reached from
    /// `enter` on.
    pub fn redis(url: &SecretString) -> Result<Self> {
        redis::bus(url).map(Self::Remote)
    }

    /// Says which life of the numbers this node is in, at the start and whenever a new one has begun: nodes that are in the same
    /// one belong together.
    pub fn enter(&self, epoch: Epoch) {
        match self {
            Self::Local(_) => {}
            Self::Remote(bus) => bus.enter(epoch),
        }
    }

    /// Hands committed facts to all receivers. Never waits and never fails; nobody listening is fine.
    pub fn publish(&self, facts: Vec<Recorded>, company: Company) {
        if facts.is_empty() {
            return;
        }
        match self {
            Self::Local(bus) => bus.send(Notice::Facts(facts.into(), company, Origin::Here)),
            Self::Remote(bus) => bus.publish(facts.into(), company),
        }
    }

    /// The same for facts from the log: other nodes read it too.
    pub fn publish_here(&self, facts: Vec<Recorded>) {
        if !facts.is_empty() {
            self.here()
                .send(Notice::Facts(facts.into(), Company::None, Origin::Elsewhere));
        }
    }

    /// Hands a signal to all receivers, on the same terms.
    pub fn signal(&self, signal: Sent) {
        match self {
            Self::Local(_) => self.signal_here(signal),
            Self::Remote(bus) => bus.signal(signal),
        }
    }

    /// To those of this node alone.
    pub fn signal_here(&self, signal: Sent) {
        self.here().send(Notice::Signal(Arc::new(signal), None));
    }

    /// Tells all other nodes something.
    pub fn write(&self, letter: serde_json::Value) {
        match self {
            Self::Local(_) => {}
            Self::Remote(bus) => bus.write(letter),
        }
    }

    /// What other nodes know this process by; `None`: there are none.
    pub fn node(&self) -> Option<Uuid> {
        match self {
            Self::Local(_) => None,
            Self::Remote(bus) => Some(bus.node()),
        }
    }

    /// Whether other nodes, if there are any, hear this one and are heard.
    pub fn is_up(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Remote(bus) => bus.is_up(),
        }
    }

    /// Until it has died, which a bus does by a mistake in the program alone.
    pub async fn failed(&self) {
        match self {
            Self::Local(_) => std::future::pending().await,
            Self::Remote(bus) => bus.failed().await,
        }
    }

    /// Everything sent from now on.
    pub fn subscribe(&self) -> Receiver {
        Receiver(self.here().subscribe())
    }

    /// Lets go of everything that leads to other nodes; in this process it goes on.
    pub async fn close(&self) {
        match self {
            Self::Local(_) => {}
            Self::Remote(bus) => bus.close().await,
        }
    }

    fn here(&self) -> &LocalBus {
        match self {
            Self::Local(bus) => bus,
            Self::Remote(bus) => bus.local(),
        }
    }
}

/// One listener's end of the bus.
#[derive(Debug)]
pub struct Receiver(LocalReceiver);

impl Receiver {
    /// The next notice; `None` when the bus is gone for good.
    pub async fn recv(&mut self) -> Option<Notice> {
        self.0.recv().await
    }
}
