//! Reading files by the real process: the ordinary ones give their text, the hostile ones end as they should and harm nobody.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::document::{Extracted, Kind};
use futures_util::future::join_all;
use infra::extract::{ExtractError, ExtractLimits, Extractor, detect};
use serde::Deserialize;
use tokio::fs::File;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");
/// A limit that no file of these tests reaches.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
struct Ordinary {
    file: String,
    kind: Kind,
    pages: Option<u32>,
    contains: Vec<String>,
    order: Vec<String>,
    #[serde(default)]
    absent: Vec<String>,
}

#[derive(Deserialize)]
struct Hostile {
    file: String,
    outcome: String,
    reason_contains: Vec<String>,
    or: Option<String>,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("files").join(name)
}

fn expected<T: for<'a> Deserialize<'a>>(name: &str) -> Vec<T> {
    serde_json::from_slice(&std::fs::read(file(name)).unwrap()).unwrap()
}

fn extractor(limits: ExtractLimits) -> Extractor {
    Extractor::new(PROGRAM.into(), limits)
}

/// None: of no kind that can be read.
async fn read(extractor: &Extractor, path: &Path) -> Option<(Kind, Result<Extracted, ExtractError>)> {
    let kind = detect(path, path.file_name().unwrap().to_str().unwrap()).unwrap()?;
    let content = File::open(path).await.unwrap();
    Some((kind, extractor.extract(kind, content, |_| {}).await))
}

