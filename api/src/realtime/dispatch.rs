//! From the bus to the topics: one task hears, one compares with the database. Each stream is delivered strictly in order; who
//! takes a fact finds under the topic's lock whether it is the next one, so both tasks and `settle` may refill side by side.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::events::{Mark, Recorded, Sent, Signal, StreamId};
use domain::{Error, Result};
use infra::bus::{Company, Notice, Origin, Receiver};
use tokio::time::{sleep, timeout};

use super::Live;
use super::answers::Over;
use super::close::Close;
use super::topic::{Taken, Topic};
use crate::standing::watched;

/// Facts read from the log in one piece.
const PAGE: u64 = 500;
/// Every so many comparisons nothing is left out, whatever was committed by whom: a mistake of ours must not last.
const WHOLE: u32 = 10;
/// Between two comparisons while the bus is down.
const ALONE: Duration = Duration::from_millis(100);
/// What was committed so long ago, the bus has brought, or has lost.
pub(super) const UNDER_WAY: Duration = Duration::from_millis(100);
/// How long the database may take for one page or less. A server that is cut off says nothing for a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer waits for sockets to be closed.
const SETTLE: Duration = Duration::from_secs(1);

/// Hears the bus until the node stops. The bus is bounded and says when it lost something; then the comparison is due at once.
pub(super) async fn hear(live: Arc<Live>, mut receiver: Receiver) {
    loop {
        let notice = tokio::select! {
            () = live.stop.cancelled() => return,
            notice = receiver.recv() => notice,
        };
        match notice {
            Some(Notice::Facts(facts, company, origin)) => {
                live.take(&facts, company).await;
                if origin == Origin::Here {
                    live.signal_tasks(&facts);
                }
            }
            Some(Notice::Heads(heads)) => live.catch_up(&heads).await,
            Some(Notice::Signal(signal, from)) => {
                if from.is_none_or(|node| live.hear_signal(node, &signal)) {
                    live.pass(&signal).await;
                }
            }
            Some(Notice::Letter(node, letter)) => live.read_letter(node, &letter),
            Some(Notice::Missed) => {
                live.relay.lost();
                live.missed.notify_one();
                live.doubt_texts();
                live.show_everybody();
                live.reintroduce();
            }
            // Without a bus the comparison alone delivers, more slowly.
            None => return tracing::error!("the bus is gone"),
        }
    }
}

/// Compares every stream that is listened to, and the epoch, with the database: a silent bus shows no hole. So changes that
/// another process made (the command line) arrive as well.
pub(super) async fn compare(live: Arc<Live>) {
    let mut epochs = live.epoch.clone();
    let mut rounds = 0u32;
    loop {
        tokio::select! {
            () = live.stop.cancelled() => return,
            () = sleep(live.compare_after()) => {}
            () = live.missed.notified() => {}
        }
        rounds = rounds.wrapping_add(1);
        if rounds.is_multiple_of(WHOLE) {
            live.relay.lost();
        }
        if epochs.has_changed().unwrap_or(false) {
            let epoch = epochs.borrow_and_update().clone();
            live.end_epoch(epoch);
        }
        live.note_database(live.compare_once().await);
    }
}

impl Live {
    /// Without a bus the comparison alone tells of other nodes.
    fn compare_after(&self) -> Duration {
        if self.bus.is_up() {
            self.limits.compare_every
        } else {
            self.limits.compare_every.min(ALONE)
        }
    }

    async fn compare_once(&self) -> Result<()> {
        let epoch = self.relay.epoch().await?;
        self.end_epoch(epoch);
        let mut served = self.hub.served();
        if self.bus.node().is_some() && self.bus.is_up() {
            served = self.left_behind(served).await?;
        }
        self.relay.drain_once(&served).await.map(|_| ())
    }

    /// The streams that are behind the database, and not because the bus is just bringing what they miss: that comes in its order
    /// with signals.
    async fn left_behind(&self, mut served: Vec<(StreamId, i64)>) -> Result<Vec<(StreamId, i64)>> {
        let streams: Vec<_> = served.iter().map(|(stream, _)| *stream).collect();
        let heads: HashMap<_, _> = self.relay.heads(&streams).await?.into_iter().collect();
        let is_behind = |(stream, at): &(StreamId, i64)| heads.get(stream).is_some_and(|head| at < head);
        served.retain(is_behind);
        if !served.is_empty() {
            sleep(UNDER_WAY).await;
            served = self.hub.served().into_iter().filter(is_behind).collect();
        }
        Ok(served)
    }

