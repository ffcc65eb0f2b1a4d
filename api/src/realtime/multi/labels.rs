//! What channels need to know of the facts of a pass, and its frames as channels call them: made when the first channel asks, and
//! shared by all. Where no such socket listens, nothing is made.

use std::sync::OnceLock;

use domain::events::{Fact, Recorded};
use domain::ids::{MessageId, SessionId};

use super::Channel;
use crate::realtime::outbox::{Batch, Frame};

#[derive(Debug)]
pub struct Tag {
    pub seq: i64,
    pub name: &'static str,
    pub session: Option<SessionId>,
    /// The answer that ends with it.
    pub ended: Option<MessageId>,
    /// The session is gone with it.
    pub deleted: bool,
}

impl Tag {
    pub fn of(recorded: &Recorded) -> Self {
        Self {
            seq: recorded.seq,
            name: recorded.fact.name(),
            session: recorded.fact.session_id(),
            ended: recorded.fact.ended_answer(),
            deleted: matches!(recorded.fact, Fact::SessionDeleted { .. }),
        }
    }
}

#[derive(Debug, Default)]
pub struct Labels {
    /// As the one channel calls them that carries all of the stream.
    whole: OnceLock<Batch>,
    /// Each as its session calls it.
    sessions: OnceLock<Box<[OnceLock<Frame>]>>,
}

impl Labels {
    /// All of them. Which answers end with them is the caller's matter.
    pub fn whole(&self, channel: Channel, frames: &[Frame]) -> &Batch {
        self.whole.get_or_init(|| {
            let frames = frames.iter().map(|frame| frame.labelled(channel));
            Batch::new(frames.collect(), Vec::new())
        })
    }

    /// One of them, for a channel that carries all of the stream or is of that frame's session.
    pub fn one(&self, channel: Channel, frames: &[Frame], index: usize) -> Option<Frame> {
        if channel.is_whole() {
            return self.whole(channel, frames).frames.get(index).cloned();
        }
        let sessions = self
            .sessions
            .get_or_init(|| frames.iter().map(|_| OnceLock::new()).collect());
        let frame = sessions.get(index)?;
        Some(frame.get_or_init(|| frames[index].labelled(channel)).clone())
    }
}
