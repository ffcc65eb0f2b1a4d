//! Backups of a server that goes on, and what a restore makes of them: everything that was acknowledged before is there, on the
//! same database or the other one, under a new epoch; and nothing that spoke of the moment comes back to life.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api::config::Settings;
use serde_json::json;
use tempfile::TempDir;
use tests::database::{SECRET, empty_server, hand_on, leave_empty};
use tests::{App, Client, Database, Process};
use tokio::sync::mpsc;

use crate::answers_kit::{Stage, answers_of};
use crate::backup_kit::{
    Lived, Run, back_up, nowhere, restored, rewrite, rows, run, run_with, settings, shelf, text,
};
use crate::documents_kit::files;
use crate::sockets_kit::{greeted_by, log_of, replay};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    let dir = lived.app.data_dir().to_owned();
    let said = back_up(&dir, &backup).await;
    // As the database was at that moment: nobody asks for anything here.
    let before = rows(&dir).await;
    assert!(said.contains(" rows and 1 files"), "{said}");
    let summed = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "checksums"])
        .current_dir(&backup)
        .status()
        .unwrap();
    assert!(summed.success(), "common tools can check it");
    run(&dir, &["verify", text(&backup)]).await.ok();

    let elsewhere = restored(&backup).await;
    let after = rows(elsewhere.path()).await;
    for (table, rows) in &before {
        assert_eq!(after.get(table), Some(rows), "{table}");
    }
    assert!(before.values().filter(|rows| !rows.is_empty()).count() > 15);
    run(elsewhere.path(), &["verify"]).await.ok();
    let app = App::on(elsewhere, settings).await;
    lived.is_lived_on(&app).await;
    run(app.data_dir(), &["verify"]).await.ok();
}

#[tokio::test]
async fn what_is_kept_of_a_backup_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    let said = back_up(lived.app.data_dir(), &backup).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&backup), 0o700);
    let files = files(&backup);
    assert!(files.len() > 20);
    for path in &files {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    let kept_a_key = backup.join("secret.key").exists();
    assert_eq!(kept_a_key, !services::is_postgres());
    assert!(
        said.contains(if kept_a_key { "is in it" } else { "is not in it" }),
        "{said}"
    );
}

/// Posts, and tells the ids of what was acknowledged, until it is told to stop.
async fn write(client: Client, session: String, told: mpsc::UnboundedSender<String>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let body = json!({ "content": "under load", "reply": false });
        let path = format!("/api/sessions/{session}/messages");
        let message = client.post(&path, body).await.ok(201)["message"].clone();
        told.send(message["id"].as_str().unwrap().to_owned()).unwrap();
    }
}

/// Uploads and deletes, so that files vanish while they are copied.
async fn come_and_go(client: Client, bot: String, stop: Arc<AtomicBool>) {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let text = format!("Number {n} is here for a moment.");
        let document = client.upload(&bot, "passing.txt", &text).await.ok(202);
        let path = format!("/api/documents/{}", document["id"].as_str().unwrap());
        client.delete(&path).await.ok(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_everything_that_was_acknowledged_before_it() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    let stop = Arc::new(AtomicBool::new(false));
    let (told, mut heard) = mpsc::unbounded_channel();
    let mut busy = Vec::new();
    for _ in 0..3 {
        let client: Client = (*lived.owner).clone();
        busy.push(tokio::spawn(write(
            client,
            lived.session.clone(),
            told.clone(),
            stop.clone(),
        )));
    }
    let client: Client = (*lived.owner).clone();
    busy.push(tokio::spawn(come_and_go(client, lived.bot.clone(), stop.clone())));
    let mut before = Vec::new();
    while before.len() < 30 {
        before.push(heard.recv().await.unwrap());
    }
    let dir = lived.app.data_dir().to_owned();
    back_up(&dir, &backup).await;
    let during = heard.len();
    run(&dir, &["verify"]).await.ok();
    stop.store(true, Ordering::Relaxed);
    for busy in busy {
        busy.await.unwrap();
    }
    assert!(during > 0, "it was taken while others wrote");
    run(&dir, &["verify"]).await.ok();
    run(&dir, &["verify", text(&backup)]).await.ok();

    let app = App::on(restored(&backup).await, settings).await;
    let owner = app.login(&lived.owner).await;
    let log = log_of(&owner, &lived.bot).await;
    for id in &before {
        assert!(
            log.iter().any(|event| event["data"]["message_id"] == id.as_str()),
            "{id}"
        );
    }
    // A client that had seen everything, far beyond what was restored.
    let viewer = app.login(&lived.viewer).await;
    let query = format!("since={}&epoch={}", lived.seq + 10_000, lived.epoch);
    let (mut socket, greeting) = greeted_by(&app, &viewer, &lived.bot, &query).await;
    assert_ne!(greeting["data"]["epoch"], json!(lived.epoch));
    let (events, end) = replay(&mut socket).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (0, &json!(false)));
    lived.is_lived_on(&app).await;
}

