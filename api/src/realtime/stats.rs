//! What administrators see of the connections: those of this node, and put together with those of the others.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use domain::events::StreamId;
use domain::ids::{BotId, ConnectionId, TenantId, UserId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Live;
use super::asking::{Question, Reply};
use super::close::Close;
use super::connection::{Connection, Kind};
use super::outbox::Drain;

/// Figures at one moment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Open connections of every kind.
    pub total_connections: usize,
    pub connected_users: usize,
    /// Bots with at least one connection.
    pub bot_subscriptions: usize,
    pub by_kind: BTreeMap<String, usize>,
    pub queued_frames: usize,
    pub queued_bytes: usize,
    /// Ephemeral frames dropped for slow readers, since the start.
    pub dropped: u64,
    /// Connections that ended, by close code (1006: without one), since the start.
    pub closes: BTreeMap<u16, u64>,
}

/// Figures of one node, with what it takes to add them up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NodeStats {
    pub figures: Stats,
    users: HashSet<UserId>,
    bots: HashSet<BotId>,
}

/// Figures of all nodes: by node, and in sum.
#[derive(Debug, Clone, Serialize)]
pub struct AllStats {
    #[serde(flatten)]
    pub sum: Stats,
    pub nodes: Vec<OneOfAll>,
}

#[derive(Debug, Clone, Serialize)]
pub struct OneOfAll {
    /// Made anew at each start.
    pub node: Uuid,
    /// The one that was asked.
    pub is_this: bool,
    /// `null`: it did not answer, and is not in the sum.
    pub figures: Option<Stats>,
}

/// What `GET /ws/connections` tells: all that are known, and the nodes that did not answer.
#[derive(Debug, Clone)]
pub struct AllConnections {
    pub connections: Vec<(Uuid, ConnectionInfo)>,
    pub silent: Vec<Uuid>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConnectionInfo {
    pub id: ConnectionId,
    pub user_id: UserId,
    pub tenant_id: TenantId,
    pub bot_id: Option<BotId>,
    /// That one, or those that the channels of a socket of many are about.
    pub bots: Vec<BotId>,
    pub kind: Kind,
    pub connected_at: Timestamp,
    pub queued_frames: usize,
    pub queued_bytes: usize,
    /// The number up to which it has been sent everything, or it waits in its queue. Of a socket of many channels nothing: see
    /// `positions`.
    pub position: i64,
    /// Where each bot that it listens to stands on its node.
    #[serde(default)]
    pub positions: BTreeMap<BotId, i64>,
}

impl Stats {
    fn add(&mut self, other: &Self) {
        self.total_connections += other.total_connections;
        self.queued_frames += other.queued_frames;
        self.queued_bytes += other.queued_bytes;
        self.dropped += other.dropped;
        for (kind, count) in &other.by_kind {
            *self.by_kind.entry(kind.clone()).or_default() += count;
        }
        for (code, count) in &other.closes {
            *self.closes.entry(*code).or_default() += count;
        }
    }
}

impl Live {
    /// Of one tenant's connections, or of all, on all nodes. What has ended is counted for whole nodes.
    pub async fn stats(&self, tenant: Option<TenantId>) -> AllStats {
        let mut all = vec![(self.name(), Some(self.own_stats(tenant)))];
        for (node, reply) in self.ask(Question::Stats(tenant)).await {
            let figures = match reply {
                Some(Reply::Stats(figures)) => Some(*figures),
                Some(Reply::Connections(_) | Reply::Closed(_)) | None => None,
            };
            all.push((node, figures));
        }
        let mut sum = Stats::default();
        let (mut users, mut bots) = (HashSet::new(), HashSet::new());
        for known in all.iter().filter_map(|(_, known)| known.as_ref()) {
            sum.add(&known.figures);
            users.extend(known.users.iter().copied());
            bots.extend(known.bots.iter().copied());
        }
        (sum.connected_users, sum.bot_subscriptions) = (users.len(), bots.len());
        let nodes = all.into_iter().map(|(node, known)| OneOfAll {
            node,
            is_this: node == self.name(),
            figures: known.map(|known| known.figures),
        });
        AllStats {
            sum,
            nodes: nodes.collect(),
        }
    }

