//! The benchmark itself, small and short: that it runs against the real server, loses nothing, and leaves its figures.

#![allow(clippy::unwrap_used)]

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

fn figure(run: &Value, scenario: &str, subject: &str, figure: &str) -> f64 {
    let scenarios = run["scenarios"].as_array().unwrap();
    let found = scenarios
        .iter()
        .find(|one| one["name"] == scenario && one["subject"] == subject)
        .unwrap();
    let figures = found["figures"].as_array().unwrap();
    figures.iter().find(|one| one["name"] == figure).unwrap()["value"]
        .as_f64()
        .unwrap()
}

#[test]
fn a_short_run_delivers_everything_and_leaves_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["f1ks", "write", "slow", "--quick", "--server"])
        .arg(server())
        .arg("--folder")
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("f1ks"));
    let run: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("latest.json")).unwrap()).unwrap();
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
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().starts_with("data-")),
        "data folders are left: {left:?}"
    );
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
