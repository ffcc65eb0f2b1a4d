//! An answer from the question to its message: how it grows before everyone, and when the bot speaks at all. Who waits for whom is in
//! `answers_waiting`, joining in the middle in `answers_live`, stopping in `answers_stops`, failing in `answers_failures`.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};
use tests::provider::{Behaviour, INPUT_TOKENS, OUTPUT_TOKENS};
use tests::{App, Cast};

use crate::answers_kit::{MODEL, Stage, answers_of, messages_of, talking, times_in_log, unfinished};
use crate::sockets_kit::assert_shape;

/// A family of three that is one sign, a letter with a combining accent, wide letters, a skin colour.
const PIECES: [&str; 5] = [
    "N\u{e9}e ",
    "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} ",
    "e\u{301}te\u{301}, ",
    "\u{5317}\u{4eac} ",
    "\u{1f44d}\u{1f3fd}.",
];

#[tokio::test]
async fn an_answer_grows_before_everyone_and_ends_as_one_message() {
    let stage = Stage::start().await;
    let (viewer, bot) = (&stage.cast.viewer, &stage.cast.bot);
    let mut asker = stage.watch(viewer).await;
    let mut owner = stage.watch(&stage.cast.owner).await;
    stage.model.will_say_gated(&PIECES);
    let (question, answer) = viewer.ask(&stage.session, "What is it?").await;
    stage.model.wait_asked().await;

    asker.status(&answer, "running", 0).await;
    let status = asker.frames.last().expect("a status");
    let data = json!({ "message_id": answer, "session_id": stage.session, "question_id": question["id"],
                       "status": "running", "position": 0 });
    let shape = json!({ "type": "answer_status", "bot_id": bot, "data": data, "timestamp": "<time>" });
    assert_shape(status, &shape);
    assert!(status.get("seq").is_none(), "{status}");

    let mut said = String::new();
    for piece in PIECES {
        let offset = said.chars().count();
        said.push_str(piece);
        stage.model.next().await;
        asker.text(&answer, &said).await;
        let data =
            json!({ "message_id": answer, "session_id": stage.session, "offset": offset, "content": piece });
        let shape =
            json!({ "type": "chat_message_delta", "bot_id": bot, "data": data, "timestamp": "<time>" });
        let delta = asker.frames.last().expect("a delta");
        assert_shape(delta, &shape);
        assert!(delta.get("seq").is_none(), "{delta}");
    }

    let running = unfinished(viewer, bot).await;
    let shape = json!([{ "message_id": answer, "session_id": stage.session, "question_id": question["id"],
                         "status": "running" }]);
    assert_shape(&json!(running), &shape);
    let text = running[0]["content"].as_str().expect("the text so far");
    assert!(said.starts_with(text), "{text}");
    assert_eq!(stage.answers().await, Vec::<Value>::new(), "it is no message yet");

    stage.model.next().await;
    let end = asker.end(&answer).await;
    let metadata = json!({ "status": "complete", "model": MODEL, "question_id": question["id"], "citations": [],
                           "usage": { "input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS } });
    let shape = json!({ "message_id": answer, "session_id": stage.session, "user_id": null, "username": "Shared bot",
                        "content": said, "role": "assistant", "timestamp": "<time>", "metadata": metadata });
    assert_shape(&end, &shape);
    for field in ["error", "regenerates"] {
        assert!(end["metadata"].get(field).is_none(), "{end}");
    }
    assert_eq!(owner.end(&answer).await, end);
    assert_eq!(owner.of(&answer).text, said);

    let listed = stage.answers().await;
    let shape = json!([{ "id": answer, "message_id": answer, "session_id": stage.session, "bot_id": bot, "user_id": null,
                         "username": "Shared bot", "role": "assistant", "content": said, "metadata": metadata,
                         "edited_at": null }]);
    assert_shape(&json!(listed), &shape);
    assert_eq!(
        unfinished(viewer, bot).await,
        Vec::<Value>::new(),
        "it is a message now"
    );
    assert_eq!(times_in_log(viewer, bot, &answer).await, 1);
    asker.settle().await;
    owner.settle().await;
}

#[tokio::test]
async fn pieces_are_merged_to_thirty_frames_a_second() {
    let stage = Stage::start().await;
    let mut viewer = stage.watch(&stage.cast.viewer).await;
    let pieces: Vec<String> = (0..500).map(|n| format!("{n} ")).collect();
    stage.model.will(Behaviour::Say(pieces.clone()));
    let begun = Instant::now();
    let (_, answer) = stage.cast.viewer.ask(&stage.session, "Count.").await;
    let end = viewer.end(&answer).await;
    assert_eq!(end["content"], pieces.concat());
    // The first tick and the last piece are the two beside the clock.
    let most = 2 + begun.elapsed().as_millis() / 33;
    let frames = viewer.of(&answer).deltas.len();
    assert!(
        frames as u128 <= most && frames < pieces.len() / 2,
        "{frames} of at most {most}"
    );
}

#[tokio::test]
async fn an_answer_without_a_word_is_an_empty_message() {
    let stage = Stage::start().await;
    let mut viewer = stage.watch(&stage.cast.viewer).await;
    stage.model.will_say(&[]);
    let (_, answer) = stage.cast.viewer.ask(&stage.session, "Nothing?").await;
    let end = viewer.end(&answer).await;
    assert_eq!(
        (&end["content"], &end["metadata"]["status"]),
        (&json!(""), &json!("complete"))
    );
}

#[tokio::test]
async fn an_answer_ends_at_its_bound_and_never_within_a_character() {
    const BOUND: usize = 100;
    let stage = Stage::with(|settings| settings.limits.answer_size = BOUND).await;
    let mut viewer = stage.watch(&stage.cast.viewer).await;
    for (piece, kept) in [
        ("x".repeat(100), 100),
        ("x".repeat(101), 100),
        ("\u{20ac}".repeat(34), 99),
    ] {
        stage.model.will_say(&[&piece, "more"]);
        let (_, answer) = stage.cast.viewer.ask(&stage.session, "How long?").await;
        let end = viewer.end(&answer).await;
        let content = end["content"].as_str().unwrap();
        assert_eq!((content, content.len()), (&piece[..kept], kept));
        assert_eq!(end["metadata"]["status"], "complete");
    }
}

#[tokio::test]
async fn the_bot_speaks_when_it_is_asked_and_not_between_people() {
    let (app, cast) = Cast::start().await;
    let among = cast.owner.session(&cast.bot, "shared").await;
    let with = talking(&cast.owner, &cast.bot).await;
    let cases = [
        (&with, "hello", None, true),
        (&with, "hello", Some(true), true),
        (&with, "@bot hello", Some(false), false),
        (&among, "hello", None, false),
        (&among, "hello", Some(true), true),
        (&among, "@bot hello", None, true),
        (&among, "well, @shared BOT, hello", None, true),
        (&among, "@bot hello", Some(false), false),
        (&among, "@bottom or @Shared or bot@home", None, false),
    ];
    let mut asked = Vec::new();
    for (session, content, reply, answered) in cases {
        let mut body = json!({ "content": content });
        if let Some(reply) = reply {
            body["reply"] = json!(reply);
        }
        let path = format!("/api/sessions/{session}/messages");
        let posted = cast.viewer.post(&path, body).await.ok(201);
        assert_eq!(
            posted["answer"].is_object(),
            answered,
            "{content} {reply:?}: {posted}"
        );
        if !answered {
            assert_eq!(posted["answer"], Value::Null);
        }
        asked.extend(posted["answer"]["message_id"].as_str().map(str::to_owned));
    }
    // All waited for in order, so that silence is silence.
    let mut viewer = crate::answers_kit::Watcher::back(&app, &cast.viewer, &cast.bot, 0).await;
    viewer
        .until(|viewer| asked.iter().all(|answer| viewer.of(answer).end.is_some()))
        .await;
    let mut found = answers_of(&cast.viewer, &among).await;
    found.extend(answers_of(&cast.viewer, &with).await);
    assert_eq!(found.len(), asked.len());
}

#[tokio::test]
async fn the_session_decides_again_when_it_is_changed() {
    let (_app, cast) = Cast::start().await;
    let session = talking(&cast.owner, &cast.bot).await;
    let path = format!("/api/sessions/{session}");
    for auto_reply in [false, true] {
        cast.owner
            .patch(&path, json!({ "auto_reply": auto_reply }))
            .await
            .ok(200);
        let body = json!({ "content": "hello" });
        let posted = cast.viewer.post(&format!("{path}/messages"), body).await.ok(201);
        assert_eq!(posted["answer"].is_object(), auto_reply, "{posted}");
    }
}

#[tokio::test]
async fn a_repeated_question_has_one_answer() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    let mut watcher = stage.watch(viewer).await;
    let path = format!("/api/sessions/{}/messages", stage.session);
    let post = async || {
        let request = viewer.request(Method::POST, &path);
        let request = request.header("idempotency-key", "once");
        request
            .json(&json!({ "content": "Once?", "reply": true }))
            .send()
            .await
    };
    stage.model.will_say_gated(&["Once."]);
    let first = post().await;
    let answer = first.body["answer"]["message_id"]
        .as_str()
        .expect("an answer")
        .to_owned();
    stage.model.wait_asked().await;
    let running = post().await;
    stage.model.next().await;
    stage.model.next().await;
    watcher.end(&answer).await;
    let ended = post().await;
    for again in [running, ended] {
        assert_eq!((again.status, &again.text), (201, &first.text));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
    watcher.settle().await;
    assert_eq!(stage.model.asked().len(), 1);
    assert_eq!(stage.answers().await.len(), 1);
    assert_eq!(messages_of(viewer, &stage.session).await.len(), 2);
}

#[tokio::test]
async fn a_bot_is_called_by_its_name_however_that_is_written() {
    let app = App::start().await;
    let owner = app.register("owner").await;
    let bot = owner.bot("R\u{e9}my").await;
    let session = owner.session(&bot, "shared").await;
    let mut watcher = crate::answers_kit::Watcher::join(&app, &owner, &bot).await;
    let body = json!({ "content": "Salut @re\u{301}my !" });
    let posted = owner
        .post(&format!("/api/sessions/{session}/messages"), body)
        .await
        .ok(201);
    let answer = posted["answer"]["message_id"]
        .as_str()
        .expect("an answer")
        .to_owned();
    let end = watcher.end(&answer).await;
    assert_eq!(end["username"], "R\u{e9}my");
    assert_eq!(end["metadata"]["model"], "extractive");
}
