//! How many connections this process can hold: the limit of open files, and what the settings make of it.

use tokio::sync::Semaphore;

use crate::config::Limits;

/// Raises the limit of open files to what the system allows, once at start; gives what it is then.
pub fn raise_file_limit() -> u64 {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => {
            tracing::info!(files, "limit of open files");
            files
        }
        Err(error) => {
            let files = file_limit();
            tracing::warn!(%error, files, "the limit of open files could not be raised");
            files
        }
    }
}

/// Sockets that this node takes: the setting, or 90 % of the limit of open files.
pub fn sockets_per_node(limits: &Limits) -> usize {
    share(limits.sockets_per_node, 90)
}

/// A little above the sockets, so that one socket too many can still be told so in its own language.
pub(super) fn connections(limits: &Limits) -> usize {
    share(limits.connections, 95)
}

fn share(setting: usize, percent: u64) -> usize {
    match setting {
        0 => usize::try_from(file_limit().saturating_mul(percent) / 100)
            .unwrap_or(usize::MAX)
            .clamp(1, Semaphore::MAX_PERMITS),
        set => set.min(Semaphore::MAX_PERMITS),
    }
}

fn file_limit() -> u64 {
    rlimit::Resource::NOFILE
        .get_soft()
        .map_or(1024, |files| files.min(1 << 40))
}