/// A place on the database that the other tests of this run are not on.
struct Other {
    dir: TempDir,
    url: Option<String>,
}

impl Other {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let url = (!services::is_postgres()).then(|| empty_server(dir.path()));
        Self { dir, url }
    }

    async fn run(&self, arguments: &[&str]) -> Run {
        run_with(self.dir.path(), arguments, |command| {
            match &self.url {
                Some(url) => command.env("COLLOQUY_DATABASE_URL", url),
                None => command.env_remove("COLLOQUY_DATABASE_URL"),
            }
            .env("COLLOQUY_SECRET", SECRET)
        })
        .await
    }

    fn settings(&self) -> impl FnOnce(&mut Settings) + use<> {
        let url = self.url.clone().unwrap_or_default();
        move |changed| {
            settings(changed);
            changed.database_url = url;
            changed.secret = Some(SECRET.into());
        }
    }
}

#[tokio::test]
async fn a_backup_of_one_database_is_restored_into_the_other_and_back() {
    // One of them is SQLite, on which there are no two nodes.
    if services::are_two_nodes() {
        return;
    }
    let lived = Lived::start().await;
    let (_shelf, first) = shelf();
    back_up(lived.app.data_dir(), &first).await;
    let before = rows(lived.app.data_dir()).await;

    let other = Other::new();
    other.run(&["restore", text(&first)]).await.ok();
    other.run(&["verify"]).await.ok();
    let (_shelf, second) = shelf();
    other.run(&["backup", text(&second)]).await.ok();
    let change = other.settings();
    let app = App::on(other.dir, change).await;
    lived.is_lived_on(&app).await;
    app.stop().await;

    // The key was that of the setting, and is in no backup.
    let back = nowhere();
    let said = run_with(back.path(), &["restore", text(&second)], |command| {
        command.env("COLLOQUY_SECRET", SECRET)
    })
    .await
    .ok();
    assert!(!said.contains("sealed under another"), "{said}");
    let after = rows(back.path()).await;
    // Sealed anew, a key never looks the same.
    for (table, rows) in before.iter().filter(|(table, _)| *table != "providers") {
        assert_eq!(after.get(table), Some(rows), "{table}");
    }
    let app = App::on(back, |changed| {
        settings(changed);
        changed.secret = Some(SECRET.into());
    })
    .await;
    lived.is_lived_on(&app).await;
}

#[tokio::test]
async fn keys_that_cannot_be_opened_any_more_are_told_and_left_as_they_are() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    run_with(lived.app.data_dir(), &["backup", text(&backup)], |command| {
        command.env("COLLOQUY_SECRET", SECRET)
    })
    .await
    .ok();
    assert!(!backup.join("secret.key").exists());
    let dir = nowhere();
    let another = "Zq7vT1mB-nH4xKw9.eYc2Rd6_Lg8Us0Pj";
    let said = run_with(dir.path(), &["restore", text(&backup)], |command| {
        command.env("COLLOQUY_SECRET", another)
    })
    .await
    .ok();
    assert!(
        said.contains("keys of 1 model servers were sealed under another"),
        "{said}"
    );
    let sealed = |rows: &tests::database::Fingerprint| rows["providers"].clone();
    assert_eq!(
        sealed(&rows(dir.path()).await),
        sealed(&rows(lived.app.data_dir()).await)
    );
}

