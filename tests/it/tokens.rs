//! The life of tokens: refreshing, reuse, their end, tickets.

use serde_json::{Value, json};
use tests::{App, Socket};

async fn refresh(app: &App, token: &str) -> tests::Answer {
    app.anonymous()
        .post("/api/auth/refresh", json!({ "refresh_token": token }))
        .await
}

fn pair(body: &Value) -> (String, String) {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_and_the_old_token_the_same_once_more() {
    let app = App::start().await;
    let person = app.register("person").await;
    let first = pair(&refresh(&app, &person.refresh_token).await.ok(200));
    assert_ne!(first.1, person.refresh_token);
    let again = pair(&refresh(&app, &person.refresh_token).await.ok(200));
    assert_eq!(again, first, "an answer that was lost is given again");
    let second = pair(&refresh(&app, &first.1).await.ok(200));
    assert_ne!(second.1, first.1);
    app.client(&second.0).get("/api/auth/me").await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn refreshes_at_once_agree_on_one_pair() {
    let app = App::start().await;
    let person = app.register("person").await;
    let answers = futures_util::future::join_all((0..10).map(|_| refresh(&app, &person.refresh_token))).await;
    let pairs: std::collections::HashSet<_> =
        answers.into_iter().map(|answer| pair(&answer.ok(200))).collect();
    assert_eq!(pairs.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_token_older_than_the_last_ends_its_family_and_no_other() {
    let app = App::start().await;
    let person = app.register("person").await;
    let elsewhere = app.login(&person).await;
    let first = pair(&refresh(&app, &person.refresh_token).await.ok(200));
    let second = pair(&refresh(&app, &first.1).await.ok(200));
    let mut socket = Socket::connect(&app, "/api/ws/notifications", Some(&second.0), None, None).await;
    socket.next_of("connection_established").await;

    refresh(&app, &person.refresh_token)
        .await
        .refused(401, "invalid_refresh_token");
    socket.expect_close(4001).await;
    refresh(&app, &second.1)
        .await
        .refused(401, "invalid_refresh_token");
    refresh(&app, &first.1)
        .await
        .refused(401, "invalid_refresh_token");
    app.client(&second.0)
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    elsewhere.get("/api/auth/me").await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn without_grace_the_old_token_ends_the_family() {
    let app = App::with(|settings| settings.limits.refresh_grace = std::time::Duration::ZERO).await;
    let person = app.register("person").await;
    let first = pair(&refresh(&app, &person.refresh_token).await.ok(200));
    refresh(&app, &person.refresh_token)
        .await
        .refused(401, "invalid_refresh_token");
    refresh(&app, &first.1)
        .await
        .refused(401, "invalid_refresh_token");
    app.stop().await;
}

#[tokio::test]
async fn a_token_is_good_for_what_it_was_made_for_alone() {
    let app = App::start().await;
    let person = app.register("person").await;
    app.client(&person.refresh_token)
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    refresh(&app, &person.token)
        .await
        .refused(401, "invalid_refresh_token");
    refresh(&app, "nonsense")
        .await
        .refused(401, "invalid_refresh_token");
    let mut forged = person.token.clone();
    let last = if forged.ends_with('A') { 'B' } else { 'A' };
    forged.replace_range(forged.len() - 3..forged.len() - 2, &last.to_string());
    app.client(&forged)
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    let other = App::start().await;
    other
        .client(&person.token)
        .get("/api/auth/me")
        .await
        .refused(401, "invalid_token");
    other.stop().await;
    app.stop().await;
}

#[tokio::test]
async fn an_access_token_ends_at_its_second() {
    let app = App::with(|settings| settings.limits.access_token = std::time::Duration::from_secs(2)).await;
    let person = app.register("person").await;
    // The socket is the clock: it is closed when the token ends.
    let mut socket = app.notifications(&person).await;
    socket.expect_close(4001).await;
    person.get("/api/auth/me").await.refused(401, "invalid_token");
    // Those of this one would end again before they are tried.
    let app = App::on(app.stop().await, |_| ()).await;
    let fresh = pair(&refresh(&app, &person.refresh_token).await.ok(200));
    app.client(&fresh.0).get("/api/auth/me").await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn a_ticket_opens_one_socket_once() {
    let app = App::start().await;
    let person = app.register("person").await;
    let answer = person.post("/api/auth/ws-ticket", Value::Null).await.ok(201);
    assert_eq!(answer["expires_in"], 30);
    let url = format!(
        "{}/api/ws/notifications?ticket={}",
        app.ws_url(),
        answer["ticket"].as_str().unwrap()
    );
    let mut socket = Socket::open(&url).await;
    assert_eq!(socket.next().await["data"]["user_id"], person.id);
    Socket::open(&url).await.expect_close(4001).await;
    socket.ping().await;
    app.stop().await;
}
