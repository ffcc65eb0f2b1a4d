//! The judge by command: over recorded runs, and over runs of its own with everything that may befall a server. Prints the figures
//! that `docs/reliability.md` keeps; ends with 1 when there is a fault. First `cargo build -p tests --bins`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use services::Postgres;
use tests::cluster::Layout;
use tests::runs::chaos::Harm;
use tests::runs::planted::Plant;
use tests::runs::{Figures, chaos, clean, faulty, forgotten, numbers, once, order, planted, record};
use tests::{journal, judge};

#[derive(Parser)]
#[command(about = "Judges runs of the server: recorded ones, and some of its own")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Judges journals of runs.
    Judge { journals: Vec<PathBuf> },
    /// Plants each fault in a run, and says what was found.
    Plant {
        #[command(flatten)]
        on: On,
    },
    /// Runs in which nothing is wrong.
    Clean {
        #[command(flatten)]
        on: On,
        #[arg(long, default_value_t = 20)]
        runs: u64,
        #[arg(long)]
        seed: Option<u64>,
        /// Where to keep the journals.
        #[arg(long)]
        journals: Option<PathBuf>,
    },
    /// Connections that break in every way.
    Faults {
        #[command(flatten)]
        on: On,
        #[arg(long, default_value_t = 1000)]
        reconnects: u64,
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Kills, pauses and full disks under load.
    Chaos {
        /// Each harm so many times.
        #[arg(long, default_value_t = 5)]
        times: usize,
        /// For so many seconds.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Numbers under rollbacks.
    Numbers {
        #[command(flatten)]
        on: On,
        #[arg(long, default_value_t = 100_000)]
        numbers: u64,
        #[arg(long)]
        seed: Option<u64>,
    },
    /// The same post many times.
    Once {
        #[command(flatten)]
        on: On,
        #[arg(long, default_value_t = 10_000)]
        keys: usize,
        #[arg(long, default_value_t = 4)]
        copies: usize,
        #[arg(long, default_value_t = 10)]
        crashes: usize,
    },
    /// One order for all.
    Order {
        #[command(flatten)]
        on: On,
        #[arg(long, default_value_t = 50)]
        readers: usize,
        #[arg(long, default_value_t = 2000)]
        messages: u64,
    },
    /// Peers that fall silent.
    Forgotten {
        #[command(flatten)]
        on: On,
        #[arg(long, default_value_t = 20)]
        peers: usize,
    },
}

/// What a run is on.
#[derive(Args, Clone, Copy)]
struct On {
    #[arg(long, value_enum, default_value_t = Database::Postgres)]
    database: Database,
}

#[derive(Clone, Copy, ValueEnum)]
enum Database {
    /// One node.
    Sqlite,
    /// Two nodes, which hear each other by it.
    Postgres,
    /// Two nodes over PostgreSQL, which hear each other by Redis.
    Redis,
}

impl On {
    fn layout(self) -> Layout {
        match self.database {
            Database::Sqlite => Layout::sqlite(),
            Database::Postgres => Layout::two_nodes(),
            Database::Redis => Layout::two_nodes_on_redis(),
        }
    }
}

fn seed_or_clock(seed: Option<u64>) -> u64 {
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    seed.unwrap_or(clock.as_secs())
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let binary = std::env::current_exe()?.with_file_name("colloquy-under-test");
    let fine = match Arguments::parse().what {
        What::Judge { journals } => judged(&journals)?,
        What::Plant { on } => plant(&binary, on).await?,
        What::Clean {
            on,
            runs,
            seed,
            journals,
        } => clean_runs(&binary, on, runs, seed_or_clock(seed), journals.as_deref()).await?,
        What::Faults { on, reconnects, seed } => {
            let seed = seed_or_clock(seed);
            println!("{reconnects} reconnects, seed {seed}");
            let plan = faulty::Plan { reconnects, seed };
            let outcome = faulty::run(&binary, &on.layout(), plan).await?;
            print!("{outcome}");
            outcome.figures.are_clean()
        }
        What::Chaos { times, seconds } => all_chaos(&binary, times, Duration::from_secs(seconds)).await?,
        What::Numbers { on, numbers, seed } => count(on, numbers, seed_or_clock(seed)).await?,
        What::Once {
            on,
            keys,
            copies,
            crashes,
        } => {
            let plan = once::Plan {
                keys,
                copies,
                crashes,
            };
            let outcome = once::run(&binary, &on.layout(), plan).await?;
            println!("{outcome:#?}");
            outcome.torn.is_empty()
        }
        What::Order {
            on,
            readers,
            messages,
        } => {
            let outcome = order::run(&binary, &on.layout(), readers, messages).await?;
            print!("{}", outcome.figures);
            println!("hashes of {} readers: {:x?}", outcome.readers, outcome.hashes);
            println!("hash of the log: {:x}", outcome.of_log);
            outcome.is_one() && outcome.figures.are_clean()
        }
        What::Forgotten { on, peers } => {
            let took = forgotten::run(&binary, &on.layout(), peers).await?;
            println!("{peers} silent peers were forgotten after {took:.1?}");
            took <= Duration::from_secs(55)
        }
    };
    Ok(ExitCode::from(u8::from(!fine)))
}

fn judged(journals: &[PathBuf]) -> Result<bool> {
    let mut fine = true;
    for path in journals {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let run = journal::read(BufReader::new(file)).with_context(|| path.display().to_string())?;
        let faults = judge::judge(&run);
        println!(
            "{}: {} events, {} faults",
            path.display(),
            run.log.len(),
            faults.len()
        );
        for fault in &faults {
            println!("  {fault}");
        }
        fine &= faults.is_empty();
    }
    Ok(fine)
}

async fn plant(binary: &Path, on: On) -> Result<bool> {
    let mut fine = true;
    println!("| planted | found | exactly that |\n|---|---|---|");
    for plant in [Plant::Nothing].into_iter().chain(Plant::ALL) {
        let planted = planted::run(binary, &on.layout(), plant).await?;
        let mut kinds: Vec<_> = planted
            .ended
            .figures
            .faults
            .iter()
            .map(judge::Fault::kind)
            .collect();
        kinds.dedup();
        let exactly = if planted.is_found() { "yes" } else { "NO" };
        println!("| {} | {} | {exactly} |", plant.name(), kinds.join(", "));
        if !planted.is_found() {
            println!(
                "due {:#?}\nfound {:#?}",
                planted.due, planted.ended.figures.faults
            );
        }
        fine &= planted.is_found();
    }
    Ok(fine)
}

async fn clean_runs(binary: &Path, on: On, runs: u64, seed: u64, journals: Option<&Path>) -> Result<bool> {
    println!("{runs} runs, seed {seed}");
    let mut all = Figures::default();
    for n in 0..runs {
        let ended = clean::run(binary, &on.layout(), seed + n).await?;
        if let Some(folder) = journals {
            record(&ended.runs, folder, &format!("clean-{}", seed + n))?;
        }
        all.add(ended.figures);
    }
    print!("{all}");
    Ok(all.are_clean())
}

async fn all_chaos(binary: &Path, times: usize, away: Duration) -> Result<bool> {
    let mut fine = true;
    println!("each harm {times} times, for {away:?}");
    println!("{}", chaos::Outcome::HEAD);
    for (layout, harm) in [
        (Layout::two_nodes(), Harm::KillNode),
        (Layout::two_nodes(), Harm::PauseNode),
        (Layout::two_nodes(), Harm::KillDatabase),
        (Layout::two_nodes(), Harm::PauseDatabase),
        (Layout::two_nodes_on_redis(), Harm::KillRedis),
        (Layout::two_nodes_on_redis(), Harm::PauseRedis),
        (Layout::two_nodes(), Harm::FullDisk),
        (Layout::sqlite(), Harm::FullDisk),
    ] {
        let outcome = chaos::run(binary, &layout, harm, times, away).await?;
        println!("{outcome}");
        if !outcome.figures.are_clean() {
            println!("{}", outcome.figures);
        }
        let is_back = outcome.is_back_within(chaos::Outcome::PROMISED);
        if !is_back {
            println!("not back in time: {:.1?}", outcome.back);
        }
        fine &= outcome.figures.are_clean() && is_back;
    }
    Ok(fine)
}

async fn count(on: On, numbers: u64, seed: u64) -> Result<bool> {
    let plan = numbers::Plan {
        writers: 32,
        rollbacks: 30,
        numbers,
        seed,
    };
    let folder = tempfile::tempdir()?;
    let postgres = match on.database {
        Database::Sqlite => None,
        Database::Postgres | Database::Redis => Some(Postgres::start()),
    };
    let url = postgres.as_ref().map(|postgres| postgres.url("postgres"));
    let outcome = numbers::run(url.as_deref(), folder.path(), plan).await?;
    println!("{outcome:#?}");
    Ok(true)
}
