//! A group of use cases that share one outer transaction, and the turn of one of them in it. Each runs in a savepoint of its
//! own: what fails is undone to there and harms no other. When a group ends, and what comes then, is `writer.rs`.
//!
//! Two rules keep a turn honest. A statement is refused when the turn is over (the use case took too long, and another one
//! has the connection), and when the state is in doubt: after a failure of the database, or a statement that was abandoned
//! half-way, SQLite may have ended the transaction by itself, and whatever ran next would be a transaction of its own.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Result;
use domain::events::Recorded;
use domain::time::Timestamp;
use futures_util::future::BoxFuture;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    Statement,
};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::error::{harmless, unavailable};

pub(super) type DbResult<T> = std::result::Result<T, DbErr>;

/// Where the savepoints of a group stand. Names alternate: a savepoint that could not be opened is not mistaken for the one
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Savepoint {
    /// None was opened yet.
    Fresh,
    /// The turn's savepoint is open.
    Open(&'static str),
    /// The turn is over and its changes stay.
    Keep(&'static str),
    /// The turn is over and its changes go.
    Undo(&'static str),
}

impl Savepoint {
    fn next_name(self) -> &'static str {
        match self {
            Self::Open("use_case_a") | Self::Keep("use_case_a") | Self::Undo("use_case_a") => "use_case_b",
            Self::Fresh | Self::Open(_) | Self::Keep(_) | Self::Undo(_) => "use_case_a",
        }
    }

    /// What has to run before anything else does. It fails if the savepoint is not there, which is the proof asked for.
    fn closing(self) -> String {
        match self {
            Self::Fresh => String::new(),
            Self::Open(name) | Self::Undo(name) => {
                format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}; ")
            }
            Self::Keep(name) => format!("RELEASE SAVEPOINT {name}; "),
        }
    }
}

/// The outer transaction, and whose turn it is.
pub(super) struct Outer {
    /// Gone when the group has ended; a use case that took too long may still hold its turn.
    pub db: Option<DatabaseTransaction>,
    turn: u64,
    savepoint: Savepoint,
    doubtful: bool,
}

impl Outer {
    pub fn new(db: DatabaseTransaction) -> Self {
        Self {
            db: Some(db),
            turn: 0,
            savepoint: Savepoint::Fresh,
            doubtful: false,
        }
    }

    /// Passes the turn on; the number tells its owner from all earlier ones.
    pub fn next_turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    /// Ends the present turn: no statement of it comes through any more. Gives whether its changes can be kept.
    pub fn end_turn(&mut self, keep: bool) -> bool {
        self.turn += 1;
        let kept = keep && !self.doubtful;
        if let Savepoint::Open(name) = self.savepoint {
            self.savepoint = if kept {
                Savepoint::Keep(name)
            } else {
                Savepoint::Undo(name)
            };
        }
        kept
    }

    pub fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// Closes the last savepoint, which is undone unless its turn was ended and kept. Succeeds only if the outer transaction is
    /// still there: then all that was kept in it is, too.
    pub async fn prove(&mut self) -> DbResult<()> {
        let closing = self.savepoint.closing();
        if !closing.is_empty() {
            let db = self.db()?;
            db.execute_raw(Statement::from_string(db.get_database_backend(), closing))
                .await?;
        }
        self.savepoint = Savepoint::Fresh;
        self.doubtful = false;
        Ok(())
    }

    /// Runs the last query of the group, with the last savepoint's closing before it, in one trip to the database.
    pub async fn finish(&mut self, sql: &str) -> DbResult<Option<QueryResult>> {
        let sql = format!("{}{sql}", self.savepoint.closing());
        let db = self.db()?;
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        self.savepoint = Savepoint::Fresh;
        Ok(row)
    }

    fn db(&self) -> DbResult<&DatabaseTransaction> {
        self.db.as_ref().ok_or(OVER)
    }

    /// Whether this turn's savepoint has still to be opened; what does that comes back, and is to be run now.
    fn opening(&mut self) -> Option<String> {
        if matches!(self.savepoint, Savepoint::Open(_)) {
            return None;
        }
        let name = self.savepoint.next_name();
        let opening = format!("{}SAVEPOINT {name}; ", self.savepoint.closing());
        // Already now: should it fail, `prove` finds out.
        self.savepoint = Savepoint::Open(name);
        Some(opening)
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
    backend: DbBackend,
    now: Timestamp,
    end: Option<oneshot::Sender<Outcome>>,
}

impl Turn {
    pub(super) fn new(
        outer: Arc<Mutex<Outer>>,
        number: u64,
        backend: DbBackend,
        now: Timestamp,
    ) -> (Self, oneshot::Receiver<Outcome>) {
        let (end, ended) = oneshot::channel();
        let turn = Self {
            outer,
            number,
            backend,
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

    /// The outer transaction, if this turn may still speak in it. It stays in doubt until `leave` tells what became of the
    /// statement.
    async fn enter(&self) -> DbResult<OwnedMutexGuard<Outer>> {
        let mut outer = self.outer.clone().lock_owned().await;
        if outer.turn != self.number || outer.doubtful {
            return Err(OVER);
        }
        outer.doubtful = true;
        Ok(outer)
    }

    /// As `enter`, with the savepoint open. What changes rows is not joined with the opening: it counts the rows it touched.
    async fn enter_open(&self) -> DbResult<OwnedMutexGuard<Outer>> {
        let mut outer = self.enter().await?;
        let Some(opening) = outer.opening() else {
            return Ok(outer);
        };
        let statement = Statement::from_string(self.backend, opening);
        shielded(async move {
            outer.db()?.execute_raw(statement).await?;
            Ok(outer)
        })
        .await
    }

    /// A query; what opens the savepoint goes out with a SELECT, and saves a trip to the database.
    async fn query<T: Send + 'static>(&self, mut statement: Statement, how: How<T>) -> DbResult<T> {
        let (outer, opened) = if statement.sql.starts_with("SELECT") {
            let mut outer = self.enter().await?;
            let opening = outer.opening();
            if let Some(opening) = &opening {
                statement.sql.insert_str(0, opening);
            }
            (outer, opening.is_some())
        } else {
            (self.enter_open().await?, false)
        };
        let running = async move {
            let result = how(outer.db()?, statement).await;
            leave(outer, opened, &result);
            result
        };
        if opened {
            shielded(running).await
        } else {
            running.await
        }
    }
}

/// A kind of query.
type How<T> = for<'a> fn(&'a DatabaseTransaction, Statement) -> BoxFuture<'a, DbResult<T>>;

/// Runs to its end even if the caller goes away. Trap: the driver stops between two statements of one trip when nobody listens
/// any more, and a savepoint that is half closed and half opened would cost the whole group.
async fn shielded<T: Send + 'static>(
    trip: impl Future<Output = DbResult<T>> + Send + 'static,
) -> DbResult<T> {
    tokio::spawn(trip).await.map_err(|_| OVER)?
}

/// `opened`: the savepoint was opened by the same trip, so after an error it may not be there.
fn leave<T>(mut outer: OwnedMutexGuard<Outer>, opened: bool, result: &DbResult<T>) {
    outer.doubtful = match result {
        Ok(_) => false,
        Err(error) => opened || !harmless(error),
    };
}

#[async_trait]
impl ConnectionTrait for Turn {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> DbResult<ExecResult> {
        let outer = self.enter_open().await?;
        let result = outer.db()?.execute_raw(statement).await;
        leave(outer, false, &result);
        result
    }

    async fn execute_unprepared(&self, sql: &str) -> DbResult<ExecResult> {
        let outer = self.enter_open().await?;
        let result = outer.db()?.execute_unprepared(sql).await;
        leave(outer, false, &result);
        result
    }

    async fn query_one_raw(&self, statement: Statement) -> DbResult<Option<QueryResult>> {
        self.query(statement, |db, statement| db.query_one_raw(statement))
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> DbResult<Vec<QueryResult>> {
        self.query(statement, |db, statement| db.query_all_raw(statement))
            .await
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
