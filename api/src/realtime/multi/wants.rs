//! What one socket wants of one stream: its channels, from which number on each, and what of it. It is one member of the stream's
//! topic however many channels it has, so each event is looked at once and goes out once, in the order of numbers.
//!
//! Whole channels come first in the list, and the first that an event reaches is the one it goes by.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use domain::events::{Recorded, Sent, Signal, ending};
use domain::ids::SessionId;
use domain::time::Timestamp;
use tokio::sync::Notify;

use super::filter::Filter;
use super::labels::{Labels, Tag};
use super::{Channel, frames};
use crate::realtime::connection::Connection;
use crate::realtime::outbox::{Batch, Frame, FrameKind, lock};

#[derive(Debug)]
pub struct Channels {
    pub connection: Arc<Connection>,
    lost: Arc<Losses>,
    wants: Mutex<Wants>,
}

#[derive(Debug, Default)]
struct Wants {
    list: Vec<Want>,
    /// What was withdrawn since the last channel began to come in, and the number up to which it had everything.
    lost: Vec<(Want, i64)>,
}

/// The channels of one socket that were withdrawn.
#[derive(Debug, Default)]
pub struct Losses {
    count: AtomicU64,
    told: Notify,
}

impl Losses {
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Waits for the next one. For one waiter.
    pub async fn more(&self) {
        self.told.notified().await;
    }

    fn note(&self, lost: usize) {
        self.count.fetch_add(lost as u64, Ordering::Release);
        self.told.notify_one();
    }
}

#[derive(Debug, Clone)]
pub struct Want {
    pub channel: Channel,
    /// It has had everything up to this number; `None`: it is being brought up to date, and hears nothing live yet.
    live: Option<i64>,
    filter: Filter,
    /// Changes of presence up to this moment stand in its greeting.
    greeted: Timestamp,
}

/// By which channel a signal goes.
pub struct Way {
    pub channel: Channel,
    pub from: i64,
    /// The channel's greeting was made later.
    pub greeted: bool,
}

impl Want {
    pub fn new(channel: Channel, greeted: Timestamp) -> Self {
        Self {
            channel,
            live: None,
            filter: Filter::default(),
            greeted,
        }
    }

    fn matches(&self, name: &str, session: Option<SessionId>) -> bool {
        self.carries(session) && self.filter.passes(name)
    }

    /// Whether what is about this session, or none, belongs to the channel.
    fn carries(&self, session: Option<SessionId>) -> bool {
        match self.channel {
            Channel::Bot(_) | Channel::Notifications => true,
            Channel::Session(own) => session == Some(own),
            Channel::Tasks => false,
        }
    }

    fn is_live_at(&self, seq: i64) -> bool {
        self.live.is_some_and(|from| from < seq)
    }

    /// Whether this fact is given by this channel. `ends`: it ends the person's access to the stream.
    fn covers(&self, tag: &Tag, ends: bool) -> bool {
        self.is_live_at(tag.seq) && (ends || self.matches(tag.name, tag.session))
    }
}

impl Wants {
    fn pick(&self, seq: i64, name: &str, session: Option<SessionId>) -> Option<&Want> {
        let mut list = self.list.iter();
        list.find(|want| want.is_live_at(seq) && want.matches(name, session))
    }

    /// The channel that takes everything from this number on, if there is one.
    fn takes_all(&self, first: i64) -> Option<Channel> {
        let want = self.list.first()?;
        let all = want.channel.is_whole() && want.filter.passes_all() && want.is_live_at(first);
        all.then_some(want.channel)
    }
}

impl Channels {
    pub fn new(connection: Arc<Connection>, lost: Arc<Losses>) -> Self {
        Self {
            connection,
            lost,
            wants: Mutex::default(),
        }
    }

    pub fn is_empty(&self) -> bool {
        lock(&self.wants).list.is_empty()
    }

    pub fn len(&self) -> usize {
        lock(&self.wants).list.len()
    }

    pub fn has(&self, channel: Channel) -> bool {
        lock(&self.wants).list.iter().any(|want| want.channel == channel)
    }

    /// A channel is on its way in, or has come in: what is withdrawn from now on matters to it, what was before does not.
    pub fn forget_lost(&self) {
        lock(&self.wants).lost = Vec::new();
    }

    /// A channel begins. It hears nothing live yet.
    pub fn add(&self, want: Want) {
        let mut wants = lock(&self.wants);
        let whole = want.channel.is_whole();
        let place = if whole { 0 } else { wants.list.len() };
        wants.list.insert(place, want);
    }

    /// Whether this fact was given, or will be, by a channel that is live, or was until it was withdrawn.
    pub fn covers(&self, tag: &Tag, ends: bool) -> bool {
        let wants = lock(&self.wants);
        let mut lost = wants.lost.iter();
        wants.list.iter().any(|want| want.covers(tag, ends))
            || lost.any(|(want, until)| tag.seq <= *until && want.covers(tag, ends))
    }

