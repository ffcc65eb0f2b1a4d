//! The rest of section 4: ephemeral frames, which carry no number, and the direct answers with their ids and codes.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::sockets_kit::{assert_shape, greeted, greeted_by, stage};

#[tokio::test]
async fn ephemeral_frames_carry_no_number_and_are_never_replayed() {
    let (app, cast, session) = stage().await;
    let said = cast.owner.say(&session, "hello").await;
    let head = cast.viewer.head(&cast.bot).await;
    let (mut viewer, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (mut editor, _) = greeted(&app, &cast.editor, &cast.bot).await;
    let who = json!({ "user_id": cast.editor.id, "username": "editor" });

    let mut data = who.clone();
    data["status"] = json!("online");
    data["session_id"] = Value::Null;
    let presence = viewer.next_of("presence").await;
    assert_shape(&presence, &json!({ "bot_id": cast.bot, "data": data }));

    let typing = json!({ "is_typing": true, "session_id": session });
    editor.send(json!({ "type": "typing", "data": typing })).await;
    let mut data = who.clone();
    data["is_typing"] = json!(true);
    data["session_id"] = json!(session);
    let typing = viewer.next_of("typing_indicator").await;
    assert_shape(
        &typing,
        &json!({ "bot_id": cast.bot, "data": data, "timestamp": "<time>" }),
    );

    let marker = json!({ "session_id": session, "message_id": said["id"] });
    editor.send(json!({ "type": "read", "data": marker })).await;
    let data = json!({ "session_id": session, "user_id": cast.editor.id, "message_id": said["id"] });
    let receipt = viewer.next_of("read_receipt").await;
    assert_shape(&receipt, &json!({ "bot_id": cast.bot, "data": data }));

    for frame in [presence, typing, receipt] {
        assert!(frame.get("seq").is_none(), "{frame}");
    }
    assert_eq!(
        cast.viewer.head(&cast.bot).await,
        head,
        "nothing of this is in the stream"
    );
    let (mut late, _) = greeted_by(&app, &cast.owner, &cast.bot, "since=0").await;
    while late.next().await["type"] != "replay_complete" {}
    let (after, _) = late.ping().await;
    let again =
        |frame: &&Value| frame["type"] != "presence" || frame["data"]["user_id"] != json!(cast.owner.id);
    let stale: Vec<_> = after.iter().filter(again).collect();
    assert!(stale.is_empty(), "{stale:?}");
}

#[tokio::test]
async fn a_pong_echoes_the_timestamp_and_the_id_and_says_the_number() {
    let (app, cast, _) = stage().await;
    let (mut socket, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let seq = &greeting["data"]["seq"];
    for timestamp in ["2023-01-01T00:00:00Z", "", "any string", &"ä".repeat(64)] {
        socket
            .send(json!({ "type": "ping", "timestamp": timestamp, "id": "é-1" }))
            .await;
        let pong = json!({ "type": "pong", "timestamp": timestamp, "id": "é-1", "seq": seq });
        assert_shape(&socket.next_of("pong").await, &pong);
    }
    socket.send(json!({ "type": "ping" })).await;
    let pong = socket.next_of("pong").await;
    assert_shape(&pong, &json!({ "timestamp": "<time>", "seq": seq }));
    assert!(pong.get("id").is_none(), "{pong}");
}

#[tokio::test]
async fn what_cannot_be_taken_is_answered_by_an_error_and_the_socket_stays() {
    let (app, cast, _) = stage().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let long = "x".repeat(65);
    let cases = [
        ("not JSON", "invalid_json"),
        ("{\"type\": \"ping\"", "invalid_json"),
        ("", "invalid_json"),
        ("[]", "invalid_message"),
        ("7", "invalid_message"),
        ("{}", "invalid_message"),
        ("{\"type\": 7}", "invalid_message"),
        ("{\"type\": \"dance\"}", "unknown_type"),
        ("{\"type\": \"connection_established\"}", "unknown_type"),
        ("{\"type\": \"ping\", \"timestamp\": 7}", "invalid_message"),
        (
            &format!("{{\"type\": \"ping\", \"timestamp\": \"{long}\"}}"),
            "invalid_message",
        ),
        (
            &format!("{{\"type\": \"ping\", \"id\": \"{long}\"}}"),
            "invalid_message",
        ),
        ("{\"type\": \"ping\", \"id\": 7}", "invalid_message"),
        ("{\"type\": \"typing\"}", "invalid_message"),
        (
            "{\"type\": \"typing\", \"data\": {\"is_typing\": \"yes\"}}",
            "invalid_message",
        ),
        (
            "{\"type\": \"typing\", \"data\": {\"is_typing\": true, \"session_id\": 7}}",
            "invalid_message",
        ),
        ("{\"type\": \"viewing\", \"data\": 7}", "invalid_message"),
        ("{\"type\": \"read\", \"data\": {}}", "invalid_message"),
        ("{\"type\": \"auth\", \"data\": {}}", "invalid_message"),
    ];
    for (text, code) in cases {
        socket.send_raw(Message::text(text)).await;
        let answer = socket.next_of("error").await;
        assert_shape(
            &answer,
            &json!({ "type": "error", "message": "<text>", "code": code }),
        );
    }
    socket.ping().await;
}

#[tokio::test]
async fn an_error_carries_the_id_of_what_it_answers_and_names_what_is_not_there() {
    let (app, cast, _) = stage().await;
    let (mut socket, _) = greeted(&app, &cast.viewer, &cast.bot).await;
    let nothing = tests::nobody();
    let hidden = cast.owner.session(&cast.bot, "private").await;
    let other_bot = cast.viewer.bot("another").await;
    let elsewhere = cast.viewer.session(&other_bot, "shared").await;
    for (n, session) in [nothing, hidden, elsewhere].into_iter().enumerate() {
        let frames = [
            json!({ "type": "viewing", "data": { "session_id": session } }),
            json!({ "type": "typing", "data": { "session_id": session, "is_typing": true } }),
            json!({ "type": "read", "data": { "session_id": session, "message_id": tests::nobody() } }),
        ];
        for mut frame in frames {
            let id = format!("{n} {}", frame["type"]);
            frame["id"] = json!(id);
            socket.send(frame).await;
            let answer = socket.next_of("error").await;
            assert_shape(&answer, &json!({ "code": "not_found", "id": id }));
        }
    }
}
