//! What the tests of backups share: an installation in which something of every kind has happened, the program as an operator
//! runs it, places to restore to, and the look at what came of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use api::config::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::database::{Fingerprint, leave_empty};
use tests::provider::FakeProvider;
use tests::{App, Cast, Database, Person, logs, process};

use crate::answers_kit::Watcher;
use crate::documents_kit::{file, known};
use crate::sockets_kit::greeted;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");

/// The document knows the answer.
const QUESTION: &str = "Where is the brass key?";

/// What a command said.
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    /// What it printed; it must have succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// It must have failed and said this, in one line of its own.
    #[track_caller]
    pub fn refused(self, why: &str) {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        let said = self.err.lines().find(|line| line.starts_with("colloquy: "));
        assert!(said.is_some_and(|line| line.contains(why)), "{}", self.err);
    }

    /// It must have found exactly this many things, and these among them.
    #[track_caller]
    pub fn found(self, number: usize, lines: &[&str]) {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        for line in lines {
            assert!(self.out.contains(line), "no `{line}` in\n{}", self.out);
        }
        assert!(
            self.err.contains(&format!("colloquy: faults: {number}")),
            "{}{}",
            self.out,
            self.err
        );
    }
}

/// The program over this data folder, while servers of this process go on.
pub async fn run(data_dir: &Path, arguments: &[&str]) -> Run {
    run_with(data_dir, arguments, |command| command).await
}

