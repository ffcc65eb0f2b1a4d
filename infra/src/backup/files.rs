//! Files of a backup: written with their checksum and synced, read back and compared. They are worked on in the thread that asks:
//! this is a program of its own, and nobody else waits for that thread.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use domain::{Error, Result};
use sha2::{Digest, Sha256};

use super::failed;
use super::format::{CHECKSUMS, Checksums, MANIFEST, Manifest, read_checksums, table_file};

/// What is read or written at once.
const PIECE: usize = 128 * 1024;

/// What was written.
pub struct Written {
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

/// A file that is hashed while it is written; readable by its owner alone.
pub struct Hashed {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    pub fn create(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|why| failed(path, "make", why))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::with_capacity(PIECE, file),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        let written = self.file.write_all(bytes);
        written.map_err(|why| failed(&self.path, "write", why))
    }

    /// It is on disk then.
    pub fn finish(mut self) -> Result<Written> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|why| failed(&self.path, "write", why))?;
        Ok(Written {
            bytes: self.bytes,
            sha256: hexadecimal(&self.hash.finalize()),
        })
    }
}

/// A whole file at once.
pub fn write(path: &Path, bytes: &[u8]) -> Result<Written> {
    let mut file = Hashed::create(path)?;
    file.write(bytes)?;
    file.finish()
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder that only its owner can read.
pub fn make_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|why| failed(path, "make", why))
}

/// The names in it are on disk then.
pub fn sync_folder(path: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|why| failed(path, "write", why))?;
    Ok(())
}

/// Whether there is nothing of this name, or a folder with nothing in it.
pub fn is_free(path: &Path) -> Result<bool> {
    match std::fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(why) if why.kind() == std::io::ErrorKind::NotADirectory => Ok(false),
        Err(why) => Err(failed(path, "look into", why)),
    }
}

fn hash_of(path: &Path) -> std::io::Result<Written> {
    let (mut file, mut hash, mut bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else {
            return Ok(Written {
                bytes,
                sha256: hexadecimal(&hash.finalize()),
            });
        };
        hash.update(read);
        bytes += read.len() as u64;
    }
}

/// What is in the folder, compared with what should be.
pub struct Checked {
    pub sums: Checksums,
    /// A line each; none, if every file is there with its bytes.
    pub faults: Vec<String>,
    /// The files that they are about, by their paths inside the folder.
    pub bad: BTreeSet<String>,
    /// Files that belong to no backup. A restore does not look at them.
    pub strays: Vec<String>,
}

/// Reads every file. Fails with `Internal` when the list of checksums itself cannot be read.
pub fn check(dir: &Path, manifest: &Manifest) -> Result<Checked> {
    let sums = read_checksums(dir)?;
    let (mut faults, mut bad) = (Vec::new(), BTreeSet::new());
    let mut fault = |name: &str, what: &str| {
        faults.push(format!("{name} {what}"));
        bad.insert(name.to_owned());
    };
    for (name, sum) in &sums {
        match hash_of(&dir.join(name)) {
            Ok(found) if found.sha256 == *sum => {}
            Ok(_) => fault(name, "is not what was backed up: its checksum differs"),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => fault(name, "is missing"),
            Err(why) => fault(name, &format!("cannot be read: {why}")),
        }
    }
    let listed = |name: &str| sums.contains_key(name);
    if !listed(MANIFEST) {
        fault(MANIFEST, "has no checksum");
    }
    for table in &manifest.tables {
        let name = table_file(&table.name);
        if sums.get(&name) != Some(&table.sha256) {
            fault(&name, &format!("is not what {MANIFEST} speaks of"));
        }
    }
    let mut strays = files_in(dir, "")?;
    strays.retain(|name| name != CHECKSUMS && !listed(name));
    Ok(Checked {
        sums,
        faults,
        bad,
        strays,
    })
}

/// The files of a folder and those below it, by their paths inside it.
fn files_in(dir: &Path, below: &str) -> Result<Vec<String>> {
    let folder = dir.join(below);
    let entries = std::fs::read_dir(&folder).map_err(|why| failed(&folder, "look into", why))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::internal)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.file_type().map_err(Error::internal)?.is_dir() {
            files.extend(files_in(dir, &name)?);
        } else {
            files.push(name);
        }
    }
    files.sort_unstable();
    Ok(files)
}
