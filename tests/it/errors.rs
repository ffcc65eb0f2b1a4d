//! One form for every refusal, wherever it is made. That each refusal is
//! a problem in full is asserted by the client itself.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Cast, nobody, raw};

#[tokio::test]
async fn an_unknown_path_is_404_with_and_without_a_token() {
    let app = App::start().await;
    let person = app.register("person").await;
    for path in [
        "/api/nothing",
        "/api",
        "/api/",
        "/nothing",
        "/api/bots/x/y/z",
        "/api/api-keys",
        "/api/tenants",
        "/api/memories",
    ] {
        app.anonymous().get(path).await.refused(404, "not_found");
        person.get(path).await.refused(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_which_are_right() {
    let app = App::start().await;
    let person = app.register("person").await;
    for (method, path) in [
        (Method::PUT, "/api/bots"),
        (Method::DELETE, "/api/auth/login"),
        (Method::POST, "/health"),
        (Method::PATCH, "/api/notifications"),
    ] {
        let answer = person.request(method, path).send().await;
        assert_eq!(answer.status, 405, "{path}: {}", answer.text);
        assert_eq!(answer.body["code"], "method_not_allowed");
        assert!(
            answer.header("allow").is_some_and(|allow| !allow.is_empty()),
            "{path}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn no_credential_is_401_before_anything_else() {
    let app = App::start().await;
    let anonymous = app.anonymous();
    for path in [
        format!("/api/bots/{}", nobody()),
        "/api/bots/nonsense".to_owned(),
        "/api/bots?limit=0".to_owned(),
    ] {
        let answer = anonymous.get(&path).await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        answer.refused(401, "authentication_required");
    }
    let broken = anonymous
        .request(Method::POST, "/api/bots")
        .body(Some("text/plain"), "{")
        .send()
        .await;
    broken.refused(401, "authentication_required");
    for token in ["nonsense", "a.b.c", "cq_unknown", ""] {
        assert_eq!(app.client(token).get("/api/bots").await.status, 401, "{token:?}");
    }
    let basic = anonymous
        .request(Method::GET, "/api/bots")
        .header("authorization", "Basic YTpi")
        .send()
        .await;
    assert_eq!(basic.status, 401);
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_json_is_400() {
    let app = App::start().await;
    let person = app.register("person").await;
    for body in [
        "",
        "{",
        "{\"name\": }",
        "nope",
        "{\"name\":\"a\"} trailing",
        "{'name': 'a'}",
    ] {
        let answer = person
            .request(Method::POST, "/api/bots")
            .body(Some("application/json"), body)
            .send()
            .await;
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.text);
    }
    let bytes = b"{\"name\":\"\xff\"}".to_vec();
    let answer = person
        .request(Method::POST, "/api/bots")
        .body(Some("application/json"), bytes)
        .send()
        .await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    app.stop().await;
}

#[tokio::test]
async fn json_that_is_no_object_is_422() {
    let app = App::start().await;
    let person = app.register("person").await;
    for body in [json!([]), json!("text"), json!(1), json!(true)] {
        person.post("/api/bots", body).await.status_is(422);
    }
    let null = person
        .request(Method::POST, "/api/bots")
        .body(Some("application/json"), "null")
        .send()
        .await;
    null.status_is(422);
    app.stop().await;
}

#[tokio::test]
async fn the_wrong_content_type_is_415() {
    let app = App::start().await;
    let person = app.register("person").await;
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("nonsense"),
    ] {
        let answer = person
            .request(Method::POST, "/api/bots")
            .body(content_type, "{\"name\":\"a\"}")
            .send()
            .await;
        assert_eq!(answer.status, 415, "{content_type:?}: {}", answer.text);
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let answer = person
            .request(Method::POST, "/api/bots")
            .body(Some(content_type), "{\"name\":\"a\"}")
            .send()
            .await;
        assert_eq!(answer.status, 201, "{content_type:?}: {}", answer.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn broken_percent_encoding_is_400() {
    let app = App::start().await;
    let person = app.register("person").await;
    for target in [
        "/api/bots/%zz",
        "/api/bots/%2",
        "/api/bots/%ff",
        "/api/bots?q=%zz",
        "/api/bots?q=%ff",
        "/api/bots?q=%",
    ] {
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}",
            person.token
        );
        let answer = raw::send(&app, &head, b"").await;
        assert_eq!(answer.status, 400, "{target}: {}", answer.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn every_bad_field_is_listed_and_unknown_ones_too() {
    let app = App::start().await;
    let person = app.register("person").await;
    let body = json!({
        "name": "", "description": 5, "instructions": "a\u{0}b", "model": ["x"], "settings": "none",
        "owner_id": nobody(), "tenant_id": nobody(), "role": "owner"
    });
    let answer = person.post("/api/bots", body).await;
    for error in answer.body["errors"].as_array().unwrap() {
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{error}"
        );
    }
    answer.invalid(&[
        "description",
        "instructions",
        "model",
        "name",
        "owner_id",
        "role",
        "settings",
        "tenant_id",
    ]);
    person.post("/api/bots", json!({})).await.invalid(&["name"]);
    person
        .post("/api/bots", json!({ "name": null }))
        .await
        .invalid(&["name"]);
    app.stop().await;
}

#[tokio::test]
async fn hidden_unknown_and_malformed_are_the_same_bytes() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "private").await;
    let message = cast.viewer.say(&session, "hidden").await;
    let (session, message) = (session.as_str(), message["id"].as_str().unwrap());
    let unknown = nobody();
    let body = json!({ "content": "x" });
    let forms: [(Method, &str, &str, Value); 8] = [
        (Method::GET, "/api/bots/{}", &cast.bot, Value::Null),
        (Method::PATCH, "/api/bots/{}", &cast.bot, json!({ "name": "x" })),
        (Method::GET, "/api/bots/{}/events", &cast.bot, Value::Null),
        (
            Method::POST,
            "/api/bots/{}/permissions",
            &cast.bot,
            json!({ "user_id": unknown, "role": "viewer" }),
        ),
        (Method::GET, "/api/sessions/{}", session, Value::Null),
        (Method::GET, "/api/sessions/{}/messages", session, Value::Null),
        (Method::PATCH, "/api/messages/{}", message, body.clone()),
        (Method::DELETE, "/api/messages/{}", message, Value::Null),
    ];
    for (method, path, hidden, body) in forms {
        let ask = async |id: &str| {
            let answer = cast
                .stranger
                .request(method.clone(), &path.replace("{}", id))
                .json(&body)
                .send()
                .await;
            let id = answer.body["request_id"].as_str().unwrap().to_owned();
            let headers: Vec<_> = answer
                .headers
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            (answer.status, headers, answer.text.replace(&id, "(id)"))
        };
        let refused = ask(&unknown).await;
        assert_eq!(refused.0, 404, "{method} {path}");
        assert_eq!(ask(hidden).await, refused, "{method} {path}");
        assert_eq!(ask("nonsense").await, refused, "{method} {path}");
        assert_eq!(ask(&hidden.to_uppercase()).await, refused, "{method} {path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_before_rights_are_looked_at() {
    let (app, cast) = Cast::start().await;
    let unknown = nobody();
    for bot in [&cast.bot, &unknown] {
        cast.stranger
            .patch(&format!("/api/bots/{bot}"), json!({ "name": 1 }))
            .await
            .invalid(&["name"]);
        cast.stranger
            .get(&format!("/api/bots/{bot}/sessions?limit=0"))
            .await
            .invalid(&["limit"]);
        cast.stranger
            .get(&format!("/api/bots/{bot}/events?wait=99"))
            .await
            .invalid(&["wait"]);
        let text = cast
            .stranger
            .request(Method::PATCH, &format!("/api/bots/{bot}"))
            .body(Some("text/plain"), "x")
            .send()
            .await;
        assert_eq!(text.status, 415);
        let broken = cast
            .stranger
            .request(Method::PATCH, &format!("/api/bots/{bot}"))
            .body(Some("application/json"), "{")
            .send()
            .await;
        assert_eq!(broken.status, 400);
    }
    app.stop().await;
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let app = App::start().await;
    let one = app.anonymous().get("/api/nothing").await.body["request_id"].clone();
    let two = app.anonymous().get("/api/nothing").await.body["request_id"].clone();
    assert_ne!(one, two);
    app.stop().await;
}

#[tokio::test]
async fn the_server_tells_of_itself_outside_of_the_api() {
    let app = App::start().await;
    for path in ["/health", "/health/live", "/health/ready", "/openapi.json"] {
        assert!(app.anonymous().get(path).await.ok(200).is_object(), "{path}");
    }
    let yaml = app.anonymous().get("/openapi.yaml").await;
    assert_eq!(yaml.status, 200);
    assert!(yaml.text.starts_with("openapi: 3"), "{}", &yaml.text[..80]);
    assert_eq!(app.anonymous().get("/docs").await.status, 200);
    app.anonymous().get("/metrics").await.status_is(404);
    app.stop().await;
}

/// PostgreSQL knows no text with it: what holds one is found nowhere, or refused, and is no failure.
#[tokio::test]
async fn a_zero_byte_in_any_text_is_no_failure_of_the_server() {
    let (app, cast) = Cast::start().await;
    let body = json!({ "username": "ow\0ner", "password": "pass\0word" });
    let answer = app.anonymous().post("/api/auth/login", body).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    for (path, empty) in [
        ("/api/users?q=own%00".to_owned(), true),
        ("/api/bots?q=%00".to_owned(), true),
        (format!("/api/bots/{}/messages/search?q=a%00b", cast.bot), true),
        ("/api/bots?cursor=%00".to_owned(), false),
    ] {
        let answer = cast.owner.get(&path).await;
        assert!(answer.status < 500, "{path}: {}", answer.text);
        if empty && answer.status == 200 {
            assert_eq!(answer.body["items"], json!([]), "{path}");
        }
    }
    let settings = json!({ "settings": { "a\0": ["b\0"] } });
    let answer = cast
        .owner
        .patch(&format!("/api/bots/{}", cast.bot), settings)
        .await;
    assert!(answer.status < 500, "{}", answer.text);
    app.stop().await;
}
