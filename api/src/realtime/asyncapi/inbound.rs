//! What a client may send: the document and the parser refuse the same.

use asyncapi::{By, Document};
use serde_json::{Value, json};

use crate::realtime::connection::Kind;
use crate::realtime::inbound::parse::{Asked, parse};
use crate::realtime::inbound::{Code, Refusal};
use crate::realtime::multi::Request;

const SOCKETS: [(&str, Kind); 3] = [
    ("chat", Kind::Chat),
    ("notifications", Kind::Notifications),
    ("multi", Kind::Multi),
];

fn parsed(frame: &Value, kind: Kind) -> Result<Asked, Refusal> {
    parse(&frame.to_string(), kind).1
}

/// What the examples of a message of the socket of many channels ask for.
fn asked(message: &str) -> Vec<Asked> {
    let document = Document::get();
    assert!(
        document.messages("multi", By::Client).contains(&message),
        "{message}"
    );
    let examples = document.examples(message).into_iter();
    examples
        .map(|example| parsed(example, Kind::Multi).unwrap())
        .collect()
}

#[test]
fn everything_that_can_be_asked_has_an_example() {
    let requests = |message: &'static str| {
        asked(message).into_iter().map(move |asked| match asked {
            Asked::Channels(request) => request,
            Asked::Ping { .. }
            | Asked::Auth { .. }
            | Asked::Typing { .. }
            | Asked::Viewing { .. }
            | Asked::Read { .. } => panic!("{message} asks for no channel"),
        })
    };
    let requests = each!(Request:
        Request::Subscribe(_) => requests("Subscribe"),
        Request::Unsubscribe(_) => requests("Unsubscribe"),
        Request::History { .. } => requests("RequestHistory"),
        Request::Filter { .. } => requests("UpdateFilter"),
    );
    let all = each!(Asked:
        Asked::Ping { .. } => asked("Ping"),
        Asked::Auth { .. } => asked("Auth"),
        Asked::Typing { .. } => asked("ChannelTyping"),
        Asked::Viewing { .. } => asked("ChannelViewing"),
        Asked::Read { .. } => asked("ChannelRead"),
        Asked::Channels(_) => requests.into_iter().map(Asked::Channels),
    );
    assert!(all.len() >= 10);
}

#[test]
fn a_socket_takes_the_documented_messages_and_no_other() {
    let document = Document::get();
    for (channel, kind) in SOCKETS {
        let taken = document.messages(channel, By::Client);
        for (elsewhere, _) in SOCKETS {
            for message in document.messages(elsewhere, By::Client) {
                for example in document.examples(message) {
                    let result = parsed(example, kind);
                    let called = |name: &&str| document.examples(name)[0]["type"] == example["type"];
                    match taken.iter().find(|name| called(name)) {
                        Some(name) if document.allows(name, example) => {
                            assert!(result.is_ok(), "{channel}: {example}: {result:?}");
                        }
                        Some(_) => assert_eq!(
                            result.unwrap_err().code,
                            Code::InvalidMessage,
                            "{channel}: {example}"
                        ),
                        None => assert_eq!(
                            result.unwrap_err().code,
                            Code::UnknownType,
                            "{channel}: {example}"
                        ),
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_wrong_for_the_document_is_wrong_for_the_parser() {
    let document = Document::get();
    let (mut taken, mut refused) = (0, 0);
    for (channel, kind) in SOCKETS {
        for message in document.messages(channel, By::Client) {
            for example in document.examples(message) {
                for frame in variations(example).into_iter().chain([example.clone()]) {
                    let allowed = document.allows(message, &frame);
                    assert_eq!(
                        parsed(&frame, kind).is_ok(),
                        allowed,
                        "{channel}, {message}: {frame}"
                    );
                    *(if allowed { &mut taken } else { &mut refused }) += 1;
                }
            }
        }
    }
    // Both are tried in earnest.
    assert!(taken > 200 && refused > 500, "{taken} taken, {refused} refused");
}

/// The same with one value left out, or another one in its place, at every depth.
fn variations(frame: &Value) -> Vec<Value> {
    let (full, long) = ("x".repeat(64), "x".repeat(65));
    let wanted = json!({ "channel": "x" });
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1),
        json!(100),
        json!(101),
        json!(""),
        json!("x"),
        json!(full),
        json!(long),
        json!("0199b2c5-3333-7a00-8b00-aa00bb00cc03"),
        json!([]),
        json!(["x"]),
        json!([1]),
        json!(vec!["x"; 64]),
        json!(vec!["x"; 65]),
        json!(vec!["x"; 1000]),
        json!(vec!["x"; 1001]),
        json!(vec![&wanted; 1000]),
        json!(vec![&wanted; 1001]),
        json!({}),
        json!({ "types": [full] }),
        json!({ "types": [long] }),
        json!({ "unknown": 1 }),
    ];
    let mut varied = Vec::new();
    for place in places(frame, "") {
        let (parent, field) = place.rsplit_once('/').unwrap();
        let mut without = frame.clone();
        if let Some(parent) = without.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.remove(field);
            varied.push(without);
        }
        for other in &others {
            let mut with = frame.clone();
            *with.pointer_mut(&place).unwrap() = other.clone();
            varied.push(with);
        }
    }
    let mut more = frame.clone();
    more["unknown"] = json!(1);
    varied.push(more);
    varied
}

/// Every place in a value but the value itself.
fn places(value: &Value, at: &str) -> Vec<String> {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, part)| (format!("{at}/{name}"), part))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, part)| (format!("{at}/{n}"), part))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let below = parts.into_iter().flat_map(|(place, part)| {
        let deeper = places(part, &place);
        [place].into_iter().chain(deeper)
    });
    below.collect()
}
