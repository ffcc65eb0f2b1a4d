//! Which tables a backup holds, in the order in which they can be filled, and which not. A table of the database that stands in
//! none of the lists is an error: whoever makes one decides here what becomes of it.

use domain::{Error, Result};

/// A table that is kept.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    /// What tells its rows apart; they are read in its order.
    pub key: &'static [&'static str],
    /// The key is a number that the database gives.
    pub numbered: bool,
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table {
        name,
        key,
        numbered: false,
    }
}

const fn numbered(name: &'static str, key: &'static [&'static str]) -> Table {
    Table {
        name,
        key,
        numbered: true,
    }
}

/// Rows that are referred to come before those that refer to them.
pub const KEPT: [Table; 20] = [
    table("tenants", &["id"]),
    table("users", &["id"]),
    table("bots", &["id"]),
    table("bot_versions", &["bot_id", "version"]),
    table("permissions", &["bot_id", "user_id"]),
    table("providers", &["bot_id"]),
    table("sessions", &["id"]),
    numbered("messages", &["num"]),
    table("read_markers", &["session_id", "user_id"]),
    table("streams", &["id"]),
    table("events", &["stream_id", "seq"]),
    table("notifications", &["id"]),
    numbered("idempotency", &["id"]),
    table("audit", &["id"]),
    table("documents", &["id"]),
    numbered("chunks", &["num"]),
    table("citations", &["message_id", "document_id"]),
    table("document_changes", &["document_id"]),
    table("jobs", &["id"]),
    numbered("answers", &["num"]),
];

/// The installation's one row: a new one has it already, and takes over a part of it.
pub const INSTALLATION: Table = table("installation", &["id"]);

/// What speaks of the moment: which nodes there are, unused tickets, and log-ins. (A log-in of the backup is an old state of one: a
/// token that has been replaced since would be good again, and so would one that was ended because it had been stolen.)
const LEFT: [&str; 3] = ["nodes", "tickets", "token_families"];

/// What is made anew from the rest, or belongs to the database itself.
const DERIVED: [&str; 3] = ["message_index", "seaql_migrations", "sqlite_"];

/// All that are kept.
pub fn kept() -> impl Iterator<Item = Table> {
    KEPT.into_iter().chain([INSTALLATION])
}

/// Fails with `Internal` when a table of the database is not known here.
pub fn all_known(tables: &[String]) -> Result<()> {
    let known = |name: &str| {
        kept().any(|table| table.name == name)
            || LEFT.contains(&name)
            || DERIVED.iter().any(|start| name.starts_with(start))
    };
    match tables.iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(Error::internal(format!(
            "the database has a table `{name}` of which backups know nothing"
        ))),
    }
}
