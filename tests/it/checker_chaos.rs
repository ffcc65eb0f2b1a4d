//! Nodes, databases and disks that go away under load and come back: nothing that was acknowledged is lost, nobody is answered 500,
//! and everybody catches up. Each run says itself what it is on, whatever the tests run on. For longer, and with figures, by command
//! (`docs/reliability.md`).

use std::path::Path;
use std::time::Duration;

use tests::cluster::Layout;
use tests::disk::Disk;
use tests::runs::chaos::{Harm, Outcome, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

/// How long a busy machine may take for what is promised within five seconds, and for what waits at worst for ten.
const BACK: Duration = Duration::from_secs(20);
const ELSEWHERE: Duration = Duration::from_secs(30);

async fn survived(layout: Layout, harm: Harm) -> Outcome {
    let away = Duration::from_secs(1);
    let outcome = run(Path::new(PROGRAM), &layout, harm, 1, away).await.unwrap();
    println!("{}\n{outcome}", Outcome::HEAD);
    assert!(outcome.figures.are_clean(), "{}", outcome.figures);
    assert!(outcome.is_back_within(BACK), "{:?}", outcome.back);
    assert!(
        outcome.elsewhere.iter().all(|took| *took < ELSEWHERE),
        "{:?}",
        outcome.elsewhere
    );
    outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_a_node_that_is_killed_go_on_at_the_other() {
    let outcome = survived(Layout::two_nodes(), Harm::KillNode).await;
    assert_eq!(outcome.elsewhere.len(), 1, "the other one answered meanwhile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_a_node_that_is_paused_go_on_at_the_other() {
    let outcome = survived(Layout::two_nodes(), Harm::PauseNode).await;
    assert_eq!(outcome.elsewhere.len(), 1, "the other one answered meanwhile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sudden_death_of_the_database_loses_nothing_and_is_told_as_503() {
    let outcome = survived(Layout::two_nodes(), Harm::KillDatabase).await;
    assert!(outcome.figures.refused > 0, "{}", outcome.figures);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_database_loses_nothing() {
    survived(Layout::two_nodes(), Harm::PauseDatabase).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_die_and_stand_still_and_nothing_is_missed() {
    for harm in [Harm::KillRedis, Harm::PauseRedis] {
        let outcome = survived(Layout::two_nodes_on_redis(), harm).await;
        assert_eq!(
            outcome.figures.refused, 0,
            "nobody need notice: {}",
            outcome.figures
        );
    }
}

/// Takes root. Where a small disk cannot be mounted, this is a failure, unless whoever runs the tests has said that there is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_as_503_and_loses_nothing() {
    if Disk::is_renounced() {
        println!("not run: COLLOQUY_TEST_DISK=none");
        return;
    }
    for layout in [Layout::sqlite(), Layout::two_nodes()] {
        let outcome = survived(layout, Harm::FullDisk).await;
        assert!(outcome.figures.refused > 0, "{}", outcome.figures);
    }
}
