//! One stream's live delivery on this node: how far it is, who listens from where. The rules that make replay and live one
//! sequence without gap, double or swap are all here; nothing in it waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::chat::MessageRole;
use domain::events::{Audience, Fact, Recorded, Signal, StreamId, ending};
use domain::ids::MessageId;
use tokio::sync::watch;

use super::close::Close;
use super::connection::Connection;
use super::frames;
use super::outbox::{Drain, Frame, FrameKind, lock};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// Receives what its person may see.
    Full,
    /// Only what ends the connection concerns it.
    Control,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    Joined,
    /// The topic is beyond that number (or the connection is closing): read on in the log, then ask again.
    Retry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Done,
    /// Numbers are missing before it: read the log from the position on.
    Hole,
}

#[derive(Debug)]
struct Member {
    connection: Arc<Connection>,
    membership: Membership,
    /// Everything up to this number it has had from the log.
    from: i64,
}

#[derive(Debug, Default)]
struct State {
    /// Everything up to this number was delivered. Unknown until somebody joins.
    position: Option<i64>,
    /// The highest number heard of: nobody may join below it while the position is unknown.
    announced: i64,
    /// Keys given out; the topic lives as long as there are any.
    seats: usize,
    members: HashMap<u64, Member>,
}

#[derive(Debug)]
pub struct Topic {
    pub stream: StreamId,
    state: Mutex<State>,
    moved: watch::Sender<Option<i64>>,
}

impl Topic {
    pub(super) fn new(stream: StreamId) -> Self {
        Self {
            stream,
            state: Mutex::default(),
            moved: watch::Sender::new(None),
        }
    }

    pub fn position(&self) -> Option<i64> {
        lock(&self.state).position
    }

    /// Follows the position.
    pub fn follow(&self) -> watch::Receiver<Option<i64>> {
        self.moved.subscribe()
    }

    /// Makes sure that nobody joins below this number; gives the position.
    pub fn announce(&self, seq: i64) -> Option<i64> {
        let mut state = lock(&self.state);
        state.announced = state.announced.max(seq);
        state.position
    }

    pub(super) fn sit(&self) {
        lock(&self.state).seats += 1;
    }

    /// True when nobody is left.
    pub(super) fn rise(&self, key: u64) -> bool {
        let mut state = lock(&self.state);
        state.members.remove(&key);
        state.seats = state.seats.saturating_sub(1);
        state.seats == 0
    }

    /// A connection that is closing never joins: when an epoch ends, all connections close first, then the topics are reset,
    /// so no number of the old life can become a position in the new one.
    ///
    /// `joined` is called before anything more is delivered.
    pub(super) fn join(
        &self,
        key: u64,
        connection: &Arc<Connection>,
        membership: Membership,
        seq: i64,
        joined: impl FnOnce(),
    ) -> Join {
        let mut state = lock(&self.state);
        if connection.is_closing() {
            return Join::Retry;
        }
        match state.position {
            Some(position) if position > seq => return Join::Retry,
            None if state.announced > seq => return Join::Retry,
            Some(_) => {}
            None => {
                state.position = Some(seq);
                self.moved.send_replace(Some(seq));
            }
        }
        let connection = connection.clone();
        state.members.insert(
            key,
            Member {
                connection,
                membership,
                from: seq,
            },
        );
        joined();
        Join::Joined
    }

    /// The number up to which this member has been given everything, and `then` before anything more is given.
    pub(super) fn at_position<R>(&self, key: u64, connection: &Connection, then: impl FnOnce(i64) -> R) -> R {
        let state = lock(&self.state);
        let seq = match (state.members.get(&key), state.position) {
            (Some(member), Some(position)) => position.max(member.from),
            (Some(member), None) => member.from,
            // Evicted, or not joined yet.
            (None, _) => connection.position(),
        };
        then(seq)
    }

