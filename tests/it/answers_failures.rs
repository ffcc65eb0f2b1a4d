//! Answers that fail: the model server is slow, busy, broken or not there. Everyone sees that it failed and why, what was
//! written stays, nothing of the server's own words or of a key is shown, and the session goes on.

use std::time::Duration;

use serde_json::{Value, json};
use tests::provider::{Behaviour, FakeProvider, SECRET, strings};
use tests::{App, logs};

use crate::answers_kit::{MODEL, Stage, Watcher, asking};
use crate::sockets_kit::{assert_shape, log_of};

const KEY: &str = "sk-installation-5b1f0c";

/// With a key.
async fn stage() -> Stage {
    logs::issued(KEY);
    Stage::with(|settings| settings.provider_key = Some(KEY.into())).await
}

/// Asks, and takes the answer's end, which must be a failure that everyone sees alike.
async fn failure(stage: &Stage, watchers: &mut [Watcher]) -> Value {
    let (question, answer) = stage.cast.viewer.ask(&stage.session, "What is it?").await;
    let mut ends = Vec::new();
    for watcher in watchers {
        ends.push(watcher.end(&answer).await);
        watcher.settle().await;
        let frames = json!(watcher.frames).to_string();
        for secret in [SECRET, KEY, &stage.model.address().to_string()] {
            assert!(!frames.contains(secret), "{secret} is in {frames}");
        }
    }
    let error = json!({ "code": "<text>", "message": "<text>" });
    let metadata = json!({ "status": "failed", "question_id": question["id"], "model": MODEL, "citations": [],
                           "error": error });
    assert_shape(
        &ends[0],
        &json!({ "message_id": answer, "role": "assistant", "metadata": metadata }),
    );
    assert!(ends.iter().all(|end| *end == ends[0]));
    ends.remove(0)
}

