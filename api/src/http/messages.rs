//! Messages: posting, reading, editing, deleting, finding.

use std::sync::Arc;

use domain::Error;
use domain::chat::{NewMessage, Posted, Span};
use domain::ids::UserId;
use domain::text::Content;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde_json::Value;
use uuid::Uuid;

use super::Tag;
use super::answer::{Act, Created, Done, Look, Outcome, Reply, Write};
use super::answers::AnswerRef;
use super::body::{Body, Input, RepeatKey};
use super::fields::{Fields, boolean, id, text};
use super::page::encode;
use super::request::{Id, Signed, flag, page};
use super::view;
use crate::app::App;

pub struct MessagesApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct NewMessageBody {
    /// 1 byte to 64 KiB.
    #[oai(validator(min_length = 1, max_length = 65536))]
    content: String,
    /// Whether the bot shall answer. Absent: as the session is set, or when the text has `@bot` or `@` and the bot's name.
    reply: Option<bool>,
    /// People to notify, besides those named in the text.
    #[oai(validator(max_items = 50))]
    mentions: Option<Vec<Uuid>>,
}

impl Input for NewMessageBody {
    type Parsed = NewMessage;

    fn read(fields: &mut Fields) -> Option<NewMessage> {
        let content = fields.required("content", text(Content::parse));
        let reply = fields.optional("reply", boolean);
        let mentions = fields.optional("mentions", people).unwrap_or_default();
        Some(NewMessage {
            content: content?,
            reply,
            mentions,
        })
    }
}

#[derive(Object)]
struct EditBody {
    #[oai(validator(min_length = 1, max_length = 65536))]
    content: String,
}

impl Input for EditBody {
    type Parsed = Content;

    fn read(fields: &mut Fields) -> Option<Content> {
        fields.required("content", text(Content::parse))
    }
}

#[derive(Object)]
struct MessageList {
    items: Vec<view::Message>,
    next_cursor: Option<String>,
}

#[derive(Object)]
struct PostedView {
    message: view::Message,
    /// Null: no answer was asked for.
    answer: Option<AnswerRef>,
}

#[OpenApi(tag = "Tag::Conversations")]
impl MessagesApi {
    /// Post a message
    #[oai(
        path = "/sessions/:session_id/messages",
        method = "post",
        operation_id = "postMessage"
    )]
    async fn post(
        &self,
        caller: Signed,
        session_id: Path<Id>,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: RepeatKey,
        body: Body<NewMessageBody>,
    ) -> Outcome<Created<PostedView>, Write> {
        let session_id = session_id.0.into();
        let path = format!("/sessions/{session_id}/messages");
        let key = key.of("POST", path, body.fingerprint)?;
        let kept = self
            .app
            .chat
            .post(&caller.0, session_id, body.value, key.as_ref())
            .await?;
        if kept.value.answer.is_some() {
            self.app.answering.wake();
        }
        Ok(Created::kept(kept, |Posted { message, answer }| PostedView {
            message: message.into(),
            answer: answer.map(|id| AnswerRef { message_id: id.0 }),
        }))
    }

    /// The messages of a session
    ///
    /// Oldest first within the page. Without `before` and `after`: the newest.
    #[oai(
        path = "/sessions/:session_id/messages",
        method = "get",
        operation_id = "listMessages"
    )]
    async fn messages(
        &self,
        caller: Signed,
        session_id: Path<Id>,
        /// A message id: what came before it.
        before: Query<Option<String>>,
        /// A message id: what came after it.
        after: Query<Option<String>>,
        limit: Query<Option<String>>,
        /// `true`: with `content_html`.
        content_html: Query<Option<String>>,
    ) -> Outcome<Reply<MessageList>, Look> {
        let html = flag("content_html", content_html.0.as_deref())?;
        let limit = page(limit.0.as_deref(), None)?.limit;
        let span = span(before.0.as_deref(), after.0.as_deref())?;
        let messages = self
            .app
            .chat
            .messages(&caller.0, session_id.0.into(), span, limit)
            .await?;
        let mut items: Vec<_> = messages.into_iter().map(view::Message::from).collect();
        if html {
            // The newest first: it is where one reads.
            self.app.markdown.add(items.iter_mut().rev().collect()).await?;
        }
        Ok(Reply::new(MessageList {
            items,
            next_cursor: None,
        }))
    }

    /// Edit one's own message
    #[oai(
        path = "/messages/:message_id",
        method = "patch",
        operation_id = "editMessage"
    )]
    async fn edit(
        &self,
        caller: Signed,
        message_id: Path<Id>,
        body: Body<EditBody>,
    ) -> Outcome<Reply<view::Message>, Write> {
        Ok(Reply::new(
            self.app
                .chat
                .edit(&caller.0, message_id.0.into(), body.value)
                .await?
                .into(),
        ))
    }

    /// Delete a message
    #[oai(
        path = "/messages/:message_id",
        method = "delete",
        operation_id = "deleteMessage"
    )]
    async fn delete(&self, caller: Signed, message_id: Path<Id>) -> Outcome<Done, Act> {
        self.app.chat.delete(&caller.0, message_id.0.into()).await?;
        Ok(Done)
    }

    /// Full-text search over the messages one may see, newest first
    #[oai(
        path = "/bots/:bot_id/messages/search",
        method = "get",
        operation_id = "searchMessages"
    )]
    async fn search(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        /// Words that must all occur; the last may be a beginning.
        q: Query<Option<String>>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
        /// `true`: with `content_html`.
        content_html: Query<Option<String>>,
    ) -> Outcome<Reply<MessageList>, Look> {
        let html = flag("content_html", content_html.0.as_deref())?;
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let query = q.0.ok_or_else(|| Error::invalid("q", "is required"))?;
        let paged = self
            .app
            .chat
            .search(&caller.0, bot_id.0.into(), &query, page)
            .await?;
        let mut items: Vec<_> = paged.items.into_iter().map(view::Message::from).collect();
        if html {
            self.app.markdown.add(items.iter_mut().collect()).await?;
        }
        let next_cursor = paged.next.map(encode);
        Ok(Reply::new(MessageList { items, next_cursor }))
    }
}

fn people(value: &Value) -> Result<Vec<UserId>, String> {
    const MOST: usize = 50;
    let items = value.as_array().ok_or("must be a list of UUIDs")?;
    if items.len() > MOST {
        return Err(format!("must have at most {MOST} entries"));
    }
    items.iter().map(id).collect()
}

fn span(before: Option<&str>, after: Option<&str>) -> Result<Span, Error> {
    let id = |name, text: &str| {
        text.parse()
            .map_err(|_| Error::invalid(name, "must be a message id"))
    };
    match (before, after) {
        (None, None) => Ok(Span::Newest),
        (Some(before), None) => Ok(Span::Before(id("before", before)?)),
        (None, Some(after)) => Ok(Span::After(id("after", after)?)),
        (Some(_), Some(_)) => Err(Error::invalid("after", "must not come with `before`")),
    }
}
