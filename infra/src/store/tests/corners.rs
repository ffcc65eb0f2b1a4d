//! Rows of people, credentials, inboxes and kept answers, asked directly.

use domain::access::{AccessRows, Action, Permission, Role, authorize};
use domain::account::{AccountRows, Family, NewUser, PasswordHash, TenantRole};
use domain::bot::{Bots, NewBot};
use domain::events::EventRows;
use domain::idempotency::{IdempotencyKey, IdempotencyRows, StoredAnswer};
use domain::ids::{BotId, FamilyId, MessageId, NotificationId, UserId};
use domain::notification::{Notification, NotificationRows, NotificationType};
use domain::page::Page;
use domain::store::Tx;
use domain::tenant::TenantRows;
use domain::text::{Email, Name, Username};
use domain::{Caller, Conflict, Error};
use serde_json::json;
use tempfile::TempDir;

use super::{logged_in, store_in};
use crate::store::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn person(tx: &mut SqlTx, name: &str, email: Option<&str>, role: TenantRole) -> Result<UserId> {
    let (tenant, now, id) = (tx.default_tenant().await?, tx.now(), UserId::new());
    let new = NewUser {
        username: Username::parse(name).unwrap(),
        email: email.map(|email| Email::parse(email).unwrap()),
        password: PasswordHash(format!("hash of {name}")),
    };
    tx.insert_user(id, tenant, &new, role, false, now).await?;
    Ok(id)
}

#[tokio::test]
async fn people_are_found_by_name_mail_and_prefix() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut tx = store.begin_write().await.unwrap();
    let ann = person(&mut tx, "Ann_a", Some("Ann@Example.org"), TenantRole::Admin)
        .await
        .unwrap();
    let bob = person(&mut tx, "annxb", None, TenantRole::Member).await.unwrap();
    let tenant = tx.default_tenant().await.unwrap();
    assert_eq!(tx.count_users().await.unwrap(), 2);
    for key in ["ann_a", "ann@example.org"] {
        let (user, hash) = tx.login(key).await.unwrap().unwrap();
        assert_eq!((user.id, hash.0.as_str()), (ann, "hash of Ann_a"), "{key}");
    }
    assert_eq!(tx.user_by_name(tenant, "annxb").await.unwrap().unwrap().id, bob);
    let found = tx.find_users(tenant, "ann_", 10).await.unwrap();
    assert_eq!(
        found.iter().map(|user| user.id).collect::<Vec<_>>(),
        [ann],
        "`_` is a letter like others"
    );
    assert_eq!(tx.count_admins(tenant).await.unwrap(), (1, 0));
    let page = Page {
        limit: 50,
        after: None,
    };
    assert_eq!(tx.users(tenant, page).await.unwrap().len(), 2);
    assert_eq!(tx.people(None, Some(ann), 10).await.unwrap(), [bob]);
    tx.set_standing(bob, TenantRole::Member, true, true)
        .await
        .unwrap();
    assert_eq!(
        tx.count_admins(tenant).await.unwrap(),
        (1, 0),
        "who is disabled does not count"
    );
    assert!(tx.find_users(tenant, "annx", 10).await.unwrap().is_empty());
    // Last: PostgreSQL lets a transaction ask nothing more after a refusal.
    let taken = tx
        .set_email(bob, Some(&Email::parse("ANN@example.org").unwrap()))
        .await;
    assert!(
        matches!(taken, Err(Error::Conflict(Conflict::EmailTaken))),
        "{taken:?}"
    );
}

#[tokio::test]
async fn a_family_rotates_ends_and_goes_with_its_person() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut tx = store.begin_write().await.unwrap();
    let user_id = person(&mut tx, "ann", None, TenantRole::Member).await.unwrap();
    let now = tx.now();
    let family = |id| Family {
        id,
        user_id,
        generation: 1,
        rotated_at: now,
        expires_at: now.plus(DAY),
        ended_at: None,
    };
    let (kept, other) = (FamilyId::new(), FamilyId::new());
    tx.insert_family(&family(kept)).await.unwrap();
    tx.insert_family(&family(other)).await.unwrap();
    tx.rotate_family(kept, 2, now, now.plus(2 * DAY)).await.unwrap();
    tx.end_families(user_id, Some(kept), now).await.unwrap();
    let identity = tx.identity(kept).await.unwrap().unwrap();
    assert_eq!(
        (identity.family.generation, identity.family.expires_at),
        (2, now.plus(2 * DAY))
    );
    assert_eq!(
        (identity.family.ended_at, identity.tenant_suspended),
        (None, false)
    );
    assert_eq!(
        tx.identity(other).await.unwrap().unwrap().family.ended_at,
        Some(now)
    );
    assert!(tx.identity(FamilyId::new()).await.unwrap().is_none());
    tx.delete_user(user_id, now).await.unwrap();
    assert!(tx.identity(kept).await.unwrap().is_none());
}

