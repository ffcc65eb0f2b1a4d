//! The loss of a credential: 4001 before the call is answered, nothing committed afterwards goes out there, and what was
//! opened with another credential stays. Also the end of a token, its renewal in band, and tickets.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket, process};

use crate::sockets_kit::{assert_shape, greeted, is_event, notified, shake, stage};

/// A chat and a notifications socket of one log-in.
async fn both(app: &App, person: &Person, bot: &str) -> [Socket; 2] {
    [greeted(app, person, bot).await.0, notified(app, person).await.0]
}

/// These sockets were closed by a call that has been answered by now: nothing that is committed from here on is seen.
async fn assert_withdrawn(cast: &Cast, session: &str, who: &Person, sockets: [Socket; 2]) {
    // Behind a balancer each call may be another node's, which follows within a second: there it is said after the end.
    let (canary, late) = (format!("@{} canary", who.username), services::is_proxied());
    if !late {
        cast.owner.say(session, &canary).await;
    }
    for mut socket in sockets {
        let frames = socket.expect_close(4001).await;
        assert!(!json!(frames).to_string().contains("canary"), "{frames:?}");
        assert!(!frames.iter().any(is_event), "{frames:?}");
    }
    if late {
        cast.owner.say(session, &canary).await;
    }
}

async fn assert_open(cast: &Cast, session: &str, sockets: &mut [Socket]) {
    cast.owner.say(session, "@viewer still there?").await;
    for socket in sockets {
        socket.event().await;
    }
}

#[tokio::test]
async fn logging_out_closes_the_sockets_of_that_log_in_alone() {
    let (app, cast, session) = stage().await;
    let second = app.login(&cast.viewer).await;
    let first = both(&app, &cast.viewer, &cast.bot).await;
    let mut others = both(&app, &second, &cast.bot).await;
    cast.viewer.post("/api/auth/logout", json!({})).await.ok(204);
    assert_withdrawn(&cast, &session, &cast.viewer, first).await;
    for socket in &mut others {
        socket.event().await;
    }
    assert_open(&cast, &session, &mut others).await;
}

#[tokio::test]
async fn logging_out_everywhere_closes_all_of_them() {
    let (app, cast, session) = stage().await;
    let second = app.login(&cast.viewer).await;
    let sockets = [
        both(&app, &cast.viewer, &cast.bot).await,
        both(&app, &second, &cast.bot).await,
    ];
    cast.viewer
        .post("/api/auth/logout", json!({ "all": true }))
        .await
        .ok(204);
    for sockets in sockets {
        assert_withdrawn(&cast, &session, &cast.viewer, sockets).await;
    }
}

#[tokio::test]
async fn a_new_password_closes_all_but_the_callers() {
    let (app, cast, session) = stage().await;
    let second = app.login(&cast.viewer).await;
    let mut own = both(&app, &cast.viewer, &cast.bot).await;
    let others = both(&app, &second, &cast.bot).await;
    let body = json!({ "current_password": cast.viewer.password, "new_password": "a new long password" });
    cast.viewer.put("/api/auth/password", body).await.ok(204);
    assert_withdrawn(&cast, &session, &cast.viewer, others).await;
    for socket in &mut own {
        socket.event().await;
    }
    assert_open(&cast, &session, &mut own).await;
}

#[tokio::test]
async fn disabling_somebody_closes_everything_of_theirs() {
    let (app, cast, session) = stage().await;
    let second = app.login(&cast.viewer).await;
    let sockets = [
        both(&app, &cast.viewer, &cast.bot).await,
        both(&app, &second, &cast.bot).await,
    ];
    let path = format!("/api/users/{}", cast.viewer.id);
    cast.admin.patch(&path, json!({ "disabled": true })).await.ok(200);
    for sockets in sockets {
        assert_withdrawn(&cast, &session, &cast.viewer, sockets).await;
    }
    let mut refused = app.chat(&cast.viewer, &cast.bot).await;
    assert_eq!(refused.expect_close(4001).await, Vec::<Value>::new());
}

