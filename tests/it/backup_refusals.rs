//! Backups that cannot be taken and restores that cannot be done: each says why, and changes nothing.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::json;
use tests::{App, DEADLINE, Process, process};

use crate::backup_kit::{
    Lived, back_up, nowhere, replace_table, restored, rewrite, rows, run, run_with, settings, shelf, text,
};
use crate::documents_kit::files;
use crate::sockets_kit::until;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

fn copied(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status();
    assert!(done.unwrap().success());
}

/// What is in a data folder, but for the lock that keeps servers away and the note of which database goes with it.
fn kept(dir: &Path) -> Vec<PathBuf> {
    let mut kept = files(dir);
    kept.retain(|path| !path.ends_with("server.lock") && !path.ends_with("test-database"));
    kept
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_leaves_the_place_as_it_was() {
    let lived = Lived::start().await;
    let (shelf, good) = shelf();
    back_up(lived.app.data_dir(), &good).await;
    let dir = nowhere();
    let mut tried = 0;
    let mut refused = async |damage: &dyn Fn(&Path), why: &str| {
        tried += 1;
        let bad = shelf.path().join(format!("bad-{tried}"));
        copied(&good, &bad);
        damage(&bad);
        run(dir.path(), &["restore", text(&bad)]).await.refused(why);
        assert_eq!(kept(dir.path()), Vec::<PathBuf>::new(), "after: {why}");
    };
    let users = "tables/users.ndjson";
    let append = |path: &Path| {
        let mut text = std::fs::read(path).unwrap();
        text.push(b'\n');
        std::fs::write(path, text).unwrap();
    };
    let remove = |path: &Path| std::fs::remove_file(path).unwrap();
    let blob = format!("blobs/{}", lived.document);
    refused(
        &|bad| append(&bad.join(users)),
        "tables/users.ndjson is not what was backed up",
    )
    .await;
    refused(&|bad| append(&bad.join(&blob)), "is not what was backed up").await;
    refused(
        &|bad| append(&bad.join("manifest.json")),
        "manifest.json is not what was backed up",
    )
    .await;
    refused(&|bad| remove(&bad.join(users)), "tables/users.ndjson is missing").await;
    refused(&|bad| remove(&bad.join(&blob)), "is missing").await;
    refused(&|bad| remove(&bad.join("checksums")), "checksums").await;
    refused(
        &|bad| remove(&bad.join("manifest.json")),
        "is no backup, or not a whole one",
    )
    .await;
    refused(
        &|bad| rewrite(bad, |manifest| manifest["schema"] = json!("m9999_later")),
        "newer version of colloquy",
    )
    .await;
    refused(
        &|bad| rewrite(bad, |manifest| manifest["format"] = json!(2)),
        "has the format 2",
    )
    .await;
    refused(
        &|bad| rewrite(bad, |manifest| manifest["tables"][1]["rows"] = json!(1)),
        "the backup speaks of 1 rows of users",
    )
    .await;
    // What only the database itself finds wrong, in the middle of everything.
    refused(&|bad| replace_table(bad, "bots", ""), "constraint").await;
    run(dir.path(), &["restore", text(&shelf.path().join("nothing"))])
        .await
        .refused("there is no folder");

    // All that has changed nothing: the good one finds the place as empty as it was.
    run(dir.path(), &["restore", text(&good)]).await.ok();
    let app = App::on(dir, settings).await;
    lived.is_lived_on(&app).await;
}

#[tokio::test]
async fn a_place_in_which_something_is_is_left_alone() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    back_up(lived.app.data_dir(), &backup).await;

    let full = restored(&backup).await;
    let before = rows(full.path()).await;
    run(full.path(), &["restore", text(&backup)])
        .await
        .refused("there are files in the blob store already");
    std::fs::remove_dir_all(full.path().join("blobs")).unwrap();
    run(full.path(), &["restore", text(&backup)])
        .await
        .refused("the database is not empty");
    assert_eq!(rows(full.path()).await, before);

    if !services::is_postgres() {
        let other = nowhere();
        run(other.path(), &["serve", "--listen", "nowhere"]).await;
        std::fs::write(
            other.path().join("secret.key"),
            format!("{}\n", "QUJD".repeat(16)),
        )
        .unwrap();
        run(other.path(), &["restore", text(&backup)])
            .await
            .refused("there is another signing key");
    }
}

