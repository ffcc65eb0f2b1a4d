//! What makes use cases that write take turns on PostgreSQL, where many run at once on many nodes. Whoever reads something in
//! order to change what hangs on it holds it first, until the commit; the features' rows say so (`self.hold(…)`) before they
//! read. On a file there is one writer, and nothing to hold.
//!
//! Held are: the caller's account, then the bot (with all that is in it), then what few use cases need beside. Everything a
//! person does is therefore done one after the other, and so is everything that happens to one bot, on all nodes together; quotas,
//! idempotency keys and roles need no further care. Transactions see what is committed at each statement (READ COMMITTED), so what
//! is read after a hold is what the one before has left. Use cases that take several bots, or somebody else's account, may meet
//! in the wrong order: PostgreSQL ends one of them, and `domain::store::again` runs it anew.
//!
//! The locks are advisory: they write nothing, and are gone with the transaction or its connection.

use std::time::Instant;

use domain::Result;
use domain::ids::{BotId, DocumentId, FamilyId, MessageId, SessionId, TenantId, UserId};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{FromQueryResult, Value};

use super::executor::Executor;
use super::tx::SqlTx;

/// What is held until the end of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    Account(UserId),
    /// The account of a log-in.
    AccountOf(FamilyId),
    Bot(BotId),
    /// The bot of a session, message, answer or document; nothing if there is none of that id.
    BotOfSession(SessionId),
    BotOfMessage(MessageId),
    BotOfAnswer(MessageId),
    BotOfDocument(DocumentId),
    /// Who administers a tenant.
    Tenant(TenantId),
    /// How many accounts there are.
    Accounts,
    /// Which answers are taken up.
    DueAnswers,
    /// The life of all numbers.
    Epoch,
}

/// Keys of what is there once; those of ids are their last 64 bits, of which at least 62 are random.
const ACCOUNTS: i64 = 1;
const DUE_ANSWERS: i64 = 2;
const EPOCH: i64 = 3;
/// Changing the schema, which has no transaction of ours around it yet.
pub(super) const SCHEMA: i64 = 4;

/// The key of an id that only the database knows; `key` is the same for one that is known here.
macro_rules! key_of {
    ($column:literal, $from:literal) => {
        concat!(
            "(SELECT pg_advisory_xact_lock(('x' || replace(right(CAST(",
            $column,
            " AS text), 17), '-', ''))::bit(64)::bigint) FROM ",
            $from,
            " = #)"
        )
    };
}

const KNOWN: &str = "pg_advisory_xact_lock(#)";

fn key(id: Uuid) -> i64 {
    let (_, low) = id.as_u64_pair();
    low.cast_signed()
}

impl Hold {
    /// An expression that takes the lock, with `#` for the value.
    fn expression(self) -> (&'static str, Value) {
        match self {
            Self::Account(UserId(id)) | Self::Bot(BotId(id)) | Self::Tenant(TenantId(id)) => {
                (KNOWN, key(id).into())
            }
            Self::Accounts => (KNOWN, ACCOUNTS.into()),
            Self::DueAnswers => (KNOWN, DUE_ANSWERS.into()),
            Self::Epoch => (KNOWN, EPOCH.into()),
            Self::AccountOf(id) => (key_of!("user_id", "token_families WHERE id"), id.0.into()),
            Self::BotOfSession(id) => (key_of!("bot_id", "sessions WHERE id"), id.0.into()),
            Self::BotOfMessage(id) => (key_of!("bot_id", "messages WHERE id"), id.0.into()),
            Self::BotOfAnswer(id) => (key_of!("bot_id", "answers WHERE message_id"), id.0.into()),
            Self::BotOfDocument(id) => (key_of!("bot_id", "documents WHERE id"), id.0.into()),
        }
    }
}

#[derive(FromQueryResult)]
struct ClockRow {
    now: DateTimeUtc,
}

impl SqlTx {
    /// Holds these, in their order, if this transaction may write. Waits for whoever holds one of them; the time of the
    /// transaction is that at which it got the last one, so that times follow the order of commits.
    ///
    /// Fails with `Unavailable` when the wait is longer than the store's patience.
    pub(crate) async fn hold(&mut self, wanted: &[Hold]) -> Result<()> {
        let Executor::Work(work) = self.db() else {
            return Ok(());
        };
        let wanted: Vec<Hold> = wanted
            .iter()
            .filter(|hold| !work.held.contains(hold))
            .copied()
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut sql = String::from("SELECT ");
        let mut values = Vec::with_capacity(wanted.len());
        // In the order of the list: functions in it are called, and queries in it are made, from left to right.
        for (hold, number) in wanted.iter().zip(1..) {
            let (expression, value) = hold.expression();
            sql += &expression.replace('#', &format!("${number}"));
            sql += &format!(" AS held{number}, ");
            values.push(value);
        }
        sql += "clock_timestamp() AS now";
        let asked = Instant::now();
        let clock: Option<ClockRow> = self.one(&sql, values).await?;
        self.held(wanted, asked, clock.map(|row| row.now.into()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_id_is_its_last_sixteen_digits() {
        let id = Uuid::parse_str("0193a5c8-1111-7222-f333-444455556666").unwrap();
        assert_eq!(key(id).cast_unsigned(), 0xf333_4444_5555_6666);
    }
}
