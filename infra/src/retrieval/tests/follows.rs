//! How the index keeps up, and what becomes of it when its files do not.

use std::fs;

use tantivy::{Document, Index, SegmentReader, TantivyDocument};
use tempfile::TempDir;

use super::*;

async fn open(dir: &TempDir) -> Retrieval {
    Retrieval::open(dir.path()).await.unwrap()
}

/// All that can be read out of the files below: every term and every kept value, of deleted entries too. Also the names of files
/// that belong to no segment.
fn on_disk(dir: &TempDir) -> String {
    let mut all = String::new();
    for generation in fs::read_dir(dir.path()).unwrap() {
        let path = generation.unwrap().path();
        let index = Index::open_in_dir(&path).unwrap();
        let mut names = String::new();
        for segment in index.searchable_segments().unwrap() {
            names += &segment.id().uuid_string();
            let reader = SegmentReader::open(&segment).unwrap();
            for (field, _) in index.schema().fields() {
                let inverted = reader.inverted_index(field).unwrap();
                let mut terms = inverted.terms().stream().unwrap();
                while terms.advance() {
                    all += &String::from_utf8_lossy(terms.key());
                    all.push('\n');
                }
            }
            let store = reader.get_store_reader(1).unwrap();
            for n in 0..reader.max_doc() {
                let entry: TantivyDocument = store.get(n).unwrap();
                all += &entry.to_json(&index.schema());
            }
        }
        for file in files(&path) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let of_segment = name.split('.').next().is_some_and(|id| id.len() == 32);
            if of_segment && !names.contains(&name[..32]) {
                all += &format!("stray file {name}\n");
            }
        }
    }
    all
}

#[tokio::test]
async fn it_follows_changes_and_goes_on_where_it_was() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    let retrieval = open(&dir).await;
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), 0);
    let document = library.add(bot, "a.md", &["alpha", "beta"]);
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), 1);
    assert_eq!(found(&retrieval, bot, "beta").await, [(document, 1)]);

    library.put(document, bot, "a.md", &["gamma"]);
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), 2);
    assert!(found(&retrieval, bot, "beta").await.is_empty());
    assert_eq!(found(&retrieval, bot, "gamma").await, [(document, 0)]);
    drop(retrieval);

    let retrieval = open(&dir).await;
    assert_eq!(retrieval.progress().position, 2);
    let reads = library.with(|shelf| shelf.reads);
    assert!(
        retrieval.search(bot, "gamma", 3).await.is_err(),
        "nobody knows yet whether it is whole"
    );
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), 2);
    assert_eq!(found(&retrieval, bot, "gamma").await, [(document, 0)]);
    assert_eq!(library.with(|shelf| shelf.reads), reads, "nothing is read twice");
}

#[tokio::test]
async fn many_documents_and_long_ones_arrive_whole() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    for n in 0..150 {
        library.add(bot, "a.md", &[&format!("needle{n} in the hay")]);
    }
    let texts: Vec<String> = (0..300).map(|n| format!("page number{n}")).collect();
    let long = library.add(
        bot,
        "long.md",
        &texts.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let retrieval = open(&dir).await;
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), 151);
    assert_eq!(found(&retrieval, bot, "number299").await[0], (long, 299));
    assert_eq!(found(&retrieval, bot, "hay needle149").await.len(), 10);
}

#[tokio::test]
async fn it_goes_on_after_a_commit_in_the_middle() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    // The first commit falls on the last of the changes that are read at once.
    for _ in 0..70 {
        library.add(bot, "a.md", &["x"; 62]);
    }
    let last = library.add(bot, "b.md", &["needle"]);
    let retrieval = open(&dir).await;
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), 71);
    assert_eq!(found(&retrieval, bot, "needle").await, [(last, 0)]);
}

