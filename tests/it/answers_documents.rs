//! Answers out of documents, without any model: a file goes in, somebody asks, and the answer's citations lead to the words they
//! quote. What one bot has read, another does not know.

use serde_json::{Value, json};
use tests::{App, Cast, Person};

use crate::answers_kit::{Watcher, answers_of};
use crate::documents_kit::known;
use crate::sockets_kit::{assert_shape, log_of};

const HARBOUR: &str = "# Harbour guide\n\n## Opening hours\n\nThe harbour office opens at seven in the morning and closes at six in the \
    evening. On Sundays it stays closed.\n\n## Berths\n\nA berth for a boat of ten metres costs 24 euros a night. Electricity is \
    included in the price.\n\n## Dogs\n\nDogs are welcome on all piers, on a lead.\n";

/// What is written while nobody waits for each word.
async fn stage() -> (App, Cast, String) {
    let app = App::with(|settings| settings.limits.answer_pace = std::time::Duration::ZERO).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    (app, cast, session)
}

/// Asks, and gives the answer's data as the asker's socket had it.
async fn answered(app: &App, person: &Person, bot: &str, session: &str, question: &str) -> Value {
    let mut watcher = Watcher::join(app, person, bot).await;
    let (_, answer) = person.ask(session, question).await;
    watcher.end(&answer).await
}

#[tokio::test]
async fn an_answer_quotes_the_document_and_its_citation_leads_there() {
    let (app, cast, session) = stage().await;
    let document = known(&app, &cast.editor, &cast.bot, "harbour.md", HARBOUR).await;
    let end = answered(
        &app,
        &cast.viewer,
        &cast.bot,
        &session,
        "What does a berth cost per night?",
    )
    .await;
    let content = end["content"].as_str().expect("a text");
    assert!(
        content.contains("24 euros a night") && content.contains("[1]"),
        "{content}"
    );
    assert!(!content.contains("Dogs"), "{content}");
    let metadata = json!({ "status": "complete", "model": "extractive", "usage": { "input_tokens": 0, "output_tokens": 0 } });
    assert_shape(&end, &json!({ "metadata": metadata }));
    let citations = end["metadata"]["citations"]
        .as_array()
        .expect("citations")
        .clone();
    assert!(!citations.is_empty(), "{end}");
    for (n, citation) in citations.iter().enumerate() {
        let shape = json!({ "number": n + 1, "document_id": document, "filename": "harbour.md", "chunk": "<int>",
                            "page": null, "heading": "<text>", "quote": "<text>" });
        assert_shape(citation, &shape);
        assert!(
            citation["score"].as_f64().is_some_and(|score| score > 0.0),
            "{citation}"
        );
        let path = format!("/api/documents/{document}/chunks/{}", citation["chunk"]);
        let place = cast.viewer.get(&path).await.ok(200);
        let text = place["passage"]["text"].as_str().expect("a passage");
        for part in citation["quote"].as_str().unwrap().split(" \u{2026} ") {
            assert!(text.contains(part), "`{part}` is not in `{text}`");
        }
        assert_eq!(place["passage"]["heading"], citation["heading"]);
    }

    let proof = cast
        .editor
        .delete(&format!("/api/documents/{document}"))
        .await
        .ok(200);
    assert_eq!(proof["citing_messages"], 1);
    let kept = answers_of(&cast.viewer, &session).await;
    assert_eq!(kept[0]["content"], end["content"], "what was said stays said");
    let end = answered(
        &app,
        &cast.viewer,
        &cast.bot,
        &session,
        "What does a berth cost per night?",
    )
    .await;
    assert_eq!(end["metadata"]["citations"], json!([]), "{end}");
    assert!(!end["content"].as_str().unwrap().contains("24"), "{end}");
}

#[tokio::test]
async fn what_the_documents_do_not_hold_is_said_to_be_missing() {
    let (app, cast, session) = stage().await;
    let empty = answered(
        &app,
        &cast.viewer,
        &cast.bot,
        &session,
        "Who was the first king of Norway?",
    )
    .await;
    known(&app, &cast.editor, &cast.bot, "harbour.md", HARBOUR).await;
    let full = answered(
        &app,
        &cast.viewer,
        &cast.bot,
        &session,
        "Who was the first king of Norway?",
    )
    .await;
    let german = answered(
        &app,
        &cast.viewer,
        &cast.bot,
        &session,
        "Wie hei\u{df}t der erste K\u{f6}nig von Norwegen?",
    )
    .await;
    for (end, text) in [
        (empty, "The documents hold nothing on this."),
        (full, "The documents hold nothing on this."),
        (german, "Die Dokumente enthalten dazu nichts."),
    ] {
        let shape = json!({ "content": text, "metadata": { "status": "complete", "citations": [] } });
        assert_shape(&end, &shape);
    }
}

#[tokio::test]
async fn a_canary_in_one_bots_documents_never_shows_through_another() {
    const CANARY: &str = "zanzibarquartz";
    let (app, cast, session) = stage().await;
    let text =
        format!("# Secrets\n\nThe password of the cellar is {CANARY}. The cellar is under the kitchen.\n");
    known(&app, &cast.editor, &cast.bot, "cellar.md", &text).await;
    let question = "What is the password of the cellar?";
    let own = answered(&app, &cast.viewer, &cast.bot, &session, question).await;
    assert!(own["content"].as_str().unwrap().contains(CANARY), "{own}");

    // The owner of both, and a stranger with a bot of their own, which knows something like it.
    for person in [&cast.owner, &cast.stranger] {
        let other = person.bot("Another").await;
        known(
            &app,
            person,
            &other,
            "other.md",
            "# Cellar\n\nThe cellar has no password.\n",
        )
        .await;
        let session = person.session(&other, "shared").await;
        for question in [question, CANARY, "cellar password kitchen"] {
            let end = answered(&app, person, &other, &session, question).await;
            let told = end["content"].to_string() + &end["metadata"].to_string();
            assert!(!told.contains(CANARY) && !told.contains("cellar.md"), "{end}");
            let query = json!({ "query": question, "limit": 50 });
            let found = person
                .post(&format!("/api/bots/{other}/search"), query)
                .await
                .ok(200);
            assert!(!found.to_string().contains(CANARY), "{found}");
        }
        let mut log = log_of(person, &other).await;
        // What one asked for oneself is no leak.
        log.retain(|event| event["data"]["role"] != "user");
        assert!(!json!(log).to_string().contains(CANARY), "{log:?}");
    }
}
