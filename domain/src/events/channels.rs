//! Reading the log for the channels of one socket: a session's part of a bot's stream, pages of history of any channel, and who
//! may be told of a bot's tasks.

use super::rows::StreamPlace;
use super::service::{Events, Greeting, History, LogPage, SeqRange};
use super::service::{greeting, reached, replayable, state_of, still_reads};
use super::{StreamId, StreamState};
use crate::access::{Action, as_system, authorize};
use crate::account::identify;
use crate::caller::{Caller, Credential};
use crate::chat::open_session;
use crate::error::Result;
use crate::ids::{BotId, SessionId, UserId};
use crate::store::Tx;

/// What history is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Bot(BotId),
    Session(SessionId),
    /// The reader's own notifications.
    Inbox,
}

impl Events {
    /// Who is it, may they read this session, and from which number on; and the bot whose stream that is.
    pub async fn greet_session(
        &self,
        credential: Credential,
        session: SessionId,
        range: Option<&SeqRange>,
    ) -> Result<(BotId, Greeting)> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        let caller = identify(tx, credential).await?;
        let (access, _) = open_session(tx, &caller, session, Action::ReadChat).await?;
        let stream = StreamId::Bot(access.bot_id());
        let place = StreamPlace {
            state: state_of(tx, stream).await?,
            control_seq: state_of(tx, StreamId::User(caller.user_id)).await?.head,
            epoch: tx.epoch().await?,
        };
        let complete = match range {
            None => None,
            Some(range) => match replayable(range, &place.epoch, place.state) {
                None => Some(false),
                Some(since) => Some(
                    self.holds_all(tx, stream, session, &caller, since, place.state)
                        .await?,
                ),
            },
        };
        Ok((access.bot_id(), greeting(caller, place, complete, None, 0)))
    }

    async fn holds_all(
        &self,
        tx: &mut dyn Tx,
        stream: StreamId,
        session: SessionId,
        caller: &Caller,
        since: i64,
        state: StreamState,
    ) -> Result<bool> {
        let over = self.replay_limit + 1;
        let count = tx.count_events_of_session(stream, session, since, state.head, caller.user_id, over);
        Ok(count.await? <= self.replay_limit)
    }

    /// What `reader` may see of a session after a number and up to another, for a replay; a role that has ended meanwhile is
    /// `NotFound`.
    pub async fn session_page(
        &self,
        bot: BotId,
        session: SessionId,
        reader: UserId,
        after: i64,
        up_to: i64,
        limit: u64,
    ) -> Result<LogPage> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        still_reads(tx, reader, bot).await?;
        let stream = StreamId::Bot(bot);
        let state = state_of(tx, stream).await?;
        let events = tx.events_of_session(stream, session, after, up_to, reader, limit);
        let events = events.await?;
        let reached = reached(&events, limit, up_to);
        Ok(LogPage {
            events,
            reached,
            floor: state.floor,
        })
    }

    /// One page of a channel's history, with the rights of this moment; and the stream that it is of.
    pub async fn part_of_history(
        &self,
        credential: Credential,
        part: Part,
        range: &SeqRange,
        limit: u64,
    ) -> Result<(StreamId, History)> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        let caller = identify(tx, credential).await?;
        let stream = match part {
            Part::Bot(bot) => {
                authorize(tx, &caller, bot, Action::ReadChat).await?;
                StreamId::Bot(bot)
            }
            Part::Session(session) => {
                let (access, _) = open_session(tx, &caller, session, Action::ReadChat).await?;
                StreamId::Bot(access.bot_id())
            }
            Part::Inbox => StreamId::User(caller.user_id),
        };
        let epoch = tx.epoch().await?;
        let state = state_of(tx, stream).await?;
        let Some(since) = replayable(range, &epoch, state) else {
            let (events, seq) = (Vec::new(), state.head);
            let history = History {
                events,
                seq,
                epoch,
                complete: false,
            };
            return Ok((stream, history));
        };
        let (head, reader) = (state.head, caller.user_id);
        let events = match part {
            Part::Session(session) => {
                tx.events_of_session(stream, session, since, head, reader, limit)
                    .await?
            }
            Part::Bot(_) | Part::Inbox => tx.events(stream, since, head, Some(reader), limit).await?,
        };
        let seq = reached(&events, limit, head);
        let history = History {
            events,
            seq,
            epoch,
            complete: true,
        };
        Ok((stream, history))
    }

    /// Those of these people who may read a bot now, and the number of its stream at which that is so.
    pub async fn readers(&self, bot: BotId, people: &[UserId]) -> Result<(i64, Vec<UserId>)> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        let head = state_of(tx, StreamId::Bot(bot)).await?.head;
        let open = as_system(tx, bot).await?.filter(|access| !access.bot().suspended);
        let readers = match open {
            Some(access) => tx.members_among(&access, people, &[]).await?,
            None => Vec::new(),
        };
        Ok((head, readers))
    }
}
