//! The storage port. A use case begins a transaction, checks, changes and records within it, and commits; that is all the
//! domain knows of storage. It is a trait to keep the database out of this crate, not to have a second one.
//!
//! Traps: one transaction per use case, passed down, never opened inside a function that was given one; no network call, no
//! hashing and no file transfer while it is open (on SQLite it is the only writer).

use std::time::Duration;

use async_trait::async_trait;

use crate::access::AccessRows;
use crate::account::AccountRows;
use crate::audit::AuditRows;
use crate::bot::{BotRows, ProviderRows};
use crate::chat::{AnswerRows, ChatRows};
use crate::document::{DocumentRows, JobRows};
use crate::error::{Error, Result};
use crate::events::EventRows;
use crate::idempotency::IdempotencyRows;
use crate::notification::NotificationRows;
use crate::task::TaskRows;
use crate::tenant::TenantRows;
use crate::time::Timestamp;

/// How often a use case is tried before its caller is sent away.
const ATTEMPTS: usize = 5;

/// What a caller is told to wait then.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Runs a whole use case, and runs it anew when the database undid it in favour of another one. There is no pause in between:
/// who was undone waits for the other one's locks at its next attempt. Everything from `begin` to `commit` belongs inside,
/// and nothing that must not happen twice.
pub(crate) async fn again<T, F>(mut use_case: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for _ in 0..ATTEMPTS {
        match use_case().await {
            Err(Error::Overtaken) => {}
            ended => return ended,
        }
    }
    Err(Error::Unavailable {
        retry_after: RETRY_AFTER,
    })
}

#[async_trait]
pub trait Store: Send + Sync {
    /// For use cases that may write. Whoever answers with a success ends with `commit`, also when nothing was changed: what was
    /// read here may be another use case's that is not on disk yet.
    async fn begin(&self) -> Result<Box<dyn Tx>>;
    /// For use cases that only read: one consistent state, and no waiting for writers.
    async fn read(&self) -> Result<Box<dyn Tx>>;
    /// For use cases that read with one statement: no transaction around it, and the cheapest way to the data. Each statement
    /// sees a state of its own, so what must fit together is read with `read`.
    async fn glance(&self) -> Result<Box<dyn Tx>>;
}

#[async_trait]
pub trait Tx:
    AccessRows
    + AccountRows
    + AnswerRows
    + AuditRows
    + BotRows
    + ChatRows
    + DocumentRows
    + EventRows
    + IdempotencyRows
    + JobRows
    + NotificationRows
    + ProviderRows
    + TaskRows
    + TenantRows
    + Send
{
    /// The database's clock, read when the transaction began: one moment for all that happens in it. For those that write it
    /// follows the order of commits.
    fn now(&self) -> Timestamp;
    /// Makes everything durable, then hands the recorded events to the bus. What is not committed never was.
    async fn commit(self: Box<Self>) -> Result<()>;
}
