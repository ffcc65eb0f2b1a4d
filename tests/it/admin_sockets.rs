//! Sockets as administrators see them: figures, who is connected to what, closing one.

use serde_json::json;
use tests::Cast;

#[tokio::test]
async fn the_figures_of_sockets_are_right_at_once() {
    let (app, cast) = Cast::start().await;
    let figures = async || {
        let stats = cast.admin.get("/api/ws/stats").await.ok(200);
        ["total_connections", "connected_users", "bot_subscriptions"]
            .map(|name| stats[name].as_i64().unwrap())
    };
    assert_eq!(figures().await, [0, 0, 0]);
    let mut one = app.chat(&cast.viewer, &cast.bot).await;
    let mut two = app.chat(&cast.viewer, &cast.bot).await;
    let mut inbox = app.notifications(&cast.owner).await;
    let connection = one.next_of("connection_established").await["data"]["connection_id"]
        .as_str()
        .unwrap()
        .to_owned();
    two.next_of("connection_established").await;
    inbox.next_of("connection_established").await;
    assert_eq!(figures().await, [3, 2, 1]);

    let connections = cast.admin.get("/api/ws/connections").await.ok(200);
    let mut users: Vec<_> = connections["connected_users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    users.sort_unstable();
    let mut expected = [cast.viewer.id.as_str(), cast.owner.id.as_str()];
    expected.sort_unstable();
    assert_eq!(users, expected);
    assert_eq!(
        connections["bot_subscriptions"],
        json!({ &cast.bot: [cast.viewer.id] })
    );
    let metadata = &connections["connection_metadata"][&connection];
    assert_eq!(
        (&metadata["user_id"], &metadata["bot_id"]),
        (&json!(cast.viewer.id), &json!(cast.bot))
    );
    assert!(metadata["connected_at"].is_string());

    let path = format!("/api/ws/connections/{connection}");
    cast.owner.delete(&path).await.refused(403, "admin_required");
    cast.admin.delete(&path).await.ok(204);
    one.expect_close(1008).await;
    cast.admin
        .delete(&path)
        .await
        .refused(404, "connection_not_found");
    assert_eq!(figures().await, [2, 2, 1]);
    app.stop().await;
}

#[tokio::test]
async fn an_admin_of_another_tenant_sees_no_socket_of_ours() {
    let (app, cast) = Cast::start().await;
    app.database()
        .await
        .move_to_other_tenant(&cast.stranger.id, "admin")
        .await;
    let mut socket = app.chat(&cast.viewer, &cast.bot).await;
    let greeting = socket.next_of("connection_established").await;
    let answer = cast.stranger.get("/api/ws/connections").await;
    for hidden in [&cast.viewer.id, &cast.bot] {
        assert!(!answer.text.contains(hidden.as_str()), "{}", answer.text);
    }
    let path = format!(
        "/api/ws/connections/{}",
        greeting["data"]["connection_id"].as_str().unwrap()
    );
    cast.stranger
        .delete(&path)
        .await
        .refused(404, "connection_not_found");
    assert_eq!(
        cast.stranger.get("/api/ws/stats").await.ok(200)["total_connections"],
        0
    );
    socket.ping().await;
    app.stop().await;
}
