//! `/bots`: configuration, versions, hand-over, end, and the snapshot to subscribe from.

use std::sync::Arc;

use domain::Error;
use domain::access::Role;
use domain::bot::{BotChange, BotFilter, NewBot};
use domain::error::FieldError;
use domain::ids::UserId;
use domain::text::{Description, Instructions, Name, parse_settings};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Tag;
use super::answer::{Act, Created, Done, Look, Outcome, Own, OwnChange, Reply, Versioned, Write};
use super::body::{Body, Input, RepeatKey};
use super::fields::{Fields, id, text};
use super::page::encode;
use super::request::{Id, Signed, flag, page};
use super::snapshot::SnapshotView;
use super::view;
use crate::app::App;

pub struct BotsApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct NewBotBody {
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    #[oai(validator(max_length = 2000))]
    description: Option<String>,
    /// At most 64 KiB.
    instructions: Option<String>,
    #[oai(validator(max_length = 200))]
    model: Option<String>,
    /// Free-form, at most 16 KiB.
    settings: Option<Any<Value>>,
}

impl Input for NewBotBody {
    type Parsed = NewBot;

    fn read(fields: &mut Fields) -> Option<NewBot> {
        let name = fields.required("name", text(Name::parse));
        let description = fields.optional("description", text(Description::parse));
        let instructions = fields.optional("instructions", text(Instructions::parse));
        let model = fields.optional("model", text(Name::parse));
        let settings = fields.optional("settings", parse_settings);
        Some(NewBot {
            name: name?,
            description,
            instructions,
            model,
            settings,
        })
    }
}

/// What is absent stays as it is.
#[derive(Object)]
struct BotChangeBody {
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Option<String>,
    #[oai(validator(max_length = 2000))]
    description: Option<String>,
    instructions: Option<String>,
    /// Null goes back to the installation's default.
    #[oai(validator(max_length = 200))]
    model: Option<String>,
    settings: Option<Any<Value>>,
}

impl Input for BotChangeBody {
    type Parsed = BotChange;

    fn read(fields: &mut Fields) -> Option<BotChange> {
        Some(BotChange {
            name: fields.present("name", text(Name::parse)),
            description: fields.present("description", text(Description::parse)),
            instructions: fields.present("instructions", text(Instructions::parse)),
            model: fields.nullable("model", text(model)).map(Option::flatten),
            settings: fields.present("settings", parse_settings),
        })
    }
}

#[derive(Object)]
struct TransferBody {
    user_id: uuid::Uuid,
}

impl Input for TransferBody {
    type Parsed = UserId;

    fn read(fields: &mut Fields) -> Option<UserId> {
        fields.required("user_id", id)
    }
}

#[derive(Object)]
pub struct BotList {
    pub items: Vec<view::Bot>,
    pub next_cursor: Option<String>,
}

#[derive(Object)]
struct VersionList {
    items: Vec<view::BotVersion>,
    next_cursor: Option<String>,
}

#[OpenApi(tag = "Tag::Bots")]
impl BotsApi {
    /// Make a bot
    #[oai(path = "/bots", method = "post", operation_id = "createBot")]
    async fn create(
        &self,
        caller: Signed,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: RepeatKey,
        body: Body<NewBotBody>,
    ) -> Outcome<Created<view::Bot>, OwnChange> {
        let key = key.of("POST", "/bots".into(), body.fingerprint)?;
        let kept = self.app.bots.create(&caller.0, body.value, key.as_ref()).await?;
        Ok(Created::kept(kept, view::Bot::from))
    }

