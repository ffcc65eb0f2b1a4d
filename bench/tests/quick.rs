//! The benchmark itself, small and short: that it runs against the real server, loses nothing, and leaves its figures.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The real program as the package `tests` builds it, in the same profile.
fn server() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_bench")).with_file_name("colloquy-under-test");
    if !beside.exists() {
        let build = ["build", "--package", "tests", "--bin", "colloquy-under-test"];
        assert!(
            Command::new(env!("CARGO"))
                .args(build)
                .status()
                .unwrap()
                .success()
        );
    }
    beside
}

/// Runs these scenarios, short and small, and gives what it left.
fn run(scenarios: &[&str], folder: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(scenarios)
        .args(["--quick", "--server"])
        .arg(server())
        .arg("--folder")
        .arg(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(scenarios[0]));
    serde_json::from_slice(&std::fs::read(folder.join("latest.json")).unwrap()).unwrap()
}

/// What one scenario found of one subject.
fn of<'a>(run: &'a Value, scenario: &str, subject: &str) -> Vec<&'a Value> {
    let scenarios = run["scenarios"].as_array().unwrap();
    scenarios
        .iter()
        .filter(|one| one["name"] == scenario && one["subject"] == subject)
        .collect()
}

fn value(scenario: &Value, figure: &str) -> f64 {
    let figures = scenario["figures"].as_array().unwrap();
    let found = figures.iter().find(|one| one["name"] == figure);
    found.unwrap_or_else(|| panic!("{figure} in {scenario}"))["value"]
        .as_f64()
        .unwrap()
}

fn figure(run: &Value, scenario: &str, subject: &str, figure: &str) -> f64 {
    value(of(run, scenario, subject)[0], figure)
}

fn nothing_is_left(folder: &Path) {
    let left: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let is_data = |name: &String| name.starts_with("data-") || name.starts_with("colloquy-postgres-");
    assert!(!left.iter().any(is_data), "data folders are left: {left:?}");
}

#[test]
fn a_short_run_delivers_everything_and_leaves_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(&["f1ks", "write", "slow"], folder.path());
    assert_eq!(run["scenarios"][0]["subject"], "raw", "the raw limit comes first");
    for subject in ["raw", "colloquy"] {
        assert!(figure(&run, "f1ks", subject, "deliveries per second") > 0.0);
        assert!(figure(&run, "f1ks", subject, "lost, doubled or swapped") <= 0.0);
    }
    assert!(figure(&run, "write", "raw", "sync p50") > 0.0);
    assert!(figure(&run, "write", "colloquy", "messages per second") > 0.0);
    for subject in ["raw", "colloquy"] {
        let name = if subject == "raw" {
            "sync p50"
        } else {
            "answer p50"
        };
        assert!(figure(&run, "slow", subject, name) >= 4.0, "slower by 4 ms");
    }
    nothing_is_left(folder.path());
}

/// Needs PostgreSQL and Redis, as other tests do: it fails without them.
#[test]
fn nodes_are_measured_on_both_databases_and_with_both_buses() {
    // PostgreSQL runs as a user without rights when this is root.
    let folder = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .unwrap();
    let run = run(&["nodes"], folder.path());
    let alone = ["SQLite", "PostgreSQL"];
    let two = ["2 nodes, NOTIFY", "2 nodes, Redis"];
    for subject in alone.into_iter().chain(two) {
        let all = of(&run, "nodes", subject);
        let writes: Vec<_> = all
            .iter()
            .filter(|one| one["parameters"]["clients"] != Value::Null)
            .collect();
        assert_eq!(writes.len(), 3, "1 client, 16, and 16 on as many bots");
        for write in writes {
            assert!(value(write, "messages per second") > 0.0);
        }
        let heard: Vec<_> = all
            .iter()
            .filter_map(|one| one["parameters"]["heard"].as_str())
            .collect();
        if alone.contains(&subject) {
            assert_eq!(heard, ["A"]);
        } else {
            assert_eq!(heard, ["A", "B", "both"]);
        }
        for one in all.iter().filter(|one| one["parameters"]["heard"] != Value::Null) {
            assert!(value(one, "deliveries per second") > 0.0);
            assert!(value(one, "node A: CPU per delivery") > 0.0);
            assert!(value(one, "lost, doubled or swapped") <= 0.0, "{subject}: {one}");
        }
    }
    for subject in two {
        let all = of(&run, "nodes", subject);
        let heard_on_b = all.iter().find(|one| one["parameters"]["heard"] == "B").unwrap();
        for part in ["node B", "PostgreSQL"] {
            assert!(value(heard_on_b, &format!("{part}: CPU per delivery")) > 0.0);
        }
        let cost = all
            .iter()
            .find(|one| one["parameters"]["cost"] != Value::Null)
            .unwrap();
        for figure in ["latency p50", "CPU per message", "PostgreSQL: CPU per delivery"] {
            assert!(value(cost, figure).is_finite());
        }
    }
    let with_redis = of(&run, "nodes", "2 nodes, Redis");
    let heard_on_b = with_redis
        .iter()
        .find(|one| one["parameters"]["heard"] == "B")
        .unwrap();
    assert!(value(heard_on_b, "Redis: CPU per delivery") > 0.0);
    nothing_is_left(folder.path());
}

#[test]
fn a_scenario_that_does_not_exist_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .arg("f2k")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no scenario `f2k`"));
}
