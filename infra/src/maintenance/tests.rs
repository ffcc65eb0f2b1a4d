//! What goes, what stays, and that the floor tells the truth.

use domain::events::{EventRows, StreamId, StreamState};
use domain::ids::UserId;
use domain::tenant::TenantRows;
use tempfile::TempDir;

use super::*;
use crate::store::tests::{append, new_stream, store_in};

fn keep(events: Duration, at_least: i64) -> Retention {
    Retention {
        events,
        events_at_least: at_least,
        ..Retention::default()
    }
}

async fn look(store: &SqlStore, stream: StreamId) -> (StreamState, Vec<i64>) {
    let mut tx = store.begin_read().await.unwrap();
    let state = tx.stream_state(stream).await.unwrap().unwrap();
    let events = tx.events(stream.into(), 0, i64::MAX, None, 10_000).await.unwrap();
    (state, events.iter().map(|event| event.seq).collect())
}

#[tokio::test]
async fn old_events_go_but_the_newest_stay_and_the_floor_says_so() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let long = new_stream(&store).await;
    append(&store, long, 2_500).await;
    let short = new_stream(&store).await;
    append(&store, short, 3).await;
    let pruned = prune(&store, &keep(Duration::ZERO, 100)).await.unwrap();
    assert_eq!(pruned.events, 2_400);
    let (state, numbers) = look(&store, long).await;
    assert_eq!((state.head, state.floor), (2_500, 2_400));
    assert_eq!(numbers, (2_401..=2_500).collect::<Vec<i64>>());
    assert_eq!(
        look(&store, short).await,
        (StreamState { head: 3, floor: 0 }, vec![1, 2, 3])
    );
    assert_eq!(prune(&store, &keep(Duration::ZERO, 100)).await.unwrap().events, 0);
    append(&store, long, 1).await;
    assert_eq!(look(&store, long).await.0.head, 2_501, "numbers go on");
}

#[tokio::test]
async fn young_events_stay_however_many_there_are() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let stream = new_stream(&store).await;
    append(&store, stream, 20).await;
    let mut tx = store.begin_write().await.unwrap();
    let old = tx.now().minus(2 * DAY).into_inner();
    tx.run("UPDATE events SET at = $1 WHERE seq <= 5", [old.into()])
        .await
        .unwrap();
    Box::new(tx).commit().await.unwrap();
    assert_eq!(prune(&store, &keep(DAY, 10)).await.unwrap().events, 5);
    assert_eq!(look(&store, stream).await.0, StreamState { head: 20, floor: 5 });
}

#[tokio::test]
async fn ended_streams_go_after_their_day() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let living = new_stream(&store).await;
    let stream = StreamId::User(UserId::new());
    let mut tx = store.begin_write().await.unwrap();
    let (tenant, now) = (tx.default_tenant().await.unwrap(), tx.now());
    tx.create_stream(stream, tenant, now).await.unwrap();
    tx.run(
        "UPDATE streams SET ended_at = $1 WHERE id = $2",
        [now.into_inner().into(), stream.uuid().into()],
    )
    .await
    .unwrap();
    Box::new(tx).commit().await.unwrap();
    append(&store, stream, 2).await;
    assert_eq!(
        prune(&store, &Retention::default()).await.unwrap(),
        Pruned::default()
    );
    let soon = Retention {
        ended_streams: Duration::ZERO,
        ..Retention::default()
    };
    assert_eq!(prune(&store, &soon).await.unwrap().streams, 1);
    let mut tx = store.begin_read().await.unwrap();
    assert!(tx.stream_state(stream).await.unwrap().is_none());
    assert!(tx.stream_state(living).await.unwrap().is_some());
}

#[tokio::test]
async fn tickets_past_their_time_go() {
    use domain::account::{AccountRows, NewUser, PasswordHash, TenantRole, Ticket};
    use domain::ids::FamilyId;
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut tx = store.begin_write().await.unwrap();
    let (tenant, now, user_id) = (tx.default_tenant().await.unwrap(), tx.now(), UserId::new());
    let username = domain::text::Username::parse("ann").unwrap();
    let new = NewUser {
        username,
        email: None,
        password: PasswordHash("x".into()),
    };
    tx.insert_user(user_id, tenant, &new, TenantRole::Member, false, now)
        .await
        .unwrap();
    for (hash, expires_at) in [(vec![1], now.minus(DAY)), (vec![2], now.plus(DAY))] {
        let ticket = Ticket {
            hash,
            user_id,
            family: FamilyId::new(),
            token_expires_at: now,
            expires_at,
        };
        tx.insert_ticket(&ticket).await.unwrap();
    }
    Box::new(tx).commit().await.unwrap();
    assert_eq!(prune(&store, &Retention::default()).await.unwrap().tickets, 1);
    let mut tx = store.begin_write().await.unwrap();
    assert!(tx.take_ticket(&[1]).await.unwrap().is_none());
    assert!(tx.take_ticket(&[2]).await.unwrap().is_some());
    assert!(
        tx.take_ticket(&[2]).await.unwrap().is_none(),
        "a ticket opens once"
    );
}
