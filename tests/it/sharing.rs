//! Roles on a bot: granting, changing, revoking, leaving. What each role may do is walked by
//! `access_matrix`.

use serde_json::{Value, json};
use tests::{Cast, nobody};

#[tokio::test]
async fn a_grant_is_the_next_event_and_a_row_of_the_list() {
    let (app, cast) = Cast::start().await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    let before = cast.owner.head(&cast.bot).await;

    let body = json!({ "user_id": cast.stranger.id, "role": "viewer" });
    let granted = cast.owner.post(&permissions, body).await.ok(201);
    assert_eq!(granted["user_id"], cast.stranger.id);
    assert_eq!(granted["username"], "stranger");
    assert_eq!(granted["role"], "viewer");
    assert_eq!(granted["granted_by"], cast.owner.id);
    assert_eq!(granted["expires_at"], Value::Null);

    let events = cast.stranger.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "permission_change");
    assert_eq!(events[0]["seq"], before + 1);
    let data = &events[0]["data"];
    assert_eq!(data["target_user_id"], cast.stranger.id);
    assert_eq!(data["action"], "granted");
    assert_eq!(data["details"]["role"], "viewer");
    assert_eq!(data["details"]["granted_by"], cast.owner.id);
    assert_eq!(data["details"].get("reason"), None);

    let list = cast.viewer.get(&permissions).await.ok(200);
    let roles: std::collections::BTreeMap<_, _> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["username"].as_str().unwrap(), row["role"].as_str().unwrap()))
        .collect();
    assert_eq!(
        roles,
        [
            ("owner", "owner"),
            ("editor", "editor"),
            ("viewer", "viewer"),
            ("stranger", "viewer")
        ]
        .into()
    );
    app.stop().await;
}

#[tokio::test]
async fn a_person_can_be_named_in_any_case() {
    let (app, cast) = Cast::start().await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    let body = json!({ "username": "STRANGER", "role": "editor" });
    assert_eq!(
        cast.owner.post(&permissions, body).await.ok(201)["user_id"],
        cast.stranger.id
    );
    app.stop().await;
}

