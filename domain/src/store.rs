//! The storage port. A use case begins a transaction, checks, changes and records within it, and commits; that is all the
//! domain knows of storage. It is a trait to keep the database out of this crate, not to have a second one.
//!
//! Traps: one transaction per use case, passed down, never opened inside a function that was given one; no network call, no
//! hashing and no file transfer while it is open (on SQLite it is the only writer).

use async_trait::async_trait;

use crate::access::AccessRows;
use crate::account::AccountRows;
use crate::audit::AuditRows;
use crate::bot::{BotRows, ProviderRows};
use crate::chat::{AnswerRows, ChatRows};
use crate::document::{DocumentRows, JobRows};
use crate::error::Result;
use crate::events::EventRows;
use crate::idempotency::IdempotencyRows;
use crate::notification::NotificationRows;
use crate::tenant::TenantRows;
use crate::time::Timestamp;

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
    + TenantRows
    + Send
{
    /// The database's clock, read when the transaction began: one moment for all that happens in it. For those that write it
    /// follows the order of commits.
    fn now(&self) -> Timestamp;
    /// Makes everything durable, then hands the recorded events to the bus. What is not committed never was.
    async fn commit(self: Box<Self>) -> Result<()>;
}
