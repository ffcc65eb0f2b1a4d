//! Promises under load, in small: connections that break in every way, one order for all, one row for one key, numbers without
//! holes, peers that fall silent. Each run says itself what it is on, whatever the tests run on; in the promised size by command
//! (`docs/reliability.md`).

use std::path::Path;
use std::time::Duration;

use tests::cluster::Layout;
use tests::database::server_of;
use tests::runs::{faulty, forgotten, numbers, once, order};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

fn seed() -> u64 {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    seed
}

async fn reconnect(layout: Layout) {
    let plan = faulty::Plan {
        reconnects: 110,
        seed: seed(),
    };
    let outcome = faulty::run(Path::new(PROGRAM), &layout, plan).await.unwrap();
    println!("{outcome}");
    assert!(outcome.figures.are_clean(), "{outcome}");
    assert!(outcome.figures.reconnects >= 100, "{outcome}");
    assert!(
        outcome.cuts.0.len() >= 4,
        "there were failures of most kinds: {outcome}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_reconnects_after_every_kind_of_failure_skip_and_double_nothing() {
    reconnect(Layout::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_do_a_hundred_over_two_nodes() {
    reconnect(Layout::two_nodes()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_do_a_hundred_over_two_nodes_and_redis() {
    reconnect(Layout::two_nodes_on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_writers_and_fifty_readers_see_one_order() {
    for layout in [
        Layout::sqlite(),
        Layout::two_nodes(),
        Layout::two_nodes_on_redis(),
    ] {
        let outcome = order::run(Path::new(PROGRAM), &layout, 50, 150).await.unwrap();
        assert!(outcome.figures.are_clean(), "{}", outcome.figures);
        assert_eq!(outcome.readers, 50);
        assert!(outcome.is_one(), "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_one_row_and_one_answer_on_all_nodes_and_after_a_crash() {
    let plan = once::Plan {
        keys: 60,
        copies: 4,
        crashes: 1,
    };
    for layout in [Layout::sqlite(), Layout::two_nodes()] {
        let outcome = once::run(Path::new(PROGRAM), &layout, plan).await.unwrap();
        println!("{outcome:?}");
        assert_eq!(outcome.torn, Vec::<String>::new());
        assert!(outcome.unanswered > 0, "a node died in the middle: {outcome:?}");
    }
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
    for url in [None, Some(server_of(folder.path()))] {
        let outcome = numbers::run(url.as_deref(), folder.path(), plan).await.unwrap();
        println!("{outcome:?}");
        assert!(outcome.rolled_back > 500, "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_that_fall_silent_are_forgotten_on_all_nodes() {
    let silence = Duration::from_secs(4);
    let layout = Layout::two_nodes()
        .with("COLLOQUY_PING_INTERVAL", "1s")
        .with("COLLOQUY_SILENCE", "4s");
    let took = forgotten::run(Path::new(PROGRAM), &layout, 10).await.unwrap();
    println!("{took:.1?}");
    // With the settings as they come: 50 s, promised within 55 s.
    assert!(took < 3 * silence, "{took:?}");
}
