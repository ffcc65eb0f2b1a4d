//! Administration: people, bots, sockets, and a word to everybody. None of it reads chats.

use serde_json::{Value, json};
use tests::{App, Cast, nobody};

#[tokio::test]
async fn an_admin_lists_the_people_of_the_own_tenant() {
    let (app, cast) = Cast::start().await;
    app.database()
        .await
        .move_to_other_tenant(&cast.stranger.id, "admin")
        .await;
    let names = async |person: &tests::Person| -> Vec<String> {
        let list = person.get("/api/admin/users?limit=100").await.ok(200);
        let mut names: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&cast.admin).await, ["admin", "editor", "owner", "viewer"]);
    assert_eq!(
        names(&cast.stranger).await,
        ["stranger"],
        "another tenant's admin sees another tenant"
    );
    cast.owner
        .get("/api/admin/users")
        .await
        .refused(403, "admin_required");
    app.stop().await;
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once_and_can_come_back() {
    let (app, cast) = Cast::start().await;
    let mut socket = app.chat(&cast.viewer, &cast.bot).await;
    socket.next_of("connection_established").await;
    let path = format!("/api/users/{}", cast.viewer.id);
    let user = cast.admin.patch(&path, json!({ "disabled": true })).await.ok(200);
    assert_eq!(user["disabled"], true);
    socket.expect_close(4001).await;
    cast.viewer
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    let refresh = json!({ "refresh_token": cast.viewer.refresh_token });
    app.anonymous()
        .post("/api/auth/refresh", refresh)
        .await
        .refused(401, "invalid_refresh_token");

    cast.admin
        .patch(&path, json!({ "disabled": false }))
        .await
        .ok(200);
    cast.viewer
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    let back = app.login(&cast.viewer).await;
    back.get(&format!("/api/bots/{}", cast.bot)).await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn a_role_of_the_tenant_holds_at_once() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/users/{}", cast.viewer.id);
    assert_eq!(
        cast.admin.patch(&path, json!({ "role": "admin" })).await.ok(200)["role"],
        "admin"
    );
    cast.viewer.get("/api/admin/users").await.ok(200);
    let platform = format!("/api/users/{}", cast.admin.id);
    cast.viewer
        .patch(&platform, json!({ "disabled": true }))
        .await
        .refused(403, "platform_admin_required");
    cast.admin.patch(&path, json!({ "role": "member" })).await.ok(200);
    cast.viewer
        .get("/api/admin/users")
        .await
        .refused(403, "admin_required");
    cast.admin
        .patch(&format!("/api/users/{}", nobody()), json!({ "role": "member" }))
        .await
        .refused(404, "user_not_found");
    cast.admin
        .patch(&path, json!({ "role": "god", "platform_admin": true }))
        .await
        .invalid(&["platform_admin", "role"]);
    app.stop().await;
}

#[tokio::test]
async fn the_last_platform_admin_stays() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/users/{}", cast.admin.id);
    cast.admin
        .patch(&path, json!({ "disabled": true }))
        .await
        .refused(409, "last_admin");
    cast.admin
        .post("/api/auth/me/delete", json!({ "password": cast.admin.password }))
        .await
        .refused(409, "last_admin");
    app.stop().await;
}

#[tokio::test]
async fn the_admins_list_of_bots_tells_size_and_owners_and_no_content() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    cast.owner
        .patch(
            &format!("/api/bots/{}", cast.bot),
            json!({ "instructions": "canary", "description": "canary" }),
        )
        .await
        .ok(200);
    let size = async || {
        cast.admin.get("/api/admin/bots").await.ok(200)["items"][0]["size"]
            .as_i64()
            .unwrap()
    };
    let before = size().await;
    cast.owner.say(&session, "canary").await;
    assert_eq!(size().await, before + 6);
    let answer = cast.admin.get("/api/admin/bots").await;
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    let bots = answer.ok(200);
    assert_eq!(bots["items"][0]["id"], cast.bot);
    assert_eq!(bots["items"][0]["name"], "Shared bot");
    assert_eq!(
        bots["items"][0]["owners"],
        json!([{ "user_id": cast.owner.id, "username": "owner" }])
    );
    cast.owner
        .get("/api/admin/bots")
        .await
        .refused(403, "admin_required");
    app.stop().await;
}

