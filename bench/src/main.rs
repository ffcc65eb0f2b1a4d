//! The benchmark: `cargo run --release -p bench -- all`. It runs the real server and the raw limit (and peers, when asked for)
//! as processes of their own, loads them over loopback, and reads what they cost in `/proc`.

mod colloquy;
mod disk;
mod figures;
mod http;
mod load;
mod machine;
mod peers;
mod plots;
mod process;
mod raw;
mod report;
mod scenarios;
mod slow_disk;
mod subject;
mod targets;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;

use colloquy::Colloquy;
use figures::Run;
use scenarios::{NAMES, Stage};

/// Measures Colloquy against the raw limit of this machine, over loopback.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to run: `all`, or names of scenarios.
    #[arg(required_unless_present = "report")]
    scenarios: Vec<String>,
    /// Small numbers and short times: shows that everything works. The figures mean nothing.
    #[arg(long)]
    quick: bool,
    /// Installs and measures the peers too.
    #[arg(long)]
    peers: bool,
    /// The server to measure; without it `cargo build --release -p api` is run first.
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Where data folders and results go: on the disk whose syncs are to be measured. Default: `bench` beside the programs.
    #[arg(long, value_name = "PATH")]
    folder: Option<PathBuf>,
    /// Writes the figures and plots into `docs` as well.
    #[arg(long)]
    docs: bool,
    /// Measures nothing: shows a run that was saved.
    #[arg(long, value_name = "FILE", conflicts_with = "scenarios")]
    report: Option<PathBuf>,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [raw::COMMAND, payload] => return raw::serve(payload.parse()?),
        [slow_disk::COMMAND, folder, time] => return slow_disk::print_sync(folder.as_ref(), time.parse()?),
        _ => {}
    }
    let arguments = Arguments::parse();
    match &arguments.report {
        Some(file) => report::again(file, arguments.docs.then(root)),
        None => measure(&arguments),
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let mut names: Vec<&str> = arguments.scenarios.iter().map(String::as_str).collect();
    if names.contains(&"all") {
        names = NAMES.to_vec();
    }
    if let Some(unknown) = names.iter().find(|name| !NAMES.contains(name)) {
        bail!(
            "there is no scenario `{unknown}`; there are: all, {}",
            NAMES.join(", ")
        );
    }
    let target = target()?;
    let folder = arguments.folder.clone().unwrap_or_else(|| target.join("bench"));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // What is relative now would be looked for in another folder by the server.
    let folder = folder.canonicalize()?;
    let server = match &arguments.server {
        Some(server) => server
            .canonicalize()
            .with_context(|| format!("no server at {}", server.display()))?,
        None => build(&target)?,
    };
    rlimit::increase_nofile_limit(u64::MAX)?;
    let peers = if arguments.peers {
        peers::install(&target)
    } else {
        Vec::new()
    };
    let mut run = Run {
        machine: machine::describe(),
        when: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        command: std::env::args()
            .skip(1)
            .fold("bench".into(), |line, word| line + " " + &word),
        server_version: version(&server)?,
        settings: colloquy::settings()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        scenarios: Vec::new(),
        targets: Vec::new(),
    };
    let stage = Stage::new(Colloquy::new(server, &folder)?, peers, arguments.quick)?;
    let mut failed = Vec::new();
    for name in names {
        eprintln!("{name} …");
        // What was measured before is not lost with it.
        match stage.run(name) {
            Ok(scenarios) => run.scenarios.extend(scenarios),
            Err(error) => {
                eprintln!("  failed: {error:#}");
                failed.push(name);
            }
        }
    }
    // They are meant for the full numbers.
    if !arguments.quick {
        run.targets = targets::targets(&run.scenarios);
    }
    print!("{}", report::terminal(&run));
    let saved = report::save(&run, &folder)?;
    plots::draw(&run, &folder)?;
    println!("\n{} and plots beside it", saved.display());
    ensure!(failed.is_empty(), "these scenarios failed: {}", failed.join(", "));
    if arguments.docs {
        report::write_docs(&run, root())?;
    }
    Ok(())
}

/// The folder that holds the profile's folder, such as `target`.
fn target() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent);
    Ok(target.context("this program stands nowhere")?.to_path_buf())
}

/// Of the repository.
fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

fn build(target: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    eprintln!("building the server …");
    let built = Command::new(cargo)
        .args(["build", "--release", "--package", "api", "--quiet"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target)
        .status()
        .context("cannot run cargo")?;
    ensure!(built.success(), "the server could not be built");
    Ok(target
        .join("release")
        .join(format!("colloquy{}", std::env::consts::EXE_SUFFIX)))
}

fn version(server: &Path) -> Result<String> {
    let output = Command::new(server).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split_whitespace().last().unwrap_or("unknown").into())
}
