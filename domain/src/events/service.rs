//! Reading the log: where a socket starts, what it missed, history by page. Rights are read in the same transaction as the
//! numbers, for a greeting in the very same statement, so that "may read up to here" is of one moment.

use std::sync::Arc;

use super::rows::{BotPlace, InboxPlace, Scope, StreamPlace};
use super::{Epoch, Recorded, StreamId, StreamState};
use crate::access::{Action, Role, admit, authorize};
use crate::account::recognise;
use crate::caller::{Caller, Credential};
use crate::chat::ReadMarker;
use crate::error::{Result, Subject, Unauthenticated};
use crate::ids::{BotId, UserId};
use crate::store::{Store, Tx};

/// How many of the newest sessions a greeting tells the read markers of.
const GREETED_SESSIONS: u32 = 50;

/// The place from which a client wants to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeqRange {
    /// `None`: what the client sent was no number of a stream.
    pub since: Option<i64>,
    /// `None`: the present one.
    pub epoch: Option<String>,
}

/// Where a connection starts, and what it has a right to at that number.
#[derive(Debug, Clone)]
pub struct Greeting {
    pub caller: Caller,
    /// The newest number of the stream that the connection is about.
    pub seq: i64,
    /// The newest number of the caller's own stream: a credential lost after it is heard live.
    pub control_seq: i64,
    pub epoch: Epoch,
    /// Whether all that was asked for by `since` can be replayed; `None` if nothing was asked for.
    pub complete: Option<bool>,
    /// A chat connection's.
    pub bot: Option<BotGreeting>,
    /// A notification connection's.
    pub unread: i64,
}

#[derive(Debug, Clone)]
pub struct BotGreeting {
    pub bot_id: BotId,
    pub name: String,
    pub role: Role,
    pub read: Vec<ReadMarker>,
}

/// A piece of a stream.
#[derive(Debug, Clone)]
pub struct History {
    pub events: Vec<Recorded>,
    /// The cursor to go on from: everything up to it was looked at.
    pub seq: i64,
    pub epoch: Epoch,
    /// False: what lies after the asked-for place is not (all) kept, and nothing is given.
    pub complete: bool,
}

/// A piece of a stream for a connection that catches up; rights were read when it was greeted.
#[derive(Debug, Clone)]
pub struct LogPage {
    pub events: Vec<Recorded>,
    /// Everything up to this number was looked at.
    pub reached: i64,
    /// Events up to this number are no longer kept.
    pub floor: i64,
}

pub struct Events {
    pub(super) store: Arc<dyn Store>,
    /// How many visible events one replay gives at the most.
    pub(super) replay_limit: u64,
}

impl Events {
    pub fn new(store: Arc<dyn Store>, replay_limit: u64) -> Self {
        Self { store, replay_limit }
    }

    /// Who is it, may they, and from which number on: for a chat socket or event stream of one bot.
    pub async fn greet_bot(
        &self,
        credential: Credential,
        bot_id: BotId,
        range: Option<&SeqRange>,
    ) -> Result<Greeting> {
        let mut tx = self.store.glance().await?;
        let found = tx.bot_place(credential, bot_id, GREETED_SESSIONS).await?;
        let (identity, found) = found.unzip();
        let caller = recognise(identity, credential, tx.now())?;
        let BotPlace {
            standing,
            place,
            read,
        } = found.ok_or(Subject::Bot)?;
        let access = admit(standing, &caller, Action::ReadChat)?;
        let bot = BotGreeting {
            bot_id,
            name: access.bot().name.clone(),
            role: access.role().ok_or(Subject::Bot)?,
            read,
        };
        let complete = self
            .is_complete(tx.as_mut(), StreamId::Bot(bot_id).into(), &caller, range, &place)
            .await?;
        Ok(greeting(caller, place, complete, Some(bot), 0))
    }

    /// The same for a person's own notifications.
    pub async fn greet_inbox(&self, credential: Credential, range: Option<&SeqRange>) -> Result<Greeting> {
        let mut tx = self.store.glance().await?;
        let (identity, found) = tx.inbox_place(credential).await?.unzip();
        let caller = recognise(identity, credential, tx.now())?;
        let InboxPlace { place, unread } = found.ok_or(Unauthenticated::Rejected)?;
        let stream = StreamId::User(caller.user_id);
        let complete = self
            .is_complete(tx.as_mut(), stream.into(), &caller, range, &place)
            .await?;
        Ok(greeting(caller, place, complete, None, unread))
    }

    /// Whether all that was asked for can be replayed. What is counted lies behind the head that was read before, where the log
    /// changes no more but for its floor, which every page of a replay looks at again.
    pub(super) async fn is_complete(
        &self,
        tx: &mut dyn Tx,
        scope: Scope,
        caller: &Caller,
        range: Option<&SeqRange>,
        place: &StreamPlace,
    ) -> Result<Option<bool>> {
        let Some(range) = range else { return Ok(None) };
        let Some(since) = replayable(range, &place.epoch, place.state) else {
            return Ok(Some(false));
        };
        let head = place.state.head;
        if since == head {
            return Ok(Some(true));
        }
        let over = self.replay_limit + 1;
        let count = tx.count_events(scope, since, head, caller.user_id, over).await?;
        Ok(Some(count <= self.replay_limit))
    }

