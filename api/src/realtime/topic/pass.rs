//! What one pass over the members delivers, and to whom which part of it. A fact that ends a membership, and whatever is not
//! for everybody, is a pass of its own, so that nobody is given anything behind it by mistake.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use domain::events::{Audience, Ending, Fact, Recorded, Sent, Signal, ending};
use domain::ids::{MessageId, UserId};

use super::{Drain, Item, Member, Membership, Topic, read, write};
use crate::realtime::close::Close;
use crate::realtime::connection::Connection;
use crate::realtime::frames;
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
    /// Facts for everyone, which change nothing about who listens: from the first number to the last.
    Plain(Batch, i64, i64),
    Fact(Arc<[Recorded]>, usize, Option<Frame>),
    /// And the number of the fact before it.
    Signal(Arc<Sent>, i64),
}

impl Pass {
    /// The next one of what waits, not divided yet.
    pub fn of(pending: &mut VecDeque<Item>, life: u64) -> Option<Self> {
        let mut plain = Plain::default();
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
            Some(batch) => batch,
            None => match pending.pop_front()? {
                Item::Fact(facts, index) => {
                    let frame = facts.get(index).and_then(framed);
                    What::Fact(facts, index, frame)
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
            What::Plain(_, _, last) => Some(*last),
            What::Fact(facts, index, _) => facts.get(*index).map(|fact| fact.seq),
            What::Signal(..) => None,
        }
    }
}

#[derive(Default)]
struct Plain {
    frames: Vec<Frame>,
    ended: Vec<MessageId>,
    bytes: usize,
    numbers: Option<(i64, i64)>,
}

impl Plain {
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
        }
        self.ended.extend(fact.fact.ended_answer());
        let first = self.numbers.map_or(fact.seq, |(first, _)| first);
        self.numbers = Some((first, fact.seq));
        true
    }

    fn done(self) -> Option<What> {
        let (first, last) = self.numbers?;
        Some(What::Plain(Batch::new(self.frames, self.ended), first, last))
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
            What::Plain(batch, first, last) => give_batch(member, batch, *first, *last),
            What::Fact(facts, index, frame) => {
                let fact = facts.get(*index);
                if fact.is_some_and(|fact| give_fact(member, fact, frame.as_ref())) {
                    evicted.push(member.key());
                }
            }
            What::Signal(sent, after) => give_signal(member, sent, *after, &mut signal),
        }
    }
    evicted
}

fn give_batch(member: &Member, batch: &Batch, first: i64, last: i64) {
    match member.membership {
        Membership::Full if member.from < first => member.connection.outbox.push_all(batch),
        Membership::Full if member.from < last => {
            // It has read ahead in the log, into the middle of this.
            for frame in &batch.frames {
                if matches!(frame.kind, FrameKind::Event(seq) if seq > member.from) {
                    member.connection.outbox.push(frame.clone());
                }
            }
            for answer in &batch.ended {
                member.connection.outbox.ended(*answer);
            }
        }
        Membership::Full | Membership::Control => {}
    }
}

/// True: it is no member any more.
fn give_fact(member: &Member, fact: &Recorded, frame: Option<&Frame>) -> bool {
    if member.from >= fact.seq {
        return false;
    }
    let connection = &member.connection;
    if let Fact::CredentialLost(loss) = &fact.fact
        && connection.covered_by(*loss)
    {
        connection.close(Close::Unauthenticated, Drain::Nothing);
    }
    if member.membership == Membership::Full && fact.audience.includes(member.user) {
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
    let connection = &member.connection;
    let user = member.user;
    let addressed = member.membership == Membership::Full
        && connection.kind.takes_signals()
        && sent.signal.audience().includes(user);
    if !addressed {
        return;
    }
    // It has read ahead in the log, perhaps past the end of the answer. If that is still being written, it is shown whole.
    let ahead = member.from > after;
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
        | Signal::Answer { .. } => FrameKind::Ephemeral,
    };
    if let Some(masked) = face(sent, user, connection) {
        let frame = encoded.get(masked, || Frame::new(kind, frames::signal(sent, masked)));
        connection.outbox.push(frame);
    }
}

/// Whether the private part is hidden from this person; `None`: they are told nothing.
fn face(sent: &Sent, user: UserId, connection: &Connection) -> Option<bool> {
    match &sent.signal {
        Signal::Typing { user_id, .. } if *user_id == user => None,
        Signal::Presence { .. } if connection.greeted_with(sent.at) => None,
        Signal::Presence { private_to, .. } => Some(!Audience::private_to(*private_to).includes(user)),
        Signal::Typing { .. }
        | Signal::Read { .. }
        | Signal::DocumentProgress(_)
        | Signal::Answer { .. }
        | Signal::Delta { .. } => Some(false),
    }
}

/// A signal's two faces: with the private part, and without.
#[derive(Default)]
struct Encoded {
    faces: [Option<Frame>; 2],
}

impl Encoded {
    fn get(&mut self, masked: bool, encode: impl FnOnce() -> Frame) -> Frame {
        self.faces[usize::from(masked)].get_or_insert_with(encode).clone()
    }
}
