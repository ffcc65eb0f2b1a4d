//! The disk's own sync time: what no durable write can be quicker than.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::load::Histogram;

const PAGE: [u8; 4096] = [0x5A; 4096];

/// How long `fdatasync` of one appended page takes, again and again for `time`, with the write itself.
pub fn syncs(folder: &Path, time: Duration) -> Result<Histogram> {
    let mut file = File::options()
        .create_new(true)
        .append(true)
        .open(folder.join("syncs"))?;
    let mut durations = Histogram::default();
    let begin = Instant::now();
    while begin.elapsed() < time {
        let one = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        durations.record(one.elapsed());
    }
    std::fs::remove_file(folder.join("syncs"))?;
    Ok(durations)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn syncs_are_timed_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let durations = syncs(folder.path(), Duration::from_millis(20)).unwrap();
        assert!(durations.count() > 0 && durations.quantile(0.5) > 0.0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