    /// Logs once when the database goes and once when it is back. Another failure is of one stream, and no reason to leave
    /// the others alone.
    fn note_database(&self, done: Result<()>) {
        match done {
            Ok(()) => {
                if self.database_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("the database is back");
                }
            }
            Err(error @ Error::Unavailable { .. }) => {
                if !self.database_away.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "streams cannot be compared with the database");
                }
            }
            Err(error) => tracing::error!(%error, "a stream cannot be read"),
        }
    }

    /// All facts of a commit are taken in before any is delivered: what belongs together goes out together.
    async fn take(&self, facts: &Arc<[Recorded]>, company: Company) {
        let mut touched: Vec<Arc<Topic>> = Vec::new();
        for (index, fact) in facts.iter().enumerate() {
            self.heads.note(fact.stream, fact.seq);
            self.note_end(fact, Over::Told);
            let known = touched.iter().rev().find(|topic| topic.stream == fact.stream);
            let Some(topic) = known.cloned().or_else(|| self.hub.topic(fact.stream)) else {
                continue;
            };
            if topic.take(facts, index) == Taken::Hole {
                self.mend(&topic, fact.seq).await;
            }
            if !touched.iter().any(|known| Arc::ptr_eq(known, &topic)) {
                touched.push(topic);
            }
        }
        // Not before all is taken in: who waits for company goes on at this.
        self.company.send_replace(company);
        for topic in touched {
            self.flush(&topic);
            topic.relieved().await;
        }
    }

    /// Another node has committed: what somebody here listens to is read.
    async fn catch_up(&self, heads: &[(StreamId, i64)]) {
        for (stream, head) in heads {
            self.heads.note(*stream, *head);
            let Some(topic) = self.hub.topic(*stream) else {
                continue;
            };
            // A connection that is on its way in and has not joined must read the log up to here first.
            if topic.announce(*head).is_some_and(|position| position < *head) {
                self.mend(&topic, *head).await;
            }
        }
    }

    async fn pass(&self, signal: &Arc<Sent>) {
        match &signal.signal {
            Signal::Task(_) => return self.tasks.offer(signal),
            Signal::DocumentProgress(_) => self.tasks.offer(signal),
            Signal::Typing { .. }
            | Signal::Presence { .. }
            | Signal::Read { .. }
            | Signal::Answer { .. }
            | Signal::Delta { .. } => {}
        }
        let Some(topic) = self.hub.topic(StreamId::Bot(signal.bot_id)) else {
            return;
        };
        if topic.take_signal(signal) == Taken::Hole {
            self.mend(&topic, signal.seen).await;
            // Still a hole: the signal is lost, as signals may be. Passing it on could reach someone whose role has ended.
            topic.take_signal(signal);
        }
        self.flush(&topic);
        topic.relieved().await;
    }

    /// Has what a topic took in delivered: at once to few members, to many by a task that others need not wait for.
    fn flush(&self, topic: &Arc<Topic>) {
        match topic.flush() {
            None => {}
            Some(flush) if flush.is_short() => flush.run(),
            Some(flush) => {
                let delivery = Box::pin(flush.run_in_pieces(self.company.clone()));
                self.standing
                    .spawn(watched("delivery", self.stopping.clone(), delivery));
            }
        }
    }

    /// Reads a hole from the log. While the database is away nothing is tried here: every try would hold up all other streams,
    /// and the comparison makes good for it.
    async fn mend(&self, topic: &Arc<Topic>, head: i64) {
        if self.database_away.load(Ordering::Relaxed) {
            return self.relay.lost();
        }
        let done = self.refill(topic, head).await;
        if done.is_err() {
            self.relay.lost();
            self.note_database(done);
        }
    }

    /// Delivers what the log has beyond the topic's position, up to this number. What comes after it is on its way, and so are
    /// signals that go before it.
    pub(super) async fn refill(&self, topic: &Arc<Topic>, head: i64) -> Result<()> {
        loop {
            let Some(after) = topic.position() else {
                return Ok(());
            };
            let facts: Arc<[Recorded]> = self.page(topic.stream, after).await?.into();
            let more = facts.len() as u64 == PAGE && facts.last().is_some_and(|last| last.seq < head);
            for (index, fact) in facts.iter().enumerate() {
                if fact.seq > head {
                    break;
                }
                self.note_end(fact, Over::Told);
                if topic.take(&facts, index) == Taken::Hole {
                    tracing::warn!(stream = ?topic.stream, after, "the log is no longer kept from here on");
                    topic.break_up();
                    return Ok(());
                }
            }
            self.flush(topic);
            topic.relieved().await;
            if !more {
                return Ok(());
            }
        }
    }

    async fn page(&self, stream: StreamId, after: i64) -> Result<Vec<Recorded>> {
        let away = Error::Unavailable {
            retry_after: PATIENCE,
        };
        let page = timeout(PATIENCE, self.events.log(stream, after, PAGE));
        page.await.unwrap_or(Err(away))
    }

    /// Waits until this node has delivered a stream up to a number, and the connections that this closed send nothing more; for
    /// a second at the most. Returns at once if nobody here listens.
    pub async fn settle(&self, mark: Mark) {
        if timeout(SETTLE, self.settled(mark)).await.is_err() {
            tracing::warn!(stream = ?mark.stream, seq = mark.seq, "an answer did not wait for its event any longer");
        }
    }

    async fn settled(&self, mark: Mark) {
        let Some(topic) = self.hub.topic(mark.stream) else {
            return;
        };
        // A connection that is on its way in and has not joined must read the log up to here first.
        if topic
            .announce(mark.seq)
            .is_some_and(|position| position < mark.seq)
        {
            self.mend(&topic, mark.seq).await;
        }
        topic.reach(mark.seq).await;
        drop(topic);
        let StreamId::User(user) = mark.stream else { return };
        for connection in self.hub.of_user(user) {
            let lost = connection
                .outbox
                .closing()
                .is_some_and(|closing| closing.close == Close::Unauthenticated);
            if lost {
                connection.left().await;
            }
        }
    }
}
