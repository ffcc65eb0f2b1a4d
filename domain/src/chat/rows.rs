//! The rows of conversations.

use std::collections::HashMap;

use async_trait::async_trait;

use super::access::{Marking, SessionFor, SessionPage};
use super::model::{Message, ReadMarker, Session, SessionActivity, Span};
use crate::access::Access;
use crate::account::Identity;
use crate::caller::Credential;
use crate::error::Result;
use crate::ids::{MessageId, SessionId, UserId};
use crate::page::Page;

/// A bound on messages by their place in the bot's stream, exclusive.
#[derive(Debug, Clone, Copy)]
pub enum SeqSpan {
    Before(i64),
    After(i64),
}

#[async_trait]
pub trait ChatRows {
    /// Unscoped, for `chat::access` alone: nobody has been authorised yet.
    async fn find_session(&mut self, id: SessionId) -> Result<Option<Session>>;
    /// The same with what `reader` is to its bot.
    async fn session_for(&mut self, reader: UserId, id: SessionId) -> Result<Option<SessionFor>>;
    async fn message_for(&mut self, reader: UserId, id: MessageId) -> Result<Option<(Message, SessionFor)>>;
    /// Whose credential it is, the session, and what they are to its bot. `None`: there is no such log-in.
    async fn identity_in(
        &mut self,
        credential: Credential,
        id: SessionId,
    ) -> Result<Option<(Identity, Option<SessionFor>)>>;
    /// All that is to be known before a marker is moved.
    async fn marking(
        &mut self,
        reader: UserId,
        session: SessionId,
        message: MessageId,
    ) -> Result<Option<Marking>>;
    /// A piece of a session, oldest first, at most `limit`. Whoever has no role on the bot gets no messages.
    async fn page_for(
        &mut self,
        reader: UserId,
        id: SessionId,
        span: Span,
        limit: u64,
    ) -> Result<Option<SessionPage>>;
    /// Unscoped: nobody has been authorised yet.
    async fn find_message(&mut self, id: MessageId) -> Result<Option<Message>>;

    async fn insert_session(&mut self, access: &Access, session: &Session) -> Result<()>;
    async fn update_session(&mut self, access: &Access, session: &Session) -> Result<()>;
    async fn delete_session(&mut self, access: &Access, id: SessionId) -> Result<()>;
    /// Those `reader` may see, newest first; the cursor is the last session's id.
    async fn sessions(&mut self, access: &Access, reader: UserId, page: Page) -> Result<Vec<Session>>;
    /// Counts and markers of these sessions, in a fixed number of queries.
    async fn activity(
        &mut self,
        access: &Access,
        reader: UserId,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, SessionActivity>>;
    /// All private sessions of one person, also on bots that they have no role on any more: for the end of an account.
    async fn private_sessions(&mut self, creator: UserId) -> Result<Vec<Session>>;

    /// Also brings the session's `updated_at`, count and size up to date, and the full-text index.
    async fn insert_message(&mut self, access: &Access, message: &Message) -> Result<()>;
    async fn update_message(&mut self, access: &Access, message: &Message) -> Result<()>;
    /// Markers that stood on it move to the message before, or go.
    async fn delete_message(&mut self, access: &Access, message: &Message) -> Result<()>;
    /// Oldest first within the page, at most `limit`.
    async fn messages(
        &mut self,
        access: &Access,
        session: SessionId,
        span: SeqSpan,
        limit: u64,
    ) -> Result<Vec<Message>>;
    /// The newest messages of each of these sessions, each session's oldest first and at most `each` of them; with the newest
    /// session first they stop where their texts pass `bytes` (the one that passes is given).
    async fn newest_messages(
        &mut self,
        access: &Access,
        sessions: &[SessionId],
        each: u64,
        bytes: usize,
    ) -> Result<HashMap<SessionId, Vec<Message>>>;
    /// Full text over what `reader` may see, newest first; the cursor is the last message's `seq`. Every word must occur,
    /// the last one may be a beginning.
    async fn search_messages(
        &mut self,
        access: &Access,
        reader: UserId,
        words: &[String],
        page: Page,
    ) -> Result<Vec<Message>>;

    /// Sets the marker on the message with this `seq`.
    async fn put_read_marker(&mut self, access: &Access, marker: ReadMarker, seq: i64) -> Result<()>;
}
