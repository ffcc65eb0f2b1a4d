//! The judge against faults that are planted in runs on the real server: each is found, named as what it is, and nothing else is.
//! In clean runs nothing is. Each run says itself what it is on, whatever the tests run on. The same by command, with more of it:
//! `checker` (`docs/reliability.md`).

use std::path::Path;

use tests::cluster::Layout;
use tests::journal;
use tests::judge::judge;
use tests::runs::planted::{Plant, run};
use tests::runs::{clean, record};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

async fn is_found(layout: Layout, plant: Plant) {
    let planted = run(Path::new(PROGRAM), &layout, plant).await.unwrap();
    let found = &planted.ended.figures.faults;
    assert_eq!(&planted.due, found, "{}", plant.name());
    let mut kinds: Vec<_> = found.iter().map(|fault| fault.kind()).collect();
    kinds.dedup();
    let expected: &[&str] = match plant {
        Plant::Nothing => &[],
        Plant::Drop => &["gap"],
        Plant::Double => &["doubled"],
        Plant::Swap => &["swapped"],
        Plant::Renumber => &["doubled", "gap", "phantom"],
        Plant::AfterRevocation => &["leaked"],
        Plant::EarlyAnswer => &["lost"],
        // Somebody had received what was taken away, and of a number that came again somebody both texts.
        Plant::SkipRow => &["hole", "lost", "phantom"],
        Plant::ReuseNumber => &["doubled", "lost", "phantom"],
    };
    kinds.sort_unstable();
    assert_eq!(kinds, expected, "{}", plant.name());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_dropped_doubled_swapped_or_renumbered_on_the_way_is_found() {
    for plant in [Plant::Drop, Plant::Double, Plant::Swap, Plant::Renumber] {
        is_found(Layout::sqlite(), plant).await;
    }
    // What befalls frames on their way has nothing to do with the database: one shows that it is found there too.
    for plant in [Plant::Nothing, Plant::Drop] {
        is_found(Layout::two_nodes(), plant).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_after_the_revocation_is_found() {
    is_found(Layout::sqlite(), Plant::AfterRevocation).await;
    is_found(Layout::two_nodes(), Plant::AfterRevocation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_the_commit_is_found_when_the_server_is_killed() {
    is_found(Layout::sqlite(), Plant::EarlyAnswer).await;
    is_found(Layout::two_nodes(), Plant::EarlyAnswer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_the_log_lacks_and_a_number_given_twice_are_found() {
    for plant in [Plant::SkipRow, Plant::ReuseNumber] {
        is_found(Layout::sqlite(), plant).await;
        is_found(Layout::two_nodes(), plant).await;
    }
}

async fn is_clean(layout: Layout) {
    let folder = tempfile::tempdir().unwrap();
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let ended = clean::run(Path::new(PROGRAM), &layout, seed).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_run_gives_no_alarm_and_neither_does_its_journal() {
    for layout in [Layout::sqlite(), Layout::two_nodes()] {
        is_clean(layout).await;
    }
}
