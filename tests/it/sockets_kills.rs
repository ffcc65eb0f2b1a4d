//! `kill -9` under load, five times; fifty by command (`docs/reliability.md`).

use std::path::Path;
use std::time::Duration;

use tests::kill_loop::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_kills_under_load_lose_double_and_skip_nothing() {
    let data_dir = tempfile::tempdir().unwrap();
    let seed = std::process::id().into();
    println!("seed {seed}");
    let binary = Path::new(env!("CARGO_BIN_EXE_colloquy-under-test"));
    let outcome = run(binary, data_dir.path(), Plan::new(5, seed)).await.unwrap();
    println!("{outcome}");
    assert!(outcome.figures.are_clean(), "{outcome}");
    // Every other life may be too short for some of them.
    assert!(
        outcome.figures.connections >= 3 * 20,
        "the readers came back: {outcome}"
    );
    assert!(outcome.figures.acknowledged >= 50, "there was load: {outcome}");
    // The promise is 2 s; beside the other tests of the suite a start shares its two cores with them.
    assert!(outcome.slowest() < Duration::from_secs(10), "{outcome}");
}
