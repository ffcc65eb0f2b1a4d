//! The queue of one connection, and how the connection is told to end. Everything that reaches a client live passes here; a
//! replay does not.
//!
//! A socket that is up to date has a line: what comes is written to it at once by whoever brings it, and the queue holds only
//! what the network did not take. The bound: at half, ephemeral frames are dropped and counted; at full, all is thrown away and
//! the connection closes with 4008 (it resumes from the log). One frame may exceed the bound when nothing else waits.

mod line;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ids::MessageId;
use domain::time::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::close::Close;
pub use super::frame::{Batch, Frame, FrameKind};
pub use line::{Drained, Line};

/// How long what is queued may take to go out before a draining close cuts it off.
const DRAIN: Duration = Duration::from_secs(1);

/// A panic elsewhere leaves no half-made state behind in this module's short critical sections.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drain {
    /// What is queued goes out first, for a second at the most.
    Queued,
    /// What is queued is thrown away.
    Nothing,
}

#[derive(Debug, Clone, Copy)]
pub struct Closing {
    pub close: Close,
    drain: Drain,
    since: Instant,
}

impl Closing {
    /// Nothing that was meant to go out before may go out any more.
    pub fn at_once(&self) -> bool {
        self.drain == Drain::Nothing
    }
}

/// One part in so many of the queue is for channels that catch up beside live ones.
const CATCHING_UP: usize = 8;

/// Answers that one connection follows at once. With more of them, the oldest is shown whole again with its next piece.
const FOLLOWED: usize = 64;

/// What the writer does next.
#[derive(Debug)]
pub enum Next {
    Frame(Frame),
    /// A heartbeat is due.
    Beat,
    Closing(Closing),
    /// All is written, and of this answer pieces were shed.
    Missing(MessageId),
    Nothing,
}

#[derive(Debug, Clone, Copy)]
pub struct OutboxLimits {
    pub frames: usize,
    pub bytes: usize,
}

#[derive(Debug)]
pub struct Outbox {
    limits: OutboxLimits,
    /// Nothing goes over a line from this moment on (microseconds since 1970).
    expires: AtomicI64,
    state: Mutex<State>,
    /// One waiter: the connection's writer.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// Bytes of the first frame that are on their way already.
    sent: usize,
    line: Option<Line>,
    beat: bool,
    closing: Option<Closing>,
    dropped: u64,
    /// Answers of which pieces were shed; a handful at the most.
    shed: Vec<MessageId>,
    /// Answers of which everything so far has gone into the queue; a handful at the most.
    followed: Vec<MessageId>,
}

