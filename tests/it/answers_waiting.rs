//! Who waits for whom: the questions of one session, the answers of one person, and how many may wait at all.

use serde_json::json;
use tests::Person;
use tests::cast::id_of;
use tests::provider::Behaviour;

use crate::answers_kit::{Stage, unfinished};
use crate::sockets_kit::assert_shape;

#[tokio::test]
async fn the_questions_of_a_session_are_answered_one_by_one_in_order() {
    let stage = Stage::start().await;
    let (viewer, editor) = (&stage.cast.viewer, &stage.cast.editor);
    let mut watcher = stage.watch(viewer).await;
    for piece in ["first", "second", "third"] {
        stage.model.will_say_gated(&[piece]);
    }
    let (_, first) = viewer.ask(&stage.session, "Question 1").await;
    stage.model.wait_asked().await;
    let (_, second) = editor.ask(&stage.session, "Question 2").await;
    let (_, third) = viewer.ask(&stage.session, "Question 3").await;
    watcher.status(&second, "queued", 1).await;
    watcher.status(&third, "queued", 2).await;
    let shape = json!([{ "message_id": first, "status": "running" }, { "message_id": second, "status": "queued", "content": "" },
                       { "message_id": third, "status": "queued", "content": "" }]);
    assert_shape(&json!(unfinished(viewer, &stage.cast.bot).await), &shape);
    assert_eq!(stage.model.asked().len(), 1, "one at a time");

    for (answer, next, text) in [
        (&first, Some(&second), "first"),
        (&second, Some(&third), "second"),
        (&third, None, "third"),
    ] {
        stage.model.next().await;
        stage.model.next().await;
        assert_eq!(watcher.end(answer).await["content"], text);
        if let Some(next) = next {
            stage.model.wait_asked().await;
            watcher.status(next, "running", 0).await;
        }
    }
    let moved = [
        ("queued".to_owned(), 2),
        ("queued".to_owned(), 1),
        ("running".to_owned(), 0),
    ];
    let mut statuses = watcher.of(&third).statuses;
    // It may be told that nothing is before it any more before it begins.
    statuses.retain(|status| *status != ("queued".to_owned(), 0));
    assert_eq!(statuses, moved);
    let order: Vec<_> = stage.answers().await.iter().map(id_of).collect();
    assert_eq!(order, [first, second, third]);
    let asked = stage.model.asked();
    let last = asked[2].body["messages"].to_string();
    for part in ["Question 1", "first", "Question 2", "second", "Question 3"] {
        assert!(last.contains(part), "what was said before is known: {last}");
    }
}

#[tokio::test]
async fn two_sessions_are_answered_side_by_side() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    let other = viewer.session(&stage.cast.bot, "shared").await;
    let mut watcher = stage.watch(viewer).await;
    stage.model.will_say_gated(&["slow"]).will_say(&["quick"]);
    let (_, slow) = viewer.ask(&stage.session, "Slowly").await;
    stage.model.wait_asked().await;
    let (_, quick) = viewer.ask(&other, "Quickly").await;
    assert_eq!(watcher.end(&quick).await["content"], "quick");
    assert!(watcher.of(&slow).end.is_none());
    stage.model.next().await;
    stage.model.next().await;
    assert_eq!(watcher.end(&slow).await["content"], "slow");
}

/// Sessions of their own for so many questions.
async fn sessions(person: &Person, bot: &str, count: usize) -> Vec<String> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        sessions.push(person.session(bot, "shared").await);
    }
    sessions
}

#[tokio::test]
async fn a_persons_fifth_answer_waits_for_one_of_the_four() {
    let stage = Stage::start().await;
    let (viewer, bot) = (&stage.cast.viewer, &stage.cast.bot);
    let sessions = sessions(viewer, bot, 5).await;
    let mut watcher = stage.watch(viewer).await;
    let mut answers = Vec::new();
    for session in &sessions[..4] {
        stage.model.will_say_gated(&["done"]);
        answers.push(viewer.ask(session, "One of four").await.1);
        stage.model.wait_asked().await;
    }
    let (_, fifth) = viewer.ask(&sessions[4], "The fifth").await;
    watcher.status(&fifth, "queued", 0).await;
    stage.model.will_say(&["the editor's"]).will_say(&["the fifth"]);
    // Somebody else is not held up.
    let (_, others) = stage.cast.editor.ask(&stage.session, "Another's").await;
    assert_eq!(watcher.end(&others).await["content"], "the editor's");
    let waiting = unfinished(viewer, bot).await;
    let of_fifth = waiting.iter().find(|one| one["message_id"] == fifth.as_str());
    assert_eq!(of_fifth.expect("it waits")["status"], "queued");

    for _ in 0..4 {
        stage.model.next().await;
    }
    stage.model.next().await;
    assert_eq!(watcher.end(&fifth).await["content"], "the fifth");
    for _ in 0..3 {
        stage.model.next().await;
    }
    for answer in answers {
        assert_eq!(watcher.end(&answer).await["content"], "done");
    }
}

#[tokio::test]
async fn the_number_of_running_answers_is_a_setting() {
    let stage = Stage::with(|settings| settings.limits.answers_per_user = 1).await;
    let viewer = &stage.cast.viewer;
    let other = viewer.session(&stage.cast.bot, "shared").await;
    let mut watcher = stage.watch(viewer).await;
    stage.model.will_say_gated(&["one"]).will_say(&["two"]);
    let (_, first) = viewer.ask(&stage.session, "First").await;
    let (_, second) = viewer.ask(&other, "Second").await;
    watcher.status(&second, "queued", 0).await;
    stage.model.next().await;
    stage.model.next().await;
    assert_eq!(watcher.end(&first).await["content"], "one");
    assert_eq!(watcher.end(&second).await["content"], "two");
}

#[tokio::test]
async fn the_thirty_third_unfinished_answer_is_refused() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    stage.model.will(Behaviour::Slow);
    viewer.ask(&stage.session, "Question 1").await;
    stage.model.wait_asked().await;
    for n in 2..=32 {
        viewer.ask(&stage.session, &format!("Question {n}")).await;
    }
    let state = async || {
        let database = stage.app.database().await;
        let mut state = database.fingerprint().await;
        // Whoever writes the first one says now and then that it is still there.
        state.remove("answers");
        (state, database.count("answers").await)
    };
    let before = state().await;
    let path = format!("/api/sessions/{}/messages", stage.session);
    for _ in 0..2 {
        let body = json!({ "content": "Question 33", "reply": true });
        viewer.post(&path, body).await.refused(429, "rate_limited");
    }
    assert_eq!(state().await, before, "nothing changed");
    viewer.say(&stage.session, "This is for people.").await;
    stage
        .cast
        .editor
        .ask(&stage.session, "The editor has none yet.")
        .await;
}
