//! What the figures were measured on, in one line.

use std::fs;
use std::process::Command;

pub fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    });
    let memory = memory.map_or(0.0, |kilobytes: f64| kilobytes / 1024.0 / 1024.0);
    let rust = Command::new("rustc").arg("--version").output();
    let rust = rust.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
    let rust = rust.unwrap_or_else(|_| "unknown rustc".into());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let files = rlimit::Resource::NOFILE.get_hard().unwrap_or_default();
    format!(
        "{model}, {cores} cores shared with the generator, {memory:.0} GB, Linux {}, {rust}, {files} open files, load {} at start",
        kernel.trim(),
        load()
    )
}

/// Of the last minute: other work on the machine disturbs every figure.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().into()
}