#[tokio::test]
async fn a_role_past_its_date_counts_nowhere_but_waits_to_be_recorded() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut tx = store.begin_write().await.unwrap();
    let ann = person(&mut tx, "ann", None, TenantRole::Member).await.unwrap();
    let bob = person(&mut tx, "bob", None, TenantRole::Member).await.unwrap();
    let (tenant_id, now) = (tx.default_tenant().await.unwrap(), tx.now());
    for user in [ann, bob] {
        tx.create_stream(domain::events::StreamId::User(user), tenant_id, now)
            .await
            .unwrap();
    }
    let credential = logged_in(&mut tx, ann).await;
    Box::new(tx).commit().await.unwrap();
    let caller = Caller {
        user_id: ann,
        username: "ann".into(),
        tenant_id,
        tenant_admin: false,
        platform_admin: false,
        credential,
    };
    let new = NewBot {
        name: Name::parse("bot").unwrap(),
        description: None,
        instructions: None,
        model: None,
        settings: None,
    };
    let bot: BotId = Bots::new(Arc::new(store.clone()))
        .create(&caller, new, None)
        .await
        .unwrap()
        .value
        .id;

    let mut tx = store.begin_write().await.unwrap();
    let access = authorize(&mut tx, &caller, bot, Action::Share).await.unwrap();
    let until = |expires_at| Permission {
        user_id: bob,
        username: "bob".into(),
        role: Role::Viewer,
        granted_by: Some(ann),
        granted_at: now,
        expires_at: Some(expires_at),
    };
    let later = tx.now().plus(DAY);
    tx.put_permission(&access, &until(later)).await.unwrap();
    assert_eq!(tx.permission(&access, bob).await.unwrap(), Some(until(later)));
    assert_eq!(tx.members(&access).await.unwrap(), [ann, bob]);
    assert_eq!(
        tx.members_among(&access, &[UserId::new()], &["bob".into(), "eve".into()])
            .await
            .unwrap(),
        [bob]
    );
    assert_eq!(tx.visible_bots(bob, &[bot, BotId::new()]).await.unwrap().len(), 1);
    assert_eq!(tx.expired(10).await.unwrap(), []);

    let past = tx.now();
    tx.put_permission(&access, &until(past)).await.unwrap();
    assert_eq!(tx.permission(&access, bob).await.unwrap(), None);
    assert_eq!(tx.standing(bob, bot).await.unwrap().unwrap().role, None);
    assert_eq!(tx.count_permissions(&access).await.unwrap(), 1);
    assert_eq!(
        tx.permissions(
            &access,
            Page {
                limit: 50,
                after: None
            }
        )
        .await
        .unwrap()
        .len(),
        1
    );
    assert_eq!(tx.members(&access).await.unwrap(), [ann]);
    assert!(tx.members_among(&access, &[bob], &[]).await.unwrap().is_empty());
    assert!(tx.visible_bots(bob, &[bot]).await.unwrap().is_empty());
    assert!(tx.bots_of(bob).await.unwrap().is_empty());
    assert_eq!(tx.expired(10).await.unwrap(), [(bot, bob)]);
    assert_eq!(
        tx.expired_permission(&access, bob).await.unwrap(),
        Some(until(past))
    );
    tx.delete_permission(&access, bob).await.unwrap();
    assert_eq!(tx.expired(10).await.unwrap(), []);
}

#[tokio::test]
async fn inboxes_are_kept_apart() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut tx = store.begin_write().await.unwrap();
    let ann = person(&mut tx, "ann", None, TenantRole::Member).await.unwrap();
    let bob = person(&mut tx, "bob", None, TenantRole::Member).await.unwrap();
    let now = tx.now();
    let item = Notification {
        id: NotificationId::new(),
        kind: NotificationType::System,
        title: "t".into(),
        message: "m".into(),
        bot_id: None,
        action: "broadcast".into(),
        details: json!({"level": "info"}),
        created_at: now,
        read_at: None,
    };
    tx.insert_notification(ann, &item).await.unwrap();
    tx.mark_read(bob, item.id, now).await.unwrap();
    tx.delete_notification(bob, item.id).await.unwrap();
    assert!(tx.notification(bob, item.id).await.unwrap().is_none());
    assert_eq!(tx.notification(ann, item.id).await.unwrap(), Some(item.clone()));
    assert_eq!(tx.count_unread(ann).await.unwrap(), 1);
    tx.mark_all_read(ann, now).await.unwrap();
    assert_eq!(tx.count_unread(ann).await.unwrap(), 0);
    let page = Page {
        limit: 50,
        after: None,
    };
    assert!(tx.notifications(ann, true, page).await.unwrap().is_empty());
    assert_eq!(
        tx.notifications(ann, false, page).await.unwrap()[0].read_at,
        Some(now)
    );
}

#[tokio::test]
async fn a_kept_answer_is_replaced_and_found_by_its_message() {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let mut tx = store.begin_write().await.unwrap();
    let ann = person(&mut tx, "ann", None, TenantRole::Member).await.unwrap();
    let key = IdempotencyKey {
        key: "k".into(),
        scope: "POST /x".into(),
        fingerprint: vec![1],
    };
    let (message, at) = (MessageId::new(), tx.now());
    let answer = |text: &str| StoredAnswer {
        fingerprint: vec![1],
        answer: json!({"content": text}),
        at,
    };
    tx.store_answer(ann, &key, &answer("old"), None).await.unwrap();
    tx.store_answer(ann, &key, &answer("new"), Some(message))
        .await
        .unwrap();
    assert_eq!(
        tx.stored_answer(ann, &key).await.unwrap().unwrap().answer,
        json!({"content": "new"})
    );
    assert!(tx.stored_answer(UserId::new(), &key).await.unwrap().is_none());
    let about = tx.answers_about(message).await.unwrap();
    assert_eq!(about.len(), 1);
    tx.rewrite_answer(about[0].0, &json!(null)).await.unwrap();
    assert_eq!(
        tx.stored_answer(ann, &key).await.unwrap().unwrap().answer,
        json!(null)
    );
}
