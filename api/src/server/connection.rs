//! One connection from its acceptance to its end or its upgrade: TLS if it is asked for, then HTTP/1.1 with the endpoint behind.
//! After an upgrade nothing of it is left but the stream, which the endpoint has taken.
//!
//! hyper answers what it cannot read (400, 414, 431) by itself, without a body, and offers no way to give it one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::uri::Scheme;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::Endpoint;
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::Place;
use super::refusal::{full, not_tls, refuse};
use super::stream::RawUpgrade;
use super::tls::Tls;
use crate::config::Limits;

/// With more than half of the places of arriving connections taken, this part of the deadline is left to each.
const HURRY: u32 = 10;
/// How long TLS may take with a connection that will only be refused.
const BRIEF: Duration = Duration::from_secs(2);

/// What all connections have in common.
pub(super) struct Service<E> {
    pub endpoint: E,
    pub http: http1::Builder,
    pub tls: Option<Tls>,
    pub limits: Limits,
    pub local: SocketAddr,
    /// Places of connections on their way to their first request.
    pub arriving: Arc<Semaphore>,
    pub shutdown: CancellationToken,
}

/// The place of a connection that is still arriving: until its first request's head is there, or the answer, if that asks for
/// an upgrade.
type Arrival = Mutex<Option<OwnedSemaphorePermit>>;

pub(super) fn protocol(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.keep_alive)
        .max_buf_size(limits.header_size);
    http
}

impl<E: Endpoint + 'static> Service<E> {
    pub async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, place: Place) {
        let began = Instant::now();
        let arriving = self.arriving.clone().acquire_owned();
        let patience = began + self.limits.header_deadline;
        let arrival = tokio::select! {
            arrival = timeout_at(patience, arriving) => arrival,
            () = self.shutdown.cancelled() => return,
        };
        // The semaphore is never closed.
        let Ok(Ok(arrival)) = arrival else {
            tracing::debug!(%peer, "too many connections arrive at once");
            if self.tls.is_none() {
                refuse(stream, &full()).await;
            }
            return;
        };
        // The wait was not the client's fault.
        let began = Instant::now();
        let arrival = Arc::new(Mutex::new(Some(arrival)));
        match &self.tls {
            None => {
                self.speak(stream, Scheme::HTTP, peer, place, arrival, began)
                    .await
            }
            Some(tls) => {
                let secured = tokio::select! {
                    secured = secure(stream, tls) => secured,
                    () = self.overdue(&arrival, began) => return,
                    () = self.shutdown.cancelled() => return,
                };
                if let Some(stream) = secured {
                    self.speak(stream, Scheme::HTTPS, peer, place, arrival, began)
                        .await;
                }
            }
        }
    }

    /// Tells a connection above the cap that it is one.
    pub async fn turn_away(&self, stream: TcpStream) {
        let Some(tls) = &self.tls else {
            return refuse(stream, &full()).await;
        };
        if let Ok(Some(stream)) = timeout(BRIEF, secure(stream, tls)).await {
            refuse(stream, &full()).await;
        }
    }

    async fn speak<S>(
        &self,
        stream: S,
        scheme: Scheme,
        peer: SocketAddr,
        place: Place,
        arrival: Arc<Arrival>,
        began: Instant,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(|mut request: http::Request<Incoming>| {
            let upgrade = request.extensions().get::<OnUpgrade>().cloned();
            let arrived = arrival.lock().unwrap_or_else(PoisonError::into_inner).take();
            let arrived = arrived.filter(|_| upgrade.is_some());
            if let Some(on_upgrade) = upgrade {
                let place = place.clone();
                request.extensions_mut().insert(RawUpgrade { on_upgrade, place });
            }
            let (local, peer) = (LocalAddr(self.local.into()), RemoteAddr(peer.into()));
            let request: poem::Request = (request, local, peer, scheme.clone()).into();
            async move {
                let response = self.endpoint.get_response(request).await;
                drop(arrived);
                Ok::<http::Response<_>, Infallible>(response.into())
            }
        });
        let serving = self
            .http
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut serving = std::pin::pin!(serving);
        // In this order: what came in time counts, however late this task gets to look at it.
        let served = tokio::select! {
            biased;
            served = serving.as_mut() => served,
            () = self.shutdown.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
            () = self.overdue(&arrival, began) => return,
        };
        if let Err(error) = served {
            // Clients go away at any time: nothing for an operator to look at.
            tracing::debug!(%error, "connection ended");
        }
    }

    /// Resolves when a connection has not arrived in time. hyper has one deadline for the first head and for the pause between
    /// requests; the first one is to be shorter, and shorter still when many are on their way: they could be there to be slow.
    async fn overdue(&self, arrival: &Arrival, began: Instant) {
        let deadline = self.limits.header_deadline;
        let on_its_way = || arrival.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        sleep_until(began + deadline / HURRY).await;
        let crowded = self.arriving.available_permits() < self.limits.handshakes / 2;
        if !(crowded && on_its_way()) {
            sleep_until(began + deadline).await;
        }
        if !on_its_way() {
            std::future::pending::<()>().await;
        }
    }
}

/// None if it came to nothing, and whoever spoke plain HTTP was told.
async fn secure(stream: TcpStream, tls: &Tls) -> Option<TlsStream<TcpStream>> {
    let mut first = [0];
    match stream.peek(&mut first).await {
        // A method's name; TLS begins with the byte 22 (RFC 8446, section 5.1).
        Ok(1..) if first[0].is_ascii_uppercase() => {
            refuse(stream, &not_tls()).await;
            None
        }
        Ok(1..) => match tls.acceptor().accept(stream).await {
            Ok(secured) => Some(secured),
            Err(error) => {
                tracing::debug!(%error, "no TLS connection came about");
                None
            }
        },
        Ok(0) | Err(_) => None,
    }
}
