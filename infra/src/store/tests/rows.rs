//! Rows as use cases walk through them: sums, markers, full text, and what deleting a bot leaves behind. Rights and wire shapes
//! are tested through the door.

use domain::Caller;
use domain::access::Role;
use domain::account::{AccountRows, TenantRole};
use domain::bot::{BotChange, BotFilter};
use domain::chat::{NewSession, Span, Visibility};
use domain::events::{EventRows, StreamId};
use domain::page::Page;
use domain::store::Tx;
use domain::text::{Content, Name};

use super::stage::{PAGE, new_bot, stage};
use crate::store::*;

#[tokio::test]
async fn sums_and_markers_follow_the_messages() {
    let stage = stage().await;
    let session = stage.session(&stage.ann, Visibility::Shared).await;
    let first = stage.post(&stage.ann, session, "eins").await.message;
    let second = stage.post(&stage.ann, session, "zwei").await.message;
    stage.post(&stage.bob, session, "drei").await;

    let view = stage.view(&stage.bob, session).await.activity;
    assert_eq!((view.message_count, view.unread, view.read.len()), (3, 2, 0));
    stage
        .chat
        .mark_read(&stage.bob, session, second.id)
        .await
        .unwrap();
    let view = stage.view(&stage.bob, session).await.activity;
    assert_eq!((view.unread, view.read[0].message_id), (0, second.id));

    stage
        .chat
        .edit(&stage.ann, first.id, Content::parse("größer").unwrap())
        .await
        .unwrap();
    assert_eq!(
        stage.bots.get(&stage.ann, stage.bot).await.unwrap().size,
        8 + 4 + 4
    );
    stage.chat.delete(&stage.ann, second.id).await.unwrap();
    let view = stage.view(&stage.bob, session).await.activity;
    assert_eq!(
        (view.message_count, view.read[0].message_id),
        (2, first.id),
        "the marker moved to the message before"
    );
    assert_eq!(stage.bots.get(&stage.ann, stage.bot).await.unwrap().size, 8 + 4);
    stage.chat.delete(&stage.ann, first.id).await.unwrap();
    assert!(
        stage.view(&stage.bob, session).await.activity.read.is_empty(),
        "and went with the first one"
    );

    let last = stage
        .chat
        .messages(&stage.ann, session, Span::Newest, 10)
        .await
        .unwrap();
    assert_eq!(
        last.iter()
            .map(|message| message.content.as_str())
            .collect::<Vec<_>>(),
        ["drei"]
    );
    stage
        .chat
        .mark_read(&stage.bob, session, last[0].id)
        .await
        .unwrap();
    stage
        .sharing
        .revoke(&stage.ann, stage.bot, stage.bob.user_id)
        .await
        .unwrap();
    assert!(
        stage.view(&stage.ann, session).await.activity.read.is_empty(),
        "who lost the role is not shown as a reader"
    );
}

#[tokio::test]
async fn search_finds_what_one_may_see_of_this_bot_newest_first() {
    let stage = stage().await;
    let other = stage
        .bots
        .create(&stage.ann, new_bot("other"), None)
        .await
        .unwrap()
        .value
        .id;
    let elsewhere = NewSession {
        title: None,
        visibility: Visibility::Shared,
        auto_reply: false,
    };
    let elsewhere = stage
        .chat
        .open_session(&stage.ann, other, elsewhere, None)
        .await
        .unwrap()
        .value
        .session
        .id;
    stage.post(&stage.ann, elsewhere, "red apples elsewhere").await;
    let shared = stage.session(&stage.ann, Visibility::Shared).await;
    let private = stage.session(&stage.ann, Visibility::Private).await;
    let first = stage.post(&stage.ann, shared, "red apples").await.message;
    stage.post(&stage.ann, private, "secret red apples").await;
    stage.post(&stage.bob, shared, "Äpfel, red OR \"green\"").await;

    assert_eq!(
        stage.found(&stage.bob, "red").await,
        ["Äpfel, red OR \"green\"", "red apples"]
    );
    assert_eq!(
        stage.found(&stage.ann, "red app").await,
        ["secret red apples", "red apples"]
    );
    assert_eq!(
        stage.found(&stage.bob, "apfel").await.len(),
        1,
        "accents do not matter"
    );
    assert_eq!(
        stage.found(&stage.bob, "red NOT green\" *").await.len(),
        0,
        "operators are words"
    );
    assert!(stage.found(&stage.bob, "ed").await.is_empty());
    assert!(
        stage
            .found(&stage.bob, &stage.bot.0.simple().to_string())
            .await
            .is_empty(),
        "ids are no text"
    );

    let one = Page {
        limit: 1,
        after: None,
    };
    let page = stage
        .chat
        .search(&stage.bob, stage.bot, "red", one)
        .await
        .unwrap();
    let rest = Page {
        limit: 1,
        after: page.next,
    };
    let rest = stage
        .chat
        .search(&stage.bob, stage.bot, "red", rest)
        .await
        .unwrap();
    assert_eq!((rest.items[0].id, rest.next.is_none()), (first.id, true));

    stage
        .chat
        .edit(&stage.ann, first.id, Content::parse("blue pears").unwrap())
        .await
        .unwrap();
    assert_eq!(stage.found(&stage.bob, "apples").await.len(), 0);
    assert_eq!(stage.found(&stage.bob, "pears").await, ["blue pears"]);
    stage.chat.delete(&stage.ann, first.id).await.unwrap();
    assert_eq!(stage.found(&stage.bob, "pears").await.len(), 0);
}