#[tokio::test]
async fn a_running_server_is_not_restored_over() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    back_up(lived.app.data_dir(), &backup).await;
    let dir = nowhere();
    let server = Process::start(PROGRAM, dir.path());
    run(dir.path(), &["restore", text(&backup)])
        .await
        .refused("another server uses the data folder");
    if services::is_postgres() {
        // From another folder, too: the server says in the database that it is there.
        let elsewhere = tempfile::TempDir::new().unwrap();
        tests::database::hand_on(dir.path(), elsewhere.path());
        run(elsewhere.path(), &["restore", text(&backup)])
            .await
            .refused("a server is running on this database");
    }
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    // Nobody ever had an account there: it is as good as new, but for its key.
    std::fs::remove_file(dir.path().join("secret.key")).ok();
    run(dir.path(), &["restore", text(&backup)]).await.ok();
    let app = App::on(dir, settings).await;
    lived.is_lived_on(&app).await;
}

#[tokio::test]
async fn a_backup_goes_into_no_folder_in_which_something_is() {
    let lived = Lived::start().await;
    let dir = lived.app.data_dir();
    let (shelf, backup) = shelf();
    std::fs::create_dir(&backup).unwrap();
    // An empty one is replaced.
    back_up(dir, &backup).await;
    let before: Vec<_> = files(&backup);
    run(dir, &["backup", text(&backup)])
        .await
        .refused("is there already, and not empty");
    let file = shelf.path().join("file");
    std::fs::write(&file, "a file").unwrap();
    run(dir, &["backup", text(&file)])
        .await
        .refused("is there already");
    run(dir, &["backup", text(&shelf.path().join("no/such/folder"))])
        .await
        .refused("cannot make");
    assert_eq!(files(&backup), before);
    let mut left: Vec<_> = std::fs::read_dir(shelf.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["backup", "file"], "nothing unfinished stays behind");
}

#[tokio::test]
async fn there_is_no_backup_of_nothing() {
    let dir = nowhere();
    let (_shelf, backup) = shelf();
    let why = if services::is_postgres() {
        "holds nothing yet"
    } else {
        "there is no database"
    };
    run(dir.path(), &["backup", text(&backup)]).await.refused(why);
    assert!(!backup.exists());
    let asked_wrongly = run_with(dir.path(), &["backup"], |command| command).await;
    assert_eq!(asked_wrongly.code, Some(2));
}

#[tokio::test]
async fn a_backup_that_was_killed_has_not_got_its_name() {
    let lived = Lived::start().await;
    let dir = lived.app.data_dir();
    let blob = dir.join("blobs/documents").join(&lived.document);
    // A file that cannot be read to its end: the program waits for it.
    std::fs::remove_file(&blob).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&blob).status();
    assert!(made.unwrap().success());
    let (shelf, backup) = shelf();
    let mut command = process::command(PROGRAM, dir);
    command.args(["backup", text(&backup)]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut begun = PathBuf::new();
    until("it has begun", 6 * DEADLINE, async || {
        let mut entries = std::fs::read_dir(shelf.path()).unwrap();
        begun = entries
            .next()
            .map_or_else(PathBuf::new, |entry| entry.unwrap().path());
        begun.join("blobs").exists()
    })
    .await;
    let unfinished = begun;
    assert!(text(&unfinished).contains("/backup.unfinished-"));
    // In a container, every one of them may be process 1.
    let id = format!("unfinished-{}", child.id());
    assert!(!text(&unfinished).ends_with(&id), "{unfinished:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(&blob).unwrap();
    std::fs::write(&blob, &lived.bytes).unwrap();

    assert!(!backup.exists());
    let place = nowhere();
    run(place.path(), &["restore", text(&unfinished)])
        .await
        .refused("is no backup, or not a whole one");
    run(dir, &["verify", text(&unfinished)])
        .await
        .refused("is no backup, or not a whole one");
    // What it left behind stands in nobody's way.
    back_up(dir, &backup).await;
    run(place.path(), &["restore", text(&backup)]).await.ok();
}
