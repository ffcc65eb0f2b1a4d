//! docs/troubleshooting.md quotes what the server says. Whoever changes a sentence changes it there too.

use std::path::{Path, PathBuf};

#[test]
fn every_sentence_that_is_quoted_is_one_that_the_server_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/troubleshooting.md")).unwrap();
    let said: String = ["domain/src", "infra/src", "api/src"]
        .iter()
        .flat_map(|folder| sources(&root.join(folder)))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let quoted: Vec<_> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| is_sentence(span))
        .collect();
    assert!(quoted.len() >= 25, "{quoted:?}");
    let unknown: Vec<_> = quoted
        .iter()
        .filter(|sentence| !said.contains(**sentence))
        .collect();
    assert!(unknown.is_empty(), "nobody says {unknown:#?}");
}

/// A sentence for people, quoted in full.
fn is_sentence(span: &str) -> bool {
    span.starts_with(char::is_uppercase) && span.ends_with('.') && span.contains(' ') && !span.contains('…')
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}
