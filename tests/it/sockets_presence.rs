//! What passes and is not kept: typing with its merging and its end, presence per person and not per tab, what somebody
//! looks at, and read receipts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket};
use tokio::time::timeout;

use crate::sockets_kit::{assert_shape, greeted, stage, until};

async fn typing(socket: &mut Socket, session: &str, is_typing: bool) {
    let data = json!({ "is_typing": is_typing, "session_id": session });
    socket.send(json!({ "type": "typing", "data": data })).await;
}

async fn viewing(socket: &mut Socket, session: Value) {
    socket
        .send(json!({ "type": "viewing", "data": { "session_id": session } }))
        .await;
}

/// The next presence frame of this person.
async fn presence(socket: &mut Socket, of: &Person) -> Value {
    loop {
        let frame = socket.next_of("presence").await;
        if frame["data"]["user_id"] == of.id.as_str() {
            return frame["data"].clone();
        }
    }
}

/// All frames of this kind within some time.
async fn during(socket: &mut Socket, kind: &str, time: Duration) -> Vec<Value> {
    let mut frames = Vec::new();
    let collect = async {
        loop {
            frames.push(socket.next_of(kind).await);
        }
    };
    let _over: Result<(), _> = timeout(time, collect).await;
    frames
}

/// The viewer and the editor on one bot, each with a socket and past each other's greeting.
async fn two() -> (App, Cast, String, Socket, Socket) {
    let (app, cast, session) = stage().await;
    two_of(app, cast, session).await
}

/// The same with all sockets on one node, which knows of them at once; others hear of them a little later.
async fn two_beside() -> (App, Cast, String, Socket, Socket) {
    let app = App::bare(|_| ()).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    two_of(app, cast, session).await
}