    /// The bots that one has a role on
    #[oai(path = "/bots", method = "get", operation_id = "listBots")]
    async fn list(
        &self,
        caller: Signed,
        /// `viewer`, `editor` or `owner`.
        role: Query<Option<String>>,
        /// Part of the name.
        q: Query<Option<String>>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<BotList>, Own> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let role = role
            .0
            .as_deref()
            .map(|role| Role::parse(role).ok_or_else(wrong_role))
            .transpose()?;
        let paged = self
            .app
            .bots
            .list(&caller.0, &BotFilter { role, name: q.0 }, page)
            .await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(BotList {
            items: paged.items.into_iter().map(view::Bot::from).collect(),
            next_cursor,
        }))
    }

    /// One bot
    #[oai(path = "/bots/:bot_id", method = "get", operation_id = "getBot")]
    async fn get(&self, caller: Signed, bot_id: Path<Id>) -> Outcome<Reply<view::Bot>, Look> {
        let bot = self.app.bots.get(&caller.0, bot_id.0.into()).await?;
        let version = bot.role.map(|_| bot.version);
        let reply = Reply::new(view::Bot::from(bot));
        Ok(match version {
            Some(version) => reply.tagged(version),
            None => reply,
        })
    }

    /// Change a bot's configuration
    #[oai(path = "/bots/:bot_id", method = "patch", operation_id = "changeBot")]
    async fn change(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        /// The version that the change was made from, in quotes.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Body<BotChangeBody>,
    ) -> Outcome<Reply<view::Bot>, Versioned> {
        let expected = if_match.0.as_deref().map(version_tag).transpose()?.flatten();
        let bot = self
            .app
            .bots
            .change(&caller.0, bot_id.0.into(), body.value, expected)
            .await?;
        let version = bot.version;
        Ok(Reply::new(view::Bot::from(bot)).tagged(version))
    }

    /// Delete a bot and all that is in it
    #[oai(path = "/bots/:bot_id", method = "delete", operation_id = "deleteBot")]
    async fn delete(&self, caller: Signed, bot_id: Path<Id>) -> Outcome<Done, Act> {
        self.app.bots.delete(&caller.0, bot_id.0.into()).await?;
        Ok(Done)
    }

    /// The configuration's history
    #[oai(
        path = "/bots/:bot_id/versions",
        method = "get",
        operation_id = "listVersions"
    )]
    async fn versions(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<VersionList>, Look> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.bots.versions(&caller.0, bot_id.0.into(), page).await?;
        let next_cursor = paged.next.map(encode);
        let items = paged.items.into_iter().map(view::BotVersion::from).collect();
        Ok(Reply::new(VersionList { items, next_cursor }))
    }

    /// Make an earlier version the newest one
    #[oai(
        path = "/bots/:bot_id/versions/:n/restore",
        method = "post",
        operation_id = "restoreVersion"
    )]
    async fn restore(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        n: Path<String>,
    ) -> Outcome<Reply<view::Bot>, Act> {
        // A number that is none is an unknown version: rights first, so 0 is looked up, and never found.
        let version = n.0.parse().unwrap_or(0);
        let bot = self.app.bots.restore(&caller.0, bot_id.0.into(), version).await?;
        let version = bot.version;
        Ok(Reply::new(view::Bot::from(bot)).tagged(version))
    }

    /// Hand a bot over
    #[oai(
        path = "/bots/:bot_id/transfer",
        method = "post",
        operation_id = "transferBot"
    )]
    async fn transfer(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        body: Body<TransferBody>,
    ) -> Outcome<Reply<view::Bot>, Write> {
        Ok(Reply::new(
            self.app
                .bots
                .transfer(&caller.0, bot_id.0.into(), body.value)
                .await?
                .into(),
        ))
    }

    /// A consistent state and the number to subscribe from
    #[oai(path = "/bots/:bot_id/snapshot", method = "get", operation_id = "getSnapshot")]
    async fn snapshot(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        /// `true`: messages with `content_html`.
        content_html: Query<Option<String>>,
    ) -> Outcome<Reply<SnapshotView>, Look> {
        let html = flag("content_html", content_html.0.as_deref())?;
        let id = bot_id.0.into();
        let snapshot = self.app.bots.snapshot(&caller.0, id).await?;
        let presence = self.app.live.presence(id, &caller.0);
        let mut view = SnapshotView::new(snapshot, presence);
        if html {
            self.app.markdown.add(view.newest_messages()).await?;
        }
        Ok(Reply::new(view))
    }
}

/// An empty model name means the same as none.
fn model(value: &str) -> Result<Option<Name>, String> {
    if value.is_empty() {
        Ok(None)
    } else {
        Name::parse(value).map(Some)
    }
}

fn wrong_role() -> Error {
    Error::Invalid(vec![FieldError::new(
        "role",
        "must be one of: viewer, editor, owner",
    )])
}

/// `"3"` is version 3, `*` any; anything else is no version.
fn version_tag(tag: &str) -> Result<Option<i64>, Error> {
    if tag.trim() == "*" {
        return Ok(None);
    }
    let number = tag
        .trim()
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .and_then(|tag| tag.parse().ok());
    number
        .map(Some)
        .ok_or_else(|| Error::invalid("If-Match", "must be a version in quotes"))
}
