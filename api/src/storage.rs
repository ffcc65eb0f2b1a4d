//! From the settings to the database, for the server and the operator's commands alike.

use std::fs::{File, TryLockError};

use anyhow::anyhow;
use domain::account::Lifetimes;
use domain::{Conflict, Error, Subject};
use infra::blobs::Blobs;
use infra::bus::Bus;
use infra::password::Hashing;
use infra::store::{DatabaseAt, Migrated, SqlStore, StoreOptions};

use crate::config::{Limits, Settings};

/// Takes the data folder for this server alone, for as long as the file is open: a second one would empty the folder of arrivals
/// and take up the work of the first. The operator's commands may run beside a server.
pub fn hold(settings: &Settings) -> anyhow::Result<File> {
    settings.prepare_data_dir()?;
    let path = settings.data_dir.join("server.lock");
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path);
    let file = file.map_err(|why| anyhow!("cannot open {}: {why}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(anyhow!(
            "another server uses the data folder {}",
            settings.data_dir.display()
        )),
        Err(TryLockError::Error(why)) => Err(anyhow!("cannot lock {}: {why}", path.display())),
    }
}

/// The bus to the nodes that share the database: PostgreSQL's own, unless there is a Redis.
pub fn bus(settings: &Settings) -> anyhow::Result<Bus> {
    match settings.database()? {
        DatabaseAt::File(_) => Ok(Bus::local()),
        DatabaseAt::Server(url) => match &settings.redis_url {
            Some(redis) => Bus::redis(redis),
            None => Bus::postgres(&url),
        },
    }
    .map_err(told)
}

/// The database under these settings, not yet migrated; the data folder is made if need be.
pub async fn open(settings: &Settings, bus: Bus) -> anyhow::Result<SqlStore> {
    settings.prepare_data_dir()?;
    let options = StoreOptions {
        readers: settings.limits.readers,
        writers: settings.limits.writers,
        patience: settings.limits.database_patience,
        ..StoreOptions::of(settings.database()?)
    };
    SqlStore::open(options, bus).await.map_err(told)
}

/// Brings its schema up to date.
pub async fn migrate(store: &SqlStore) -> anyhow::Result<Migrated> {
    store.migrate().await.map_err(told)
}

/// Where uploaded files are kept, and the folder in which they arrive, emptied of what a killed process left in it.
pub fn blobs(settings: &Settings) -> anyhow::Result<Blobs> {
    let incoming = settings.incoming_dir();
    if let Err(why) = std::fs::remove_dir_all(&incoming)
        && why.kind() != std::io::ErrorKind::NotFound
    {
        return Err(anyhow!("cannot empty the folder {}: {why}", incoming.display()));
    }
    std::fs::create_dir_all(&incoming)
        .map_err(|why| anyhow!("cannot make the folder {}: {why}", incoming.display()))?;
    blob_store(settings)
}

/// Where uploaded files are kept.
pub fn blob_store(settings: &Settings) -> anyhow::Result<Blobs> {
    match settings.s3() {
        Some(s3) => Blobs::s3(s3),
        None => match &settings.blobs_dir {
            Some(folder) => Blobs::local(folder),
            None => Blobs::local(&settings.data_dir.join("blobs")),
        },
    }
    .map_err(told)
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
        Error::Unavailable { .. } | Error::Overtaken => anyhow!("the database is busy or away"),
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
