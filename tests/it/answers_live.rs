//! Coming in the middle of an answer: whoever joins, comes back or was too slow sees all of it so far and then what follows,
//! and in the end everyone has the same text.

use std::time::Duration;

use serde_json::{Value, json};
use tests::App;
use tests::provider::Behaviour;

use crate::answers_kit::{Stage, Watcher};
use crate::sockets_kit::{Raw, assert_shape, is_event};

#[tokio::test]
async fn whoever_joins_in_the_middle_is_shown_all_of_it_before_what_follows() {
    let stage = Stage::start().await;
    let (viewer, bot) = (&stage.cast.viewer, &stage.cast.bot);
    let mut asker = stage.watch(viewer).await;
    let pieces = ["\u{1f469}\u{200d}\u{1f467} one, ", "two, ", "three."];
    stage.model.will_say_gated(&pieces);
    let (question, answer) = viewer.ask(&stage.session, "Count!").await;
    stage.model.wait_asked().await;
    asker.status(&answer, "running", 0).await;

    let mut early = stage.watch(&stage.cast.owner).await;
    early.settle().await;
    let status = json!({ "type": "answer_status", "bot_id": bot,
                         "data": { "message_id": answer, "session_id": stage.session, "question_id": question["id"],
                                   "status": "running", "position": 0 }, "timestamp": "<time>" });
    assert_shape(&json!(early.frames_of(&answer)), &json!([status]));

    for piece in &pieces[..2] {
        stage.model.next().await;
        asker.until(|asker| asker.of(&answer).text.ends_with(piece)).await;
    }
    let so_far = pieces[..2].concat();
    let mut late = stage.watch(&stage.cast.editor).await;
    late.settle().await;
    let delta = json!({ "type": "chat_message_delta", "bot_id": bot,
                        "data": { "message_id": answer, "session_id": stage.session, "offset": 0, "content": so_far },
                        "timestamp": "<time>" });
    assert_shape(&json!(late.frames_of(&answer)), &json!([status, delta]));

    stage.model.next().await;
    stage.model.next().await;
    let whole = pieces.concat();
    for watcher in [&mut asker, &mut early, &mut late] {
        assert_eq!(watcher.end(&answer).await["content"], whole);
    }
    let expected = [
        (0, so_far.clone()),
        (so_far.chars().count(), pieces[2].to_owned()),
    ];
    assert_eq!(late.of(&answer).deltas, expected);
    assert_eq!(early.of(&answer).deltas.len(), 3);

    let mut after = stage.watch(viewer).await;
    after.settle().await;
    assert!(
        after.frames_of(&answer).is_empty(),
        "it is in the list of messages now"
    );
}

#[tokio::test]
async fn whoever_joins_sees_who_waits() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    stage.model.will(Behaviour::Slow);
    let (_, running) = viewer.ask(&stage.session, "First").await;
    stage.model.wait_asked().await;
    let mut watcher = stage.watch(viewer).await;
    let (_, waiting) = viewer.ask(&stage.session, "Second").await;
    watcher.status(&waiting, "queued", 1).await;
    let mut late = stage.watch(&stage.cast.editor).await;
    late.settle().await;
    assert_eq!(late.of(&running).statuses, [("running".to_owned(), 0)]);
    assert_eq!(late.of(&waiting).statuses, [("queued".to_owned(), 1)]);
}