fn sentence(error: ExtractError) -> String {
    match error {
        ExtractError::Document(sentence) => sentence,
        ExtractError::Passing(source) => panic!("not the file: {source}"),
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn ordinary_files_give_their_text_in_order() {
    let extractor = extractor(ExtractLimits::default());
    let mut wrong = Vec::new();
    for row in expected::<Ordinary>("expect.json") {
        let (kind, extracted) = read(&extractor, &file(&row.file)).await.unwrap();
        assert_eq!(kind, row.kind, "{}", row.file);
        let extracted = extracted.unwrap();
        if row.pages.is_some() {
            assert_eq!(extracted.pages, row.pages, "{}", row.file);
        }
        let told = extracted
            .chunks
            .iter()
            .map(|chunk| format!("{} {}", chunk.heading, chunk.text));
        let text = squeezed(&told.collect::<Vec<_>>().join(" "));
        let missing = row
            .contains
            .iter()
            .chain(&row.order)
            .filter(|part| !text.contains(&squeezed(part)));
        wrong.extend(missing.map(|part| format!("{}: lacks {part:?}", row.file)));
        let present = row.absent.iter().filter(|part| text.contains(&squeezed(part)));
        wrong.extend(present.map(|part| format!("{}: has {part:?}", row.file)));
        let places: Vec<_> = row
            .order
            .iter()
            .filter_map(|part| text.find(&squeezed(part)))
            .collect();
        if !places.is_sorted() {
            wrong.push(format!("{}: out of order", row.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn hostile_files_end_as_they_should() {
    // Some would go on for minutes. The time on the wall says nothing on a busy machine.
    let limits = ExtractLimits {
        cpu: Duration::from_secs(3),
        wall: PATIENCE,
        ..ExtractLimits::default()
    };
    let extractor = &extractor(limits);
    let rows = expected::<Hostile>("hostile/expect.json");
    let walks = rows.iter().map(async |row| {
        let path = file("hostile").join(&row.file);
        let (outcome, reason) = match read(extractor, &path).await {
            None => ("refused", String::new()),
            Some((_, Ok(_))) => ("processed", String::new()),
            Some((_, Err(error))) => ("failed", sentence(error)),
        };
        let right = outcome == row.outcome || row.or.as_deref() == Some(outcome);
        let told = outcome != "failed" || row.reason_contains.iter().any(|part| reason.contains(part));
        (!right || !told).then(|| format!("{}: {outcome} {reason:?}", row.file))
    });
    let wrong: Vec<_> = join_all(walks).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let (_, after) = read(extractor, &file("columns.pdf")).await.unwrap();
    assert!(!after.unwrap().chunks.is_empty());
}

#[tokio::test]
async fn processor_time_wall_time_and_memory_are_bounded() {
    const LONG: &str = "Reading the file took too long.";
    let second = Duration::from_secs(1);
    let patient = ExtractLimits {
        cpu: PATIENCE,
        wall: PATIENCE,
        ..ExtractLimits::default()
    };
    let (cpu, wall, memory) = (second, second, 48 * 1024 * 1024);
    for (limits, name, expected) in [
        (ExtractLimits { cpu, ..patient }, "heavy_pages.pdf", LONG),
        (ExtractLimits { wall, ..patient }, "bomb.pdf", LONG),
        (
            ExtractLimits { memory, ..patient },
            "bomb.pdf",
            "Reading the file took too much memory.",
        ),
    ] {
        let begun = Instant::now();
        let path = file("hostile").join(name);
        let (_, extracted) = read(&extractor(limits), &path).await.unwrap();
        assert_eq!(sentence(extracted.unwrap_err()), expected, "{name}");
        // So it was not the other limit.
        assert!(begun.elapsed() < PATIENCE, "{name}");
    }
}

#[tokio::test]
async fn a_limit_holds_at_its_value_and_not_one_below() {
    let fails = async |name: &str, limits: ExtractLimits| {
        let (_, extracted) = read(&extractor(limits), &file(name)).await.unwrap();
        extracted.err().map(sentence)
    };
    let default = ExtractLimits::default();
    let (_, whole) = read(&extractor(default), &file("cjk.md")).await.unwrap();
    let chunks = whole.unwrap().chunks;
    let text = chunks
        .iter()
        .map(|chunk| (chunk.text.len() + chunk.heading.len()) as u64);
    let text = text.sum();
    let (chunks, size) = (chunks.len() as u64, file("cjk.md").metadata().unwrap().len());
    let much = "The file holds too much text.";
    let large = format!("The file is larger than {} bytes.", size - 1);
    type Set = fn(&mut ExtractLimits, u64);
    let rows: [(&str, Set, u64, &str); 5] = [
        (
            "latex.pdf",
            |limits, value| limits.pages = value,
            2,
            "The file has more than 1 pages.",
        ),
        (
            "course.pptx",
            |limits, value| limits.pages = value,
            5,
            "The file has more than 4 pages.",
        ),
        ("cjk.md", |limits, value| limits.chunks = value, chunks, much),
        ("cjk.md", |limits, value| limits.text = value, text, much),
        ("cjk.md", |limits, value| limits.file = value, size, &large),
    ];
    for (name, set, value, sentence) in rows {
        let mut limits = default;
        set(&mut limits, value);
        assert_eq!(fails(name, limits).await, None, "{name} at {value}");
        set(&mut limits, value - 1);
        assert_eq!(fails(name, limits).await.as_deref(), Some(sentence), "{name}");
    }
}

#[tokio::test]
async fn progress_grows_to_the_end() {
    let extractor = extractor(ExtractLimits::default());
    let paragraphs = "The dome turns by hand.\n\n".repeat(500).into_bytes();
    let table = "name,day\nMira,Monday\n".repeat(300).into_bytes();
    for (kind, content, steps) in [
        (Kind::Pdf, std::fs::read(file("latex.pdf")).unwrap(), 2),
        (Kind::Pptx, std::fs::read(file("course.pptx")).unwrap(), 5),
        (Kind::Text, paragraphs.clone(), 50),
        (Kind::Markdown, paragraphs, 50),
        (Kind::Csv, table, 50),
    ] {
        let mut told = vec![0.0];
        let extracted = extractor
            .extract(kind, &content[..], |done| told.push(done))
            .await;
        assert!(!extracted.unwrap().chunks.is_empty());
        assert!(
            told.is_sorted_by(|before, after| before < after),
            "{kind:?}: {told:?}"
        );
        assert!(told.len() > steps, "{kind:?}: {told:?}");
        assert_eq!(told.last(), Some(&1.0), "{kind:?}");
    }
}

#[tokio::test]
async fn a_reader_that_cannot_be_started_is_no_fault_of_the_file() {
    let missing = Extractor::new("/nonexistent/colloquy".into(), ExtractLimits::default());
    let (_, extracted) = read(&missing, &file("cjk.md")).await.unwrap();
    assert!(matches!(extracted, Err(ExtractError::Passing(_))));
}
