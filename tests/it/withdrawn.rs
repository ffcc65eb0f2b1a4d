//! A right that is lost while a request's body is still on its way: what counts is the moment of the write, not of the head.

use serde_json::{Value, json};
use tests::{Answer, App, Cast, DEADLINE, Person};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A request of which the last byte is missing.
struct Pending {
    stream: TcpStream,
    rest: [u8; 1],
}

impl Pending {
    /// `Expect: 100-continue` is the event to wait for: the server asks for the body when it begins to read it, which is after
    /// it has read the head and found out who calls. All but the last byte of the body is written and flushed then.
    async fn begin(app: &App, caller: &Person, request_line: &str, body: &Value) -> Self {
        let body = body.to_string();
        let (last, most) = body.as_bytes().split_last().unwrap();
        let head = format!(
            "{request_line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            caller.token,
            body.len()
        );
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut asked = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        timeout(DEADLINE, stream.read_exact(&mut asked))
            .await
            .expect("the body is asked for in time")
            .unwrap();
        let asked = String::from_utf8_lossy(&asked);
        assert_eq!(asked, "HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(most).await.unwrap();
        stream.flush().await.unwrap();
        Self {
            stream,
            rest: [*last],
        }
    }

    async fn end(mut self) -> Answer {
        self.stream.write_all(&self.rest).await.unwrap();
        let mut answer = String::new();
        timeout(DEADLINE, self.stream.read_to_string(&mut answer))
            .await
            .expect("an answer in time")
            .unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        let (line, headers) = head.split_once("\r\n").expect("a status line");
        let status = line.split(' ').nth(1).expect("a status").parse().unwrap();
        let headers = headers
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        Answer::new(status, headers, body.to_owned())
    }
}

#[tokio::test]
async fn a_request_whose_caller_keeps_the_right_is_done_with_its_last_byte() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let line = format!("POST /api/sessions/{session}/messages");
    let pending = Pending::begin(&app, &cast.viewer, &line, &json!({ "content": "slow" })).await;
    assert_eq!(app.database().await.count("messages").await, 0);
    assert_eq!(pending.end().await.ok(201)["message"]["content"], "slow");
    app.stop().await;
}

#[tokio::test]
async fn somebody_disabled_while_their_message_arrives_says_nothing() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let line = format!("POST /api/sessions/{session}/messages");
    let pending = Pending::begin(&app, &cast.viewer, &line, &json!({ "content": "too late" })).await;
    cast.admin
        .patch(
            &format!("/api/users/{}", cast.viewer.id),
            json!({ "disabled": true }),
        )
        .await
        .ok(200);
    let before = cast.owner.head(&cast.bot).await;
    pending.end().await.refused(401, "invalid_token");
    assert_eq!(app.database().await.count("messages").await, 0);
    assert_eq!(cast.owner.head(&cast.bot).await, before, "and no event");
    app.stop().await;
}

#[tokio::test]
async fn an_admin_demoted_while_their_change_arrives_changes_nobody() {
    let (app, cast) = Cast::start().await;
    let own = format!("/api/users/{}", cast.editor.id);
    let others = format!("/api/users/{}", cast.viewer.id);
    for target in [&own, &others] {
        cast.admin.patch(&own, json!({ "role": "admin" })).await.ok(200);
        let line = format!("PATCH {target}");
        let pending = Pending::begin(&app, &cast.editor, &line, &json!({ "role": "admin" })).await;
        cast.admin.patch(&own, json!({ "role": "member" })).await.ok(200);
        pending.end().await.refused(403, "admin_required");
        for person in [&cast.editor, &cast.viewer] {
            assert_eq!(
                person.get("/api/auth/me").await.ok(200)["role"],
                "member",
                "{target}"
            );
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn somebody_logged_out_while_their_bot_arrives_makes_none() {
    let app = App::start().await;
    let person = app.register("person").await;
    let pending = Pending::begin(&app, &person, "POST /api/bots", &json!({ "name": "Too late" })).await;
    person.post("/api/auth/logout", json!({})).await.ok(204);
    pending.end().await.refused(401, "invalid_token");
    assert_eq!(app.database().await.count("bots").await, 0);
    app.stop().await;
}
