//! What one pass over the members delivers, and to whom which part of it. A fact that ends a membership, and whatever is not
//! for everybody, is a pass of its own, so that nobody is given anything behind it by mistake.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use domain::events::{Audience, Ending, Fact, Recorded, Sent, Signal, ending};
use domain::ids::UserId;

use super::members::{Member, Recipient};
use super::{Drain, Item, Topic, read, write};
use crate::realtime::close::Close;
use crate::realtime::frames;
use crate::realtime::multi::{Channel, Labels, Tag};
use crate::realtime::outbox::{Batch, Frame, FrameKind};

/// Members in one piece, between two of which other tasks have their turn.
const PIECE: usize = 128;
/// Bytes of joined frames.
const JOINED: usize = 64 * 1024;

#[derive(Debug)]
pub struct Pass {
    /// Of the topic.
    pub life: u64,
    /// The keys of the members, in parts that can be given it at the same time.
    pub parts: Vec<Range<u64>>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Facts for everyone, which change nothing about who listens to the stream.
    Plain(Plain),
    Fact(Arc<[Recorded]>, usize, Option<Frame>, Labels),
    /// And the number of the fact before it.
    Signal(Arc<Sent>, i64),
}

/// The numbers from `first` to `last`.
#[derive(Debug)]
struct Plain {
    first: i64,
    last: i64,
    batch: Batch,
    /// Of each frame.
    tags: Vec<Tag>,
    labels: Labels,
}

impl Pass {
    /// The next one of what waits, not divided yet.
    pub fn of(pending: &mut VecDeque<Item>, life: u64) -> Option<Self> {
        let mut plain = Gathered::default();
        while let Some(Item::Fact(facts, index)) = pending.front() {
            let Some(fact) = facts.get(*index).filter(|fact| is_plain(fact)) else {
                break;
            };
            if !plain.add(fact) {
                break;
            }
            pending.pop_front();
        }
        let what = match plain.done() {
            Some(plain) => What::Plain(plain),
            None => match pending.pop_front()? {
                Item::Fact(facts, index) => {
                    let frame = facts.get(index).and_then(framed);
                    What::Fact(facts, index, frame, Labels::default())
                }
                Item::Signal(signal, after) => What::Signal(signal, after),
            },
        };
        let parts = Vec::new();
        Some(Self { life, parts, what })
    }

    /// The number up to which everything has been delivered after this.
    pub fn last(&self) -> Option<i64> {
        match &self.what {
            What::Plain(plain) => Some(plain.last),
            What::Fact(facts, index, ..) => facts.get(*index).map(|fact| fact.seq),
            What::Signal(..) => None,
        }
    }
}

#[derive(Default)]
struct Gathered {
    frames: Vec<Frame>,
    tags: Vec<Tag>,
    bytes: usize,
    numbers: Option<(i64, i64)>,
}

impl Gathered {
    /// False: it is for the next pass.
    fn add(&mut self, fact: &Recorded) -> bool {
        if self.bytes >= JOINED {
            return false;
        }
        if let Some(frame) = framed(fact) {
            let bytes = self.bytes + frame.wire.len();
            if bytes > JOINED && !self.frames.is_empty() {
                // It is encoded once more then, once in 64 KiB.
                return false;
            }
            self.bytes = bytes;
            self.frames.push(frame);
            self.tags.push(Tag::of(fact));
        }
        let first = self.numbers.map_or(fact.seq, |(first, _)| first);
        self.numbers = Some((first, fact.seq));
        true
    }

    fn done(self) -> Option<Plain> {
        let (first, last) = self.numbers?;
        let ended = self.tags.iter().filter_map(|tag| tag.ended).collect();
        Some(Plain {
            first,
            last,
            batch: Batch::new(self.frames, ended),
            tags: self.tags,
            labels: Labels::default(),
        })
    }
}

fn is_plain(fact: &Recorded) -> bool {
    fact.audience == Audience::Everyone && ending(&fact.fact) == Ending::Nobody && !is_loss(&fact.fact)
}

fn is_loss(fact: &Fact) -> bool {
    matches!(fact, Fact::CredentialLost(_))
}

fn framed(fact: &Recorded) -> Option<Frame> {
    frames::event(fact).map(|bytes| Frame::new(FrameKind::Event(fact.seq), bytes))
}

impl Topic {
    /// Gives one piece of a part's members, from this key on, what they get; gives where the part goes on.
    pub(super) fn deliver(&self, pass: &Pass, from: u64) -> Option<u64> {
        let members = read(&self.members);
        if members.life != pass.life {
            return None;
        }
        let part = pass.parts.iter().find(|keys| keys.contains(&from))?;
        let (piece, next) = members.piece(from..part.end, PIECE);
        let evicted = give(pass, piece);
        members.passed(from, next);
        drop(members);
        if !evicted.is_empty() {
            let mut members = write(&self.members);
            evicted.into_iter().for_each(|key| members.remove(key));
        }
        next
    }
}

/// The keys of those who are no members any more.
fn give(pass: &Pass, members: &[Member]) -> Vec<u64> {
    let mut evicted = Vec::new();
    let mut signal = Encoded::default();
    for member in members {
        match &pass.what {
            What::Plain(plain) => give_plain(member, plain),
            What::Fact(facts, index, frame, labels) => {
                let fact = facts.get(*index);
                if fact.is_some_and(|fact| give_fact(member, fact, frame.as_ref(), labels)) {
                    evicted.push(member.key());
                }
            }
            What::Signal(sent, after) => give_signal(member, sent, *after, &mut signal),
        }
    }
    evicted
}