    /// Delivers the next fact; skips one that was delivered.
    pub fn deliver(&self, fact: &Recorded) -> Taken {
        let mut state = lock(&self.state);
        state.announced = state.announced.max(fact.seq);
        let Some(position) = state.position else {
            return Taken::Done;
        };
        if fact.seq <= position {
            return Taken::Done;
        }
        if fact.seq > position + 1 {
            return Taken::Hole;
        }
        let ends = ending(&fact.fact);
        let loss = if let Fact::CredentialLost(loss) = &fact.fact {
            Some(*loss)
        } else {
            None
        };
        let mut frame: Option<Frame> = None;
        state.members.retain(|_, member| {
            let connection = &member.connection;
            if member.from >= fact.seq {
                return true;
            }
            if loss.is_some_and(|loss| connection.covered_by(loss)) {
                connection.close(Close::Unauthenticated, Drain::Nothing);
            }
            let seen = member.membership == Membership::Full && fact.audience.includes(connection.user_id);
            if seen {
                if frame.is_none() {
                    frame = frames::event(fact).map(|bytes| Frame::new(FrameKind::Event(fact.seq), bytes));
                }
                if let Some(frame) = &frame {
                    connection.outbox.push(frame.clone());
                }
                if let Some(answer) = ended_answer(&fact.fact) {
                    connection.outbox.ended(answer);
                }
            }
            if ends.concerns(connection.user_id) {
                // The event itself went before; nothing after it will.
                connection.reached(fact.seq);
                connection.close(Close::NoAccess, Drain::Queued);
                return false;
            }
            true
        });
        state.position = Some(fact.seq);
        self.moved.send_replace(Some(fact.seq));
        Taken::Done
    }

    /// Delivers a signal, if the facts that its sender had seen went before it.
    pub fn signal(&self, signal: &domain::events::Sent) -> Taken {
        let state = lock(&self.state);
        let Some(position) = state.position else {
            return Taken::Done;
        };
        if signal.seen > position {
            return Taken::Hole;
        }
        let mut encoded = Encoded::default();
        for member in state.members.values() {
            let connection = &member.connection;
            if member.membership != Membership::Full || !connection.kind.takes_signals() {
                continue;
            }
            let user = connection.user_id;
            if !signal.signal.audience().includes(user) {
                continue;
            }
            // It has read ahead in the log, perhaps past the end of the answer. If that is still being written, it is shown whole.
            let ahead = member.from > position;
            let kind = match &signal.signal {
                Signal::Answer { .. } if ahead => continue,
                Signal::Delta { answer, .. } if ahead => {
                    connection.outbox.shed(answer.message_id);
                    continue;
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
            let masked = match &signal.signal {
                Signal::Typing { user_id, .. } if *user_id == user => continue,
                Signal::Presence { .. } if connection.greeted_with(signal.at) => continue,
                Signal::Presence { private_to, .. } => !Audience::private_to(*private_to).includes(user),
                Signal::Typing { .. }
                | Signal::Read { .. }
                | Signal::DocumentProgress(_)
                | Signal::Answer { .. }
                | Signal::Delta { .. } => false,
            };
            let bytes = encoded.get(masked, || frames::signal(signal, masked));
            connection.outbox.push(Frame::new(kind, bytes));
        }
        Taken::Done
    }

    /// What lies next is no longer kept, or the numbers begin anew: whoever listens has to come back and be told so.
    pub fn break_up(&self) {
        for member in self.reset() {
            member.connection.close(Close::GoingAway, Drain::Queued);
        }
    }

    /// Forgets the position and the members; the seats stay.
    fn reset(&self) -> Vec<Member> {
        let mut state = lock(&self.state);
        state.position = None;
        state.announced = 0;
        self.moved.send_replace(None);
        state.members.drain().map(|(_, member)| member).collect()
    }
}

/// A signal's two faces: with the private part, and without.
#[derive(Default)]
struct Encoded {
    faces: [Option<Bytes>; 2],
}

impl Encoded {
    fn get(&mut self, masked: bool, encode: impl FnOnce() -> Bytes) -> Bytes {
        self.faces[usize::from(masked)].get_or_insert_with(encode).clone()
    }
}

/// The answer that this fact ends.
fn ended_answer(fact: &Fact) -> Option<MessageId> {
    match fact {
        Fact::MessagePosted(posted) => {
            (posted.message.role == MessageRole::Assistant).then_some(posted.message.id)
        }
        Fact::MessageUpdated(_)
        | Fact::MessageDeleted { .. }
        | Fact::SessionCreated(_)
        | Fact::SessionUpdated(_)
        | Fact::SessionDeleted { .. }
        | Fact::PermissionChanged(_)
        | Fact::BotChanged(_)
        | Fact::DocumentChanged(_)
        | Fact::Notified(_)
        | Fact::NotificationRead { .. }
        | Fact::CredentialLost(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
