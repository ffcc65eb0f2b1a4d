//! Harm to a node, to the database, to its disk, or to the bus, while people write and read on all nodes: what is lost (nothing), what is
//! answered meanwhile, and how soon all nodes take posts again.

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
    KillRedis,
    PauseRedis,
    FullDisk,
}

impl Harm {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KillNode => "`kill -9` of a node",
            Self::PauseNode => "pause of a node",
            Self::KillDatabase => "`kill -9` of PostgreSQL",
            Self::PauseDatabase => "pause of PostgreSQL",
            Self::KillRedis => "`kill -9` of Redis",
            Self::PauseRedis => "pause of Redis",
            Self::FullDisk => "full disk",
        }
    }
}

/// What one harm did.
#[derive(Debug)]
pub struct Outcome {
    pub harm: Harm,
    /// What it was on, if that does not go without saying.
    pub on: String,
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
        Harm::KillNode
        | Harm::PauseNode
        | Harm::KillDatabase
        | Harm::PauseDatabase
        | Harm::KillRedis
        | Harm::PauseRedis => layout.clone(),
    };
    let mut cluster = Cluster::start(binary, &layout).await?;
    let drive = Drive::begin(cluster.load(SIZE).await?, SIZE);
    let mut outcome = Outcome {
        harm,
        on: match (harm, layout.small_disk()) {
            (Harm::FullDisk, Some(room)) => {
                let database = if layout.postgres_nodes > 0 {
                    "PostgreSQL"
                } else {
                    "SQLite"
                };
                format!(", {database} (tmpfs, {room} MiB)")
            }
            _ => String::new(),
        },
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
    let Cluster {
        nodes,
        postgres,
        redis,
        disk,
        ..
    } = cluster;
    match harm {
        Harm::KillNode => nodes[0].kill()?,
        Harm::PauseNode => nodes[0].signal("STOP")?,
        Harm::KillDatabase => there(postgres)?.die(),
        Harm::PauseDatabase => there(postgres)?.process().signal_all("STOP"),
        Harm::KillRedis => there(redis)?.end("KILL"),
        Harm::PauseRedis => there(redis)?.pause(),
        Harm::FullDisk => there(disk)?.fill()?,
    }
    Ok(())
}

async fn end(cluster: &mut Cluster, harm: Harm) -> Result<()> {
    let Cluster {
        nodes,
        postgres,
        redis,
        disk,
        ..
    } = cluster;
    match harm {
        Harm::KillNode => drop(nodes[0].restart().await?),
        Harm::PauseNode => nodes[0].signal("CONT")?,
        Harm::KillDatabase => there(postgres)?.resume(),
        Harm::PauseDatabase => there(postgres)?.process().signal_all("CONT"),
        Harm::KillRedis => there(redis)?.resume(),
        Harm::PauseRedis => there(redis)?.go_on(),
        Harm::FullDisk => {
            there(disk)?.relieve()?;
            if let Some(postgres) = postgres {
                // It gives up when it cannot write its own log.
                postgres.revive();
            }
        }
    }
    Ok(())
}

/// What is to be harmed.
fn there<T>(part: &mut Option<T>) -> Result<&mut T> {
    part.as_mut().context("the cluster has no such part")
}

impl Outcome {
    /// What stands above the rows: the table of `docs/reliability.md`.
    pub const HEAD: &str = "| harm | acknowledged | repeated | answered 503 | other refusals | reconnects | \
        elsewhere at worst | back at worst | faults |\n|---|---|---|---|---|---|---|---|---|";

    /// What is promised of `back`.
    pub const PROMISED: Duration = Duration::from_secs(5);

    /// Whether every node took posts again in time, each time.
    #[must_use]
    pub fn is_back_within(&self, time: Duration) -> bool {
        !self.back.is_empty() && self.back.iter().all(|took| *took <= time)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.figures;
        let counts = [
            figures.acknowledged as u64,
            figures.repeated,
            figures.refused,
            figures.wrong.len() as u64,
            figures.reconnects,
        ];
        let counts: Vec<String> = counts.into_iter().map(grouped).collect();
        let faults = grouped(figures.faults.len() as u64 + figures.incomplete);
        write!(
            out,
            "| {}{} | {} | {} | {} | {faults} |",
            self.harm.name(),
            self.on,
            counts.join(" | "),
            worst(&self.elsewhere),
            worst(&self.back),
        )
    }
}

/// The longest of these times; of short ones one digit more.
fn worst(times: &[Duration]) -> String {
    match times.iter().max() {
        Some(worst) if worst.as_millis() < 95 => format!("{:.2} s", worst.as_secs_f64()),
        Some(worst) => format!("{:.1} s", worst.as_secs_f64()),
        None => "–".to_owned(),
    }
}

/// With a comma before each three digits.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}
