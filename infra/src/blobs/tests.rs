//! A folder as blob store. A server is tried with the whole program.

use std::os::unix::fs::PermissionsExt;

use futures_util::TryStreamExt;
use tempfile::TempDir;

use super::*;
use crate::store::tests::store_in;

fn file_of(dir: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join("upload");
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn read(blobs: &Blobs, id: DocumentId) -> Vec<u8> {
    let (size, pieces) = blobs.open(id).await.unwrap();
    let bytes = pieces.try_collect::<Vec<Bytes>>().await.unwrap().concat();
    assert_eq!(bytes.len() as u64, size);
    bytes
}

#[tokio::test]
async fn bytes_come_back_as_they_went_and_go() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("blobs");
    let blobs = Blobs::local(&folder).unwrap();
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    for size in [0, 1, PART - 1, PART, PART + 1, 2 * PART + 7] {
        let bytes: Vec<u8> = (0..size).map(|n| (n / 3 % 251) as u8).collect();
        let id = DocumentId::new();
        blobs.put(id, &file_of(&dir, &bytes)).await.unwrap();
        assert!(read(&blobs, id).await == bytes, "{size}");
        blobs.remove(id).await.unwrap();
        blobs.remove(id).await.unwrap();
        let Err(Error::Internal(why)) = blobs.open(id).await.map(|_| ()) else {
            panic!("bytes that were removed are there")
        };
        assert!(why.to_string().contains(&id.to_string()), "{why}");
    }
    let left = std::fs::read_dir(folder.join(FOLDER)).unwrap().count();
    assert_eq!(left, 0, "nothing half-written stays");
}

#[tokio::test]
async fn an_upload_that_cannot_be_read_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let blobs = Blobs::local(&dir.path().join("blobs")).unwrap();
    let id = DocumentId::new();
    let missing = dir.path().join("missing");
    assert!(matches!(blobs.put(id, &missing).await, Err(Error::Internal(_))));
    assert!(blobs.open(id).await.is_err());
}

#[tokio::test]
async fn a_sweep_takes_what_is_old_and_unknown() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let blobs = Blobs::local(&dir.path().join("blobs")).unwrap();
    assert_eq!(blobs.sweep(&store, Duration::ZERO).await.unwrap(), 0);
    let orphan = DocumentId::new();
    blobs.put(orphan, &file_of(&dir, b"orphan")).await.unwrap();
    let folder = dir.path().join("blobs").join(FOLDER);
    std::fs::write(folder.join(format!("{}#1", DocumentId::new())), "half").unwrap();
    std::fs::write(folder.join("README"), "not ours").unwrap();
    let hour = Duration::from_secs(3600);
    assert_eq!(blobs.sweep(&store, hour).await.unwrap(), 0, "all of it is young");
    assert_eq!(read(&blobs, orphan).await, b"orphan");
    assert_eq!(blobs.sweep(&store, Duration::ZERO).await.unwrap(), 2);
    assert!(blobs.open(orphan).await.is_err());
    assert!(folder.join("README").exists());
}

#[test]
fn a_server_is_described_by_its_settings() {
    let settings = S3Settings {
        endpoint: "http://localhost:9000/".into(),
        bucket: "colloquy".into(),
        region: "eu-central-1".into(),
        access_key: "key".into(),
        secret_key: SecretString::from("secret"),
        virtual_hosted: false,
        allow_http: true,
        prefix: "/one/two/".into(),
    };
    assert!(!format!("{settings:?}").contains("\"secret\""));
    let blobs = Blobs::s3(settings.clone()).unwrap();
    let id = DocumentId::new();
    assert_eq!(blobs.key(id).to_string(), format!("one/two/documents/{id}"));
    let bare = S3Settings {
        prefix: String::new(),
        ..settings.clone()
    };
    let blobs = Blobs::s3(bare).unwrap();
    assert_eq!(blobs.key(id).to_string(), format!("documents/{id}"));
    let bad = S3Settings {
        prefix: "a//b".into(),
        ..settings
    };
    assert!(matches!(Blobs::s3(bad), Err(Error::Internal(_))));
}
