//! Direct writes: a socket that has joined its topics gives the bare stream to its outbox, and whoever has a frame for it
//! writes. The queue's lock is held meanwhile, so frames never mix; no write waits.

use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;

use domain::ids::MessageId;
use domain::time::Timestamp;
use tokio::net::TcpStream;

use super::{Batch, Close, Closing, Drain, Frame, Outbox, State, lock};

/// Frames given to the system in one piece; Linux takes 1,024.
const GATHERED: usize = 64;

/// A stream that its connection's task reads and everybody writes to.
pub type Line = Arc<TcpStream>;

/// What is left after writing what waits.
#[derive(Debug)]
pub enum Drained {
    /// Nothing waits.
    All,
    /// The network takes no more for now.
    Blocked {
        /// A frame was completed before.
        progress: bool,
    },
    /// All is written, and of this answer pieces were shed.
    Missing(MessageId),
    /// Nothing but the close frame goes out any more.
    Closing(Closing),
}

impl Outbox {
    /// From now on whoever pushes writes. What waits yet goes first, by `drain`.
    pub fn connect(&self, line: Line) {
        lock(&self.state).line = Some(line);
    }

    /// Nobody writes any more; gives what is missing of a frame that was begun.
    pub fn disconnect(&self) -> Option<bytes::Bytes> {
        let mut state = lock(&self.state);
        state.line = None;
        let sent = state.sent;
        let begun = if sent > 0 { state.pop() } else { None };
        begun.map(|frame| frame.wire.slice(sent..))
    }

    /// Asks for a sign of life. Before what waits: a busy connection would never be asked, and be dropped for its silence.
    pub fn beat(&self) {
        let mut state = lock(&self.state);
        if state.closing.is_some() {
            return;
        }
        if state.line.is_none() {
            state.beat = true;
        } else {
            let ping = Frame::ping();
            match self.write_one(&mut state, &ping) {
                Some(false) => return,
                Some(true) => {}
                None => {
                    let place = usize::from(state.sent > 0);
                    state.frames.insert(place, ping);
                }
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Writes one frame if nothing waits before it. `None`: it has to be queued; otherwise whether the writer is needed.
    pub(super) fn write_one(&self, state: &mut State, frame: &Frame) -> Option<bool> {
        match self.write(state, &frame.wire)? {
            Written::All => Some(false),
            Written::Failed => Some(true),
            Written::Part(0) => None,
            Written::Part(sent) => {
                self.queue(state, frame.clone());
                state.sent = sent;
                Some(true)
            }
        }
    }

    /// The same for a batch; of one that is written in part, the frames that are not out are queued.
    pub(super) fn write_all(&self, state: &mut State, batch: &Batch) -> Option<bool> {
        if state.closing.is_some() || batch.frames.is_empty() {
            return Some(false);
        }
        match self.write(state, &batch.joined)? {
            Written::All => Some(false),
            Written::Failed => Some(true),
            Written::Part(mut sent) => {
                for frame in &batch.frames {
                    if state.frames.is_empty() && sent >= frame.wire.len() {
                        sent -= frame.wire.len();
                    } else if state.closing.is_none() {
                        self.queue(state, frame.clone());
                        if state.frames.len() == 1 {
                            state.sent = sent;
                        }
                    }
                }
                Some(true)
            }
        }
    }

    /// `None`: there is no line, or something waits. Nothing goes out at or after the credential's end, whenever the sweeper
    /// comes by.
    fn write(&self, state: &mut State, bytes: &[u8]) -> Option<Written> {
        if !state.frames.is_empty() {
            return None;
        }
        let line = state.line.as_ref()?;
        if self.expired(Timestamp::now()) {
            state.end(Close::Unauthenticated, Drain::Nothing);
            return Some(Written::Failed);
        }
        Some(match line.try_write(bytes) {
            Ok(sent) if sent == bytes.len() => Written::All,
            Ok(sent) => Written::Part(sent),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Written::Part(0),
            Err(_) => {
                state.sent = 0;
                state.end(Close::Lost, Drain::Nothing);
                Written::Failed
            }
        })
    }

    /// Writes what waits, as far as the network takes it. For the connection's task.
    pub fn drain(&self) -> Drained {
        let mut state = lock(&self.state);
        let at_once = state.closing.is_some_and(|closing| closing.at_once());
        if !at_once && self.expired(Timestamp::now()) {
            state.end(Close::Unauthenticated, Drain::Nothing);
        }
        let mut progress = false;
        while !state.frames.is_empty() {
            let Some(line) = &state.line else { break };
            match line.try_write_vectored(&state.gathered()) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Drained::Blocked { progress },
                Ok(0) | Err(_) => {
                    state.sent = 0;
                    return Drained::Closing(state.end(Close::Lost, Drain::Nothing));
                }
                Ok(written) => progress |= state.advance(written),
            }
        }
        match (state.closing, state.shed.first()) {
            (Some(closing), _) => Drained::Closing(closing),
            (None, Some(answer)) => Drained::Missing(*answer),
            (None, None) => Drained::All,
        }
    }
}

enum Written {
    All,
    /// So many bytes.
    Part(usize),
    /// The connection ends.
    Failed,
}

impl State {
    fn gathered(&self) -> Vec<IoSlice<'_>> {
        let frames = self.frames.iter().take(GATHERED).enumerate();
        let slices = frames.map(|(place, frame)| {
            let from = if place == 0 { self.sent } else { 0 };
            IoSlice::new(frame.wire.get(from..).unwrap_or_default())
        });
        slices.collect()
    }

    /// So many bytes went out; gives whether they completed a frame.
    fn advance(&mut self, mut written: usize) -> bool {
        let mut done = false;
        while let Some(first) = self.frames.front() {
            let left = first.wire.len() - self.sent;
            if written < left {
                self.sent += written;
                break;
            }
            written -= left;
            self.pop();
            done = true;
        }
        done
    }
}
