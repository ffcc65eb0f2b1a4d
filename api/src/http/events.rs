//! The log of a bot without a WebSocket: history and long poll by page, and Server-Sent Events. The same events with the same
//! rights as on the socket.

use std::sync::Arc;
use std::time::Duration;

use domain::Error;
use domain::events::History;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Tag;
use super::answer::{EventStream, Look, Outcome, Reply};
use super::page;
use super::request::{Id, Listener, Signed};
use crate::app::App;
use crate::realtime::{Place, events_http, frames};

/// The longest that a poll is held.
const LONGEST_WAIT: u64 = 30;

pub struct EventsApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct HistoryView {
    /// Each exactly as the socket carries it.
    events: Vec<Any<Value>>,
    /// The cursor to go on from.
    seq: i64,
    epoch: String,
    /// False: what came after `since` is no longer kept, or `since` is of another epoch; load the snapshot.
    complete: bool,
}

impl From<History> for HistoryView {
    fn from(history: History) -> Self {
        let events = history
            .events
            .iter()
            .filter_map(frames::event_value)
            .map(Any)
            .collect();
        Self {
            events,
            seq: history.seq,
            epoch: history.epoch.0,
            complete: history.complete,
        }
    }
}

#[OpenApi(tag = "Tag::Events")]
impl EventsApi {
    /// Events by number
    ///
    /// With `wait`, an empty page is held until there is an event, or the seconds are over.
    #[oai(path = "/bots/:bot_id/events", method = "get", operation_id = "listEvents")]
    #[allow(clippy::too_many_arguments, reason = "one parameter of the query each")]
    async fn events(
        &self,
        caller: Signed,
        bot_id: Path<Id>,
        /// The last number seen; absent is 0.
        since: Query<Option<String>>,
        /// The epoch that number belongs to; absent is the present one.
        epoch: Query<Option<String>>,
        limit: Query<Option<String>>,
        /// Seconds, 30 at the most.
        wait: Query<Option<String>>,
    ) -> Outcome<Reply<HistoryView>, Look> {
        let limit = page::limit(limit.0.as_deref()).map_err(|message| Error::invalid("limit", message))?;
        let wait = wait
            .0
            .as_deref()
            .map(seconds)
            .transpose()?
            .unwrap_or(Duration::ZERO);
        let range = Place::new(since.0, epoch.0).history();
        let (live, bot) = (&self.app.live, bot_id.0.into());
        let history = events_http::wait(live, &caller.0, bot, range, u64::from(limit), wait).await?;
        Ok(Reply::new(history.into()))
    }

    /// Events as they come, as Server-Sent Events
    ///
    /// `id` is `epoch:seq`; the credential may also come as `?ticket=` or `?token=`.
    #[oai(
        path = "/bots/:bot_id/events/stream",
        method = "get",
        operation_id = "streamEvents"
    )]
    async fn stream(
        &self,
        listener: Listener,
        bot_id: Path<Id>,
        since: Query<Option<String>>,
        epoch: Query<Option<String>>,
        #[oai(name = "Last-Event-ID")] last_event_id: Header<Option<String>>,
    ) -> Outcome<EventStream, Look> {
        let range = Place::new(since.0, epoch.0).resume(last_event_id.0.as_deref());
        let caller = self.app.accounts.identify(listener.0).await?;
        Ok(EventStream(
            events_http::stream(&self.app.live, &caller, bot_id.0.into(), range).await?,
        ))
    }
}

fn seconds(text: &str) -> Result<Duration, Error> {
    let seconds = text.parse().ok().filter(|seconds| *seconds <= LONGEST_WAIT);
    let wrong = || Error::invalid("wait", format!("must be a whole number from 0 to {LONGEST_WAIT}"));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}
