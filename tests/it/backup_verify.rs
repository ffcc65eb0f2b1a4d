//! Damage of every kind is found, in an installation and in a backup of it, and none where there is none.

use std::time::{Duration, SystemTime};

use tests::Database;

use crate::backup_kit::{Lived, back_up, nowhere, replace_table, rewrite, run, shelf, sum_up, text};

/// Which events the damage is done to: the bot's, of which there are many.
const BOTS: &str = "(SELECT id FROM bots)";

/// Does what the database itself would refuse.
async fn force(database: &Database, constraint: (&str, &str), sql: &str) {
    if services::is_postgres() {
        let (table, name) = constraint;
        database
            .execute(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))
            .await;
        database.execute(sql).await;
    } else {
        database
            .execute(&format!("PRAGMA foreign_keys = OFF; {sql}"))
            .await;
    }
}

#[tokio::test]
async fn every_kind_of_damage_is_found_in_an_installation() {
    let lived = Lived::start().await;
    let dir = lived.app.stop().await;
    let said = run(dir.path(), &["verify"]).await.ok();
    assert!(said.starts_with("sound: "), "{said}");
    let database = Database::of(dir.path()).await;
    let blobs = dir.path().join("blobs/documents");
    let blob = blobs.join(&lived.document);

    // One after the other, each put right before the next.
    let hole = format!("UPDATE events SET seq = -4 WHERE stream_id IN {BOTS} AND seq = 4");
    database.execute(&hole).await;
    run(dir.path(), &["verify"]).await.found(
        1,
        &[
            "numbers: the stream of the bot ",
            "has an event with the number -4",
        ],
    );
    let mend = format!("UPDATE events SET seq = 4 WHERE stream_id IN {BOTS} AND seq = -4");
    database.execute(&mend).await;

    let ahead = format!("UPDATE streams SET head = head + 1 WHERE id IN {BOTS}");
    database.execute(&ahead).await;
    run(dir.path(), &["verify"]).await.found(1, &["lacks the number"]);
    let behind = format!("UPDATE streams SET head = head - 2 WHERE id IN {BOTS}");
    database.execute(&behind).await;
    run(dir.path(), &["verify"])
        .await
        .found(2, &["and has an event with the number", "and its stream ends at"]);
    database.execute(&ahead).await;

    database
        .execute("UPDATE sessions SET message_count = message_count + 1")
        .await;
    run(dir.path(), &["verify"])
        .await
        .found(2, &["counts: the session"]);
    database
        .execute("UPDATE sessions SET message_count = message_count - 1")
        .await;

    let bytes = std::fs::read(&blob).unwrap();
    let mut wrong = bytes.clone();
    wrong[7] ^= 1;
    std::fs::write(&blob, &wrong).unwrap();
    let document = &lived.document;
    run(dir.path(), &["verify"]).await.found(
        1,
        &[&format!(
            "files: the bytes of the document {document} are not what was uploaded"
        )],
    );
    std::fs::remove_file(&blob).unwrap();
    run(dir.path(), &["verify"]).await.found(
        1,
        &[&format!(
            "files: the bytes of the document {document} are missing"
        )],
    );
    std::fs::write(&blob, &bytes).unwrap();

    let unknown = uuid::Uuid::now_v7().to_string();
    let stray = std::fs::File::create(blobs.join(&unknown)).unwrap();
    // It may belong to an upload that is still going on.
    run(dir.path(), &["verify"]).await.ok();
    stray
        .set_modified(SystemTime::now() - Duration::from_secs(2 * 60 * 60))
        .unwrap();
    run(dir.path(), &["verify"])
        .await
        .found(1, &[&format!("files: the bytes {unknown} belong to no document")]);
    std::fs::remove_file(blobs.join(&unknown)).unwrap();

    run(dir.path(), &["verify"]).await.ok();
    database
        .execute("UPDATE read_markers SET message_id = session_id")
        .await;
    run(dir.path(), &["verify"]).await.found(
        1,
        &["orphans: 1 rows of read_markers name a message_id that is not in messages"],
    );
    database.execute("DELETE FROM read_markers").await;

    database
        .execute("UPDATE document_changes SET dropped = true")
        .await;
    run(dir.path(), &["verify"])
        .await
        .found(1, &["orphans: no search finds the document"]);
    force(
        &database,
        ("citations", "fk_citations_document_id"),
        "DELETE FROM documents",
    )
    .await;
    run(dir.path(), &["verify"]).await.found(
        2,
        &[
            "orphans: 1 rows of citations name a document_id that is not in documents",
            "orphans: there are passages of the document",
        ],
    );
}