#[tokio::test]
async fn callers_at_the_same_time_share_a_run() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    let retrieval = open(&dir).await;
    library.add(bot, "a.md", &["alpha"]);
    let callers = (0..20).map(|_| retrieval.catch_up(&library));
    let positions = futures_util::future::join_all(callers).await;
    assert!(positions.into_iter().all(|position| position.unwrap() == 1));
    assert!(library.with(|shelf| shelf.reads) <= 2);
}

#[tokio::test]
async fn what_was_deleted_leaves_no_byte_behind() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    let kept = library.add(bot, "kept.md", &["ordinary words"]);
    let secret = library.add(bot, "xylophonist.md", &["the quokkaword secret", "ordinary"]);
    let alone = BotId::new();
    let all_of_a_bot = library.add(alone, "b.md", &["wombatword"]);
    let retrieval = open(&dir).await;
    retrieval.catch_up(&library).await.unwrap();
    let secrets = [
        "quokka",
        "xylophon",
        "wombat",
        &secret.to_string(),
        &alone.0.simple().to_string(),
    ]
    .map(str::to_owned);
    let before = on_disk(&dir);
    assert!(secrets.iter().all(|word| before.contains(word)), "{before}");

    library.drop_document(secret, bot);
    library.drop_document(all_of_a_bot, alone);
    retrieval.catch_up(&library).await.unwrap();
    assert!(found(&retrieval, bot, "quokkaword").await.is_empty());
    assert!(retrieval.purge().await.unwrap());
    let after = on_disk(&dir);
    assert!(
        !secrets.iter().any(|word| after.contains(word)) && !after.contains("stray"),
        "{after}"
    );
    assert_eq!(found(&retrieval, bot, "ordinary").await, [(kept, 0)]);
    let before = files(dir.path()).len();
    assert!(retrieval.purge().await.unwrap());
    assert_eq!(files(dir.path()).len(), before);
}

#[tokio::test]
async fn an_index_of_another_life_is_built_anew() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    let gone = library.add(bot, "a.md", &["alpha"]);
    let kept = library.add(bot, "b.md", &["beta"]);
    let retrieval = open(&dir).await;
    retrieval.catch_up(&library).await.unwrap();

    // Copied back: other numbers, other documents.
    library.with(|shelf| {
        shelf.state.epoch = "two".into();
        shelf.changes.remove(&gone);
        shelf.chunks.remove(&gone);
    });
    assert_eq!(
        found(&retrieval, bot, "alpha").await,
        [(gone, 0)],
        "in use until then"
    );
    retrieval.catch_up(&library).await.unwrap();
    assert!(found(&retrieval, bot, "alpha").await.is_empty());
    assert_eq!(found(&retrieval, bot, "beta").await, [(kept, 0)]);

    // A removal that is forgotten by now.
    let late = library.add(bot, "c.md", &["delta"]);
    retrieval.catch_up(&library).await.unwrap();
    library.with(|shelf| {
        shelf.changes.remove(&late);
        shelf.state.head += 1;
        shelf.state.floor = shelf.state.head;
    });
    let head = library.with(|shelf| shelf.state.head);
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), head);
    assert!(found(&retrieval, bot, "delta").await.is_empty());
    assert_eq!(found(&retrieval, bot, "beta").await, [(kept, 0)]);
    // From here on it fits, and stays.
    let names = files(dir.path());
    retrieval.catch_up(&library).await.unwrap();
    assert_eq!(files(dir.path()), names);
}

