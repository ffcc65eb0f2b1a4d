//! Texts as HTML, for pages: with messages if it is asked for, and of any text. What becomes of which Markdown is tried beside the code.

use serde_json::{Value, json};
use tests::{Cast, Person};

const TEXT: &str = "**Read** [this](https://a.example) <script>alert(1)</script>";
const HTML: &str = "<p><strong>Read</strong> <a href=\"https://a.example\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">\
                    this</a> &lt;script&gt;alert(1)&lt;/script&gt;</p>\n";

async fn get(person: &Person, path: &str) -> Value {
    person.get(path).await.ok(200)
}

#[tokio::test]
async fn messages_come_with_html_where_it_is_asked_for() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    cast.owner.say(&session, TEXT).await;
    // More than is done in passing.
    cast.owner.say(&session, &"1. *one*\n".repeat(1000)).await;
    let messages = format!("/api/sessions/{session}/messages");
    let snapshot = format!("/api/bots/{}/snapshot", cast.bot);
    let search = format!("/api/bots/{}/messages/search?q=read", cast.bot);

    let plain = get(&cast.viewer, &messages).await;
    assert_eq!(plain["items"][0].get("content_html"), None);
    let list = get(&cast.viewer, &format!("{messages}?content_html=true")).await;
    assert_eq!(list["items"][0]["content"], TEXT);
    assert_eq!(list["items"][0]["content_html"], HTML);
    let long = list["items"][1]["content_html"].as_str().unwrap();
    assert_eq!(long.matches("<li><em>one</em></li>").count(), 1000);

    let whole = get(&cast.viewer, &format!("{snapshot}?content_html=true")).await;
    assert_eq!(whole["messages"][&session][0]["content_html"], HTML);
    assert_eq!(whole["messages"][&session][1]["content_html"], long);
    let whole = get(&cast.viewer, &format!("{snapshot}?content_html=false")).await;
    assert_eq!(whole["messages"][&session][0].get("content_html"), None);

    let found = get(&cast.viewer, &format!("{search}&content_html=true")).await;
    assert_eq!(found["items"][0]["content_html"], HTML);

    for path in [messages, snapshot, search] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let refused = cast
            .viewer
            .get(&format!("{path}{sign}content_html=yes"))
            .await
            .refused(422, "validation_failed");
        assert_eq!(refused["errors"][0]["field"], "content_html");
    }
    app.stop().await;
}

#[tokio::test]
async fn any_text_can_be_had_as_html_up_to_the_length_of_an_answer() {
    let (app, cast) = Cast::start().await;
    let render = |content: Value| cast.stranger.post("/api/markdown", json!({ "content": content }));
    let made = render(json!(TEXT)).await.ok(200);
    assert_eq!(made, json!({ "content_html": HTML }));
    assert_eq!(render(json!("")).await.ok(200)["content_html"], "");
    // While an answer grows its fence is open.
    let open = render(json!("```rust\nlet a")).await.ok(200);
    assert_eq!(
        open["content_html"],
        "<pre><code class=\"language-rust\">let a</code></pre>\n"
    );
    let longest = "a ".repeat(128 * 1024);
    render(json!(longest)).await.ok(200);
    for wrong in [json!(longest + "a"), json!("a\u{0}b"), json!(7), Value::Null] {
        render(wrong).await.refused(422, "validation_failed");
    }
    app.stop().await;
}
