//! Backups: a folder that holds all of an installation in a form that no database owns, so that what was taken of SQLite can be
//! restored into PostgreSQL and the other way round (docs/adr/0021). Taking one, restoring it, and looking for damage in either
//! place. Nothing of the web and nothing of settings: what is asked for on the command line is `api/src/backup_cli.rs`.

mod blobs;
mod check;
mod columns;
mod files;
mod format;
mod load;
mod numbers;
mod orphans;
mod put;
mod restore;
mod tables;
mod take;
mod verify;

use std::path::Path;

use crate::blobs::Blobs;
use crate::store::DatabaseAt;

pub use format::{KEY_FILE, Manifest};
pub use restore::{Restored, Secrets, read_manifest, restore};
pub use take::{Key, Taken, take};
pub use verify::{Verified, verify_backup, verify_live};

/// Where an installation is.
pub struct Place<'a> {
    pub database: &'a DatabaseAt,
    pub blobs: &'a Blobs,
}

/// Is told line by line how far a long piece of work has come.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Rows in one page.
const PAGE: i64 = 500;

/// Files that are on their way at once.
const AT_ONCE: usize = 8;

fn failed(path: &Path, what: &str, why: impl std::fmt::Display) -> domain::Error {
    domain::Error::internal(format!("cannot {what} {}: {why}", path.display()))
}
