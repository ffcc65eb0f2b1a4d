//! The web console as browsers get it: which path leads to which file, what a page may do, and what it costs nobody.

use std::fs;

use reqwest::{Method, redirect};
use tempfile::TempDir;
use tests::{Answer, App, Client, raw};

/// A console of somebody who works on it: the folder `console` in this one.
fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in [
        ("console/index.html", "<!doctype html><title>Mine</title>"),
        ("console/app.js", "import '../colloquy/index.js';"),
        ("console/style/base.css", "body { margin: 0 }"),
        ("console/icon.svg", "<svg/>"),
        ("console/.hidden/key.txt", "hunter2"),
        ("outside.txt", "hunter2"),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

async fn with(dir: &TempDir) -> App {
    let dir = dir.path().join("console");
    App::with(|settings| settings.console_dir = Some(dir)).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.header(name).unwrap_or_default()
}

#[tokio::test]
async fn the_root_leads_to_the_console_and_its_page_may_do_little() {
    let app = App::start().await;
    let http = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let browser = Client::new(http, app.url(), None);
    for (path, status) in [("/", 307), ("/console", 308)] {
        for method in [Method::GET, Method::HEAD] {
            let answer = browser.request(method, path).send().await;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(header(&answer, "location"), "/console/", "{path}");
        }
    }
    let page = app.anonymous().get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<title>Colloquy"), "{}", page.text);
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&page, "cache-control"), "no-cache");
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    assert_eq!(header(&page, "x-frame-options"), "DENY");
    let policy = header(&page, "content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "style-src 'self';",
        "connect-src 'self';",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    app.stop().await;
}

#[tokio::test]
async fn the_client_that_pages_use_comes_with_the_program() {
    let app = App::start().await;
    let module = app.anonymous().get("/console/colloquy/index.js").await;
    assert_eq!(module.status, 200);
    assert_eq!(header(&module, "content-type"), "text/javascript; charset=utf-8");
    assert!(module.text.contains("Colloquy"), "{}", module.text);
    app.stop().await;
}

#[tokio::test]
async fn a_place_in_the_application_is_its_page_and_a_file_that_is_not_there_is_404() {
    let dir = folder();
    let app = with(&dir).await;
    let browser = app.anonymous();
    for path in [
        "",
        "index.html",
        "bots/7/sessions/8",
        "sign-in?next=bots",
        "a%20b/c",
        "style/",
    ] {
        let page = browser.get(&format!("/console/{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains("<title>Mine"), "{path}: {}", page.text);
    }
    for (path, kind) in [
        ("app.js", "text/javascript; charset=utf-8"),
        ("style/base.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
    ] {
        let file = browser.get(&format!("/console/{path}")).await;
        assert_eq!(
            (file.status, header(&file, "content-type")),
            (200, kind),
            "{path}"
        );
        let policy = header(&file, "content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
    }
    for path in [
        "app.mjs",
        "style/no.css",
        "colloquy/index",
        "colloquy/no.js",
        "app.js/x.js",
    ] {
        browser
            .get(&format!("/console/{path}"))
            .await
            .refused(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn nothing_outside_of_the_folder_is_served_and_nothing_hidden_inside() {
    let dir = folder();
    let app = with(&dir).await;
    for path in [
        "/console/../outside.txt",
        "/console/%2e%2e/outside.txt",
        "/console/..%2foutside.txt",
        "/console/colloquy/../../outside.txt",
        "/console/style/../../outside.txt",
        "/console/.hidden/key.txt",
        "/console//etc/ld.so.conf",
        "/console/colloquy//etc/ld.so.conf",
    ] {
        let answer = raw::send(&app, &format!("GET {path} HTTP/1.1\r\nhost: x"), b"").await;
        answer.refused(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_file_is_sent_again_only_when_it_changed() {
    let dir = folder();
    let app = with(&dir).await;
    let ask = |tag: String| {
        let request = app.anonymous().request(Method::GET, "/console/app.js");
        request.header("if-none-match", &tag).send()
    };
    let first = app.anonymous().get("/console/app.js").await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let same = ask(format!("\"other\", W/{tag}")).await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    assert_eq!(header(&same, "etag"), tag);
    assert_eq!(header(&same, "cache-control"), "no-cache");

    fs::write(dir.path().join("console/app.js"), "// changed").unwrap();
    let changed = ask(tag.clone()).await;
    assert_eq!((changed.status, changed.text.as_str()), (200, "// changed"));
    assert_ne!(header(&changed, "etag"), tag);

    let head = app
        .anonymous()
        .request(Method::HEAD, "/console/app.js")
        .send()
        .await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(header(&head, "content-length"), "10");
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = app.anonymous().request(method, "/console/app.js").send().await;
        assert!(header(&answer, "allow").contains("GET"));
        answer.refused(405, "method_not_allowed");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_page_of_many_files_leaves_the_rate_of_its_address_alone() {
    let dir = folder();
    let console = dir.path().join("console");
    let app = App::with(|settings| {
        settings.console_dir = Some(console);
        settings.limits.requests_per_address = 2;
    })
    .await;
    for _ in 0..100 {
        assert_eq!(app.anonymous().get("/console/app.js").await.status, 200);
    }
    app.anonymous()
        .get("/api/bots")
        .await
        .refused(401, "authentication_required");
    app.stop().await;
}

#[tokio::test]
async fn a_folder_without_a_console_is_said_at_the_start() {
    let dir = TempDir::new().unwrap();
    let settings = api::config::Settings {
        data_dir: dir.path().join("data"),
        console_dir: Some(dir.path().join("nowhere")),
        ..Default::default()
    };
    let refused = Box::pin(api::app::start(settings))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("`console_dir`") && refused.contains("nowhere"),
        "{refused}"
    );
}