#[tokio::test]
async fn lists_of_bots_carry_role_owners_and_the_filter() {
    let stage = stage().await;
    let name = |part: &str| BotFilter {
        role: None,
        name: Some(part.to_owned()),
    };
    let list =
        async |who: &Caller, filter: BotFilter| stage.bots.list(who, &filter, PAGE).await.unwrap().items;
    for (part, hits) in [("MÖW", 1), ("50%", 1), ("5%M", 0), ("_", 0), ("", 1)] {
        assert_eq!(list(&stage.bob, name(part)).await.len(), hits, "{part}");
    }
    let found = list(&stage.bob, BotFilter::default()).await;
    assert_eq!(
        (found[0].role, found[0].owners[0].username.as_str()),
        (Some(Role::Viewer), "ann")
    );
    let owned = BotFilter {
        role: Some(Role::Owner),
        name: None,
    };
    assert_eq!(
        (
            list(&stage.bob, owned.clone()).await.len(),
            list(&stage.ann, owned).await.len()
        ),
        (0, 1)
    );

    let change = BotChange {
        name: Some(Name::parse("Krähe").unwrap()),
        ..BotChange::default()
    };
    assert_eq!(
        stage
            .bots
            .change(&stage.ann, stage.bot, change, Some(1))
            .await
            .unwrap()
            .version,
        2
    );
    let versions = stage
        .bots
        .versions(&stage.ann, stage.bot, PAGE)
        .await
        .unwrap()
        .items;
    assert_eq!(
        versions.iter().map(|version| version.version).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(versions[1].username, "ann");
    let mut tx = stage.store.begin_write().await.unwrap();
    tx.set_standing(stage.bob.user_id, TenantRole::Admin, false, false)
        .await
        .unwrap();
    Box::new(tx).commit().await.unwrap();
    stage.bots.suspend(&stage.bob, stage.bot, true).await.unwrap();
    let seen = async |who: &Caller| list(who, BotFilter::default()).await.len();
    assert_eq!(
        (seen(&stage.bob).await, seen(&stage.ann).await),
        (0, 1),
        "suspended: for owners alone"
    );
}

#[tokio::test]
async fn deleting_a_bot_leaves_its_stream_and_its_audit_rows_only() {
    let stage = stage().await;
    let session = stage.session(&stage.ann, Visibility::Shared).await;
    let message = stage.post(&stage.ann, session, "red apples").await.message;
    stage
        .chat
        .mark_read(&stage.bob, session, message.id)
        .await
        .unwrap();
    stage.bots.delete(&stage.ann, stage.bot).await.unwrap();
    for table in [
        "sessions",
        "messages",
        "read_markers",
        "permissions",
        "bot_versions",
    ] {
        assert_eq!(stage.count(table).await, 0, "{table}");
    }
    assert_eq!(
        stage
            .count(if services::is_postgres() {
                "messages WHERE words @@ 'apples'"
            } else {
                "message_index WHERE message_index MATCH 'apples'"
            })
            .await,
        0
    );
    assert!(stage.count("audit").await > 0);
    let mut tx = stage.store.begin_read().await.unwrap();
    let state = tx.stream_state(StreamId::Bot(stage.bot)).await.unwrap().unwrap();
    let events = tx
        .events(StreamId::Bot(stage.bot).into(), 0, state.head, None, 100)
        .await
        .unwrap();
    assert_eq!(events.len() as i64, state.head);
    assert_eq!(events.last().map(|event| event.fact.name()), Some("bot_update"));

    let soon = crate::maintenance::Retention {
        ended_streams: Duration::ZERO,
        ..Default::default()
    };
    assert_eq!(
        crate::maintenance::prune(&stage.store, &soon)
            .await
            .unwrap()
            .streams,
        1
    );
    assert_eq!(stage.count("bots").await, 0);
}
