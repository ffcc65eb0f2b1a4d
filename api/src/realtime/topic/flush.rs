//! The delivery of what waits in a topic, pass after pass, until nothing waits.
//!
//! A pass over very many members takes milliseconds, and what comes meanwhile goes out joined by the next one: a write that
//! carries four facts costs little more than one that carries one. When facts come from several sides at once, each pass
//! therefore waits a little for those that are just being committed. A fact that is alone waits for nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pass::Pass;
use super::{Item, Topic};
use crate::realtime::outbox::lock;

/// Up to so many members a flush is done where it is due; beyond, in a task of its own.
const FEW: usize = 16;
/// Beyond so many members facts gather before a pass.
const MANY: usize = 512;
/// The longest that they do. They never do for longer than half of what the pass before has taken.
const GATHERING: Duration = Duration::from_millis(4);

/// The one delivery of a topic that is under way.
#[derive(Debug)]
pub struct Flush {
    pub(super) topic: Arc<Topic>,
    members: usize,
    ended: bool,
}

impl Flush {
    pub(super) fn new(topic: Arc<Topic>, members: usize) -> Self {
        Self {
            topic,
            members,
            ended: false,
        }
    }

    /// So little that it need not be a task of its own.
    pub fn is_short(&self) -> bool {
        self.members <= FEW
    }

    /// Delivers what waits without a pause.
    pub fn run(mut self) {
        while let Some(pass) = self.next() {
            let mut place = Some(0);
            while let Some(from) = place {
                place = self.topic.deliver(&pass, from);
            }
            self.done(&pass);
        }
    }

    /// The same for very many, with room for other tasks after each piece.
    pub async fn run_in_pieces(mut self) {
        loop {
            self.gather().await;
            let Some(pass) = self.next() else { return };
            let began = Instant::now();
            let mut place = Some(0);
            while let Some(from) = place {
                place = self.topic.deliver(&pass, from);
                tokio::task::yield_now().await;
            }
            self.done(&pass);
            self.learn(&pass, began.elapsed());
        }
    }

    /// What is brought together goes out together.
    async fn gather(&self) {
        let (gathering, waits) = {
            let order = lock(&self.topic.order);
            (order.gathering, !order.pending.is_empty())
        };
        if self.members > MANY && waits && !gathering.is_zero() {
            tokio::time::sleep(gathering).await;
        } else {
            tokio::task::yield_now().await;
        }
    }

    pub(super) fn next(&mut self) -> Option<Pass> {
        let mut order = lock(&self.topic.order);
        let life = order.life;
        let pass = Pass::of(&mut order.pending, life);
        if let (Some(seq), Some(progress)) = (pass.as_ref().and_then(Pass::last), &mut order.progress) {
            progress.begun = seq;
        }
        if pass.is_none() {
            // What comes from here on finds nobody delivering.
            order.flushing = false;
            order.pending.shrink_to(FEW);
            self.ended = true;
        }
        pass
    }

    pub(super) fn done(&self, pass: &Pass) {
        let mut order = lock(&self.topic.order);
        if order.life == pass.life
            && let (Some(seq), Some(progress)) = (pass.last(), &mut order.progress)
        {
            progress.done = seq;
            lock(&self.topic.members).finish(seq);
        }
        drop(order);
        self.topic.moved.notify_waiters();
    }

    /// How long the next pass waits for company, after this one that took so long.
    pub(super) fn learn(&self, pass: &Pass, took: Duration) {
        let mut order = lock(&self.topic.order);
        let waits = order.pending.iter().any(|item| matches!(item, Item::Fact(..)));
        let several = pass.facts() > 1 || waits;
        order.gathering = if several {
            GATHERING.min(took / 2)
        } else {
            Duration::ZERO
        };
    }
}

impl Drop for Flush {
    /// Broken off in the middle, by a panic or the end of the runtime: who was given what is not known any more.
    fn drop(&mut self) {
        if !self.ended {
            self.topic.dissolve(|order| order.flushing = false);
        }
    }
}