    /// Those of this node alone.
    pub fn own_stats(&self, tenant: Option<TenantId>) -> NodeStats {
        let (dropped, closes) = self.hub.past();
        let mut stats = Stats {
            dropped,
            closes: closes.into_iter().collect(),
            ..Stats::default()
        };
        let (mut users, mut bots) = (HashSet::new(), HashSet::new());
        for (connection, _) in self.accepted(tenant) {
            let (frames, bytes, dropped) = connection.outbox.depth();
            stats.total_connections += 1;
            *stats
                .by_kind
                .entry(connection.kind.as_str().to_owned())
                .or_default() += 1;
            stats.queued_frames += frames;
            stats.queued_bytes += bytes;
            stats.dropped += dropped;
            users.insert(connection.user_id);
            bots.extend(connection.listening());
        }
        stats.connected_users = users.len();
        stats.bot_subscriptions = bots.len();
        NodeStats {
            figures: stats,
            users,
            bots,
        }
    }

    pub async fn connections(&self, tenant: Option<TenantId>) -> AllConnections {
        let own = self.own_connections(tenant).into_iter();
        let mut connections: Vec<_> = own.map(|info| (self.name(), info)).collect();
        let mut silent = Vec::new();
        for (node, reply) in self.ask(Question::Connections(tenant)).await {
            match reply {
                Some(Reply::Connections(infos)) => {
                    connections.extend(infos.into_iter().map(|info| (node, info)));
                }
                Some(Reply::Stats(_) | Reply::Closed(_)) | None => silent.push(node),
            }
        }
        connections.sort_by_key(|(_, info)| info.id);
        AllConnections { connections, silent }
    }

    pub(super) fn own_connections(&self, tenant: Option<TenantId>) -> Vec<ConnectionInfo> {
        let all = self.accepted(tenant).into_iter();
        all.map(|(connection, tenant_id)| self.info(&connection, tenant_id))
            .collect()
    }

    /// Ends one connection, on whichever node it is, for an administrator; false if there is none. `tenant` is the
    /// administrator's; none: any.
    pub async fn close_connection(&self, id: ConnectionId, tenant: Option<TenantId>) -> bool {
        if self.close_here(id, tenant) {
            return true;
        }
        let replies = self.ask(Question::Close(id, tenant)).await;
        replies
            .iter()
            .any(|(_, reply)| matches!(reply, Some(Reply::Closed(true))))
    }

    pub(super) fn close_here(&self, id: ConnectionId, tenant: Option<TenantId>) -> bool {
        let found = self.hub.connection(id).filter(|connection| {
            let of = connection.tenant();
            // One that was told to end at once is there no more.
            let ends = connection
                .outbox
                .closing()
                .is_some_and(|closing| closing.at_once());
            !ends && of.is_some_and(|of| tenant.is_none_or(|tenant| tenant == of))
        });
        if let Some(connection) = &found {
            connection.close(Close::ByAdministrator, Drain::Nothing);
        }
        found.is_some()
    }

    /// What the other nodes know this one by.
    fn name(&self) -> Uuid {
        self.bus.node().unwrap_or_default()
    }

    fn accepted(&self, tenant: Option<TenantId>) -> Vec<(Arc<Connection>, TenantId)> {
        let all = self.hub.connections().into_iter();
        all.filter_map(|connection| {
            let of = connection.tenant()?;
            tenant
                .is_none_or(|tenant| tenant == of)
                .then_some((connection, of))
        })
        .collect()
    }

    fn info(&self, connection: &Connection, tenant_id: TenantId) -> ConnectionInfo {
        let (queued_frames, queued_bytes, _) = connection.outbox.depth();
        let stream = connection
            .bot_id
            .map_or(StreamId::User(connection.user_id), StreamId::Bot);
        let position = connection.position();
        // One that has joined is where its topic is; one that still reads the log is where it says.
        // Channels have a place each.
        let position = if connection.has_joined() && connection.kind != Kind::Multi {
            position.max(self.hub.position(stream))
        } else {
            position
        };
        let bots = connection.listening();
        let positions = bots
            .iter()
            .map(|bot| (*bot, self.hub.position(StreamId::Bot(*bot))))
            .collect();
        ConnectionInfo {
            id: connection.id,
            user_id: connection.user_id,
            tenant_id,
            bot_id: connection.bot_id,
            bots,
            kind: connection.kind,
            connected_at: connection.connected_at,
            queued_frames,
            queued_bytes,
            position,
            positions,
        }
    }
}