async fn two_of(app: App, cast: Cast, session: String) -> (App, Cast, String, Socket, Socket) {
    let (mut viewer, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (editor, _) = greeted(&app, &cast.editor, &cast.bot).await;
    assert_eq!(presence(&mut viewer, &cast.editor).await["status"], "online");
    (app, cast, session, viewer, editor)
}

#[tokio::test]
async fn typing_reaches_the_others_and_not_the_typists_own_sockets() {
    let (app, cast, session, mut viewer, mut editor) = two().await;
    let (mut second, _) = greeted(&app, &cast.editor, &cast.bot).await;
    typing(&mut editor, &session, true).await;
    let frame = viewer.next_of("typing_indicator").await;
    assert_eq!(frame["data"]["is_typing"], true);
    for socket in [&mut editor, &mut second] {
        let (before, _) = socket.ping().await;
        assert!(
            !before.iter().any(|frame| frame["type"] == "typing_indicator"),
            "{before:?}"
        );
    }
}

#[tokio::test]
async fn repeats_are_merged_to_one_a_second_and_changes_always_arrive() {
    let (_app, _cast, session, mut viewer, mut editor) = two().await;
    let begun = Instant::now();
    let send = async {
        for _ in 0..20 {
            typing(&mut editor, &session, true).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        typing(&mut editor, &session, false).await;
    };
    let watch = async {
        let mut shown = 0;
        loop {
            let frame = viewer.next_of("typing_indicator").await;
            if frame["data"]["is_typing"] == false {
                return shown;
            }
            shown += 1;
        }
    };
    let ((), shown) = tokio::join!(send, watch);
    let lasted = begun.elapsed();
    assert!(
        shown >= 1 && shown <= 2 + lasted.as_secs(),
        "{shown} in {lasted:?}"
    );
}

#[tokio::test]
async fn typing_ends_by_itself_after_six_seconds_of_silence() {
    let (_app, _cast, session, mut viewer, mut editor) = two().await;
    let begun = Instant::now();
    typing(&mut editor, &session, true).await;
    assert_eq!(
        viewer.next_of("typing_indicator").await["data"]["is_typing"],
        true
    );
    let frames = during(&mut viewer, "typing_indicator", Duration::from_secs(4)).await;
    assert_eq!(frames, Vec::<Value>::new());
    let ended = viewer.next_of("typing_indicator").await;
    assert_shape(
        &ended,
        &json!({ "data": { "is_typing": false, "session_id": session } }),
    );
    let lasted = begun.elapsed();
    assert!(lasted >= Duration::from_millis(5500), "{lasted:?}");
}

#[tokio::test]
async fn typing_ends_with_the_socket() {
    let (_app, cast, session, mut viewer, mut editor) = two().await;
    typing(&mut editor, &session, true).await;
    assert_eq!(
        viewer.next_of("typing_indicator").await["data"]["is_typing"],
        true
    );
    drop(editor);
    let ended = viewer.next_of("typing_indicator").await;
    assert_shape(
        &ended,
        &json!({ "data": { "is_typing": false, "user_id": cast.editor.id } }),
    );
}

#[tokio::test]
async fn typing_without_a_session_is_of_the_bot_as_a_whole() {
    let (_app, _cast, _, mut viewer, mut editor) = two().await;
    editor
        .send(json!({ "type": "typing", "data": { "is_typing": true } }))
        .await;
    let frame = viewer.next_of("typing_indicator").await;
    assert_shape(
        &frame,
        &json!({ "data": { "is_typing": true, "session_id": null } }),
    );
}

#[tokio::test]
async fn presence_is_of_the_person_and_ends_three_seconds_after_their_last_socket() {
    let (app, cast, _, mut viewer, editor) = two().await;
    let (second, _) = greeted(&app, &cast.editor, &cast.bot).await;
    drop(editor);
    let frames = during(&mut viewer, "presence", Duration::from_millis(3800)).await;
    assert_eq!(frames, Vec::<Value>::new(), "one tab is still open");
    let begun = Instant::now();
    drop(second);
    let gone = presence(&mut viewer, &cast.editor).await;
    assert_shape(
        &gone,
        &json!({ "username": "editor", "status": "offline", "session_id": null }),
    );
    let lasted = begun.elapsed();
    assert!(lasted >= Duration::from_millis(2800), "{lasted:?}");
    let viewer = json!({ "user_id": cast.viewer.id, "username": "viewer", "session_id": null });
    // Another node hears of it when it is told.
    until("everybody knows", tests::DEADLINE, async || {
        let path = format!("/api/bots/{}/presence", cast.bot);
        cast.viewer.get(&path).await.ok(200)["items"] == json!([viewer])
    })
    .await;
}

#[tokio::test]
async fn a_reload_within_three_seconds_is_no_change() {
    let (app, cast, _, mut viewer, editor) = two_beside().await;
    drop(editor);
    let (_again, greeting) = greeted(&app, &cast.editor, &cast.bot).await;
    assert_eq!(greeting["data"]["online_count"], 2);
    let frames = during(&mut viewer, "presence", Duration::from_millis(4000)).await;
    assert_eq!(frames, Vec::<Value>::new());
}

#[tokio::test]
async fn what_somebody_looks_at_is_shown_and_follows_their_last_word() {
    let (app, cast, session, mut viewer, mut editor) = two_beside().await;
    viewing(&mut editor, json!(session)).await;
    let frame = presence(&mut viewer, &cast.editor).await;
    assert_shape(&frame, &json!({ "status": "online", "session_id": session }));
    let (_late, greeting) = greeted(&app, &cast.owner, &cast.bot).await;
    let online = greeting["data"]["online"].as_array().unwrap();
    let shown = online
        .iter()
        .find(|one| one["user_id"] == cast.editor.id.as_str())
        .unwrap();
    assert_eq!(shown["session_id"], json!(session));
    viewing(&mut editor, Value::Null).await;
    assert_eq!(
        presence(&mut viewer, &cast.editor).await["session_id"],
        Value::Null
    );
}

#[tokio::test]
async fn a_private_session_that_somebody_looks_at_is_hidden_from_all_but_themselves() {
    let (app, cast, _, mut viewer, mut editor) = two().await;
    let (mut own, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let shared = cast.editor.session(&cast.bot, "shared").await;
    let private = cast.editor.session(&cast.bot, "private").await;
    viewing(&mut editor, json!(shared)).await;
    assert_eq!(
        presence(&mut viewer, &cast.editor).await["session_id"],
        json!(shared)
    );
    assert_eq!(
        presence(&mut own, &cast.editor).await["session_id"],
        json!(shared)
    );
    viewing(&mut editor, json!(private)).await;
    assert_eq!(
        presence(&mut viewer, &cast.editor).await["session_id"],
        Value::Null
    );
    assert_eq!(
        presence(&mut own, &cast.editor).await["session_id"],
        json!(private)
    );
    let path = format!("/api/bots/{}/presence", cast.bot);
    for other in [&cast.viewer, &cast.owner] {
        let items = other.get(&path).await.ok(200);
        assert!(!items.to_string().contains(&private), "{items}");
        let (_socket, greeting) = greeted(&app, other, &cast.bot).await;
        assert!(!greeting.to_string().contains(&private), "{greeting}");
    }
    // Another node hears of it when it is told.
    until("they see it themselves", tests::DEADLINE, async || {
        let items = cast.editor.get(&path).await.ok(200);
        items.to_string().contains(&private)
    })
    .await;
}

#[tokio::test]
async fn a_read_marker_moves_forward_only_and_is_told_and_kept() {
    let (app, cast, session, mut viewer, mut editor) = two().await;
    let first = cast.owner.say(&session, "one").await["id"].clone();
    let second = cast.owner.say(&session, "two").await["id"].clone();
    let read = |message: &Value| json!({ "session_id": session, "message_id": message });
    editor
        .send(json!({ "type": "read", "data": read(&second) }))
        .await;
    let receipt = viewer.next_of("read_receipt").await;
    let data = json!({ "session_id": session, "user_id": cast.editor.id, "message_id": second });
    assert_shape(&receipt, &json!({ "data": data }));
    // Backwards, over the socket and over REST: the marker that stands is the answer, and no frame tells of it.
    editor.send(json!({ "type": "read", "data": read(&first) })).await;
    let path = format!("/api/sessions/{session}/read");
    let stands = cast
        .editor
        .put(&path, json!({ "message_id": first }))
        .await
        .ok(200);
    assert_eq!(stands["message_id"], second);
    let frames = during(&mut viewer, "read_receipt", Duration::from_millis(1500)).await;
    assert_eq!(frames, Vec::<Value>::new());
    let (_late, greeting) = greeted(&app, &cast.owner, &cast.bot).await;
    let kept = json!([{ "session_id": session, "user_id": cast.editor.id, "message_id": second }]);
    assert_shape(&greeting["data"]["read"], &kept);
}

#[tokio::test]
async fn read_receipts_are_merged_to_one_a_second_and_the_last_one_stands() {
    let (app, cast, session, mut viewer, _editor) = two().await;
    let mut newest = Value::Null;
    let path = format!("/api/sessions/{session}/read");
    let begun = Instant::now();
    for n in 0..15 {
        newest = cast.owner.say(&session, &format!("{n}")).await["id"].clone();
        cast.editor
            .put(&path, json!({ "message_id": newest }))
            .await
            .ok(200);
    }
    let mut shown = 1;
    while viewer.next_of("read_receipt").await["data"]["message_id"] != newest {
        shown += 1;
    }
    let lasted = begun.elapsed();
    // Each node merges for itself.
    let most = (2 + lasted.as_secs()) * app.nodes().len() as u64;
    assert!(shown <= most, "{shown} in {lasted:?}");
}

#[tokio::test]
async fn reading_in_a_private_session_is_told_to_nobody_else() {
    let (app, cast, _, mut viewer, mut editor) = two().await;
    let (mut own, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let private = cast.editor.session(&cast.bot, "private").await;
    let said = cast.editor.say(&private, "canary").await;
    let data = json!({ "session_id": private, "message_id": said["id"] });
    editor.send(json!({ "type": "read", "data": data })).await;
    typing(&mut editor, &private, true).await;
    own.next_of("read_receipt").await;
    let frames = during(&mut viewer, "read_receipt", Duration::from_millis(800)).await;
    assert_eq!(frames, Vec::<Value>::new());
    let (before, _) = viewer.ping().await;
    assert!(
        !before.iter().any(|frame| frame["type"] == "typing_indicator"),
        "{before:?}"
    );
}
