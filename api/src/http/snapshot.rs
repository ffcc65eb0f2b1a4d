//! The snapshot's JSON.

use std::collections::HashMap;

use domain::bot::Snapshot;
use poem_openapi::Object;
use uuid::Uuid;

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
    /// The newest 100, newest first.
    documents: Vec<view::Document>,
    /// Something was left out for size.
    more: bool,
    /// Those that are not finished, in the order in which they were asked for.
    answers: Vec<view::Answer>,
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
            documents: snapshot.documents.into_iter().map(view::Document::from).collect(),
            more: snapshot.more,
            answers: snapshot.answers.into_iter().map(view::Answer::from).collect(),
            presence: presence.into_iter().map(PresentPerson::from).collect(),
            seq: snapshot.seq,
            epoch: snapshot.epoch.0,
        }
    }

    /// All messages, those of the newest session first, and in it the newest one.
    pub fn newest_messages(&mut self) -> Vec<&mut view::Message> {
        let place = |id: Uuid| self.sessions.iter().position(|session| session.id == id);
        let mut messages: Vec<_> = self
            .messages
            .values_mut()
            .flat_map(|of| of.iter_mut().rev())
            .collect();
        messages.sort_by_cached_key(|message| place(message.session_id));
        messages
    }
}
