//! What ends an answer by itself: the asker's right, the question, the session, the bot. Whoever lost a right sees no more of it.

use serde_json::{Value, json};
use tests::cast::id_of;

use crate::answers_kit::{Stage, Watcher, unfinished};
use crate::answers_stops::{assert_cancelled, cancel};
use crate::sockets_kit::{assert_shape, is_event, number_of_loss, seq_of, until};

/// Of what came to somebody who lost their role: nothing after that.
#[track_caller]
fn assert_nothing_after(watcher: &Watcher, number: i64) {
    let last = watcher.frames.last().expect("frames");
    assert!(
        is_event(last) && seq_of(last) == number,
        "{last} is not number {number}"
    );
}

#[tokio::test]
async fn an_asker_who_loses_their_role_gets_no_more_of_it_and_neither_does_anyone() {
    for loss in ["revoked", "left", "expired"] {
        let stage = Stage::start().await;
        let cast = &stage.cast;
        let mut asker = stage.watch(&cast.viewer).await;
        let (question, answer, mut owner) = stage.begun(&cast.viewer).await;
        asker.text(&answer, "one ").await;
        match loss {
            "revoked" => cast.owner.revoke(&cast.bot, &cast.viewer).await,
            "left" => cast.viewer.revoke(&cast.bot, &cast.viewer).await,
            _ => {
                let soon = chrono::Utc::now() + chrono::Duration::seconds(2);
                let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
                let change = json!({ "role": "viewer", "expires_at": soon });
                cast.owner.put(&path, change).await.ok(200);
            }
        }
        asker.closed(4003).await;
        let number = number_of_loss(&cast.owner, &cast.bot, &cast.viewer).await;
        assert_nothing_after(&asker, number);
        assert_cancelled(&stage, &mut [&mut owner], &question, &answer).await;
        let end = owner
            .frames
            .iter()
            .find(|frame| is_event(frame) && frame["data"]["message_id"] == answer.as_str());
        assert!(seq_of(end.expect("its end")) > number, "{loss}");
    }
}

#[tokio::test]
async fn an_account_that_is_disabled_or_deleted_is_answered_no_more() {
    for ended in ["disabled", "deleted"] {
        let stage = Stage::start().await;
        let cast = &stage.cast;
        let mut asker = stage.watch(&cast.viewer).await;
        let (question, answer, mut owner) = stage.begun(&cast.viewer).await;
        asker.text(&answer, "one ").await;
        if ended == "disabled" {
            let path = format!("/api/users/{}", cast.viewer.id);
            cast.admin.patch(&path, json!({ "disabled": true })).await.ok(200);
            asker.closed(4001).await;
        } else {
            let body = json!({ "password": cast.viewer.password });
            cast.viewer.post("/api/auth/me/delete", body).await.ok(204);
            let closed = asker.socket.close().await;
            assert!([4001, 4003].contains(&closed.code), "{closed:?}");
            closed.frames.into_iter().for_each(|frame| asker.take(frame));
        }
        // Another node may follow within a second, and so tell of what the loss has caused first.
        if ended == "deleted" || !services::are_two_nodes() {
            assert!(asker.of(&answer).end.is_none(), "{ended}");
        }
        assert_cancelled(&stage, &mut [&mut owner], &question, &answer).await;
    }
}

#[tokio::test]
async fn a_deleted_question_is_answered_no_more() {
    let stage = Stage::start().await;
    let viewer = &stage.cast.viewer;
    let mut asker = stage.watch(viewer).await;
    let (question, answer, mut owner) = stage.begun(viewer).await;
    let (waited, waiting) = viewer.ask(&stage.session, "And then?").await;
    // The one that waits first: the end of the other would let it move up and be asked.
    for question in [&waited, &question] {
        let path = format!("/api/messages/{}", id_of(question));
        stage.cast.editor.delete(&path).await.ok(204);
    }
    assert_cancelled_running_and_waiting(&stage, [&mut owner, &mut asker], (&question, &answer), &waiting)
        .await;
}

async fn assert_cancelled_running_and_waiting(
    stage: &Stage,
    watchers: [&mut Watcher; 2],
    (question, answer): (&Value, &str),
    waiting: &str,
) {
    for watcher in watchers {
        for (id, text) in [(answer, "one "), (waiting, "")] {
            let end = watcher.end(id).await;
            assert_shape(
                &end,
                &json!({ "content": text, "metadata": { "status": "cancelled" } }),
            );
        }
        assert_eq!(watcher.ended(answer)["metadata"]["question_id"], question["id"]);
        watcher.settle().await;
    }
    stage.model.wait_hung_up().await;
    assert_eq!(
        stage.model.asked().len(),
        1,
        "the waiting one was never asked for"
    );
}

