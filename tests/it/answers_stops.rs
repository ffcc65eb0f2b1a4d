//! Who may stop an answer or ask for another one. What was written till then stays, the same for everyone. What ends an answer
//! by itself is in `answers_rights`.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Answer, Person};

use crate::answers_kit::{Stage, Watcher, times_in_log, unfinished};
use crate::sockets_kit::assert_shape;

pub async fn cancel(person: &Person, answer: &str) -> Answer {
    let path = format!("/api/messages/{answer}/cancel");
    person.post(&path, Value::Null).await
}

async fn regenerate(person: &Person, answer: &str) -> Answer {
    let path = format!("/api/messages/{answer}/regenerate");
    person.post(&path, Value::Null).await
}

/// The answer that has begun is over for everyone: "one ", cancelled, and the model server is left alone.
pub async fn assert_cancelled(stage: &Stage, watchers: &mut [&mut Watcher], question: &Value, answer: &str) {
    let metadata = json!({ "status": "cancelled", "question_id": question["id"], "citations": [] });
    let shape = json!({ "message_id": answer, "content": "one ", "role": "assistant", "metadata": metadata });
    let mut ends = Vec::new();
    for watcher in watchers {
        ends.push(watcher.end(answer).await);
        watcher.settle().await;
    }
    for end in &ends {
        assert_shape(end, &shape);
        assert_eq!(end, &ends[0]);
    }
    stage.model.wait_hung_up().await;
    assert_eq!(
        unfinished(&stage.cast.owner, &stage.cast.bot).await,
        Vec::<Value>::new()
    );
    assert_eq!(times_in_log(&stage.cast.owner, &stage.cast.bot, answer).await, 1);
}

#[tokio::test]
async fn the_author_of_the_question_stops_its_answer_and_what_was_written_stays() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    let mut asker = stage.watch(viewer).await;
    let (question, answer, mut owner) = stage.begun(viewer).await;
    let stopped = cancel(viewer, &answer).await.ok(200);
    assert_eq!(stopped, json!({ "message_id": answer, "status": "cancelled" }));
    // Before the call was answered it was a message.
    assert_eq!(stage.answers().await[0]["content"], "one ");
    assert_cancelled(&stage, &mut [&mut owner, &mut asker], &question, &answer).await;
    let again = cancel(viewer, &answer).await.ok(200);
    assert_eq!(again, stopped);
}

#[tokio::test]
async fn an_editor_stops_anothers_answer_and_a_viewer_does_not() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let guest = stage.app.register("guest").await;
    cast.owner.grant(&cast.bot, &guest, "viewer").await;
    let (question, answer, mut owner) = stage.begun(&cast.viewer).await;
    let state = async || {
        let mut state = stage.app.database().await.fingerprint().await;
        // The text so far is kept there while it is written.
        state.remove("answers");
        state
    };
    let before = state().await;
    let refused = cancel(&guest, &answer).await.refused(403, "role_required");
    assert_eq!(refused["needed_role"], "editor");
    let nameless = |mut answer: Answer| {
        answer.body["request_id"] = Value::Null;
        (answer.status, answer.body)
    };
    let hidden = nameless(cancel(&cast.stranger, &answer).await);
    assert_eq!(hidden, nameless(cancel(&cast.viewer, &tests::nobody()).await));
    assert_eq!(hidden.0, 404);
    let said = format!("/api/messages/{}/cancel", id_of(&question));
    for person in [&cast.viewer, &guest, &cast.owner] {
        person.post(&said, Value::Null).await.invalid(&["message_id"]);
    }
    assert_eq!(state().await, before, "nothing changed");
    let stopped = cancel(&cast.editor, &answer).await.ok(200);
    assert_eq!(stopped["status"], "cancelled");
    assert_cancelled(&stage, &mut [&mut owner], &question, &answer).await;
}

#[tokio::test]
async fn many_who_stop_it_at_once_stop_it_once() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let (question, answer, mut owner) = stage.begun(&cast.viewer).await;
    let people = [
        &cast.viewer,
        &cast.editor,
        &cast.owner,
        &cast.viewer,
        &cast.editor,
    ];
    let all = people.map(|person| cancel(person, &answer));
    for stopped in futures_util::future::join_all(all).await {
        assert_eq!(stopped.ok(200)["status"], "cancelled");
    }
    assert_cancelled(&stage, &mut [&mut owner], &question, &answer).await;
}

