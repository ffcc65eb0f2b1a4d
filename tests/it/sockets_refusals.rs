//! How a connection is refused: by status before the upgrade, by close code after it, with one reason text for whatever
//! must not be told apart; which credential counts; and the limits on connections. Bad frames are in `sockets_limits`.

use serde_json::{Value, json};
use tests::{App, Socket, nobody};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::sockets_kit::{greeted, notified, shake, stage};

/// Refused by a close frame before any other: its reason.
async fn refused(app: &App, path: &str, headers: &[(&'static str, &str)], code: u16) -> String {
    let mut socket = shake(app, path, headers).await.expect("the upgrade is accepted");
    let closed = socket.close().await;
    assert_eq!(
        (closed.code, &closed.frames),
        (code, &Vec::<Value>::new()),
        "{path}"
    );
    assert!(
        !closed.reason.is_empty() && closed.reason.len() < 60,
        "{:?}",
        closed.reason
    );
    closed.reason
}

async fn accepted(app: &App, path: &str, headers: &[(&'static str, &str)]) -> Value {
    let mut socket = shake(app, path, headers).await.expect("the upgrade is accepted");
    let greeting = socket.next().await;
    assert_eq!(greeting["type"], "connection_established", "{path}");
    greeting
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_gets_426() {
    let (_app, cast, _) = stage().await;
    for path in ["ws/chat/", "api/ws/chat/"].map(|path| format!("/{path}{}", cast.bot)) {
        for client in [&cast.anonymous, &*cast.viewer] {
            let answer = client.get(&path).await;
            assert_eq!(answer.status, 426, "{}", answer.text);
            assert!(
                answer
                    .header("upgrade")
                    .is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
            );
        }
    }
    for path in ["/ws/notifications", "/api/ws/notifications"] {
        assert_eq!(cast.viewer.get(path).await.status, 426);
    }
}

#[tokio::test]
async fn an_origin_outside_the_list_gets_403_before_the_upgrade() {
    let app = App::with(|settings| {
        settings.allowed_origins = vec!["https://chat.example.org".to_owned()];
    })
    .await;
    let person = app.register("somebody").await;
    let path = format!("/api/ws/notifications?token={}", person.token);
    for origin in [
        "https://evil.example",
        "https://chat.example.org.evil.example",
        "null",
        "http://chat.example.org",
    ] {
        let status = shake(&app, &path, &[("origin", origin)]).await.err();
        assert_eq!(status, Some(403), "{origin}");
    }
    let own_host = format!("http://{}.evil.example", app.address());
    assert_eq!(
        shake(&app, &path, &[("origin", &own_host)]).await.err(),
        Some(403)
    );
    accepted(&app, &path, &[("origin", "https://chat.example.org")]).await;
}

#[tokio::test]
async fn bound_to_loopback_any_port_of_this_machine_is_an_allowed_origin() {
    let app = App::start().await;
    let person = app.register("somebody").await;
    let path = format!("/api/ws/notifications?token={}", person.token);
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1:5173",
        "http://localhost",
    ] {
        accepted(&app, &path, &[("origin", origin)]).await;
    }
    accepted(&app, &path, &[]).await;
    assert_eq!(
        shake(&app, &path, &[("origin", "http://localhost.evil.example")])
            .await
            .err(),
        Some(403)
    );
}

#[tokio::test]
async fn no_credential_and_a_bad_one_get_4001_with_one_reason() {
    let (app, cast, _) = stage().await;
    let gone = app.login(&cast.viewer).await;
    gone.post("/api/auth/logout", json!({})).await.ok(204);
    let mut reasons = Vec::new();
    let forged = format!("{}x", &cast.viewer.token[..cast.viewer.token.len() - 2]);
    for path in [
        format!("/api/ws/chat/{}", cast.bot),
        "/api/ws/notifications".to_owned(),
    ] {
        reasons.push(refused(&app, &path, &[], 4001).await);
        for bad in ["token=", "token=nonsense", "ticket=nonsense", "ticket="] {
            reasons.push(refused(&app, &format!("{path}?{bad}"), &[], 4001).await);
        }
        for token in [&forged, &gone.token] {
            reasons.push(refused(&app, &format!("{path}?token={token}"), &[], 4001).await);
        }
        let basic = [("authorization", "Basic dXNlcjpwYXNz")];
        reasons.push(refused(&app, &path, &basic, 4001).await);
    }
    reasons.dedup();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    // Nobody learns without a credential whether a bot is there.
    assert_eq!(
        refused(&app, &format!("/api/ws/chat/{}", nobody()), &[], 4001).await,
        reasons[0]
    );
    assert_eq!(refused(&app, "/api/ws/chat/no-id", &[], 4001).await, reasons[0]);
}

#[tokio::test]
async fn a_bot_that_is_not_there_hidden_or_no_id_gets_4003_with_one_reason() {
    let (app, cast, _) = stage().await;
    let token = &cast.stranger.token;
    let mut reasons = Vec::new();
    let deleted = cast.owner.bot("to be deleted").await;
    cast.owner.delete(&format!("/api/bots/{deleted}")).await.ok(204);
    let upper = cast.bot.to_uppercase();
    for bot in [
        cast.bot.as_str(),
        &deleted,
        &nobody(),
        "no-id",
        "%20",
        "%00",
        &upper,
        &"x".repeat(300),
    ] {
        for prefix in ["/api", ""] {
            let path = format!("{prefix}/ws/chat/{bot}?token={token}");
            reasons.push(refused(&app, &path, &[], 4003).await);
        }
    }
    let admin = format!("/api/ws/chat/{}?token={}", cast.bot, cast.admin.token);
    reasons.push(refused(&app, &admin, &[], 4003).await);
    reasons.dedup();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
}

#[tokio::test]
async fn somebody_of_another_tenant_sees_nothing_of_a_bot() {
    let (app, cast, _) = stage().await;
    app.database()
        .await
        .move_to_other_tenant(&cast.stranger.id, "admin")
        .await;
    let path = |bot: &str| format!("/api/ws/chat/{bot}?token={}", cast.stranger.token);
    let hidden = refused(&app, &path(&cast.bot), &[], 4003).await;
    assert_eq!(hidden, refused(&app, &path(&nobody()), &[], 4003).await);
    notified(&app, &cast.stranger).await;
}

#[tokio::test]
async fn the_first_credential_that_is_present_counts_alone() {
    let (app, cast, _) = stage().await;
    let path = format!("/api/ws/chat/{}", cast.bot);
    let who = |greeting: Value| greeting["data"]["user_id"].as_str().unwrap().to_owned();
    let editor = format!("Bearer {}", cast.editor.token);
    let owner = format!("colloquy.v1, bearer.{}", cast.owner.token);
    let header = ("authorization", editor.as_str());
    let protocol = ("sec-websocket-protocol", owner.as_str());

    let ticket = cast.stranger.ticket().await;
    let all = format!("{path}?token={}&ticket={ticket}", cast.viewer.token);
    refused(&app, &all, &[header, protocol], 4003).await; // it is the stranger's
    let token = format!("{path}?token={}", cast.viewer.token);
    assert_eq!(
        who(accepted(&app, &token, &[header, protocol]).await),
        cast.viewer.id
    );
    assert_eq!(
        who(accepted(&app, &path, &[header, protocol]).await),
        cast.editor.id
    );
    assert_eq!(who(accepted(&app, &path, &[protocol]).await), cast.owner.id);

    // A bad one is not made good by the next.
    let bad_ticket = format!("{path}?ticket=bad&token={}", cast.viewer.token);
    refused(&app, &bad_ticket, &[header, protocol], 4001).await;
    refused(&app, &format!("{path}?token=bad"), &[header, protocol], 4001).await;
    refused(&app, &path, &[("authorization", "Bearer bad"), protocol], 4001).await;
}

#[tokio::test]
async fn the_subprotocol_pair_is_answered_by_its_first_half() {
    let (app, cast, _) = stage().await;
    let path = format!("/api/ws/chat/{}", cast.bot);
    let good = format!("colloquy.v1, bearer.{}", cast.viewer.token);
    let mut socket = shake(&app, &path, &[("sec-websocket-protocol", &good)])
        .await
        .unwrap();
    assert_eq!(socket.next().await["type"], "connection_established");
    let chosen = socket.response.headers().get_all("sec-websocket-protocol");
    assert_eq!(chosen.iter().collect::<Vec<_>>(), ["colloquy.v1"]);
    let bad = [("sec-websocket-protocol", "colloquy.v1, bearer.bad")];
    refused(&app, &path, &bad, 4001).await;
}

#[tokio::test]
async fn only_a_well_formed_handshake_is_taken() {
    let (app, cast, _) = stage().await;
    let path = format!("/api/ws/chat/{}?token={}", cast.bot, cast.viewer.token);
    for (name, value) in [("sec-websocket-version", "7"), ("sec-websocket-key", "short")] {
        let mut request = format!("{}{path}", app.ws_url()).into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let error = Socket::request(request).await.err().expect("refused");
        let tokio_tungstenite::tungstenite::Error::Http(response) = error else {
            panic!("{error}")
        };
        assert!(
            response.status().is_client_error(),
            "{name}: {}",
            response.status()
        );
    }
    assert_eq!(shake(&app, "/api/ws/nothing", &[]).await.err(), Some(404));
}

/// One socket over the limit. Of several nodes each hears a moment later of those that another one has let in.
async fn refused_over_limit(app: &App, path: &str) {
    if app.nodes().len() == 1 {
        refused(app, path, &[], 1013).await;
        return;
    }
    crate::sockets_kit::until(
        "a socket over the limit is refused",
        tests::DEADLINE,
        async || {
            let mut socket = shake(app, path, &[]).await.expect("the upgrade is accepted");
            match socket.message().await {
                Some(Message::Close(Some(frame))) => {
                    assert_eq!(u16::from(frame.code), 1013);
                    true
                }
                Some(message) => !message.is_text(),
                None => false,
            }
        },
    )
    .await;
}

#[tokio::test]
async fn the_seventeenth_socket_of_a_person_on_a_bot_gets_1013() {
    let (app, cast, _) = stage().await;
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(greeted(&app, &cast.viewer, &cast.bot).await.0);
    }
    let path = format!("/api/ws/chat/{}?token={}", cast.bot, cast.viewer.token);
    refused_over_limit(&app, &path).await;
    let head = cast.viewer.head(&cast.bot).await;
    // Sockets on another node count as soon as it has told of them.
    crate::sockets_kit::until("a waiting poll counts as a socket", tests::DEADLINE, async || {
        let path = format!("/api/bots/{}/events?since={head}&wait=1", cast.bot);
        cast.viewer.get(&path).await.status == 429
    })
    .await;
    let path_of_stream = format!("/api/bots/{}/events/stream", cast.bot);
    let stream = cast.viewer.get(&path_of_stream).await;
    assert_eq!(stream.status, 429, "and so does a stream");
    greeted(&app, &cast.editor, &cast.bot).await;
    notified(&app, &cast.viewer).await;
    for socket in &mut open {
        socket.ping().await;
    }
    drop(open.pop());
    crate::sockets_kit::until("room for one more", tests::DEADLINE, async || {
        let mut socket = shake(&app, &path, &[]).await.unwrap();
        matches!(socket.message().await, Some(message) if message.is_text())
    })
    .await;
}

#[tokio::test]
async fn the_sixty_fifth_socket_of_a_person_gets_1013() {
    let (app, cast, _) = stage().await;
    let mut open = Vec::new();
    for n in 0..4 {
        let bot = cast.viewer.bot(&format!("bot {n}")).await;
        for _ in 0..16 {
            open.push(greeted(&app, &cast.viewer, &bot).await.0);
        }
    }
    let path = format!("/api/ws/notifications?token={}", cast.viewer.token);
    refused_over_limit(&app, &path).await;
    notified(&app, &cast.editor).await;
    let mut last = open.pop().unwrap();
    last.ping().await;
    let expected = json!({ "total_connections": 64, "connected_users": 1, "bot_subscriptions": 4 });
    crate::sockets_kit::until(
        "the figures are those of the open sockets",
        tests::DEADLINE,
        async || {
            let figures = cast.admin.get("/api/ws/stats").await.ok(200);
            let figure = |name: &str| figures[name] == expected[name];
            figure("total_connections") && figure("connected_users") && figure("bot_subscriptions")
        },
    )
    .await;
}