#[tokio::test]
async fn deleting_ones_own_account_closes_everything_of_it() {
    let (app, cast, session) = stage().await;
    let sockets = both(&app, &cast.viewer, &cast.bot).await;
    let body = json!({ "password": cast.viewer.password });
    cast.viewer.post("/api/auth/me/delete", body).await.ok(204);
    cast.owner.say(&session, "canary").await;
    for mut socket in sockets {
        let closed = socket.close().await;
        assert!([4001, 4003].contains(&closed.code), "{closed:?}");
        assert!(!json!(closed.frames).to_string().contains("canary"), "{closed:?}");
    }
}

#[tokio::test]
async fn a_password_set_beside_the_running_server_closes_them() {
    let (app, cast, _) = stage().await;
    let sockets = both(&app, &cast.viewer, &cast.bot).await;
    let mut command = process::command(env!("CARGO_BIN_EXE_colloquy-under-test"), app.data_dir());
    command
        .args(["admin", "set-password", "viewer"])
        .env("COLLOQUY_PASSWORD", "set from outside 123");
    tests::logs::issued("set from outside 123");
    let output = tokio::task::spawn_blocking(move || process::run(&mut command))
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for mut socket in sockets {
        socket.expect_close(4001).await;
    }
    assert_eq!(cast.viewer.get("/api/auth/me").await.status, 401);
}

#[tokio::test]
async fn an_old_refresh_token_ends_its_family_and_the_sockets_of_it() {
    let app = App::with(|settings| settings.limits.refresh_grace = Duration::ZERO).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let sockets = both(&app, &cast.viewer, &cast.bot).await;
    let old = json!({ "refresh_token": cast.viewer.refresh_token });
    cast.anonymous
        .post("/api/auth/refresh", old.clone())
        .await
        .ok(200);
    assert_eq!(cast.anonymous.post("/api/auth/refresh", old).await.status, 401);
    assert_withdrawn(&cast, &session, &cast.viewer, sockets).await;
}

#[tokio::test]
async fn unused_tickets_die_with_their_log_in() {
    let (app, cast, _) = stage().await;
    let second = app.login(&cast.viewer).await;
    let (dead, alive) = (cast.viewer.ticket().await, second.ticket().await);
    cast.viewer.post("/api/auth/logout", json!({})).await.ok(204);
    let path = |ticket: &str| format!("/api/ws/chat/{}?ticket={ticket}", cast.bot);
    let mut socket = shake(&app, &path(&dead), &[]).await.unwrap();
    assert_eq!(socket.expect_close(4001).await, Vec::<Value>::new());
    let mut socket = shake(&app, &path(&alive), &[]).await.unwrap();
    assert_eq!(socket.next().await["type"], "connection_established");
    second.post("/api/auth/logout", json!({})).await.ok(204);
    socket.expect_close(4001).await;
}

#[tokio::test]
async fn a_ticket_opens_one_socket_and_only_once() {
    let (app, cast, _) = stage().await;
    let path = format!("/api/ws/chat/{}?ticket={}", cast.bot, cast.viewer.ticket().await);
    let mut socket = shake(&app, &path, &[]).await.unwrap();
    assert_eq!(socket.next().await["data"]["user_id"], json!(cast.viewer.id));
    let mut again = shake(&app, &path, &[]).await.unwrap();
    assert_eq!(again.expect_close(4001).await, Vec::<Value>::new());
}

/// A server whose tokens last eight seconds.
async fn short() -> (App, Cast, String) {
    let (app, cast, session) = stage().await;
    let app = App::on(app.stop().await, |settings| {
        settings.limits.access_token = Duration::from_secs(8);
    })
    .await;
    (app, cast, session)
}

