//! Reading the log for the channels of one socket: a session's part of a bot's stream, pages of history of any channel, and who
//! may be told of a bot's tasks.

use super::StreamId;
use super::rows::{Scope, StreamPlace};
use super::service::{Events, Greeting, History, SeqRange, greeting, history, state_of};
use crate::access::{Action, as_system, authorize};
use crate::account::identify;
use crate::caller::Credential;
use crate::chat::open_session;
use crate::error::Result;
use crate::ids::{BotId, SessionId, UserId};

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
        let scope = Scope {
            stream,
            session: Some(session),
        };
        let complete = self.is_complete(tx, scope, &caller, range, &place).await?;
        Ok((access.bot_id(), greeting(caller, place, complete, None, 0)))
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
        let scope = match part {
            Part::Bot(bot) => {
                authorize(tx, &caller, bot, Action::ReadChat).await?;
                StreamId::Bot(bot).into()
            }
            Part::Session(session) => {
                let (access, _) = open_session(tx, &caller, session, Action::ReadChat).await?;
                Scope {
                    stream: StreamId::Bot(access.bot_id()),
                    session: Some(session),
                }
            }
            Part::Inbox => StreamId::User(caller.user_id).into(),
        };
        let history = history(tx, scope, caller.user_id, range, limit).await?;
        Ok((scope.stream, history))
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
