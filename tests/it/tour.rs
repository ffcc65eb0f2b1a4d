//! The tour of the README, walked as it is written: its `bash` blocks run in one shell, and what it says they print is what they
//! print. The one block that is replaced is the start of the server, which is the program built for the tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tests::logs;

const START: &str = "cargo run --release";
const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");
/// What `pip install` of the tour needs, and what the package is built with.
const WHEELS: &str = "python3 -m venv pip && pip/bin/pip download --quiet --disable-pip-version-check --dest wheels \
                      $demo/../clients/python hatchling";
/// Stands in the output after each block.
const MARK: &str = "--- end of block";
/// The tour takes seconds; the rest is for a slow machine.
const PATIENCE: &str = "240";

/// A `bash` block, and what the block behind it says it prints.
struct Step {
    line: usize,
    script: String,
    output: Option<String>,
}

#[test]
fn the_tour_of_the_readme_is_true_word_for_word() {
    for tool in ["bash", "curl", "jq", "node", "npm", "python3", "timeout"] {
        assert!(
            has(tool),
            "the README's tour needs `{tool}`, which is not installed here"
        );
    }
    let steps = steps(&std::fs::read_to_string(root().join("README.md")).unwrap());
    assert_eq!(
        steps.iter().filter(|step| step.script.trim() == START).count(),
        1,
        "the tour starts the server once"
    );
    let output = walk(&steps);
    let (printed, complaints) = (text(&output.stdout), text(&output.stderr));
    let mut rest = printed.as_str();
    for step in &steps {
        let (here, after) = rest.split_once(&format!("{MARK}\n")).unwrap_or_else(|| {
            panic!(
                "the block at line {} failed ({}):\n{rest}\n{complaints}",
                step.line, output.status
            )
        });
        rest = after;
        if let Some(expected) = &step.output {
            assert_eq!(
                here.trim_end(),
                expected.trim_end(),
                "the block at line {}:\n{complaints}",
                step.line
            );
        }
    }
    assert!(output.status.success(), "{}: {complaints}", output.status);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn has(tool: &str) -> bool {
    let found = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The blocks of the section that is called a tour.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut in_tour, mut fence, mut block) = (false, None, String::new());
    for (index, line) in readme.lines().enumerate() {
        match (&fence, line.strip_prefix("```")) {
            (None, Some(language)) => {
                fence = Some((index + 1, language.to_owned()));
                block.clear();
            }
            (Some((start, language)), Some(_)) => {
                match language.as_str() {
                    "bash" if in_tour => {
                        steps.push(Step {
                            line: *start,
                            script: block.clone(),
                            output: None,
                        });
                    }
                    "json" if in_tour => {
                        let step = steps.last_mut().expect("output stands behind a block");
                        assert!(
                            step.output.is_none(),
                            "two outputs for the block at line {}",
                            step.line
                        );
                        step.output = Some(block.clone());
                    }
                    _ => {}
                }
                fence = None;
            }
            (Some(_), None) => block.push_str(&format!("{line}\n")),
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    in_tour = title.contains("tour");
                }
            }
        }
    }
    assert!(!steps.is_empty(), "the README has a tour");
    steps
}

/// Runs the blocks in one shell. Where the system allows it, in a network of its own, so that the port of the README is free; for
/// what comes from package registries there, it is brought to a cache before.
fn walk(steps: &[Step]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let id = std::process::id();
    let log = logs::folder().join(format!("server-tour-{id}.log"));
    let mut script = String::new();
    for step in steps {
        if step.script.trim() == START {
            script +=
                "\"$PROGRAM\" > \"$SERVER_LOG\" 2>&1 & server=$!\ntrap 'kill $server; wait $server' EXIT\n";
        } else {
            script += &step.script;
        }
        script += &format!("echo '{MARK}'\n");
    }
    // The tour is walked from the root of the repository; of that it needs the documents and the clients alone.
    for name in ["demo", "clients"] {
        let here = root().join(name).canonicalize().unwrap();
        std::os::unix::fs::symlink(here, dir.path().join(name)).unwrap();
    }
    let file = dir.path().join("tour.sh");
    std::fs::write(&file, script).unwrap();

    let alone = own_network(&["ip", "link", "set", "lo", "up"])
        .status()
        .is_ok_and(|status| status.success());
    let mut command = if alone {
        fill_cache(steps, dir.path());
        // Options of npm and pip alone; the commands stay as they stand.
        let mut command = own_network(&["bash", "-c", "ip link set lo up && exec bash -e tour.sh"]);
        command
            .env("npm_config_offline", "true")
            .env("npm_config_audit", "false")
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", dir.path().join("cache/wheels"));
        command
    } else {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", PATIENCE, "bash", "-e", "tour.sh"]);
        command
    };
    without_settings(&mut command);
    command.current_dir(dir.path()).stdin(Stdio::null());
    command
        .env("TMPDIR", dir.path())
        .env("PROGRAM", PROGRAM)
        .env("SERVER_LOG", &log);
    let output = command.output().unwrap();
    note_secrets(steps, dir.path());
    output
}

/// In a network namespace, whose processes end with `timeout`.
fn own_network(words: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.args([
        "--kill-after=5",
        PATIENCE,
        "unshare",
        "--map-root-user",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
    ]);
    command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program as for somebody who has just cloned it.
fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COLLOQUY_")) {
        command.env_remove(name);
    }
}

fn fill_cache(steps: &[Step], dir: &Path) {
    let lines = steps.iter().flat_map(|step| step.script.lines());
    let install = lines
        .filter(|line| line.starts_with("npm install "))
        .chain([WHEELS])
        .collect::<Vec<_>>()
        .join("\n");
    let cache = dir.join("cache");
    std::fs::create_dir(&cache).unwrap();
    let output = Command::new("bash")
        .args(["-ec", &install])
        .env("demo", dir.join("demo"))
        .current_dir(&cache)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "`{install}` failed: {}",
        text(&output.stderr)
    );
}

/// What the people of the tour gave and were given, for the search of the logs.
fn note_secrets(steps: &[Step], dir: &Path) {
    for step in steps {
        for after in step.script.split("\"password\": \"").skip(1) {
            logs::issued(after.split('"').next().unwrap());
        }
    }
    for entry in std::fs::read_dir(dir).unwrap() {
        let folder = entry.unwrap().path();
        for name in ["ann.json", "bob.json"] {
            let Ok(kept) = std::fs::read_to_string(folder.join(name)) else {
                continue;
            };
            let answer: serde_json::Value = serde_json::from_str(&kept).unwrap();
            for secret in ["access_token", "refresh_token"] {
                logs::issued(answer[secret].as_str().unwrap());
            }
        }
    }
}
