//! The published contract: the file in the repository, what the server serves and what the program prints are one document, and
//! it says of every operation what a client has to know. That it names every status that occurs is for `access_matrix` and
//! `errors` to show.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use tests::{App, process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");
/// Who has no credential yet.
const OPEN: [&str; 3] = ["register", "login", "refresh"];

#[tokio::test]
async fn the_committed_document_is_the_served_and_the_printed_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml");
    let kept = std::fs::read_to_string(&path).expect("openapi.yaml stands at the root");
    let hint = "write it anew with `cargo run -- openapi > openapi.yaml`";

    let dir = TempDir::new().unwrap();
    let printed = process::run(process::command(PROGRAM, dir.path()).arg("openapi"));
    assert!(printed.status.success());
    assert!(
        String::from_utf8(printed.stdout).unwrap() == kept,
        "the program prints another document; {hint}"
    );
    let checked = process::run(
        process::command(PROGRAM, dir.path())
            .args(["openapi", "--check"])
            .arg(&path),
    );
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );

    let app = App::start().await;
    let served = app.anonymous().get("/openapi.yaml").await;
    served.status_is(200);
    assert_eq!(served.header("content-type"), Some("application/yaml"));
    assert!(served.text == kept, "the server serves another document; {hint}");
    app.stop().await;
}

#[test]
fn a_document_that_differs_is_told_from_its_line_on() {
    let dir = TempDir::new().unwrap();
    let printed = process::run(process::command(PROGRAM, dir.path()).arg("openapi"));
    let changed = String::from_utf8(printed.stdout)
        .unwrap()
        .replacen("title: Colloquy", "title: Another", 1);
    let path = dir.path().join("other.yaml");
    std::fs::write(&path, changed).unwrap();
    let checked = process::run(
        process::command(PROGRAM, dir.path())
            .args(["openapi", "--check"])
            .arg(&path),
    );
    assert_eq!(checked.status.code(), Some(1));
    let complaint = String::from_utf8(checked.stderr).unwrap();
    assert!(complaint.contains("from line 3 on"), "{complaint}");
}

#[tokio::test]
async fn every_operation_tells_its_name_its_purpose_and_its_refusals() {
    let app = App::start().await;
    let document = app.anonymous().get("/openapi.json").await.ok(200);
    let mut ids = HashSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty(), "{name} has no operationId");
        assert!(ids.insert(id.to_owned()), "the operationId `{id}` is used twice");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{name} has no summary");

        let security = operation["security"].as_array().map_or(&[][..], Vec::as_slice);
        let signed = security.iter().any(|scheme| scheme.get("bearer").is_some());
        assert_eq!(
            signed,
            !OPEN.contains(&id),
            "{name}: who may call it without a credential?"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            !signed || responses.contains_key("401"),
            "{name} needs a credential and names no 401"
        );
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name} never succeeds"
        );
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let content = response["content"].as_object().unwrap();
            assert_eq!(
                content.keys().collect::<Vec<_>>(),
                ["application/problem+json"],
                "{name}, {status}"
            );
            let schema = &content["application/problem+json"]["schema"]["$ref"];
            let schema = schema
                .as_str()
                .unwrap_or_else(|| panic!("{name}, {status}: no schema"));
            assert!(
                schema.starts_with("#/components/schemas/Problem"),
                "{name}, {status}: {schema}"
            );
            if matches!(status.as_str(), "429" | "503") {
                assert!(
                    response["headers"]["Retry-After"].is_object(),
                    "{name}, {status}: when to come again?"
                );
            }
        }
    }
    for member in [
        "type",
        "title",
        "status",
        "detail",
        "code",
        "errors",
        "request_id",
    ] {
        let property = &document["components"]["schemas"]["Problem"]["properties"][member];
        assert!(property.is_object(), "a problem without `{member}`");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_page_of_the_api_asks_no_other_host_for_anything() {
    let app = App::start().await;
    let page = app.anonymous().get("/docs").await;
    page.status_is(200);
    assert!(
        page.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    let html = page.text.as_str();
    // With the document in the page there is nothing to load, and no badge of a public validator, whose default address the
    // script knows.
    assert!(html.contains("spec: spec"), "the document is not in the page");
    for tag in tags(html) {
        for attribute in ["src=", "href=", "srcset=", "data=", "action="] {
            let Some((_, value)) = tag.split_once(attribute) else {
                continue;
            };
            let value = value.trim_start_matches(['"', '\'']);
            assert!(
                !value.starts_with("http") && !value.starts_with("//"),
                "the page loads from elsewhere: {tag}"
            );
        }
    }
    for outside in ["url(http", "url(\"http", "url('http", "url(//", "@import"] {
        assert!(
            !styles(html).contains(outside),
            "a style loads from elsewhere: {outside}"
        );
    }
    app.stop().await;
}

/// Every operation of the document, with method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap();
            item.iter()
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect();
    assert!(!operations.is_empty(), "the document has operations");
    operations
}

/// The tags of the page itself: what stands between them in scripts and styles is no tag.
fn tags(html: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        tags.push(tag);
        rest = ["script", "style"]
            .iter()
            .find(|name| tag.starts_with(**name))
            .map_or(after, |name| {
                after
                    .split_once(&format!("</{name}>"))
                    .map_or("", |(_, after)| after)
            });
    }
    assert!(
        tags.iter().any(|tag| tag.starts_with("script")),
        "the page has a script"
    );
    tags
}

/// What the page's style elements say.
fn styles(html: &str) -> String {
    html.split("<style")
        .skip(1)
        .filter_map(|part| part.split_once("</style>"))
        .map(|(style, _)| style)
        .collect()
}