    /// What `reader` may see after a number, for a connection that was greeted; `up_to` none is the head of the log, and then
    /// the end of the reader's role comes as the event that it is. Up to a number (a replay, which takes as long as its client
    /// wants) a role that has ended meanwhile is `NotFound`.
    pub async fn page(
        &self,
        scope: Scope,
        reader: UserId,
        after: i64,
        up_to: Option<i64>,
        limit: u64,
    ) -> Result<LogPage> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        if let (StreamId::Bot(bot), Some(_)) = (scope.stream, up_to) {
            still_reads(tx, reader, bot).await?;
        }
        let state = state_of(tx, scope.stream).await?;
        let up_to = up_to.unwrap_or(state.head);
        let events = tx.events(scope, after, up_to, Some(reader), limit).await?;
        let reached = reached(&events, limit, up_to);
        Ok(LogPage {
            events,
            reached,
            floor: state.floor,
        })
    }

    /// One page of history, with the rights of this moment.
    pub async fn history(
        &self,
        caller: &Caller,
        bot_id: BotId,
        range: &SeqRange,
        limit: u64,
    ) -> Result<History> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        authorize(tx, caller, bot_id, Action::ReadChat).await?;
        history(tx, StreamId::Bot(bot_id).into(), caller.user_id, range, limit).await
    }

    /// Events of every audience, for the node's own dispatch.
    pub async fn log(&self, stream: StreamId, after: i64, limit: u64) -> Result<Vec<Recorded>> {
        let mut tx = self.store.glance().await?;
        tx.events(stream.into(), after, i64::MAX, None, limit).await
    }
}

pub(super) fn greeting(
    caller: Caller,
    place: StreamPlace,
    complete: Option<bool>,
    bot: Option<BotGreeting>,
    unread: i64,
) -> Greeting {
    Greeting {
        caller,
        seq: place.state.head,
        control_seq: place.control_seq,
        epoch: place.epoch,
        complete,
        bot,
        unread,
    }
}

/// What a reader may see after the place they name, if all of it is still kept.
pub(super) async fn history(
    tx: &mut dyn Tx,
    scope: Scope,
    reader: UserId,
    range: &SeqRange,
    limit: u64,
) -> Result<History> {
    let epoch = tx.epoch().await?;
    let state = state_of(tx, scope.stream).await?;
    let Some(since) = replayable(range, &epoch, state) else {
        return Ok(History {
            events: Vec::new(),
            seq: state.head,
            epoch,
            complete: false,
        });
    };
    let events = tx.events(scope, since, state.head, Some(reader), limit).await?;
    let seq = reached(&events, limit, state.head);
    Ok(History {
        events,
        seq,
        epoch,
        complete: true,
    })
}

/// `NotFound` for somebody whose role has ended, and for everyone while the bot is suspended.
async fn still_reads(tx: &mut dyn Tx, reader: UserId, bot: BotId) -> Result<()> {
    let standing = tx.standing(reader, bot).await?;
    let reads = standing.is_some_and(|standing| standing.role.is_some() && !standing.bot.suspended);
    if reads { Ok(()) } else { Err(Subject::Bot.into()) }
}

/// A full page was cut at its last event; one that is not full reached the end.
fn reached(events: &[Recorded], limit: u64, up_to: i64) -> i64 {
    match events.last() {
        Some(last) if events.len() as u64 >= limit => last.seq,
        _ => up_to,
    }
}

pub(super) async fn state_of(tx: &mut dyn Tx, stream: StreamId) -> Result<StreamState> {
    Ok(tx
        .stream_state(stream)
        .await?
        .unwrap_or(StreamState { head: 0, floor: 0 }))
}

/// The number to go on from, if all that came after it is still kept and was given in this life of the stream.
fn replayable(range: &SeqRange, epoch: &Epoch, state: StreamState) -> Option<i64> {
    let since = range.since?;
    let same_life = range.epoch.as_ref().is_none_or(|theirs| *theirs == epoch.0);
    (same_life && (state.floor..=state.head).contains(&since)).then_some(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_replayable_only_within_what_is_kept_of_this_life() {
        let epoch = Epoch("now".into());
        let state = StreamState { head: 10, floor: 4 };
        let range = |since, epoch: Option<&str>| SeqRange {
            since,
            epoch: epoch.map(str::to_owned),
        };
        for (since, theirs, expected) in [
            (Some(4), None, Some(4)),
            (Some(10), Some("now"), Some(10)),
            (Some(3), None, None),
            (Some(11), None, None),
            (Some(7), Some("before"), None),
            (None, None, None),
        ] {
            assert_eq!(
                replayable(&range(since, theirs), &epoch, state),
                expected,
                "{since:?} {theirs:?}"
            );
        }
    }
}
