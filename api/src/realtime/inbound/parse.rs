//! From the text of a frame to what it asks for. Pure.

use domain::ids::{MessageId, SessionId};
use serde_json::{Map, Value};

use super::refusal::{Code, Refusal, invalid, refusal};
use crate::realtime::connection::Kind;
use crate::realtime::multi;

/// Characters of an `id` or a `timestamp` that are echoed.
const ECHOED: usize = 64;

#[derive(Debug, PartialEq)]
pub enum Asked {
    Ping {
        timestamp: Option<String>,
    },
    Auth {
        token: String,
    },
    Typing {
        is_typing: bool,
        session: Option<SessionId>,
    },
    Viewing {
        session: Option<SessionId>,
    },
    Read {
        session: SessionId,
        message: MessageId,
    },
    /// On a socket of many channels.
    Channels(multi::Request),
}

/// What a frame says beside what it asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub id: Option<String>,
    pub channel: Option<String>,
}

/// The `id` and the channel, where they could be read, and what is asked.
pub fn parse(text: &str, kind: Kind) -> (Head, Result<Asked, Refusal>) {
    let frame = match serde_json::from_str(text) {
        Ok(Value::Object(frame)) => frame,
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return (Head::default(), Err(invalid("a frame is an object")));
        }
        Err(_) => return (Head::default(), Err(refusal(Code::InvalidJson, "not JSON"))),
    };
    match echoed(&frame, "id") {
        Ok(id) => {
            let channel = frame.get("channel").and_then(Value::as_str);
            let channel = channel.filter(|_| kind == Kind::Multi).map(str::to_owned);
            (Head { id, channel }, asked(&frame, kind))
        }
        Err(refusal) => (Head::default(), Err(refusal)),
    }
}

fn asked(frame: &Map<String, Value>, kind: Kind) -> Result<Asked, Refusal> {
    let Some(Value::String(name)) = frame.get("type") else {
        return Err(invalid("type must be a string"));
    };
    let on_bot = match kind {
        Kind::Chat | Kind::Multi => true,
        Kind::Notifications | Kind::EventStream | Kind::Poll => false,
    };
    if kind == Kind::Multi {
        if let Some(request) = multi::parse(name, frame) {
            return request.map(Asked::Channels);
        }
        let by_channel = matches!(name.as_str(), "typing" | "viewing" | "read");
        if by_channel && !frame.get("channel").is_some_and(Value::is_string) {
            return Err(invalid("channel must be a string"));
        }
    }
    match name.as_str() {
        "ping" => Ok(Asked::Ping {
            timestamp: echoed(frame, "timestamp")?,
        }),
        "auth" => match data(frame)?.get("token") {
            Some(Value::String(token)) => Ok(Asked::Auth { token: token.clone() }),
            Some(_) | None => Err(invalid("data.token must be a string")),
        },
        "typing" if on_bot => typing(data(frame)?),
        "viewing" if on_bot => viewing(data(frame)?),
        "read" if on_bot => read(data(frame)?),
        _ => Err(refusal(Code::UnknownType, "this socket takes no such type")),
    }
}

fn typing(data: &Map<String, Value>) -> Result<Asked, Refusal> {
    let is_typing = data.get("is_typing").and_then(Value::as_bool);
    Ok(Asked::Typing {
        is_typing: is_typing.ok_or(invalid("data.is_typing must be true or false"))?,
        session: optional_session(data)?,
    })
}

fn viewing(data: &Map<String, Value>) -> Result<Asked, Refusal> {
    if !data.contains_key("session_id") {
        return Err(invalid("data.session_id must be an id or null"));
    }
    Ok(Asked::Viewing {
        session: optional_session(data)?,
    })
}

fn read(data: &Map<String, Value>) -> Result<Asked, Refusal> {
    let wrong = invalid("data.session_id and data.message_id must be ids");
    let text = |field| data.get(field).and_then(Value::as_str).ok_or(wrong);
    Ok(Asked::Read {
        session: text("session_id")?.parse().map_err(|_| wrong)?,
        message: text("message_id")?.parse().map_err(|_| wrong)?,
    })
}

pub fn data(frame: &Map<String, Value>) -> Result<&Map<String, Value>, Refusal> {
    frame
        .get("data")
        .and_then(Value::as_object)
        .ok_or(invalid("data must be an object"))
}

fn optional_session(data: &Map<String, Value>) -> Result<Option<SessionId>, Refusal> {
    let wrong = invalid("data.session_id must be an id or null");
    match data.get("session_id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => id.parse().map(Some).map_err(|_| wrong),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Err(wrong),
    }
}

/// A text that the answer carries back.
fn echoed(frame: &Map<String, Value>, field: &str) -> Result<Option<String>, Refusal> {
    match frame.get(field) {
        None => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= ECHOED => Ok(Some(text.clone())),
        Some(_) => Err(invalid("id and timestamp are strings of at most 64 characters")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_frame_is_told_by_its_code() {
        for (text, code) in [
            ("{", "invalid_json"),
            ("[]", "invalid_message"),
            ("{}", "invalid_message"),
            (r#"{"type":1}"#, "invalid_message"),
            (r#"{"type":"dance"}"#, "unknown_type"),
            (r#"{"type":"subscribe","data":{}}"#, "unknown_type"),
            (r#"{"type":"ping","timestamp":1}"#, "invalid_message"),
            (r#"{"type":"typing"}"#, "invalid_message"),
            (
                r#"{"type":"typing","data":{"is_typing":"yes"}}"#,
                "invalid_message",
            ),
            (
                r#"{"type":"typing","data":{"is_typing":true,"session_id":"x"}}"#,
                "invalid_message",
            ),
            (r#"{"type":"viewing","data":{}}"#, "invalid_message"),
            (
                r#"{"type":"read","data":{"session_id":"x","message_id":"y"}}"#,
                "invalid_message",
            ),
            (r#"{"type":"auth","data":{}}"#, "invalid_message"),
        ] {
            let (_, asked) = parse(text, Kind::Chat);
            assert_eq!(asked.unwrap_err().code.as_str(), code, "{text}");
        }
        let (_, asked) = parse(
            r#"{"type":"typing","data":{"is_typing":true}}"#,
            Kind::Notifications,
        );
        assert_eq!(asked.unwrap_err().code, Code::UnknownType);
    }

    #[test]
    fn the_id_is_read_even_of_a_frame_that_is_refused() {
        let (head, asked) = parse(r#"{"type":"dance","id":"7"}"#, Kind::Chat);
        assert_eq!((head.id.as_deref(), asked.is_err()), (Some("7"), true));
        let long = format!(r#"{{"type":"ping","id":"{}"}}"#, "x".repeat(65));
        let (head, asked) = parse(&long, Kind::Chat);
        assert_eq!((head.id, asked.is_err()), (None, true));
    }
}
