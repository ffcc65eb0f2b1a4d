//! The snapshot: one consistent state, and the number to go on from.

use serde_json::{Value, json};
use tests::Cast;

use crate::answers_kit::Stage;
use crate::sockets_kit::assert_shape;

#[tokio::test]
async fn the_snapshot_is_the_state_and_the_number_to_go_on_from() {
    let (app, cast) = Cast::start().await;
    let shared = cast.viewer.session(&cast.bot, "shared").await;
    let private = cast.editor.session(&cast.bot, "private").await;
    let hello = cast.viewer.say(&shared, "hello").await;
    cast.editor.say(&private, "canary").await;

    let answer = cast.viewer.get(&format!("/api/bots/{}/snapshot", cast.bot)).await;
    assert!(
        !answer.text.contains("canary") && !answer.text.contains(&private),
        "{}",
        answer.text
    );
    let snapshot = answer.ok(200);
    assert_eq!(snapshot["bot"]["role"], "viewer");
    assert_eq!(snapshot["members"].as_array().unwrap().len(), 3);
    assert_eq!(snapshot["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(snapshot["sessions"][0]["id"], shared);
    assert_eq!(snapshot["messages"][&shared], json!([hello]));
    assert_eq!(snapshot["documents"], json!([]));
    assert_eq!(snapshot["answers"], json!([]));
    assert!(snapshot["presence"].is_array() && snapshot["epoch"].is_string());
    assert!(
        snapshot.get("more").is_none_or(|more| more == false),
        "nothing was cut"
    );
    assert_eq!(snapshot["seq"], app.database().await.head(&cast.bot).await);

    let own = cast
        .editor
        .get(&format!("/api/bots/{}/snapshot", cast.bot))
        .await
        .ok(200);
    assert_eq!(own["sessions"].as_array().unwrap().len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn a_cut_snapshot_says_so() {
    let (app, cast) = Cast::start().await;
    for _ in 0..51 {
        cast.owner.session(&cast.bot, "shared").await;
    }
    let snapshot = cast
        .owner
        .get(&format!("/api/bots/{}/snapshot", cast.bot))
        .await
        .ok(200);
    assert_eq!(snapshot["sessions"].as_array().unwrap().len(), 50);
    assert_eq!(snapshot["more"], true);
    app.stop().await;
}

#[tokio::test]
async fn an_answer_is_unfinished_or_a_message_and_never_both_or_neither() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    let path = format!("/api/bots/{}/snapshot", stage.cast.bot);
    let (question, answer, mut owner) = stage.begun(viewer).await;
    let (waited, waiting) = viewer.ask(&stage.session, "And then?").await;
    owner.status(&waiting, "queued", 1).await;
    let snapshot = viewer.get(&path).await.ok(200);
    let shape = json!([
        { "message_id": answer, "session_id": stage.session, "question_id": question["id"], "status": "running" },
        { "message_id": waiting, "session_id": stage.session, "question_id": waited["id"], "status": "queued", "content": "" },
    ]);
    assert_shape(&snapshot["answers"], &shape);

    stage.model.will_say(&["Then nothing."]);
    let looking = async {
        let mut seen = 0;
        loop {
            let snapshot = viewer.get(&path).await.ok(200);
            let messages = snapshot["messages"][&stage.session].as_array().unwrap().clone();
            let mut ended = 0;
            for id in [&answer, &waiting] {
                let has = |rows: &[Value]| rows.iter().any(|row| row["message_id"] == id.as_str());
                let (unfinished, message) = (has(snapshot["answers"].as_array().unwrap()), has(&messages));
                assert!(unfinished != message, "{id} in {snapshot}");
                ended += usize::from(message);
            }
            seen += 1;
            if ended == 2 {
                return (seen, snapshot);
            }
        }
    };
    let ((_, snapshot), ()) = tokio::join!(looking, stage.go_on());
    assert_eq!(snapshot["answers"], json!([]));
    assert!(snapshot["seq"].as_i64().unwrap() >= 4);
    owner.end(&waiting).await;
}
