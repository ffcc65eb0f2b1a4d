//! The accept loop in front of poem's endpoint, because poem's own sets no TCP_NODELAY, knows no deadline for a request's head,
//! no bound of connections, and forgets upgraded sockets at a stop. It speaks HTTP/1.1, over TLS if there is a certificate.
//!
//! Here connections are let in and counted; what happens in one is `connection.rs`.

mod capacity;
mod connection;
mod refusal;
mod stream;
#[cfg(test)]
mod tests;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use poem::Endpoint;
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use capacity::{raise_file_limit, sockets_per_node};
pub use stream::{RawUpgrade, Stream, Upgraded};

use crate::config::{Limits, Settings};
use connection::{Service, protocol};
use tls::Tls;

const BACKLOG: i32 = 4096;
/// After an error that will not be over at once (no more files, no memory).
const BACK_OFF: Duration = Duration::from_millis(100);
/// How long what was sent may stay unacknowledged.
const UNHEARD: Duration = Duration::from_secs(35);
/// How long a connection may be still before the kernel asks whether the other side is there.
const STILL: Duration = Duration::from_secs(60);
/// And how often it asks then.
const PROBE: Duration = Duration::from_secs(15);
/// Connections above the cap that are told so at once; further ones are closed without a word.
const TOLD: usize = 64;
/// The pause between two lines in the log about such connections.
const LINE: Duration = Duration::from_secs(1);

/// A connection's place under the cap; whoever keeps the connection keeps this beside it.
pub type Place = Arc<OwnedSemaphorePermit>;

/// A listening socket; `run` serves it.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    limits: Limits,
    tls: Option<Tls>,
    places: Arc<Semaphore>,
}

impl Server {
    /// Must be called within a runtime.
    ///
    /// # Errors
    /// The certificate or its key cannot be used (a `SettingsError`), or the address cannot be listened on.
    pub fn bind(settings: &Settings) -> anyhow::Result<Self> {
        let tls = Tls::load(settings)?;
        let listen = settings.listen;
        let listener =
            listen_on(listen).map_err(|why| anyhow::anyhow!("cannot listen on {listen}: {why}"))?;
        let address = listener.local_addr()?;
        let limits = settings.limits.clone();
        let places = Arc::new(Semaphore::new(capacity::connections(&limits)));
        Ok(Self {
            listener,
            address,
            limits,
            tls,
            places,
        })
    }

    /// Where it listens, with the port that was chosen when port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn scheme(&self) -> Scheme {
        match self.tls {
            Some(_) => Scheme::HTTPS,
            None => Scheme::HTTP,
        }
    }

    /// Serves until `shutdown`; then takes no more connections, lets requests finish for `shutdown_soft`, and drops what is
    /// left. Upgraded sockets are not waited for: they belong to the hub.
    pub async fn run<E: Endpoint + 'static>(self, endpoint: E, shutdown: CancellationToken) {
        let soft = self.limits.shutdown_soft;
        let service = Arc::new(Service {
            endpoint,
            http: protocol(&self.limits),
            tls: self.tls,
            local: self.address,
            arriving: Arc::new(Semaphore::new(self.limits.handshakes)),
            limits: self.limits,
            shutdown: shutdown.clone(),
        });
        let doors = Doors {
            service: service.clone(),
            places: self.places,
            courtesy: Arc::new(Semaphore::new(TOLD)),
            connections: TaskTracker::new(),
            abort: CancellationToken::new(),
        };
        let watching = async {
            if let Some(tls) = &service.tls {
                shutdown.run_until_cancelled(tls.watch()).await;
            }
        };
        tokio::join!(doors.open(self.listener), watching);
        let Doors {
            connections, abort, ..
        } = doors;
        connections.close();
        if tokio::time::timeout(soft, connections.wait()).await.is_err() {
            tracing::warn!(
                connections = connections.len(),
                "requests did not finish in time and are dropped"
            );
            abort.cancel();
            connections.wait().await;
        }
    }
}

/// Lets connections in.
struct Doors<E> {
    service: Arc<Service<E>>,
    places: Arc<Semaphore>,
    /// Places of connections that are told that there is no place.
    courtesy: Arc<Semaphore>,
    /// Owns a task for each of both kinds.
    connections: TaskTracker,
    abort: CancellationToken,
}

impl<E: Endpoint + 'static> Doors<E> {
    /// Until the shutdown; from then on the system refuses connections.
    async fn open(&self, listener: TcpListener) {
        let mut refusals = Refusals::default();
        let shutdown = &self.service.shutdown;
        while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok((stream, peer)) => match self.places.clone().try_acquire_owned() {
                    Ok(place) => self.own(self.service.clone().serve(stream, peer, Arc::new(place))),
                    Err(_) => {
                        refusals.note();
                        self.turn_away(stream);
                    }
                },
                Err(error) => failed(&error).await,
            }
        }
    }

    fn turn_away(&self, stream: TcpStream) {
        if let Ok(courtesy) = self.courtesy.clone().try_acquire_owned() {
            let service = self.service.clone();
            self.own(async move {
                service.turn_away(stream).await;
                drop(courtesy);
            });
        }
    }

    fn own(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let abort = self.abort.clone();
        self.connections
            .spawn(async move { abort.run_until_cancelled(connection).await });
    }
}

/// Says in the log that the cap is reached: when it comes to that, it comes to it often.
#[derive(Default)]
struct Refusals {
    unsaid: u64,
    said: Option<Instant>,
}

impl Refusals {
    fn note(&mut self) {
        self.unsaid += 1;
        let now = Instant::now();
        if self.said.is_none_or(|said| now >= said + LINE) {
            tracing::warn!(refused = self.unsaid, "too many connections");
            *self = Self {
                unsaid: 0,
                said: Some(now),
            };
        }
    }
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restarted server must not wait for the last one's connections to be forgotten. (On Windows it would mean sharing.)
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    // What is set here, accepted connections have from the start, without a system call of their own.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(STILL).with_interval(PROBE))?;
    // A peer that acknowledges nothing, or takes nothing, is given up by the kernel: of an event stream's small comments no
    // write would ever fail, and an answer that nobody reads has no deadline of its own.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNHEARD))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// No error ends the loop: a server that stops listening because it was busy once is down for good.
async fn failed(error: &io::Error) {
    let client = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    );
    if !client {
        tracing::warn!(%error, "could not accept a connection");
        tokio::time::sleep(BACK_OFF).await;
    }
}
