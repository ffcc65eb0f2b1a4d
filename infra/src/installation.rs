//! Which installation this is, and whether its database went on or was copied back. A file in the data folder remembers what
//! the database had counted; a database that has counted less, or tells another epoch, has forgotten numbers that clients have
//! already seen, and begins a new epoch.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::events::{Epoch, EventRows};
use domain::store::Tx;
use domain::{Error, Result};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::store::SqlStore;

const FILE: &str = "node.json";

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Node {
    node_id: Uuid,
    epoch: Epoch,
    /// The database's count of commits when the file was written; the database may be ahead of it, never behind.
    commits: i64,
}

/// What the database says.
#[derive(Debug, FromQueryResult)]
struct State {
    epoch: String,
    commits: i64,
}

/// This node's identity and the installation's epoch; clones share both.
#[derive(Clone)]
pub struct Installation {
    store: SqlStore,
    path: PathBuf,
    node_id: Uuid,
    epoch: watch::Sender<Epoch>,
    /// What the file says; held while it is compared and written.
    noted: Arc<Mutex<Node>>,
}

impl Installation {
    /// Compares the database with the file in `data_dir`, and begins a new epoch if the database was copied back. The schema
    /// must be up to date.
    ///
    /// Fails with `Internal` when the file cannot be read, understood or written, and as the store does.
    pub async fn open(store: SqlStore, data_dir: &Path) -> Result<Self> {
        let path = data_dir.join(FILE);
        let state = state(&store).await?;
        let found = read(&path)?;
        let copied_back = found
            .as_ref()
            .is_some_and(|node| state.commits < node.commits || state.epoch != node.epoch.0);
        let node_id = found.as_ref().map_or_else(Uuid::now_v7, |node| node.node_id);
        let node = Node {
            node_id,
            epoch: Epoch(state.epoch),
            commits: state.commits,
        };
        let installation = Self {
            store,
            path,
            node_id,
            epoch: watch::Sender::new(node.epoch.clone()),
            noted: Arc::new(Mutex::new(node.clone())),
        };
        if copied_back {
            tracing::warn!("the database was copied back: a new epoch begins");
            installation.new_epoch().await?;
        } else if found.as_ref() != Some(&node) {
            write(installation.path.clone(), node).await?;
        }
        Ok(installation)
    }

    /// This node's id, which outlives restarts.
    pub fn node_id(&self) -> Uuid {
        self.node_id
    }

    /// The present epoch.
    pub fn epoch(&self) -> Epoch {
        self.epoch.borrow().clone()
    }

    /// Tells of every change of the epoch while this node runs.
    pub fn watch(&self) -> watch::Receiver<Epoch> {
        self.epoch.subscribe()
    }

    /// Writes the present count to the file if it changed: call it every second, and once more at a clean stop. What is
    /// committed after the last call is what a copy put back could hide. It also takes over an epoch that another process
    /// began, and begins one itself if the database went backwards under this process. Fails as `open` does.
    ///
    /// Once begun it is brought to its end: a caller that goes away in the middle must not leave a write behind that runs beside
    /// the next one.
    pub async fn note_commits(&self) -> Result<()> {
        let installation = self.clone();
        let noting = tokio::spawn(async move { installation.note().await });
        noting.await.map_err(Error::internal)?
    }

    async fn note(&self) -> Result<()> {
        let mut noted = self.noted.lock().await;
        let state = state(&self.store).await?;
        if state.commits < noted.commits {
            tracing::warn!("the database was exchanged for an older one: a new epoch begins");
            return self.begin_epoch(&mut noted).await;
        }
        let node = Node {
            node_id: self.node_id,
            epoch: Epoch(state.epoch),
            commits: state.commits,
        };
        if node != *noted {
            self.adopt(&mut noted, node).await?;
        }
        Ok(())
    }

    /// Begins a new epoch, for when numbers can no longer be trusted; every client has to load its state again. Fails as
    /// `open` does.
    pub async fn new_epoch(&self) -> Result<()> {
        let mut noted = self.noted.lock().await;
        self.begin_epoch(&mut noted).await
    }

    /// The database first: if the file is not written, the two differ, and the next start begins yet another epoch. The other
    /// way round the old epoch would live on.
    async fn begin_epoch(&self, noted: &mut Node) -> Result<()> {
        let mut tx = self.store.begin_write().await?;
        tx.set_epoch(&Epoch::fresh()).await?;
        Box::new(tx).commit().await?;
        let state = state(&self.store).await?;
        let node = Node {
            node_id: self.node_id,
            epoch: Epoch(state.epoch),
            commits: state.commits,
        };
        self.adopt(noted, node).await
    }

    async fn adopt(&self, noted: &mut Node, node: Node) -> Result<()> {
        write(self.path.clone(), node.clone()).await?;
        self.epoch.send_if_modified(|epoch| {
            let differs = *epoch != node.epoch;
            if differs {
                tracing::info!(epoch = node.epoch.0, "epoch changed");
                *epoch = node.epoch.clone();
            }
            differs
        });
        *noted = node;
        Ok(())
    }
}

async fn state(store: &SqlStore) -> Result<State> {
    let tx = store.begin_glance().await?;
    let state = tx
        .one("SELECT epoch, commits FROM installation WHERE id = 1", [])
        .await?;
    state.ok_or_else(|| Error::internal("the installation's row is missing"))
}

fn failed(path: &Path, what: &str, source: impl std::fmt::Display) -> Error {
    Error::internal(format!("cannot {what} {}: {source}", path.display()))
}

/// A file that is there and makes no sense is an error, not a missing file: guessing could hide that a copy was put back.
fn read(path: &Path) -> Result<Option<Node>> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| failed(path, "understand", source)),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed(path, "read", source)),
    }
}

async fn write(path: PathBuf, node: Node) -> Result<()> {
    let text = serde_json::to_vec(&node).map_err(Error::internal)?;
    let written = tokio::task::spawn_blocking(move || {
        replace(&path, &text).map_err(|source| failed(&path, "write", source))
    });
    written.await.map_err(Error::internal)?
}

/// Old or new, never half: a temporary file beside it, on disk before it takes the name.
fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("json.tmp");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    // The name itself is durable when its folder is.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
