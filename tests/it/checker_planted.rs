//! The judge against faults that are planted in runs on the real server: each is found, named as what it is, and nothing else is.
//! In clean runs nothing is. The same by command, with more of it: `checker` (`docs/reliability.md`).

use std::path::Path;

use tests::cluster::Layout;
use tests::journal;
use tests::judge::judge;
use tests::runs::planted::{Plant, run};
use tests::runs::{clean, record};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

async fn is_found(plant: Plant) {
    let planted = run(Path::new(PROGRAM), &Layout::of_these_tests(), plant)
        .await
        .unwrap();
    assert_eq!(planted.due, planted.ended.figures.faults, "{}", plant.name());
    assert_eq!(
        planted.due.is_empty(),
        plant == Plant::Nothing,
        "{}",
        plant.name()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_dropped_doubled_swapped_or_renumbered_on_the_way_is_found() {
    let plants = [
        Plant::Nothing,
        Plant::Drop,
        Plant::Double,
        Plant::Swap,
        Plant::Renumber,
    ];
    // What befalls frames on their way has nothing to do with the database: two of them show that it can be found there too.
    let most = if services::is_postgres() { 2 } else { plants.len() };
    for plant in plants.into_iter().take(most) {
        is_found(plant).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_after_the_revocation_is_found() {
    is_found(Plant::AfterRevocation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_the_commit_is_found_when_the_server_is_killed() {
    is_found(Plant::EarlyAnswer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_the_log_lacks_and_a_number_given_twice_are_found() {
    for plant in [Plant::SkipRow, Plant::ReuseNumber] {
        is_found(plant).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_run_gives_no_alarm_and_neither_does_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let ended = clean::run(Path::new(PROGRAM), &Layout::of_these_tests(), seed)
        .await
        .unwrap();
    println!("{}", ended.figures);
    assert!(ended.figures.are_clean(), "{}", ended.figures);
    let readers = ended.runs.iter().flat_map(|run| &run.readers);
    let withdrawn: usize = readers.map(|reader| reader.withdrawals.len()).sum();
    assert_eq!(withdrawn, 2, "somebody lost a role, for a while and for good");
    record(&ended.runs, folder.path(), "run").unwrap();
    let mut events = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let file = std::fs::File::open(entry.unwrap().path()).unwrap();
        let run = journal::read(std::io::BufReader::new(file)).unwrap();
        assert_eq!(judge(&run), []);
        events += run.log.len();
    }
    assert!(events > 50, "the journals hold the run");
}
