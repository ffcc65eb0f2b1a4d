//! The accept loop in front of poem's endpoint, because poem's own sets no TCP_NODELAY, knows no deadline for a request's head,
//! no bound of connections, and forgets upgraded sockets at a stop. It speaks HTTP/1.1; TLS is the proxy's business.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::Endpoint;
use poem::web::{LocalAddr, RemoteAddr};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Limits, Settings};

const BACKLOG: i32 = 4096;
/// After an error that will not be over at once (no more files, no memory).
const BACK_OFF: Duration = Duration::from_millis(100);
/// How long what was sent may stay unacknowledged.
const UNHEARD: Duration = Duration::from_secs(35);

const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A connection's place under the cap; whoever keeps the connection keeps this beside it.
pub type Place = Arc<OwnedSemaphorePermit>;

/// In the extensions of a request that asks for an upgrade: the way to the bare TCP stream. poem keeps hyper's own entry to
/// itself, and gives out a stream that is slower and boxed.
#[derive(Clone)]
pub struct RawUpgrade {
    on_upgrade: OnUpgrade,
    place: Place,
}

/// A connection after the upgrade.
pub struct Upgraded {
    pub stream: TcpStream,
    /// What the client sent right behind its request.
    pub read: Bytes,
    pub place: Place,
}

impl RawUpgrade {
    /// To be awaited in a task of its own: it resolves after the answer 101 was written.
    pub async fn into_stream(self) -> io::Result<Upgraded> {
        let upgraded = self.on_upgrade.await.map_err(io::Error::other)?;
        let parts = upgraded.downcast::<TokioIo<TcpStream>>();
        let parts = parts.map_err(|_| io::Error::other("the connection is no bare TCP stream"))?;
        Ok(Upgraded {
            stream: parts.io.into_inner(),
            read: parts.read_buf,
            place: self.place,
        })
    }
}

/// Raises the limit of open files to what the system allows, once at start; gives what it is then.
pub fn raise_file_limit() -> u64 {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => {
            tracing::info!(files, "limit of open files");
            files
        }
        Err(error) => {
            let files = file_limit();
            tracing::warn!(%error, files, "the limit of open files could not be raised");
            files
        }
    }
}

/// Sockets that this node takes: the setting, or 90 % of the limit of open files.
pub fn sockets_per_node(limits: &Limits) -> usize {
    share(limits.sockets_per_node, 90)
}

/// A little above the sockets, so that one socket too many can still be told so in its own language.
fn connections(limits: &Limits) -> usize {
    share(limits.connections, 95)
}

fn share(setting: usize, percent: u64) -> usize {
    match setting {
        0 => usize::try_from(file_limit().saturating_mul(percent) / 100)
            .unwrap_or(usize::MAX)
            .clamp(1, Semaphore::MAX_PERMITS),
        set => set.min(Semaphore::MAX_PERMITS),
    }
}

fn file_limit() -> u64 {
    rlimit::Resource::NOFILE
        .get_soft()
        .map_or(1024, |files| files.min(1 << 40))
}

/// A listening socket; `run` serves it.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    limits: Limits,
    places: Arc<Semaphore>,
}

impl Server {
    /// Must be called within a runtime.
    pub fn bind(settings: &Settings) -> anyhow::Result<Self> {
        let listen = settings.listen;
        let listener =
            listen_on(listen).map_err(|why| anyhow::anyhow!("cannot listen on {listen}: {why}"))?;
        let address = listener.local_addr()?;
        let limits = settings.limits.clone();
        let places = Arc::new(Semaphore::new(connections(&limits)));
        Ok(Self {
            listener,
            address,
            limits,
            places,
        })
    }