pub async fn run_with(
    data_dir: &Path,
    arguments: &[&str],
    change: impl FnOnce(&mut Command) -> &mut Command,
) -> Run {
    let mut command = process::command(PROGRAM, data_dir);
    command.args(arguments);
    change(&mut command);
    let ran = tokio::task::spawn_blocking(move || process::run(&mut command));
    let output = ran.await.unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder for backups, and the name of one in it that is not there yet.
pub fn shelf() -> (TempDir, PathBuf) {
    let shelf = TempDir::new().unwrap();
    let backup = shelf.path().join("backup");
    (shelf, backup)
}

/// A data folder and a database in which there is nothing.
pub fn nowhere() -> TempDir {
    let dir = TempDir::new().unwrap();
    leave_empty(dir.path());
    dir
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Takes a backup, which must succeed.
pub async fn back_up(data_dir: &Path, backup: &Path) -> String {
    run(data_dir, &["backup", text(backup)]).await.ok()
}

/// Restores a backup to a new place.
pub async fn restored(backup: &Path) -> TempDir {
    let dir = nowhere();
    run(dir.path(), &["restore", text(backup)]).await.ok();
    dir
}

/// All rows but those that a backup does not take over as they are.
pub async fn rows(data_dir: &Path) -> Fingerprint {
    let mut rows = Database::of(data_dir).await.fingerprint().await;
    // SQLite's own clock spells the moment of the default tenant in its own way.
    rows.remove("tenants");
    rows
}

/// Writes the checksums of a backup anew, after its files were changed.
pub fn sum_up(backup: &Path) {
    let script = "cut -c67- checksums | xargs -d '\\n' sha256sum > new && mv new checksums";
    let done = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(backup)
        .status();
    assert!(done.unwrap().success());
}

/// Changes the manifest of a backup, and nothing else.
pub fn rewrite(backup: &Path, change: impl FnOnce(&mut Value)) {
    let path = backup.join("manifest.json");
    let mut manifest = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(&path, manifest.to_string()).unwrap();
    sum_up(backup);
}

/// Puts other rows into a table of a backup, and makes everything else fit.
pub fn replace_table(backup: &Path, name: &str, rows: &str) {
    let file = format!("tables/{name}.ndjson");
    std::fs::write(backup.join(&file), rows).unwrap();
    sum_up(backup);
    let sums = std::fs::read_to_string(backup.join("checksums")).unwrap();
    let sum = sums.lines().find(|line| line.ends_with(&file)).unwrap();
    rewrite(backup, |manifest| {
        let tables = manifest["tables"].as_array_mut().unwrap();
        let table = tables.iter_mut().find(|table| table["name"] == name).unwrap();
        table["sha256"] = json!(sum[..64]);
        table["rows"] = json!(rows.lines().count());
    });
}

/// An installation in which something of every kind has happened.
pub struct Lived {
    pub app: App,
    pub owner: Person,
    pub viewer: Person,
    pub bot: String,
    pub session: String,
    pub document: String,
    /// The bytes of the document.
    pub bytes: Vec<u8>,
    /// The bot's own model server, and its key.
    pub model: FakeProvider,
    pub key: String,
    /// Where a client was.
    pub epoch: String,
    pub seq: i64,
}

/// Settings under which the bot's model server may be asked.
pub fn settings(settings: &mut Settings) {
    settings.provider_allow = vec!["127.0.0.0/8".parse().unwrap()];
    settings.limits.answer_pace = Duration::ZERO;
}

impl Lived {
    pub async fn start() -> Self {
        let (app, model) = (App::with(settings).await, FakeProvider::start().await);
        let Cast {
            owner, viewer, bot, ..
        } = Cast::of(&app).await;
        let session = owner.session(&bot, "shared").await;
        let said = json!({ "content": "The café opens at nine, @viewer", "reply": false });
        let said = owner
            .request(
                reqwest::Method::POST,
                &format!("/api/sessions/{session}/messages"),
            )
            .header("idempotency-key", "once")
            .json(&said)
            .send()
            .await
            .ok(201);
        let read = json!({ "message_id": said["message"]["id"] });
        viewer
            .put(&format!("/api/sessions/{session}/read"), read)
            .await
            .ok(200);
        let passing = owner.say(&session, "not for long").await;
        let passing = passing["id"].as_str().unwrap();
        owner.delete(&format!("/api/messages/{passing}")).await.ok(204);
        let private = viewer.session(&bot, "private").await;
        viewer.say(&private, "for nobody else").await;
        let bytes = file("notes.md");
        let document = known(&app, &owner, &bot, "notes.md", &bytes).await;
        let gone = known(&app, &owner, &bot, "gone.txt", "This text goes away again.").await;
        owner.delete(&format!("/api/documents/{gone}")).await.ok(200);
        let key = format!("sk-{}", uuid::Uuid::new_v4());
        logs::issued(&key);
        let provider = json!({ "kind": "openai", "base_url": model.v1(), "api_key": key });
        let path = format!("/api/bots/{bot}");
        owner.put(&format!("{path}/provider"), provider).await.ok(200);
        owner.patch(&path, json!({ "model": "its-own" })).await.ok(200);
        let mut lived = Self {
            app,
            owner,
            viewer,
            bot,
            session,
            document,
            bytes,
            model,
            key,
            epoch: String::new(),
            seq: 0,
        };
        lived.asks(&lived.app, &lived.owner).await;
        let (_socket, greeting) = greeted(&lived.app, &lived.viewer, &lived.bot).await;
        lived.epoch = greeting["data"]["epoch"].as_str().unwrap().to_owned();
        lived.seq = greeting["data"]["seq"].as_i64().unwrap();
        lived
    }

    /// The bot answers by its own model server, which is shown the key that was sealed, and cites its document.
    pub async fn asks(&self, app: &App, owner: &Person) {
        self.model.will_say(&["In ", "the safe. [1]"]);
        let mut watcher = Watcher::join(app, owner, &self.bot).await;
        let (_, answer) = owner.ask(&self.session, QUESTION).await;
        let end = watcher.end(&answer).await;
        assert_eq!(end["content"], "In the safe. [1]", "{end}");
        let cited = &end["metadata"]["citations"][0]["document_id"];
        assert_eq!(cited, &json!(self.document), "{end}");
        let asked = self.model.asked();
        let shown = asked.last().unwrap().header("authorization");
        assert_eq!(shown, Some(format!("Bearer {}", self.key).as_str()));
    }

    /// Looks through the door of a server that was started on a restored backup.
    pub async fn is_lived_on(&self, app: &App) {
        let owner = app.login(&self.owner).await;
        let viewer = app.login(&self.viewer).await;
        // No log-in of before is good any more.
        app.client(&self.owner.token)
            .get("/api/auth/me")
            .await
            .refused(401, "invalid_token");
        let query = format!("since={}&epoch={}", self.seq, self.epoch);
        let page = viewer
            .get(&format!("/api/bots/{}/events?{query}", self.bot))
            .await
            .ok(200);
        assert_eq!((&page["complete"], &page["events"]), (&json!(false), &json!([])));
        assert_ne!(page["epoch"], json!(self.epoch));
        let found = viewer
            .get(&format!("/api/bots/{}/messages/search?q=cafe+opens", self.bot))
            .await
            .ok(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        let passages = self.passages(&viewer).await;
        assert_eq!(passages[0]["document_id"], json!(self.document), "{passages}");
        let content = format!("/api/documents/{}/content", self.document);
        let (_, bytes) = viewer.request(reqwest::Method::GET, &content).download().await;
        assert_eq!(bytes, self.bytes);
        self.asks(app, &owner).await;
    }

    /// The index is built anew at the first start; until then it says that it is not ready.
    async fn passages(&self, reader: &Person) -> Value {
        let path = format!("/api/bots/{}/search", self.bot);
        let question = json!({ "query": QUESTION });
        let begun = std::time::Instant::now();
        loop {
            let answer = reader.post(&path, question.clone()).await;
            if answer.status == 200 {
                return answer.body["items"].clone();
            }
            answer.refused(503, "unavailable");
            assert!(begun.elapsed() < tests::DEADLINE, "the index is not built");
        }
    }
}
