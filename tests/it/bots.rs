//! Bots: making, listing, configuring, versions.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{App, Cast};

#[tokio::test]
async fn a_new_bot_belongs_to_its_creator() {
    let app = App::start().await;
    let owner = app.register("owner").await;
    let body = json!({
        "name": "Helper", "description": "Helps.", "instructions": "Be kind.", "model": "m-1", "settings": { "tone": "dry" }
    });
    let bot = owner.post("/api/bots", body).await.ok(201);
    for (field, value) in [
        ("name", json!("Helper")),
        ("description", json!("Helps.")),
        ("instructions", json!("Be kind.")),
        ("model", json!("m-1")),
        ("settings", json!({ "tone": "dry" })),
        ("version", json!(1)),
        ("role", json!("owner")),
        ("owners", json!([{ "user_id": owner.id, "username": "owner" }])),
    ] {
        assert_eq!(bot[field], value, "{field}");
    }
    assert!(bot["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        owner.get(&format!("/api/bots/{}", id_of(&bot))).await.ok(200),
        bot
    );

    let events = owner.events(&id_of(&bot), 0).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "bot_update");
    assert_eq!(events[0]["seq"], 1);
    assert_eq!(events[0]["bot_id"], bot["id"]);
    assert_eq!(events[0]["data"]["update_type"], "created");
    assert_eq!(events[0]["data"]["updated_by"], owner.id);
    assert!(events[0]["id"].is_string() && events[0]["timestamp"].is_string());
    app.stop().await;
}

#[tokio::test]
async fn a_viewer_gets_a_bot_without_its_configuration() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}", cast.bot);
    cast.editor
        .patch(
            &path,
            json!({ "instructions": "canary", "model": "canary", "settings": { "a": "canary" } }),
        )
        .await
        .ok(200);
    for hidden in [
        &path,
        "/api/bots",
        &format!("{path}/snapshot"),
        &format!("{path}/events"),
    ] {
        let answer = cast.viewer.get(hidden).await;
        assert!(!answer.text.contains("canary"), "{hidden}: {}", answer.text);
        answer.ok(200);
    }
    let bot = cast.viewer.get(&path).await.ok(200);
    assert_eq!(bot["role"], "viewer");
    for field in ["instructions", "model", "settings"] {
        assert_eq!(bot.get(field), None, "{field}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_admin_without_a_role_sees_that_a_bot_exists_and_no_more() {
    let (app, cast) = Cast::start().await;
    let bot = cast.admin.get(&format!("/api/bots/{}", cast.bot)).await.ok(200);
    assert_eq!(bot["id"], cast.bot);
    assert_eq!(bot["name"], "Shared bot");
    assert_eq!(bot["owners"][0]["username"], "owner");
    assert!(bot["size"].is_number());
    for field in ["description", "instructions", "model", "settings", "role"] {
        assert!(bot.get(field).is_none_or(Value::is_null), "{field}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_list_holds_the_bots_one_has_a_role_on() {
    let (app, cast) = Cast::start().await;
    let own = cast.viewer.bot("Own Thing").await;
    let ids = async |query: &str| -> Vec<String> {
        let list = cast.viewer.get(&format!("/api/bots{query}")).await.ok(200);
        let mut ids: Vec<_> = list["items"].as_array().unwrap().iter().map(id_of).collect();
        ids.sort();
        ids
    };
    let both = {
        let mut both = vec![cast.bot.clone(), own.clone()];
        both.sort();
        both
    };
    assert_eq!(ids("").await, both);
    assert_eq!(ids("?role=owner").await, vec![own.clone()]);
    assert_eq!(ids("?role=viewer").await, vec![cast.bot.clone()]);
    assert_eq!(ids("?role=editor").await, Vec::<String>::new());
    assert_eq!(ids("?q=own%20th").await, vec![own.clone()]);
    assert_eq!(ids("?q=%25").await, Vec::<String>::new(), "`%` is no wildcard");
    assert_eq!(
        ids("?something=else").await,
        both,
        "unknown parameters are ignored"
    );
    cast.viewer.get("/api/bots?role=god").await.invalid(&["role"]);
    let strangers = cast.stranger.get("/api/bots").await.ok(200);
    assert_eq!(strangers, json!({ "items": [], "next_cursor": null }));
    app.stop().await;
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_without_loss_or_repetition() {
    let app = App::start().await;
    let owner = app.register("owner").await;
    let mut made = Vec::new();
    for number in 0..7 {
        made.push(owner.bot(&format!("Bot {number}")).await);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for items in [3, 3, 1] {
        let page = owner.get(&format!("/api/bots?limit=3{cursor}")).await.ok(200);
        assert_eq!(page["items"].as_array().unwrap().len(), items);
        seen.extend(page["items"].as_array().unwrap().iter().map(id_of));
        cursor = page["next_cursor"]
            .as_str()
            .map(|next| format!("&cursor={next}"))
            .unwrap_or_default();
    }
    assert_eq!(cursor, "", "the last page has no next");
    seen.sort();
    made.sort();
    assert_eq!(seen, made);
    for bad in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit="] {
        owner.get(&format!("/api/bots?{bad}")).await.invalid(&["limit"]);
    }
    owner.get("/api/bots?cursor=nonsense").await.invalid(&["cursor"]);
    assert_eq!(
        owner.get("/api/bots?limit=100").await.ok(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        7
    );
    app.stop().await;
}

#[tokio::test]
async fn a_change_makes_a_version_and_an_event_without_values() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}", cast.bot);
    let before = cast.owner.head(&cast.bot).await;
    let bot = cast
        .editor
        .patch(&path, json!({ "name": "Renamed", "instructions": "canary" }))
        .await
        .ok(200);
    assert_eq!(
        (&bot["name"], &bot["instructions"], &bot["version"]),
        (&json!("Renamed"), &json!("canary"), &json!(2))
    );

    let events = cast.viewer.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["seq"], before + 1);
    assert_eq!(events[0]["type"], "bot_update");
    let data = &events[0]["data"];
    assert_eq!(data["update_type"], "config");
    assert_eq!(data["updated_by"], cast.editor.id);
    assert_eq!(data["details"]["name"], "Renamed");
    assert_eq!(data["details"]["version"], 2);
    assert_eq!(data["details"]["changed"], json!(["name", "instructions"]));
    assert!(!events[0].to_string().contains("canary"));
    app.stop().await;
}

#[tokio::test]
async fn a_change_of_nothing_makes_no_version() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}", cast.bot);
    let before = cast.owner.head(&cast.bot).await;
    assert_eq!(cast.editor.patch(&path, json!({})).await.ok(200)["version"], 1);
    assert_eq!(
        cast.editor
            .patch(&path, json!({ "name": "Shared bot" }))
            .await
            .ok(200)["version"],
        1
    );
    assert_eq!(cast.owner.head(&cast.bot).await, before);
    app.stop().await;
}

