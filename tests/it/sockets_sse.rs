//! Section 7: Server-Sent Events and the long poll as a WebSocket's stand-ins, with their resumption and their ends.

use futures_util::StreamExt;
use serde_json::{Value, json};
use tests::{App, DEADLINE, Person};
use tokio::time::{Duration, Instant, timeout};

use crate::sockets_kit::{assert_shape, greeted, log_of, number_of_loss, seq_of, stage};

/// A client of an event stream, no more clever than it must be.
pub struct Sse {
    bytes: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    text: String,
    pub comments: usize,
}

/// One message of an event stream.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub event: Option<String>,
    pub id: Option<String>,
    pub data: Value,
}

impl Sse {
    pub async fn open(app: &App, person: &Person, bot: &str, query: &str, last: Option<&str>) -> Self {
        let url = format!("{}/api/bots/{bot}/events/stream?{query}", app.url());
        let mut request = reqwest::Client::new().get(url).bearer_auth(&person.token);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let answer = timeout(DEADLINE, request.send())
            .await
            .expect("an answer in time")
            .unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self {
            bytes: Box::pin(answer.bytes_stream()),
            text: String::new(),
            comments: 0,
        }
    }

    /// The next message; none at the end of the stream.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(told) = self.parse(&block) {
                    return Some(told);
                }
            }
            let piece = timeout(DEADLINE, self.bytes.next())
                .await
                .expect("a message in time")?
                .ok()?;
            self.text.push_str(std::str::from_utf8(&piece).expect("UTF-8"));
        }
    }

    fn parse(&mut self, block: &str) -> Option<Told> {
        let (mut event, mut id, mut data) = (None, None, Vec::new());
        for line in block.lines() {
            match line
                .split_once(':')
                .map(|(name, value)| (name, value.trim_start()))
            {
                Some(("", _)) => self.comments += 1,
                Some(("event", value)) => event = Some(value.to_owned()),
                Some(("id", value)) => id = Some(value.to_owned()),
                Some(("data", value)) => data.push(value),
                _ => {}
            }
        }
        assert!(data.len() <= 1, "one data line: {block}");
        let data = serde_json::from_str(data.first()?).expect("JSON");
        Some(Told { event, id, data })
    }
}

