//! Roles with an end date.

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tests::{App, Cast, Database};

fn in_a(duration: Duration) -> String {
    (Utc::now() + duration).to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[tokio::test]
async fn an_end_date_in_the_past_or_on_an_owner_is_refused() {
    let (app, cast) = Cast::start().await;
    let permissions = format!("/api/bots/{}/permissions", cast.bot);
    let grant = async |role: &str, expires_at: Value| {
        let body = json!({ "user_id": cast.stranger.id, "role": role, "expires_at": expires_at });
        cast.owner.post(&permissions, body).await
    };
    grant("viewer", json!(in_a(Duration::seconds(-1))))
        .await
        .invalid(&["expires_at"]);
    grant("owner", json!(in_a(Duration::hours(1))))
        .await
        .invalid(&["expires_at"]);
    grant("viewer", json!("tomorrow")).await.invalid(&["expires_at"]);
    grant("viewer", json!(17)).await.invalid(&["expires_at"]);
    grant("owner", Value::Null).await.ok(201);

    let path = format!("{permissions}/{}", cast.viewer.id);
    let body = json!({ "role": "owner", "expires_at": in_a(Duration::hours(1)) });
    cast.owner.put(&path, body).await.invalid(&["expires_at"]);
    app.stop().await;
}

#[tokio::test]
async fn an_end_date_is_kept_when_absent_and_removed_by_null() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    let end = in_a(Duration::hours(1));
    let change = async |body: Value| cast.owner.put(&path, body).await.ok(200)["expires_at"].clone();
    let set = change(json!({ "role": "viewer", "expires_at": end })).await;
    let time = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
    assert_eq!(time(&set), time(&json!(end)));
    assert_eq!(change(json!({ "role": "editor" })).await, set);
    assert_eq!(
        change(json!({ "role": "editor", "expires_at": null })).await,
        Value::Null
    );
    app.stop().await;
}

#[tokio::test]
async fn an_owner_made_of_a_guest_has_no_end_date() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    let guest = json!({ "role": "viewer", "expires_at": in_a(Duration::hours(1)) });
    cast.owner.put(&path, guest).await.ok(200);
    assert_eq!(
        cast.owner.put(&path, json!({ "role": "owner" })).await.ok(200)["expires_at"],
        Value::Null
    );
    app.stop().await;
}

#[tokio::test]
async fn a_role_past_its_date_is_recorded_as_expired() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    let body = json!({ "role": "viewer", "expires_at": in_a(Duration::hours(1)) });
    cast.owner.put(&path, body).await.ok(200);
    let head = cast.owner.head(&cast.bot).await;
    app.database().await.end_roles().await;

    // The long poll returns with the event.
    let poll = format!("/api/bots/{}/events?since={head}&wait=20", cast.bot);
    let page = cast.owner.get(&poll).await.ok(200);
    let event = &page["events"][0];
    assert_eq!(event["data"]["action"], "revoked", "{page}");
    assert_eq!(event["data"]["target_user_id"], cast.viewer.id);
    assert_eq!(event["data"]["details"]["role"], "viewer");
    assert_eq!(event["data"]["details"]["reason"], "expired");
    assert_eq!(event["data"]["details"]["granted_by"], Value::Null);
    cast.viewer
        .get(&format!("/api/bots/{}", cast.bot))
        .await
        .refused(404, "bot_not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_role_that_ended_while_the_server_was_down_is_recorded_at_its_start() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    let body = json!({ "role": "viewer", "expires_at": in_a(Duration::hours(1)) });
    cast.owner.put(&path, body).await.ok(200);
    let head = cast.owner.head(&cast.bot).await;
    let dir = app.stop().await;
    Database::of(dir.path()).await.end_roles().await;
    let app = App::on(dir, |_| ()).await;
    let owner = app.login(&cast.owner).await;
    let poll = format!("/api/bots/{}/events?since={head}&wait=20", cast.bot);
    let page = owner.get(&poll).await.ok(200);
    assert_eq!(
        page["events"][0]["data"]["details"]["reason"], "expired",
        "{page}"
    );
    app.stop().await;
}
