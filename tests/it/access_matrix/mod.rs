//! Walks `permission_matrix.csv`: every operation of the OpenAPI document and every socket, for every kind of caller, over HTTP
//! and real sockets. A refused cell proves that nothing changed; an allowed change shows its event with the next number.

mod people;
mod requests;
mod scene;

use std::collections::BTreeSet;

use api::config::Registration;
use serde_json::Value;
use tests::database::Fingerprint;
use tests::{Answer, App, Database, Socket};
use tokio_tungstenite::tungstenite::Message;

use people::{IDENTITIES, People};
use requests::{Call, call, event_of};
use scene::{CONFIGURATION, CONTENT, KEY, NAME, PRIVATE, Scene};

#[derive(serde::Deserialize)]
struct Cell {
    action: String,
    operation: String,
    identity: String,
    expected: String,
}

impl Cell {
    fn describe(&self) -> String {
        format!("{} ({}) as {}", self.action, self.operation, self.identity)
    }
}

fn cells() -> Vec<Cell> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/permission_matrix.csv");
    csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .map(|cell| cell.unwrap())
        .collect()
}

#[tokio::test]
async fn every_operation_of_the_document_has_a_row_for_every_identity() {
    let app = App::start().await;
    let document = app.anonymous().get("/openapi.json").await.ok(200);
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "parameters")
        {
            operations.insert(format!("{} /api{path}", method.to_uppercase()));
        }
    }
    let cells = cells();
    let walked: BTreeSet<_> = cells
        .iter()
        .map(|cell| cell.operation.clone())
        .filter(|it| !it.starts_with("WS "))
        .collect();
    assert_eq!(operations, walked, "left: in openapi.yaml; right: in the matrix");
    for cell in &cells {
        let identities: Vec<_> = cells
            .iter()
            .filter(|other| (&other.action, &other.operation) == (&cell.action, &cell.operation))
            .map(|other| other.identity.as_str())
            .collect();
        assert_eq!(identities, IDENTITIES, "{}", cell.action);
    }
    app.stop().await;
}

#[tokio::test]
async fn every_cell_holds() {
    // Sockets rest unread while other cells are walked.
    let app = App::with(|settings| {
        // Who comes through a balancer is not of this machine, for which alone registration would be open.
        settings.registration = Registration::Open;
        settings.limits.answer_pace = std::time::Duration::ZERO;
        settings.limits.ping_interval = std::time::Duration::from_secs(600);
        settings.limits.silence = std::time::Duration::from_secs(1200);
    })
    .await;
    let walk = Walk::start(&app).await;
    let mut wrong = Vec::new();
    let mut scene = None;
    for cell in cells() {
        let at = match scene.take() {
            Some(scene) => scene,
            None => Scene::build(&app, &walk.people).await,
        };
        let (outcome, at) = walk.cell(&cell, at).await;
        scene = at;
        wrong.extend(outcome.err());
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
    walk.expect_nothing_overheard().await;
    app.stop().await;
}

struct Walk<'a> {
    app: &'a App,
    people: People,
    database: Database,
    document: Value,
    /// A socket on a bot that nothing happens to.
    bystander: Socket,
}

impl<'a> Walk<'a> {
    async fn start(app: &'a App) -> Self {
        let people = People::gather(app).await;
        let quiet = people.owner.bot("Quiet").await;
        let mut bystander = app.chat(&people.owner, &quiet).await;
        bystander.next_of("connection_established").await;
        let document = app.anonymous().get("/openapi.json").await.ok(200);
        Self {
            app,
            document,
            people,
            database: app.database().await,
            bystander,
        }
    }

    /// Tries one cell; gives the scene back if nothing happened to it.
    async fn cell(&self, cell: &Cell, mut scene: Scene) -> (Result<(), String>, Option<Scene>) {
        let call = call(self.app, &self.people, &mut scene, cell).await;
        let before = self.database.fingerprint().await;
        if cell.operation.starts_with("WS ") {
            let outcome = self.socket(cell, &call).await;
            return (outcome.and(self.unchanged(cell, &before).await), Some(scene));
        }
        let answer = call.send().await;
        let outcome = check(cell, &call, &scene, &answer).and(self.documented(cell, &answer));
        let changes = call.method != reqwest::Method::GET;
        if answer.status >= 400 {
            return (outcome.and(self.unchanged(cell, &before).await), Some(scene));
        }
        if !changes {
            return (outcome, Some(scene));
        }
        let told = match event_of(&cell.action) {
            Some(kind) => {
                let told = scene.expect_event(kind).await;
                scene.settle(&cell.action).await;
                told
            }
            None => scene.expect_no_event(&self.database).await,
        };
        // What had no event left the scene as it was, but for the socket that was closed.
        let spent = event_of(&cell.action).is_some() || cell.action == "close a connection";
        (
            outcome.and(told.map_err(|why| format!("{}: {why}", cell.describe()))),
            (!spent).then_some(scene),
        )
    }

