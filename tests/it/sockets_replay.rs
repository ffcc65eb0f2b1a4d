//! Replay: at every position, for everyone; what says that it is not whole; and the same log without a WebSocket. That
//! nothing is lost between history and live is in `sockets_windows`.

use serde_json::{Value, json};
use tests::{App, Cast, Person, Socket};

use crate::sockets_kit::{assert_shape, greeted, greeted_by, is_event, log_of, replay, seq_of, stage};
use crate::sockets_sse::{Sse, Told};

/// A log of some sixty events of every kind, with private sessions of three people in between.
async fn lively() -> (App, Cast) {
    let (app, cast, session) = stage().await;
    let bot = &cast.bot;
    let mut private = Vec::new();
    for person in [&cast.owner, &cast.editor, &cast.viewer] {
        private.push((person, person.session(bot, "private").await));
    }
    for round in 0..5 {
        for (person, session) in &private {
            person.say(session, &format!("to myself {round}")).await;
        }
        for person in [&cast.owner, &cast.editor, &cast.viewer] {
            let said = person.say(&session, &format!("to all {round}")).await;
            let path = format!("/api/messages/{}", said["id"].as_str().unwrap());
            if round % 2 == 0 {
                person
                    .patch(&path, json!({ "content": format!("edited {round}") }))
                    .await
                    .ok(200);
            } else if round == 3 {
                person.delete(&path).await.ok(204);
            }
        }
        cast.owner.grant(bot, &cast.stranger, "viewer").await;
        cast.owner.revoke(bot, &cast.stranger).await;
    }
    let name = json!({ "name": "Renamed" });
    cast.owner.patch(&format!("/api/bots/{bot}"), name).await.ok(200);
    cast.viewer
        .patch(
            &format!("/api/sessions/{}", private[2].1),
            json!({ "title": "mine" }),
        )
        .await
        .ok(200);
    cast.owner
        .delete(&format!("/api/sessions/{}", private[0].1))
        .await
        .ok(204);
    (app, cast)
}

#[tokio::test]
async fn it_gives_everyone_what_they_may_see_after_every_number() {
    let (app, cast) = lively().await;
    let head = app.database().await.head(&cast.bot).await;
    assert!(head >= 60, "{head}");
    for person in [&cast.owner, &cast.editor, &cast.viewer] {
        let log = log_of(person, &cast.bot).await;
        assert!((log.len() as i64) < head, "others have private sessions");
        for since in 0..=head {
            let (mut socket, greeting) = greeted_by(&app, person, &cast.bot, &format!("since={since}")).await;
            assert_eq!(greeting["data"]["seq"], head);
            let (events, end) = replay(&mut socket).await;
            let missed: Vec<_> = log
                .iter()
                .filter(|event| seq_of(event) > since)
                .cloned()
                .collect();
            assert_eq!(events, missed, "{} since {since}", person.username);
            let end_shape = json!({ "type": "replay_complete", "bot_id": cast.bot,
                                    "data": { "from": since, "to": head, "complete": true } });
            assert_shape(&end, &end_shape);
        }
    }
}

