//! The program: reads the command line and the settings, does what was asked for, and turns the outcome into an exit code: 0 for
//! done, 1 for failed, 2 for asked wrongly.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::config::Settings;
use crate::http::contract;
use crate::telemetry::tell;
use crate::{admin_cli, app, backup_cli, demo, health, telemetry};
use anyhow::{Context, bail};
use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};

const FAILED: u8 = 1;
const ASKED_WRONGLY: u8 = 2;

pub fn main() -> ExitCode {
    // Before anything else: the process that reads a file has no settings, no log and no runtime.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == infra::extract::COMMAND)
    {
        return infra::extract::child_main();
    }
    let Cli { global, command } = Cli::parse();
    let command = command.unwrap_or(Command::Serve);
    // The document does not depend on settings, and is compared where there are none.
    if let Command::Openapi { check } = &command {
        return ended(document(check.as_deref()));
    }
    let settings = global
        .settings()
        .and_then(|settings| telemetry::start(&settings).map(|()| settings));
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return complain(&error, ASKED_WRONGLY),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error, FAILED),
    };
    let code = ended(runtime.block_on(perform(command, settings)));
    // A blocking thread that hangs must not hold up a stop by a second signal.
    runtime.shutdown_background();
    code
}

async fn perform(command: Command, settings: Settings) -> anyhow::Result<()> {
    match command {
        Command::Serve => serve(settings, false).await,
        Command::Demo => serve(settings, true).await,
        Command::Migrate => {
            let migrated = admin_cli::migrate(&settings).await?;
            let copy = migrated
                .copy
                .map(|path| format!("; the database as it was is {}", path.display()));
            print(&format!(
                "{} steps were taken{}\n",
                migrated.steps,
                copy.unwrap_or_default()
            ))
        }
        Command::Openapi { check } => document(check.as_deref()),
        // Has ended long before.
        Command::Config => print(&settings.to_toml()),
        Command::Health => {
            health::ask(&settings).await?;
            print("ready\n")
        }
        Command::Backup { dir } => said(backup_cli::backup(&settings, &dir).await?),
        Command::Restore { dir } => said(backup_cli::restore(&settings, &dir).await?),
        Command::Verify { dir } => said(backup_cli::verify(&settings, dir.as_deref()).await?),
        Command::Admin(command) => {
            let said = admin_cli::run(&settings, command).await?;
            print(&format!("{said}\n"))
        }
    }
}

/// What is to be told on the standard output; then, perhaps, why that is no success.
fn said((told, wrong): backup_cli::Said) -> anyhow::Result<()> {
    print(&format!("{told}\n"))?;
    wrong.map_or(Ok(()), |wrong| bail!(wrong))
}

/// `filled`: with the demo's content, which takes a moment after the server answers.
async fn serve(settings: Settings, filled: bool) -> anyhow::Result<()> {
    // Before anything is started: a signal that comes early must not end the process halfway.
    let mut stops = Stops::listen().context("cannot listen for signals")?;
    let starting = app::start(settings);
    let running = tokio::select! {
        running = starting => running?,
        () = stops.next() => return Ok(()),
    };
    if filled {
        let stopped = tokio::select! {
            filled = fill(&running) => filled.map(|()| false),
            () = stops.next() => Ok(true),
        };
        if !matches!(stopped, Ok(false)) {
            running.stop().await?;
            return stopped.map(|_| ());
        }
    } else {
        greet(&running);
    }
    let failed = tokio::select! {
        () = stops.next() => false,
        () = running.failed() => true,
    };
    tracing::info!("stopping");
    tokio::select! {
        stopped = running.stop() => stopped?,
        () = stops.next() => bail!("stopped at once by a second signal"),
    }
    if failed {
        bail!("what must always run has died; the log says more");
    }
    tracing::info!("stopped");
    Ok(())
}

fn greet(running: &app::Running) {
    // To stderr and not to the log: it is for a person, whatever the filter, and the code must not be in the log's archive.
    tell(format_args!("Colloquy listens on {}", running.url));
    if let Some(code) = &running.setup_code {
        tell(format_args!(
            "No account yet. The first one becomes administrator; from elsewhere it needs the set-up code {code}"
        ));
    }
}

async fn fill(running: &app::Running) -> anyhow::Result<()> {
    tell("Filling an empty server with a bot, its documents and a conversation:");
    let told = demo::fill(running.app(), !running.address.ip().is_loopback()).await?;
    tell(format_args!("\nColloquy listens on {}", running.url));
    tell(told.text(&running.url));
    Ok(())
}

struct Stops {
    terminate: Signal,
    interrupt: Signal,
}

impl Stops {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn document(check: Option<&Path>) -> anyhow::Result<()> {
    let made = contract::yaml();
    let Some(path) = check else { return print(&made) };
    let kept = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    if kept == made {
        return Ok(());
    }
    let at = kept
        .lines()
        .zip(made.lines())
        .take_while(|(kept, made)| kept == made)
        .count()
        + 1;
    let path = path.display();
    bail!("{path} differs from the code from line {at} on; write it anew with `colloquy openapi > {path}`")
}

/// A reader that went away (`| head`) is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Err(_) | Ok(()) => Ok(()),
    }
}

fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Also found late (a secret, an address): it is the settings that are wrong.
        Err(error) if error.is::<crate::config::SettingsError>() => complain(&error, ASKED_WRONGLY),
        Err(error) => complain(&format!("{error:#}"), FAILED),
    }
}

/// One line, whatever the texts of the causes.
fn complain(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    let text = error.to_string();
    let line: Vec<_> = text.lines().map(str::trim).collect();
    tell(format_args!("colloquy: {}", line.join(" ")));
    ExitCode::from(code)
}