#[tokio::test]
async fn a_second_grant_changes_the_role_with_200() {
    let (app, cast) = Cast::start().await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    let before = cast.owner.head(&cast.bot).await;
    let body = json!({ "user_id": cast.viewer.id, "role": "editor" });
    assert_eq!(
        cast.owner.post(&permissions, body).await.ok(200)["role"],
        "editor"
    );
    let one = format!("{permissions}/{}", cast.viewer.id);
    assert_eq!(
        cast.owner.put(&one, json!({ "role": "viewer" })).await.ok(200)["role"],
        "viewer"
    );

    let events = cast.owner.events(&cast.bot, before).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (&event["data"]["action"], &event["data"]["details"]["role"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("updated"), &json!("editor")),
            (&json!("updated"), &json!("viewer"))
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn a_change_for_a_person_without_a_role_is_404() {
    let (app, cast) = Cast::start().await;
    for id in [&cast.stranger.id, &nobody(), &"nonsense".to_owned()] {
        let path = format!("/api/bots/{}/permissions/{id}", cast.bot);
        cast.owner
            .put(&path, json!({ "role": "viewer" }))
            .await
            .refused(404, "permission_not_found");
        cast.owner
            .delete(&path)
            .await
            .refused(404, "permission_not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_grant_to_nobody_says_the_same_as_one_to_another_tenant() {
    let (app, cast) = Cast::start().await;
    let foreigner = app.register("foreigner").await;
    app.database()
        .await
        .move_to_other_tenant(&foreigner.id, "member")
        .await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    let ask = async |target: Value| {
        let mut body = cast
            .owner
            .post(&permissions, target)
            .await
            .refused(422, "unknown_user");
        body["request_id"] = Value::Null;
        body
    };
    let unknown = ask(json!({ "user_id": nobody(), "role": "viewer" })).await;
    assert_eq!(
        ask(json!({ "user_id": foreigner.id, "role": "viewer" })).await,
        unknown
    );
    assert_eq!(
        ask(json!({ "username": "foreigner", "role": "viewer" })).await,
        unknown
    );
    assert_eq!(
        ask(json!({ "username": "no.such.person", "role": "viewer" })).await,
        unknown
    );
    app.stop().await;
}

#[tokio::test]
async fn a_revoked_editor_loses_everything_at_once() {
    let (app, cast) = Cast::start().await;
    let before = cast.owner.head(&cast.bot).await;
    cast.owner.revoke(&cast.bot, &cast.editor).await;
    cast.editor
        .get(&format!("/api/bots/{}", cast.bot))
        .await
        .refused(404, "bot_not_found");
    cast.editor
        .get(&format!("/api/bots/{}/events", cast.bot))
        .await
        .refused(404, "bot_not_found");

    let events = cast.owner.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    let data = &events[0]["data"];
    assert_eq!(
        (&data["action"], &data["target_user_id"]),
        (&json!("revoked"), &json!(cast.editor.id))
    );
    assert_eq!(data["details"]["role"], "editor");
    assert_eq!(data["details"]["granted_by"], cast.owner.id);
    assert_eq!(data["details"].get("reason"), None);
    app.stop().await;
}

#[tokio::test]
async fn a_viewer_who_leaves_is_told_of_as_left() {
    let (app, cast) = Cast::start().await;
    let before = cast.owner.head(&cast.bot).await;
    let own = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    cast.viewer.delete(&own).await.ok(204);
    cast.viewer.delete(&own).await.refused(404, "bot_not_found");
    let events = cast.owner.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"]["action"], "revoked");
    assert_eq!(events[0]["data"]["details"]["reason"], "left");
    app.stop().await;
}

#[tokio::test]
async fn an_admin_without_a_role_has_none_to_leave() {
    let (app, cast) = Cast::start().await;
    let own = format!("/api/bots/{}/permissions/{}", cast.bot, cast.admin.id);
    cast.admin.delete(&own).await.refused(404, "permission_not_found");
    app.stop().await;
}

#[tokio::test]
async fn the_last_owner_stays() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.owner.id);
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    cast.owner.delete(&path).await.refused(409, "last_owner");
    cast.owner
        .put(&path, json!({ "role": "editor" }))
        .await
        .refused(409, "last_owner");
    cast.admin.delete(&path).await.refused(409, "last_owner");
    let down = json!({ "user_id": cast.owner.id, "role": "viewer" });
    cast.owner
        .post(&permissions, down)
        .await
        .refused(409, "last_owner");

    let up = json!({ "user_id": cast.editor.id, "role": "owner" });
    cast.owner.post(&permissions, up).await.ok(200);
    cast.owner.delete(&path).await.ok(204);
    let other = format!("/api/bots/{}/permissions/{}", cast.bot, cast.editor.id);
    cast.editor.delete(&other).await.refused(409, "last_owner");
    app.stop().await;
}

#[tokio::test]
async fn two_owners_who_leave_at_once_leave_one_behind() {
    let (app, cast) = Cast::start().await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    cast.owner
        .post(
            &permissions,
            json!({ "user_id": cast.editor.id, "role": "owner" }),
        )
        .await
        .ok(200);
    let (one, other) = (
        format!("{permissions}/{}", cast.owner.id),
        format!("{permissions}/{}", cast.editor.id),
    );
    let (one, other) = tokio::join!(cast.owner.delete(&one), cast.editor.delete(&other));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    app.stop().await;
}

#[tokio::test]
async fn every_bad_field_of_a_grant_is_named() {
    let (app, cast) = Cast::start().await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    let body = json!({ "user_id": 5, "role": "god", "expires_at": "never", "tenant_id": nobody() });
    cast.owner
        .post(&permissions, body)
        .await
        .invalid(&["expires_at", "role", "tenant_id", "user_id"]);
    let both = json!({ "user_id": cast.stranger.id, "username": "stranger", "role": "viewer" });
    assert_eq!(cast.owner.post(&permissions, both).await.status, 422);
    assert_eq!(
        cast.owner
            .post(&permissions, json!({ "role": "viewer" }))
            .await
            .status,
        422
    );
    app.stop().await;
}

#[tokio::test]
async fn the_audit_tells_owners_who_shared_with_whom() {
    let (app, cast) = Cast::start().await;
    let audit = format!("/api/bots/{}/audit", cast.bot);
    let session = cast.viewer.session(&cast.bot, "shared").await;
    cast.viewer.say(&session, "canary-in-a-message").await;
    cast.owner.revoke(&cast.bot, &cast.editor).await;
    for reader in [&cast.owner, &cast.admin] {
        let answer = reader.get(&audit).await;
        assert!(!answer.text.contains("canary"), "{}", answer.text);
        let rows = answer.ok(200);
        let row = rows["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["details"]["action"] == "revoked")
            .expect("the revocation");
        assert_eq!(row["user_id"], cast.owner.id);
        assert_eq!(row["username"], "owner");
        assert!(
            row["at"].is_string() && row["action"].is_string() && row["target"].is_string(),
            "{row}"
        );
    }
    cast.viewer.get(&audit).await.refused(403, "role_required");
    app.stop().await;
}

#[tokio::test]
async fn the_audit_has_no_rows_of_anothers_private_session() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "private").await;
    let message = cast.viewer.say(&session, "mine alone").await;
    cast.viewer
        .delete(&format!("/api/messages/{}", message["id"].as_str().unwrap()))
        .await
        .ok(204);
    for reader in [&cast.owner, &cast.admin] {
        let answer = reader
            .get(&format!("/api/bots/{}/audit?limit=100", cast.bot))
            .await;
        assert!(!answer.text.contains(&session), "{}", answer.text);
        answer.ok(200);
    }
    app.stop().await;
}

#[tokio::test]
async fn one_of_many_grants_at_once_makes_the_role() {
    let (app, cast) = Cast::start().await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    let before = cast.owner.head(&cast.bot).await;
    let body = json!({ "user_id": cast.stranger.id, "role": "viewer" });
    let answers =
        futures_util::future::join_all((0..8).map(|_| cast.owner.post(&permissions, body.clone()))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
    assert_eq!(
        cast.owner.events(&cast.bot, before).await.len(),
        1,
        "the same role again is no change"
    );
    app.stop().await;
}
