//! Harm to a node, to the database, or to its disk, while people write and read on all nodes: what is lost (nothing), what is
//! answered meanwhile, and how soon all nodes take posts again. A further service (Redis) is a further `Harm`.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::time::sleep;

use super::{Drive, Figures};
use crate::cluster::{Cluster, Layout};
use crate::load::{Size, Tally, Writing};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    KillNode,
    PauseNode,
    KillDatabase,
    PauseDatabase,
    FullDisk,
}

impl Harm {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KillNode => "kill -9 of a node",
            Self::PauseNode => "pause of a node",
            Self::KillDatabase => "kill -9 of PostgreSQL",
            Self::PauseDatabase => "pause of PostgreSQL",
            Self::FullDisk => "full disk",
        }
    }
}

/// What one harm did.
#[derive(Debug)]
pub struct Outcome {
    pub harm: Harm,
    pub times: usize,
    pub away: Duration,
    /// From the end of the harm until every node had taken a post; each time.
    pub back: Vec<Duration>,
    /// How long a post took that began at another node right after the harm did, where one node was harmed.
    pub elsewhere: Vec<Duration>,
    pub figures: Figures,
}

const SIZE: Size = Size {
    bots: 2,
    writers: 8,
    readers: 8,
};

/// Does the harm so many times, for so long each, to a cluster of its own.
///
/// # Errors
/// When a step does not work; with a full disk also when no small one can be mounted.
pub async fn run(
    binary: &Path,
    layout: &Layout,
    harm: Harm,
    times: usize,
    away: Duration,
) -> Result<Outcome> {
    let layout = match harm {
        Harm::FullDisk => layout.clone().on_a_small_disk(),
        Harm::KillNode | Harm::PauseNode | Harm::KillDatabase | Harm::PauseDatabase => layout.clone(),
    };
    let mut cluster = Cluster::start(binary, &layout).await?;
    let drive = Drive::begin(cluster.load(SIZE).await?, SIZE);
    let mut outcome = Outcome {
        harm,
        times,
        away,
        back: Vec::new(),
        elsewhere: Vec::new(),
        figures: Figures::default(),
    };
    let mut proof = Writing::default();
    for n in 0..times {
        drive.acknowledged(20).await?;
        begin(&mut cluster, harm)?;
        let begun = Instant::now();
        if let (Harm::KillNode | Harm::PauseNode, Some(other)) = (harm, cluster.nodes.get(1)) {
            let key = format!("meanwhile {n}");
            let took = drive.load.prove(&other.address, &key, &mut proof).await?;
            outcome.elsewhere.push(took);
        }
        if harm == Harm::FullDisk {
            // Until somebody has been told so; what had room already goes on for a while.
            drive
                .until(Tally::refused, drive.load.tally.refused() + 1)
                .await?;
        }
        sleep(away.saturating_sub(begun.elapsed())).await;
        end(&mut cluster, harm).await?;
        let ended = Instant::now();
        for (m, address) in cluster.addresses().iter().enumerate() {
            let key = format!("afterwards {n} at {m}");
            drive.load.prove(address, &key, &mut proof).await?;
        }
        outcome.back.push(ended.elapsed());
    }
    drive.acknowledged(20).await?;
    outcome.figures = drive.end(vec![proof]).await?.figures;
    Ok(outcome)
}

fn begin(cluster: &mut Cluster, harm: Harm) -> Result<()> {
    let database = cluster.postgres.as_mut().context("there is no PostgreSQL");
    match harm {
        Harm::KillNode => cluster.nodes[0].kill(),
        Harm::PauseNode => cluster.nodes[0].signal("STOP"),
        Harm::KillDatabase => {
            database?.die();
            Ok(())
        }
        Harm::PauseDatabase => {
            database?.process().signal_all("STOP");
            Ok(())
        }
        Harm::FullDisk => cluster.disk.as_ref().context("there is no small disk")?.fill(),
    }
}

async fn end(cluster: &mut Cluster, harm: Harm) -> Result<()> {
    let database = cluster.postgres.as_mut();
    match harm {
        Harm::KillNode => cluster.nodes[0].restart().await.map(drop),
        Harm::PauseNode => cluster.nodes[0].signal("CONT"),
        Harm::KillDatabase => {
            database.context("there is no PostgreSQL")?.resume();
            Ok(())
        }
        Harm::PauseDatabase => {
            database
                .context("there is no PostgreSQL")?
                .process()
                .signal_all("CONT");
            Ok(())
        }
        Harm::FullDisk => {
            cluster
                .disk
                .as_ref()
                .context("there is no small disk")?
                .relieve()?;
            if let Some(database) = database {
                // It gives up when it cannot write its own log.
                database.revive();
            }
            Ok(())
        }
    }
}

impl Outcome {
    /// What stands above the rows.
    pub const HEAD: &str = "| harm | times, for | acknowledged | repeated (taken before) | 503 | other refusals | \
        reconnects | elsewhere at worst | back at worst | faults |\n|---|---|---|---|---|---|---|---|---|---|";
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worst = |times: &[Duration]| match times.iter().max() {
            Some(worst) => format!("{worst:.1?}"),
            None => "–".to_owned(),
        };
        let figures = &self.figures;
        write!(
            out,
            "| {} | {} × {:.0?} | {} | {} ({}) | {} | {} | {} | {} | {} | {} |",
            self.harm.name(),
            self.times,
            self.away,
            figures.acknowledged,
            figures.repeated,
            figures.replayed,
            figures.refused,
            figures.wrong.len(),
            figures.reconnects,
            worst(&self.elsewhere),
            worst(&self.back),
            figures.faults.len() as u64 + figures.incomplete,
        )
    }
}
