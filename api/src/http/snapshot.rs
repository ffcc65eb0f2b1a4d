//! The snapshot's JSON.

use std::collections::HashMap;

use domain::bot::Snapshot;
use poem_openapi::Object;
use poem_openapi::types::Any;
use serde_json::Value;

use super::presence::PresentPerson;
use super::view;
use crate::realtime::Online;

/// All but `presence` is one consistent state, at number `seq` of the bot's stream.
#[derive(Object)]
pub struct SnapshotView {
    bot: view::Bot,
    members: Vec<view::Permission>,
    /// The newest 50, newest first.
    sessions: Vec<view::Session>,
    /// The newest 50 of each session, oldest first.
    messages: HashMap<String, Vec<view::Message>>,
    /// None yet: bots cannot read.
    documents: Vec<Any<Value>>,
    /// Something was left out for size.
    more: bool,
    /// None yet: bots cannot answer.
    answers: Vec<Any<Value>>,
    presence: Vec<PresentPerson>,
    seq: i64,
    epoch: String,
}

impl SnapshotView {
    pub fn new(snapshot: Snapshot, presence: Vec<Online>) -> Self {
        let messages = snapshot.messages.into_iter().map(|(session, messages)| {
            (
                session.to_string(),
                messages.into_iter().map(view::Message::from).collect(),
            )
        });
        Self {
            bot: snapshot.bot.into(),
            members: snapshot.members.into_iter().map(view::Permission::from).collect(),
            sessions: snapshot.sessions.into_iter().map(view::Session::from).collect(),
            messages: messages.collect(),
            documents: Vec::new(),
            more: snapshot.more,
            answers: Vec::new(),
            presence: presence.into_iter().map(PresentPerson::from).collect(),
            seq: snapshot.seq,
            epoch: snapshot.epoch.0,
        }
    }
}
