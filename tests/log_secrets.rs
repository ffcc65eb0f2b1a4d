//! No secret that the test run issued (tokens, refresh tokens, tickets, passwords) stands in anything its servers logged, although
//! they logged at the level `trace`. Cargo runs this target after `it`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use tests::logs;

/// The length of the piece of a secret that is searched for; all secrets are longer.
const PIECE: usize = 12;

type Piece = [u8; PIECE];

#[test]
fn no_issued_secret_is_in_any_log_of_this_run() {
    let Ok(issued) = std::fs::read_to_string(logs::folder().join(logs::ISSUED)) else {
        panic!("no secrets were issued: run the tests of `it` first");
    };
    let pieces: HashMap<Piece, &str> = issued
        .lines()
        .flat_map(|secret| pieces(secret).map(move |piece| (piece, secret)))
        .collect();
    assert!(!pieces.is_empty(), "secrets were issued");
    let files = log_files();
    let mut logged = 0;
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read(file).unwrap();
        logged += text.len();
        if let Some((at, secret)) = search(&text, &pieces) {
            let start = text[..at]
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |line| line + 1);
            let line = String::from_utf8_lossy(&text[start..(start + 400).min(text.len())]);
            found.push(format!("{} holds {secret} in: {line}", file.display()));
        }
    }
    // Also when something was found, or the next run would find it again.
    set_aside(files);
    assert!(logged > 0, "the servers of the run logged nothing");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_search_finds_a_secret_wherever_it_stands() {
    let token = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiIwMTIzNDU2Nzg5In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    let pieces: HashMap<Piece, &str> = pieces(token).map(|piece| (piece, token)).collect();
    assert!(search(format!("GET /?token={token}&since=1").as_bytes(), &pieces).is_some());
    assert!(search(format!("Bearer%20{token}").as_bytes(), &pieces).is_some());
    assert!(search(b"signature c2lnbmF0dXJlLW9mLXRoZS10b2tlbg", &pieces).is_some());
    assert!(search(b"GET /?token=(redacted) eyJ0eXAiOiJKV1QifQ", &pieces).is_none());
}

/// The ends of a secret's parts, since half a token is too much. The head of a JWT is no secret.
fn pieces(secret: &str) -> impl Iterator<Item = Piece> {
    let parts: Vec<&str> = secret.split('.').collect();
    let head = if parts.len() == 3 { 1 } else { 0 };
    let end = |part: &str| {
        part.len()
            .checked_sub(PIECE)
            .and_then(|start| part.as_bytes()[start..].try_into().ok())
    };
    parts.into_iter().skip(head).filter_map(end)
}

/// Where the first piece stands, and whose it is.
fn search<'a>(text: &[u8], pieces: &HashMap<Piece, &'a str>) -> Option<(usize, &'a str)> {
    // Most places are ruled out by their first four bytes.
    let beginnings: HashSet<[u8; 4]> = pieces
        .keys()
        .map(|piece| piece[..4].try_into().unwrap())
        .collect();
    let mut bits = vec![false; 1 << 16];
    for beginning in &beginnings {
        bits[slot(*beginning)] = true;
    }
    text.windows(PIECE).enumerate().find_map(|(at, window)| {
        let beginning = [window[0], window[1], window[2], window[3]];
        if !bits[slot(beginning)] {
            return None;
        }
        pieces
            .get::<Piece>(window.try_into().unwrap())
            .map(|secret| (at, *secret))
    })
}

fn slot(beginning: [u8; 4]) -> usize {
    (u32::from_le_bytes(beginning).wrapping_mul(2_654_435_761) >> 16) as usize
}

fn log_files() -> Vec<PathBuf> {
    let files = std::fs::read_dir(logs::folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect()
}

/// What was searched is kept for reading until the next run has been searched, and is not searched again.
fn set_aside(files: Vec<PathBuf>) {
    let folder = logs::folder().join("searched");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for file in files.into_iter().chain([logs::folder().join(logs::ISSUED)]) {
        std::fs::rename(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
}
