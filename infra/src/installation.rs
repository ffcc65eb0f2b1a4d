//! Which installation this is, and whether its database went on or was copied back. A file in the data folder remembers what
//! the database had counted; a database that has counted less, or tells another epoch, has forgotten numbers that clients have
//! already seen, and begins a new epoch. On PostgreSQL, where several nodes begin epochs, the database itself remembers for which
//! tables its epoch was begun.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::events::{Epoch, EventRows};
use domain::store::Tx;
use domain::{Error, Result};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::store::{Flag, Hold, SqlStore, SqlTx};

const FILE: &str = "node.json";

/// A node says so often that it is there, …
pub const ANNOUNCE: Duration = Duration::from_secs(5);
/// … and counts as gone when it was silent for so many seconds.
const SILENCE: u64 = 20;

/// Lifts the count above what any node may have noted: `$1` is the present moment in microseconds, and nobody counts that fast. So the
/// nodes that start later, with notes of a database that was ahead of this one, believe in the epoch that was begun here.
pub(crate) const COUNT_ON: &str =
    "UPDATE installation SET commits = CASE WHEN commits < $1 THEN $1 ELSE commits END + 1 WHERE id = 1";

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
    /// On PostgreSQL: whether these are the tables for which the epoch was begun. Those that a restore makes are others.
    own_tables: Flag,
    /// Other nodes use the database too, and begin epochs.
    shared: Flag,
}

impl State {
    fn noted_by(self, node_id: Uuid) -> Node {
        Node {
            node_id,
            epoch: Epoch(self.epoch),
            commits: self.commits,
        }
    }

    /// Whether this is not the database that the file speaks of, gone on. One that only this node uses has the epoch that this
    /// node gave it.
    fn was_exchanged(&self, noted: &Node) -> bool {
        !self.own_tables.0 || self.commits < noted.commits || (!self.shared.0 && self.epoch != noted.epoch.0)
    }
}

/// This node's identity and the installation's epoch; clones share both.
#[derive(Clone)]
pub struct Installation {
    store: SqlStore,
    path: PathBuf,
    node_id: Uuid,
    shared: bool,
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
            .map_or(!state.own_tables.0, |node| state.was_exchanged(node));
        let shared = state.shared.0;
        let node_id = found.as_ref().map_or_else(Uuid::now_v7, |node| node.node_id);
        let node = state.noted_by(node_id);
        let installation = Self {
            store,
            path,
            node_id,
            shared,
            epoch: watch::Sender::new(node.epoch.clone()),
            noted: Arc::new(Mutex::new(node.clone())),
        };
        if copied_back {
            tracing::warn!("the database was copied back: a new epoch begins");
            let mut noted = installation.noted.lock().await;
            if let Some(found) = &found {
                *noted = found.clone();
            }
            installation.begin_epoch(&mut noted, State::was_exchanged).await?;
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

    /// Says that this node is there, for those that start, and counts that: it is by this count that a server is known whose files
    /// were put back. Nothing is said where no other node can be. Fails as the store does.
    pub async fn announce(&self) -> Result<()> {
        if self.shared {
            let mut tx = self.store.begin_write().await?;
            let sql = "INSERT INTO nodes (id, heard_at) VALUES ($1, $2)
                ON CONFLICT (id) DO UPDATE SET heard_at = excluded.heard_at";
            let values = [self.node_id.into(), tx.at().into()];
            tx.run(sql, values).await?;
            tx.run("UPDATE installation SET commits = commits + 1 WHERE id = 1", [])
                .await?;
            Box::new(tx).commit().await?;
        }
        Ok(())
    }

    /// Says that it is not there any more.
    pub async fn leave(&self) -> Result<()> {
        if self.shared {
            let mut tx = self.store.begin_write().await?;
            tx.run("DELETE FROM nodes WHERE id = $1", [self.node_id.into()])
                .await?;
            Box::new(tx).commit().await?;
        }
        Ok(())
    }

    /// Whether no other node uses the database, as far as anything was heard of one. Silence is measured by what this node itself said
    /// last, before it stopped: nobody can say anything while the database is away, and that makes nobody dead.
    pub async fn is_alone(&self) -> Result<bool> {
        if !self.shared {
            return Ok(true);
        }
        let sql = format!(
            "SELECT 1 FROM nodes WHERE id <> $1 AND heard_at + INTERVAL '{SILENCE} seconds' >
                COALESCE((SELECT heard_at FROM nodes WHERE id = $1), '-infinity')"
        );
        let tx = self.store.begin_read().await?;
        tx.finds_nothing(&sql, [self.node_id.into()]).await
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
        if !state.own_tables.0 || state.commits < noted.commits {
            tracing::warn!("the database was exchanged for an older one: a new epoch begins");
            return self.begin_epoch(&mut noted, State::was_exchanged).await;
        }
        let node = state.noted_by(self.node_id);
        if node != *noted {
            self.adopt(&mut noted, node).await?;
        }
        Ok(())
    }

    /// Begins a new epoch, for when numbers can no longer be trusted; every client has to load its state again. Fails as
    /// `open` does.
    pub async fn new_epoch(&self) -> Result<()> {
        let mut noted = self.noted.lock().await;
        self.begin_epoch(&mut noted, |_, _| true).await
    }

    /// The database first: if the file is not written, the two differ, and the next start begins yet another epoch. The other
    /// way round the old epoch would live on.
    ///
    /// Of several nodes that find the same out, at once or one after the other, one begins it: `still` is asked when the others are kept
    /// away, and the count of the new epoch is ahead of all their notes.
    async fn begin_epoch(&self, noted: &mut Node, still: fn(&State, &Node) -> bool) -> Result<()> {
        let mut tx = self.store.begin_write().await?;
        tx.hold(&[Hold::Epoch]).await?;
        if still(&state_in(&tx).await?, noted) {
            tx.set_epoch(&Epoch::fresh()).await?;
            // The moment alone, unless a clock was put back.
            let above = noted.commits.max(tx.at().timestamp_micros());
            tx.run(COUNT_ON, [above.into()]).await?;
        }
        Box::new(tx).commit().await?;
        let node = state(&self.store).await?.noted_by(self.node_id);
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

const STATE_SQLITE: &str =
    "SELECT epoch, commits, true AS own_tables, false AS shared FROM installation WHERE id = 1";

/// A row that every commit changes would make all of them wait for one another: what is counted here are the nodes' announcements.
/// (The server's own count of transactions is no measure: a sudden death takes back those that changed nothing.)
const STATE_POSTGRES: &str =
    "SELECT epoch, commits, epoch_tables = own_tables() AS own_tables, true AS shared
    FROM installation WHERE id = 1";

async fn state(store: &SqlStore) -> Result<State> {
    state_in(&store.begin_glance().await?).await
}

async fn state_in(tx: &SqlTx) -> Result<State> {
    let sql = match tx.db().get_database_backend() {
        DbBackend::Postgres => STATE_POSTGRES,
        DbBackend::Sqlite | DbBackend::MySql | _ => STATE_SQLITE,
    };
    let state = tx.one(sql, []).await?;
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
    // Its own: an operator's command may write beside the server, and each would rename the other's file away.
    let temporary = path.with_extension(format!("json.{}.tmp", std::process::id()));
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