#[tokio::test]
async fn a_waiting_answer_is_stopped_and_the_next_one_moves_up() {
    let stage = Stage::start().await;
    let (viewer, editor) = (&stage.cast.viewer, &stage.cast.editor);
    let (_, running, mut owner) = stage.begun(viewer).await;
    let (question, waiting) = viewer.ask(&stage.session, "And then?").await;
    let (_, last) = editor.ask(&stage.session, "And then?").await;
    owner.status(&last, "queued", 2).await;
    assert_eq!(cancel(viewer, &waiting).await.ok(200)["status"], "cancelled");
    let end = owner.end(&waiting).await;
    let metadata = json!({ "status": "cancelled", "question_id": question["id"] });
    assert_shape(&end, &json!({ "content": "", "metadata": metadata }));
    owner.status(&last, "queued", 1).await;
    stage.model.will_say(&["last"]);
    stage.go_on().await;
    assert_eq!(owner.end(&running).await["metadata"]["status"], "complete");
    assert_eq!(owner.end(&last).await["content"], "last");
    assert_eq!(
        stage.model.asked().len(),
        2,
        "the stopped one was never asked for"
    );
}

#[tokio::test]
async fn an_answer_that_ended_stays_as_it_is() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    let mut owner = stage.watch(&stage.cast.owner).await;
    stage.model.will_say(&["Whole."]).will_say(&["more"]);
    let (_, answer) = viewer.ask(&stage.session, "What?").await;
    owner.end(&answer).await;
    let before = stage.app.database().await.fingerprint().await;
    let stopped = cancel(viewer, &answer).await.ok(200);
    assert_eq!(stopped, json!({ "message_id": answer, "status": "complete" }));
    assert_eq!(
        stage.app.database().await.fingerprint().await,
        before,
        "nothing changed"
    );
}

#[tokio::test]
async fn another_answer_to_the_same_question_names_the_one_before() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let guest = stage.app.register("guest").await;
    cast.owner.grant(&cast.bot, &guest, "viewer").await;
    let (question, first, mut owner) = stage.begun(&cast.viewer).await;
    regenerate(&cast.viewer, &first)
        .await
        .refused(409, "answer_unfinished");
    regenerate(&guest, &first).await.refused(403, "role_required");
    stage.go_on().await;
    owner.end(&first).await;

    cast.editor.say(&stage.session, "Said in between.").await;
    regenerate(&guest, &first).await.refused(403, "role_required");
    regenerate(&cast.stranger, &first)
        .await
        .refused(404, "message_not_found");
    let of_question = format!("/api/messages/{}/regenerate", id_of(&question));
    cast.viewer
        .post(&of_question, Value::Null)
        .await
        .invalid(&["message_id"]);
    for (person, text) in [(&cast.viewer, "Once more."), (&cast.editor, "And again.")] {
        stage.model.will_say(&[text]);
        let asked = regenerate(person, &first).await.ok(202);
        let next = asked["answer"]["message_id"]
            .as_str()
            .expect("an answer")
            .to_owned();
        assert_ne!(next, first);
        let metadata = json!({ "regenerates": first, "question_id": question["id"], "status": "complete" });
        assert_shape(
            &owner.end(&next).await,
            &json!({ "content": text, "metadata": metadata }),
        );
    }
    assert_eq!(stage.answers().await.len(), 3, "the old one stays");
    let prompts: Vec<_> = stage
        .model
        .asked()
        .iter()
        .map(|asked| asked.body["messages"].to_string())
        .collect();
    assert_eq!(
        prompts[0], prompts[1],
        "what came after the question is not known to it"
    );
}

#[tokio::test]
async fn a_question_that_is_gone_or_closed_is_not_answered_again() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    let mut owner = stage.watch(&stage.cast.owner).await;
    stage.model.will_say(&["Whole."]);
    let (question, answer) = viewer.ask(&stage.session, "What?").await;
    owner.end(&answer).await;
    let session = format!("/api/sessions/{}", stage.session);
    let set = async |status: &str| {
        let change = json!({ "status": status });
        stage.cast.owner.patch(&session, change).await.ok(200);
    };
    set("closed").await;
    regenerate(viewer, &answer).await.refused(409, "session_closed");
    set("open").await;
    let path = format!("/api/messages/{}", id_of(&question));
    viewer.delete(&path).await.ok(204);
    regenerate(&stage.cast.editor, &answer)
        .await
        .refused(409, "question_gone");
    // Whose question it was is not known any more.
    regenerate(viewer, &answer).await.refused(403, "role_required");
    assert_eq!(stage.model.asked().len(), 1);
}
