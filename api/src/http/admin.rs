//! Running people, bots and sockets: for administrators.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::account::{TenantRole, UserChange};
use domain::ids::TenantId;
use domain::notification::BroadcastLevel;
use domain::text::{Content, Name};
use domain::{Caller, Error, Subject};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Tag;
use super::answer::{Accepted, Act, Admin, Done, Outcome, Reply, Write};
use super::body::{Body, Input};
use super::bots::BotList;
use super::fields::{Fields, boolean, choice, text};
use super::page::encode;
use super::request::{Id, Signed, page};
use super::view;
use crate::app::App;
use crate::realtime::AllConnections;

pub struct AdminApi {
    pub app: Arc<App>,
}

const TENANT_ROLES: &[(&str, TenantRole)] = &[("member", TenantRole::Member), ("admin", TenantRole::Admin)];
const LEVELS: &[(&str, BroadcastLevel)] = &[
    ("info", BroadcastLevel::Info),
    ("warning", BroadcastLevel::Warning),
];

#[derive(Object)]
struct UserChangeBody {
    /// `member` or `admin`.
    role: Option<String>,
    disabled: Option<bool>,
}

impl Input for UserChangeBody {
    type Parsed = UserChange;

    fn read(fields: &mut Fields) -> Option<UserChange> {
        let role = fields.present("role", choice(TENANT_ROLES));
        let disabled = fields.present("disabled", boolean);
        Some(UserChange { role, disabled })
    }
}

#[derive(Object)]
struct SuspendBody {
    suspended: bool,
}

impl Input for SuspendBody {
    type Parsed = bool;

    fn read(fields: &mut Fields) -> Option<bool> {
        fields.required("suspended", boolean)
    }
}

#[derive(Object)]
struct BroadcastBody {
    message: String,
    #[oai(validator(min_length = 1, max_length = 200))]
    title: Option<String>,
    /// `info` or `warning`.
    level: Option<String>,
    /// Null, from a platform administrator: everyone on this installation.
    tenant_id: Option<Uuid>,
}

struct Broadcast {
    message: Content,
    title: Option<Name>,
    level: BroadcastLevel,
    everywhere: bool,
}

impl Input for BroadcastBody {
    type Parsed = Broadcast;

    fn read(fields: &mut Fields) -> Option<Broadcast> {
        let message = fields.required("message", text(Content::parse));
        let title = fields.optional("title", text(Name::parse));
        let level = fields
            .optional("level", choice(LEVELS))
            .unwrap_or(BroadcastLevel::Info);
        let only_null = |_: &Value| Err::<(), _>("can only be null".to_owned());
        let everywhere = fields.nullable("tenant_id", only_null).is_some();
        Some(Broadcast {
            message: message?,
            title,
            level,
            everywhere,
        })
    }
}

#[derive(Object)]
struct UserList {
    items: Vec<view::User>,
    next_cursor: Option<String>,
}

#[derive(Object)]
struct ToldView {
    /// How many people were told.
    recipients: u64,
}

