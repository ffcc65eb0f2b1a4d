//! What a bus to other nodes is made of, whatever carries it: everything is delivered in this process at once, and queued for
//! the others; one task sends what has gathered, another one hears. Nothing waits for the network. What the queue has no room
//! for is not sent, and the others are told to compare.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::events::{Epoch, Recorded, Sent};
use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::local::LocalBus;
use super::wire::Parcel;
use super::{Company, Notice, Origin};

/// Parcels that wait to be sent.
const QUEUE: usize = 8192;

/// Parcels that are sent together.
pub(super) const TOGETHER: usize = 1024;

#[derive(Debug, Clone)]
pub struct Remote {
    node: Uuid,
    local: LocalBus,
    queue: mpsc::Sender<Parcel>,
    overflown: Arc<AtomicBool>,
    /// Whether others hear of what is sent, and this node of what they send.
    up: watch::Receiver<bool>,
    /// Facts travel whole; else their numbers alone, and who needs them reads the log.
    whole: bool,
    /// The life of the numbers that this node speaks of.
    epoch: watch::Sender<Option<Epoch>>,
    tasks: TaskTracker,
    stop: CancellationToken,
    failed: CancellationToken,
}

/// The other end of the queue.
pub(super) struct Outgoing {
    queue: mpsc::Receiver<Parcel>,
    overflown: Arc<AtomicBool>,
}

/// Where what others send goes.
#[derive(Clone)]
pub(super) struct Incoming {
    local: LocalBus,
    up: Arc<Ups>,
}

/// A bus is up when it can be heard and spoken on.
struct Ups {
    hears: AtomicBool,
    speaks: AtomicBool,
    both: watch::Sender<bool>,
}

impl Remote {
    pub(super) fn new(whole: bool) -> (Self, Outgoing, Incoming) {
        let (queue, queued) = mpsc::channel(QUEUE);
        let (both, up) = watch::channel(false);
        let overflown = Arc::new(AtomicBool::new(false));
        let local = LocalBus::new();
        let remote = Self {
            node: Uuid::new_v4(),
            local: local.clone(),
            queue,
            overflown: overflown.clone(),
            up,
            whole,
            epoch: watch::Sender::new(None),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            failed: CancellationToken::new(),
        };
        let outgoing = Outgoing {
            queue: queued,
            overflown,
        };
        let ups = Ups {
            hears: AtomicBool::new(false),
            speaks: AtomicBool::new(false),
            both,
        };
        let incoming = Incoming {
            local,
            up: Arc::new(ups),
        };
        (remote, outgoing, incoming)
    }

    /// Runs a part of the bus until it is closed, and then its end.
    pub(super) fn run(
        &self,
        part: impl Future<Output = ()> + Send + 'static,
        end: impl Future<Output = ()> + Send + 'static,
    ) {
        let (stop, failed) = (self.stop.clone(), self.failed.clone());
        self.tasks.spawn(async move {
            let ended = AssertUnwindSafe(stop.run_until_cancelled(part))
                .catch_unwind()
                .await;
            if ended.is_err() {
                tracing::error!("a part of the bus has died");
                failed.cancel();
            }
            end.await;
        });
    }

    /// Until a part of it has died: nothing is heard, or told, from then on.
    pub(super) async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Lets go of everything that leads to other nodes.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(super) fn node(&self) -> Uuid {
        self.node
    }

    pub(super) fn local(&self) -> &LocalBus {
        &self.local
    }

    pub(super) fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    pub(super) fn enter(&self, epoch: Epoch) {
        self.epoch.send_replace(Some(epoch));
    }

    /// The life of the numbers that this node speaks of, once it is known.
    pub(super) fn epoch(&self) -> watch::Receiver<Option<Epoch>> {
        self.epoch.subscribe()
    }

    pub(super) fn publish(&self, facts: Arc<[Recorded]>, company: Company) {
        let parcel = if self.whole {
            Parcel::Facts(facts.clone())
        } else {
            // Of a stream the last number says all.
            let mut heads: Vec<_> = facts.iter().map(|fact| (fact.stream, fact.seq)).collect();
            heads.sort_unstable();
            heads.dedup_by(|later, earlier| {
                later.0 == earlier.0 && {
                    earlier.1 = later.1;
                    true
                }
            });
            Parcel::Heads(heads)
        };
        self.local.send(Notice::Facts(facts, company, Origin::Here));
        self.send(parcel);
    }

    pub(super) fn signal(&self, signal: Sent) {
        let signal = Arc::new(signal);
        self.send(Parcel::Signal(signal.clone()));
        self.local.send(Notice::Signal(signal, None));
    }

    pub(super) fn write(&self, letter: serde_json::Value) {
        self.send(Parcel::Letter(letter));
    }

    fn send(&self, parcel: Parcel) {
        if self.queue.try_send(parcel).is_err() && !self.overflown.swap(true, Ordering::AcqRel) {
            tracing::warn!("other nodes are not told everything: too much waits to be sent");
        }
    }
}

impl Outgoing {
    /// What has gathered, once there is something. `None`: the bus is gone for good.
    pub async fn next(&mut self) -> Option<Vec<Parcel>> {
        let mut parcels = Vec::new();
        if self.queue.recv_many(&mut parcels, TOGETHER).await == 0 {
            return None;
        }
        if self.overflown.swap(false, Ordering::AcqRel) {
            parcels.push(Parcel::Missed);
        }
        Some(parcels)
    }

    /// Drops what has gathered. Who does this tells the others, as soon as they can be told, that they missed something.
    pub fn forget(&mut self) {
        while self.queue.try_recv().is_ok() {}
        self.overflown.store(false, Ordering::Release);
    }
}

impl Incoming {
    pub fn take(&self, node: Uuid, parcels: Vec<Parcel>) {
        for parcel in parcels {
            self.local.send(match parcel {
                Parcel::Heads(heads) => Notice::Heads(heads.into()),
                Parcel::Facts(facts) => Notice::Facts(facts, Company::None, Origin::Elsewhere),
                Parcel::Signal(signal) => Notice::Signal(signal, Some(node)),
                Parcel::Letter(letter) => Notice::Letter(node, Arc::new(letter)),
                Parcel::Missed => Notice::Missed,
            });
        }
    }

    /// Something of the others' did not arrive, or nobody knows.
    pub fn missed(&self) {
        self.local.send(Notice::Missed);
    }

    pub fn hears(&self, hears: bool) {
        self.up.hears.store(hears, Ordering::Release);
        self.up.tell();
    }

    pub fn speaks(&self, speaks: bool) {
        self.up.speaks.store(speaks, Ordering::Release);
        self.up.tell();
    }
}

impl Ups {
    fn tell(&self) {
        let up = self.hears.load(Ordering::Acquire) && self.speaks.load(Ordering::Acquire);
        self.both.send_if_modified(|both| {
            let changed = *both != up;
            *both = up;
            changed
        });
    }
}
