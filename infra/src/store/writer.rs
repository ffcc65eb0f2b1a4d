//! Group commit: one task owns the writing connection, hands out turns in the order in which they were asked for, and commits
//! what came together with one sync. A turn's rules are in `group.rs`; what happens after a failure of the disk is in
//! `recovery.rs`.
//!
//! Order: what a group has recorded is with the bus before anybody is answered, and before the next group begins.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::Result;
use domain::events::Recorded;
use domain::time::Timestamp;
use sea_orm::{DbBackend, DbErr, Statement};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::error::{busy, meaning, sound, unavailable};
use super::group::{DbResult, Done, OVER, Outcome, Outer, Turn};
use super::ledger::Ledger;
use super::recovery;
use super::sqlite::{Habits, LOCKED, Sqlite};
use crate::bus::{Bus, Company};

/// … and until it holds so many changes.
const CHANGES: usize = 256;

/// What tells a database that was copied back from one that went on (`installation.rs`), and whether somebody else wrote
/// (`ledger.rs`).
const COUNT: &str = "UPDATE installation SET commits = commits + 1 WHERE id = 1 RETURNING commits";

/// What the writer is asked for.
pub(super) enum Request {
    Turn(oneshot::Sender<Result<Turn>>),
    /// Close the connection, and answer then.
    Close(oneshot::Sender<()>),
}

/// Immediate: a transaction that reads first and wants to write later fails as busy at once, whatever the time-out.
const BEGIN: &str = "BEGIN IMMEDIATE";

pub(super) struct Writer {
    pub path: PathBuf,
    /// The connection between two groups; gone when it failed.
    pub db: Option<Sqlite>,
    pub habits: Arc<Habits>,
    pub bus: Bus,
    pub ledger: Arc<Ledger>,
    /// Down while the database has to be reopened and checked.
    pub available: watch::Sender<bool>,
    /// Whoever waits joins a group for so long after it began, …
    pub join: Duration,
    /// The longest that one use case may keep the others from writing.
    pub longest_turn: Duration,
    /// The latest time that a use case was told.
    pub latest: Timestamp,
}

struct Group {
    outer: Arc<Mutex<Outer>>,
    began: Instant,
    changes: usize,
    recorded: Vec<Recorded>,
    answers: Vec<oneshot::Sender<Result<()>>>,
    /// The disk or the database refused something: this connection is not used again.
    suspect: bool,
}

/// What a commit has to tell.
struct Committed {
    /// The database's count of commits.
    count: i64,
    /// The log has grown so long that it is time to copy it into the file.
    long_log: bool,
}

/// Why a group cannot go on, or be committed.
struct Failed {
    group: Group,
    error: DbErr,
}

