//! What a run leaves behind: JSON, a table for the terminal, and the part of `docs/performance.md` that holds figures.
//! Nothing is measured here, and the plots are drawn in `plots`.

mod docs;
mod number;
mod peers;
mod table;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::figures::Run;
use crate::plots;

pub use docs::write as write_docs;
pub use text::terminal;

/// Writes a run as JSON into `folder`, under its time and as `latest.json`. Returns the path of the former.
pub fn save(run: &Run, folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let json = serde_json::to_string_pretty(run)?;
    // Colons are no part of a file name everywhere.
    let path = folder.join(format!("{}.json", run.when.replace(':', "-")));
    for path in [&path, &folder.join("latest.json")] {
        fs::write(path, &json).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

/// Reads what [`save`] wrote.
pub fn load(path: &Path) -> Result<Run> {
    let json = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&json).with_context(|| format!("{} is not a run of the benchmark", path.display()))
}

/// Prints a saved run again and draws its plots beside it; with `docs`, the root of the repository, fills the page there too.
pub fn again(file: &Path, docs: Option<&Path>) -> Result<()> {
    let run = load(file)?;
    print!("{}", terminal(&run));
    plots::draw(&run, file.parent().unwrap_or(Path::new(".")))?;
    docs.map_or(Ok(()), |root| write_docs(&run, root))
}

#[cfg(test)]
pub(crate) mod sample;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let run = sample::run();
        let path = save(&run, folder.path()).unwrap();
        assert_eq!(path.file_name().unwrap(), "2026-11-21T09-00-00Z.json");
        assert_eq!(load(&path).unwrap(), run);
        assert_eq!(load(&folder.path().join("latest.json")).unwrap(), run);
        fs::write(&path, "{}").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("not a run"));
    }
}