impl Outbox {
    pub fn new(limits: OutboxLimits) -> Self {
        Self {
            limits,
            expires: AtomicI64::new(i64::MAX),
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// When the credential behind the connection ends. Leeway 0.
    pub fn expire_at(&self, at: Timestamp) {
        self.expires.store(micros(at), Ordering::Relaxed);
    }

    pub fn expired(&self, now: Timestamp) -> bool {
        micros(now) >= self.expires.load(Ordering::Relaxed)
    }

    /// Never waits. After a close nothing is taken any more.
    pub fn push(&self, frame: Frame) {
        let mut state = lock(&self.state);
        if self.take(&mut state, frame) {
            drop(state);
            self.changed.notify_one();
        }
    }

    /// The same as pushing these frames one by one, with one write where they can go over the line.
    pub fn push_all(&self, batch: &Batch) {
        let mut state = lock(&self.state);
        let wake = match self.write_all(&mut state, batch) {
            Some(wake) => wake,
            None => {
                let mut wake = false;
                for frame in &batch.frames {
                    wake |= self.take(&mut state, frame.clone());
                }
                wake
            }
        };
        batch.ended.iter().for_each(|answer| state.ended(*answer));
        if wake {
            drop(state);
            self.changed.notify_one();
        }
    }

    /// True: the writer has something to do.
    fn take(&self, state: &mut State, frame: Frame) -> bool {
        if state.closing.is_some() {
            return false;
        }
        let (frames, bytes) = (state.frames.len() + 1, state.bytes + frame.bytes.len());
        let crowded = frames * 2 > self.limits.frames || bytes * 2 > self.limits.bytes;
        match frame.kind {
            FrameKind::Ephemeral if crowded => {
                state.dropped += 1;
                return false;
            }
            FrameKind::Delta { answer, first } => {
                let follows = first || state.followed.contains(&answer);
                if !follows || state.shed.contains(&answer) || crowded && !state.frames.is_empty() {
                    state.dropped += 1;
                    state.shed(answer);
                    // The writer may be idle, and is to show it whole.
                    return true;
                }
                state.follow(answer);
            }
            FrameKind::Event(_) | FrameKind::ReplayComplete | FrameKind::Direct | FrameKind::Ephemeral => {}
        }
        match self.write_one(state, &frame) {
            Some(wake) => wake,
            None => {
                self.queue(state, frame);
                true
            }
        }
    }

    fn queue(&self, state: &mut State, frame: Frame) {
        let (frames, bytes) = (state.frames.len() + 1, state.bytes + frame.bytes.len());
        if !state.frames.is_empty() && (frames > self.limits.frames || bytes > self.limits.bytes) {
            state.end(Close::TooSlow, Drain::Nothing);
        } else {
            state.bytes = bytes;
            state.frames.push_back(frame);
        }
    }

    /// The first close stands, but one that drains is overridden by one that does not: after a lost credential nothing more
    /// may go out, whatever else was ending the connection.
    pub fn close(&self, close: Close, drain: Drain) -> Closing {
        let mut state = lock(&self.state);
        match state.closing {
            Some(closing) if closing.drain == Drain::Nothing || drain == Drain::Queued => closing,
            Some(_) | None => {
                let closing = state.end(close, drain);
                drop(state);
                self.changed.notify_one();
                closing
            }
        }
    }

    /// Pieces of this answer are dropped until it is shown whole.
    pub fn shed(&self, answer: MessageId) {
        lock(&self.state).shed(answer);
        self.changed.notify_one();
    }

    /// The same, unless everything so far has gone into the queue.
    pub fn shed_unless_followed(&self, answer: MessageId) {
        let mut state = lock(&self.state);
        if !state.followed.contains(&answer) {
            state.shed(answer);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Pieces of this answer are taken again.
    pub fn unshed(&self, answer: MessageId) {
        lock(&self.state).shed.retain(|shed| *shed != answer);
    }

    /// The answer has ended: of what is under way yet, nothing is taken.
    pub fn ended(&self, answer: MessageId) {
        lock(&self.state).ended(answer);
    }

    /// What a connection without a line writes next.
    pub fn next(&self) -> Next {
        let mut state = lock(&self.state);
        // Before the frames: a busy connection would never be asked for a sign of life, and be dropped for its silence.
        if state.closing.is_none() && std::mem::take(&mut state.beat) {
            return Next::Beat;
        }
        if let Some(frame) = state.pop() {
            return Next::Frame(frame);
        }
        match (state.closing, state.shed.first()) {
            (Some(closing), _) => Next::Closing(closing),
            (None, Some(answer)) => Next::Missing(*answer),
            (None, None) => Next::Nothing,
        }
    }

    /// Waits until there is something to write, or the order to close. For the writer alone.
    ///
    /// It looks before it sleeps: `cut` may have used up the notice of a frame that came during a write.
    pub async fn wait(&self) {
        while self.is_idle() {
            self.changed.notified().await;
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        state.frames.is_empty() && state.closing.is_none() && !state.beat && state.shed.is_empty()
    }

    /// Ends when a write that is under way must be given up for a close. For the writer alone.
    pub async fn cut(&self) -> Closing {
        loop {
            match self.closing() {
                None => self.changed.notified().await,
                Some(closing) if closing.drain == Drain::Nothing => return closing,
                Some(closing) => {
                    // Woken earlier if a harder close comes.
                    let left = tokio::time::timeout_at(closing.since + DRAIN, self.changed.notified());
                    if left.await.is_err() {
                        return closing;
                    }
                }
            }
        }
    }

    /// Waits until the connection is told to end. For its one waiter alone.
    pub async fn told(&self) -> Closing {
        loop {
            if let Some(closing) = self.closing() {
                return closing;
            }
            self.changed.notified().await;
        }
    }

    /// Whether so little waits that more from the log may come in between: what is live has most of the queue for itself.
    pub fn has_room(&self) -> bool {
        let state = lock(&self.state);
        let full = state.frames.len() * CATCHING_UP > self.limits.frames
            || state.bytes * CATCHING_UP > self.limits.bytes;
        !full || state.closing.is_some()
    }

    pub fn closing(&self) -> Option<Closing> {
        lock(&self.state).closing
    }

    /// Frames and bytes that wait, and ephemeral frames that were dropped.
    pub fn depth(&self) -> (usize, usize, u64) {
        let state = lock(&self.state);
        (state.frames.len(), state.bytes, state.dropped)
    }
}

impl State {
    fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.bytes.len();
        self.sent = 0;
        if self.frames.is_empty() {
            // An idle connection keeps no buffer from its busiest hour.
            self.frames = VecDeque::new();
        }
        Some(frame)
    }

    fn shed(&mut self, answer: MessageId) {
        self.followed.retain(|followed| *followed != answer);
        if !self.shed.contains(&answer) {
            self.shed.push(answer);
        }
    }

    fn follow(&mut self, answer: MessageId) {
        if !self.followed.contains(&answer) {
            if self.followed.len() == FOLLOWED {
                self.followed.remove(0);
            }
            self.followed.push(answer);
        }
    }

    fn ended(&mut self, answer: MessageId) {
        self.followed.retain(|followed| *followed != answer);
        self.shed.retain(|shed| *shed != answer);
        if self.followed.is_empty() {
            self.followed = Vec::new();
        }
    }

    fn end(&mut self, close: Close, drain: Drain) -> Closing {
        if drain == Drain::Nothing {
            self.discard();
        }
        let closing = Closing {
            close,
            drain,
            since: Instant::now(),
        };
        self.closing = Some(closing);
        closing
    }

    /// Throws the queue away, but for a frame of which a part is on its way: the close frame cannot stand inside another.
    fn discard(&mut self) {
        let begun = if self.sent > 0 {
            self.frames.pop_front()
        } else {
            None
        };
        self.frames = begun.into_iter().collect();
        self.bytes = self.frames.iter().map(|frame| frame.bytes.len()).sum();
    }
}

fn micros(at: Timestamp) -> i64 {
    at.into_inner().timestamp_micros()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
