//! The long run of the crash judge, by hand: `cargo build -p tests --bins` and then
//! `cargo run -p tests --bin kill_loop -- --kills 50 [--seed N]`. Prints the figures that `docs/reliability.md` keeps,
//! and ends with 1 when there is a fault.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use tests::kill_loop::{Plan, run};

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let (mut kills, mut seed) = (50, now.as_secs());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .with_context(|| format!("{argument} needs a number"))?;
        match argument.as_str() {
            "--kills" => kills = value.parse()?,
            "--seed" => seed = value.parse()?,
            _ => bail!("unknown argument {argument}; known are --kills and --seed"),
        }
    }
    let here = std::env::current_exe()?;
    let binary = here.with_file_name("colloquy-under-test");
    let data_dir = tempfile::tempdir()?;
    println!("{kills} kills, seed {seed}, {}", binary.display());
    let outcome = run(&binary, data_dir.path(), Plan::new(kills, seed)).await?;
    print!("{outcome}");
    Ok(if outcome.figures.are_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
