//! Background work, told to whoever watches tasks, over all bots that they may see. No bot is listened to for that: each change
//! is brought to whoever may read its bot at that moment, by the database, and only if this node has not delivered anything beyond
//! the number at which that was so. So nothing is told to somebody whose role has ended, and a new role counts at once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use domain::Result;
use domain::events::{Fact, Recorded, Sent, Signal, StreamId, TaskState};
use domain::ids::JobId;
use domain::time::Timestamp;
use tokio::sync::mpsc;

use super::Channel;
use super::filter::Filter;
use crate::realtime::Live;
use crate::realtime::connection::Connection;
use crate::realtime::frames;
use crate::realtime::outbox::{Frame, FrameKind, lock};

/// Changes that wait to be told; more are dropped, as nothing of this is kept.
const WAITING: usize = 1024;
/// How often a change is tried to be told on a bot where much happens.
const TRIES: usize = 100;

/// All who watch on this node, and the way to them.
#[derive(Debug)]
pub(in crate::realtime) struct Board {
    watchers: Mutex<Vec<Arc<Watcher>>>,
    changes: mpsc::Sender<Arc<Sent>>,
}

#[derive(Debug)]
struct Watcher {
    connection: Arc<Connection>,
    /// `None`: it does not watch any more.
    filter: Mutex<Option<Filter>>,
}

/// One socket's place among those who watch. Dropping it leaves them.
pub(super) struct Listener {
    board: Arc<Board>,
    watcher: Arc<Watcher>,
}

impl Board {
    /// What is to be told comes out of the other end, for `run`.
    pub fn new() -> (Arc<Self>, mpsc::Receiver<Arc<Sent>>) {
        let (changes, coming) = mpsc::channel(WAITING);
        let watchers = Mutex::default();
        (Arc::new(Self { watchers, changes }), coming)
    }

    /// Takes a signal that tells of a task. Never waits.
    pub fn offer(&self, sent: &Arc<Sent>) {
        if !lock(&self.watchers).is_empty() && self.changes.try_send(sent.clone()).is_err() {
            tracing::debug!("a change of a task was not told");
        }
    }
}

/// Tells what comes, in its order, until the node stops.
pub(in crate::realtime) async fn run(live: Arc<Live>, mut changes: mpsc::Receiver<Arc<Sent>>) {
    let mut told = Told::default();
    while let Some(Some(sent)) = live.stop.run_until_cancelled(changes.recv()).await {
        let task = match &sent.signal {
            Signal::Task(task) => Some(task.clone()),
            Signal::DocumentProgress(change) => TaskState::of(change),
            Signal::Typing { .. }
            | Signal::Presence { .. }
            | Signal::Read { .. }
            | Signal::Answer { .. }
            | Signal::Delta { .. } => None,
        };
        let Some(task) = task.filter(|task| told.is_news(task, sent.at)) else {
            continue;
        };
        if let Err(error) = live.tell_task(&sent, &task).await {
            tracing::debug!(%error, "a change of a task was not told");
        }
    }
}

/// When what was told last of each task was so. A step and the progress after it come by different ways, as do the progress on one
/// node and the end by another, and the later one may be the first here.
#[derive(Debug, Default)]
struct Told(HashMap<JobId, Timestamp>);

impl Told {
    fn is_news(&mut self, task: &TaskState, at: Timestamp) -> bool {
        if self.0.len() >= WAITING {
            self.0.clear();
        }
        let last = self.0.entry(task.task_id).or_insert(at);
        let news = *last <= at || !task.status.is_open();
        *last = at.max(*last);
        news
    }
}

impl Live {
    /// What facts of this node say of tasks, goes to all nodes.
    pub(in crate::realtime) fn signal_tasks(&self, facts: &[Recorded]) {
        for fact in facts {
            if let (Fact::DocumentChanged(change), StreamId::Bot(bot)) = (&fact.fact, fact.stream)
                && let Some(task) = TaskState::of(change)
            {
                self.bus.signal(Sent {
                    bot_id: bot,
                    seen: fact.seq,
                    at: fact.at,
                    signal: Signal::Task(task),
                });
            }
        }
    }

    async fn tell_task(&self, sent: &Sent, task: &TaskState) -> Result<()> {
        let text = frames::task_update(sent.bot_id, sent.at, task);
        let frame = Frame::new(FrameKind::Ephemeral, text).labelled(Channel::Tasks);
        // The seat comes before the question: what is published from then on is announced there.
        let seat = self.hub.seat(StreamId::Bot(sent.bot_id));
        for _ in 0..TRIES {
            let watchers = lock(&self.tasks.watchers).clone();
            let people: BTreeSet<_> = watchers
                .iter()
                .map(|watcher| watcher.connection.user_id)
                .collect();
            let people: Vec<_> = people.into_iter().collect();
            if people.is_empty() {
                return Ok(());
            }
            let (seq, readers) = self.events.readers(sent.bot_id, &people).await?;
            let readers: BTreeSet<_> = readers.into_iter().collect();
            let tell = || {
                let told = watchers
                    .iter()
                    .filter(|watcher| readers.contains(&watcher.connection.user_id));
                told.for_each(|watcher| watcher.tell(task, &frame));
            };
            if seat.topic().unless_beyond(seq, tell) {
                return Ok(());
            }
        }
        tracing::debug!("a change of a task was not told on a bot where too much happens");
        Ok(())
    }
}

impl Watcher {
    fn tell(&self, task: &TaskState, frame: &Frame) {
        // Held while it is pushed: after an answer to `unsubscribe`, nothing comes.
        let filter = lock(&self.filter);
        let wanted = filter.as_ref().is_some_and(|filter| {
            filter.passes("task_update") && filter.task.is_none_or(|only| only == task.task_id)
        });
        if wanted {
            self.connection.outbox.push(frame.clone());
        }
    }
}

impl Listener {
    /// `answer` goes out before anything is told.
    pub fn begin(live: &Live, connection: &Arc<Connection>, answer: impl FnOnce()) -> Self {
        let watcher = Arc::new(Watcher {
            connection: connection.clone(),
            filter: Mutex::new(Some(Filter::default())),
        });
        let board = live.tasks.clone();
        let mut watchers = lock(&board.watchers);
        answer();
        watchers.push(watcher.clone());
        drop(watchers);
        Self { board, watcher }
    }

    pub fn begin_again(&self, answer: impl FnOnce()) {
        self.narrow(Filter::default(), answer);
    }

    pub fn narrow(&self, filter: Filter, answer: impl FnOnce()) {
        let mut known = lock(&self.watcher.filter);
        *known = Some(filter);
        answer();
    }

    /// `answer` goes out after everything that is told.
    pub fn leave(self, answer: impl FnOnce()) {
        let mut filter = lock(&self.watcher.filter);
        *filter = None;
        answer();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        lock(&self.board.watchers).retain(|watcher| !Arc::ptr_eq(watcher, &self.watcher));
    }
}