#[tokio::test]
async fn a_suspended_bot_stops_in_the_middle_of_the_sentence() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let (question, answer, mut owner) = stage.begun(&cast.viewer).await;
    let since = cast.owner.head(&cast.bot).await;
    let path = format!("/api/admin/bots/{}", cast.bot);
    cast.admin
        .patch(&path, json!({ "suspended": true }))
        .await
        .ok(200);
    owner.closed(4003).await;
    assert!(owner.of(&answer).end.is_none(), "nothing after the suspension");
    stage.model.wait_hung_up().await;
    cast.admin
        .patch(&path, json!({ "suspended": false }))
        .await
        .ok(200);
    until("its end is stored", tests::DEADLINE, async || {
        !stage.answers().await.is_empty()
    })
    .await;
    let mut back = Watcher::back(&stage.app, &cast.viewer, &cast.bot, since).await;
    back.until(|back| back.of(&answer).end.is_some()).await;
    let metadata = json!({ "status": "cancelled", "question_id": question["id"] });
    let shape = json!({ "content": "one ", "metadata": metadata });
    assert_shape(&back.of(&answer).end.expect("an end"), &shape);
    stage.model.will_say(&["Back again."]);
    let (_, next) = cast.viewer.ask(&stage.session, "And now?").await;
    assert_eq!(back.end(&next).await["content"], "Back again.");
}

#[tokio::test]
async fn a_deleted_bot_leaves_no_answer_behind() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let mut asker = stage.watch(&cast.viewer).await;
    let (_, answer, mut owner) = stage.begun(&cast.viewer).await;
    cast.viewer.ask(&stage.session, "And then?").await;
    cast.owner
        .delete(&format!("/api/bots/{}", cast.bot))
        .await
        .ok(204);
    for watcher in [&mut owner, &mut asker] {
        watcher.closed(4003).await;
        assert!(watcher.of(&answer).end.is_none(), "nothing after the deletion");
        let last = watcher.frames.last().expect("frames");
        assert_eq!(
            (&last["type"], &last["data"]["update_type"]),
            (&json!("bot_update"), &json!("deleted"))
        );
    }
    stage.model.wait_hung_up().await;
    assert_eq!(stage.model.asked().len(), 1);
    assert_eq!(stage.app.database().await.count("answers").await, 0);

    // The server is as good as before.
    let other = cast.owner.bot("Another").await;
    let session = cast.owner.session(&other, "shared").await;
    let mut watcher = Watcher::join(&stage.app, &cast.owner, &other).await;
    stage.model.will_say(&["Hello."]);
    let (_, next) = cast.owner.ask(&session, "Hello?").await;
    assert_eq!(watcher.end(&next).await["content"], "Hello.");
}

#[tokio::test]
async fn a_deleted_session_takes_its_answers_with_it() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let (_, answer, mut owner) = stage.begun(&cast.viewer).await;
    let (_, waiting) = cast.viewer.ask(&stage.session, "And then?").await;
    owner.status(&waiting, "queued", 1).await;
    cast.owner
        .delete(&format!("/api/sessions/{}", stage.session))
        .await
        .ok(204);
    stage.model.wait_hung_up().await;
    until_deleted(&mut owner, &stage.session).await;
    let since = owner.frames.len();
    let other = cast.viewer.session(&cast.bot, "shared").await;
    stage.model.will_say(&["Hello."]);
    let (_, next) = cast.viewer.ask(&other, "Hello?").await;
    assert_eq!(owner.end(&next).await["content"], "Hello.");
    let late = owner.frames[since..].iter();
    let late: Vec<_> = late
        .filter(|frame| frame["data"]["session_id"] == stage.session.as_str())
        .collect();
    assert!(late.is_empty(), "{late:?}");
    for id in [&answer, &waiting] {
        assert!(owner.of(id).end.is_none());
        cancel(&cast.viewer, id).await.refused(404, "message_not_found");
    }
    assert_eq!(unfinished(&cast.owner, &cast.bot).await, Vec::<Value>::new());
    let mut late = stage.watch(&cast.editor).await;
    late.settle().await;
    assert!(
        late.frames.iter().all(|frame| frame["type"] != "answer_status"),
        "{:?}",
        late.frames
    );
}

async fn until_deleted(watcher: &mut Watcher, session: &str) {
    let deleted =
        |frame: &Value| frame["type"] == "session_deleted" && frame["data"]["session"]["id"] == session;
    watcher.until(|watcher| watcher.frames.iter().any(deleted)).await;
}

#[tokio::test]
async fn a_watcher_who_is_revoked_sees_no_more_and_the_others_go_on() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let mut revoked = stage.watch(&cast.viewer).await;
    let mut editor = stage.watch(&cast.editor).await;
    let (_, answer, mut owner) = stage.begun(&cast.editor).await;
    revoked.text(&answer, "one ").await;
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    stage.go_on().await;
    for watcher in [&mut owner, &mut editor] {
        let end = watcher.end(&answer).await;
        assert_eq!(
            (&end["content"], &end["metadata"]["status"]),
            (&json!("one two three"), &json!("complete"))
        );
    }
    revoked.closed(4003).await;
    let number = number_of_loss(&cast.owner, &cast.bot, &cast.viewer).await;
    assert_nothing_after(&revoked, number);
    assert_eq!(revoked.of(&answer).text, "one ");
}

#[tokio::test]
async fn a_waiting_question_of_somebody_who_is_gone_is_never_asked() {
    let stage = Stage::start().await;
    let cast = &stage.cast;
    let (_, running, mut owner) = stage.begun(&cast.editor).await;
    let (_, waiting) = cast.viewer.ask(&stage.session, "And I?").await;
    owner.status(&waiting, "queued", 1).await;
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    stage.go_on().await;
    assert_eq!(owner.end(&running).await["metadata"]["status"], "complete");
    let end = owner.end(&waiting).await;
    assert_shape(
        &end,
        &json!({ "content": "", "metadata": { "status": "cancelled" } }),
    );
    assert_eq!(stage.model.asked().len(), 1);
}
