//! The rows of streams and events.

use async_trait::async_trait;

use super::{Audience, Epoch, Fact, Recorded, StreamId};
use crate::access::Standing;
use crate::account::Identity;
use crate::caller::Credential;
use crate::chat::ReadMarker;
use crate::error::Result;
use crate::ids::{BotId, EventId, MessageId, SessionId, TenantId, UserId};
use crate::time::Timestamp;

#[derive(Debug, Clone)]
pub struct EventDraft {
    pub id: EventId,
    pub at: Timestamp,
    pub audience: Audience,
    pub fact: Fact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamState {
    /// The newest number; 0 if there is none yet.
    pub head: i64,
    /// Events up to this number are no longer kept; 0 if all are.
    pub floor: i64,
}

/// Where a connection to a stream would start.
#[derive(Debug, Clone)]
pub struct StreamPlace {
    pub state: StreamState,
    /// The head of the person's own stream.
    pub control_seq: i64,
    pub epoch: Epoch,
}

#[derive(Debug, Clone)]
pub struct BotPlace {
    pub standing: Option<Standing>,
    pub place: StreamPlace,
    /// Of the newest `sessions` that this person may see, in the order of sessions and people; none for whoever has no role.
    pub read: Vec<ReadMarker>,
}

#[derive(Debug, Clone)]
pub struct InboxPlace {
    pub place: StreamPlace,
    pub unread: i64,
}

/// What is read of the log: a stream, or one session's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub stream: StreamId,
    pub session: Option<SessionId>,
}

impl From<StreamId> for Scope {
    fn from(stream: StreamId) -> Self {
        Self {
            stream,
            session: None,
        }
    }
}

#[async_trait]
pub trait EventRows {
    async fn create_stream(&mut self, stream: StreamId, tenant: TenantId, at: Timestamp) -> Result<()>;
    /// Takes the next number under the stream's row lock, so that numbers are gapless and in the order of commits, and leaves
    /// the event to be handed to the bus by the commit. For `record` alone.
    async fn append(&mut self, stream: StreamId, draft: EventDraft) -> Result<Recorded>;
    async fn stream_state(&mut self, stream: StreamId) -> Result<Option<StreamState>>;
    /// Events with `after < seq <= up_to`, oldest first, at most `limit`; with a reader, those that this person may see.
    async fn events(
        &mut self,
        scope: Scope,
        after: i64,
        up_to: i64,
        reader: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<Recorded>>;
    /// How many of them there are, counted no further than `cap`.
    async fn count_events(
        &mut self,
        scope: Scope,
        after: i64,
        up_to: i64,
        reader: UserId,
        cap: u64,
    ) -> Result<u64>;
    /// Whose credential it is, and all that a connection to this bot is greeted with: one statement, and so one moment. `None`:
    /// there is no such log-in.
    async fn bot_place(
        &mut self,
        credential: Credential,
        bot: BotId,
        sessions: u32,
    ) -> Result<Option<(Identity, BotPlace)>>;
    /// The same for the person's own stream.
    async fn inbox_place(&mut self, credential: Credential) -> Result<Option<(Identity, InboxPlace)>>;
    async fn events_of_message(&mut self, stream: StreamId, message: MessageId) -> Result<Vec<Recorded>>;
    /// Events that hold a text of this session (messages, its title), `after < seq`, oldest first.
    async fn texts_of_session(
        &mut self,
        stream: StreamId,
        session: SessionId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<Recorded>>;
    /// Replaces the text of a kept event; number, id and time stay. For redaction alone.
    async fn rewrite(&mut self, stream: StreamId, seq: i64, fact: &Fact) -> Result<()>;

    async fn epoch(&mut self) -> Result<Epoch>;
    async fn set_epoch(&mut self, epoch: &Epoch) -> Result<()>;
}
