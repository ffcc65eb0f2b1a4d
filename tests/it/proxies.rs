//! What a request says of its own origin: forwarded addresses are believed from trusted proxies alone, pages of other origins
//! read nothing.

use reqwest::Method;
use tests::{Answer, App};

async fn from(app: &App, forwarded: &str) -> Answer {
    let request = app.anonymous().request(Method::GET, "/api/auth/me");
    request.header("x-forwarded-for", forwarded).send().await
}

#[tokio::test]
async fn a_forwarded_address_is_believed_from_a_trusted_proxy() {
    let app = App::with(|settings| {
        settings.limits.requests_per_address = 1;
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    for address in ["203.0.113.1", "203.0.113.2", "198.51.100.7, 203.0.113.3"] {
        from(&app, address).await.refused(401, "authentication_required");
        from(&app, address).await.refused(429, "rate_limited");
    }
    // The client can write what it likes to the left of what the proxy wrote.
    from(&app, "192.0.2.99, 203.0.113.1")
        .await
        .refused(429, "rate_limited");
    app.stop().await;
}

#[tokio::test]
async fn a_forwarded_address_is_not_believed_from_anybody_else() {
    let app = App::with(|settings| settings.limits.requests_per_address = 1).await;
    from(&app, "203.0.113.1")
        .await
        .refused(401, "authentication_required");
    from(&app, "203.0.113.2").await.refused(429, "rate_limited");
    app.stop().await;
}

#[tokio::test]
async fn pages_of_allowed_origins_may_read_and_others_not() {
    let app = App::with(|settings| settings.allowed_origins = vec!["https://chat.example.org".into()]).await;
    let person = app.register("person").await;
    for (origin, allowed) in [
        ("https://chat.example.org", true),
        ("http://localhost:5173", true),
        ("http://127.0.0.1:3000", true),
        ("https://example.org", false),
        ("https://chat.example.org.evil.example", false),
        ("http://chat.example.org", false),
        ("null", false),
    ] {
        let request = person
            .request(Method::GET, "/api/auth/me")
            .header("origin", origin);
        let answer = request.send().await;
        assert_eq!(answer.status, 200, "{origin}");
        let told = answer.header("access-control-allow-origin");
        assert_eq!(told, allowed.then_some(origin));

        let request = app.anonymous().request(Method::OPTIONS, "/api/bots");
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "PATCH");
        let preflight = request.send().await;
        assert_eq!(
            preflight.header("access-control-allow-origin"),
            allowed.then_some(origin),
            "{origin}"
        );
        assert_ne!(
            preflight.header("access-control-allow-credentials"),
            Some("true"),
            "nothing relies on cookies"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_can_be_read_by_an_allowed_page_too() {
    let app = App::start().await;
    let request = app
        .anonymous()
        .request(Method::GET, "/api/bots")
        .header("origin", "http://localhost:5173");
    let answer = request.send().await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("http://localhost:5173")
    );
    answer.refused(401, "authentication_required");
    app.stop().await;
}