    /// The status is among those that the operation's documentation names.
    fn documented(&self, cell: &Cell, answer: &Answer) -> Result<(), String> {
        let (method, path) = cell.operation.split_once(" /api").expect("method and path");
        let operation = &self.document["paths"][path][method.to_lowercase()];
        if operation["responses"].get(answer.status.to_string()).is_some() {
            return Ok(());
        }
        Err(format!(
            "{}: {} is not documented",
            cell.describe(),
            answer.status
        ))
    }

    async fn unchanged(&self, cell: &Cell, before: &Fingerprint) -> Result<(), String> {
        let after = self.database.fingerprint().await;
        let changed: Vec<_> = after
            .iter()
            .filter(|(table, rows)| before.get(*table) != Some(rows))
            .map(|(table, _)| table)
            .collect();
        if changed.is_empty() {
            Ok(())
        } else {
            Err(format!("{} was refused and changed {changed:?}", cell.describe()))
        }
    }

    async fn socket(&self, cell: &Cell, call: &Call) -> Result<(), String> {
        let mut socket = Socket::connect(self.app, &call.path, call.token.as_deref(), None, None).await;
        let found = match socket.message().await {
            Some(Message::Text(text)) => kind(&text),
            Some(Message::Close(Some(frame))) => u16::from(frame.code).to_string(),
            other => format!("{other:?}"),
        };
        let expected = if cell.expected == "open" {
            "connection_established"
        } else {
            &cell.expected
        };
        if found == expected {
            Ok(())
        } else {
            Err(format!("{}: expected {expected}, found {found}", cell.describe()))
        }
    }

    async fn expect_nothing_overheard(mut self) {
        self.bystander.expect_silence(0).await;
    }
}

/// Status and what else the cell says, and that nothing hidden is in the answer.
fn check(cell: &Cell, call: &Call, scene: &Scene, answer: &Answer) -> Result<(), String> {
    let (status, note) = cell.expected.split_once(' ').unwrap_or((&cell.expected, ""));
    let fail = |why: String| {
        Err(format!(
            "{}: {why}\n    {} {} -> {} {}",
            cell.describe(),
            call.method,
            call.path,
            answer.status,
            answer.text
        ))
    };
    if answer.status.to_string() != status {
        return fail(format!("expected {}", cell.expected));
    }
    for hidden in hidden_from(&cell.identity) {
        if answer.text.contains(hidden) {
            return fail(format!("`{hidden}` is in the answer"));
        }
    }
    let code = answer.body["code"].as_str().unwrap_or_default();
    let said = match answer.status {
        401 => matches!(
            code,
            "authentication_required" | "invalid_token" | "invalid_refresh_token"
        ),
        403 => {
            answer.body["needed_role"].is_string()
                || matches!(
                    code,
                    "author_required" | "admin_required" | "platform_admin_required"
                )
        }
        404 => code.ends_with("_not_found"),
        _ => true,
    };
    if !said {
        return fail(format!("`{code}` does not tell why"));
    }
    let has = |field: &str| answer.body.get(field).is_some_and(|value| !value.is_null());
    let right = match note {
        "" => true,
        "with" => answer.text.contains(&scene.bot),
        "without" => !answer.text.contains(&scene.bot),
        "less fields" => has("description") && !["instructions", "model", "settings"].into_iter().any(has),
        "id name owners size" => {
            ["id", "name", "owners", "size"].into_iter().all(has)
                && !["description", "instructions", "model", "settings"]
                    .into_iter()
                    .any(has)
        }
        other => panic!("the matrix says `{other}`, which this test does not understand"),
    };
    if right {
        Ok(())
    } else {
        fail(format!("expected {}", cell.expected))
    }
}

/// What must never be in an answer to this kind of caller, whatever they ask.
fn hidden_from(identity: &str) -> &'static [&'static str] {
    match identity {
        "owner" | "editor" => &[KEY, PRIVATE],
        "viewer" => &[KEY, PRIVATE, CONFIGURATION],
        "tenant_admin" => &[KEY, PRIVATE, CONFIGURATION, CONTENT],
        _ => &[KEY, PRIVATE, CONFIGURATION, CONTENT, NAME],
    }
}

/// The type of a frame.
fn kind(frame: &str) -> String {
    text(&serde_json::from_str::<Value>(frame).expect("JSON")["type"])
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
