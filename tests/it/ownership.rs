//! The end of an ownership: a bot is handed over, or deleted.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Cast, nobody};

#[tokio::test]
async fn a_deleted_bot_is_gone_with_everything_in_it() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "shared").await;
    let message = cast.viewer.say(&session, "hello").await;
    let path = format!("/api/bots/{}", cast.bot);
    let unknown = cast
        .owner
        .get(&format!("/api/bots/{}", nobody()))
        .await
        .refused(404, "bot_not_found");
    cast.owner.delete(&path).await.ok(204);
    let mut gone = cast.owner.get(&path).await.refused(404, "bot_not_found");
    gone["request_id"] = unknown["request_id"].clone();
    assert_eq!(gone, unknown);
    cast.viewer
        .get(&format!("/api/sessions/{session}"))
        .await
        .refused(404, "session_not_found");
    cast.viewer
        .patch(
            &format!("/api/messages/{}", id_of(&message)),
            json!({ "content": "x" }),
        )
        .await
        .refused(404, "message_not_found");
    cast.owner.delete(&path).await.refused(404, "bot_not_found");
    assert_eq!(cast.owner.get("/api/bots").await.ok(200)["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_transfer_makes_the_target_owner_and_the_caller_editor() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}", cast.bot);
    let before = cast.owner.head(&cast.bot).await;
    let bot = cast
        .owner
        .post(
            &format!("{path}/transfer"),
            json!({ "user_id": cast.stranger.id }),
        )
        .await
        .ok(200);
    assert_eq!(bot["role"], "editor");
    assert_eq!(
        bot["owners"],
        json!([{ "user_id": cast.stranger.id, "username": "stranger" }])
    );

    let events = cast.stranger.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1, "one event: {events:?}");
    assert_eq!(events[0]["data"]["update_type"], "ownership");
    assert_eq!(events[0]["data"]["details"]["from"], cast.owner.id);
    assert_eq!(events[0]["data"]["details"]["to"], cast.stranger.id);
    cast.owner.delete(&path).await.refused(403, "role_required");
    app.stop().await;
}

#[tokio::test]
async fn an_admin_hands_a_bot_over_without_getting_a_role() {
    let (app, cast) = Cast::start().await;
    let transfer = format!("/api/bots/{}/transfer", cast.bot);
    let bot = cast
        .admin
        .post(&transfer, json!({ "user_id": cast.editor.id }))
        .await
        .ok(200);
    assert!(bot.get("role").is_none_or(Value::is_null), "{bot}");
    let list = cast
        .editor
        .get(&format!("/api/bots/{}/permissions", cast.bot))
        .await
        .ok(200);
    let role = |name: &str| {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["username"] == name)
            .map(|row| row["role"].clone())
    };
    assert_eq!(role("editor"), Some(json!("owner")));
    assert_eq!(role("owner"), Some(json!("owner")), "nobody lost a role by it");
    assert_eq!(role("admin"), None);
    app.stop().await;
}

#[tokio::test]
async fn a_transfer_to_nobody_is_refused_as_a_grant_is() {
    let (app, cast) = Cast::start().await;
    let transfer = format!("/api/bots/{}/transfer", cast.bot);
    cast.owner
        .post(&transfer, json!({ "user_id": nobody() }))
        .await
        .refused(422, "unknown_user");
    cast.owner.post(&transfer, json!({})).await.invalid(&["user_id"]);
    app.stop().await;
}
