//! The composition root: the only place where pieces are wired together. Starting and stopping in order is done here too.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::access::Sharing;
use domain::account::Accounts;
use domain::bot::{Bots, Providers};
use domain::chat::{Answers, Chat};
use domain::document::{Documents, PassageIndex, Quota, Work};
use domain::events::Events;
use domain::ids::NodeId;
use domain::notification::Inbox;
use domain::store::Store;
use domain::task::Tasks;
use infra::blobs::Blobs;
use infra::bus::Bus;
use infra::extract::{ExtractLimits, Extractor};
use infra::installation::Installation;
use infra::maintenance::Retention;
use infra::passages::Passages;
use infra::password::Passwords;
use infra::relay::Relay;
use infra::responder::{AddressPolicy, Extractive, ModelClients, Responders};
use infra::retrieval::Retrieval;
use infra::sealing::Sealer;
use infra::store::SqlStore;
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::answering::{AnswerLimits, Answering, AnsweringParts};
use crate::auth::{Auth, Tokens};
use crate::background;
use crate::config::Settings;
use crate::http::console::Console;
use crate::http::login_guard::LoginGuard;
use crate::http::markdown::Markdown;
use crate::http::origin::Origins;
use crate::http::peer::Peers;
use crate::http::places::Places;
use crate::rates::Rates;
use crate::realtime::{Live, LiveParts, RealtimeLimits};
use crate::router;
use crate::server::{Server, raise_file_limit};
use crate::standing::{Standing, watched};
use crate::storage::{self, told};
use crate::workers::{WorkerParts, Workers};

/// How long a start waits for the retrieval index.
const INDEX_PATIENCE: Duration = Duration::from_millis(500);

/// Everything a handler can reach.
pub struct App {
    pub settings: Settings,
    pub accounts: Arc<Accounts>,
    pub sharing: Arc<Sharing>,
    pub bots: Arc<Bots>,
    pub chat: Arc<Chat>,
    pub answers: Arc<Answers>,
    pub documents: Arc<Documents>,
    pub providers: Arc<Providers>,
    pub inbox: Arc<Inbox>,
    pub tasks: Tasks,
    pub events: Arc<Events>,
    pub auth: Arc<Auth>,
    pub live: Arc<Live>,
    pub answering: Arc<Answering>,
    pub workers: Arc<Workers>,
    pub blobs: Arc<Blobs>,
    /// Places for files on their way in.
    pub uploads: Arc<Places>,
    pub sealer: Arc<Sealer>,
    pub origins: Arc<Origins>,
    pub console: Console,
    pub markdown: Markdown,
    pub passwords: Passwords,
    pub peers: Peers,
    pub rates: Arc<Rates>,
    pub login_guard: LoginGuard,
    /// What the first account needs, unless it is made on this machine.
    pub setup_code: String,
    store: SqlStore,
    bus: Bus,
    stopping: CancellationToken,
}

impl App {
    /// Whether nobody has an account here yet.
    pub async fn is_unused(&self) -> domain::Result<bool> {
        Ok(self.store.read().await?.count_users().await? == 0)
    }

    /// Whether other nodes are heard and told, where there can be any. Without that this one is as ready as with it: what the
    /// others commit is found in the log.
    pub fn bus_is_up(&self) -> Option<bool> {
        self.bus.node().map(|_| self.bus.is_up())
    }

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
    /// The same as an address to call, such as `http://127.0.0.1:8000`.
    pub url: String,
    /// The set-up code, if the first account is still to be made.
    pub setup_code: Option<String>,
    app: Arc<App>,
    installation: Installation,
    bus: Bus,
    stopping: CancellationToken,
    server: JoinHandle<()>,
    background: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    answering: JoinHandle<()>,
    workers: JoinHandle<()>,
    following: JoinHandle<()>,
    /// The lock of the data folder, let go of when everything else has ended.
    held: File,
}

