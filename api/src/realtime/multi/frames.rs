//! What only a socket of many channels is told. How events look is `realtime::frames`' matter; they get their channel by
//! `Frame::labelled`.

use bytes::Bytes;
use domain::events::{Epoch, Recorded, StreamId};
use domain::ids::{ConnectionId, UserId};
use domain::time::Timestamp;
use serde_json::{Map, Value, json};

use super::Channel;
use crate::realtime::frames::{answer, bytes, event_value, replay_complete};
use crate::realtime::inbound::Refusal;
use crate::realtime::outbox::{Frame, FrameKind};

/// Bytes of the events in one page of history: it has to go through the socket's queue. One event may be more.
const PAGE_BYTES: usize = 256 * 1024;
/// The longest name of a channel that an error tells again.
const NAMED: usize = 64;

pub fn greeting(user_id: UserId, connection_id: ConnectionId, expires_at: Timestamp) -> Bytes {
    bytes(&json!({
        "type": "connection_established",
        "data": {
            "user_id": user_id,
            "connection_id": connection_id,
            "connection_type": "multi",
            "expires_at": expires_at,
        },
    }))
}

/// A channel begins; `greeting` is what else it is greeted with. No `seq` and no `epoch`: it is not numbered.
pub fn subscribed(
    channel: Channel,
    place: Option<(i64, &Epoch)>,
    greeting: Value,
    id: Option<&str>,
) -> Bytes {
    let mut data = match greeting {
        Value::Object(data) => data,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    let (seq, epoch) = place.unzip();
    data.insert("channel".into(), json!(channel.to_string()));
    data.insert("seq".into(), json!(seq));
    data.insert("epoch".into(), json!(epoch));
    answer(json!({ "type": "subscribed", "data": data }), id)
}

pub fn unsubscribed(channel: Channel, id: Option<&str>) -> Bytes {
    let data = json!({ "channel": channel.to_string() });
    answer(json!({ "type": "unsubscribed", "data": data }), id)
}

/// The person may not have this channel any more, or what it was about is gone. The event that says so went before.
pub fn withdrawn(channel: Channel) -> Bytes {
    let data = json!({ "channel": channel.to_string(), "code": "access_withdrawn" });
    bytes(&json!({ "type": "unsubscribed", "data": data }))
}

pub fn replayed(channel: Channel, stream: StreamId, from: Option<i64>, to: i64, complete: bool) -> Frame {
    let text = replay_complete(stream, from, to, complete);
    Frame::new(FrameKind::ReplayComplete, text).labelled(channel)
}

pub fn filter_updated(channel: Channel, filter: &Map<String, Value>, id: Option<&str>) -> Bytes {
    let data = json!({ "channel": channel.to_string(), "filter": filter });
    answer(json!({ "type": "filter_updated", "data": data }), id)
}

/// A page of history, with the number to go on from: cut where it gets too long, as if no more had been asked for.
pub fn history(
    channel: Channel,
    events: &[Recorded],
    (mut seq, epoch): (i64, &Epoch),
    complete: bool,
    id: Option<&str>,
) -> Bytes {
    let (mut told, mut size) = (Vec::new(), 0);
    for (index, event) in events.iter().enumerate() {
        let Some(mut value) = event_value(event) else {
            continue;
        };
        value["channel"] = json!(channel.to_string());
        size += value.to_string().len();
        told.push(value);
        if size >= PAGE_BYTES && index + 1 < events.len() {
            seq = event.seq;
            break;
        }
    }
    let data = json!({
        "channel": channel.to_string(),
        "events": told,
        "seq": seq,
        "epoch": epoch,
        "complete": complete,
    });
    answer(json!({ "type": "history", "data": data }), id)
}

/// `channel` as the client spelled it.
pub fn error(refusal: Refusal, channel: Option<&str>, id: Option<&str>) -> Bytes {
    let Refusal { code, message } = refusal;
    let mut frame = json!({ "type": "error", "message": message, "code": code.as_str() });
    if let Some(channel) = channel.filter(|channel| channel.chars().count() <= NAMED) {
        frame["channel"] = json!(channel);
    }
    answer(frame, id)
}