#[tokio::test]
async fn it_comes_only_when_asked_for_and_right_after_the_greeting() {
    let (app, cast, session) = stage().await;
    let (mut socket, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let (before, pong) = socket.ping().await;
    assert!(
        !before
            .iter()
            .any(|frame| is_event(frame) || frame["type"] == "replay_complete"),
        "{before:?}"
    );
    assert_eq!(pong["seq"], greeting["data"]["seq"]);

    let head = seq_of_greeting(&greeting);
    let (mut socket, _) = greeted_by(&app, &cast.viewer, &cast.bot, &format!("since={head}")).await;
    let end = socket.next().await;
    assert_shape(
        &end,
        &json!({ "type": "replay_complete", "data": { "from": head, "to": head } }),
    );
    cast.owner.say(&session, "live").await;
    assert_eq!(seq_of(&socket.event().await), head + 1);
}

fn seq_of_greeting(greeting: &Value) -> i64 {
    greeting["data"]["seq"].as_i64().unwrap()
}

#[tokio::test]
async fn it_works_without_the_prefix_too_and_with_the_epoch_named() {
    let (app, cast, _) = stage().await;
    let log = log_of(&cast.viewer, &cast.bot).await;
    let (_socket, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let epoch = greeting["data"]["epoch"].as_str().unwrap();
    for prefix in ["/api", ""] {
        let path = format!("{prefix}/ws/chat/{}", cast.bot);
        let token = Some(cast.viewer.token.as_str());
        let mut socket = Socket::connect(&app, &path, token, Some(1), Some(epoch)).await;
        assert_eq!(socket.next().await["data"]["epoch"], epoch);
        let (events, end) = replay(&mut socket).await;
        assert_eq!(events, log[1..]);
        assert_eq!(end["data"]["complete"], true);
    }
}

#[tokio::test]
async fn a_since_that_is_not_of_this_stream_is_answered_as_not_whole() {
    let (app, cast, session) = stage().await;
    let (_socket, greeting) = greeted(&app, &cast.viewer, &cast.bot).await;
    let epoch = greeting["data"]["epoch"].as_str().unwrap().to_owned();
    let mut head = seq_of_greeting(&greeting);
    let none = Value::Null;
    let cases = [
        (format!("since={}", head + 100), json!(head + 100)),
        ("since=9223372036854775807".to_owned(), json!(i64::MAX)),
        ("since=-1".to_owned(), none.clone()),
        ("since=".to_owned(), none.clone()),
        ("since=abc".to_owned(), none.clone()),
        ("since=1.0".to_owned(), none.clone()),
        ("since=1e1".to_owned(), none.clone()),
        ("since=%2B1".to_owned(), none.clone()),
        ("since=9223372036854775808".to_owned(), none.clone()),
        ("since=99999999999999999999999".to_owned(), none),
        ("since=1&epoch=another".to_owned(), json!(1)),
        (format!("since={head}&epoch={epoch}x"), json!(head)),
    ];
    for (query, from) in cases {
        let (mut socket, greeting) = greeted_by(&app, &cast.viewer, &cast.bot, &query).await;
        assert_eq!(seq_of_greeting(&greeting), head, "{query}");
        let (events, end) = replay(&mut socket).await;
        assert_eq!(events, Vec::<Value>::new(), "{query}: nothing that looks whole");
        let shape = json!({ "bot_id": cast.bot, "data": { "from": from, "to": head, "complete": false } });
        assert_shape(&end, &shape);
        cast.owner.say(&session, &query).await;
        head += 1;
        assert_eq!(seq_of(&socket.event().await), head, "{query}: live from `to` + 1");
    }
}

#[tokio::test]
async fn events_that_are_no_longer_kept_make_it_not_whole() {
    let app = App::with(|settings| {
        settings.limits.event_retention = std::time::Duration::from_millis(1);
        settings.limits.event_minimum = 20;
    })
    .await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    for n in 0..40 {
        cast.owner.say(&session, &format!("{n}")).await;
    }
    let head = cast.viewer.head(&cast.bot).await;
    let dir = app.stop().await;
    // A start cuts what is past its time.
    let app = App::on(dir, |settings| {
        settings.limits.event_retention = std::time::Duration::from_millis(1);
        settings.limits.event_minimum = 20;
    })
    .await;
    let viewer = app.login(&cast.viewer).await;
    let floor = head - 20;
    crate::sockets_kit::until("pruned", tests::DEADLINE, async || {
        let page = viewer
            .get(&format!("/api/bots/{}/events?since={}", cast.bot, floor - 1))
            .await
            .ok(200);
        page["complete"] == false
    })
    .await;
    for (since, complete) in [
        (0, false),
        (floor - 1, false),
        (floor, true),
        (floor + 1, true),
        (head, true),
    ] {
        let (mut socket, _) = greeted_by(&app, &viewer, &cast.bot, &format!("since={since}")).await;
        let (events, end) = replay(&mut socket).await;
        assert_shape(
            &end,
            &json!({ "data": { "from": since, "to": head, "complete": complete } }),
        );
        let seqs: Vec<_> = events.iter().map(seq_of).collect();
        let wanted: Vec<_> = if complete {
            (since + 1..=head).collect()
        } else {
            Vec::new()
        };
        assert_eq!(seqs, wanted, "since {since}");
    }
}

#[tokio::test]
async fn more_than_one_replay_holds_makes_it_not_whole_and_only_visible_events_count() {
    let app = App::with(|settings| settings.limits.replay_limit = 20).await;
    let cast = Cast::of(&app).await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let private = cast.owner.session(&cast.bot, "private").await;
    let start = cast.viewer.head(&cast.bot).await;
    for n in 0..20 {
        cast.owner.say(&session, &format!("{n}")).await;
        cast.owner.say(&private, &format!("{n}")).await;
    }
    let at = |since: i64| format!("since={since}");
    let (mut socket, _) = greeted_by(&app, &cast.viewer, &cast.bot, &at(start)).await;
    let (events, end) = replay(&mut socket).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (20, &json!(true)));
    let (mut socket, _) = greeted_by(&app, &cast.owner, &cast.bot, &at(start)).await;
    let (events, end) = replay(&mut socket).await;
    assert_eq!(
        (events.len(), &end["data"]["complete"]),
        (0, &json!(false)),
        "the owner sees forty"
    );
    cast.owner.say(&session, "one more").await;
    let (mut socket, _) = greeted_by(&app, &cast.viewer, &cast.bot, &at(start)).await;
    let (events, end) = replay(&mut socket).await;
    assert_eq!(
        (events.len(), &end["data"]["complete"]),
        (0, &json!(false)),
        "twenty-one"
    );
    let (mut socket, _) = greeted_by(&app, &cast.viewer, &cast.bot, &at(start + 1)).await;
    assert_eq!(replay(&mut socket).await.0.len(), 20);
    assert_eq!(
        cast.viewer.events(&cast.bot, start).await.len(),
        21,
        "the limit is a replay's, not history's"
    );
}

#[tokio::test]
async fn history_the_long_poll_and_the_event_stream_tell_the_same_log() {
    let (app, cast) = lively().await;
    for person in [&cast.owner, &cast.viewer] {
        let log = log_of(person, &cast.bot).await;
        let (mut socket, greeting) = greeted_by(&app, person, &cast.bot, "since=0").await;
        let head = seq_of_greeting(&greeting);
        assert_eq!(replay(&mut socket).await.0, log, "the socket");
        assert_eq!(
            by_small_pages(person, &cast.bot, head).await,
            log,
            "pages of seven"
        );

        let mut stream = Sse::open(&app, person, &cast.bot, "since=0", None).await;
        let epoch = greeting["data"]["epoch"].as_str().unwrap();
        for event in &log {
            let told = stream.next().await.expect("the stream goes on");
            let id = format!("{epoch}:{}", event["seq"]);
            assert_eq!(
                told,
                Told {
                    event: None,
                    id: Some(id),
                    data: event.clone()
                }
            );
        }
        let end = stream.next().await.expect("the end of the replay");
        assert_eq!(end.event.as_deref(), Some("replay_complete"));
        assert_shape(&end.data, &json!({ "from": 0, "to": head, "complete": true }));
    }
}

async fn by_small_pages(person: &Person, bot: &str, head: i64) -> Vec<Value> {
    let (mut log, mut since) = (Vec::new(), 0);
    loop {
        let path = format!("/api/bots/{bot}/events?since={since}&limit=7&wait=0");
        let page = person.get(&path).await.ok(200);
        let events = page["events"].as_array().unwrap();
        assert_eq!(page["complete"], true);
        let newest = events.last().map(seq_of);
        if events.len() == 7 {
            assert_eq!(
                page["seq"].as_i64(),
                newest,
                "a full page: the last event's number"
            );
        } else {
            assert_eq!(page["seq"].as_i64(), Some(head), "otherwise the newest number");
        }
        log.extend(events.iter().cloned());
        if events.is_empty() {
            return log;
        }
        since = page["seq"].as_i64().unwrap();
    }
}