/// Opens the store, brings it up to date, and serves. Returns when requests are answered.
pub async fn start(settings: Settings) -> anyhow::Result<Running> {
    settings.check()?;
    // Before the caps on connections and sockets are reckoned from it.
    raise_file_limit();
    let limits = settings.limits.clone();
    let console = Console::open(settings.console_dir.as_deref())?;
    let held = storage::hold(&settings)?;
    let server = Server::bind(&settings)?;
    let bus = storage::bus(&settings)?;
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
    let providers = Arc::new(Providers::new(store.clone()));
    let blobs = Arc::new(storage::blobs(&settings)?);
    let retrieval = Retrieval::open(&settings.data_dir.join("index")).await;
    let passages = Passages::new(retrieval.map_err(told)?, sql.clone());
    let index: Arc<dyn PassageIndex> = Arc::new(passages.clone());
    // Searches find nothing wrong before; an index that has to be built anew is not waited for.
    let _ = tokio::time::timeout(INDEX_PATIENCE, passages.catch_up()).await;
    let quota = Quota {
        files: i64::from(limits.files_per_user),
        bytes: i64::try_from(limits.storage_per_user).unwrap_or(i64::MAX),
    };
    let documents = Arc::new(Documents::new(store.clone(), blobs.clone(), index.clone(), quota));
    let per_user = u64::from(limits.answers_per_user);
    let node = NodeId(installation.node_id());
    let answers = Arc::new(Answers::new(store.clone(), index.clone(), per_user, node));
    let work = Work::new(store.clone(), node);
    resume(&answers, &work, installation.is_alone().await.map_err(told)?).await?;
    installation.announce().await.map_err(told)?;
    let inbox = Arc::new(Inbox::new(store.clone()));
    let tasks = Tasks::new(store.clone());
    let events = Arc::new(Events::new(store, limits.replay_limit as u64));

    let key = settings.signing_key()?;
    let sealer = Arc::new(Sealer::new(key.expose_secret()).context("the signing key cannot be used")?);
    let tokens = Tokens::new(key.expose_secret(), limits.access_token, limits.clock_leeway);
    let auth = Arc::new(Auth::new(tokens, accounts.clone()));
    let rates = Arc::new(Rates::new(&limits, bus.node().is_some()));
    let login_guard = LoginGuard::new(&limits, key.expose_secret());
    let stopping = CancellationToken::new();
    let live = Live::start(LiveParts {
        events: events.clone(),
        chat: chat.clone(),
        answers: answers.clone(),
        bots: bots.clone(),
        inbox: inbox.clone(),
        accounts: accounts.clone(),
        rates: rates.clone(),
        login_guard: login_guard.clone(),
        relay: Relay::new(sql.clone(), bus.clone()),
        bus: bus.clone(),
        stopping: stopping.clone(),
        epoch: installation.watch(),
        limits: RealtimeLimits::of(&limits),
    });
    let answering = Answering::new(
        AnsweringParts {
            node,
            answers: answers.clone(),
            live: live.clone(),
            responders: responders(&settings),
            sealer: sealer.clone(),
            provider: settings.provider()?,
            limits: AnswerLimits {
                size: limits.answer_size,
                running: limits.answers,
                total: limits.answer_total,
            },
        },
        stopping.clone(),
    );
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = Workers::new(
        WorkerParts {
            work,
            blobs: blobs.clone(),
            index,
            extractor: extractor(&settings)?,
            live: live.clone(),
        },
        cores,
        stopping.clone(),
    );
    let setup_code = match &settings.setup_code {
        Some(code) => code.expose_secret().to_owned(),
        None => crate::config::random_code()?,
    };
    let first_to_come = sql.read().await?.count_users().await? == 0;
    let app = Arc::new(App {
        origins: Arc::new(Origins::new(&settings)?),
        console,
        markdown: Markdown::default(),
        passwords: Passwords::new(storage::hashing(&limits)).map_err(told)?,
        peers: Peers::new(&settings),
        rates,
        login_guard,
        settings,
        accounts,
        sharing,
        bots,
        chat,
        answers,
        documents,
        providers,
        inbox,
        tasks,
        events,
        auth,
        live,
        answering: answering.clone(),
        workers: workers.clone(),
        blobs,
        uploads: Arc::new(Places::new(limits.uploads)),
        sealer,
        setup_code: setup_code.clone(),
        store: sql.clone(),
        bus: bus.clone(),
        stopping: stopping.clone(),
    });

    let address = server.address();
    let url = format!("{}://{address}", server.scheme());
    let endpoint = router::build(&app);
    let retention = Retention {
        events: limits.event_retention,
        events_at_least: i64::try_from(limits.event_minimum).unwrap_or(i64::MAX),
        audit: limits.audit_retention,
        ..Retention::default()
    };
    let stand = |name, task: Standing| tokio::spawn(watched(name, stopping.clone(), task));
    let until = stopping.clone();
    let following = async move {
        until.run_until_cancelled(passages.follow()).await;
    };
    let behind = background::run(
        app.clone(),
        installation.clone(),
        sql,
        retention,
        stopping.clone(),
    );
    Ok(Running {
        address,
        url,
        setup_code: first_to_come.then_some(setup_code),
        background: stand("background", Box::pin(behind)),
        sweeper: stand("sweeping", Box::pin(app.rates.clone().sweep(stopping.clone()))),
        server: stand("server", Box::pin(server.run(endpoint, stopping.clone()))),
        answering: stand("answering", Box::pin(answering.run(bus.subscribe()))),
        workers: stand("workers", Box::pin(workers.run(bus.subscribe()))),
        following: stand("index", Box::pin(following)),
        app,
        installation,
        bus,
        stopping,
        held,
    })
}