#[tokio::test]
async fn a_socket_ends_with_its_token_and_a_tickets_socket_with_the_token_that_made_it() {
    let (app, cast, _) = short().await;
    let viewer = app.login(&cast.viewer).await;
    let ticket = viewer.ticket().await;
    let (mut by_token, greeting) = greeted(&app, &viewer, &cast.bot).await;
    let path = format!("/api/ws/chat/{}?ticket={ticket}", cast.bot);
    let mut by_ticket = shake(&app, &path, &[]).await.unwrap();
    assert_eq!(
        by_ticket.next().await["data"]["expires_at"],
        greeting["data"]["expires_at"]
    );
    let ends =
        chrono::DateTime::parse_from_rfc3339(greeting["data"]["expires_at"].as_str().unwrap()).unwrap();
    for socket in [&mut by_token, &mut by_ticket] {
        socket.expect_close(4001).await;
        let late = (chrono::Utc::now() - ends.to_utc()).num_milliseconds();
        assert!(late >= -10, "{late} ms");
    }
}

#[tokio::test]
async fn an_auth_frame_with_a_new_token_keeps_the_socket_open_and_moves_it_to_that_log_in() {
    let (app, cast, _) = stage().await;
    let viewer = app.login(&cast.viewer).await;
    let (mut socket, greeting) = greeted(&app, &viewer, &cast.bot).await;
    let first = greeting["data"]["expires_at"].as_str().unwrap().to_owned();
    let next = app.login(&cast.viewer).await;
    // Log-ins of one second give the same end: the renewal is told apart by what closes it.
    socket
        .send(json!({ "type": "auth", "id": "a", "data": { "token": next.token } }))
        .await;
    let renewed = socket.next_of("authenticated").await;
    assert_shape(
        &renewed,
        &json!({ "id": "a", "data": { "expires_at": "<time>" } }),
    );
    assert!(renewed["data"]["expires_at"].as_str().unwrap() >= first.as_str());
    viewer.post("/api/auth/logout", json!({})).await.ok(204);
    socket.ping().await;
    next.post("/api/auth/logout", json!({})).await.ok(204);
    socket.expect_close(4001).await;
}

#[tokio::test]
async fn renewed_again_and_again_a_socket_outlives_its_first_token() {
    let (app, cast, _) = short().await;
    let viewer = app.login(&cast.viewer).await;
    let (mut socket, greeting) = greeted(&app, &viewer, &cast.bot).await;
    let time = |text: &Value| chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap();
    let first = time(&greeting["data"]["expires_at"]);
    let mut refresh = viewer.refresh_token.clone();
    // It is time itself that is tested: that of the first token has to pass, whatever happens meanwhile.
    let mut renewals = tokio::time::interval(Duration::from_millis(500));
    while chrono::Utc::now() < first.to_utc() + chrono::Duration::seconds(1) {
        renewals.tick().await;
        let answer = app
            .anonymous()
            .post("/api/auth/refresh", json!({ "refresh_token": refresh }))
            .await
            .ok(200);
        refresh = answer["refresh_token"].as_str().unwrap().to_owned();
        socket
            .send(json!({ "type": "auth", "data": { "token": answer["access_token"] } }))
            .await;
        socket.next_of("authenticated").await;
    }
    socket.ping().await;
}

#[tokio::test]
async fn an_auth_frame_with_a_bad_token_or_anothers_closes_with_4001() {
    let (app, cast, _) = stage().await;
    let gone = app.login(&cast.viewer).await;
    gone.post("/api/auth/logout", json!({})).await.ok(204);
    let forged = format!("{}x", cast.viewer.token);
    for token in [cast.editor.token.as_str(), "nonsense", "", &forged, &gone.token] {
        for mut socket in both(&app, &cast.viewer, &cast.bot).await {
            socket
                .send(json!({ "type": "auth", "data": { "token": token } }))
                .await;
            let frames = socket.expect_close(4001).await;
            assert!(
                !frames.iter().any(|frame| frame["type"] == "authenticated"),
                "{frames:?}"
            );
        }
    }
}
