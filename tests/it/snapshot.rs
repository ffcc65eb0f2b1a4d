//! The snapshot: one consistent state, and the number to go on from.

use serde_json::json;
use tests::Cast;

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