#[tokio::test]
async fn what_is_damaged_in_an_installation_is_damaged_in_its_backup() {
    let lived = Lived::start().await;
    let dir = lived.app.stop().await;
    let database = Database::of(dir.path()).await;
    let hole = format!("DELETE FROM events WHERE stream_id IN {BOTS} AND seq = 4");
    database.execute(&hole).await;
    let blob = dir.path().join("blobs/documents").join(&lived.document);
    std::fs::write(&blob, "something else").unwrap();
    let (_shelf, backup) = shelf();
    // It is taken, and says that it is not all there should be.
    let taken = run(dir.path(), &["backup", text(&backup)]).await;
    taken.refused("whole but for 0 files that the blob store has lost and 1 that are damaged there");
    run(dir.path(), &["verify", text(&backup)]).await.found(
        2,
        &["lacks the number 4", "were damaged when the backup was taken"],
    );
    std::fs::remove_file(&blob).unwrap();
    let (_shelf, backup) = shelf();
    let taken = run(dir.path(), &["backup", text(&backup)]).await;
    taken.refused("whole but for 1 files that the blob store has lost and 0 that are damaged there");
    run(dir.path(), &["verify", text(&backup)]).await.found(
        2,
        &["lacks the number 4", "were missing when the backup was taken"],
    );
    // It can be restored all the same, which is told, and what is missing stays missing.
    let elsewhere = nowhere();
    run(elsewhere.path(), &["restore", text(&backup)])
        .await
        .refused("the restore is whole but for 1 files that were missing and 0 that were damaged when the backup was taken");
    run(elsewhere.path(), &["verify"])
        .await
        .found(2, &["lacks the number 4", "are missing"]);
}

#[tokio::test]
async fn every_kind_of_damage_is_found_in_a_backup() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    let dir = lived.app.data_dir();
    back_up(dir, &backup).await;
    run(dir, &["verify", text(&backup)]).await.ok();
    let blob = backup.join("blobs").join(&lived.document);
    let users = backup.join("tables/users.ndjson");
    let bytes = std::fs::read(&blob).unwrap();

    std::fs::write(&blob, "something else").unwrap();
    run(dir, &["verify", text(&backup)])
        .await
        .found(1, &["is not what was backed up: its checksum differs"]);
    // Even if somebody has written the checksums anew.
    sum_up(&backup);
    run(dir, &["verify", text(&backup)])
        .await
        .found(1, &["are not what was uploaded"]);
    std::fs::remove_file(&blob).unwrap();
    // The file, and by its checksum it was still the wrong one.
    run(dir, &["verify", text(&backup)])
        .await
        .found(2, &["is missing"]);
    std::fs::write(&blob, &bytes).unwrap();
    sum_up(&backup);
    run(dir, &["verify", text(&backup)]).await.ok();

    std::fs::write(backup.join("note.txt"), "of somebody").unwrap();
    run(dir, &["verify", text(&backup)])
        .await
        .found(1, &["note.txt does not belong to the backup"]);
    std::fs::remove_file(backup.join("note.txt")).unwrap();

    let text_of_users = std::fs::read(&users).unwrap();
    std::fs::write(&users, "{}\n").unwrap();
    run(dir, &["verify", text(&backup)]).await.found(
        1,
        &[
            "tables/users.ndjson is not what was backed up",
            "were not looked into",
        ],
    );
    std::fs::write(&users, text_of_users).unwrap();
    rewrite(&backup, |manifest| {
        manifest["tables"][0]["sha256"] = "0".repeat(64).into()
    });
    run(dir, &["verify", text(&backup)])
        .await
        .found(1, &["is not what manifest.json speaks of"]);
    std::fs::remove_file(backup.join("manifest.json")).unwrap();
    run(dir, &["verify", text(&backup)])
        .await
        .refused("is no backup, or not a whole one");
}

#[tokio::test]
async fn rows_that_do_not_fit_together_are_told_and_not_restored() {
    let lived = Lived::start().await;
    let dir = lived.app.stop().await;
    let database = Database::of(dir.path()).await;
    let orphans = "UPDATE notifications SET user_id = id";
    force(&database, ("notifications", "fk_notifications_user_id"), orphans).await;
    let (_shelf, backup) = shelf();
    back_up(dir.path(), &backup).await;
    for place in [&["verify"][..], &["verify", text(&backup)]] {
        run(dir.path(), place)
            .await
            .found(1, &["rows of notifications name a user_id that is not in users"]);
    }
    let elsewhere = nowhere();
    run(elsewhere.path(), &["restore", text(&backup)])
        .await
        .refused("the rows of the backup do not fit together");
}

#[tokio::test]
async fn a_backup_whose_rows_cannot_be_loaded_is_told_with_all_else_that_is_wrong_with_it() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    let dir = lived.app.data_dir();
    back_up(dir, &backup).await;
    std::fs::write(backup.join("note.txt"), "of somebody").unwrap();
    // One name twice, under two ids.
    let users = std::fs::read_to_string(backup.join("tables/users.ndjson")).unwrap();
    let mut row: serde_json::Value = serde_json::from_str(users.lines().next().unwrap()).unwrap();
    row["id"] = uuid::Uuid::now_v7().to_string().into();
    replace_table(&backup, "users", &format!("{users}{row}\n"));
    run(dir, &["verify", text(&backup)]).await.found(
        2,
        &[
            "note.txt does not belong to the backup",
            "the rows do not fit together: there are two where there can be one",
        ],
    );
}

#[tokio::test]
async fn a_backup_without_the_row_of_its_installation_cannot_be_read() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    let dir = lived.app.data_dir();
    back_up(dir, &backup).await;
    rewrite(&backup, |manifest| {
        let tables = manifest["tables"].as_array_mut().unwrap();
        tables.retain(|table| table["name"] != "installation");
    });
    let elsewhere = nowhere();
    for (place, command) in [(dir, "verify"), (elsewhere.path(), "restore")] {
        run(place, &[command, text(&backup)])
            .await
            .refused("colloquy: the backup has no table `installation`");
    }
}
