//! Log-in, log-out, one's own account. Registration is in `registration`, refreshing in `tokens`.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket, logs};

#[tokio::test]
async fn one_logs_in_by_name_or_address_in_any_case() {
    let app = App::start().await;
    let person = app.register("Person").await;
    person
        .patch("/api/auth/me", json!({ "email": "Me@example.org" }))
        .await
        .ok(200);
    for name in ["Person", "PERSON", "me@EXAMPLE.org"] {
        let body = json!({ "username": name, "password": person.password });
        let answer = app.anonymous().post("/api/auth/login", body).await.ok(200);
        assert_eq!(answer["user"]["id"], person.id);
        assert_eq!(
            (&answer["token_type"], &answer["expires_in"]),
            (&json!("Bearer"), &json!(900))
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_refused_log_in_says_the_same_to_all() {
    let app = App::start().await;
    let admin = app.register("admin").await;
    let gone = app.register("gone").await;
    let person = app.register("person").await;
    admin
        .patch(&format!("/api/users/{}", gone.id), json!({ "disabled": true }))
        .await
        .ok(200);
    let attempt = async |username: &str, password: &str| {
        let body = json!({ "username": username, "password": password });
        let mut problem = app
            .anonymous()
            .post("/api/auth/login", body)
            .await
            .refused(401, "invalid_credentials");
        problem["request_id"] = Value::Null;
        problem
    };
    let unknown = attempt("no.such.person", "some password").await;
    assert_eq!(attempt("person", "some password").await, unknown);
    assert_eq!(attempt("gone", &gone.password).await, unknown);
    assert_eq!(
        attempt("person", "x").await,
        unknown,
        "a short one is wrong, and no more"
    );
    assert_eq!(
        attempt(&person.username, &person.password.to_uppercase()).await,
        unknown
    );
    app.stop().await;
}

#[tokio::test]
async fn after_five_failures_each_attempt_has_to_wait() {
    let app = App::with(|settings| settings.limits.login_backoff = Duration::from_secs(60)).await;
    let person = app.register("person").await;
    let wrong = json!({ "username": "PERSON", "password": "a wrong password" });
    for _ in 0..5 {
        app.anonymous()
            .post("/api/auth/login", wrong.clone())
            .await
            .refused(401, "invalid_credentials");
    }
    app.anonymous()
        .post("/api/auth/login", wrong)
        .await
        .refused(429, "rate_limited");
    let right = json!({ "username": "person", "password": person.password });
    app.anonymous()
        .post("/api/auth/login", right)
        .await
        .refused(429, "rate_limited");
    for _ in 0..5 {
        let unknown = json!({ "username": "nobody.here", "password": "a wrong password" });
        app.anonymous()
            .post("/api/auth/login", unknown)
            .await
            .refused(401, "invalid_credentials");
    }
    let unknown = json!({ "username": "nobody.here", "password": "a wrong password" });
    app.anonymous()
        .post("/api/auth/login", unknown)
        .await
        .refused(429, "rate_limited");
    app.stop().await;
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_no_hundred_guesses() {
    let app = App::with(|settings| settings.limits.login_backoff = Duration::from_secs(60)).await;
    app.register("person").await;
    let anonymous = app.anonymous();
    let guess = |number: usize| {
        let body = json!({ "username": "person", "password": format!("guess number {number}") });
        anonymous.post("/api/auth/login", body)
    };
    let answers = futures_util::future::join_all((0..30).map(guess)).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(looked_at <= 5, "{looked_at} guesses were looked at");
    app.stop().await;
}

#[tokio::test]
async fn an_address_fails_twenty_times_a_minute_at_the_most() {
    let app = App::start().await;
    for number in 0..20 {
        let body = json!({ "username": format!("someone{number}"), "password": "a wrong password" });
        app.anonymous()
            .post("/api/auth/login", body)
            .await
            .refused(401, "invalid_credentials");
    }
    let body = json!({ "username": "another", "password": "a wrong password" });
    app.anonymous()
        .post("/api/auth/login", body)
        .await
        .refused(429, "rate_limited");
    app.stop().await;
}

#[tokio::test]
async fn a_log_out_ends_this_family_its_sockets_and_tickets() {
    let app = App::start().await;
    let person = app.register("person").await;
    let elsewhere = app.login(&person).await;
    let mut socket = app.notifications(&person).await;
    let mut other = app.notifications(&elsewhere).await;
    socket.next_of("connection_established").await;
    other.next_of("connection_established").await;
    let ticket = person.ticket().await;

    person.post("/api/auth/logout", json!({})).await.ok(204);
    socket.expect_close(4001).await;
    person.get("/api/auth/me").await.refused(401, "invalid_token");
    let refresh = json!({ "refresh_token": person.refresh_token });
    app.anonymous()
        .post("/api/auth/refresh", refresh)
        .await
        .refused(401, "invalid_refresh_token");
    let mut late = Socket::open(&format!("{}/api/ws/notifications?ticket={ticket}", app.ws_url())).await;
    late.expect_close(4001).await;
    elsewhere.get("/api/auth/me").await.ok(200);
    other.ping().await;
    app.stop().await;
}

#[tokio::test]
async fn a_log_out_needs_no_body() {
    let app = App::start().await;
    let person = app.register("person").await;
    person.post("/api/auth/logout", Value::Null).await.ok(204);
    person.get("/api/auth/me").await.refused(401, "invalid_token");
    app.stop().await;
}

#[tokio::test]
async fn a_log_out_of_all_ends_every_family() {
    let app = App::start().await;
    let person = app.register("person").await;
    let elsewhere = app.login(&person).await;
    let mut socket = app.notifications(&elsewhere).await;
    socket.next_of("connection_established").await;
    person
        .post("/api/auth/logout", json!({ "all": true }))
        .await
        .ok(204);
    socket.expect_close(4001).await;
    elsewhere.get("/api/auth/me").await.refused(401, "invalid_token");
    app.login(&person).await.get("/api/auth/me").await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn a_new_password_ends_all_other_log_ins() {
    let app = App::start().await;
    let person = app.register("person").await;
    let elsewhere = app.login(&person).await;
    let (mut own, mut other) = (
        app.notifications(&person).await,
        app.notifications(&elsewhere).await,
    );
    own.next_of("connection_established").await;
    other.next_of("connection_established").await;
    let new = format!("pw-{}", uuid::Uuid::new_v4());
    let wrong = json!({ "current_password": "not this one", "new_password": new });
    let refused = person.put("/api/auth/password", wrong).await;
    assert!(matches!(refused.status, 403 | 422), "{}", refused.text);
    let body = json!({ "current_password": person.password, "new_password": new });
    person.put("/api/auth/password", body).await.ok(204);

    other.expect_close(4001).await;
    elsewhere.get("/api/auth/me").await.refused(401, "invalid_token");
    own.ping().await;
    person.get("/api/auth/me").await.ok(200);
    let old = json!({ "username": "person", "password": person.password });
    app.anonymous()
        .post("/api/auth/login", old)
        .await
        .refused(401, "invalid_credentials");
    app.anonymous()
        .post(
            "/api/auth/login",
            json!({ "username": "person", "password": new }),
        )
        .await
        .ok(200);
    app.stop().await;
}

#[tokio::test]
async fn one_changes_ones_address_and_nothing_else() {
    let app = App::start().await;
    let person = app.register("person").await;
    let me = person
        .patch("/api/auth/me", json!({ "email": "me@example.org" }))
        .await
        .ok(200);
    assert_eq!(me["email"], "me@example.org");
    assert_eq!(person.get("/api/auth/me").await.ok(200), me);
    assert_eq!(
        person
            .patch("/api/auth/me", json!({ "email": null }))
            .await
            .ok(200)["email"],
        Value::Null
    );
    let body = json!({ "role": "admin", "platform_admin": true, "disabled": false, "tenant_id": person.id });
    person
        .patch("/api/auth/me", body)
        .await
        .invalid(&["disabled", "platform_admin", "role", "tenant_id"]);
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_account_is_gone_and_its_name_stays_taken() {
    let (app, cast) = Cast::start().await;
    let private = cast.viewer.session(&cast.bot, "private").await;
    cast.viewer.say(&private, "canary").await;
    let before = cast.owner.head(&cast.bot).await;
    let delete = async |person: &Person, password: &str| {
        person
            .post("/api/auth/me/delete", json!({ "password": password }))
            .await
    };
    let wrong = delete(&cast.viewer, "not this one").await;
    assert!(matches!(wrong.status, 403 | 422), "{}", wrong.text);
    delete(&cast.owner, &cast.owner.password)
        .await
        .refused(409, "last_owner");
    delete(&cast.viewer, &cast.viewer.password).await.ok(204);

    cast.viewer
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    let login = json!({ "username": "viewer", "password": cast.viewer.password });
    app.anonymous()
        .post("/api/auth/login", login.clone())
        .await
        .refused(401, "invalid_credentials");
    app.local()
        .post("/api/auth/register", login)
        .await
        .refused(409, "username_taken");
    let list = cast
        .owner
        .get(&format!("/api/bots/{}/permissions", cast.bot))
        .await;
    assert!(!list.text.contains("viewer\",\"role"), "{}", list.text);
    let events = cast.owner.events(&cast.bot, before).await;
    let left = events.last().expect("the role's end");
    assert_eq!(
        (&left["data"]["action"], &left["data"]["target_user_id"]),
        (&json!("revoked"), &json!(cast.viewer.id))
    );
    let rows = app.database().await.fingerprint().await;
    assert!(
        !format!("{rows:?}").contains("canary"),
        "private sessions go with their only reader"
    );
    app.stop().await;
}

#[tokio::test]
async fn people_of_the_own_tenant_are_found_by_the_beginning_of_their_name() {
    let (app, cast) = Cast::start().await;
    app.database()
        .await
        .move_to_other_tenant(&cast.stranger.id, "member")
        .await;
    let found = cast.owner.get("/api/users?q=VIEW").await.ok(200);
    assert_eq!(
        found["items"],
        json!([{ "id": cast.viewer.id, "username": "viewer" }])
    );
    assert_eq!(
        cast.owner.get("/api/users?q=stranger").await.ok(200)["items"],
        json!([])
    );
    assert_eq!(
        cast.owner.get("/api/users?q=%25").await.ok(200)["items"],
        json!([]),
        "`%` is no wildcard"
    );
    assert_eq!(
        cast.stranger.get("/api/users?q=").await.ok(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    app.stop().await;
}

#[tokio::test]
async fn answers_with_tokens_are_kept_by_no_cache() {
    let app = App::start().await;
    let person = app.register("person").await;
    let body = json!({ "username": "person", "password": person.password });
    let answer = app
        .anonymous()
        .request(Method::POST, "/api/auth/login")
        .json(&body)
        .send()
        .await;
    assert!(
        answer
            .header("cache-control")
            .is_some_and(|value| value.contains("no-store")),
        "{:?}",
        answer.headers
    );
    logs::issued(&person.password);
    app.stop().await;
}
