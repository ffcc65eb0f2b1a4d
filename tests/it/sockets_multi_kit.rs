//! What the tests of the socket with many channels share.

use serde_json::{Value, json};
use tests::judge::Received;
use tests::{App, Person, Socket};

use crate::sockets_kit::{assert_shape, is_event};

pub fn bot(id: &str) -> String {
    format!("bot:{id}")
}

pub fn session(id: &str) -> String {
    format!("session:{id}")
}

/// A socket of many channels, behind its greeting.
pub async fn many(app: &App, person: &Person) -> Socket {
    let mut socket = Socket::connect(app, "/api/ws", Some(&person.token), None, None).await;
    let greeting = socket.next().await;
    assert_eq!(greeting["type"], "connection_established", "{greeting}");
    socket
}

/// One that has these channels; what each was greeted with.
pub async fn with(app: &App, person: &Person, channels: &[&str]) -> (Socket, Vec<Value>) {
    let mut socket = many(app, person).await;
    let mut greetings = Vec::new();
    for channel in channels {
        greetings.push(join(&mut socket, channel).await);
    }
    (socket, greetings)
}

pub async fn ask(socket: &mut Socket, channel: &str) {
    let channels = json!([{ "channel": channel }]);
    socket
        .send(json!({ "type": "subscribe", "id": channel, "data": { "channels": channels } }))
        .await;
}

/// With nothing of the past; what it is greeted with.
pub async fn join(socket: &mut Socket, channel: &str) -> Value {
    ask(socket, channel).await;
    answer(socket, "subscribed", channel).await
}

/// From a number on: what it is greeted with, the events of the replay, and its end.
pub async fn resume(socket: &mut Socket, channel: &str, since: Value) -> (Value, Vec<Value>, Value) {
    let mut wanted = since;
    wanted["channel"] = json!(channel);
    socket
        .send(json!({ "type": "subscribe", "id": channel, "data": { "channels": [wanted] } }))
        .await;
    let greeting = answer(socket, "subscribed", channel).await;
    let mut events = Vec::new();
    loop {
        let frame = socket.next().await;
        if frame["channel"] != channel {
            continue;
        }
        if frame["type"] == "replay_complete" {
            return (greeting, events, frame);
        }
        if is_event(&frame) {
            events.push(frame);
        }
    }
}

pub async fn leave(socket: &mut Socket, channel: &str) {
    socket
        .send(json!({ "type": "unsubscribe", "id": "leave", "data": { "channels": [channel] } }))
        .await;
    let left = answer(socket, "unsubscribed", channel).await;
    assert_eq!(left["id"], "leave");
}

pub async fn narrow(socket: &mut Socket, channel: &str, filter: Value) {
    socket
        .send(json!({ "type": "update_filter", "id": "narrow", "data": { "channel": channel, "filter": filter } }))
        .await;
    let updated = answer(socket, "filter_updated", channel).await;
    assert_shape(&updated, &json!({ "id": "narrow", "data": { "filter": filter } }));
}

pub async fn history(socket: &mut Socket, channel: &str, mut data: Value) -> Value {
    data["channel"] = json!(channel);
    socket
        .send(json!({ "type": "request_history", "id": "history", "data": data }))
        .await;
    let page = answer(socket, "history", channel).await;
    assert_eq!(page["id"], "history");
    page["data"].clone()
}

/// The next frame of this type about this channel; an error about it is none.
pub async fn answer(socket: &mut Socket, kind: &str, channel: &str) -> Value {
    loop {
        let frame = socket.next().await;
        let of = frame["data"]["channel"] == channel || frame["channel"] == channel;
        assert!(!of || frame["type"] != "error", "{frame}");
        if of && frame["type"] == kind {
            return frame;
        }
    }
}

/// The next error: its code.
pub async fn error(socket: &mut Socket) -> Value {
    socket.next_of("error").await
}

/// The next durable event that came by this channel.
pub async fn event(socket: &mut Socket, channel: &str) -> Value {
    loop {
        let frame = socket.event().await;
        if frame["channel"] == channel {
            return frame;
        }
    }
}

/// Reads to the end of a channel: the durable events before it that came by it.
pub async fn until_withdrawn(socket: &mut Socket, channel: &str) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let frame = socket.next().await;
        if frame["type"] == "unsubscribed" && frame["data"]["channel"] == channel {
            assert_eq!(frame["data"]["code"], "access_withdrawn", "{frame}");
            return events;
        }
        if is_event(&frame) && frame["channel"] == channel {
            events.push(frame);
        }
    }
}

/// An event as any channel would bring it.
pub fn bare(event: &Value) -> Value {
    let mut event = event.clone();
    event.as_object_mut().expect("a frame").remove("channel");
    event
}

pub fn bare_all(events: &[Value]) -> Vec<Value> {
    events.iter().map(bare).collect()
}

/// What a frame says to the judge of one channel; `since` is what the channel was asked for with.
pub fn judged(frame: &Value, channel: &str, since: Option<u64>) -> Option<Received> {
    if frame["channel"] != channel && frame["data"]["channel"] != channel {
        return None;
    }
    match frame["type"].as_str().expect("a type") {
        "subscribed" => Some(Received::Greeting {
            since,
            seq: frame["data"]["seq"].as_u64().expect("a number"),
        }),
        "replay_complete" => Some(Received::ReplayComplete {
            to: frame["data"]["to"].as_u64().expect("a number"),
            complete: frame["data"]["complete"] == true,
        }),
        _ => Some(Received::Event {
            seq: frame["seq"].as_u64()?,
            id: frame["id"].as_str().expect("an id").to_owned(),
        }),
    }
}