#[tokio::test]
async fn searches_go_on_while_it_is_built_anew_and_a_broken_run_goes_on_later() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    let first = library.add(bot, "a.md", &["alpha"]);
    let second = library.add(bot, "b.md", &["beta"]);
    let retrieval = open(&dir).await;
    retrieval.catch_up(&library).await.unwrap();
    library.with(|shelf| {
        shelf.state.epoch = "two".into();
        shelf.broken = Some(second);
    });
    assert!(retrieval.catch_up(&library).await.is_err());
    assert!(retrieval.progress().rebuilding);
    assert_eq!(found(&retrieval, bot, "beta").await, [(second, 0)]);
    drop(retrieval);

    // Killed in the middle: both generations are there, and the older one answers.
    let retrieval = open(&dir).await;
    assert_eq!(found(&retrieval, bot, "alpha").await, [(first, 0)]);
    library.with(|shelf| shelf.broken = None);
    assert_eq!(retrieval.catch_up(&library).await.unwrap(), 2);
    assert_eq!(found(&retrieval, bot, "beta").await, [(second, 0)]);
    assert!(!retrieval.progress().rebuilding);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn missing_and_damaged_files_are_noticed_and_mended() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 5] = [
        ("removed", |file| fs::remove_file(file).unwrap()),
        ("emptied", |file| fs::write(file, b"").unwrap()),
        ("cut", |file| {
            let bytes = fs::read(file).unwrap();
            fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("garbled", |file| {
            let mut bytes = fs::read(file).unwrap();
            for byte in bytes.iter_mut().take(64) {
                *byte ^= 0x5a;
            }
            fs::write(file, bytes).unwrap();
        }),
        ("foreign", |file| fs::write(file, vec![7; 4096]).unwrap()),
    ];
    for (harm, harmed) in harms {
        for ending in ["json", "term", "idx", "store", "fieldnorm", "fast"] {
            let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
            let document = library.add(bot, "a.md", &["alpha beta", "gamma"]);
            let retrieval = open(&dir).await;
            retrieval.catch_up(&library).await.unwrap();
            drop(retrieval);
            let of_kind = |file: &std::path::PathBuf| file.extension().is_some_and(|e| e == ending);
            for file in files(dir.path()).iter().filter(|file| of_kind(file)) {
                harmed(file);
            }
            let retrieval = open(&dir).await;
            // Nothing wrong comes of it: the right answer, or none.
            if let Ok(hits) = retrieval.search(bot, "gamma", 5).await {
                assert!(
                    hits.iter().all(|hit| hit.document_id == document),
                    "{harm} {ending}"
                );
            }
            retrieval.catch_up(&library).await.unwrap();
            assert_eq!(
                found(&retrieval, bot, "gamma").await,
                [(document, 1)],
                "{harm} {ending}"
            );
        }
    }
}

#[tokio::test]
async fn a_directory_that_vanishes_under_it_is_made_again() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    library.add(bot, "a.md", &["alpha"]);
    let retrieval = open(&dir).await;
    retrieval.catch_up(&library).await.unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        fs::remove_dir_all(entry.unwrap().path()).unwrap();
    }
    let document = library.add(bot, "b.md", &["beta"]);
    // The first run finds out; what it found out makes the next one build anew.
    while retrieval.catch_up(&library).await.is_err() {}
    assert_eq!(found(&retrieval, bot, "beta").await, [(document, 0)]);
    assert_eq!(found(&retrieval, bot, "alpha").await.len(), 1);
}

#[tokio::test]
async fn a_lock_that_a_killed_process_left_is_no_obstacle() {
    let (dir, library, bot) = (TempDir::new().unwrap(), Library::new(), BotId::new());
    let retrieval = open(&dir).await;
    retrieval.catch_up(&library).await.unwrap();
    let generation = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    drop(retrieval);
    fs::write(generation.join(".tantivy-writer.lock"), b"").unwrap();
    fs::write(generation.join(".tantivy-meta.lock"), b"").unwrap();
    let document = library.add(bot, "a.md", &["alpha"]);
    let retrieval = open(&dir).await;
    retrieval.catch_up(&library).await.unwrap();
    assert_eq!(found(&retrieval, bot, "alpha").await, [(document, 0)]);
}

#[tokio::test]
async fn without_an_index_the_answer_is_that_there_is_none() {
    let dir = TempDir::new().unwrap();
    let retrieval = open(&dir).await;
    let answer = retrieval.search(BotId::new(), "alpha", 5).await;
    assert!(matches!(answer, Err(domain::Error::Unavailable { .. })));
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(Retrieval::open(&file).await.is_err());
}
