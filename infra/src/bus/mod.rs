//! The bus carries what was committed, and signals, from the node that made them to every node's dispatch. It makes delivery
//! fast and promises nothing: the log is the truth, and `relay` finds what a bus lost. An enum, chosen once from the settings.

mod local;

use std::sync::Arc;

use domain::events::{Recorded, Sent};

pub use local::LocalBus;
use local::LocalReceiver;

/// Whether it is worth waiting for what comes next. A hint: nobody may wait for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Others are just being committed.
    Coming,
    None,
}

/// What a node hears from the bus.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Facts of one commit, in the order in which they were recorded.
    Facts(Arc<[Recorded]>, Company),
    Signal(Arc<Sent>),
    /// The receiver was too slow and an unknown number of notices is gone: compare the heads of all streams with the database.
    Missed,
}

#[derive(Debug, Clone)]
pub enum Bus {
    /// Within this process: for one node.
    Local(LocalBus),
}

impl Bus {
    /// A bus within this process.
    pub fn local() -> Self {
        Self::Local(LocalBus::new())
    }

    /// Hands committed facts to all receivers. Never waits and never fails; nobody listening is fine.
    pub fn publish(&self, facts: Vec<Recorded>, company: Company) {
        if facts.is_empty() {
            return;
        }
        match self {
            Self::Local(bus) => bus.send(Notice::Facts(facts.into(), company)),
        }
    }

    /// Hands a signal to all receivers, on the same terms.
    pub fn signal(&self, signal: Sent) {
        match self {
            Self::Local(bus) => bus.send(Notice::Signal(Arc::new(signal))),
        }
    }

    /// Everything sent from now on.
    pub fn subscribe(&self) -> Receiver {
        match self {
            Self::Local(bus) => Receiver::Local(bus.subscribe()),
        }
    }
}

/// One listener's end of the bus.
#[derive(Debug)]
pub enum Receiver {
    Local(LocalReceiver),
}

impl Receiver {
    /// The next notice; `None` when the bus is gone for good.
    pub async fn recv(&mut self) -> Option<Notice> {
        match self {
            Self::Local(receiver) => receiver.recv().await,
        }
    }
}
