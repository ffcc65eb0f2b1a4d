//! What is in a backup's folder: `manifest.json`, `tables/NAME.ndjson` (a JSON object per row, in which NULL is left out),
//! `blobs/ID`, perhaps `secret.key`, and `checksums`, which `sha256sum -c` reads. A folder gets its name when it is whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::ids::DocumentId;
use domain::time::Timestamp;
use domain::{Error, Result};
use serde::{Deserialize, Serialize};

use super::failed;

/// Of this layout. One that cannot read it any more counts up.
pub const FORMAT: u32 = 1;

pub const MANIFEST: &str = "manifest.json";
pub const CHECKSUMS: &str = "checksums";
pub const TABLES: &str = "tables";
pub const BLOBS: &str = "blobs";
/// The signing key that the installation made for itself.
pub const KEY_FILE: &str = "secret.key";

/// What a backup says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The last step of the database's schema.
    pub schema: String,
    /// The version of the program that took it.
    pub program: String,
    /// The moment of the snapshot.
    pub taken_at: Timestamp,
    /// Which database it was taken of: `sqlite` or `postgres`. It can be restored into either.
    pub database: String,
    pub tables: Vec<TableFile>,
    pub blobs: BlobFiles,
    /// Tells whether a signing key is that of this installation, without telling the key; `None` if there was none yet.
    pub key_fingerprint: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TableFile {
    pub name: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BlobFiles {
    pub files: u64,
    pub bytes: u64,
    /// Files that the blob store did not have when the backup was taken, though their documents are there.
    pub missing: Vec<DocumentId>,
    /// Files whose bytes were not those that had been uploaded. They are here as they were found.
    pub damaged: Vec<DocumentId>,
}

impl Manifest {
    pub fn table(&self, name: &str) -> Option<&TableFile> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Fails with `Internal` and a text for the operator when the folder holds no whole backup, or one that this version cannot
    /// read.
    pub fn read(dir: &Path) -> Result<Self> {
        if !dir.is_dir() {
            return Err(Error::internal(format!("there is no folder {}", dir.display())));
        }
        let path = dir.join(MANIFEST);
        if !path.exists() {
            return Err(Error::internal(format!(
                "{} is no backup, or not a whole one: it has no {MANIFEST}",
                dir.display()
            )));
        }
        let text = std::fs::read_to_string(&path).map_err(|why| failed(&path, "read", why))?;
        // Before the rest, which another format may spell in another way.
        let Format { format } =
            serde_json::from_str(&text).map_err(|why| failed(&path, "understand", why))?;
        if format != FORMAT {
            return Err(Error::internal(format!(
                "the backup {} has the format {format}, and this version of colloquy reads {FORMAT}: use the version that \
                 took it, or a newer one",
                dir.display()
            )));
        }
        serde_json::from_str(&text).map_err(|why| failed(&path, "understand", why))
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The file of a table.
pub fn table_file(name: &str) -> String {
    format!("{TABLES}/{name}.ndjson")
}

/// The file of a document's bytes.
pub fn blob_file(id: DocumentId) -> String {
    format!("{BLOBS}/{id}")
}

/// The document of such a file.
pub fn blob_of(name: &str) -> Option<DocumentId> {
    name.strip_prefix(BLOBS)?.strip_prefix('/')?.parse().ok()
}

/// SHA-256 in hexadecimal, by the file's path inside the folder.
pub type Checksums = BTreeMap<String, String>;

/// In the form of `sha256sum`.
pub fn write_checksums(sums: &Checksums) -> String {
    sums.iter()
        .map(|(path, sum)| format!("{sum}  {path}\n"))
        .collect()
}

/// Fails with `Internal` when it is not in the form of `sha256sum`, or leads out of the folder.
pub fn read_checksums(dir: &Path) -> Result<Checksums> {
    let path = dir.join(CHECKSUMS);
    let text = std::fs::read_to_string(&path).map_err(|why| failed(&path, "read", why))?;
    let sums: Option<Checksums> = text.lines().map(checksum).collect();
    sums.ok_or_else(|| failed(&path, "understand", "a line is no checksum and path"))
}

fn checksum(line: &str) -> Option<(String, String)> {
    let (sum, path) = line.split_once("  ")?;
    let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
    let inside = PathBuf::from(path)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    (is_sum && inside && !path.is_empty()).then(|| (path.to_owned(), sum.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_checksums_stays_inside_the_folder() {
        let sum = "a".repeat(64);
        assert_eq!(
            checksum(&format!("{sum}  tables/users.ndjson")),
            Some(("tables/users.ndjson".to_owned(), sum.clone()))
        );
        for bad in ["", "  ", &sum, &format!("{sum}  "), "a  tables/users.ndjson"] {
            assert_eq!(checksum(bad), None, "{bad:?}");
        }
        for outside in ["/etc/passwd", "../secret.key", "tables/../../secret.key"] {
            assert_eq!(checksum(&format!("{sum}  {outside}")), None, "{outside}");
        }
    }

    #[test]
    fn files_of_blobs_are_told_by_their_names() {
        let id = DocumentId::new();
        assert_eq!(blob_of(&blob_file(id)), Some(id));
        assert_eq!(blob_of("blobs/letter"), None);
        assert_eq!(blob_of(&format!("blobsx/{id}")), None);
    }
}
