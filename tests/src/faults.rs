//! A TCP proxy that harms the connections that go through it: late, slow, cut at a byte, reset, closed on one side, or silent. It
//! understands nothing of what it carries; faults that take understanding are `tamper`'s. How one connection is carried is
//! in `line`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::load::dice::Dice;

mod line;
#[cfg(test)]
mod tests;

/// What happens to one connection. The default: nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    /// Everything arrives so much later, in both directions.
    pub latency: Duration,
    /// Bytes per second from the server to the client.
    pub throttle: Option<u32>,
    pub cut: Option<Cut>,
}

/// The end of a connection, once this many bytes have come from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub after: u64,
    pub end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Closed in order on both sides (FIN), in the middle of a frame perhaps.
    Fin,
    /// Reset on both sides (RST).
    Reset,
    /// The client is told that nothing more comes; the server hears nothing of it until the client leaves.
    DeafServer,
    /// The server is told that nothing more comes; the client goes on receiving.
    DeafClient,
    /// Nothing passes any more, and nobody is told.
    Silence,
}

impl End {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Reset => "reset",
            Self::DeafServer => "half-closed towards the client",
            Self::DeafClient => "half-closed towards the server",
            Self::Silence => "silence",
        }
    }
}

impl Line {
    /// A random one that will end: most of them soon, in any way, a third of them late, a quarter slow.
    pub fn random(dice: &mut Dice) -> Self {
        let end = match dice.between(0, 10) {
            0..3 => End::Fin,
            3..6 => End::Reset,
            6..8 => End::DeafServer,
            8 => End::DeafClient,
            _ => End::Silence,
        };
        Self {
            latency: Duration::from_millis(dice.between(0, 3) / 2 * dice.between(1, 30)),
            throttle: (dice.between(0, 4) == 0).then(|| dice.between(20_000, 200_000) as u32),
            // From inside the handshake's answer to some frames after the greeting.
            cut: Some(Cut {
                after: dice.between(50, 8_000),
                end,
            }),
        }
    }
}

type Choose = Box<dyn FnMut() -> Line + Send>;

struct Shared {
    server: SocketAddr,
    choose: Mutex<Choose>,
    /// Cuts that were made.
    cuts: Mutex<BTreeMap<&'static str, u64>>,
}

/// Listens until it is dropped; its connections end with it.
pub struct Proxy {
    pub address: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// In front of `server`; each connection gets the line that `choose` chooses.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn start(server: SocketAddr, choose: impl FnMut() -> Line + Send + 'static) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            server,
            choose: Mutex::new(Box::new(choose)),
            cuts: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// From now on connections are carried faithfully; those that are there keep their fate.
    pub fn heal(&self) {
        *self.shared.choose.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(Line::default);
    }

    /// How often a connection was cut, by the way of it.
    #[must_use]
    pub fn cuts(&self) -> BTreeMap<&'static str, u64> {
        self.shared
            .cuts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Goes when the proxy goes, and every line with it.
    let mut lines = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let chosen = (shared.choose.lock().unwrap_or_else(PoisonError::into_inner))();
        let shared = shared.clone();
        lines.spawn(async move {
            let noted = |end: End| {
                let mut cuts = shared.cuts.lock().unwrap_or_else(PoisonError::into_inner);
                *cuts.entry(end.name()).or_default() += 1;
            };
            // Either side may go at any time; that is what this is for.
            let _ = line::carry(client, shared.server, chosen, noted).await;
        });
        while lines.try_join_next().is_some() {}
    }
}
