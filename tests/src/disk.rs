//! A small disk of its own, in memory, that can be filled and emptied again. Mounting one takes the rights of root.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// What fills it.
const BALLAST: &str = "ballast";

#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Whether the tests are run where no disk can be mounted, and whoever runs them knows it: `COLLOQUY_TEST_DISK=none`.
    #[must_use]
    pub fn is_renounced() -> bool {
        services::choice("COLLOQUY_TEST_DISK", &["none"]).is_some()
    }

    /// Mounts one of so many MiB.
    ///
    /// # Errors
    /// When this process may not mount anything.
    pub fn mount(mebibytes: u32) -> Result<Self> {
        let folder = TempDir::new()?;
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={mebibytes}m,mode=755"),
                "tmpfs",
            ])
            .arg(folder.path())
            .output()
            .context("there is no `mount`")?;
        let why = String::from_utf8_lossy(&mounted.stderr);
        ensure!(
            mounted.status.success(),
            "no small disk can be mounted here (that takes root): {why}"
        );
        Ok(Self { folder })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    ///
    /// # Errors
    /// When something else than the lack of room is in the way.
    pub fn fill(&self) -> Result<()> {
        let mut ballast = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.ballast())?;
        let mut piece = vec![1_u8; 1 << 16];
        while !piece.is_empty() {
            match ballast.write(&piece) {
                Ok(_) => {}
                // Smaller and smaller, until not a byte fits.
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                    piece.truncate(piece.len() / 2);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When it was not filled.
    pub fn relieve(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join(BALLAST)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also while somebody still has a file open there.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}