#[tokio::test]
async fn every_failure_is_told_to_everyone_and_what_was_written_stays() {
    let stage = stage().await;
    let mut watchers = [
        stage.watch(&stage.cast.viewer).await,
        stage.watch(&stage.cast.owner).await,
    ];
    let begun = || strings(&["one ", "two "]);
    let cases = [
        (Behaviour::Status(401, None), "", "provider_refused"),
        (Behaviour::Status(403, None), "", "provider_refused"),
        (Behaviour::Status(404, None), "", "provider_error"),
        (Behaviour::Status(400, None), "", "provider_error"),
        (Behaviour::Status(429, Some(3600)), "", "provider_busy"),
        (Behaviour::Redirect(stage.model.root()), "", "provider_error"),
        (Behaviour::Rubbish, "", "provider_rubbish"),
        (Behaviour::EndlessLine, "", "provider_rubbish"),
        (Behaviour::BreakOff(begun()), "one two ", "provider_broke_off"),
        (Behaviour::EndEarly(begun()), "one two ", "provider_broke_off"),
        (Behaviour::Fail(begun()), "one two ", "provider_error"),
    ];
    let count = cases.len();
    for (behaviour, text, code) in cases {
        let what = format!("{behaviour:?}");
        stage.model.will(behaviour);
        let end = failure(&stage, &mut watchers).await;
        assert_eq!(
            (&end["content"], &end["metadata"]["error"]["code"]),
            (&json!(text), &json!(code)),
            "{what}"
        );
    }
    assert_eq!(stage.model.asked().len(), count, "none of these is tried again");
    for asked in stage.model.asked() {
        assert_eq!(
            asked.header("authorization"),
            Some(format!("Bearer {KEY}").as_str())
        );
    }
    stage.model.will_say(&["Well again."]);
    let (_, answer) = stage.cast.viewer.ask(&stage.session, "And now?").await;
    assert_eq!(watchers[0].end(&answer).await["content"], "Well again.");
    let kept = [
        json!(log_of(&stage.cast.owner, &stage.cast.bot).await),
        json!(stage.answers().await),
        stage
            .cast
            .owner
            .get(&format!("/api/bots/{}/audit?limit=100", stage.cast.bot))
            .await
            .body,
    ];
    for secret in [KEY, SECRET] {
        assert!(!json!(kept).to_string().contains(secret), "{secret} is kept");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_waited_for_so_long_and_no_longer() {
    let stage = Stage::with(|settings| settings.limits.answer_idle = Duration::from_secs(1)).await;
    let mut watchers = [stage.watch(&stage.cast.viewer).await];
    let begun = Behaviour::Stall(strings(&["one ", "two "]));
    for (behaviour, text) in [(Behaviour::Slow, ""), (begun, "one two ")] {
        stage.model.will(behaviour);
        let end = failure(&stage, &mut watchers).await;
        assert_eq!(
            (&end["content"], &end["metadata"]["error"]["code"]),
            (&json!(text), &json!("provider_timeout"))
        );
    }
    assert_eq!(stage.model.asked().len(), 2, "none of these is tried again");
}

#[tokio::test]
async fn what_may_pass_is_tried_three_times_and_only_before_the_first_piece() {
    let stage = stage().await;
    let mut watchers = [stage.watch(&stage.cast.viewer).await];
    for (status, code) in [(500, "provider_error"), (429, "provider_busy")] {
        for _ in 0..3 {
            stage.model.will(Behaviour::Status(status, None));
        }
        let before = stage.model.asked().len();
        let end = failure(&stage, &mut watchers).await;
        assert_eq!(end["metadata"]["error"]["code"], code);
        assert_eq!(stage.model.asked().len() - before, 3);
    }
    let before = stage.model.asked().len();
    stage
        .model
        .will(Behaviour::Status(503, None))
        .will(Behaviour::Status(502, None))
        .will_say(&["At last."]);
    let (_, answer) = stage.cast.viewer.ask(&stage.session, "And now?").await;
    let end = watchers[0].end(&answer).await;
    assert_eq!(
        (&end["content"], &end["metadata"]["status"]),
        (&json!("At last."), &json!("complete"))
    );
    assert!(end["metadata"].get("error").is_none(), "{end}");
    assert_eq!(stage.model.asked().len() - before, 3);
}

#[tokio::test]
async fn a_server_that_is_not_there_cannot_be_reached() {
    let model = FakeProvider::start().await;
    // Bound and not listening: nobody else is given the port.
    let silent = tokio::net::TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = silent.local_addr().unwrap();
    let app = App::with(|settings| {
        asking(settings, &model);
        settings.provider_url = Some(format!("http://{address}/v1"));
    })
    .await;
    let owner = app.register("owner").await;
    let bot = owner.bot("Alone").await;
    let session = owner.session(&bot, "shared").await;
    let mut watcher = Watcher::join(&app, &owner, &bot).await;
    let (_, answer) = owner.ask(&session, "Anyone?").await;
    let metadata = json!({ "status": "failed", "error": { "code": "provider_unreachable" } });
    assert_shape(
        &watcher.end(&answer).await,
        &json!({ "content": "", "metadata": metadata }),
    );
}

#[tokio::test]
async fn an_answer_takes_so_long_and_no_longer() {
    let stage = Stage::with(|settings| settings.limits.answer_total = Duration::from_secs(2)).await;
    let mut watcher = stage.watch(&stage.cast.viewer).await;
    stage.model.will(Behaviour::Stall(strings(&["one "])));
    let (_, answer) = stage.cast.viewer.ask(&stage.session, "What is it?").await;
    let end = watcher.end(&answer).await;
    let code = end["metadata"]["error"]["code"].as_str().expect("a code");
    // Two clocks watch over it with one setting.
    assert!(["answer_timeout", "provider_timeout"].contains(&code), "{end}");
    assert_eq!(
        (&end["content"], &end["metadata"]["status"]),
        (&json!("one "), &json!("failed"))
    );
    stage.model.wait_hung_up().await;
}

#[tokio::test]
async fn a_server_that_never_ends_is_left_at_the_bound() {
    const BOUND: usize = 10_500;
    let stage = Stage::with(|settings| settings.limits.answer_size = BOUND).await;
    let mut watcher = stage.watch(&stage.cast.viewer).await;
    stage.model.will(Behaviour::EndlessPieces);
    let (_, answer) = stage.cast.viewer.ask(&stage.session, "What is it?").await;
    let end = watcher.end(&answer).await;
    assert_eq!(end["content"].as_str().expect("a text").len(), BOUND);
    assert_eq!(end["metadata"]["status"], "complete");
    stage.model.wait_hung_up().await;
}

#[tokio::test]
async fn a_bot_without_a_model_says_so() {
    let stage = Stage::with(|settings| settings.provider_model = None).await;
    let mut watcher = stage.watch(&stage.cast.viewer).await;
    let (_, answer) = stage.cast.viewer.ask(&stage.session, "What is it?").await;
    let end = watcher.end(&answer).await;
    assert_eq!(end["metadata"]["error"]["code"], "no_model");
    assert!(stage.model.asked().is_empty());
}
