//! What the tests of documents share: the files of `tests/files`, waiting for the end of the work on one, and what of it is left
//! anywhere in the data directory.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::cast::id_of;
use tests::{App, Person, Socket};

use crate::sockets_kit::greeted;

pub fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("files").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads on to the event that ends the work on a document.
pub async fn until_ended(socket: &mut Socket, document: &str) -> Value {
    loop {
        let frame = socket.next_of("document_update").await;
        let data = &frame["data"];
        let ended = matches!(
            data["action"].as_str(),
            Some("processed" | "failed" | "cancelled")
        );
        if ended && data["document"]["id"] == document {
            return frame;
        }
    }
}

/// Uploads a file and waits until the bot knows it; its id.
pub async fn known(app: &App, person: &Person, bot: &str, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let (mut socket, _) = greeted(app, person, bot).await;
    let document = id_of(&person.upload(bot, name, bytes).await.ok(202));
    let end = until_ended(&mut socket, &document).await;
    assert_eq!(end["data"]["action"], "processed", "{end}");
    document
}

/// The bytes of an upload are gone from where they came in.
pub fn assert_nothing_incoming(app: &App) {
    let left = files(&app.data_dir().join("incoming"));
    assert!(left.is_empty(), "{left:?}");
}

/// The files in a folder and all below it.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// The files below a folder that hold these bytes.
pub fn holding(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let content = std::fs::read(path).unwrap_or_default();
        content.windows(bytes.len()).any(|part| part == bytes)
    };
    files(folder).into_iter().filter(holds).collect()
}