#[tokio::test]
async fn a_running_answer_ends_as_interrupted_after_a_restore() {
    let stage = Stage::start().await;
    let (_, answer, _watcher) = stage.begun(&stage.cast.viewer).await;
    let (_shelf, backup) = shelf();
    back_up(stage.app.data_dir(), &backup).await;
    let app = App::on(restored(&backup).await, |_| ()).await;
    let owner = app.login(&stage.cast.owner).await;
    let answers = answers_of(&owner, &stage.session).await;
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(
        (&answers[0]["id"], &answers[0]["metadata"]["status"]),
        (&json!(answer), &json!("interrupted"))
    );
}

#[tokio::test]
async fn nobody_holds_a_job_any_more_after_a_restore() {
    let lived = Lived::start().await;
    let dir = lived.app.data_dir();
    // As if this server were in the middle of its third attempt. The lease is long over by then: nobody takes the job here.
    let database = Database::of(dir).await;
    database
        .execute(
            "INSERT INTO jobs (id, bot_id, task, document_id, attempts, run_after, leased_until, lease, created_at, holder)
             SELECT id, bot_id, 'read_document', id, 3, '2999-01-01T00:00:00+00:00', '2999-01-01T00:00:00+00:00', id, created_at, id
             FROM documents",
        )
        .await;
    database
        .execute("INSERT INTO nodes (id, heard_at) SELECT id, created_at FROM documents")
        .await;
    let (_shelf, backup) = shelf();
    back_up(dir, &backup).await;
    let elsewhere = restored(&backup).await;
    let database = Database::of(elsewhere.path()).await;
    let held = "SELECT attempts || ' ' || COUNT(lease) || COUNT(leased_until) || COUNT(holder) FROM jobs GROUP BY attempts";
    assert_eq!(database.column(held).await, ["2 000"]);
    for table in ["nodes", "tickets", "token_families"] {
        assert_eq!(database.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_backup_of_an_older_schema_is_brought_up_to_date() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    back_up(lived.app.data_dir(), &backup).await;
    // Rows look the same from this step on where nobody holds a job and no answer is being written.
    rewrite(&backup, |manifest| {
        assert_ne!(manifest["schema"], "m0013_epoch_tables");
        manifest["schema"] = json!("m0013_epoch_tables");
    });
    let app = App::on(restored(&backup).await, settings).await;
    lived.is_lived_on(&app).await;
}

#[tokio::test]
async fn a_second_restore_of_one_backup_begins_another_epoch() {
    let lived = Lived::start().await;
    let (_shelf, backup) = shelf();
    back_up(lived.app.data_dir(), &backup).await;
    let mut epochs = vec![lived.epoch.clone()];
    for _ in 0..2 {
        let dir = restored(&backup).await;
        epochs.extend(
            Database::of(dir.path())
                .await
                .column("SELECT epoch FROM installation")
                .await,
        );
    }
    epochs.sort();
    epochs.dedup();
    assert_eq!(epochs.len(), 3, "{epochs:?}");
}

/// On PostgreSQL alone.
#[tokio::test]
async fn nodes_that_keep_their_folders_all_take_the_one_epoch_of_a_restore() {
    if !services::is_postgres() {
        return;
    }
    let (first, second) = (nowhere(), TempDir::new().unwrap());
    hand_on(first.path(), second.path());
    let folders = [first.path(), second.path()];
    let nodes = folders.map(|folder| Process::start(PROGRAM, folder));
    let (_shelf, backup) = shelf();
    back_up(first.path(), &backup).await;
    // So often a node says that it is there in an hour and a half.
    let on = "UPDATE installation SET commits = commits + 1000";
    Database::of(first.path()).await.execute(on).await;
    for node in nodes {
        node.terminate();
        assert_eq!(node.wait().code(), Some(0));
    }

    leave_empty(first.path());
    hand_on(first.path(), second.path());
    run(first.path(), &["restore", text(&backup)]).await.ok();
    let database = Database::of(first.path()).await;
    let epoch = async || database.column("SELECT epoch FROM installation").await;
    let begun = epoch().await;
    let mut nodes = Vec::new();
    for folder in folders {
        nodes.push(Process::start(PROGRAM, folder));
        assert_eq!(epoch().await, begun);
    }
}
