//! The installations that are compared, and PostgreSQL and Redis beside them. What is not installed here is said, and what needs it is
//! left out.

use anyhow::{Context, Result};

use super::shares::Parts;
use crate::colloquy::{Cluster, Postgres, World};
use crate::scenarios::Stage;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    Sqlite,
    Postgres,
    /// Two nodes that hear each other by PostgreSQL's `NOTIFY`.
    Notify,
    /// Two nodes that hear each other by Redis.
    Redis,
}

impl Setup {
    /// As in `Scenario::subject`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Notify => "2 nodes, NOTIFY",
            Self::Redis => "2 nodes, Redis",
        }
    }
}

pub struct Setups {
    postgres: Option<Postgres>,
    redis: Option<services::Redis>,
}

impl Setups {
    pub fn start(stage: &Stage) -> Result<Self> {
        let has = |installed: bool, name: &str, package: &str| {
            if !installed {
                eprintln!("  {name} is not installed (Debian: {package}): what needs it is left out");
            }
            installed
        };
        let postgres = has(services::Postgres::is_installed(), "PostgreSQL", "postgresql");
        let redis = has(services::Redis::is_installed(), "Redis", "redis-server");
        Ok(Self {
            postgres: postgres.then(|| Postgres::start(&stage.colloquy)).transpose()?,
            redis: (postgres && redis).then(services::Redis::start),
        })
    }

    /// Those that can be measured here.
    pub fn all(&self) -> impl Iterator<Item = Setup> {
        let can = |setup: &Setup| match setup {
            Setup::Sqlite => true,
            Setup::Postgres | Setup::Notify => self.postgres.is_some(),
            Setup::Redis => self.redis.is_some(),
        };
        [Setup::Sqlite, Setup::Postgres, Setup::Notify, Setup::Redis]
            .into_iter()
            .filter(can)
    }

    /// A new installation with that world in it.
    pub fn open(&self, stage: &Stage, setup: Setup, world: &World) -> Result<Parts<'_>> {
        let (nodes, redis) = match setup {
            Setup::Sqlite => {
                return Ok(Parts {
                    cluster: Cluster::on_sqlite(&stage.colloquy, world)?,
                    postgres: None,
                    redis: None,
                });
            }
            Setup::Postgres => (1, None),
            Setup::Notify => (2, None),
            Setup::Redis => (2, self.redis.as_ref()),
        };
        let postgres = self.postgres.as_ref().context("PostgreSQL does not run")?;
        let url = redis.map(services::Redis::url);
        Ok(Parts {
            cluster: Cluster::on_postgres(&stage.colloquy, postgres, world, nodes, url)?,
            postgres: Some(postgres),
            redis,
        })
    }

    /// Ends an installation and removes what it stored.
    pub fn close(&self, parts: Parts<'_>) -> Result<()> {
        parts.cluster.end(self.postgres.as_ref())
    }
}