#[tokio::test]
async fn a_stream_begins_at_the_head_and_tells_what_comes() {
    let (app, cast, session) = stage().await;
    let mut stream = Sse::open(&app, &cast.viewer, &cast.bot, "", None).await;
    let (mut socket, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    cast.owner.say(&session, "one\ntwo").await;
    let event = socket.event().await;
    let told = stream.next().await.unwrap();
    assert_eq!(told.data, event, "the frame in one line");
    assert_eq!(told.event, None);
    let id = format!("{}:{}", greeting["data"]["epoch"].as_str().unwrap(), event["seq"]);
    assert_eq!(told.id, Some(id));
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_id_that_the_client_saw() {
    let (app, cast, session) = stage().await;
    cast.owner.say(&session, "missed").await;
    let log = log_of(&cast.viewer, &cast.bot).await;
    let (_socket, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (epoch, head) = (greeting["data"]["epoch"].as_str().unwrap(), log.len() as i64);
    let mut stream = Sse::open(&app, &cast.viewer, &cast.bot, "", Some(&format!("{epoch}:2"))).await;
    for event in &log[2..] {
        assert_eq!(stream.next().await.unwrap().data, *event);
    }
    let end = stream.next().await.unwrap();
    assert_eq!(end.event.as_deref(), Some("replay_complete"));
    assert_shape(&end.data, &json!({ "from": 2, "to": head, "complete": true }));
    for unreadable in ["another:2", "2", "", "x:y:z", &format!("{epoch}:x")] {
        let mut stream = Sse::open(&app, &cast.viewer, &cast.bot, "", Some(unreadable)).await;
        let end = stream.next().await.unwrap();
        assert_eq!(
            end.event.as_deref(),
            Some("replay_complete"),
            "{unreadable:?}: {end:?}"
        );
        assert_shape(&end.data, &json!({ "to": head, "complete": false }));
    }
}

#[tokio::test]
async fn a_stream_ends_at_the_very_event_that_takes_the_role() {
    let (app, cast, session) = stage().await;
    let mut stream = Sse::open(&app, &cast.viewer, &cast.bot, "since=0", None).await;
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    cast.owner.say(&session, "canary").await;
    let number = number_of_loss(&cast.owner, &cast.bot, &cast.viewer).await;
    let mut told = Vec::new();
    while let Some(next) = stream.next().await {
        told.push(next);
    }
    let last = told.pop().expect("an end");
    assert_eq!(
        (last.event.as_deref(), &last.data["code"]),
        (Some("end"), &json!(4003))
    );
    let seqs: Vec<_> = told
        .iter()
        .filter(|told| told.event.is_none())
        .map(|told| seq_of(&told.data))
        .collect();
    assert_eq!(seqs, (1..=number).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_ends_with_its_credential_and_with_the_server() {
    let (app, cast, _) = stage().await;
    let mut stream = Sse::open(&app, &cast.viewer, &cast.bot, "", None).await;
    let mut other = Sse::open(&app, &cast.editor, &cast.bot, "", None).await;
    cast.viewer.post("/api/auth/logout", json!({})).await.ok(204);
    let end = stream.next().await.expect("an end");
    assert_eq!(
        (end.event.as_deref(), &end.data["code"]),
        (Some("end"), &json!(4001))
    );
    assert_eq!(stream.next().await, None);
    let (_, end) = tokio::join!(app.stop(), other.next());
    let end = end.expect("an end");
    assert_eq!(
        (end.event.as_deref(), &end.data["code"]),
        (Some("end"), &json!(1001))
    );
}

#[tokio::test]
async fn a_long_poll_waits_for_the_next_event_that_its_reader_may_see() {
    let (_app, cast, session) = stage().await;
    let private = cast.owner.session(&cast.bot, "private").await;
    let head = cast.owner.head(&cast.bot).await;
    let path = format!("/api/bots/{}/events?since={head}&wait=20", cast.bot);
    let begun = Instant::now();
    let ((), page) = tokio::join!(
        async {
            cast.owner.say(&private, "to myself").await;
            cast.owner.say(&session, "to all").await;
        },
        async { cast.viewer.get(&path).await.ok(200) }
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(page["complete"], true);
    assert_eq!(page["events"].as_array().map(Vec::len), Some(1), "{page}");
    assert_eq!(page["events"][0]["data"]["content"], "to all");
    assert_eq!(page["seq"], head + 2);
}

#[tokio::test]
async fn a_long_poll_ends_empty_when_its_seconds_are_over() {
    let (_app, cast, _) = stage().await;
    let head = cast.viewer.head(&cast.bot).await;
    let begun = Instant::now();
    let path = format!("/api/bots/{}/events?since={head}&wait=1", cast.bot);
    let page = cast.viewer.get(&path).await.ok(200);
    assert_eq!((&page["events"], &page["seq"]), (&json!([]), &json!(head)));
    let waited = begun.elapsed();
    assert!(
        (Duration::from_millis(900)..DEADLINE).contains(&waited),
        "{waited:?}"
    );
    cast.viewer
        .get(&format!("/api/bots/{}/events?wait=31", cast.bot))
        .await
        .invalid(&["wait"]);
}

#[tokio::test]
async fn a_waiting_poll_ends_with_the_role_or_the_credential_it_came_with() {
    let (_app, cast, _) = stage().await;
    let head = cast.viewer.head(&cast.bot).await;
    let path = format!("/api/bots/{}/events?since={head}&wait=20", cast.bot);
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(cast.editor.get(&path), async {
        cast.editor.post("/api/auth/logout", json!({})).await.ok(204);
    });
    assert_eq!(answer.status, 401, "{}", answer.text);
    let (answer, ()) = tokio::join!(cast.viewer.get(&path), cast.owner.revoke(&cast.bot, &cast.viewer));
    assert!(begun.elapsed() < Duration::from_secs(10));
    // It may still be told the very event that took the role; nothing else.
    match answer.status {
        200 => assert_eq!(
            answer.body["events"][0]["data"]["target_user_id"],
            json!(cast.viewer.id)
        ),
        status => assert_eq!(status, 404, "{}", answer.text),
    }
    cast.viewer.get(&path).await.refused(404, "bot_not_found");
}

#[tokio::test]
async fn history_that_is_not_whole_is_empty_and_says_so() {
    let (_app, cast, _) = stage().await;
    let head = cast.viewer.head(&cast.bot).await;
    for query in [format!("since={}", head + 1), "since=1&epoch=another".to_owned()] {
        let page = cast
            .viewer
            .get(&format!("/api/bots/{}/events?{query}", cast.bot))
            .await
            .ok(200);
        assert_shape(
            &page,
            &json!({ "events": [], "seq": head, "epoch": "<text>", "complete": false }),
        );
    }
    for query in ["limit=0", "limit=101", "limit=x", "wait=-1"] {
        let field = query.split('=').next().unwrap();
        cast.viewer
            .get(&format!("/api/bots/{}/events?{query}", cast.bot))
            .await
            .invalid(&[field]);
    }
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive_by_a_comment_every_fifteen_seconds() {
    let (app, cast, _) = stage().await;
    let mut stream = Sse::open(&app, &cast.viewer, &cast.bot, "", None).await;
    let begun = Instant::now();
    // One may come at once, to get the head of the answer through.
    while begun.elapsed() < Duration::from_secs(13) {
        let piece = timeout(Duration::from_secs(25), stream.bytes.next()).await;
        let piece = piece
            .expect("a comment in time")
            .expect("the stream goes on")
            .unwrap();
        assert!(piece.starts_with(b":"), "{piece:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
}
