//! What cannot be seen through the door: numbers under rollback and contention, the schema's care for old and newer files, and
//! rows in the corners that no use case walks into.

mod answers;
mod corners;
mod disk;
mod documents;
mod groups;
mod jobs;
mod leaving;
mod plans;
mod rows;
mod schema;
mod stage;
mod work;

use domain::account::{AccountRows, Family};
use domain::events::{Audience, EventDraft, EventRows, Fact, Loss, StreamId};
use domain::ids::{BotId, EventId, FamilyId, NodeId, TenantId, UserId};
use domain::store::Tx;
use domain::tenant::TenantRows;
use domain::{Conflict, Credential, Error};
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use super::error::meaning;
use super::*;
use crate::bus::Notice;

/// A store that is up to date: on PostgreSQL if the tests are run for it, else on a file in this folder.
pub(crate) async fn store_in(dir: &TempDir) -> SqlStore {
    if !services::is_postgres() {
        return file_in(dir).await;
    }
    let url = services::Databases::of(dir.path(), |url| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store = server_at(url).await;
            store.migrate().await.unwrap();
            store.close().await.unwrap();
        });
    });
    server_at(&url).await
}

/// Always a file.
pub(crate) async fn file_in(dir: &TempDir) -> SqlStore {
    let store = SqlStore::open(StoreOptions::at(dir.path().join("colloquy.db")), Bus::local())
        .await
        .unwrap();
    store.migrate().await.unwrap();
    store
}

/// On a server of the test's own.
pub(crate) async fn fresh_at(url: &str) -> SqlStore {
    let store = server_at(url).await;
    store.migrate().await.unwrap();
    store
}

async fn server_at(url: &str) -> SqlStore {
    let options = StoreOptions::of(DatabaseAt::Server(SecretString::from(url)));
    SqlStore::open(options, Bus::local()).await.unwrap()
}

/// A log-in of this person, as the check of every use case wants it.
async fn logged_in(tx: &mut SqlTx, user_id: UserId) -> Credential {
    let (id, rotated_at) = (FamilyId::new(), tx.now());
    let expires_at = rotated_at.plus(Duration::from_secs(3600));
    let family = Family {
        id,
        user_id,
        generation: 1,
        rotated_at,
        expires_at,
        ended_at: None,
    };
    tx.insert_family(&family).await.unwrap();
    Credential {
        user_id,
        family: id,
        expires_at,
    }
}

/// The node that the tests are.
const NODE: NodeId = NodeId(uuid::Uuid::nil());

pub(crate) fn draft(tx: &SqlTx, audience: Audience) -> EventDraft {
    EventDraft {
        id: EventId::new(),
        at: tx.now(),
        audience,
        fact: Fact::CredentialLost(Loss::All),
    }
}

pub(crate) async fn new_stream(store: &SqlStore) -> StreamId {
    let stream = StreamId::Bot(BotId::new());
    let mut tx = store.begin_write().await.unwrap();
    let tenant = tx.default_tenant().await.unwrap();
    let now = tx.now();
    tx.create_stream(stream, tenant, now).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    stream
}

pub(crate) async fn append(store: &SqlStore, stream: StreamId, count: usize) {
    let mut tx = store.begin_write().await.unwrap();
    for _ in 0..count {
        let draft = draft(&tx, Audience::Everyone);
        tx.append(stream, draft).await.unwrap();
    }
    Box::new(tx).commit().await.unwrap();
}

async fn numbers(store: &SqlStore, stream: StreamId) -> Vec<i64> {
    let mut tx = store.begin_read().await.unwrap();
    let events = tx.events(stream.into(), 0, i64::MAX, None, 10_000).await.unwrap();
    events.iter().map(|event| event.seq).collect()
}

