//! From the settings to the database, for the server and the operator's commands alike.

use anyhow::anyhow;
use domain::account::Lifetimes;
use domain::{Conflict, Error, Subject};
use infra::bus::Bus;
use infra::password::Hashing;
use infra::store::{Migrated, SqlStore, StoreOptions};

use crate::config::{Limits, Settings};

/// The database under these settings, not yet migrated; the data folder is made if need be.
pub async fn open(settings: &Settings, bus: Bus) -> anyhow::Result<SqlStore> {
    settings.prepare_data_dir()?;
    let options = StoreOptions {
        path: settings.database_path()?,
        readers: settings.limits.readers,
        patience: settings.limits.database_patience,
    };
    SqlStore::open(options, bus).await.map_err(told)
}

/// Brings its schema up to date.
pub async fn migrate(store: &SqlStore) -> anyhow::Result<Migrated> {
    store.migrate().await.map_err(told)
}

pub fn lifetimes(limits: &Limits) -> Lifetimes {
    Lifetimes {
        refresh: limits.refresh_token,
        grace: limits.refresh_grace,
        ticket: limits.ticket,
    }
}

pub fn hashing(limits: &Limits) -> Hashing {
    Hashing {
        memory: limits.argon2_memory,
        passes: limits.argon2_passes,
        lanes: limits.argon2_lanes,
        parallel: limits.argon2_parallel,
        queue: limits.argon2_queue,
    }
}

/// In words for the operator, who may see the cause.
pub fn told(error: Error) -> anyhow::Error {
    match error {
        Error::NotFound(Subject::User) => anyhow!("there is nobody of that name"),
        Error::Conflict(Conflict::UsernameTaken) => anyhow!("that name is taken"),
        Error::Conflict(Conflict::EmailTaken) => anyhow!("that e-mail is taken"),
        Error::Unavailable { .. } => anyhow!("the database is busy"),
        Error::Internal(source) => anyhow!("{source}"),
        other @ (Error::Unauthenticated(_)
        | Error::NotFound(_)
        | Error::Forbidden(_)
        | Error::Invalid(_)
        | Error::UnknownTarget
        | Error::IdempotencyMismatch
        | Error::Conflict(_)
        | Error::Stale(_)
        | Error::TooMany { .. }) => anyhow!(other),
    }
}
