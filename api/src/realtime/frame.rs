//! One frame, encoded once and shared by all who get it, and several joined for one write. What stands in a frame is `frames`'
//! matter.

use bytes::{Bytes, BytesMut};
use domain::ids::MessageId;

use super::multi::Channel;

/// Bytes that a channel's name takes in a frame, at the most.
const LABEL: usize = 64;

#[derive(Debug, Clone)]
pub struct Frame {
    pub kind: FrameKind,
    /// The text alone, as an event stream tells it.
    pub bytes: Bytes,
    /// As it goes over a WebSocket.
    pub(super) wire: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A durable event with its number.
    Event(i64),
    ReplayComplete,
    /// The greeting, or the direct answer to a frame.
    Direct,
    /// Shed first.
    Ephemeral,
    /// A piece of an answer: shed like `Ephemeral`, and with it all further pieces until the queue has drained and the answer
    /// is shown whole. One that is not the first goes only to who had what comes before it.
    Delta {
        answer: MessageId,
        first: bool,
    },
}

impl Frame {
    pub fn new(kind: FrameKind, text: Bytes) -> Self {
        let wire = websocket::frame::text(&text);
        let bytes = wire.slice(websocket::frame::header_len(text.len())..);
        Self { kind, bytes, wire }
    }

    /// The same as it goes to a socket of many channels, which is told by which one it came.
    pub(super) fn labelled(&self, channel: Channel) -> Self {
        let mut text = BytesMut::with_capacity(self.bytes.len() + LABEL);
        // An object with something in it, as every frame is.
        text.extend_from_slice(self.bytes.strip_suffix(b"}").unwrap_or(&self.bytes));
        text.extend_from_slice(format!(",\"channel\":\"{channel}\"}}").as_bytes());
        Self::new(self.kind, text.freeze())
    }

    /// The server's sign of life.
    pub(super) fn ping() -> Self {
        Self::control(Bytes::from_static(websocket::frame::PING))
    }

    /// The answer to the peer's. Shed like everything that is out of date with the next one.
    pub(super) fn pong(payload: &[u8]) -> Self {
        Self::control(websocket::frame::pong(payload))
    }

    fn control(wire: Bytes) -> Self {
        Self {
            kind: FrameKind::Ephemeral,
            bytes: Bytes::new(),
            wire,
        }
    }
}

/// Frames that everybody on a topic gets in this order, with nothing in between.
#[derive(Debug, Clone)]
pub struct Batch {
    pub(super) frames: Vec<Frame>,
    pub(super) joined: Bytes,
    /// Answers that end with these frames.
    pub(super) ended: Vec<MessageId>,
}

impl Batch {
    pub fn new(frames: Vec<Frame>, ended: Vec<MessageId>) -> Self {
        let joined = match frames.as_slice() {
            [] => Bytes::new(),
            [single] => single.wire.clone(),
            several => {
                let mut joined = BytesMut::with_capacity(several.iter().map(|frame| frame.wire.len()).sum());
                several
                    .iter()
                    .for_each(|frame| joined.extend_from_slice(&frame.wire));
                joined.freeze()
            }
        };
        Self {
            frames,
            joined,
            ended,
        }
    }
}
