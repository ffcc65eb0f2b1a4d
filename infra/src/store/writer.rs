//! Group commit: one task owns the writing connection, hands out turns in the order in which they were asked for, and commits
//! what came together with one sync. A turn's rules are in `group.rs`; what happens after a failure of the disk is in
//! `recovery.rs`.
//!
//! Order: what a group has recorded is with the bus before anybody is answered, and before the next group begins.

use std::sync::Arc;
use std::time::Duration;

use domain::Result;
use domain::events::Recorded;
use domain::time::Timestamp;
use sea_orm::{DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::error::{meaning, sound, unavailable};
use super::group::{DbResult, Done, Outcome, Outer, Turn};
use super::ledger::Ledger;
use super::recovery;
use crate::bus::Bus;

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

pub(super) struct Writer {
    pub db: DatabaseConnection,
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

    async fn close(self, done: oneshot::Sender<()>) {
        let closed = self.db.close_by_ref().await.map_err(meaning);
        if let Err(error) = closed {
            tracing::warn!(%error, "the database was not closed in order");
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
            Ok(group) => self.commit(group).await,
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

    async fn begin(&self) -> DbResult<Group> {
        // IMMEDIATE: a transaction that reads first and wants to write later fails as busy at once, whatever the time-out.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let db = self.db.begin_with_options(options).await?;
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
        let (turn, ended) = Turn::new(
            group.outer.clone(),
            number,
            self.db.get_database_backend(),
            self.latest,
        );
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
    async fn commit(&self, mut group: Group) -> std::result::Result<(), Failed> {
        let outer = group.outer.clone();
        let mut outer = outer.lock().await;
        if group.changes == 0 {
            // Nothing to keep; dropping is rolling back.
            outer.db = None;
            group.answer();
            return self
                .replace_if(group.suspect)
                .await
                .map_err(|error| Failed { group, error });
        }
        let commits = match self.commit_outer(&mut outer).await {
            Ok(commits) => commits,
            Err(error) => {
                outer.db = None;
                return Err(Failed { group, error });
            }
        };
        self.bus.publish(std::mem::take(&mut group.recorded));
        self.ledger.published(commits);
        group.answer();
        let suspect = group.suspect;
        self.replace_if(suspect)
            .await
            .map_err(|error| Failed { group, error })
    }

    async fn commit_outer(&self, outer: &mut Outer) -> DbResult<i64> {
        let row = outer.finish(COUNT).await?;
        let commits = match row {
            Some(row) => row.try_get("", "commits")?,
            None => return Err(DbErr::RecordNotFound("the installation's row".to_owned())),
        };
        let Some(db) = outer.db.take() else {
            return Err(DbErr::RecordNotFound("the outer transaction".to_owned()));
        };
        db.commit().await?;
        Ok(commits)
    }

    /// A connection whose disk was full a moment ago is exchanged for a fresh one.
    async fn replace_if(&self, suspect: bool) -> DbResult<()> {
        if suspect {
            recovery::replace(&self.db).await?;
        }
        Ok(())
    }

    /// Nobody is told a success. If what failed says nothing about the file, a fresh connection goes on at once; otherwise
    /// (true) nothing may be begun until the file was looked at.
    async fn fail(&self, failed: Failed) -> bool {
        let Failed { mut group, error } = failed;
        tracing::error!(%error, members = group.answers.len(), "a group of changes was not committed");
        group.outer.lock().await.db = None;
        for answer in group.answers.drain(..) {
            let _ = answer.send(Err(unavailable()));
        }
        !sound(&error) || recovery::replace(&self.db).await.is_err()
    }

    /// Reopens and checks until that succeeds; whoever asks meanwhile is turned away.
    async fn recover(&self, queue: &mut mpsc::Receiver<Request>) {
        self.available.send_replace(false);
        let mut pauses = recovery::pauses();
        while let Err(error) = recovery::reopen(&self.db).await {
            tracing::error!(%error, "the database cannot be written to");
            let again = Instant::now() + pauses();
            if !self.turn_away_until(again, queue).await {
                return;
            }
        }
        tracing::info!("the database was reopened and checked");
        self.available.send_replace(true);
    }

    /// False when there is nobody left to recover for.
    async fn turn_away_until(&self, again: Instant, queue: &mut mpsc::Receiver<Request>) -> bool {
        loop {
            match tokio::time::timeout_at(again, queue.recv()).await {
                Ok(Some(Request::Turn(asked))) => {
                    let _ = asked.send(Err(unavailable()));
                }
                Ok(Some(Request::Close(done))) => {
                    let _ = self.db.close_by_ref().await;
                    let _ = done.send(());
                    return false;
                }
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    }
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
        let doubtful = outer.is_doubtful();
        let kept = outer.end_turn(done.is_some());
        if let Some(done) = done {
            self.join(done, changed, kept);
        }
        if doubtful {
            self.suspect = true;
            // Now, so that a group that is gone takes no further members down with it.
            outer.prove().await?;
        }
        Ok(())
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
