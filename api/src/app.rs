//! The composition root: the only place where pieces are wired together. Starting and stopping in order is done here too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::access::Sharing;
use domain::account::Accounts;
use domain::bot::Bots;
use domain::chat::Chat;
use domain::events::Events;
use domain::notification::Inbox;
use domain::store::Store;
use infra::bus::Bus;
use infra::installation::Installation;
use infra::maintenance::Retention;
use infra::password::Passwords;
use infra::relay::Relay;
use infra::store::SqlStore;
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::auth::{Auth, Tokens};
use crate::background;
use crate::config::{Limits, Settings};
use crate::http::login_guard::LoginGuard;
use crate::http::origin::Origins;
use crate::http::peer::Peers;
use crate::http::rate::Rates;
use crate::realtime::{Live, LiveParts, RealtimeLimits};
use crate::router;
use crate::server::{Server, raise_file_limit, sockets_per_node};
use crate::storage::{self, told};

/// Everything a handler can reach.
pub struct App {
    pub settings: Settings,
    pub accounts: Arc<Accounts>,
    pub sharing: Arc<Sharing>,
    pub bots: Arc<Bots>,
    pub chat: Arc<Chat>,
    pub inbox: Arc<Inbox>,
    pub events: Arc<Events>,
    pub auth: Arc<Auth>,
    pub live: Arc<Live>,
    pub origins: Arc<Origins>,
    pub passwords: Passwords,
    pub peers: Peers,
    pub rates: Arc<Rates>,
    pub login_guard: LoginGuard,
    /// What the first account needs, unless it is made on this machine.
    pub setup_code: String,
    store: SqlStore,
    stopping: CancellationToken,
}

impl App {
    /// Whether the database answers within `patience` and no stop has begun.
    pub async fn is_ready(&self, patience: Duration) -> bool {
        let asked = async { self.store.read().await?.count_users().await };
        !self.stopping.is_cancelled() && matches!(tokio::time::timeout(patience, asked).await, Ok(Ok(_)))
    }
}

/// A server that was started.
pub struct Running {
    /// Where it listens; the port is the real one if 0 was asked for.
    pub address: SocketAddr,
    /// The set-up code, if the first account is still to be made.
    pub setup_code: Option<String>,
    app: Arc<App>,
    installation: Installation,
    stopping: CancellationToken,
    server: JoinHandle<()>,
    background: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

/// Opens the store, brings it up to date, and serves. Returns when requests are answered.
pub async fn start(settings: Settings) -> anyhow::Result<Running> {
    settings.check()?;
    // Before the caps on connections and sockets are reckoned from it.
    raise_file_limit();
    let limits = settings.limits.clone();
    let bus = Bus::local();
    let sql = storage::open(&settings, bus.clone()).await?;
    storage::migrate(&sql).await?;
    let installation = Installation::open(sql.clone(), &settings.data_dir)
        .await
        .map_err(told)?;
    let store: Arc<dyn Store> = Arc::new(sql.clone());

    let accounts = Arc::new(Accounts::new(store.clone(), storage::lifetimes(&limits)));
    let sharing = Arc::new(Sharing::new(store.clone()));
    let bots = Arc::new(Bots::new(store.clone()));
    let chat = Arc::new(Chat::new(store.clone()));
    let inbox = Arc::new(Inbox::new(store.clone()));
    let events = Arc::new(Events::new(store, limits.replay_limit as u64));

    let key = settings.signing_key()?;
    let tokens = Tokens::new(key.expose_secret(), limits.access_token, limits.clock_leeway);
    let auth = Arc::new(Auth::new(tokens, accounts.clone()));
    let live = Live::start(LiveParts {
        events: events.clone(),
        chat: chat.clone(),
        bots: bots.clone(),
        inbox: inbox.clone(),
        accounts: accounts.clone(),
        relay: Relay::new(sql.clone(), bus.clone()),
        bus,
        epoch: installation.watch(),
        limits: live_limits(&limits),
    });
    let stopping = CancellationToken::new();
    let setup_code = match &settings.setup_code {
        Some(code) => code.expose_secret().to_owned(),
        None => crate::config::random_code()?,
    };
    let first_to_come = sql.read().await?.count_users().await? == 0;
    let app = Arc::new(App {
        origins: Arc::new(Origins::new(&settings)?),
        passwords: Passwords::new(storage::hashing(&limits)).map_err(told)?,
        peers: Peers::new(&settings),
        rates: Arc::new(Rates::new(&limits)),
        login_guard: LoginGuard::new(&limits),
        settings,
        accounts,
        sharing,
        bots,
        chat,
        inbox,
        events,
        auth,
        live,
        setup_code: setup_code.clone(),
        store: sql.clone(),
        stopping: stopping.clone(),
    });

    let server = Server::bind(&app.settings)?;
    let address = server.address();
    let endpoint = router::build(&app);
    let retention = Retention {
        events: limits.event_retention,
        events_at_least: i64::try_from(limits.event_minimum).unwrap_or(i64::MAX),
        audit: limits.audit_retention,
        ..Retention::default()
    };
    Ok(Running {
        address,
        setup_code: first_to_come.then_some(setup_code),
        background: tokio::spawn(background::run(
            app.clone(),
            installation.clone(),
            sql,
            retention,
            stopping.clone(),
        )),
        sweeper: tokio::spawn({
            let (rates, stopping) = (app.rates.clone(), stopping.clone());
            async move { rates.sweep(stopping).await }
        }),
        server: tokio::spawn(server.run(endpoint, stopping.clone())),
        app,
        installation,
        stopping,
    })
}

fn live_limits(limits: &Limits) -> RealtimeLimits {
    let mut live = RealtimeLimits::default();
    live.connections.per_user = limits.sockets_per_user;
    live.connections.per_user_and_bot = limits.sockets_per_user_and_bot;
    live.connections.per_node = sockets_per_node(limits);
    live.outbox.frames = limits.queue_frames;
    live.outbox.bytes = limits.queue_bytes;
    live.rate.per_second = limits.frames_per_second;
    live.rate.burst = limits.frames_burst;
    live.message_bytes = limits.frame_size;
    live.write_deadline = limits.write_deadline;
    live.ping = limits.ping_interval;
    live.silence = limits.silence;
    live.shutdown = limits.shutdown_soft;
    live
}

impl Running {
    /// Stops in order: no new connections, 1001 to every socket, running requests end, the database is closed. Bounded by the
    /// hard limit of the settings.
    pub async fn stop(self) -> anyhow::Result<()> {
        let hard = self.app.settings.limits.shutdown_hard;
        tokio::time::timeout(hard, self.stop_in_order())
            .await
            .context("the stop took too long")?
    }

    async fn stop_in_order(self) -> anyhow::Result<()> {
        self.stopping.cancel();
        self.app.live.shutdown().await;
        self.server.await?;
        self.background.await?;
        self.sweeper.await?;
        self.installation.note_commits().await.map_err(told)?;
        self.app.store.close().await.map_err(told)
    }
}
