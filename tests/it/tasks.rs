//! Background work and the audit of a tenant, as its administrators see them.

use std::path::PathBuf;

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Answer, App, Cast, Person};

use crate::answers_kit::Stage;

const TASKS: &str = "/api/admin/tasks";
const AUDIT: &str = "/api/admin/audit";

fn items(answer: Answer) -> Vec<Value> {
    answer.ok(200)["items"].as_array().unwrap().clone()
}

async fn tasks(person: &Person) -> Vec<Value> {
    items(person.get(TASKS).await)
}

/// A reader of files that never comes to an end.
pub fn waiting_reader() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/waiting-reader.sh").into()
}

/// As many documents as the nodes read at once, all being read for ever, and one more that waits. Oldest first.
async fn at_work(app: &App, cast: &Cast) -> Vec<String> {
    let nodes = if services::are_two_nodes() { 2 } else { 1 };
    let places = std::thread::available_parallelism().unwrap().get() * nodes;
    let (mut socket, _) = crate::sockets_kit::greeted(app, &cast.owner, &cast.bot).await;
    let mut documents = Vec::new();
    for number in 0..=places {
        let name = format!("canary-{number}.txt");
        let upload = cast
            .editor
            .upload(&cast.bot, &name, format!("Rule {number}."))
            .await;
        documents.push(id_of(&upload.ok(202)));
    }
    let mut begun = 0;
    while begun < places {
        let frame = socket.next_of("document_update").await;
        begun += usize::from(frame["data"]["action"] == "processing");
    }
    documents
}

#[tokio::test]
async fn administrators_see_what_is_being_read_and_what_waits() {
    let app = App::with(|settings| settings.extractor = Some(waiting_reader())).await;
    let cast = Cast::of(&app).await;
    let documents = at_work(&app, &cast).await;

    let answer = cast.admin.get(TASKS).await;
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    let list = items(answer);
    let listed: Vec<_> = list.iter().map(|task| task["document_id"].clone()).collect();
    let newest_first: Vec<_> = documents.iter().rev().map(|id| json!(id)).collect();
    assert_eq!(listed, newest_first);
    for task in &list {
        assert_eq!(task["kind"], "read_document");
        assert_eq!(task["bot_id"], cast.bot);
        assert_eq!(task["user_id"], cast.editor.id);
        assert_eq!(task["username"], cast.editor.username);
    }
    let (waiting, read) = list.split_first().unwrap();
    assert_eq!(
        [
            &waiting["status"],
            &waiting["attempts"],
            &waiting["node"],
            &waiting["stage"]
        ],
        [&json!("queued"), &json!(0), &Value::Null, &Value::Null]
    );
    for task in read {
        assert_eq!(
            [&task["status"], &task["attempts"], &task["stage"]],
            [&json!("processing"), &json!(1), &json!("extracting")]
        );
        assert!(task["node"].is_string() && task["progress"].is_number(), "{task}");
    }

    let first = cast.admin.get(&format!("{TASKS}?limit=1")).await.ok(200);
    assert_eq!(first["items"], json!([list[0]]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = cast.admin.get(&format!("{TASKS}?limit=1&cursor={cursor}")).await;
    assert_eq!(items(second), [list[1].clone()]);

    // What ends before its turn is gone from the list.
    let last = documents.last().unwrap();
    cast.editor
        .delete(&format!("/api/documents/{last}"))
        .await
        .ok(200);
    let left: Vec<_> = tasks(&cast.admin)
        .await
        .into_iter()
        .map(|task| task["document_id"].clone())
        .collect();
    assert_eq!(left, listed[1..]);
    app.stop().await;
}

#[tokio::test]
async fn answers_are_work_without_their_texts_and_those_in_private_are_not_told() {
    let stage = Stage::with(|settings| settings.limits.answers_per_user = 1).await;
    let cast = &stage.cast;
    let (_, answer, mut owner) = stage.begun(&cast.viewer).await;
    let private = cast.viewer.session(&cast.bot, "private").await;
    cast.viewer.ask(&private, "Between us?").await;

    let list = tasks(&cast.admin).await;
    assert_eq!(list.len(), 1, "{list:?}");
    let task = &list[0];
    assert_eq!(
        [
            &task["task_id"],
            &task["kind"],
            &task["status"],
            &task["user_id"],
            &task["bot_id"]
        ],
        [
            &json!(answer),
            &json!("write_answer"),
            &json!("processing"),
            &json!(cast.viewer.id),
            &json!(cast.bot)
        ]
    );
    assert!(!task.to_string().contains("one "), "{task}");

    stage.go_on().await;
    owner.end(&answer).await;
    let left = tasks(&cast.admin).await;
    assert!(left.is_empty(), "{left:?}");
    stage.app.stop().await;
}

#[tokio::test]
async fn the_audit_of_a_tenant_has_its_people_and_all_its_bots() {
    let (app, cast) = Cast::start().await;
    let private = cast.viewer.session(&cast.bot, "private").await;
    cast.viewer.say(&private, "mine alone").await;
    let other = cast.editor.bot("Other").await;
    cast.editor.grant(&other, &cast.viewer, "viewer").await;
    cast.admin
        .patch(
            &format!("/api/users/{}", cast.viewer.id),
            json!({ "disabled": true }),
        )
        .await
        .ok(200);

    let answer = cast.admin.get(&format!("{AUDIT}?limit=100")).await;
    assert!(!answer.text.contains(&private), "{}", answer.text);
    let rows = items(answer);
    assert_eq!(rows[0]["action"], "user.disabled");
    assert_eq!(
        [&rows[0]["target"], &rows[0]["user_id"], &rows[0]["bot_id"]],
        [&json!(cast.viewer.id), &json!(cast.admin.id), &Value::Null]
    );
    for bot in [&cast.bot, &other] {
        assert!(rows.iter().any(|row| row["bot_id"] == *bot), "{bot}: {rows:?}");
    }
    let mut ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let listed = ids.clone();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(listed, ids);

    let first = cast.admin.get(&format!("{AUDIT}?limit=1")).await.ok(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = cast.admin.get(&format!("{AUDIT}?limit=1&cursor={cursor}")).await;
    assert_eq!(items(second), [rows[1].clone()]);
    app.stop().await;
}

#[tokio::test]
async fn neither_is_for_others_nor_for_another_tenants_administrators() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    app.database()
        .await
        .move_to_other_tenant(&cast.stranger.id, "admin")
        .await;
    for path in [TASKS, AUDIT] {
        cast.owner.get(path).await.refused(403, "admin_required");
        let theirs = cast.stranger.get(path).await;
        assert!(
            !theirs.text.contains(&cast.bot) && !theirs.text.contains(&session),
            "{}",
            theirs.text
        );
        assert_eq!(items(theirs), Vec::<Value>::new(), "{path}");
        cast.admin
            .get(&format!("{path}?cursor=nonsense"))
            .await
            .invalid(&["cursor"]);
    }
    app.stop().await;
}