#[tokio::test]
async fn whoever_comes_back_in_the_middle_goes_on_where_the_others_are() {
    let stage = Stage::start().await;
    let (viewer, bot) = (&stage.cast.viewer, &stage.cast.bot);
    let since = viewer.head(bot).await;
    let (question, answer, mut owner) = stage.begun(viewer).await;
    for since in [since, since + 1] {
        let mut back = Watcher::back(&stage.app, &stage.cast.editor, bot, since).await;
        back.settle().await;
        let kinds: Vec<_> = back
            .frames
            .iter()
            .map(|frame| frame["type"].as_str().unwrap())
            .collect();
        let own = ["replay_complete", "answer_status", "chat_message_delta"];
        let relevant: Vec<_> = kinds.iter().filter(|kind| own.contains(*kind)).collect();
        assert_eq!(relevant, own.iter().collect::<Vec<_>>(), "{kinds:?}");
        let missed = back.frames.iter().filter(|frame| is_event(frame)).count();
        assert_eq!(
            missed,
            usize::from(question["id"] == back.frames[0]["data"]["message_id"])
        );
        assert_eq!(back.of(&answer).deltas, [(0, "one ".to_owned())]);
    }
    let mut back = Watcher::back(&stage.app, viewer, bot, since).await;
    stage.go_on().await;
    for watcher in [&mut owner, &mut back] {
        assert_eq!(watcher.end(&answer).await["content"], "one two three");
    }
    let mut ended = Watcher::back(&stage.app, viewer, bot, since).await;
    ended.settle().await;
    let events: Vec<_> = ended.frames.iter().filter(|frame| is_event(frame)).collect();
    assert_eq!(events.len(), 2, "the question and the answer");
    let shape = json!({ "message_id": answer, "content": "one two three" });
    assert_shape(&events[1]["data"], &shape);
    assert!(ended.of(&answer).deltas.is_empty() && ended.of(&answer).statuses.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_come_and_go_while_it_is_written_all_end_with_one_text() {
    let stage = Stage::start().await;
    let (viewer, bot) = (&stage.cast.viewer, &stage.cast.bot);
    let since = viewer.head(bot).await;
    let pieces: Vec<String> = (0..60).map(|n| format!("{n}\u{301} \u{1f600}")).collect();
    let borrowed: Vec<&str> = pieces.iter().map(String::as_str).collect();
    stage.model.will_say_gated(&borrowed);
    let mut stayed = stage.watch(&stage.cast.owner).await;
    let (_, answer) = viewer.ask(&stage.session, "At length, please.").await;
    stage.model.wait_asked().await;
    // Nobody comes between the two who tell that it runs.
    stayed.status(&answer, "running", 0).await;
    let mut others = Vec::new();
    for n in 0..6 {
        let speaking = async {
            for _ in 0..pieces.len() / 6 {
                stage.model.next().await;
            }
        };
        let coming = async {
            let mut new = stage.watch(&stage.cast.editor).await;
            new.settle().await;
            let mut back = Watcher::back(&stage.app, viewer, bot, since).await;
            back.settle().await;
            [new, back]
        };
        let ((), came) = tokio::join!(speaking, coming);
        // Half of them go again in the middle.
        if n % 2 == 0 {
            others.extend(came);
        }
    }
    stage.model.next().await;
    let end = stayed.end(&answer).await;
    assert_eq!(end["content"], pieces.concat());
    for other in &mut others {
        assert_eq!(other.end(&answer).await, end);
        let seen = other.of(&answer);
        assert_eq!(seen.deltas[0].0, 0, "all of it so far comes first");
        assert_eq!(seen.statuses, [("running".to_owned(), 0)]);
    }
}

/// The windows in which an answer is told, being stored, and told to have ended are short; many quick answers and many who come
/// meet them. The watcher makes sure that no piece comes without those before it, and nothing after the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_just_when_it_ends_sees_all_of_it_or_its_end_alone() {
    let app = App::with(|settings| settings.limits.answer_pace = Duration::from_millis(1)).await;
    let owner = app.register("owner").await;
    let bot = owner.bot("Quick").await;
    let session = owner.session(&bot, "shared").await;
    let asking = async {
        let mut watcher = Watcher::join(&app, &owner, &bot).await;
        for _ in 0..20 {
            let (_, answer) = owner.ask(&session, "Who was the first king of Norway?").await;
            watcher.end(&answer).await;
        }
    };
    let coming = (0..6).map(|_| async {
        loop {
            let since = owner.head(&bot).await;
            let mut watcher = Watcher::back(&app, &owner, &bot, since).await;
            watcher.settle().await;
            watcher.until(|watcher| watcher.all_ended()).await;
            watcher.settle().await;
        }
    });
    tokio::select! {
        () = asking => {}
        _ = futures_util::future::join_all(coming) => {}
    }
}

/// Frames of a raw socket up to the message that ends the answer.
async fn to_end(raw: &mut Raw, answer: &str) -> Vec<Value> {
    let mut frames = Vec::new();
    loop {
        let (opcode, payload) = raw.next().await.expect("it stays open");
        if opcode != 1 {
            continue;
        }
        let frame: Value = serde_json::from_slice(&payload).expect("JSON");
        let ended = frame["type"] == "chat_message" && frame["data"]["message_id"] == answer;
        frames.push(frame);
        if ended {
            return frames;
        }
    }
}

/// The kernel takes in so much for a reader that does not read that its queue fills only after some megabytes; then a few texts
/// take it over the half at which pieces are shed, and not to its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_is_shown_the_whole_answer_once_it_has_drained() {
    const TEXT: usize = 60 * 1024;
    let stage = Stage::with(|settings| settings.limits.write_deadline = Duration::from_secs(60)).await;
    let (viewer, bot) = (&stage.cast.viewer, &stage.cast.bot);
    let path = format!("/api/ws/chat/{bot}");
    let mut slow = Raw::connect(&stage.app, &path, &viewer.token, Some(16 * 1024)).await;
    slow.next().await.expect("a greeting");
    let figure = async |name: &str| {
        let stats = stage.cast.admin.get("/api/ws/stats").await.ok(200);
        stats[name].as_u64().expect("a figure")
    };
    let text = "x".repeat(TEXT);
    let mut said = 0;
    while figure("queued_bytes").await < (600 * 1024) {
        stage.cast.editor.say(&stage.session, &text).await;
        said += 1;
        assert!(said < 1000, "nothing is ever queued");
    }

    let (_, answer, mut owner) = stage.begun(&stage.cast.editor).await;
    stage.model.next().await;
    owner.text(&answer, "one two ").await;
    assert!(figure("dropped").await > 0);

    let mut frames = Vec::new();
    let mut pieces = Vec::new();
    while pieces.is_empty() {
        let (opcode, payload) = slow.next().await.expect("it stays open");
        if opcode == 1 {
            let frame: Value = serde_json::from_slice(&payload).expect("JSON");
            pieces.extend((frame["type"] == "chat_message_delta").then(|| frame["data"].clone()));
            frames.push(frame);
        }
    }
    let shape = json!({ "message_id": answer, "offset": 0, "content": "one two " });
    assert_shape(&pieces[0], &shape);
    stage.model.next().await;
    stage.model.next().await;
    let end = owner.end(&answer).await;
    let rest = to_end(&mut slow, &answer).await;
    let last = rest.last().expect("its end");
    assert_eq!(last["data"], end);
    let deltas: Vec<_> = rest
        .iter()
        .filter(|frame| frame["type"] == "chat_message_delta")
        .collect();
    assert_shape(
        &json!(deltas),
        &json!([{ "data": { "offset": 8, "content": "three" } }]),
    );
    frames.extend(rest);
    let events = frames.iter().filter(|frame| is_event(frame)).count();
    assert_eq!(events, said + 2, "nothing durable is ever shed");
}
