//! `asyncapi.yaml` against the code: every frame that can be sent is described in full, nothing is described that is never sent,
//! and what may be sent here is refused by the document exactly when the parser refuses it. The frames are `samples`' matter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

/// One sample at least of every variant: a new variant does not compile without.
macro_rules! each {
    ($of:ty: $($pattern:pat => $samples:expr),+ $(,)?) => {{
        fn is_one(value: &$of) {
            match value {
                $($pattern => (),)+
            }
        }
        let mut all: Vec<$of> = Vec::new();
        $(for sample in $samples {
            is_one(&sample);
            assert!(matches!(sample, $pattern), "a sample of another variant");
            all.push(sample);
        })+
        all
    }};
}

/// The same for variants without fields.
macro_rules! all {
    ($of:ident: $($variant:ident),+ $(,)?) => {
        each!($of: $($of::$variant => [$of::$variant]),+)
    };
}

mod facts;
mod inbound;
mod samples;
mod signals;

use std::collections::BTreeSet;

use asyncapi::{By, Document, Seen};
use serde_json::json;

use super::close::Close;

pub(super) const CHANNELS: [&str; 4] = ["chat", "notifications", "multi", "stream"];

fn closes() -> Vec<Close> {
    all!(Close:
        Normal, GoingAway, Protocol, Binary, Utf8, ByAdministrator, TooBig, Failed, OverLimit, Unauthenticated, NoAccess,
        TooSlow, RateLimited, Lost,
    )
}

#[test]
fn every_frame_that_is_sent_is_described_in_full() {
    let document = Document::get();
    let mut undescribed = Vec::new();
    for (channel, frame) in samples::all() {
        undescribed.extend(document.message_of(channel, &frame).err());
    }
    assert!(undescribed.is_empty(), "{}", undescribed.join("\n"));
}

#[test]
fn nothing_is_described_that_is_never_sent() {
    let document = Document::get();
    let (mut seen, mut sent) = (Seen::default(), BTreeSet::new());
    for (channel, frame) in samples::all() {
        let message = document.message_of(channel, &frame).unwrap();
        seen.note(document, message, &frame);
        sent.insert((channel, message));
    }
    let told = CHANNELS.map(|channel| {
        let messages = document.messages(channel, By::Server);
        messages
            .into_iter()
            .map(|message| (channel, message))
            .collect::<Vec<_>>()
    });
    let told: BTreeSet<_> = told.into_iter().flatten().collect();
    assert_eq!(told, sent);
    let messages = told.iter().map(|(_, message)| *message);
    let missing = seen.missing(document, messages);
    assert!(missing.is_empty(), "no frame has {missing:#?}");
}

#[test]
fn examples_of_what_is_sent_are_such_frames() {
    let document = Document::get();
    for channel in CHANNELS {
        for message in document.messages(channel, By::Server) {
            let examples = document.examples(message);
            assert!(!examples.is_empty(), "{message} has no example");
            for example in examples {
                assert_eq!(document.message_of(channel, example), Ok(message));
            }
        }
    }
}

#[test]
fn every_close_code_is_listed_with_its_reason() {
    let document = Document::get();
    let listed: Vec<_> = document.value["x-close-codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|close| {
            assert!(close["meaning"].is_string() && close["client"].is_string());
            (close["code"].as_u64().unwrap(), close["reason"].as_str().unwrap())
        })
        .collect();
    let closes = closes().into_iter();
    let mut given: Vec<_> = closes
        .filter_map(|close| Some((u64::from(close.code()?), close.reason())))
        .collect();
    given.sort_unstable();
    assert_eq!(listed, given);
}

#[test]
fn a_message_is_called_after_its_schema_and_its_type() {
    let document = Document::get();
    for (name, message) in document.value["components"]["messages"].as_object().unwrap() {
        assert_eq!(
            message["payload"],
            json!({ "$ref": format!("#/components/schemas/{name}") })
        );
        let schema = document.schema(name);
        // Those of a channel are the same with something added.
        let base = schema["allOf"][0]["$ref"].as_str();
        let base = base.map_or(schema, |base| document.schema(base.rsplit('/').next().unwrap()));
        let kind = &base["properties"]["type"]["const"];
        let event = &message["headers"]["properties"]["event"]["const"];
        let named = if kind.is_null() { event } else { kind };
        assert_eq!(&message["name"], named, "{name}");
    }
}
