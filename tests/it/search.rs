//! Full-text search over a bot's messages, and mentions of people in them.

use serde_json::{Value, json};
use tests::{Cast, Person};

async fn found(person: &Person, bot: &str, query: &str) -> Vec<String> {
    let list = person
        .get(&format!("/api/bots/{bot}/messages/search?{query}"))
        .await
        .ok(200);
    let mut texts: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

#[tokio::test]
async fn words_are_found_whatever_their_case_and_accents() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    for text in ["The Café opens", "A cafe closes", "Nothing here"] {
        cast.owner.say(&session, text).await;
    }
    let look = async |query: &str| found(&cast.viewer, &cast.bot, query).await;
    assert_eq!(look("q=CAFE").await, ["A cafe closes", "The Café opens"]);
    assert_eq!(look("q=cafe%20opens").await, ["The Café opens"]);
    assert_eq!(look("q=absent").await, Vec::<String>::new());
    app.stop().await;
}

#[tokio::test]
async fn a_query_is_words_and_never_a_language() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    cast.owner.say(&session, "plain words").await;
    for query in [
        "%22",
        "*",
        "plain*",
        "NOT",
        "a%20OR%20b",
        "content:plain",
        "(",
        "%27;--",
        "%22unclosed",
        "NEAR(a%20b)",
        "-",
        "^plain",
    ] {
        let answer = cast
            .viewer
            .get(&format!("/api/bots/{}/messages/search?q={query}", cast.bot))
            .await;
        assert!(matches!(answer.status, 200 | 422), "{query}: {}", answer.text);
    }
    let own_id = cast.bot.replace('-', "");
    assert_eq!(
        found(&cast.viewer, &cast.bot, &format!("q={own_id}")).await,
        Vec::<String>::new(),
        "the scope is no text"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_search_without_a_query_is_refused() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}/messages/search", cast.bot);
    cast.viewer.get(&path).await.invalid(&["q"]);
    cast.viewer
        .get(&format!("{path}?q=x&limit=101"))
        .await
        .invalid(&["limit"]);
    app.stop().await;
}

#[tokio::test]
async fn others_bots_and_private_sessions_are_never_found() {
    let (app, cast) = Cast::start().await;
    let other = cast.owner.bot("Other").await;
    let there = cast.owner.session(&other, "shared").await;
    cast.owner.say(&there, "canary of another bot").await;
    let private = cast.editor.session(&cast.bot, "private").await;
    cast.editor.say(&private, "canary in private").await;
    assert_eq!(
        found(&cast.viewer, &cast.bot, "q=canary").await,
        Vec::<String>::new()
    );
    assert_eq!(
        found(&cast.owner, &cast.bot, "q=canary").await,
        Vec::<String>::new()
    );
    assert_eq!(
        found(&cast.editor, &cast.bot, "q=canary").await,
        ["canary in private"]
    );
    app.stop().await;
}

#[tokio::test]
async fn search_results_come_in_pages() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    for number in 0..5 {
        cast.owner.say(&session, &format!("needle {number}")).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for items in [2, 2, 1] {
        let path = format!("/api/bots/{}/messages/search?q=needle&limit=2{cursor}", cast.bot);
        let page = cast.viewer.get(&path).await.ok(200);
        assert_eq!(page["items"].as_array().unwrap().len(), items);
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["content"].as_str().unwrap().to_owned()),
        );
        cursor = page["next_cursor"]
            .as_str()
            .map(|next| format!("&cursor={next}"))
            .unwrap_or_default();
    }
    assert_eq!(cursor, "");
    seen.sort();
    assert_eq!(seen, ["needle 0", "needle 1", "needle 2", "needle 3", "needle 4"]);
    app.stop().await;
}

async fn mentions(person: &Person) -> Vec<Value> {
    let list = person.get("/api/notifications").await.ok(200);
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["notification_type"] == "mention")
        .cloned()
        .collect()
}

#[tokio::test]
async fn a_mention_reaches_who_can_read_it_once() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/sessions/{session}/messages");
    let body = json!({
        "content": "canary @VIEWER and @viewer, @stranger, @owner and x@editor",
        "mentions": [cast.viewer.id, cast.editor.id, cast.stranger.id, tests::nobody()]
    });
    cast.owner.post(&path, body).await.ok(201);
    for (person, count) in [
        (&cast.viewer, 1),
        (&cast.editor, 1),
        (&cast.stranger, 0),
        (&cast.owner, 0),
    ] {
        let items = mentions(person).await;
        assert_eq!(items.len(), count, "{}: {items:?}", person.username);
        for item in items {
            assert_eq!(item["bot_id"], cast.bot);
            assert!(!item.to_string().contains("canary"), "no message text: {item}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_is_mentioned_in_a_private_session() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "private").await;
    cast.owner.say(&session, "about @viewer").await;
    assert!(mentions(&cast.viewer).await.is_empty());
    app.stop().await;
}
