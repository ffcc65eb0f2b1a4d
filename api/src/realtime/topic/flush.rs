//! The delivery of what waits in a topic, pass after pass, until nothing waits.
//!
//! A pass over very many members takes milliseconds, and what comes meanwhile goes out joined by the next one: a write that
//! carries four facts costs little more than one that carries one. So a pass waits a little while others are just being
//! committed, and for nothing otherwise. And it goes out in parts, on all cores but one.

use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;
use std::time::Duration;

use infra::bus::Company;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Topic;
use super::pass::Pass;
use super::write;
use crate::realtime::outbox::lock;

/// Up to so many members a flush is done where it is due; beyond, in a task of its own.
const FEW: usize = 16;
/// Beyond so many members facts gather before a pass, and the pass goes out in parts.
const MANY: usize = 512;
/// The longest that they gather.
const GATHERING: Duration = Duration::from_millis(4);
/// A part has at least so many members.
const PART: usize = MANY / 2;
/// Parts at the same time. One core is left to everybody else: while a pass over 10,000 takes all of them, each step of a request
/// waits for a piece, and an answer takes 40 ms in place of 3.
static PARTS: LazyLock<usize> =
    LazyLock::new(|| available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1)));

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
        while let Some(pass) = self.next(1) {
            let mut place = Some(0);
            while let Some(from) = place {
                place = self.topic.deliver(&pass, from);
            }
            self.done(&pass);
        }
    }

    /// The same for very many, with room for other tasks after each piece.
    pub async fn run_in_pieces(mut self, company: watch::Sender<Company>) {
        let parts = if self.members > MANY {
            PARTS.min(self.members / PART)
        } else {
            1
        };
        loop {
            self.gather(&company).await;
            let Some(pass) = self.next(parts) else { return };
            let pass = Arc::new(pass);
            if !self.run_parts(&pass).await {
                return;
            }
            self.done(&pass);
        }
    }

    /// False: one was broken off.
    async fn run_parts(&self, pass: &Arc<Pass>) -> bool {
        let run = |from| run_part(self.topic.clone(), pass.clone(), from);
        if let [_] = pass.parts[..] {
            run(0).await;
            return true;
        }
        // The first as well: whoever has nothing to do takes one that waits, but not one that has begun.
        let mut parts: JoinSet<()> = pass.parts.iter().map(|keys| run(keys.start)).collect();
        while let Some(ended) = parts.join_next().await {
            if ended.is_err() {
                return false;
            }
        }
        true
    }

    /// What is brought together goes out together.
    async fn gather(&self, company: &watch::Sender<Company>) {
        let waits = !lock(&self.topic.order).pending.is_empty();
        if self.members > MANY && waits {
            let mut changes = company.subscribe();
            let alone = changes.wait_for(|company| *company == Company::None);
            if timeout(GATHERING, alone).await.is_err() {
                // Those who were expected had nothing to tell. The next pass does not wait for them again.
                company.send_replace(Company::None);
            }
        }
        tokio::task::yield_now().await;
    }

    /// Begins the next pass, in so many parts.
    pub(super) fn next(&mut self, parts: usize) -> Option<Pass> {
        let mut order = lock(&self.topic.order);
        let life = order.life;
        let mut pass = Pass::of(&mut order.pending, life);
        if let Some(pass) = &mut pass {
            pass.parts = write(&self.topic.members).split(parts, pass.last());
        }
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
            write(&self.topic.members).finish(seq);
        }
        drop(order);
        self.topic.moved.notify_waiters();
    }
}

async fn run_part(topic: Arc<Topic>, pass: Arc<Pass>, from: u64) {
    let mut place = Some(from);
    while let Some(from) = place {
        place = topic.deliver(&pass, from);
        tokio::task::yield_now().await;
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
