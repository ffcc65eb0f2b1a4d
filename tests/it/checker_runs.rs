//! Promises under load, in small: connections that break in every way, one order for all, one row for one key, numbers without
//! holes. On one node over SQLite and on two over PostgreSQL; in the promised size by command (`docs/reliability.md`).

use std::path::Path;

use tests::cluster::Layout;
use tests::database::url_of;
use tests::runs::{faulty, numbers, once, order};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

fn seed() -> u64 {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    seed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_reconnects_after_every_kind_of_failure_skip_and_double_nothing() {
    let plan = faulty::Plan {
        reconnects: 120,
        seed: seed(),
    };
    let outcome = faulty::run(Path::new(PROGRAM), &Layout::of_these_tests(), plan)
        .await
        .unwrap();
    println!("{outcome}");
    assert!(outcome.figures.are_clean(), "{outcome}");
    assert!(outcome.figures.reconnects >= 100, "{outcome}");
    assert!(
        outcome.cuts.0.len() >= 4,
        "there were failures of most kinds: {outcome}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_writers_and_fifty_readers_see_one_order() {
    let outcome = order::run(Path::new(PROGRAM), &Layout::of_these_tests(), 50, 150)
        .await
        .unwrap();
    assert!(outcome.figures.are_clean(), "{}", outcome.figures);
    assert_eq!(outcome.readers, 50);
    assert!(outcome.is_one(), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_one_row_and_one_answer_on_all_nodes_and_after_a_crash() {
    let plan = once::Plan {
        keys: 60,
        copies: 4,
        crashes: 1,
    };
    let outcome = once::run(Path::new(PROGRAM), &Layout::of_these_tests(), plan)
        .await
        .unwrap();
    println!("{outcome:?}");
    assert_eq!(outcome.torn, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_writers_of_whom_a_third_give_their_number_back_leave_no_hole() {
    let folder = tempfile::tempdir().unwrap();
    let plan = numbers::Plan {
        writers: 32,
        rollbacks: 30,
        numbers: 2000,
        seed: seed(),
    };
    let url = url_of(folder.path());
    let outcome = numbers::run(url.as_deref(), folder.path(), plan).await.unwrap();
    println!("{outcome:?}");
    assert!(outcome.rolled_back > 500, "{outcome:?}");
}