#[OpenApi(tag = "Tag::Administration")]
impl AdminApi {
    /// The people of the tenant
    #[oai(path = "/admin/users", method = "get", operation_id = "adminListUsers")]
    async fn users(
        &self,
        caller: Signed,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<UserList>, Admin> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.accounts.list(&caller.0, page).await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(UserList {
            items: paged.items.into_iter().map(view::User::from).collect(),
            next_cursor,
        }))
    }

    /// Change a person's role, disable or enable them
    ///
    /// Disabling closes the person's sockets before it answers.
    #[oai(path = "/users/:user_id", method = "patch", operation_id = "adminChangeUser")]
    async fn change_user(
        &self,
        caller: Signed,
        user_id: Path<Id>,
        body: Body<UserChangeBody>,
    ) -> Outcome<Reply<view::User>, Write> {
        let (user, mark) = self
            .app
            .accounts
            .change(&caller.0, user_id.0.into(), body.value)
            .await?;
        if let Some(mark) = mark {
            self.app.live.settle(mark).await;
        }
        Ok(Reply::new(user.into()))
    }

    /// The bots of the tenant: that they exist, whose they are, how large
    #[oai(path = "/admin/bots", method = "get", operation_id = "adminListBots")]
    async fn bots(
        &self,
        caller: Signed,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<BotList>, Admin> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.bots.list_all(&caller.0, page).await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(BotList {
            items: paged.items.into_iter().map(view::Bot::administered).collect(),
            next_cursor,
        }))
    }

    /// Suspend or resume a bot
    #[oai(
        path = "/admin/bots/:bot_id",
        method = "patch",
        operation_id = "adminChangeBot"
    )]
    async fn suspend(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        body: Body<SuspendBody>,
    ) -> Outcome<Reply<view::Bot>, Write> {
        let bot = self
            .app
            .bots
            .suspend(&caller.0, bot_id.0.into(), body.value)
            .await?;
        Ok(Reply::new(view::Bot::administered(bot)))
    }

    /// Tell everybody something
    #[oai(path = "/admin/broadcast", method = "post", operation_id = "broadcast")]
    async fn broadcast(
        &self,
        caller: Signed,
        body: Body<BroadcastBody>,
    ) -> Outcome<Accepted<ToldView>, Write> {
        let Broadcast {
            message,
            title,
            level,
            everywhere,
        } = body.value;
        let recipients = self
            .app
            .inbox
            .broadcast(&caller.0, title, message, level, everywhere)
            .await?;
        Ok(Accepted::new(ToldView { recipients }))
    }

    /// Figures of the open sockets
    #[oai(path = "/ws/stats", method = "get", operation_id = "socketStats")]
    async fn stats(&self, caller: Signed) -> Outcome<Reply<Any<Value>>, Admin> {
        caller.0.require_admin()?;
        let stats = self.app.live.stats(tenant_of(&caller.0)).await;
        Ok(Reply::new(Any(
            serde_json::to_value(stats).map_err(Error::internal)?
        )))
    }

    /// Who is connected to what
    #[oai(path = "/ws/connections", method = "get", operation_id = "socketConnections")]
    async fn connections(&self, caller: Signed) -> Outcome<Reply<Any<Value>>, Admin> {
        caller.0.require_admin()?;
        Ok(Reply::new(Any(connections_view(
            &self.app.live.connections(tenant_of(&caller.0)).await,
        ))))
    }

    /// Close a socket
    #[oai(
        path = "/ws/connections/:connection_id",
        method = "delete",
        operation_id = "closeConnection"
    )]
    async fn close(&self, caller: Signed, connection_id: Path<Id>) -> Outcome<Done, Act> {
        caller.0.require_admin()?;
        let closed = self
            .app
            .live
            .close_connection(connection_id.0.into(), tenant_of(&caller.0))
            .await;
        if closed {
            Ok(Done)
        } else {
            Err(Error::from(Subject::Connection).into())
        }
    }
}

/// Whose sockets an administrator sees: those of the tenant, or, of a platform administrator, all.
fn tenant_of(caller: &Caller) -> Option<TenantId> {
    (!caller.platform_admin).then_some(caller.tenant_id)
}

fn connections_view(all: &AllConnections) -> Value {
    let connections = &all.connections;
    let users: BTreeSet<_> = connections
        .iter()
        .map(|(_, connection)| connection.user_id)
        .collect();
    let mut bots: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    let mut metadata = serde_json::Map::new();
    for (node, connection) in connections {
        for bot in &connection.bots {
            bots.entry(bot.to_string())
                .or_default()
                .insert(connection.user_id);
        }
        let about = json!({
            "node": node,
            "user_id": connection.user_id,
            "bot_id": connection.bot_id,
            "bots": connection.bots,
            "kind": connection.kind.as_str(),
            "connected_at": connection.connected_at,
            "queued_frames": connection.queued_frames,
            "queued_bytes": connection.queued_bytes,
            "position": connection.position,
            "positions": connection.positions,
        });
        metadata.insert(connection.id.to_string(), about);
    }
    json!({
        "connected_users": users,
        "bot_subscriptions": bots,
        "connection_metadata": metadata,
        "silent_nodes": all.silent,
    })
}
