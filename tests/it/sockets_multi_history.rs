//! Pages of history on a socket of many channels.

use serde_json::json;

use crate::sockets_kit::{assert_shape, log_of, stage};
use crate::sockets_multi_kit::{bare_all, bot, history, many, session, with};

#[tokio::test]
async fn history_is_given_page_by_page_with_the_rights_of_the_moment() {
    let (app, cast, shared) = stage().await;
    let private = cast.owner.session(&cast.bot, "private").await;
    for n in 0..60 {
        cast.owner.say(&shared, &format!("{n} @viewer")).await;
        cast.owner.say(&private, "hidden").await;
    }
    let log = log_of(&cast.viewer, &cast.bot).await;
    let head = cast.owner.head(&cast.bot).await;
    // Not one of these channels is subscribed.
    let mut socket = many(&app, &cast.viewer).await;
    let channel = bot(&cast.bot);
    let (mut since, mut seen) = (0, Vec::new());
    while since < head {
        let page = history(&mut socket, &channel, json!({ "since": since, "limit": 7 })).await;
        assert_eq!(page["complete"], true);
        let events = page["events"].as_array().unwrap();
        assert!(events.len() <= 7 && events.iter().all(|event| event["channel"] == json!(channel)));
        seen.extend(bare_all(events));
        since = page["seq"].as_i64().unwrap();
    }
    assert_eq!(seen, log);
    let usual = history(&mut socket, &channel, json!({})).await;
    assert_eq!(usual["events"].as_array().unwrap().len(), 50);
    let part = history(
        &mut socket,
        &session(&shared),
        json!({ "since": 0, "limit": 100 }),
    )
    .await;
    assert_eq!(part["events"].as_array().unwrap().len(), 61);
    let inbox = history(&mut socket, "notifications", json!({ "limit": 100 })).await;
    assert!(inbox["events"].as_array().unwrap().len() >= 60, "{inbox}");
    for wrong in [
        json!({ "since": 3, "epoch": "another" }),
        json!({ "since": head + 1 }),
        json!({ "since": -1 }),
    ] {
        let page = history(&mut socket, &channel, wrong).await;
        assert_shape(
            &page,
            &json!({ "events": [], "seq": head, "epoch": usual["epoch"], "complete": false }),
        );
    }
    cast.owner.revoke(&cast.bot, &cast.viewer).await;
    for channel in [bot(&cast.bot), session(&shared), session(&private)] {
        let data = json!({ "channel": channel });
        socket
            .send(json!({ "type": "request_history", "id": "h", "data": data }))
            .await;
        let refused = socket.next_of("error").await;
        assert_shape(
            &refused,
            &json!({ "id": "h", "code": "not_found", "channel": channel }),
        );
    }
    let inbox = history(&mut socket, "notifications", json!({ "limit": 100 })).await;
    let told = inbox.to_string();
    assert!(
        !told.contains("Shared bot"),
        "what is not visible any more is veiled: {told}"
    );
}

#[tokio::test]
async fn a_page_of_long_history_is_cut_and_says_where_to_go_on() {
    let (app, cast, shared) = stage().await;
    for n in 0..20 {
        cast.owner
            .say(&shared, &format!("{n} {}", "x".repeat(60 * 1024)))
            .await;
    }
    let log = log_of(&cast.viewer, &cast.bot).await;
    let (mut socket, _) = with(&app, &cast.viewer, &[&bot(&cast.bot)]).await;
    let (mut since, mut seen, mut pages) = (0, Vec::new(), 0);
    while seen.len() < log.len() {
        let page = history(
            &mut socket,
            &session(&shared),
            json!({ "since": since, "limit": 100 }),
        )
        .await;
        let events = page["events"].as_array().unwrap();
        if events.is_empty() {
            break;
        }
        seen.extend(bare_all(events));
        since = page["seq"].as_i64().unwrap();
        pages += 1;
    }
    assert_eq!(seen.len(), 21);
    assert!((4..20).contains(&pages), "{pages}");
}
