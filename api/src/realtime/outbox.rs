//! The queue of one connection, and how the connection is told to end. Everything that reaches a client live passes here; a
//! replay does not.
//!
//! The bound: at half, ephemeral frames are dropped and counted; at full, all is thrown away and the connection closes with
//! 4008 (it resumes from the log). One frame may exceed the bound when nothing else waits.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::close::Close;

/// How long what is queued may take to go out before a draining close cuts it off.
const DRAIN: Duration = Duration::from_secs(1);

/// A panic elsewhere leaves no half-made state behind in this module's short critical sections.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One frame, encoded once and shared by all who get it.
#[derive(Debug, Clone)]
pub struct Frame {
    pub kind: FrameKind,
    pub bytes: Bytes,
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
}

impl Frame {
    pub fn new(kind: FrameKind, bytes: Bytes) -> Self {
        Self { kind, bytes }
    }
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

/// What the writer does next.
#[derive(Debug)]
pub enum Next {
    Frame(Frame),
    /// A heartbeat is due.
    Beat,
    Closing(Closing),
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
    state: Mutex<State>,
    /// One waiter: the connection's writer.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    bytes: usize,
    beat: bool,
    closing: Option<Closing>,
    dropped: u64,
}

impl Outbox {
    pub fn new(limits: OutboxLimits) -> Self {
        Self {
            limits,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Never waits. After a close nothing is taken any more.
    pub fn push(&self, frame: Frame) {
        let mut state = lock(&self.state);
        if state.closing.is_some() {
            return;
        }
        let (frames, bytes) = (state.frames.len() + 1, state.bytes + frame.bytes.len());
        let ephemeral = frame.kind == FrameKind::Ephemeral;
        if ephemeral && (frames * 2 > self.limits.frames || bytes * 2 > self.limits.bytes) {
            state.dropped += 1;
            return;
        }
        if !state.frames.is_empty() && (frames > self.limits.frames || bytes > self.limits.bytes) {
            state.end(Close::TooSlow, Drain::Nothing);
        } else {
            state.bytes = bytes;
            state.frames.push_back(frame);
        }
        drop(state);
        self.changed.notify_one();
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

    pub fn beat(&self) {
        lock(&self.state).beat = true;
        self.changed.notify_one();
    }

    pub fn next(&self) -> Next {
        let mut state = lock(&self.state);
        // Before the frames: a busy connection would never be asked for a sign of life, and be dropped for its silence.
        if state.closing.is_none() && std::mem::take(&mut state.beat) {
            return Next::Beat;
        }
        if let Some(frame) = state.frames.pop_front() {
            state.bytes -= frame.bytes.len();
            if state.frames.is_empty() {
                // An idle connection keeps no buffer from its busiest hour.
                state.frames = VecDeque::new();
            }
            return Next::Frame(frame);
        }
        state.closing.map_or(Next::Nothing, Next::Closing)
    }

    /// Waits until `next` has something. For the writer alone.
    ///
    /// It looks before it sleeps: `cut` may have used up the notice of a frame that came during a write.
    pub async fn wait(&self) {
        while self.is_idle() {
            self.changed.notified().await;
        }
    }

    fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        state.frames.is_empty() && state.closing.is_none() && !state.beat
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
    fn end(&mut self, close: Close, drain: Drain) -> Closing {
        if drain == Drain::Nothing {
            self.frames = VecDeque::new();
            self.bytes = 0;
        }
        let closing = Closing {
            close,
            drain,
            since: Instant::now(),
        };
        self.closing = Some(closing);
        closing
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(OutboxLimits {
            frames: 8,
            bytes: 100,
        })
    }

    fn event(seq: i64, length: usize) -> Frame {
        Frame::new(FrameKind::Event(seq), vec![b'x'; length].into())
    }

    fn closed(outbox: &Outbox) -> Option<Close> {
        outbox.closing().map(|closing| closing.close)
    }

    #[test]
    fn at_half_ephemeral_frames_are_dropped_and_events_are_not() {
        let outbox = outbox();
        for _ in 0..6 {
            outbox.push(Frame::new(FrameKind::Ephemeral, Bytes::from_static(b"t")));
        }
        assert_eq!(outbox.depth(), (4, 4, 2));
        outbox.push(event(1, 1));
        assert_eq!(outbox.depth(), (5, 5, 2));
    }

    #[test]
    fn the_bound_holds_at_the_value_and_breaks_one_above() {
        let outbox = outbox();
        (1..=8).for_each(|seq| outbox.push(event(seq, 1)));
        assert_eq!((outbox.depth().0, closed(&outbox)), (8, None));
        outbox.push(event(9, 1));
        assert_eq!((outbox.depth().0, closed(&outbox)), (0, Some(Close::TooSlow)));
        let outbox = self::outbox();
        outbox.push(event(1, 50));
        outbox.push(event(2, 50));
        assert_eq!(closed(&outbox), None);
        outbox.push(event(3, 1));
        assert_eq!(closed(&outbox), Some(Close::TooSlow));
    }

    #[test]
    fn one_frame_may_exceed_an_empty_queue() {
        let outbox = outbox();
        outbox.push(event(1, 500));
        assert_eq!(closed(&outbox), None);
        assert!(matches!(outbox.next(), Next::Frame(_)));
    }

    #[test]
    fn a_draining_close_gives_out_what_is_queued_and_takes_nothing_more() {
        let outbox = outbox();
        outbox.push(event(1, 1));
        outbox.close(Close::NoAccess, Drain::Queued);
        outbox.push(event(2, 1));
        assert!(matches!(
            outbox.next(),
            Next::Frame(Frame {
                kind: FrameKind::Event(1),
                ..
            })
        ));
        assert!(matches!(outbox.next(), Next::Closing(closing) if closing.close == Close::NoAccess));
    }

    #[tokio::test]
    async fn a_frame_that_came_during_a_write_is_not_slept_over() {
        let outbox = outbox();
        outbox.push(event(1, 1));
        // A write that ends while the queue is watched for a close: the watch takes the notice.
        tokio::select! {
            biased;
            _ = outbox.cut() => panic!("nobody closes"),
            () = tokio::task::yield_now() => {}
        }
        tokio::time::timeout(Duration::from_secs(5), outbox.wait())
            .await
            .unwrap();
        assert!(matches!(outbox.next(), Next::Frame(_)));
    }

    #[test]
    fn a_lost_credential_overrides_a_draining_close() {
        let outbox = outbox();
        outbox.push(event(1, 1));
        outbox.close(Close::NoAccess, Drain::Queued);
        outbox.close(Close::Unauthenticated, Drain::Nothing);
        outbox.close(Close::GoingAway, Drain::Nothing);
        assert!(matches!(outbox.next(), Next::Closing(closing) if closing.close == Close::Unauthenticated));
    }
}