/// What a process that was killed left behind: answers that nobody writes any more, and jobs in hands that are gone. Of several
/// nodes each looks after its own.
async fn resume(answers: &Answers, work: &Work, alone: bool) -> anyhow::Result<()> {
    let interrupted = answers.interrupt_left(alone).await.map_err(told)?;
    let released = work.resume(alone).await.map_err(told)?;
    if interrupted > 0 || released > 0 {
        tracing::info!(
            interrupted,
            released,
            "taken up after an end in the middle of things"
        );
    }
    Ok(())
}

fn responders(settings: &Settings) -> Responders {
    let limits = &settings.limits;
    let clients = ModelClients::new(
        infra::responder::Limits {
            idle: limits.answer_idle,
            total: limits.answer_total,
            input_tokens: limits.prompt_tokens as usize,
            ..infra::responder::Limits::default()
        },
        AddressPolicy::new(settings.provider_allow.clone()),
    );
    Responders {
        extractive: Extractive::new(limits.answer_pace),
        model: Arc::new(clients),
    }
}

fn extractor(settings: &Settings) -> anyhow::Result<Extractor> {
    let limits = &settings.limits;
    let program = match &settings.extractor {
        Some(program) => program.clone(),
        None => std::env::current_exe().context("cannot tell where this program is")?,
    };
    Ok(Extractor::new(
        program,
        ExtractLimits {
            file: limits.upload_size as u64,
            memory: limits.extract_memory as u64,
            cpu: limits.extract_cpu,
            wall: limits.extract_wall,
            unpacked: limits.unpacked_size as u64,
            ratio: u64::from(limits.unpacked_ratio),
            entries: u64::from(limits.unpacked_entries),
            pages: u64::from(limits.document_pages),
            ..ExtractLimits::default()
        },
    ))
}

impl Running {
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Until it cannot go on: something that must always run has died, and the log says what.
    pub async fn failed(&self) {
        tokio::select! {
            () = self.stopping.cancelled() => {}
            () = self.bus.failed() => {}
        }
    }

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
        // What is being written is stored as interrupted, and goes out to those who watch before they are told to go.
        self.answering.await?;
        self.app.live.shutdown().await;
        self.workers.await?;
        self.following.await?;
        self.server.await?;
        self.background.await?;
        self.sweeper.await?;
        self.installation.note_commits().await.map_err(told)?;
        if let Err(error) = self.installation.leave().await {
            tracing::warn!(%error, "other nodes find out by themselves that this one is gone");
        }
        self.bus.close().await;
        self.app.store.close().await.map_err(told)?;
        drop(self.held);
        Ok(())
    }
}
