//! Making accounts: who may, under which names, and the first one of an installation. At the node itself, balancer or not: where a
//! request comes from is what most of it is about.

use api::config::Registration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, App, logs};

const FIRST: &str = "first.of.all";

fn account(username: &str) -> Value {
    json!({ "username": username, "password": format!("pw-{}", uuid::Uuid::new_v4()) })
}

/// Registers with further headers, as another machine or a proxy would send them.
async fn register_as(app: &App, header: (&'static str, &str), body: &Value) -> Answer {
    let request = app.local().request(Method::POST, "/api/auth/register");
    request.header(header.0, header.1).json(body).send().await
}

#[tokio::test]
async fn the_first_account_is_platform_admin_and_no_other() {
    let app = App::start().await;
    let answer = app
        .local()
        .post("/api/auth/register", account(FIRST))
        .await
        .ok(201);
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 900);
    assert_eq!(answer["user"]["username"], FIRST);
    assert_eq!(
        (&answer["user"]["role"], &answer["user"]["platform_admin"]),
        (&json!("admin"), &json!(true))
    );
    assert_eq!(
        (&answer["user"]["disabled"], &answer["user"]["email"]),
        (&json!(false), &Value::Null)
    );
    let second = app
        .local()
        .post("/api/auth/register", account("second"))
        .await
        .ok(201);
    assert_eq!(
        (&second["user"]["role"], &second["user"]["platform_admin"]),
        (&json!("member"), &json!(false))
    );
    app.stop().await;
}

#[tokio::test]
async fn one_of_many_first_accounts_is_the_admin() {
    let app = App::start().await;
    let names: Vec<_> = (0..6).map(|number| format!("person{number}")).collect();
    let local = app.local();
    let answers = futures_util::future::join_all(
        names
            .iter()
            .map(|name| local.post("/api/auth/register", account(name))),
    )
    .await;
    let admins = answers
        .into_iter()
        .map(|answer| answer.ok(201))
        .filter(|body| body["user"]["platform_admin"] == true)
        .count();
    assert_eq!(admins, 1);
    app.stop().await;
}

#[tokio::test]
async fn the_first_account_from_elsewhere_needs_the_set_up_code() {
    let app = App::with(|settings| {
        settings.setup_code = Some("sesame-open-for-this-test".into());
        settings.registration = Registration::Open;
    })
    .await;
    logs::issued("sesame-open-for-this-test");
    for header in [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-host", "chat.example.org"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "for=203.0.113.9"),
        ("host", "chat.example.org"),
    ] {
        register_as(&app, header, &account(FIRST))
            .await
            .refused(403, "setup_code_required");
        let mut wrong = account(FIRST);
        wrong["setup_code"] = json!("guess");
        register_as(&app, header, &wrong)
            .await
            .refused(403, "setup_code_required");
    }
    let mut right = account(FIRST);
    right["setup_code"] = json!("sesame-open-for-this-test");
    let answer = register_as(&app, ("x-forwarded-for", "203.0.113.9"), &right)
        .await
        .ok(201);
    assert_eq!(answer["user"]["platform_admin"], true);
    app.stop().await;
}

#[tokio::test]
async fn the_set_up_code_makes_no_second_admin() {
    let app = App::with(|settings| settings.setup_code = Some("sesame-open-for-this-test".into())).await;
    app.register(FIRST).await;
    let mut body = account("second");
    body["setup_code"] = json!("sesame-open-for-this-test");
    register_as(&app, ("x-forwarded-for", "203.0.113.9"), &body)
        .await
        .refused(403, "registration_closed");
    let local = app.local().post("/api/auth/register", body).await.ok(201);
    assert_eq!(local["user"]["platform_admin"], false);
    app.stop().await;
}

#[tokio::test]
async fn registration_is_open_for_local_requests_alone() {
    let app = App::start().await;
    app.register(FIRST).await;
    for header in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("host", "chat.example.org"),
        ("host", "localhost.example.org"),
    ] {
        register_as(&app, header, &account("second"))
            .await
            .refused(403, "registration_closed");
    }
    for (number, host) in [
        "localhost",
        "LOCALHOST:80",
        "127.0.0.1:8000",
        "[::1]",
        "[::1]:8000",
    ]
    .into_iter()
    .enumerate()
    {
        register_as(&app, ("host", host), &account(&format!("local{number}")))
            .await
            .ok(201);
    }
    app.stop().await;
}

#[tokio::test]
async fn registration_closes_once_the_server_is_meant_for_others() {
    let changes: [fn(&mut api::config::Settings); 4] = [
        |settings| settings.registration = Registration::Closed,
        |settings| settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()],
        |settings| settings.public_url = Some("https://chat.example.org".into()),
        |settings| settings.allowed_origins = vec!["https://chat.example.org".into()],
    ];
    for change in changes {
        let app = App::with(change).await;
        app.register(FIRST).await;
        app.local()
            .post("/api/auth/register", account("second"))
            .await
            .refused(403, "registration_closed");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_name_is_taken_in_every_spelling() {
    let app = App::start().await;
    app.register("Straße").await;
    app.register("bob").await;
    for same in ["straße", "STRAßE", "BOB", "Bob", "ｂｏｂ", "\u{212c}ob"] {
        app.local()
            .post("/api/auth/register", account(same))
            .await
            .refused(409, "username_taken");
    }
    app.register("rob").await;
    app.stop().await;
}

#[tokio::test]
async fn one_of_many_registrations_of_a_name_wins() {
    let app = App::start().await;
    let local = app.local();
    let answers =
        futures_util::future::join_all((0..8).map(|_| local.post("/api/auth/register", account("bob"))))
            .await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    app.stop().await;
}

#[tokio::test]
async fn usernames_and_passwords_hold_at_their_bounds_and_not_above() {
    let app = App::start().await;
    let register = async |username: &str, password: &str| {
        let body = json!({ "username": username, "password": password });
        app.local().post("/api/auth/register", body).await
    };
    let good = "correct-horse-staple";
    for username in ["abc", &"u".repeat(32), "a.b_c-9", "Ünïcode"] {
        register(username, good).await.ok(201);
    }
    for username in ["ab", &"v".repeat(33), "a b c", "a@b.c", "a/b", "nul\0name", ""] {
        register(username, good).await.invalid(&["username"]);
    }
    register("short", &"q".repeat(8)).await.ok(201);
    register("long", &"q".repeat(256)).await.ok(201);
    for password in ["q".repeat(7), "q".repeat(257), "pass\0word".to_owned()] {
        register("someone", &password).await.invalid(&["password"]);
    }
    let body = json!({ "username": 1, "email": "nobody", "role": "admin", "platform_admin": true });
    app.local().post("/api/auth/register", body).await.invalid(&[
        "email",
        "password",
        "platform_admin",
        "role",
        "username",
    ]);
    app.stop().await;
}

#[tokio::test]
async fn an_email_address_belongs_to_one_account() {
    let app = App::start().await;
    let with_email = |username: &str, email: &str| {
        let mut body = account(username);
        body["email"] = json!(email);
        body
    };
    let answer = app
        .local()
        .post("/api/auth/register", with_email("one", "one@example.org"))
        .await
        .ok(201);
    assert_eq!(answer["user"]["email"], "one@example.org");
    app.local()
        .post("/api/auth/register", with_email("two", "ONE@example.org"))
        .await
        .refused(409, "email_taken");
    app.stop().await;
}
