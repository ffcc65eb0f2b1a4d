//! The real server as a child process, with the limits raised that a load from one address would run into.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::token::LIFETIME;
use crate::process::Process;

/// Settings that differ from the defaults, and what for. Told in every report.
pub fn settings() -> Vec<(&'static str, String)> {
    let files = rlimit::Resource::NOFILE.get_hard().unwrap_or(1024);
    vec![
        // All people come from one address, and one of them says everything.
        ("COLLOQUY_REQUESTS_PER_USER", "100000000".into()),
        ("COLLOQUY_REQUESTS_PER_ADDRESS", "100000000".into()),
        // By default a tenth of the open files is kept back; the growth to 20,000 sockets needs a part of it.
        ("COLLOQUY_SOCKETS_PER_NODE", (files - files / 50).to_string()),
        ("COLLOQUY_CONNECTIONS", (files - files / 100).to_string()),
        // Sockets end with their token; no run is to end with its tokens.
        ("COLLOQUY_ACCESS_TOKEN", format!("{LIFETIME}s")),
        ("COLLOQUY_LOG", "warn".into()),
    ]
}

/// Starts the server on a free port of loopback; it listens when this returns. `environment`: what it has in its own besides
/// settings.
pub fn start(
    program: &Path,
    folder: &Path,
    secret: &str,
    environment: &[(&str, String)],
) -> Result<(Process, SocketAddr)> {
    let mut command = Command::new(program);
    // Neither the caller's settings nor a file of theirs may change what is measured.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COLLOQUY_") {
            command.env_remove(name);
        }
    }
    command
        .arg("serve")
        .envs(settings())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env("COLLOQUY_SECRET", secret)
        .env("COLLOQUY_DATA_DIR", folder)
        .env("COLLOQUY_LISTEN", "127.0.0.1:0")
        .current_dir(folder);
    Process::start(command, Duration::from_secs(60), |line| {
        line.strip_prefix("Colloquy listens on http://")?
            .trim()
            .parse()
            .ok()
    })
}
