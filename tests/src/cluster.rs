//! The real program as one node over a SQLite file, or as several over PostgreSQL and Redis servers of their own, all of which can be
//! killed, paused and started again one by one. What is done to them and when is `runs`' affair.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use services::{Postgres, Redis};
use tempfile::TempDir;

use crate::database::SECRET;
use crate::disk::Disk;
use crate::load::process::Server;
use crate::load::{Doors, Load, Size};
use crate::{Database, logs};

/// Limits that many busy people of one address would run into, and tokens that outlast a long run.
const SETTINGS: [(&str, &str); 5] = [
    ("COLLOQUY_REQUESTS_PER_USER", "1000000"),
    ("COLLOQUY_REQUESTS_PER_ADDRESS", "1000000"),
    ("COLLOQUY_ACCESS_TOKEN", "4h"),
    // A silent line is counted until it is given up, 50 s later.
    ("COLLOQUY_SOCKETS_PER_USER", "1000"),
    ("COLLOQUY_SOCKETS_PER_USER_AND_BOT", "1000"),
];

/// Room for a SQLite file, and for a PostgreSQL server, in MiB.
const SMALL: (u32, u32) = (16, 256);

/// What a run is on.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// 0: one node over a SQLite file; else nodes over a PostgreSQL server.
    pub postgres_nodes: usize,
    /// Whether the nodes meet on a Redis server of their own.
    pub redis: bool,
    /// Whether the database is on a small disk.
    on_small_disk: bool,
    /// Settings of the nodes beyond those of every run.
    settings: Vec<(&'static str, &'static str)>,
}

impl Layout {
    #[must_use]
    pub fn sqlite() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn two_nodes() -> Self {
        Self {
            postgres_nodes: 2,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn two_nodes_on_redis() -> Self {
        Self {
            redis: true,
            ..Self::two_nodes()
        }
    }

    #[must_use]
    pub fn on_a_small_disk(self) -> Self {
        Self {
            on_small_disk: true,
            ..self
        }
    }

    /// How many MiB the small disk of its database has, if it is on one.
    #[must_use]
    pub fn small_disk(&self) -> Option<u32> {
        let room = if self.postgres_nodes > 0 { SMALL.1 } else { SMALL.0 };
        self.on_small_disk.then_some(room)
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }
}

/// Its parts go in this order: nodes, database and bus, folders, disk.
pub struct Cluster {
    pub nodes: Vec<Server>,
    pub postgres: Option<Postgres>,
    pub redis: Option<Redis>,
    folders: Vec<PathBuf>,
    folder: TempDir,
    pub disk: Option<Disk>,
}

impl Cluster {
    /// # Errors
    /// When a node does not start, or there may be no small disk. Panics when PostgreSQL is missing.
    pub async fn start(binary: &Path, layout: &Layout) -> Result<Self> {
        let nodes = layout.postgres_nodes.max(1);
        let is_server = layout.postgres_nodes > 0;
        let disk = layout.small_disk().map(Disk::mount).transpose()?;
        let small = disk
            .as_ref()
            .map_or_else(std::env::temp_dir, |disk| disk.path().to_owned());
        let folder = match is_server {
            // The disk is the database's.
            true => TempDir::new()?,
            false => TempDir::new_in(&small)?,
        };
        let postgres = is_server.then(|| Postgres::start_in(&small));
        let mut settings: Vec<(&str, String)> = SETTINGS
            .iter()
            .chain(&layout.settings)
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        if let Some(postgres) = &postgres {
            let url = postgres.url("postgres");
            logs::issued(url.split([':', '@']).nth(2).context("a password")?);
            let blobs = folder.path().join("blobs").display().to_string();
            settings.extend([
                ("COLLOQUY_DATABASE_URL", url),
                ("COLLOQUY_SECRET", SECRET.to_owned()),
                ("COLLOQUY_BLOBS_DIR", blobs),
            ]);
        }
        let redis = layout.redis.then(Redis::start);
        if let Some(redis) = &redis {
            logs::issued(redis.password());
            settings.push(("COLLOQUY_REDIS_URL", redis.url()));
        }
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let mut cluster = Self {
            nodes: Vec::new(),
            postgres,
            redis,
            folders: Vec::new(),
            folder,
            disk,
        };
        for n in 0..nodes {
            // Its name is that of its log, too.
            let of = cluster
                .folder
                .path()
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            let data_dir = cluster.folder.path().join(format!("{of}-node{n}"));
            std::fs::create_dir(&data_dir)?;
            let (node, _) = Server::start(binary, &data_dir, &settings).await?;
            cluster.nodes.push(node);
            cluster.folders.push(data_dir);
        }
        Ok(cluster)
    }

    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.address.clone()).collect()
    }

    /// The data folder of the first node, where its SQLite file is.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.folders[0]
    }

    /// A look into its database from outside.
    pub async fn database(&self) -> Database {
        let url = self.postgres.as_ref().map(|postgres| postgres.url("postgres"));
        Database::open(url, self.data_dir()).await
    }

    /// People and bots who use all nodes.
    ///
    /// # Errors
    /// When a node refuses a step.
    pub async fn load(&self, size: Size) -> Result<Load> {
        let addresses = self.addresses();
        let mut load = Load::set_up(&addresses[0], size).await?;
        load.doors = Doors::all_at(&addresses);
        Ok(load)
    }
}