    /// To be called when the topic lets the channel in at this number.
    pub fn go_live(&self, channel: Channel, seq: i64) {
        let mut wants = lock(&self.wants);
        let mut list = wants.list.iter_mut();
        if let Some(want) = list.find(|want| want.channel == channel) {
            want.live = Some(seq);
        }
    }

    pub fn remove(&self, channel: Channel) -> bool {
        let mut wants = lock(&self.wants);
        let before = wants.list.len();
        wants.list.retain(|want| want.channel != channel);
        wants.list.len() < before
    }

    /// False: there is no such channel.
    pub fn set_filter(&self, channel: Channel, filter: Filter) -> bool {
        let mut wants = lock(&self.wants);
        let mut list = wants.list.iter_mut();
        let found = list.find(|want| want.channel == channel);
        found.map(|want| want.filter = filter).is_some()
    }

    /// The channel by which something goes that is not kept.
    pub fn way(&self, name: &str, session: Option<SessionId>) -> Option<Channel> {
        let wants = lock(&self.wants);
        wants.pick(i64::MAX, name, session).map(|want| want.channel)
    }

    pub fn way_of(&self, sent: &Sent) -> Option<Way> {
        let (name, session) = about(&sent.signal);
        let wants = lock(&self.wants);
        let want = wants.pick(i64::MAX, name, session)?;
        Some(Way {
            channel: want.channel,
            from: want.live?,
            greeted: sent.at <= want.greeted,
        })
    }

    /// Gives facts that are for everyone and end nobody's access to the stream.
    pub fn give_all(&self, first: i64, batch: &Batch, tags: &[Tag], labels: &Labels) {
        let mut wants = lock(&self.wants);
        let outbox = &self.connection.outbox;
        let plain = wants.list.len() == 1 || tags.iter().all(|tag| !tag.deleted);
        if let Some(channel) = wants.takes_all(first).filter(|_| plain) {
            outbox.push_all(labels.whole(channel, &batch.frames));
            return batch.ended.iter().for_each(|answer| outbox.ended(*answer));
        }
        for (index, tag) in tags.iter().enumerate() {
            if let Some(want) = wants.pick(tag.seq, tag.name, tag.session)
                && let Some(frame) = labels.one(want.channel, &batch.frames, index)
            {
                outbox.push(frame);
            }
            self.follow(&mut wants, tag);
        }
    }

    /// Gives any fact. The loss of a credential ends the socket by its own place in the person's stream.
    pub fn give(&self, fact: &Recorded, frame: Option<&Frame>, labels: &Labels) {
        let connection = &self.connection;
        let mut wants = lock(&self.wants);
        let (tag, user) = (Tag::of(fact), connection.user_id);
        let ends = ending(&fact.fact).concerns(user);
        if let Some(frame) = frame
            && fact.audience.includes(user)
        {
            if let Some(want) = wants.pick(tag.seq, tag.name, tag.session) {
                let labelled = labels.one(want.channel, std::slice::from_ref(frame), 0);
                labelled
                    .into_iter()
                    .for_each(|frame| connection.outbox.push(frame));
            } else if let Some(want) = wants.list.iter().find(|want| ends && want.is_live_at(tag.seq)) {
                // Whatever else it wants: this is why nothing more comes.
                connection.outbox.push(frame.labelled(want.channel));
            }
            self.follow(&mut wants, &tag);
        }
        if ends {
            self.lose(&mut wants, tag.seq, |want| want.is_live_at(tag.seq));
        }
    }

    fn follow(&self, wants: &mut Wants, tag: &Tag) {
        if let Some(answer) = tag.ended {
            self.connection.outbox.ended(answer);
        }
        if let Some(session) = tag.session.filter(|_| tag.deleted) {
            let gone = Channel::Session(session);
            self.lose(wants, tag.seq, |want| {
                want.channel == gone && want.is_live_at(tag.seq)
            });
        }
    }

    /// The event with this number went before.
    fn lose(&self, wants: &mut Wants, seq: i64, which: impl Fn(&Want) -> bool) {
        let lost: Vec<_> = wants.list.extract_if(.., |want| which(want)).collect();
        if lost.is_empty() {
            return;
        }
        self.lost.note(lost.len());
        for want in lost {
            let frame = frames::withdrawn(want.channel);
            self.connection.outbox.push(Frame::new(FrameKind::Direct, frame));
            wants.lost.push((want, seq));
        }
    }
}

/// A signal's type, and the session that it is about. Where somebody looks is told to those who listen to the bot.
fn about(signal: &Signal) -> (&'static str, Option<SessionId>) {
    match signal {
        Signal::Typing { session_id, .. } => ("typing_indicator", *session_id),
        Signal::Presence { .. } => ("presence", None),
        Signal::Read { marker, .. } => ("read_receipt", Some(marker.session_id)),
        Signal::DocumentProgress(_) => ("document_update", None),
        Signal::Task(_) => ("task_update", None),
        Signal::Answer { answer, .. } => ("answer_status", Some(answer.session_id)),
        Signal::Delta { answer, .. } => ("chat_message_delta", Some(answer.session_id)),
    }
}
