//! Questions to all nodes at once: what administrators want to know of sockets, and to close one, wherever it is. Who does not
//! answer in time is left out, and that is said.

use std::collections::HashMap;
use std::time::Duration;

use domain::ids::{ConnectionId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::Live;
use super::letters::Letter;
use super::outbox::lock;
use super::stats::{ConnectionInfo, NodeStats};

/// A node that is there answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    Stats(Option<TenantId>),
    Connections(Option<TenantId>),
    Close(ConnectionId, Option<TenantId>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Stats(Box<NodeStats>),
    Connections(Vec<ConnectionInfo>),
    /// Whether there was such a one.
    Closed(bool),
}

/// Questions that wait for replies.
#[derive(Debug, Default)]
pub(super) struct Asking {
    open: HashMap<Uuid, UnboundedSender<(Uuid, Reply)>>,
}

impl Live {
    /// Puts a question to all other nodes; gives each of them with what it replied, if it did in time.
    pub(super) async fn ask(&self, question: Question) -> Vec<(Uuid, Option<Reply>)> {
        let others = self.others();
        let mut all: Vec<_> = others.into_iter().map(|node| (node, None)).collect();
        if all.is_empty() {
            return all;
        }
        let id = Uuid::new_v4();
        let (sender, mut replies) = unbounded_channel();
        lock(&self.asking).open.insert(id, sender);
        let _waits = Waits { live: self, id };
        self.write(&Letter::Ask { id, question });
        let until = Instant::now() + PATIENCE;
        while all.iter().any(|(_, reply)| reply.is_none()) {
            let Ok(Some((node, reply))) = timeout_at(until, replies.recv()).await else {
                break;
            };
            match all.iter_mut().find(|(known, _)| *known == node) {
                Some((_, known)) => *known = Some(reply),
                // It has come just now.
                None => all.push((node, Some(reply))),
            }
        }
        all
    }

    /// Another node asks.
    pub(super) fn reply_to(&self, id: Uuid, question: Question) {
        let reply = match question {
            Question::Stats(tenant) => Reply::Stats(Box::new(self.own_stats(tenant))),
            Question::Connections(tenant) => Reply::Connections(self.own_connections(tenant)),
            Question::Close(connection, tenant) => Reply::Closed(self.close_here(connection, tenant)),
        };
        self.write(&Letter::Reply { id, reply });
    }

    pub(super) fn hear_reply(&self, id: Uuid, node: Uuid, reply: Reply) {
        if let Some(asker) = lock(&self.asking).open.get(&id) {
            // An error: it waits no more.
            let _ = asker.send((node, reply));
        }
    }

    /// Whether a letter replies to a question of another node. It may be long, and is not read then.
    pub(super) fn is_for_others(&self, letter: &Value) -> bool {
        let id = letter.get("reply").and_then(|reply| reply.get("id"));
        let id = id.and_then(Value::as_str).and_then(|id| id.parse().ok());
        id.is_some_and(|id| !lock(&self.asking).open.contains_key(&id))
    }
}

/// A question that waits; whoever asked may go away in the middle of it.
struct Waits<'a> {
    live: &'a Live,
    id: Uuid,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        lock(&self.live.asking).open.remove(&self.id);
    }
}