impl Writer {
    /// Serves until all stores are gone, or one of them closes.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        while let Some(request) = queue.recv().await {
            match request {
                Request::Turn(asked) => {
                    if let Some(close) = self.group(asked, &mut queue).await {
                        return self.close(close).await;
                    }
                }
                Request::Close(done) => return self.close(done).await,
            }
        }
    }

    /// The last connection that closes folds the log into the file.
    async fn close(self, done: oneshot::Sender<()>) {
        let db = self.db;
        let closing = aside(move || {
            drop(db);
            Ok(())
        });
        if closing.await.is_err() {
            tracing::warn!("the database was not closed in order");
        }
        let _ = done.send(());
    }

    /// One group, from the first use case to the commit and the answers. Gives a request to close that came meanwhile.
    async fn group(
        &mut self,
        first: oneshot::Sender<Result<Turn>>,
        queue: &mut mpsc::Receiver<Request>,
    ) -> Option<oneshot::Sender<()>> {
        if first.is_closed() {
            return None;
        }
        let mut group = match self.begin().await {
            Ok(group) => group,
            Err(error) => {
                let fatal = !sound(&error);
                let _ = first.send(Err(meaning(error)));
                if fatal {
                    self.recover(queue).await;
                }
                return None;
            }
        };
        let mut asked = first;
        let mut close = None;
        let ended = loop {
            group = match self.serve(group, asked).await {
                Ok(group) => group,
                Err(failed) => break Err(failed),
            };
            if group.changes >= CHANGES || group.began.elapsed() >= self.join {
                break Ok(group);
            }
            if queue.is_empty() {
                // Whose request has arrived and was not read yet comes along: its task runs before this one does again.
                tokio::task::yield_now().await;
            }
            asked = match queue.try_recv() {
                Ok(Request::Turn(asked)) => asked,
                Ok(Request::Close(done)) => {
                    close = Some(done);
                    break Ok(group);
                }
                Err(_) => break Ok(group),
            };
        };
        let ended = match ended {
            Ok(group) => self.commit(group, queue).await,
            Err(failed) => Err(failed),
        };
        if let Err(failed) = ended
            && self.fail(failed).await
            && close.is_none()
        {
            self.recover(queue).await;
        }
        close
    }

    async fn begin(&mut self) -> DbResult<Group> {
        let db = match self.db.take() {
            Some(db) => db,
            None => {
                let (path, habits) = (self.path.clone(), self.habits.clone());
                aside(move || Sqlite::writer(&path, habits)).await?
            }
        };
        db.patience(Duration::ZERO)?;
        let db = match db.step(BEGIN) {
            Ok(()) => db,
            // Another process writes. It is waited for, but not by a thread that others need.
            Err(error) if busy(&error) => {
                aside(move || {
                    db.patience(LOCKED)?;
                    db.step(BEGIN)?;
                    Ok(db)
                })
                .await?
            }
            Err(error) => return Err(error),
        };
        Ok(Group {
            outer: Arc::new(Mutex::new(Outer::new(db))),
            began: Instant::now(),
            changes: 0,
            recorded: Vec::new(),
            answers: Vec::new(),
            suspect: false,
        })
    }

    /// The turn of one use case, from its beginning to its end.
    async fn serve(
        &mut self,
        mut group: Group,
        asked: oneshot::Sender<Result<Turn>>,
    ) -> std::result::Result<Group, Failed> {
        let number = group.outer.lock().await.next_turn();
        // Read here, after BEGIN and after the turn before, so that times follow the order of commits; a clock that is put
        // back waits until it has caught up.
        self.latest = self.latest.max(Timestamp::now());
        let (turn, ended) = Turn::new(group.outer.clone(), number, self.habits.clone(), self.latest);
        // If nobody waits any more the turn comes back by being dropped.
        drop(asked.send(Ok(turn)));
        let outcome = match timeout(self.longest_turn, ended).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Abandoned,
            Err(_) => {
                tracing::error!("a use case took too long, and is undone");
                Outcome::Abandoned
            }
        };
        let proof = group.end_turn(outcome).await;
        match proof {
            Ok(()) => Ok(group),
            Err(error) => Err(Failed { group, error }),
        }
    }

    /// One sync for all, then the bus, then the answers.
    async fn commit(
        &mut self,
        mut group: Group,
        queue: &mpsc::Receiver<Request>,
    ) -> std::result::Result<(), Failed> {
        let db = group.outer.lock().await.db.take();
        let result = match db {
            Some(db) if group.changes == 0 => db.step("ROLLBACK").map(|()| (db, None)),
            Some(db) => {
                aside(move || {
                    let committed = commit(&db)?;
                    Ok((db, Some(committed)))
                })
                .await
            }
            None => Err(OVER),
        };
        let (mut db, committed) = match result {
            Ok(result) => result,
            Err(error) => return Err(Failed { group, error }),
        };
        if let Some(committed) = &committed {
            let company = if queue.is_empty() {
                Company::None
            } else {
                Company::Coming
            };
            self.bus.publish(std::mem::take(&mut group.recorded), company);
            self.ledger.published(committed.count);
        }
        group.answer();
        if committed.is_some_and(|committed| committed.long_log) {
            let copied = aside(move || db.checkpoint().map(|()| db)).await;
            db = match copied {
                Ok(db) => db,
                Err(error) => return Err(Failed { group, error }),
            };
        }
        // A connection whose disk was full a moment ago is exchanged for a fresh one.
        self.db = (!group.suspect).then_some(db);
        Ok(())
    }

    /// Nobody is told a success, and the connection goes. If what failed says nothing about the file, a fresh one goes on at
    /// once; otherwise (true) nothing may be begun until the file was looked at.
    async fn fail(&mut self, failed: Failed) -> bool {
        let Failed { mut group, error } = failed;
        tracing::error!(%error, members = group.answers.len(), "the database failed a group of changes");
        group.outer.lock().await.db = None;
        for answer in group.answers.drain(..) {
            let _ = answer.send(Err(unavailable()));
        }
        !sound(&error)
    }

    /// Reopens and checks until that succeeds; whoever asks meanwhile is turned away.
    async fn recover(&mut self, queue: &mut mpsc::Receiver<Request>) {
        self.available.send_replace(false);
        let mut pauses = recovery::pauses();
        loop {
            let (path, habits) = (self.path.clone(), self.habits.clone());
            let reopened = tokio::task::spawn_blocking(move || recovery::reopen(&path, habits)).await;
            match reopened {
                Ok(Ok(db)) => {
                    self.db = Some(db);
                    break;
                }
                Ok(Err(error)) => tracing::error!(%error, "the database cannot be written to"),
                Err(error) => tracing::error!(%error, "the database was not looked at"),
            }
            let again = Instant::now() + pauses();
            if !turn_away_until(again, queue).await {
                return;
            }
        }
        tracing::info!("the database was reopened and checked");
        self.available.send_replace(true);
    }
}