    /// Where it listens, with the port that was chosen when port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`; then takes no more connections, lets requests finish for `shutdown_soft`, and drops what is
    /// left. Upgraded sockets are not waited for: they belong to the hub.
    pub async fn run<E: Endpoint + 'static>(self, endpoint: E, shutdown: CancellationToken) {
        let Self {
            listener,
            address,
            limits,
            places,
        } = self;
        let endpoint = Arc::new(endpoint);
        let connections = TaskTracker::new();
        let abort = CancellationToken::new();
        let http = Arc::new(protocol(&limits));
        while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    refused(&error).await;
                    continue;
                }
            };
            let Ok(place) = places.clone().try_acquire_owned() else {
                tracing::warn!(%peer, "too many connections");
                turn_away(stream);
                continue;
            };
            let connection = Connection {
                stream,
                peer,
                local: address,
                place: Arc::new(place),
                header_deadline: limits.header_deadline,
                shutdown: shutdown.clone(),
            };
            let serving = connection.serve(http.clone(), endpoint.clone());
            let abort = abort.clone();
            connections.spawn(async move { abort.run_until_cancelled(serving).await });
        }
        // From here on the system refuses connections.
        drop(listener);
        connections.close();
        if tokio::time::timeout(limits.shutdown_soft, connections.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = connections.len(),
                "requests did not finish in time and are dropped"
            );
            abort.cancel();
            connections.wait().await;
        }
    }
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    place: Place,
    header_deadline: Duration,
    shutdown: CancellationToken,
}

impl Connection {
    async fn serve<E: Endpoint + 'static>(self, http: Arc<http1::Builder>, endpoint: Arc<E>) {
        let Self {
            stream,
            peer,
            local,
            place,
            header_deadline,
            shutdown,
        } = self;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        // A peer that acknowledges nothing, or takes nothing, is given up by the kernel: of an event stream's small comments no
        // write would ever fail, and an answer that nobody reads has no deadline of its own.
        if let Err(error) = SockRef::from(&stream).set_tcp_user_timeout(Some(UNHEARD)) {
            tracing::debug!(%error, "TCP_USER_TIMEOUT could not be set");
        }
        let begun = Arc::new(AtomicBool::new(false));
        let heard = begun.clone();
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            heard.store(true, Ordering::Relaxed);
            if let Some(on_upgrade) = request.extensions().get::<OnUpgrade>().cloned() {
                request.extensions_mut().insert(RawUpgrade {
                    on_upgrade,
                    place: place.clone(),
                });
            }
            let (local, peer) = (LocalAddr(local.into()), RemoteAddr(peer.into()));
            let request: poem::Request = (request, local, peer, http::uri::Scheme::HTTP).into();
            let endpoint = endpoint.clone();
            async move { Ok::<http::Response<_>, Infallible>(endpoint.get_response(request).await.into()) }
        });
        let serving = http
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut serving = std::pin::pin!(serving);
        // hyper has one deadline for the first head and for the pause between requests; the first one is to be shorter.
        let silent = async {
            tokio::time::sleep(header_deadline).await;
            if begun.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let served = tokio::select! {
            served = serving.as_mut() => served,
            () = silent => return,
            () = shutdown.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = served {
            // Clients go away at any time: nothing for an operator to look at.
            tracing::debug!(%error, "connection ended");
        }
    }
}

/// Best effort: nothing is waited for, and the client's system may drop the answer when we close with its request unread.
fn turn_away(stream: TcpStream) {
    // Not by tokio's `try_write`, which fails as long as the reactor has not looked at a new stream.
    let said = stream.into_std().and_then(|mut stream| stream.write(FULL));
    if let Err(error) = said {
        tracing::debug!(%error, "a connection was closed without a word");
    }
}

fn protocol(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.keep_alive)
        .max_buf_size(limits.header_size);
    http
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restarted server must not wait for the last one's connections to be forgotten. (On Windows it would mean sharing.)
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// No error ends the loop: a server that stops listening because it was busy once is down for good.
async fn refused(error: &io::Error) {
    let client = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    );
    if !client {
        tracing::warn!(%error, "could not accept a connection");
        tokio::time::sleep(BACK_OFF).await;
    }
}

#[cfg(test)]
mod tests;
