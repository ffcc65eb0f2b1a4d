//! Everything live: sockets, event streams, waiting polls. `Live` is the face that the rest of `api` uses.
//!
//! Facts come from the bus and the log through `dispatch` into a `topic` per stream, which puts frames into each connection's
//! `outbox`; `replay` writes them to the client. State is changed nowhere here: that is REST's and the domain's.

mod answers;
mod asking;
#[cfg(test)]
mod asyncapi;
mod beat;
mod close;
mod connection;
mod dispatch;
mod ear;
#[cfg(feature = "echo")]
pub mod echo;
pub mod endpoint;
pub mod events_http;
mod frame;
pub mod frames;
mod greeting;
mod heads;
mod hub;
mod inbound;
mod letters;
mod limits;
mod mouth;
mod multi;
mod nodes;
mod outbox;
mod place;
mod presence;
#[cfg(feature = "probe")]
pub mod probe;
mod rate;
mod reads;
mod replay;
mod serve;
mod session;
mod signals;
mod socket;
mod sockets_elsewhere;
mod stats;
mod topic;
mod typing;
mod upgrade;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::account::Accounts;
use domain::bot::Bots;
use domain::chat::{Answers, Chat};
use domain::events::{Epoch, Events, SeqRange, StreamId};
use domain::ids::BotId;
use domain::notification::Inbox;
use domain::{Credential, Error, Result};
use infra::bus::{Bus, Company};
use infra::relay::Relay;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::login_guard::LoginGuard;
use crate::rates::Rates;
use crate::standing::{Standing, watched};
use connection::Connection;
use hub::{Hub, Refused, Subscription};
use outbox::lock;
use replay::Feed;
use serve::serve;

pub use connection::Kind;
pub use frames::Online;
pub use letters::doubted;
pub use limits::RealtimeLimits;
pub use place::Place;
pub use stats::AllConnections;

/// When to come again after a refusal for the limits.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What `Live` is put together from.
pub struct LiveParts {
    pub events: Arc<Events>,
    pub chat: Arc<Chat>,
    pub answers: Arc<Answers>,
    pub bots: Arc<Bots>,
    pub inbox: Arc<Inbox>,
    pub accounts: Arc<Accounts>,
    /// Counts requests, also those on other nodes.
    pub rates: Arc<Rates>,
    pub login_guard: LoginGuard,
    pub relay: Relay,
    pub bus: Bus,
    /// Cancelled when the node begins to stop, and by this part of it if it cannot go on.
    pub stopping: CancellationToken,
    /// Tells of a new epoch; `Installation::watch` gives it.
    pub epoch: watch::Receiver<Epoch>,
    pub limits: RealtimeLimits,
}

pub struct Live {
    events: Arc<Events>,
    chat: Arc<Chat>,
    answers: Arc<Answers>,
    bots: Arc<Bots>,
    inbox: Arc<Inbox>,
    accounts: Arc<Accounts>,
    rates: Arc<Rates>,
    login_guard: LoginGuard,
    relay: Relay,
    bus: Bus,
    epoch: watch::Receiver<Epoch>,
    limits: RealtimeLimits,
    hub: Arc<Hub>,
    heads: heads::Heads,
    typing: Mutex<typing::Typing>,
    reads: Mutex<reads::Reads>,
    presence: Mutex<presence::Presence>,
    typing_elsewhere: Mutex<typing::Elsewhere>,
    nodes: Mutex<nodes::Nodes>,
    sockets_elsewhere: Mutex<sockets_elsewhere::SocketsElsewhere>,
    asking: Mutex<asking::Asking>,
    board: answers::Board,
    tasks: Arc<multi::tasks::Board>,
    /// The epoch that the open connections belong to.
    known_epoch: Mutex<Epoch>,
    database_away: AtomicBool,
    /// The bus lost something: compare now.
    missed: Notify,
    /// Whether facts that were just heard are worth holding back for others.
    company: watch::Sender<Company>,
    /// Owns the tasks of sockets and event streams.
    sockets: TaskTracker,
    /// Owns the standing tasks, and deliveries to many members.
    standing: TaskTracker,
    stop: CancellationToken,
    /// The node's, for what cannot go on.
    stopping: CancellationToken,
}