#[tokio::test]
async fn a_stale_change_gets_412_with_the_present_bot() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}", cast.bot);
    let change = async |version: &str, name: &str| {
        let request = cast
            .editor
            .request(reqwest::Method::PATCH, &path)
            .header("if-match", version);
        request.json(&json!({ "name": name })).send().await
    };
    assert_eq!(change("\"1\"", "Second").await.ok(200)["version"], 2);
    let problem = change("\"1\"", "Third").await.refused(412, "stale_version");
    assert_eq!(problem["current"]["name"], "Second");
    assert_eq!(problem["current"]["version"], 2);
    assert_eq!(problem["current"]["instructions"], "", "editors see all of it");
    assert_eq!(change("\"2\"", "Third").await.ok(200)["version"], 3);
    assert_eq!(
        change("2", "Fourth").await.status,
        422,
        "a version comes in quotes"
    );
    app.stop().await;
}

#[tokio::test]
async fn one_of_many_changes_from_the_same_version_wins() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}", cast.bot);
    let change = async |number: usize| {
        let request = cast
            .editor
            .request(reqwest::Method::PATCH, &path)
            .header("if-match", "\"1\"");
        request
            .json(&json!({ "name": format!("Name {number}") }))
            .send()
            .await
            .status
    };
    let statuses = futures_util::future::join_all((0..8).map(change)).await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 412).count(),
        7,
        "{statuses:?}"
    );
    app.stop().await;
}

#[tokio::test]
async fn versions_tell_who_changed_what_and_can_be_restored() {
    let (app, cast) = Cast::start().await;
    let path = format!("/api/bots/{}", cast.bot);
    cast.editor
        .patch(&path, json!({ "name": "Second", "instructions": "two" }))
        .await
        .ok(200);
    cast.owner.patch(&path, json!({ "name": "Third" })).await.ok(200);

    let versions = cast.editor.get(&format!("{path}/versions")).await.ok(200);
    let mut items = versions["items"].as_array().unwrap().clone();
    items.sort_by_key(|version| version["version"].as_i64());
    let told: Vec<_> = items
        .iter()
        .map(|v| {
            (
                v["version"].as_i64().unwrap(),
                v["name"].as_str().unwrap(),
                v["username"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "Shared bot", "owner"),
            (2, "Second", "editor"),
            (3, "Third", "owner")
        ]
    );
    assert_eq!(items[1]["updated_by"], cast.editor.id);
    assert_eq!(items[1]["instructions"], "two");

    let before = cast.owner.head(&cast.bot).await;
    let bot = cast
        .editor
        .post(&format!("{path}/versions/1/restore"), Value::Null)
        .await
        .ok(200);
    assert_eq!(
        (&bot["version"], &bot["name"], &bot["instructions"]),
        (&json!(4), &json!("Shared bot"), &json!(""))
    );
    let events = cast.viewer.events(&cast.bot, before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"]["update_type"], "config");
    assert_eq!(
        events[0]["data"]["details"]["changed"],
        json!(["name", "instructions"])
    );
    for unknown in ["9", "0", "-1", "x", "99999999999999999999"] {
        cast.editor
            .post(&format!("{path}/versions/{unknown}/restore"), Value::Null)
            .await
            .refused(404, "version_not_found");
    }
    app.stop().await;
}
