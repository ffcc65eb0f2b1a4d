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
    long: Semaphore,
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
            long: Semaphore::new(long),
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
        let _turn = timeout(self.patience, self.long.acquire())
            .await
            .map_err(|_| OVER)?
            .map_err(|_| OVER)?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || readers.with(|reader| how(reader, &statement)))
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
