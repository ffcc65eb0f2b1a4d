//! What a client asks of a socket of many channels, parsed strictly. A frame of wrong shape is refused as a whole.

use domain::events::SeqRange;
use serde_json::{Map, Value};

use super::filter::Filter;
use crate::realtime::inbound::{Refusal, data, invalid};

/// Channels named in one request. Beyond what a socket may have each is refused by itself; this bounds what waits to be refused.
const NAMED: usize = 1000;

/// Events in one page of history, if the client names no other number, and at the most.
const USUAL: u64 = 50;
const MOST: u64 = 100;

#[derive(Debug, PartialEq)]
pub enum Request {
    Subscribe(Vec<Wanted>),
    Unsubscribe(Vec<String>),
    History {
        channel: String,
        range: SeqRange,
        limit: u64,
    },
    Filter {
        channel: String,
        filter: Filter,
        /// As the client put it.
        told: Map<String, Value>,
    },
}

#[derive(Debug, PartialEq)]
pub struct Wanted {
    pub channel: String,
    /// `None`: nothing of the past.
    pub range: Option<SeqRange>,
}

/// `None`: this is no request for channels.
pub fn parse(name: &str, frame: &Map<String, Value>) -> Option<Result<Request, Refusal>> {
    let read = match name {
        "subscribe" => subscribe,
        "unsubscribe" => unsubscribe,
        "request_history" => history,
        "update_filter" => filter,
        _ => return None,
    };
    Some(data(frame).and_then(read))
}

fn subscribe(data: &Map<String, Value>) -> Result<Request, Refusal> {
    let wrong = invalid("data.channels must be a list of 1 to 1000 objects with a channel each");
    let channels = list(data).ok_or(wrong)?;
    let wanted = channels.iter().map(|wanted| {
        let wanted = wanted.as_object().ok_or(wrong)?;
        let channel = text(wanted, "channel").ok_or(wrong)?;
        let range = range(wanted)?;
        Ok(Wanted { channel, range })
    });
    wanted.collect::<Result<_, _>>().map(Request::Subscribe)
}

fn unsubscribe(data: &Map<String, Value>) -> Result<Request, Refusal> {
    let wrong = invalid("data.channels must be a list of 1 to 1000 channels");
    let channels = list(data).ok_or(wrong)?;
    let names = channels.iter().map(|name| name.as_str().map(str::to_owned));
    let names = names.collect::<Option<_>>().ok_or(wrong)?;
    Ok(Request::Unsubscribe(names))
}

fn history(data: &Map<String, Value>) -> Result<Request, Refusal> {
    let channel = text(data, "channel").ok_or(invalid("data.channel must be a channel"))?;
    let range = match range(data)? {
        Some(range) => range,
        None => SeqRange {
            since: Some(0),
            epoch: epoch(data)?,
        },
    };
    let limit = match data.get("limit") {
        None | Some(Value::Null) => USUAL,
        Some(limit) => {
            let limit = limit.as_u64().filter(|limit| (1..=MOST).contains(limit));
            limit.ok_or(invalid("data.limit must be a number from 1 to 100"))?
        }
    };
    Ok(Request::History {
        channel,
        range,
        limit,
    })
}

fn filter(data: &Map<String, Value>) -> Result<Request, Refusal> {
    let channel = text(data, "channel").ok_or(invalid("data.channel must be a channel"))?;
    let told = data.get("filter").and_then(Value::as_object);
    let told = told.ok_or(invalid("data.filter must be an object"))?;
    Ok(Request::Filter {
        channel,
        filter: Filter::parse(told).map_err(invalid)?,
        told: told.clone(),
    })
}

fn list(data: &Map<String, Value>) -> Option<&Vec<Value>> {
    let channels = data.get("channels")?.as_array()?;
    (1..=NAMED).contains(&channels.len()).then_some(channels)
}

fn text(data: &Map<String, Value>, field: &str) -> Option<String> {
    data.get(field)?.as_str().map(str::to_owned)
}

/// Where to go on. A number that is none of a stream is not refused but answered as "cannot be replayed".
fn range(data: &Map<String, Value>) -> Result<Option<SeqRange>, Refusal> {
    let epoch = epoch(data)?;
    match data.get("since") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(since)) => Ok(Some(SeqRange {
            since: since.as_i64().filter(|since| *since >= 0),
            epoch,
        })),
        Some(Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
            Err(invalid("since must be a number"))
        }
    }
}

fn epoch(data: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    match data.get("epoch") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(epoch)) => Ok(Some(epoch.clone())),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(invalid("epoch must be a string"))
        }
    }
}