async fn insert_user(tx: &mut SqlTx, id: UserId, name: &str) -> Result<()> {
    use domain::account::{AccountRows, NewUser, PasswordHash, TenantRole};
    use domain::text::Username;
    let tenant = tx.default_tenant().await?;
    let new = NewUser {
        username: Username::parse(name).unwrap(),
        email: None,
        password: PasswordHash("x".into()),
    };
    let now = tx.now();
    tx.insert_user(id, tenant, &new, TenantRole::Member, false, now)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_have_no_holes_with_rollbacks_among_concurrent_writers() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let stream = new_stream(&store).await;
    let mut heard = store.bus.subscribe();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for turn in 0..10 {
                    let mut tx = store.begin_write().await.unwrap();
                    let draft = draft(&tx, Audience::Everyone);
                    tx.append(stream, draft).await.unwrap();
                    if (writer + turn) % 3 == 0 {
                        drop(tx);
                    } else {
                        Box::new(tx).commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let committed = (0..8)
        .flat_map(|w| (0..10).map(move |t| (w + t) % 3))
        .filter(|rest| *rest != 0)
        .count();
    let expected: Vec<i64> = (1..=committed as i64).collect();
    assert_eq!(numbers(&store, stream).await, expected);

    let mut told = Vec::new();
    while told.len() < committed {
        match heard.recv().await {
            Some(Notice::Facts(facts, ..)) => told.extend(facts.iter().map(|fact| fact.seq)),
            other => panic!("expected facts, got {other:?}"),
        }
    }
    if services::is_postgres() {
        // Two that follow each other closely may pass each other on their way to the bus.
        told.sort_unstable();
    }
    assert_eq!(
        told, expected,
        "the bus gets commits in their order, and nothing that was rolled back"
    );
}

#[tokio::test]
async fn a_transaction_that_wrote_counts_and_one_that_read_does_not() {
    let dir = TempDir::new().unwrap();
    let store = file_in(&dir).await;
    let commits = async || {
        let tx = store.begin_read().await.unwrap();
        let row = tx
            .db()
            .query_one_raw(tx.statement("SELECT commits FROM installation", []))
            .await
            .unwrap()
            .unwrap();
        row.try_get::<i64>("", "commits").unwrap()
    };
    let before = commits().await;
    let mut idle = store.begin_write().await.unwrap();
    idle.default_tenant().await.unwrap();
    Box::new(idle).commit().await.unwrap();
    assert_eq!(commits().await, before);
    new_stream(&store).await;
    assert_eq!(commits().await, before + 1);
}

#[tokio::test]
async fn a_reader_cannot_write_and_keeps_its_state() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let stream = new_stream(&store).await;
    let mut reader = store.begin_read().await.unwrap();
    assert_eq!(reader.stream_state(stream).await.unwrap().unwrap().head, 0);
    append(&store, stream, 2).await;
    assert_eq!(reader.stream_state(stream).await.unwrap().unwrap().head, 0);
    let draft = draft(&reader, Audience::Everyone);
    assert!(matches!(
        reader.append(stream, draft).await,
        Err(Error::Internal(_))
    ));
}

#[tokio::test]
async fn control_records_are_in_the_log_and_in_nobodys_history() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let stream = new_stream(&store).await;
    let (me, other) = (UserId::new(), UserId::new());
    let mut tx = store.begin_write().await.unwrap();
    for audience in [
        Audience::Everyone,
        Audience::Only(me),
        Audience::Only(other),
        Audience::Nobody,
    ] {
        let draft = draft(&tx, audience);
        tx.append(stream, draft).await.unwrap();
    }
    let mine = tx.events(stream.into(), 0, 4, Some(me), 10).await.unwrap();
    assert_eq!(mine.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(tx.count_events(stream.into(), 0, 4, other, 10).await.unwrap(), 2);
    assert_eq!(tx.count_events(stream.into(), 0, 4, other, 1).await.unwrap(), 1);
    let all = tx.events(stream.into(), 0, 4, None, 10).await.unwrap();
    assert_eq!(all.last().map(|event| event.audience), Some(Audience::Nobody));
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict_and_stays_taken() {
    use domain::account::AccountRows;
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut tx = store.begin_write().await.unwrap();
    let id = UserId::new();
    insert_user(&mut tx, id, "Bob").await.unwrap();
    let now = tx.now();
    tx.delete_user(id, now).await.unwrap();
    assert!(tx.user(id).await.unwrap().is_none());
    assert!(tx.login("bob").await.unwrap().is_none());
    let again = insert_user(&mut tx, UserId::new(), "bOB").await;
    assert!(
        matches!(again, Err(Error::Conflict(Conflict::UsernameTaken))),
        "{again:?}"
    );
}

#[tokio::test]
async fn whoever_waits_too_long_for_the_turn_is_told_to_come_back() {
    let dir = TempDir::new().unwrap();
    let mut options = StoreOptions::at(dir.path().join("colloquy.db"));
    // Also what the connections may take to open.
    options.patience = Duration::from_secs(1);
    let store = SqlStore::open(options, Bus::local()).await.unwrap();
    store.migrate().await.unwrap();
    let held = store.begin_write().await.unwrap();
    assert!(matches!(
        store.begin_write().await.err(),
        Some(Error::Unavailable { .. })
    ));
    drop(held);
    assert!(store.begin_write().await.is_ok());
}

/// A change that no use case makes.
async fn by_hand(store: &SqlStore, sql: &str) -> Result<()> {
    let mut tx = store.begin_write().await?;
    tx.change().execute_unprepared(sql).await.map_err(meaning)?;
    Box::new(tx).commit().await
}

#[tokio::test]
async fn tenants_have_one_default() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let tenant: TenantId = store.begin_read().await.unwrap().default_tenant().await.unwrap();
    assert_eq!(
        tenant,
        store.begin_read().await.unwrap().default_tenant().await.unwrap()
    );
}

/// The disk is as full as SQLite is told. What it does then by itself (roll back) must not fool the pool's bookkeeping: a
/// success that comes later would be one of a transaction that nobody ever commits.
#[tokio::test]
async fn after_a_full_disk_a_success_is_on_disk_again() {
    let dir = TempDir::new().unwrap();
    let store = file_in(&dir).await;
    let stream = new_stream(&store).await;
    append(&store, stream, 1).await;
    let mut tx = store.begin_write().await.unwrap();
    tx.change()
        .execute_unprepared("PRAGMA max_page_count = 1")
        .await
        .unwrap();
    let mut refused = None;
    for _ in 0..5_000 {
        let draft = draft(&tx, Audience::Everyone);
        if let Err(error) = tx.append(stream, draft).await {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(refused, Some(Error::Unavailable { .. })), "{refused:?}");
    drop(tx);
    // A use case that decides against its change, as most refusals do.
    drop(store.begin_write().await.unwrap());
    append(&store, stream, 1).await;
    assert_eq!(numbers(&store, stream).await, [1, 2]);
}
