//! What a test run leaves in `target/test-logs`: everything its servers logged, at the level `trace`, and every secret that was
//! issued. `log_secrets` then looks for the ones in the others.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, Once};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

pub const ISSUED: &str = "issued.txt";

pub fn folder() -> PathBuf {
    let target = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-logs"));
    std::fs::create_dir_all(&target).unwrap();
    target
}

/// A file for what a server logs, by the name of the process.
pub fn file(name: &str) -> File {
    append(&format!("server-{name}.log"))
}

fn append(name: &str) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder().join(name))
        .unwrap()
}

/// From here on this process logs everything; calls after the first do nothing.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The client half of the libraries runs in this process too, and is no part of the server.
        let server = Targets::new()
            .with_default(LevelFilter::TRACE)
            .with_target("reqwest", LevelFilter::OFF)
            .with_target("hyper_util::client", LevelFilter::OFF);
        let file = Mutex::new(file(&std::process::id().to_string()));
        let layer = fmt::layer()
            .with_ansi(false)
            .with_writer(file)
            .with_filter(server);
        tracing::subscriber::set_global_default(Registry::default().with(layer))
            .expect("no other subscriber");
    });
}

/// Notes a secret that a server issued or was given.
pub fn issued(secret: &str) {
    // One write of a whole line: other processes append here too.
    append(ISSUED)
        .write_all(format!("{secret}\n").as_bytes())
        .unwrap();
}
