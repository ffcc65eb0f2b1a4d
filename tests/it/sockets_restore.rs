//! A database that was copied back is another life of its streams: old numbers are not believed, and clients are told to load
//! anew. One that was moved together with nothing else is the same life.

use serde_json::json;
use tests::database::{copy, hand_on};
use tests::{App, Cast};

use crate::sockets_kit::{greeted, greeted_by, replay, stage};

/// A server that was stopped at `seq`, copied, and went on to say more; the copy, and where a client was in the end.
async fn copied() -> (tempfile::TempDir, tempfile::TempDir, Cast, String, String, i64) {
    let (app, cast, session) = stage().await;
    cast.owner.say(&session, "kept").await;
    let dir = app.stop().await;
    let backup = tempfile::tempdir().unwrap();
    copy(dir.path(), backup.path());
    let app = App::on(dir, |_| ()).await;
    let owner = app.login(&cast.owner).await;
    let viewer = app.login(&cast.viewer).await;
    for n in 0..3 {
        owner.say(&session, &format!("lost {n}")).await;
    }
    let (_socket, greeting) = greeted(&app, &viewer, &cast.bot).await;
    let epoch = greeting["data"]["epoch"].as_str().unwrap().to_owned();
    let seq = greeting["data"]["seq"].as_i64().unwrap();
    (app.stop().await, backup, cast, session, epoch, seq)
}

#[tokio::test]
async fn a_database_that_was_copied_back_begins_a_new_epoch_and_replays_nothing_of_the_old() {
    let (dir, backup, cast, session, epoch, seq) = copied().await;
    copy(backup.path(), dir.path());
    let app = App::on(dir, |_| ()).await;
    let owner = app.login(&cast.owner).await;
    let viewer = app.login(&cast.viewer).await;
    // By now the restored stream has grown past the client's number: it would look as if it belonged there.
    for n in 0..5 {
        owner.say(&session, &format!("new {n}")).await;
    }
    let query = format!("since={seq}&epoch={epoch}");
    let (mut socket, greeting) = greeted_by(&app, &viewer, &cast.bot, &query).await;
    assert_ne!(greeting["data"]["epoch"], json!(epoch));
    let (events, end) = replay(&mut socket).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (0, &json!(false)));
    let page = viewer
        .get(&format!("/api/bots/{}/events?{query}", cast.bot))
        .await
        .ok(200);
    assert_eq!((&page["complete"], &page["events"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn a_database_in_an_empty_data_directory_goes_on_in_its_epoch() {
    let (dir, _backup, cast, _, epoch, seq) = copied().await;
    let moved = tempfile::tempdir().unwrap();
    hand_on(dir.path(), moved.path());
    let app = App::on(moved, |_| ()).await;
    let viewer = app.login(&cast.viewer).await;
    let query = format!("since={}&epoch={epoch}", seq - 2);
    let (mut socket, greeting) = greeted_by(&app, &viewer, &cast.bot, &query).await;
    assert_eq!(greeting["data"]["epoch"], json!(epoch));
    let (events, end) = replay(&mut socket).await;
    assert_eq!((events.len(), &end["data"]["complete"]), (2, &json!(true)));
}
