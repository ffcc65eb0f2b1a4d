//! What becomes of the data: restarts, sudden death, a copied-back database, a database of a newer program.

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::database::{copy, hand_on};
use tests::{App, Database, Person, Process, process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

async fn epoch_and_head(person: &Person, bot: &str) -> (String, i64) {
    let page = person.get(&format!("/api/bots/{bot}/snapshot")).await.ok(200);
    (
        page["epoch"].as_str().unwrap().to_owned(),
        page["seq"].as_i64().unwrap(),
    )
}

#[tokio::test]
async fn a_restart_keeps_everything_log_ins_and_epoch_included() {
    let app = App::start().await;
    let owner = app.register("owner").await;
    let bot = owner.bot("Bot").await;
    let session = owner.session(&bot, "shared").await;
    owner.say(&session, "before").await;
    let before = epoch_and_head(&owner, &bot).await;
    let app = App::on(app.stop().await, |_| ()).await;
    let client = app.client(&owner.token);
    let snapshot = client.get(&format!("/api/bots/{bot}/snapshot")).await.ok(200);
    assert_eq!(
        (snapshot["epoch"].as_str(), snapshot["seq"].as_i64()),
        (Some(before.0.as_str()), Some(before.1))
    );
    let message = client
        .post(
            &format!("/api/sessions/{session}/messages"),
            json!({ "content": "after" }),
        )
        .await
        .ok(201);
    assert_eq!(message["message"]["content"], "after");
    assert_eq!(app.database().await.head(&bot).await, before.1 + 1);
    app.stop().await;
}

#[tokio::test]
async fn a_copied_back_database_begins_a_new_epoch() {
    let app = App::start().await;
    let owner = app.register("owner").await;
    let bot = owner.bot("Bot").await;
    let dir = app.stop().await;
    let backup = TempDir::new().unwrap();
    copy(dir.path(), backup.path());

    let app = App::on(dir, |_| ()).await;
    let owner = app.login(&owner).await;
    owner.session(&bot, "shared").await;
    let (epoch, head) = epoch_and_head(&owner, &bot).await;
    let dir = app.stop().await;
    copy(backup.path(), dir.path());

    let app = App::on(dir, |_| ()).await;
    let owner = app.login(&owner).await;
    let (restored, seq) = epoch_and_head(&owner, &bot).await;
    assert_ne!(restored, epoch);
    assert_eq!(seq, head - 1);
    let page = owner
        .get(&format!(
            "/api/bots/{bot}/events?since={}&epoch={epoch}",
            head - 1
        ))
        .await
        .ok(200);
    assert_eq!(
        (&page["complete"], &page["events"], &page["epoch"]),
        (&json!(false), &json!([]), &json!(restored))
    );
    let dir = app.stop().await;
    let app = App::on(dir, |_| ()).await;
    let owner = app.login(&owner).await;
    assert_eq!(
        epoch_and_head(&owner, &bot).await.0,
        restored,
        "one restore is one new epoch"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_database_with_an_empty_data_directory_keeps_its_epoch() {
    let app = App::start().await;
    let owner = app.register("owner").await;
    let bot = owner.bot("Bot").await;
    let (epoch, _) = epoch_and_head(&owner, &bot).await;
    let dir = app.stop().await;
    let elsewhere = TempDir::new().unwrap();
    hand_on(dir.path(), elsewhere.path());
    let app = App::on(elsewhere, |_| ()).await;
    let owner = app.login(&owner).await;
    assert_eq!(epoch_and_head(&owner, &bot).await.0, epoch);
    app.stop().await;
}

#[tokio::test]
async fn sudden_death_loses_nothing_and_begins_no_epoch() {
    let dir = TempDir::new().unwrap();
    let server = Process::start(PROGRAM, dir.path());
    let password = format!("pw-{}", uuid::Uuid::new_v4());
    let anonymous = tests::Client::new(reqwest::Client::new(), server.url(), None);
    let body = json!({ "username": "person", "password": password });
    let answer = anonymous.post("/api/auth/register", body).await.ok(201);
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let person = tests::Client::new(reqwest::Client::new(), server.url(), Some(token.clone()));
    let bot = person.post("/api/bots", json!({ "name": "Bot" })).await.ok(201);
    let path = format!("/api/bots/{}", bot["id"].as_str().unwrap());
    let before = person.get(&format!("{path}/snapshot")).await.ok(200);
    let sessions = format!("{path}/sessions");
    let keyed = |client: &tests::Client| {
        let request = client
            .request(reqwest::Method::POST, &sessions)
            .header("idempotency-key", "k");
        request.json(&json!({ "title": "Last words" }))
    };
    let last = keyed(&person).send().await.ok(201);
    server.kill();

    let server = Process::start(PROGRAM, dir.path());
    let person = tests::Client::new(reqwest::Client::new(), server.url(), Some(token));
    let after = person.get(&format!("{path}/snapshot")).await.ok(200);
    assert_eq!(after["epoch"], before["epoch"]);
    assert_eq!(after["seq"].as_i64(), before["seq"].as_i64().map(|seq| seq + 1));
    assert_eq!(after["sessions"], Value::Array(vec![last.clone()]));
    let again = keyed(&person).send().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.ok(201), last);
    server.kill();
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_in_clear_words() {
    let app = App::start().await;
    let dir = app.stop().await;
    let database = Database::of(dir.path()).await;
    database
        .execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_of_the_future', 0)")
        .await;
    drop(database);
    for command in ["migrate", "serve"] {
        let output =
            process::run(process::command(PROGRAM, dir.path()).args([command, "--listen", "127.0.0.1:0"]));
        let complained = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{complained}");
        assert!(complained.contains("newer"), "{complained}");
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused_and_takes_nothing_from_the_first() {
    let app = App::start().await;
    let incoming = app.data_dir().join("incoming");
    std::fs::write(incoming.join("on-its-way"), "half of a file").unwrap();
    let output = process::run(process::command(PROGRAM, app.data_dir()).args(["--listen", "127.0.0.1:0"]));
    let complained = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complained}");
    assert!(complained.contains("another server"), "{complained}");
    assert!(incoming.join("on-its-way").exists());
    app.stop().await;
}