/// False when there is nobody left to recover for.
async fn turn_away_until(again: Instant, queue: &mut mpsc::Receiver<Request>) -> bool {
    loop {
        match tokio::time::timeout_at(again, queue.recv()).await {
            Ok(Some(Request::Turn(asked))) => {
                let _ = asked.send(Err(unavailable()));
            }
            Ok(Some(Request::Close(done))) => {
                let _ = done.send(());
                return false;
            }
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}

/// What may wait for the disk, or for another process.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> DbResult<T> + Send + 'static) -> DbResult<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| OVER)?
}

fn commit(db: &Sqlite) -> DbResult<Committed> {
    let row = db.one(&Statement::from_string(DbBackend::Sqlite, COUNT))?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the installation's row".to_owned()))?;
    Ok(Committed {
        count: row.try_get("", "commits")?,
        long_log: db.commit()?,
    })
}

impl Group {
    async fn end_turn(&mut self, outcome: Outcome) -> DbResult<()> {
        let outer = self.outer.clone();
        let mut outer = outer.lock().await;
        let (done, changed) = match outcome {
            Outcome::Abandoned => (None, false),
            Outcome::Done(done) => {
                let changed = done.changed;
                (Some(done), changed)
            }
        };
        self.suspect |= outer.is_doubtful();
        // At once, so that a group that is gone takes no further members down with it.
        let kept = outer.end_turn(done.is_some());
        if let Some(done) = done {
            self.join(done, changed, matches!(kept, Ok(true)));
        }
        kept.map(drop)
    }

    fn join(&mut self, done: Done, changed: bool, kept: bool) {
        let Done {
            changed: _,
            recorded,
            answer,
        } = done;
        if !kept {
            let _ = answer.send(Err(unavailable()));
            return;
        }
        if changed {
            self.changes += 1;
            self.recorded.extend(recorded);
        }
        // Also one that changed nothing waits: what it saw, and is about to tell, may not be on disk yet.
        self.answers.push(answer);
    }

    fn answer(&mut self) {
        for answer in self.answers.drain(..) {
            let _ = answer.send(Ok(()));
        }
    }
}
