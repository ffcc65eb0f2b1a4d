//! A man in the middle that plants faults: it understands as much of HTTP and WebSockets as it takes to drop, double, swap or
//! renumber one event on its way to one reader, to send one on after the reader's right has ended, or to answer a post that
//! nobody has taken. What it did it tells as the faults that the judge must find. It harms no connection: that is `faults`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::judge::Fault;
use crate::load::Person;

mod frames;
mod post;

/// What is planted, once. The first five befall an event on its way to the victim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// Plants nothing, and passes everything on as it is.
    None,
    Drop,
    Double,
    Swap,
    /// Gives it the number of the event before it.
    Renumber,
    /// Sends the victim one more event when their right has ended, before it tells them so.
    AfterRevocation,
    /// Answers a post with success while the server still waits for its end, which never comes.
    EarlyAnswer,
}

/// How many events or posts pass before the trick.
const BEFORE: u64 = 6;

struct Shared {
    server: SocketAddr,
    trick: Trick,
    victim: Person,
    /// What the judge must find; none until the trick is done.
    planted: watch::Sender<Option<Vec<Fault>>>,
    /// The newest event that anybody was sent: its number and its text.
    newest: watch::Sender<(u64, String)>,
    posts: Mutex<u64>,
}

/// Listens until it is dropped.
pub struct Tamper {
    pub address: String,
    planted: watch::Receiver<Option<Vec<Fault>>>,
    accepting: JoinHandle<()>,
}

impl Tamper {
    /// In front of the node at `server`.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn start(server: &str, trick: Trick, victim: &Person) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (planted, found) = watch::channel(None);
        let shared = Arc::new(Shared {
            server: server.parse()?,
            trick,
            victim: victim.clone(),
            planted,
            newest: watch::channel((0, String::new())).0,
            posts: Mutex::default(),
        });
        Ok(Self {
            address,
            planted: found,
            accepting: tokio::spawn(accept(listener, shared)),
        })
    }

    /// Waits until the trick is done: the faults that the judge must find.
    ///
    /// # Errors
    /// When it can be done no more.
    pub async fn planted(&mut self) -> Result<Vec<Fault>> {
        let planted = self.planted.wait_for(Option::is_some).await?;
        planted.clone().context("a trick was waited for")
    }
}

impl Drop for Tamper {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn plant(&self, faults: Vec<Fault>) {
        self.planted.send_replace(Some(faults));
    }

    fn is_done(&self) -> bool {
        self.planted.borrow().is_some()
    }

    /// Whether this is the post that is to be answered here.
    fn is_the_post(&self) -> bool {
        let mut posts = self.posts.lock().unwrap_or_else(PoisonError::into_inner);
        *posts += 1;
        self.trick == Trick::EarlyAnswer && *posts == BEFORE + 1
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let shared = shared.clone();
        connections.spawn(async move {
            let server = TcpStream::connect(shared.server).await?;
            client.set_nodelay(true)?;
            server.set_nodelay(true)?;
            post::connection(client, server, &shared).await
        });
        while connections.try_join_next().is_some() {}
    }
}

/// The number of an event in this frame, if it is one.
fn event_in(frame: &Value) -> Option<u64> {
    frame["seq"].as_u64().filter(|_| frame["type"] != "pong")
}
