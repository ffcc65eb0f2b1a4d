//! The inbox: who is told of what, marking as read, dismissing.

use serde_json::{Value, json};
use tests::cast::id_of;
use tests::{Cast, Person, nobody};

async fn inbox(person: &Person) -> Vec<Value> {
    person.get("/api/notifications").await.ok(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

async fn unread(person: &Person) -> i64 {
    person.get("/api/notifications/unread-count").await.ok(200)["unread"]
        .as_i64()
        .unwrap()
}

#[tokio::test]
async fn a_grant_a_change_and_a_revocation_are_told_to_whom_they_concern() {
    let (app, cast) = Cast::start().await;
    cast.owner.grant(&cast.bot, &cast.stranger, "viewer").await;
    let path = format!("/api/bots/{}/permissions/{}", cast.bot, cast.stranger.id);
    cast.owner.put(&path, json!({ "role": "editor" })).await.ok(200);
    cast.owner.delete(&path).await.ok(204);
    let items = inbox(&cast.stranger).await;
    let actions: Vec<_> = items
        .iter()
        .map(|item| item["action"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(items.len(), 3, "newest first: {actions:?}");
    for item in &items {
        assert_eq!(item["notification_type"], "permission_change");
        assert_eq!(item["bot_id"], cast.bot);
        assert_eq!(item["read_at"], Value::Null);
        assert!(item["id"].is_string() && item["created_at"].is_string());
        assert!(
            !item.to_string().contains("Shared bot"),
            "the bot is no longer visible: {item}"
        );
    }
    assert!(
        inbox(&cast.owner).await.is_empty(),
        "nobody is told of what they did themselves"
    );
    app.stop().await;
}

#[tokio::test]
async fn what_is_visible_is_told_in_words() {
    let (app, cast) = Cast::start().await;
    let items = inbox(&cast.viewer).await;
    assert_eq!(items.len(), 1);
    assert_eq!(
        (&items[0]["action"], &items[0]["details"]["role"]),
        (&json!("granted"), &json!("viewer"))
    );
    for field in ["title", "message"] {
        assert!(
            items[0][field].as_str().unwrap().contains("Shared bot"),
            "{}",
            items[0]
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_and_a_handed_over_bot_are_told_to_its_members() {
    let (app, cast) = Cast::start().await;
    cast.owner
        .post(
            &format!("/api/bots/{}/transfer", cast.bot),
            json!({ "user_id": cast.editor.id }),
        )
        .await
        .ok(200);
    cast.editor
        .delete(&format!("/api/bots/{}", cast.bot))
        .await
        .ok(204);
    for person in [&cast.viewer, &cast.owner] {
        let items = inbox(person).await;
        let updates: Vec<_> = items
            .iter()
            .filter(|item| item["notification_type"] == "bot_update")
            .collect();
        assert!(!updates.is_empty(), "{}: {items:?}", person.username);
        assert!(updates.iter().all(|item| item["bot_id"] == cast.bot));
    }
    assert!(inbox(&cast.stranger).await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn reading_and_dismissing_count_down() {
    let (app, cast) = Cast::start().await;
    for _ in 0..3 {
        let bot = cast.owner.bot("Another").await;
        cast.owner.grant(&bot, &cast.viewer, "viewer").await;
    }
    assert_eq!(unread(&cast.viewer).await, 4);
    let items = inbox(&cast.viewer).await;
    let first = format!("/api/notifications/{}", id_of(&items[0]));
    let read = cast
        .viewer
        .post(&format!("{first}/read"), Value::Null)
        .await
        .ok(200);
    assert_eq!(read["id"], items[0]["id"]);
    assert!(read["read_at"].is_string());
    assert_eq!(unread(&cast.viewer).await, 3);
    assert_eq!(
        cast.viewer
            .post(&format!("{first}/read"), Value::Null)
            .await
            .ok(200),
        read,
        "once more changes nothing"
    );
    let left = cast.viewer.get("/api/notifications?unread=true").await.ok(200);
    assert_eq!(left["items"].as_array().unwrap().len(), 3);

    cast.viewer
        .delete(&format!("/api/notifications/{}", id_of(&items[1])))
        .await
        .ok(204);
    assert_eq!(unread(&cast.viewer).await, 2);
    assert_eq!(inbox(&cast.viewer).await.len(), 3);
    assert_eq!(
        cast.viewer
            .post("/api/notifications/read-all", Value::Null)
            .await
            .ok(200),
        json!({ "unread": 0 })
    );
    assert_eq!(unread(&cast.viewer).await, 0);
    assert_eq!(inbox(&cast.viewer).await.len(), 3);
    cast.viewer
        .get("/api/notifications?unread=maybe")
        .await
        .invalid(&["unread"]);
    app.stop().await;
}

#[tokio::test]
async fn an_inbox_is_its_owners_alone() {
    let (app, cast) = Cast::start().await;
    let item = format!("/api/notifications/{}", id_of(&inbox(&cast.viewer).await[0]));
    for other in [&cast.owner, &cast.admin] {
        other
            .post(&format!("{item}/read"), Value::Null)
            .await
            .refused(404, "notification_not_found");
        other.delete(&item).await.refused(404, "notification_not_found");
    }
    cast.viewer
        .delete(&format!("/api/notifications/{}", nobody()))
        .await
        .refused(404, "notification_not_found");
    cast.viewer
        .delete("/api/notifications/nonsense")
        .await
        .refused(404, "notification_not_found");
    assert_eq!(unread(&cast.viewer).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn an_inbox_comes_in_pages_newest_first() {
    let (app, cast) = Cast::start().await;
    for _ in 0..4 {
        let bot = cast.owner.bot("Another").await;
        cast.owner.grant(&bot, &cast.viewer, "viewer").await;
    }
    let all = inbox(&cast.viewer).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for items in [2, 2, 1] {
        let page = cast
            .viewer
            .get(&format!("/api/notifications?limit=2{cursor}"))
            .await
            .ok(200);
        assert_eq!(page["items"].as_array().unwrap().len(), items);
        seen.extend(page["items"].as_array().unwrap().clone());
        cursor = page["next_cursor"]
            .as_str()
            .map(|next| format!("&cursor={next}"))
            .unwrap_or_default();
    }
    assert_eq!(seen, all);
    assert!(
        all.windows(2)
            .all(|pair| pair[0]["created_at"].as_str() >= pair[1]["created_at"].as_str())
    );
    app.stop().await;
}
