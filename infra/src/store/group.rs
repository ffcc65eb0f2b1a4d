//! A group of use cases that share one outer transaction, and the turn of one of them in it. Each runs in a savepoint of its
//! own: what fails is undone to there and harms no other. When a group ends, and what comes then, is `writer.rs`.
//!
//! Two rules keep a turn honest. A statement is refused when the turn is over (the use case took too long, and another one
//! has the connection), and when the state is in doubt: after a failure of the database SQLite may have ended the transaction by
//! itself, and whatever ran next would be a transaction of its own. A statement that was begun goes to its end, whether or not
//! anybody still waits for it.

use std::sync::Arc;

use domain::Result;
use domain::events::Recorded;
use domain::time::Timestamp;
use sea_orm::{ConnAcquireErr, DbErr, Statement};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::error::{harmless, unavailable};
use super::sqlite::{Habits, Sqlite};

pub(super) type DbResult<T> = std::result::Result<T, DbErr>;

/// The outer transaction, and whose turn it is.
pub(super) struct Outer {
    /// Gone when the group has ended; a use case that took too long may still hold its turn.
    pub db: Option<Sqlite>,
    turn: u64,
    /// Whether the turn's savepoint is open: from its first change on.
    open: bool,
    doubtful: bool,
}

impl Outer {
    /// `db` is in a transaction.
    pub fn new(db: Sqlite) -> Self {
        Self {
            db: Some(db),
            turn: 0,
            open: false,
            doubtful: false,
        }
    }

    /// Passes the turn on; the number tells its owner from all earlier ones.
    pub fn next_turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    pub fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// Ends the present turn: no statement of it comes through any more. Gives whether its changes are kept.
    ///
    /// Fails when the outer transaction is not there any more, and with it what earlier turns had done.
    pub fn end_turn(&mut self, keep: bool) -> DbResult<bool> {
        self.turn += 1;
        let kept = keep && !self.doubtful;
        let opened = std::mem::take(&mut self.open);
        let db = self.db()?;
        if opened && !kept {
            db.step("ROLLBACK TO SAVEPOINT use_case")?;
        }
        if opened {
            db.step("RELEASE SAVEPOINT use_case")?;
        }
        if !db.in_transaction() {
            return Err(OVER);
        }
        self.doubtful = false;
        Ok(kept)
    }

    fn db(&self) -> DbResult<&Sqlite> {
        self.db.as_ref().ok_or(OVER)
    }

    fn run<T>(&mut self, statement: &Statement, how: How<T>) -> DbResult<T> {
        let opening = !self.open && !statement.sql.starts_with("SELECT");
        let db = self.db()?;
        let result = if opening {
            db.step("SAVEPOINT use_case")
        } else {
            Ok(())
        };
        let opened = opening && result.is_ok();
        let result = result.and_then(|()| how(db, statement));
        self.open |= opened;
        self.doubtful |= result.as_ref().is_err_and(|error| !harmless(error));
        result
    }
}

/// What a statement gets that comes too late: `Unavailable`, as everything that may be tried again.
pub(super) const OVER: DbErr = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);

/// How a turn ended.
pub(super) enum Outcome {
    /// Dropped, or given back by a caller who went away.
    Abandoned,
    Done(Done),
}

/// A use case that wants to be committed.
pub(super) struct Done {
    pub changed: bool,
    pub recorded: Vec<Recorded>,
    pub answer: oneshot::Sender<Result<()>>,
}

/// The turn of one use case. Dropping it undoes what the use case did.
pub(crate) struct Turn {
    outer: Arc<Mutex<Outer>>,
    number: u64,
    habits: Arc<Habits>,
    now: Timestamp,
    end: Option<oneshot::Sender<Outcome>>,
}

/// A kind of statement.
type How<T> = fn(&Sqlite, &Statement) -> DbResult<T>;

impl Turn {
    pub(super) fn new(
        outer: Arc<Mutex<Outer>>,
        number: u64,
        habits: Arc<Habits>,
        now: Timestamp,
    ) -> (Self, oneshot::Receiver<Outcome>) {
        let (end, ended) = oneshot::channel();
        let turn = Self {
            outer,
            number,
            habits,
            now,
            end: Some(end),
        };
        (turn, ended)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Joins the commit of the group, and returns when that is on disk. From the first poll on the caller may go away.
    pub(super) async fn commit(mut self, changed: bool, recorded: Vec<Recorded>) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let done = Outcome::Done(Done {
            changed,
            recorded,
            answer,
        });
        // Not taken: the writer gave up on this use case, or is gone.
        let sent = self.end.take().is_some_and(|end| end.send(done).is_ok());
        if !sent {
            return Err(unavailable());
        }
        answered.await.map_err(|_| unavailable())?
    }

    /// Runs a statement in the outer transaction, if this turn may still speak in it.
    pub(super) async fn run<T: Send + 'static>(&self, statement: Statement, how: How<T>) -> DbResult<T> {
        let mut outer = self.enter().await?;
        if !self.habits.takes_long(&statement.sql) {
            return outer.run(&statement, how);
        }
        tokio::task::spawn_blocking(move || outer.run(&statement, how))
            .await
            .map_err(|_| OVER)?
    }

    async fn enter(&self) -> DbResult<OwnedMutexGuard<Outer>> {
        let outer = self.outer.clone().lock_owned().await;
        if outer.turn != self.number || outer.doubtful {
            return Err(OVER);
        }
        Ok(outer)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            // The writer gave up on this use case already, or is gone.
            let _ = end.send(Outcome::Abandoned);
        }
    }
}