fn give_plain(member: &Member, plain: &Plain) {
    let Plain {
        first, last, batch, ..
    } = plain;
    match &member.to {
        Recipient::Full(connection) if member.from < *first => connection.outbox.push_all(batch),
        Recipient::Full(connection) if member.from < *last => {
            // It has read ahead in the log, into the middle of this.
            for frame in &batch.frames {
                if matches!(frame.kind, FrameKind::Event(seq) if seq > member.from) {
                    connection.outbox.push(frame.clone());
                }
            }
            for answer in &batch.ended {
                connection.outbox.ended(*answer);
            }
        }
        Recipient::Channels(channels) => channels.give_all(*first, batch, &plain.tags, &plain.labels),
        Recipient::Full(_) | Recipient::Control(_) => {}
    }
}

/// True: it is no member any more.
fn give_fact(member: &Member, fact: &Recorded, frame: Option<&Frame>, labels: &Labels) -> bool {
    let (connection, full) = match &member.to {
        Recipient::Full(connection) => (connection, true),
        Recipient::Control(connection) => (connection, false),
        // It stays a member for other channels, which may just be coming in.
        Recipient::Channels(channels) => {
            channels.give(fact, frame, labels);
            return false;
        }
    };
    if member.from >= fact.seq {
        return false;
    }
    if let Fact::CredentialLost(loss) = &fact.fact
        && connection.covered_by(*loss)
    {
        connection.close(Close::Unauthenticated, Drain::Nothing);
    }
    if full && fact.audience.includes(member.user) {
        if let Some(frame) = frame {
            connection.outbox.push(frame.clone());
        }
        if let Some(answer) = fact.fact.ended_answer() {
            connection.outbox.ended(answer);
        }
    }
    let ends = ending(&fact.fact).concerns(member.user);
    if ends {
        // The event itself went before; nothing after it will.
        connection.reached(fact.seq);
        connection.close(Close::NoAccess, Drain::Queued);
    }
    ends
}

fn give_signal(member: &Member, sent: &Sent, after: i64, encoded: &mut Encoded) {
    let (ahead, greeted, connection, channel) = match &member.to {
        Recipient::Full(connection) if connection.kind.takes_signals() => {
            let greeted = connection.greeted_with(sent.at);
            (member.from > after, greeted, connection, None)
        }
        Recipient::Channels(channels) => {
            let Some(by) = channels.way_of(sent) else { return };
            let connection = &channels.connection;
            (by.from > after, by.greeted, connection, Some(by.channel))
        }
        Recipient::Full(_) | Recipient::Control(_) => return,
    };
    if !sent.signal.audience().includes(member.user) {
        return;
    }
    // It has read ahead in the log, perhaps past the end of the answer. If that is still being written, it is shown whole.
    let kind = match &sent.signal {
        Signal::Answer { .. } if ahead => return,
        Signal::Delta { answer, .. } if ahead => {
            connection.outbox.shed(answer.message_id);
            return;
        }
        Signal::Delta { answer, offset, .. } => FrameKind::Delta {
            answer: answer.message_id,
            first: *offset == 0,
        },
        Signal::Typing { .. }
        | Signal::Presence { .. }
        | Signal::Read { .. }
        | Signal::DocumentProgress(_)
        | Signal::Task(_)
        | Signal::Answer { .. } => FrameKind::Ephemeral,
    };
    if let Some(masked) = face(sent, member.user, greeted) {
        let frame = encoded.get(masked, channel, || Frame::new(kind, frames::signal(sent, masked)));
        connection.outbox.push(frame);
    }
}

/// Whether the private part is hidden from this person; `None`: they are told nothing. `greeted`: their greeting was made later.
fn face(sent: &Sent, user: UserId, greeted: bool) -> Option<bool> {
    match &sent.signal {
        Signal::Typing { user_id, .. } if *user_id == user => None,
        Signal::Presence { .. } if greeted => None,
        Signal::Presence { private_to, .. } => Some(!Audience::private_to(*private_to).includes(user)),
        // Not of a bot's watchers.
        Signal::Task(_) => None,
        Signal::Typing { .. }
        | Signal::Read { .. }
        | Signal::DocumentProgress(_)
        | Signal::Answer { .. }
        | Signal::Delta { .. } => Some(false),
    }
}

/// A signal's two faces: with the private part, and without; and both as channels call them.
#[derive(Default)]
struct Encoded {
    faces: [Option<Frame>; 2],
    whole: [Option<Frame>; 2],
    /// Of the one session that the signal is about.
    session: Option<Frame>,
}

impl Encoded {
    fn get(&mut self, masked: bool, channel: Option<Channel>, encode: impl FnOnce() -> Frame) -> Frame {
        let face = self.faces[usize::from(masked)].get_or_insert_with(encode);
        let Some(channel) = channel else {
            return face.clone();
        };
        let labelled = if channel.is_whole() {
            &mut self.whole[usize::from(masked)]
        } else {
            &mut self.session
        };
        labelled.get_or_insert_with(|| face.labelled(channel)).clone()
    }
}
