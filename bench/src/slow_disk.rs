//! A disk that is slower than the one there is: a few lines of C that are loaded into a program and keep each of its syncs
//! waiting. For what is promised as a ratio to the disk's own sync time, which differs by a factor of ten between disks.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::disk;

/// Of one sync, beyond what the disk needs itself.
pub const DELAY: Duration = Duration::from_millis(4);
/// The first word that makes this program measure syncs, for the disk alone under the same delay.
pub const COMMAND: &str = "syncs";

const SOURCE: &str = include_str!("slow-disk.c");

pub struct SlowDisk {
    library: PathBuf,
}

impl SlowDisk {
    /// Compiles it with the C compiler that Rust links with. Fails where there is none.
    pub fn make(folder: &Path) -> Result<Self> {
        let (source, library) = (folder.join("slow-disk.c"), folder.join("slow-disk.so"));
        std::fs::write(&source, SOURCE)?;
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .stdin(Stdio::null())
            .status()
            .context("cannot run cc")?;
        ensure!(made.success(), "cc failed");
        Ok(Self { library })
    }

    /// What a program's environment needs.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("LD_PRELOAD", self.library.to_string_lossy().into_owned()),
            ("SLOW_DISK", DELAY.as_micros().to_string()),
        ]
    }

    /// The median of a sync of one appended page on this disk, in ms, measured for so long.
    pub fn sync(&self, folder: &Path, time: Duration) -> Result<f64> {
        let output = Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .arg(folder)
            .arg(time.as_millis().to_string())
            .envs(self.environment())
            .output()?;
        ensure!(output.status.success(), "the syncs could not be measured");
        let sync: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
        // A path with a space in it, or a program that takes no libraries: they are left out without an error.
        ensure!(
            sync >= DELAY.as_secs_f64() * 1e3,
            "the slower disk was not loaded: a sync took {sync} ms"
        );
        Ok(sync)
    }
}

/// Prints what `SlowDisk::sync` reads.
pub fn print_sync(folder: &Path, milliseconds: u64) -> Result<()> {
    let syncs = disk::syncs(folder, Duration::from_millis(milliseconds))?;
    println!("{}", syncs.quantile(0.5));
    Ok(())
}
