//! An installation as `nodes` measures it: one node or two, over SQLite or PostgreSQL, that hear each other by PostgreSQL or Redis.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use tempfile::TempDir;

use super::postgres::{DATABASE, Postgres};
use super::protocol::Live;
use super::token::Signer;
use super::{Colloquy, Running, World, server};
use crate::process::Process;
use crate::subject::Protocol;

/// What tells a server that it shall use Redis as bus.
const BUS: &str = "COLLOQUY_REDIS_URL";

/// A server of an installation.
pub struct Node {
    /// Killed when this is dropped.
    pub process: Process,
    pub address: SocketAddr,
    /// Nodes have nothing in common but the database.
    _folder: TempDir,
}

/// Nodes of one installation.
pub struct Cluster {
    pub nodes: Vec<Node>,
    signer: Signer,
    owner: String,
    /// The database's name, where it is on PostgreSQL.
    database: Option<String>,
}

impl Cluster {
    /// One node over SQLite.
    pub fn on_sqlite(colloquy: &Colloquy, world: &World) -> Result<Self> {
        let Running {
            subject,
            owner,
            signer,
            _folder,
            ..
        } = colloquy.start(world)?;
        Ok(Self {
            nodes: vec![Node {
                process: subject.process,
                address: subject.address,
                _folder,
            }],
            signer,
            owner,
            database: None,
        })
    }

    /// So many nodes over one database. `redis`: its address, if it is the bus.
    pub fn on_postgres(
        colloquy: &Colloquy,
        postgres: &Postgres,
        world: &World,
        count: usize,
        redis: Option<String>,
    ) -> Result<Self> {
        let (url, name) = postgres.database(world)?;
        let mut environment = vec![(DATABASE, url)];
        environment.extend(redis.map(|url| (BUS, url)));
        let start = |_| {
            let folder = TempDir::with_prefix_in("node-", colloquy.folder())?;
            let (process, address) =
                server::start(&colloquy.program, folder.path(), &colloquy.secret, &environment)?;
            Ok(Node {
                process,
                address,
                _folder: folder,
            })
        };
        Ok(Self {
            nodes: (0..count).map(start).collect::<Result<_>>()?,
            signer: Signer::new(&colloquy.secret),
            owner: postgres.owner().into(),
            database: Some(name),
        })
    }

    /// How the load talks to it, in this world or one that is spoken on in another way.
    pub fn protocol(&self, world: &World) -> Arc<dyn Protocol> {
        let host = SocketAddr::from(([127, 0, 0, 1], 80));
        Arc::new(Live::new(world, &self.signer, &self.owner, host))
    }

    /// Ends the nodes and removes their database.
    pub fn end(self, postgres: Option<&Postgres>) -> Result<()> {
        drop(self.nodes);
        match (postgres, self.database) {
            (Some(postgres), Some(name)) => postgres.remove(&name),
            _ => Ok(()),
        }
    }
}