#[tokio::test]
async fn a_suspended_bot_is_gone_for_all_but_its_owners_and_admins() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let before = cast.owner.head(&cast.bot).await;
    let (bot, suspension) = (
        format!("/api/bots/{}", cast.bot),
        format!("/api/admin/bots/{}", cast.bot),
    );
    let mut sockets = Vec::new();
    for person in [&cast.owner, &cast.viewer] {
        let mut socket = app.chat(person, &cast.bot).await;
        socket.next_of("connection_established").await;
        sockets.push(socket);
    }
    cast.admin
        .patch(&suspension, json!({ "suspended": true }))
        .await
        .ok(200);
    for mut socket in sockets {
        let frames = socket.expect_close(4003).await;
        let last = frames
            .iter()
            .rfind(|frame| frame["seq"].is_i64())
            .expect("the event itself");
        assert_eq!(
            (&last["seq"], &last["data"]["update_type"]),
            (&json!(before + 1), &json!("suspended"))
        );
    }
    for person in [&cast.viewer, &cast.editor] {
        person.get(&bot).await.refused(404, "bot_not_found");
        person
            .get(&format!("/api/sessions/{session}"))
            .await
            .refused(404, "session_not_found");
    }
    cast.owner.get(&bot).await.ok(200);
    cast.admin.get(&bot).await.ok(200);
    cast.owner
        .patch(&bot, json!({ "name": "x" }))
        .await
        .refused(403, "bot_suspended");
    cast.owner
        .get(&format!("{bot}/snapshot"))
        .await
        .refused(403, "bot_suspended");
    cast.owner
        .get(&format!("{bot}/sessions"))
        .await
        .refused(403, "bot_suspended");
    cast.owner
        .get(&format!("/api/sessions/{session}"))
        .await
        .refused(403, "bot_suspended");
    let mut refused = app.chat(&cast.owner, &cast.bot).await;
    assert!(refused.expect_close(4003).await.is_empty());

    cast.admin
        .patch(&suspension, json!({ "suspended": false }))
        .await
        .ok(200);
    let events = cast.viewer.events(&cast.bot, before).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| event["data"]["update_type"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["suspended", "resumed"]);
    app.stop().await;
}

#[tokio::test]
async fn an_owner_deletes_a_suspended_bot() {
    let (app, cast) = Cast::start().await;
    cast.admin
        .patch(
            &format!("/api/admin/bots/{}", cast.bot),
            json!({ "suspended": true }),
        )
        .await
        .ok(200);
    cast.owner
        .delete(&format!("/api/bots/{}", cast.bot))
        .await
        .ok(204);
    cast.admin
        .get(&format!("/api/bots/{}", cast.bot))
        .await
        .refused(404, "bot_not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_broadcast_reaches_everybody_of_the_tenant() {
    let (app, cast) = Cast::start().await;
    app.database()
        .await
        .move_to_other_tenant(&cast.stranger.id, "member")
        .await;
    let body = json!({ "message": "Back at nine.", "title": "Maintenance", "level": "warning" });
    cast.admin.post("/api/admin/broadcast", body).await.ok(202);
    let system = async |person: &tests::Person| -> Vec<Value> {
        let list = person.get("/api/notifications").await.ok(200);
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["notification_type"] == "system")
            .cloned()
            .collect()
    };
    let items = system(&cast.viewer).await;
    assert_eq!(items.len(), 1);
    assert_eq!(
        (&items[0]["title"], &items[0]["message"], &items[0]["bot_id"]),
        (&json!("Maintenance"), &json!("Back at nine."), &Value::Null)
    );
    assert!(system(&cast.stranger).await.is_empty());
    cast.admin
        .post(
            "/api/admin/broadcast",
            json!({ "message": "To all.", "tenant_id": null }),
        )
        .await
        .ok(202);
    assert_eq!(system(&cast.stranger).await.len(), 1);
    assert_eq!(system(&cast.viewer).await.len(), 2);
    cast.admin
        .post("/api/admin/broadcast", json!({ "level": "loud" }))
        .await
        .invalid(&["level", "message"]);
    cast.viewer
        .post("/api/admin/broadcast", json!({ "message": "hi" }))
        .await
        .refused(403, "admin_required");
    app.stop().await;
}

#[tokio::test]
async fn a_tenants_admin_does_not_speak_to_all_tenants() {
    let (app, cast) = Cast::start().await;
    cast.admin
        .patch(
            &format!("/api/users/{}", cast.viewer.id),
            json!({ "role": "admin" }),
        )
        .await
        .ok(200);
    let everywhere = json!({ "message": "To all.", "tenant_id": null });
    cast.viewer
        .post("/api/admin/broadcast", everywhere)
        .await
        .refused(403, "platform_admin_required");
    app.stop().await;
}

#[tokio::test]
async fn the_audit_of_a_bot_outlives_what_it_tells_of() {
    let app = App::start().await;
    let admin = app.register("admin").await;
    let bot = admin.bot("Short lived").await;
    let audit = admin.get(&format!("/api/bots/{bot}/audit")).await.ok(200);
    assert_eq!(audit["items"].as_array().unwrap().len(), 1);
    admin.delete(&format!("/api/bots/{bot}")).await.ok(204);
    assert_eq!(
        app.database().await.count("audit").await,
        2,
        "its making and its end"
    );
    app.stop().await;
}
