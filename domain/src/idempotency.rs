//! Sending twice, having it once: what a keyed request made is stored in the transaction that made it, and given again to
//! whoever repeats the request. On both databases the second of two concurrent repeats waits for the first one's commit.

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::ids::{MessageId, UserId};
use crate::store::Tx;
use crate::time::Timestamp;

/// How long an answer is kept for repeats.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A request that may be repeated.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// 1 to 255 printable ASCII characters, as the client sent them.
    pub key: String,
    /// Method and path.
    pub scope: String,
    /// Digest of the body as parsed.
    pub fingerprint: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct StoredAnswer {
    pub fingerprint: Vec<u8>,
    pub answer: Value,
    pub at: Timestamp,
}

#[async_trait]
pub trait IdempotencyRows {
    async fn stored_answer(&mut self, user: UserId, key: &IdempotencyKey) -> Result<Option<StoredAnswer>>;
    /// Replaces an answer that is past its time.
    async fn store_answer(
        &mut self,
        user: UserId,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
        about: Option<MessageId>,
    ) -> Result<()>;
    /// The stored answers about a message, to redact them with it.
    async fn answers_about(&mut self, message: MessageId) -> Result<Vec<(i64, Value)>>;
    async fn rewrite_answer(&mut self, row: i64, answer: &Value) -> Result<()>;
}

/// What a use case that takes a key gives back.
#[derive(Debug, Clone)]
pub struct Kept<T> {
    pub value: T,
    /// This was made by an earlier request with the same key; nothing happened now.
    pub replayed: bool,
}

impl<T> Kept<T> {
    pub fn fresh(value: T) -> Self {
        Self {
            value,
            replayed: false,
        }
    }
}

/// The stored answer, if this request was made before. Called after the check of rights, before anything is written.
pub(crate) async fn replay<T: DeserializeOwned>(
    tx: &mut dyn Tx,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Kept<T>>> {
    let Some(key) = key else { return Ok(None) };
    let Some(stored) = tx.stored_answer(caller.user_id, key).await? else {
        return Ok(None);
    };
    if stored.at.plus(KEPT) <= tx.now() {
        return Ok(None);
    }
    if stored.fingerprint != key.fingerprint {
        return Err(Error::IdempotencyMismatch);
    }
    let value = serde_json::from_value(stored.answer).map_err(Error::internal)?;
    Ok(Some(Kept {
        value,
        replayed: true,
    }))
}

/// Stores what was made, in the transaction that made it.
pub(crate) async fn keep<T: Serialize>(
    tx: &mut dyn Tx,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    value: &T,
    about: Option<MessageId>,
) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let answer = serde_json::to_value(value).map_err(Error::internal)?;
    let stored = StoredAnswer {
        fingerprint: key.fingerprint.clone(),
        answer,
        at: tx.now(),
    };
    tx.store_answer(caller.user_id, key, &stored, about).await
}
