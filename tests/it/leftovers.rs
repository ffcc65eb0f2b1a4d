//! What must not be left behind, and what must not get in: texts of deleted things, years that cannot be read back, names that
//! look like others, requests whose answer or work would be many times their size.

use reqwest::Method;
use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Answer, App, Cast, Person};

const CANARY: &str = "canary of the leftovers";

#[tokio::test]
async fn a_deleted_account_leaves_no_private_session_in_a_bot_it_had_left() {
    let (app, cast) = Cast::start().await;
    let session = cast.viewer.session(&cast.bot, "private").await;
    cast.viewer.say(&session, CANARY).await;
    let database = app.database().await;
    let tables_with_it = async || -> Vec<String> {
        let all = database.fingerprint().await;
        all.into_iter()
            .filter(|(_, rows)| rows.iter().any(|row| row.contains(CANARY)))
            .map(|(table, _)| table)
            .collect()
    };
    assert_eq!(tables_with_it().await, ["events", "messages"]);
    let own = format!("/api/bots/{}/permissions/{}", cast.bot, cast.viewer.id);
    cast.viewer.delete(&own).await.ok(204);
    assert_eq!(
        tables_with_it().await,
        ["events", "messages"],
        "they may come back"
    );
    let proof = json!({ "password": cast.viewer.password });
    cast.viewer.post("/api/auth/me/delete", proof).await.ok(204);
    assert!(tables_with_it().await.is_empty(), "nobody can read it any more");
    assert_eq!(database.count("sessions").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn an_end_date_beyond_the_last_year_is_refused_and_breaks_no_log() {
    let (app, cast) = Cast::start().await;
    let body =
        json!({ "user_id": cast.stranger.id, "role": "viewer", "expires_at": "9999-12-31T23:59:59-23:59" });
    cast.owner
        .post(&format!("/api/bots/{}/permissions", cast.bot), body)
        .await
        .invalid(&["expires_at"]);
    assert!(!cast.owner.events(&cast.bot, 0).await.is_empty());

    let last = json!({ "user_id": cast.stranger.id, "role": "viewer", "expires_at": "9999-12-31T23:59:59Z" });
    cast.owner
        .post(&format!("/api/bots/{}/permissions", cast.bot), last)
        .await
        .ok(201);
    let events = cast.stranger.events(&cast.bot, 0).await;
    assert_eq!(events.last().unwrap()["type"], "permission_change");
    app.stop().await;
}

#[tokio::test]
async fn the_making_of_a_bot_is_not_repeated_to_who_lost_it() {
    let (app, cast) = Cast::start().await;
    let body = json!({ "name": "Given away", "instructions": CANARY });
    let make = async || -> Answer {
        let request = cast.owner.request(Method::POST, "/api/bots");
        request.header("idempotency-key", "k").json(&body).send().await
    };
    let bot = id_of(&make().await.ok(201));
    let target = json!({ "user_id": cast.editor.id });
    cast.owner
        .post(&format!("/api/bots/{bot}/transfer"), target)
        .await
        .ok(200);
    assert_eq!(make().await.header("idempotency-replayed"), Some("true"));
    cast.editor.revoke(&bot, &cast.owner).await;
    let again = make().await;
    assert!(!again.text.contains(CANARY), "{}", again.text);
    again.refused(404, "bot_not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_session_takes_its_titles_out_of_the_log() {
    let (app, cast) = Cast::start().await;
    let body = json!({ "title": format!("First {CANARY}") });
    let session = cast
        .viewer
        .post(&format!("/api/bots/{}/sessions", cast.bot), body)
        .await
        .ok(201);
    let path = format!("/api/sessions/{}", id_of(&session));
    let renamed = json!({ "title": format!("Second {CANARY}") });
    cast.viewer.patch(&path, renamed).await.ok(200);
    let log = format!("/api/bots/{}/events?since=0", cast.bot);
    assert_eq!(cast.owner.get(&log).await.text.matches(CANARY).count(), 2);
    let before = cast.owner.head(&cast.bot).await;

    cast.viewer.delete(&path).await.ok(204);
    for reader in [&cast.owner, &cast.viewer] {
        let answer = reader.get(&log).await;
        assert!(!answer.text.contains(CANARY), "{}", answer.text);
        let page = answer.ok(200);
        assert_eq!(
            (&page["seq"], &page["complete"]),
            (&json!(before + 1), &json!(true))
        );
    }
    let rows = app.database().await.fingerprint().await;
    assert!(!format!("{:?}", rows["events"]).contains(CANARY));
    app.stop().await;
}

#[tokio::test]
async fn guessing_ones_own_password_has_to_wait_after_the_limit() {
    let app = App::with(|settings| {
        settings.limits.login_failures = 2;
        settings.limits.login_backoff = std::time::Duration::from_secs(600);
    })
    .await;
    let person = app.register("person").await;
    let other = app.register("other").await;
    let change = async |person: &Person, current: &str| {
        let body = json!({ "current_password": current, "new_password": "another password" });
        person.put("/api/auth/password", body).await
    };
    for guess in ["guess number one", "guess number two"] {
        change(&person, guess).await.refused(403, "wrong_password");
    }
    let refused = change(&person, &person.password).await;
    assert!(refused.header("retry-after").is_some(), "{:?}", refused.headers);
    refused.refused(429, "rate_limited");
    let delete = json!({ "password": person.password });
    person
        .post("/api/auth/me/delete", delete)
        .await
        .refused(429, "rate_limited");
    change(&other, &other.password).await.ok(204);
    app.stop().await;
}

#[tokio::test]
async fn a_message_full_of_names_is_taken_and_mentions_fifty_people_at_the_most() {
    let app = App::start().await;
    let owner = app.register("owner").await;
    let bot = owner.bot("Crowded").await;
    let names: Vec<_> = (0..60).map(|number| format!("crowd{number:02}")).collect();
    let crowd = futures_util::future::join_all(names.iter().map(|name| app.register(name))).await;
    for person in &crowd {
        owner.grant(&bot, person, "viewer").await;
    }
    let session = owner.session(&bot, "shared").await;
    let called: String = names.iter().map(|name| format!("@{name} ")).collect();
    // Fifty by their ids, and fifty in the text who are others in part.
    let ids: Vec<_> = crowd[10..].iter().map(|person| &person.id).collect();
    let path = format!("/api/sessions/{session}/messages");
    for (start, ids) in [(String::new(), json!([])), (called, json!(ids))] {
        let most = 64 * 1024 - start.len();
        let content = format!("{start}{}", "@aaaa.".repeat(most / 6));
        let body = json!({ "content": content, "mentions": ids });
        owner.post(&path, body).await.ok(201);
    }
    let mentioned = app
        .database()
        .await
        .column("SELECT CAST(count(*) AS TEXT) FROM notifications WHERE kind = 'mention'")
        .await[0]
        .parse::<usize>()
        .unwrap();
    assert_eq!(mentioned, 50, "of sixty who could be");
    app.stop().await;
}

#[tokio::test]
async fn a_name_with_a_letter_that_shows_nothing_is_refused() {
    let app = App::start().await;
    for name in ["alice\u{1160}", "ali\u{1160}ce", "\u{1160}\u{1160}\u{1160}"] {
        let body = json!({ "username": name, "password": "a long password" });
        app.anonymous()
            .post("/api/auth/register", body)
            .await
            .invalid(&["username"]);
    }
    app.register("alice").await;
    app.stop().await;
}

#[tokio::test]
async fn of_many_unknown_fields_a_hundred_are_named_and_the_rest_counted() {
    let app = App::start().await;
    let person = app.register("person").await;
    for (unknown, complaints) in [(100, 100), (101, 101), (5_000, 101)] {
        let mut body = json!({ "name": "Bot" });
        for number in 0..unknown {
            body[format!("unknown{number}")] = Value::Null;
        }
        let problem = person.post("/api/bots", body).await;
        assert_eq!(problem.status, 422, "{}", problem.text);
        let errors = problem.body["errors"].as_array().unwrap();
        assert_eq!(errors.len(), complaints, "{unknown}");
        if unknown > 100 {
            let rest = errors.last().unwrap();
            assert_eq!(rest["field"], "");
            let counted = (unknown - 100).to_string();
            assert!(rest["message"].as_str().unwrap().contains(&counted), "{rest}");
        }
    }
    app.stop().await;
}
