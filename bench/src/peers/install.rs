//! Installing a peer: its own files and pinned dependencies, into a folder below the build's target. What is installed
//! already, from the same pins, is left as it is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Kind, Peer};

/// Seconds for one step. The slowest, building socketioxide, takes about a hundred on two cores.
const LIMIT: &str = "600";

const NODE_FILES: [&str; 4] = ["package.json", "package-lock.json", "ws.js", "socketio.js"];
const PYTHON_FILES: [&str; 2] = ["requirements.txt", "server.py"];

pub(super) fn install(kind: Kind, target: &Path) -> Result<Peer> {
    let place = match kind {
        Kind::Ws | Kind::SocketIo => target.join("node"),
        Kind::FastApi => target.join("python"),
        Kind::Socketioxide => target.join("socketioxide"),
    };
    fs::create_dir_all(&place)?;
    let software = match kind {
        Kind::Ws => format!("ws {} on Node {}", npm_pin("ws")?, said(&mut node())?),
        Kind::SocketIo => format!(
            "Socket.IO {} on Node {}",
            npm_pin("socket.io")?,
            said(&mut node())?
        ),
        Kind::FastApi => {
            let pin = |name| pip_pin(&sources("python").join("requirements.txt"), name);
            let (fastapi, uvicorn, uvloop) = (pin("fastapi")?, pin("uvicorn")?, pin("uvloop")?);
            let python = said(Command::new("python3").arg("--version"))?;
            format!("FastAPI {fastapi} with uvicorn {uvicorn} (uvloop {uvloop}) on {python}")
        }
        Kind::Socketioxide => {
            let lock = fs::read_to_string(sources("socketioxide").join("Cargo.lock"))?;
            let pin = |name| cargo_pin(&lock, name).with_context(|| format!("{name} is not in Cargo.lock"));
            format!("socketioxide {} with axum {}", pin("socketioxide")?, pin("axum")?)
        }
    };
    eprintln!("peer: {software}, in {}", place.display());
    match kind {
        Kind::Ws | Kind::SocketIo => npm(&place)?,
        Kind::FastApi => pip(&place)?,
        Kind::Socketioxide => cargo(&place)?,
    }
    Ok(Peer {
        kind,
        place,
        software,
    })
}

/// The servers of both Node peers share one folder, since Node finds its modules beside the file.
fn npm(place: &Path) -> Result<()> {
    let changed = copy("node", place, &NODE_FILES)?;
    if changed || !installed(place) {
        let mut command = bounded("npm");
        command.args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(command.current_dir(place), place)?;
        done(place)?;
    }
    Ok(())
}

fn pip(place: &Path) -> Result<()> {
    let changed = copy("python", place, &PYTHON_FILES)?;
    if changed || !installed(place) {
        let venv = place.join("venv");
        // `--clear`: what an earlier run left half done would stay otherwise.
        run(
            bounded("python3").args(["-m", "venv", "--clear"]).arg(&venv),
            place,
        )
        .context("a virtual environment; on Debian it needs the package python3-venv")?;
        let python = venv.join("bin/python");
        let mut command = bounded(python.to_str().context("a path that is not UTF-8")?);
        command.args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "-r",
        ]);
        run(command.arg(place.join("requirements.txt")), place)?;
        done(place)?;
    }
    Ok(())
}

/// A package of its own, with its own lock file: it never joins our workspace.
fn cargo(place: &Path) -> Result<()> {
    let manifest = sources("socketioxide").join("Cargo.toml");
    let mut command = bounded("cargo");
    command
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(manifest);
    run(command.arg("--target-dir").arg(place), place)
}

fn sources(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}

/// Copies what differs and tells whether the pins (the file that decides what is installed) were among it.
fn copy(from: &str, place: &Path, files: &[&str]) -> Result<bool> {
    let mut changed = false;
    for file in files {
        let new = fs::read(sources(from).join(file))?;
        if fs::read(place.join(file)).is_ok_and(|old| old == new) {
            continue;
        }
        fs::write(place.join(file), new)?;
        changed |= file.ends_with(".json") || file.ends_with(".txt");
    }
    if changed {
        let _ = fs::remove_file(place.join("installed"));
    }
    Ok(changed)
}

fn installed(place: &Path) -> bool {
    place.join("installed").exists()
}

fn done(place: &Path) -> Result<()> {
    Ok(fs::write(place.join("installed"), "")?)
}

/// A command that coreutils' `timeout` ends, with all its children.
fn bounded(program: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", LIMIT, program]);
    command
}

/// Runs it with its output in a log; an error carries the log's last lines.
fn run(command: &mut Command, place: &Path) -> Result<()> {
    let path = place.join("install.log");
    let log = File::create(&path)?;
    let status = command.stdout(log.try_clone()?).stderr(log).status()?;
    if status.success() {
        return Ok(());
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" | ");
    bail!("{status}: {last} (more in {})", path.display())
}

fn node() -> Command {
    let mut command = Command::new("node");
    command.arg("--version");
    command
}

/// What a command prints, in one line.
fn said(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("{program} is not installed"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn npm_pin(name: &str) -> Result<String> {
    let package: serde_json::Value =
        serde_json::from_slice(&fs::read(sources("node").join("package.json"))?)?;
    let pin = package["dependencies"][name].as_str();
    Ok(pin
        .with_context(|| format!("{name} is not in package.json"))?
        .to_owned())
}

fn pip_pin(file: &Path, name: &str) -> Result<String> {
    let text = fs::read_to_string(file)?;
    let pin = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix("=="));
    Ok(pin
        .with_context(|| format!("{name} is not in requirements.txt"))?
        .to_owned())
}

fn cargo_pin<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let named = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == named)?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_where_they_stand() {
        assert!(npm_pin("ws").unwrap().starts_with('8'));
        assert!(npm_pin("socket.io").unwrap().starts_with('4'));
        let file = sources("python").join("requirements.txt");
        assert!(pip_pin(&file, "uvicorn").unwrap().starts_with("0."));
        assert!(pip_pin(&file, "uvic").is_err());
        let lock = fs::read_to_string(sources("socketioxide").join("Cargo.lock")).unwrap();
        assert!(cargo_pin(&lock, "axum").unwrap().starts_with("0."));
        assert_eq!(cargo_pin(&lock, "nothing"), None);
    }

    #[test]
    fn a_step_that_fails_says_why() {
        let place = tempfile::tempdir().unwrap();
        let error = run(
            bounded("sh").args(["-c", "echo one; echo two >&2; exit 3"]),
            place.path(),
        );
        let error = error.unwrap_err().to_string();
        assert!(error.contains("one | two"), "{error}");
    }
}
