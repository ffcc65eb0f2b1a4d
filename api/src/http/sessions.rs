//! Sessions: opening, listing, changing, ending; and one's read marker in them.

use std::sync::Arc;

use domain::chat::{NewSession, SessionChange, SessionStatus, Visibility};
use domain::ids::MessageId;
use domain::text::Name;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::Tag;
use super::answer::{Act, Created, Done, Look, Outcome, Reply, Write};
use super::body::{Body, Input, RepeatKey};
use super::fields::{Fields, boolean, choice, id, text};
use super::page::encode;
use super::request::{Id, Signed, page};
use super::view;
use crate::app::App;

pub struct SessionsApi {
    pub app: Arc<App>,
}

const VISIBILITIES: &[(&str, Visibility)] =
    &[("shared", Visibility::Shared), ("private", Visibility::Private)];
const STATUSES: &[(&str, SessionStatus)] =
    &[("open", SessionStatus::Open), ("closed", SessionStatus::Closed)];

#[derive(Object)]
struct NewSessionBody {
    #[oai(validator(min_length = 1, max_length = 200))]
    title: Option<String>,
    /// `shared` (with everyone who has a role on the bot) or `private` (to its creator); fixed from then on.
    visibility: Option<String>,
    auto_reply: Option<bool>,
}

impl Input for NewSessionBody {
    type Parsed = NewSession;
    const MAY_BE_ABSENT: bool = true;

    fn read(fields: &mut Fields) -> Option<NewSession> {
        Some(NewSession {
            title: fields.optional("title", text(Name::parse)),
            visibility: fields
                .optional("visibility", choice(VISIBILITIES))
                .unwrap_or(Visibility::Shared),
            auto_reply: fields.optional("auto_reply", boolean).unwrap_or(true),
        })
    }
}

#[derive(Object)]
struct SessionChangeBody {
    #[oai(validator(min_length = 1, max_length = 200))]
    title: Option<String>,
    /// `open` or `closed`.
    status: Option<String>,
    auto_reply: Option<bool>,
}

impl Input for SessionChangeBody {
    type Parsed = SessionChange;

    fn read(fields: &mut Fields) -> Option<SessionChange> {
        Some(SessionChange {
            title: fields.present("title", text(Name::parse)),
            status: fields.present("status", choice(STATUSES)),
            auto_reply: fields.present("auto_reply", boolean),
        })
    }
}

#[derive(Object)]
struct ReadBody {
    message_id: Uuid,
}

impl Input for ReadBody {
    type Parsed = MessageId;

    fn read(fields: &mut Fields) -> Option<MessageId> {
        fields.required("message_id", id)
    }
}

#[derive(Object)]
struct SessionList {
    items: Vec<view::Session>,
    next_cursor: Option<String>,
}

#[derive(Object)]
struct MarkerView {
    session_id: Uuid,
    message_id: Uuid,
}

#[OpenApi(tag = "Tag::Conversations")]
impl SessionsApi {
    /// Open a session
    #[oai(
        path = "/bots/:bot_id/sessions",
        method = "post",
        operation_id = "createSession"
    )]
    async fn open(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: RepeatKey,
        body: Body<NewSessionBody>,
    ) -> Outcome<Created<view::Session>, Write> {
        let bot_id = bot_id.0.into();
        let path = format!("/bots/{bot_id}/sessions");
        let key = key.of("POST", path, body.fingerprint)?;
        let kept = self
            .app
            .chat
            .open_session(&caller.0, bot_id, body.value, key.as_ref())
            .await?;
        Ok(Created::kept(kept, view::Session::from))
    }

    /// The sessions one may see, newest first
    #[oai(
        path = "/bots/:bot_id/sessions",
        method = "get",
        operation_id = "listSessions"
    )]
    async fn sessions(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<SessionList>, Look> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let paged = self.app.chat.sessions(&caller.0, bot_id.0.into(), page).await?;
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(SessionList {
            items: paged.items.into_iter().map(view::Session::from).collect(),
            next_cursor,
        }))
    }

    /// One session
    #[oai(path = "/sessions/:session_id", method = "get", operation_id = "getSession")]
    async fn session(&self, caller: Signed, session_id: Path<Id>) -> Outcome<Reply<view::Session>, Look> {
        Ok(Reply::new(
            self.app
                .chat
                .session(&caller.0, session_id.0.into())
                .await?
                .into(),
        ))
    }

    /// Rename, close or reopen a session
    #[oai(
        path = "/sessions/:session_id",
        method = "patch",
        operation_id = "changeSession"
    )]
    async fn change_session(
        &self,
        caller: Signed,
        session_id: Path<Id>,
        body: Body<SessionChangeBody>,
    ) -> Outcome<Reply<view::Session>, Write> {
        Ok(Reply::new(
            self.app
                .chat
                .change_session(&caller.0, session_id.0.into(), body.value)
                .await?
                .into(),
        ))
    }

    /// Delete a session and its messages
    #[oai(
        path = "/sessions/:session_id",
        method = "delete",
        operation_id = "deleteSession"
    )]
    async fn delete_session(&self, caller: Signed, session_id: Path<Id>) -> Outcome<Done, Act> {
        self.app
            .chat
            .delete_session(&caller.0, session_id.0.into())
            .await?;
        Ok(Done)
    }

    /// Set one's read marker
    ///
    /// It never moves backwards; the answer is the marker that stands.
    #[oai(
        path = "/sessions/:session_id/read",
        method = "put",
        operation_id = "markRead"
    )]
    async fn read(
        &self,
        caller: Signed,
        session_id: Path<Id>,
        body: Body<ReadBody>,
    ) -> Outcome<Reply<MarkerView>, Write> {
        let moved = self
            .app
            .chat
            .mark_read(&caller.0, session_id.0.into(), body.value)
            .await?;
        self.app.live.send_read(moved);
        let marker = moved.marker;
        Ok(Reply::new(MarkerView {
            session_id: marker.session_id.0,
            message_id: marker.message_id.0,
        }))
    }
}
