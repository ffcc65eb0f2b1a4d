//! A bot's events over REST: page by page, and waited for. Streams are in `sockets_sse`.

use serde_json::json;
use tests::Cast;

#[tokio::test]
async fn events_fill_their_page_and_say_where_to_go_on() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    for number in 0..5 {
        cast.owner.say(&session, &number.to_string()).await;
    }
    let head = cast.owner.head(&cast.bot).await;
    let look = async |query: &str| {
        cast.viewer
            .get(&format!("/api/bots/{}/events?{query}", cast.bot))
            .await
            .ok(200)
    };
    let mut since = 0;
    let mut seen = Vec::new();
    loop {
        let page = look(&format!("since={since}&limit=2")).await;
        let events = page["events"].as_array().unwrap();
        seen.extend(events.iter().map(|event| event["seq"].as_i64().unwrap()));
        since = page["seq"].as_i64().unwrap();
        if events.len() < 2 {
            break;
        }
        assert_eq!(since, *seen.last().unwrap(), "a full page ends at its last event");
    }
    assert_eq!(since, head);
    assert_eq!(seen, (1..=head).collect::<Vec<_>>());
    let ahead = look(&format!("since={}", head + 1)).await;
    assert_eq!(
        (&ahead["complete"], &ahead["events"], &ahead["seq"]),
        (&json!(false), &json!([]), &json!(head))
    );
    let foreign = look("since=1&epoch=other").await;
    assert_eq!(
        (&foreign["complete"], &foreign["events"], &foreign["seq"]),
        (&json!(false), &json!([]), &json!(head))
    );
    let at_head = look(&format!("since={head}")).await;
    assert_eq!(
        (&at_head["complete"], &at_head["events"], &at_head["seq"]),
        (&json!(true), &json!([]), &json!(head))
    );
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("wait=31", "wait"),
        ("wait=x", "wait"),
    ] {
        cast.viewer
            .get(&format!("/api/bots/{}/events?{query}", cast.bot))
            .await
            .invalid(&[field]);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_long_poll_returns_with_the_event_it_waited_for() {
    let (app, cast) = Cast::start().await;
    let session = cast.owner.session(&cast.bot, "shared").await;
    let head = cast.owner.head(&cast.bot).await;
    let path = format!("/api/bots/{}/events?since={head}&wait=25", cast.bot);
    let (page, message) = tokio::join!(cast.viewer.get(&path), cast.owner.say(&session, "at last"));
    let page = page.ok(200);
    assert_eq!(page["events"][0]["data"]["message_id"], message["id"]);
    assert_eq!(page["seq"], head + 1);
    app.stop().await;
}

#[tokio::test]
async fn a_waiting_poll_of_a_revoked_viewer_ends_with_404() {
    let (app, cast) = Cast::start().await;
    let head = cast.owner.head(&cast.bot).await;
    let path = format!("/api/bots/{}/events?since={head}&wait=25", cast.bot);
    let (poll, ()) = tokio::join!(cast.viewer.get(&path), cast.owner.revoke(&cast.bot, &cast.viewer));
    poll.refused(404, "bot_not_found");
    app.stop().await;
}