impl Live {
    /// Subscribes to the bus and starts the standing tasks, which `shutdown` ends. To be called within the runtime.
    pub fn start(parts: LiveParts) -> Arc<Self> {
        let limits = parts.limits;
        let known_epoch = parts.epoch.borrow().clone();
        let receiver = parts.bus.subscribe();
        let shared = parts.bus.node().is_some();
        parts.bus.enter(known_epoch.clone());
        let (tasks, changes) = multi::tasks::Board::new();
        let live = Arc::new(Self {
            events: parts.events,
            chat: parts.chat,
            answers: parts.answers,
            bots: parts.bots,
            inbox: parts.inbox,
            accounts: parts.accounts,
            rates: parts.rates,
            login_guard: parts.login_guard,
            relay: parts.relay,
            bus: parts.bus,
            epoch: parts.epoch,
            limits,
            hub: Arc::new(Hub::new(limits.connections)),
            heads: heads::Heads::new(shared),
            typing: Mutex::default(),
            reads: Mutex::default(),
            presence: Mutex::new(presence::Presence::new(limits.presence_grace, shared)),
            typing_elsewhere: Mutex::default(),
            nodes: Mutex::default(),
            sockets_elsewhere: Mutex::default(),
            asking: Mutex::default(),
            board: answers::Board::default(),
            tasks,
            known_epoch: Mutex::new(known_epoch),
            database_away: AtomicBool::new(false),
            missed: Notify::new(),
            company: watch::Sender::new(Company::None),
            sockets: TaskTracker::new(),
            standing: TaskTracker::new(),
            stop: CancellationToken::new(),
            stopping: parts.stopping,
        });
        let stand = |name, task: Standing| {
            live.standing.spawn(watched(name, live.stopping.clone(), task));
        };
        stand("hearing", Box::pin(dispatch::hear(live.clone(), receiver)));
        stand("comparing", Box::pin(dispatch::compare(live.clone())));
        stand("beat", Box::pin(beat::run(live.clone())));
        stand("tasks", Box::pin(multi::tasks::run(live.clone(), changes)));
        if shared {
            stand("nodes", Box::pin(nodes::run(live.clone())));
            stand("gaps", Box::pin(answers::elsewhere::fill_gaps(live.clone())));
        }
        live
    }

    /// Numbers begin a new life: everybody is sent away, comes back, and is told to load anew. Nothing happens if this is the
    /// epoch already.
    pub fn end_epoch(&self, new: Epoch) {
        let mut known = lock(&self.known_epoch);
        if *known != new {
            self.hub.end_epoch(&new);
            self.heads.forget();
            self.bus.enter(new.clone());
            *known = new;
        }
    }

    /// Tells everybody to go and waits until they went, up to the soft limit; then the standing tasks end. The runtime ends
    /// what is left.
    pub async fn shutdown(&self) {
        self.hub.stop();
        self.sockets.close();
        if tokio::time::timeout(self.limits.shutdown, self.sockets.wait())
            .await
            .is_err()
        {
            tracing::warn!(left = self.sockets.len(), "connections did not end in time");
        }
        self.stop.cancel();
        self.standing.close();
        self.standing.wait().await;
    }

    /// Counts a connection in, if the limits allow.
    fn attend(
        self: &Arc<Self>,
        kind: Kind,
        credential: Credential,
        bot: Option<BotId>,
    ) -> Result<Attendance> {
        let connection = Connection::new(kind, credential, bot, self.limits.outbox);
        let elsewhere = lock(&self.sockets_elsewhere).count(credential.user_id, bot);
        match self.hub.register(connection, elsewhere) {
            Ok(connection) => {
                self.tell_sockets(credential.user_id);
                Ok(Attendance {
                    live: self.clone(),
                    connection,
                })
            }
            Err(Refused::OverLimit) => Err(Error::TooMany {
                retry_after: RETRY_AFTER,
            }),
            Err(Refused::Stopping) => Err(Error::Unavailable {
                retry_after: RETRY_AFTER,
            }),
        }
    }

    /// Who is it, may they, from which number on. The seats come before the question: what is published from then on is not
    /// missed.
    async fn open(&self, connection: &Arc<Connection>, range: Option<SeqRange>) -> Result<Feed> {
        let credential = connection.credential();
        let own = StreamId::User(credential.user_id);
        let control = self.hub.seat(own);
        let stream = self.hub.seat(connection.bot_id.map_or(own, StreamId::Bot));
        let greeting = match connection.bot_id {
            Some(bot) => self.events.greet_bot(credential, bot, range.as_ref()).await?,
            None => self.events.greet_inbox(credential, range.as_ref()).await?,
        };
        let since = range.as_ref().and_then(|range| range.since);
        let replayed = since.filter(|_| greeting.complete == Some(true));
        connection.reached(replayed.unwrap_or(greeting.seq));
        connection.accept(&greeting.caller);
        Ok(Feed {
            connection: connection.clone(),
            greeting,
            range,
            subscription: Subscription {
                connection: connection.clone(),
                stream,
                control,
            },
        })
    }
}

/// A connection's place in the registry. However its task ends, it leaves.
struct Attendance {
    live: Arc<Live>,
    connection: Arc<Connection>,
}

impl Attendance {
    /// Nothing more goes out.
    fn end(&self) {
        if self.connection.leave() {
            self.live.depart(&self.connection);
            self.live.hub.remove(&self.connection);
            self.live.tell_sockets(self.connection.user_id);
        }
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        self.end();
    }
}
