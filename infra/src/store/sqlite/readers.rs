//! Connections for single statements that read. One is taken for as long as a statement runs, so there are never more than there
//! are threads that run some; each statement sees a state of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::Statement;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Habits, Sqlite};
use crate::store::group::{DbResult, OVER};

pub(in crate::store) struct Readers {
    path: PathBuf,
    habits: Arc<Habits>,
    /// How many statements that take long may run at once, …
    long: Arc<Semaphore>,
    /// … and for how long the next one waits for its turn.
    patience: Duration,
    /// Those that rest; gone when the store was closed.
    resting: Mutex<Option<Vec<Sqlite>>>,
}

impl Readers {
    pub fn new(path: PathBuf, habits: Arc<Habits>, long: usize, patience: Duration) -> Self {
        Self {
            path,
            habits,
            long: Arc::new(Semaphore::new(long)),
            patience,
            resting: Mutex::new(Some(Vec::new())),
        }
    }

    /// Runs one statement.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        statement: Statement,
        how: fn(&Sqlite, &Statement) -> DbResult<T>,
    ) -> DbResult<T> {
        if !self.habits.takes_long(&statement.sql) {
            return self.with(|reader| how(reader, &statement));
        }
        let place = timeout(self.patience, self.long.clone().acquire_owned())
            .await
            .map_err(|_| OVER)?
            .map_err(|_| OVER)?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || {
            // The statement's, not the caller's: whoever goes away does not end what they have begun.
            let _place = place;
            readers.with(|reader| how(reader, &statement))
        })
        .await
        .map_err(|_| OVER)?
    }

    pub fn close(&self) {
        *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with<T>(&self, run: impl FnOnce(&Sqlite) -> DbResult<T>) -> DbResult<T> {
        let rested = self
            .resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
            .ok_or(OVER)?
            .pop();
        let reader = match rested {
            Some(reader) => reader,
            None => Sqlite::reader(&self.path, self.habits.clone())?,
        };
        let result = run(&reader);
        // One that failed is not used again: what it failed of may have been the connection.
        if result.is_ok()
            && let Some(resting) = self
                .resting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .as_mut()
        {
            resting.push(reader);
        }
        result
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures_util::FutureExt;
    use sea_orm::DbBackend;

    use super::*;

    /// A second's work or so.
    const LONG: &str = "SELECT COUNT(*) AS count FROM (WITH RECURSIVE n (i) AS (
        SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT i FROM n) AS numbers";

    #[tokio::test]
    async fn who_goes_away_leaves_no_place_free_while_the_statement_runs() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("some.db");
        let habits = Arc::<Habits>::default();
        drop(Sqlite::writer(&path, habits.clone()).unwrap());
        habits.took(LONG, i32::MAX);
        let readers = Arc::new(Readers::new(path, habits, 1, Duration::from_millis(10)));
        let long = || Statement::from_string(DbBackend::Sqlite, LONG);
        assert!(readers.run(long(), Sqlite::one).now_or_never().is_none());
        assert!(readers.run(long(), Sqlite::one).await.is_err());
    }
}
