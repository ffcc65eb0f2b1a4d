//! What a model server is told and by whom it is asked: instructions, conversation and passages; the bot's own server before
//! the installation's; what its numbers in brackets lead to.

use serde_json::{Value, json};
use tests::provider::FakeProvider;
use tests::{App, Cast};

use crate::answers_kit::{MODEL, Stage, Watcher, asking};
use crate::documents_kit::known;
use crate::sockets_kit::assert_shape;

const KEY: &str = "sk-of-the-bot-90d2";
const HANDBOOK: &str = "# Holidays\n\nEveryone has 28 days of holiday a year. Days that are left over expire at the end of March.\n";

#[tokio::test]
async fn a_model_is_given_instructions_passages_and_conversation_and_its_citations_lead_to_them() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let document = known(&stage.app, &cast.editor, &cast.bot, "handbook.md", HANDBOOK).await;
    let change =
        json!({ "instructions": "Always rhyme.", "model": "large", "settings": { "temperature": 0.5 } });
    cast.owner
        .patch(&format!("/api/bots/{}", cast.bot), change)
        .await
        .ok(200);
    cast.editor.say(&stage.session, "I am planning my summer.").await;
    let mut watcher = stage.watch(&cast.viewer).await;
    stage.model.will_say(&["28 days ", "[1]."]);
    let (_, answer) = cast
        .viewer
        .ask(&stage.session, "How many days of holiday do I have?")
        .await;
    let end = watcher.end(&answer).await;

    let asked = stage.model.asked().remove(0);
    assert_eq!(
        (&asked.body["model"], &asked.body["temperature"]),
        (&json!("large"), &json!(0.5))
    );
    let messages = asked.body["messages"].to_string();
    for part in [
        "Always rhyme.",
        "28 days of holiday a year",
        "handbook.md",
        "my summer",
        &format!("{}: How many days", cast.viewer.username),
    ] {
        assert!(messages.contains(part), "`{part}` is missing in {messages}");
    }
    let citation = json!({ "number": 1, "document_id": document, "filename": "handbook.md", "chunk": 0,
                           "quote": "Everyone has 28 days of holiday a year." });
    let metadata = json!({ "status": "complete", "model": "large", "citations": [citation] });
    assert_shape(&end, &json!({ "content": "28 days [1].", "metadata": metadata }));

    // A document that goes while the answer is written is not cited.
    stage.model.will_say_gated(&["28 days [1]."]);
    let (_, answer) = cast
        .viewer
        .ask(&stage.session, "How many days of holiday, again?")
        .await;
    stage.model.wait_asked().await;
    stage.model.wait_asked().await;
    stage.model.next().await;
    cast.editor
        .delete(&format!("/api/documents/{document}"))
        .await
        .ok(200);
    stage.model.next().await;
    assert_shape(
        &watcher.end(&answer).await,
        &json!({ "metadata": { "status": "complete", "citations": [] } }),
    );
}

#[tokio::test]
async fn the_bots_own_server_is_asked_before_the_installations() {
    let own = FakeProvider::start().await;
    let stage = Stage::with(|settings| settings.provider_allow = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let cast = &stage.cast;
    let mut watcher = stage.watch(&cast.viewer).await;
    let path = format!("/api/bots/{}/provider", cast.bot);
    let mut ask = async |text: &str| {
        let (_, answer) = cast.viewer.ask(&stage.session, "Who are you?").await;
        let end = watcher.end(&answer).await;
        assert_eq!(end["content"], text, "{end}");
        let frames = json!(watcher.frames).to_string();
        assert!(!frames.contains(KEY), "{frames}");
        end
    };
    stage.model.will_say(&["the installation's"]);
    ask("the installation's").await;

    let provider = json!({ "kind": "anthropic", "base_url": own.v1(), "api_key": KEY });
    cast.owner.put(&path, provider).await.ok(200);
    // Another server knows other models: the installation's is not asked of it.
    let end = ask("").await;
    assert_eq!(end["metadata"]["error"]["code"], "no_model");
    let model = json!({ "model": "its-own" });
    cast.owner
        .patch(&format!("/api/bots/{}", cast.bot), model)
        .await
        .ok(200);
    own.will_say(&["the bot's"]);
    let end = ask("the bot's").await;
    assert_eq!(end["metadata"]["model"], "its-own");
    let asked = own.asked().remove(0);
    assert_eq!(
        (asked.path.as_str(), asked.header("x-api-key")),
        ("/v1/messages", Some(KEY))
    );
    assert_eq!(asked.body["model"], "its-own");

    // Another bot of the same owner keeps to the installation's.
    assert_eq!(stage.model.asked().len(), 1);
    cast.owner.delete(&path).await.ok(204);
    stage.model.will_say(&["the installation's again"]);
    ask("the installation's again").await;
    assert_eq!((stage.model.asked().len(), own.asked().len()), (2, 1));
}

#[tokio::test]
async fn an_address_that_is_not_allowed_any_more_is_not_asked() {
    let own = FakeProvider::start().await;
    let installations = FakeProvider::start().await;
    let app = App::with(|settings| settings.provider_allow = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let path = format!("/api/bots/{}", cast.bot);
    for base_url in [own.v1(), own.v1().replace("127.0.0.1", "localhost")] {
        let provider = json!({ "kind": "openai", "base_url": base_url, "api_key": KEY });
        cast.owner
            .put(&format!("{path}/provider"), provider)
            .await
            .ok(200);
        cast.owner
            .patch(&path, json!({ "model": "its-own" }))
            .await
            .ok(200);
    }
    let app = App::on(app.stop().await, |settings| asking(settings, &installations)).await;
    let owner = app.login(&cast.owner).await;
    let mut watcher = Watcher::join(&app, &owner, &cast.bot).await;
    let (_, answer) = owner.ask(&session, "Who are you?").await;
    let end = watcher.end(&answer).await;
    let metadata = json!({ "status": "failed", "error": { "code": "provider_unreachable" } });
    assert_shape(&end, &json!({ "content": "", "metadata": metadata }));
    assert!(own.asked().is_empty() && installations.asked().is_empty());
    assert_eq!(end["metadata"]["model"], Value::from("its-own"));
    assert_ne!(MODEL, "its-own");
}
