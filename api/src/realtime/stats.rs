//! What administrators see of the connections.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use domain::events::StreamId;
use domain::ids::{BotId, ConnectionId, TenantId, UserId};
use domain::time::Timestamp;
use serde::Serialize;

use super::Live;
use super::connection::{Connection, Kind};

/// Figures of this node at one moment.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Stats {
    /// Open connections of every kind.
    pub total_connections: usize,
    pub connected_users: usize,
    /// Bots with at least one connection.
    pub bot_subscriptions: usize,
    pub by_kind: BTreeMap<&'static str, usize>,
    pub queued_frames: usize,
    pub queued_bytes: usize,
    /// Ephemeral frames dropped for slow readers, since the start.
    pub dropped: u64,
    /// Connections that ended, by close code (1006: without one), since the start.
    pub closes: BTreeMap<u16, u64>,
}

#[derive(Debug, Clone)]
pub struct ConnectionInfo {
    pub id: ConnectionId,
    pub user_id: UserId,
    pub tenant_id: TenantId,
    pub bot_id: Option<BotId>,
    pub kind: Kind,
    pub connected_at: Timestamp,
    pub queued_frames: usize,
    pub queued_bytes: usize,
    /// The number up to which it has been sent everything, or it waits in its queue.
    pub position: i64,
}

impl Live {
    /// Of one tenant's connections, or of all. What has ended is counted for the whole node.
    pub fn stats(&self, tenant: Option<TenantId>) -> Stats {
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
            *stats.by_kind.entry(connection.kind.as_str()).or_default() += 1;
            stats.queued_frames += frames;
            stats.queued_bytes += bytes;
            stats.dropped += dropped;
            users.insert(connection.user_id);
            bots.extend(connection.bot_id);
        }
        stats.connected_users = users.len();
        stats.bot_subscriptions = bots.len();
        stats
    }

    pub fn connections(&self, tenant: Option<TenantId>) -> Vec<ConnectionInfo> {
        let all = self.accepted(tenant).into_iter();
        let mut infos: Vec<_> = all
            .map(|(connection, tenant_id)| self.info(&connection, tenant_id))
            .collect();
        infos.sort_by_key(|info| info.id);
        infos
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
        let position = if connection.has_joined() {
            position.max(self.hub.position(stream))
        } else {
            position
        };
        ConnectionInfo {
            id: connection.id,
            user_id: connection.user_id,
            tenant_id,
            bot_id: connection.bot_id,
            kind: connection.kind,
            connected_at: connection.connected_at,
            queued_frames,
            queued_bytes,
            position,
        }
    }
}
