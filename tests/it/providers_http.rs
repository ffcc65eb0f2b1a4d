//! A bot's own model server over HTTP: owners set it, nobody reads its key, and its address is none of the operator's network.

use serde_json::{Value, json};
use tests::{App, Cast, logs};

use crate::documents_kit::holding;
use crate::sockets_kit::{assert_shape, greeted};

const OPEN: &str = "https://models.example/v1";

fn path(cast: &Cast) -> String {
    format!("/api/bots/{}/provider", cast.bot)
}

#[tokio::test]
async fn a_key_is_written_and_never_seen_again() {
    let (app, cast) = Cast::start().await;
    let key = format!("sk-{}", uuid::Uuid::new_v4());
    logs::issued(&key);
    let path = path(&cast);
    cast.owner.get(&path).await.refused(404, "provider_not_found");
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let body = json!({ "kind": "openai", "base_url": OPEN, "api_key": key });
    let answer = cast.owner.put(&path, body).await;
    assert!(!answer.text.contains(&key), "{}", answer.text);
    let set = answer.ok(200);
    let shape = json!({ "kind": "openai", "base_url": OPEN, "has_key": true, "updated_at": "<time>" });
    assert_shape(&set, &shape);
    assert_eq!(set.as_object().unwrap().len(), 4, "{set}");
    assert_eq!(cast.owner.get(&path).await.ok(200), set);

    let told = socket.next_of("bot_update").await;
    assert_eq!(told["data"]["details"]["changed"], json!(["provider"]), "{told}");
    for hidden in [key.as_str(), "models.example"] {
        assert!(!told.to_string().contains(hidden), "{told}");
    }
    for path in ["", "/snapshot", "/versions", "/audit", "/events?since=0"] {
        let answer = cast.owner.get(&format!("/api/bots/{}{path}", cast.bot)).await;
        assert!(!answer.text.contains(&key), "{path}: {}", answer.text);
    }
    assert!(!format!("{:?}", app.database().await.fingerprint().await).contains(&key));
    let dir = app.stop().await;
    let left = holding(dir.path(), key.as_bytes());
    assert!(left.is_empty(), "{left:?} hold the key");
}

#[tokio::test]
async fn a_key_stays_until_it_is_replaced_removed_or_meant_for_another_server() {
    let (app, cast) = Cast::start().await;
    let path = path(&cast);
    let put = async |body: Value| cast.owner.put(&path, body).await.ok(200)["has_key"].clone();
    let with = |kind: &str, url: &str| json!({ "kind": kind, "base_url": url });
    let keyed = |kind: &str, url: &str, key: Value| json!({ "kind": kind, "base_url": url, "api_key": key });
    assert_eq!(put(with("openai", OPEN)).await, false);
    assert_eq!(put(keyed("openai", OPEN, "one".into())).await, true);
    assert_eq!(put(with("openai", OPEN)).await, true, "absent: it stays");
    assert_eq!(put(with("anthropic", OPEN)).await, false, "another kind");
    assert_eq!(put(keyed("anthropic", OPEN, "two".into())).await, true);
    assert_eq!(
        put(keyed("anthropic", OPEN, Value::Null)).await,
        false,
        "null: removed"
    );
    assert_eq!(put(keyed("anthropic", OPEN, "three".into())).await, true);
    assert_eq!(
        put(with("anthropic", "https://elsewhere.example")).await,
        false,
        "another address"
    );
    cast.owner.delete(&path).await.ok(204);
    cast.owner.get(&path).await.refused(404, "provider_not_found");
    cast.owner.delete(&path).await.refused(404, "provider_not_found");
    app.stop().await;
}

#[tokio::test]
async fn only_owners_see_and_set_it() {
    let (app, cast) = Cast::start().await;
    let path = path(&cast);
    let body = json!({ "kind": "ollama", "base_url": OPEN });
    cast.owner.put(&path, body.clone()).await.ok(200);
    for person in [&cast.editor, &cast.viewer, &cast.admin] {
        for answer in [
            person.get(&path).await,
            person.put(&path, body.clone()).await,
            person.delete(&path).await,
        ] {
            assert!(!answer.text.contains("models.example"), "{}", answer.text);
            assert_eq!(answer.refused(403, "role_required")["needed_role"], "owner");
        }
    }
    cast.stranger.get(&path).await.refused(404, "bot_not_found");
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let (app, cast) = Cast::start().await;
    let path = path(&cast);
    for (body, fields) in [
        (json!({}), &["kind", "base_url"][..]),
        (
            json!({ "kind": "gpt", "base_url": "", "api_key": "" }),
            &["kind", "base_url", "api_key"],
        ),
        (
            json!({ "kind": "openai", "base_url": OPEN, "api_key": "k".repeat(1_001) }),
            &["api_key"],
        ),
        (
            json!({ "kind": "openai", "base_url": OPEN, "api_key": "tab\there" }),
            &["api_key"],
        ),
        (
            json!({ "kind": "openai", "base_url": OPEN, "api_key": "schlüssel" }),
            &["api_key"],
        ),
        (
            json!({ "kind": "openai", "base_url": OPEN, "api_key": 7 }),
            &["api_key"],
        ),
        (
            json!({ "kind": "openai", "base_url": OPEN, "has_key": true }),
            &["has_key"],
        ),
        (json!({ "kind": "openai", "base_url": null }), &["base_url"]),
    ] {
        cast.owner.put(&path, body).await.invalid(fields);
    }
    let body = json!({ "kind": "openai", "base_url": OPEN, "api_key": "k".repeat(1_000) });
    cast.owner.put(&path, body).await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn addresses_of_the_operators_own_network_are_refused() {
    let (app, cast) = Cast::start().await;
    let path = path(&cast);
    let put = async |url: &str| {
        let body = json!({ "kind": "openai", "base_url": url });
        cast.owner.put(&path, body).await
    };
    let head = cast.owner.head(&cast.bot).await;
    for url in [
        "http://127.0.0.1:11434",
        "http://localhost:11434",
        "http://models.localhost/",
        "http://10.1.2.3/v1",
        "http://192.168.0.7",
        "http://172.16.0.1",
        "http://169.254.169.254/latest",
        "http://[::1]:8080",
        "http://[fd00::1]",
        "http://[::ffff:127.0.0.1]",
        "http://0.0.0.0",
        "http://2130706433/",
        "http://0x7f.1/",
        "ftp://models.example",
        "file:///etc/passwd",
        "models.example",
        "https://user:secret@models.example",
        "https://",
    ] {
        let answer = put(url).await;
        assert_eq!(answer.status, 422, "{url}: {}", answer.text);
        answer.invalid(&["base_url"]);
    }
    assert_eq!(cast.owner.head(&cast.bot).await, head);
    cast.owner.get(&path).await.refused(404, "provider_not_found");
    put("http://93.184.215.14/v1").await.ok(200);
    app.stop().await;
}

#[tokio::test]
async fn an_address_that_the_operator_allows_is_fine() {
    let app = App::with(|settings| settings.provider_allow = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let cast = Cast::of(&app).await;
    for (url, status) in [("http://127.0.0.1:11434", 200), ("http://10.0.0.1", 422)] {
        let body = json!({ "kind": "ollama", "base_url": url });
        cast.owner.put(&path(&cast), body).await.status_is(status);
    }
    app.stop().await;
}
