//! `/bots/{bot_id}/permissions` and `/bots/{bot_id}/audit`.

use std::sync::Arc;

use domain::access::{Expiry, Role, Target};
use domain::ids::UserId;
use domain::time::Timestamp;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::Tag;
use super::answer::{Act, Done, Look, MadeOrChanged, Outcome, Reply, Write};
use super::body::{Body, Input};
use super::fields::{Fields, choice, id, text};
use super::moment::Moment;
use super::page::encode;
use super::request::{Id, Signed, page};
use super::view;
use crate::app::App;

pub struct SharingApi {
    pub app: Arc<App>,
}

const ROLES: &[(&str, Role)] = &[
    ("viewer", Role::Viewer),
    ("editor", Role::Editor),
    ("owner", Role::Owner),
];

/// One of `user_id` and `username` names the person.
#[derive(Object)]
struct GrantBody {
    user_id: Option<Uuid>,
    username: Option<String>,
    /// `viewer`, `editor` or `owner`.
    role: String,
    /// When the role ends. Absent keeps it, null removes it; owners have none.
    expires_at: Option<Moment>,
}

impl Input for GrantBody {
    type Parsed = (Target, Role, Expiry);

    fn read(fields: &mut Fields) -> Option<Self::Parsed> {
        let user_id = fields.optional("user_id", id::<UserId>);
        let username = fields.optional("username", text(|name| Ok(name.to_owned())));
        let (role, expiry) = role_and_expiry(fields);
        let target = match (user_id, username) {
            (Some(id), None) => Some(Target::Id(id)),
            (None, Some(name)) => Some(Target::Name(name)),
            (Some(_), Some(_)) => {
                fields.complain("username", "must not come with `user_id`");
                None
            }
            (None, None) => {
                fields.complain("user_id", "is required, or `username`");
                None
            }
        };
        Some((target?, role?, expiry?))
    }
}

#[derive(Object)]
struct RoleBody {
    role: String,
    expires_at: Option<Moment>,
}

impl Input for RoleBody {
    type Parsed = (Role, Expiry);

    fn read(fields: &mut Fields) -> Option<Self::Parsed> {
        let (role, expiry) = role_and_expiry(fields);
        Some((role?, expiry?))
    }
}

fn role_and_expiry(fields: &mut Fields) -> (Option<Role>, Option<Expiry>) {
    let role = fields.required("role", choice(ROLES));
    let expiry = match fields.nullable("expires_at", text(future)) {
        None => Expiry::Keep,
        Some(None) => Expiry::Never,
        Some(Some(at)) => Expiry::At(at),
    };
    if role == Some(Role::Owner) && matches!(expiry, Expiry::At(_)) {
        fields.complain("expires_at", "an owner's role has no end date");
    }
    (role, Some(expiry))
}

fn future(text: &str) -> Result<Timestamp, String> {
    let at: Timestamp = text
        .parse()
        .map_err(|_| "must be a time in RFC 3339".to_owned())?;
    if at > Timestamp::now() {
        Ok(at)
    } else {
        Err("must be in the future".into())
    }
}

#[derive(Object)]
struct PermissionList {
    items: Vec<view::Permission>,
    next_cursor: Option<String>,
}

#[derive(Object)]
pub struct AuditList {
    pub items: Vec<view::AuditRow>,
    pub next_cursor: Option<String>,
}

#[OpenApi(tag = "Tag::Sharing")]
impl SharingApi {
    /// The collaborators
    #[oai(
        path = "/bots/:bot_id/permissions",
        method = "get",
        operation_id = "listPermissions"
    )]
    async fn list(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<PermissionList>, Look> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.sharing.list(&caller.0, bot_id.0.into(), page).await?;
        let next_cursor = paged.next.map(encode);
        let items = paged.items.into_iter().map(view::Permission::from).collect();
        Ok(Reply::new(PermissionList { items, next_cursor }))
    }

    /// Share a bot with somebody, or change their role
    #[oai(
        path = "/bots/:bot_id/permissions",
        method = "post",
        operation_id = "grantPermission"
    )]
    async fn grant(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        body: Body<GrantBody>,
    ) -> Outcome<MadeOrChanged<view::Permission>, Write> {
        let (target, role, expiry) = body.value;
        let granted = self
            .app
            .sharing
            .grant(&caller.0, bot_id.0.into(), &target, role, expiry)
            .await?;
        let permission = granted.permission.into();
        Ok(if granted.created {
            MadeOrChanged::Made(permission)
        } else {
            MadeOrChanged::Changed(permission)
        })
    }

    /// Change a collaborator's role
    #[oai(
        path = "/bots/:bot_id/permissions/:user_id",
        method = "put",
        operation_id = "changePermission"
    )]
    async fn change(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        user_id: Path<Id>,
        body: Body<RoleBody>,
    ) -> Outcome<Reply<view::Permission>, Write> {
        let (role, expiry) = body.value;
        let sharing = &self.app.sharing;
        let permission = sharing
            .change(&caller.0, bot_id.0.into(), user_id.0.into(), role, expiry)
            .await?;
        Ok(Reply::new(permission.into()))
    }

    /// Take a role away, or leave
    #[oai(
        path = "/bots/:bot_id/permissions/:user_id",
        method = "delete",
        operation_id = "revokePermission"
    )]
    async fn revoke(&self, caller: Signed, bot_id: Path<Id>, user_id: Path<Id>) -> Outcome<Done, Act> {
        self.app
            .sharing
            .revoke(&caller.0, bot_id.0.into(), user_id.0.into())
            .await?;
        Ok(Done)
    }

    /// Who did what
    #[oai(path = "/bots/:bot_id/audit", method = "get", operation_id = "getAudit")]
    async fn audit(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<AuditList>, Look> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.bots.audit(&caller.0, bot_id.0.into(), page).await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(AuditList {
            items: paged.items.into_iter().map(view::AuditRow::from).collect(),
            next_cursor,
        }))
    }
}
