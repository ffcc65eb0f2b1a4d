//! A list of fifty costs as many statements as a list of one. (A statement costs more on its way than inside the database.)

use domain::chat::Span;
use domain::document::{Documents, Hit, PassageIndex, Place, Quota};
use domain::events::SeqRange;

use super::*;
use crate::store::tests::stage::PAGE;

/// Finds these places, whatever is asked.
struct Known(Vec<Place>);

#[async_trait]
impl PassageIndex for Known {
    async fn find(&self, _: BotId, _: &str, _: usize) -> Result<Vec<Hit>> {
        let hits = self.0.iter().map(|place| Hit {
            place: *place,
            score: 1.0,
        });
        Ok(hits.collect())
    }

    async fn catch_up(&self) -> Result<()> {
        Ok(())
    }

    async fn catch_up_soon(&self) -> Result<()> {
        Ok(())
    }
}

struct NoBlobs;

#[async_trait]
impl domain::document::BlobStore for NoBlobs {
    async fn put(&self, _: DocumentId, _: &Path) -> Result<()> {
        Ok(())
    }

    async fn remove(&self, _: DocumentId) -> Result<()> {
        Ok(())
    }
}

/// What each list gives, and how many statements it takes.
async fn costs(house: &House, places: &[Place]) -> Vec<(&'static str, usize, usize)> {
    let House { ann, bob, bot, .. } = house;
    let range = SeqRange {
        since: Some(0),
        epoch: None,
    };
    let admin = Caller {
        tenant_admin: true,
        ..ann.clone()
    };
    let port: Arc<dyn Store> = Arc::new(house.watched.clone());
    let quota = Quota {
        files: 100,
        bytes: 100,
    };
    let documents = Documents::new(port, Arc::new(NoBlobs), Arc::new(Known(places.to_vec())), quota);
    let mut costs = Vec::new();
    house.watched.taken();
    macro_rules! cost {
        ($name:literal, $list:expr, $length:expr) => {
            let list = $list.await.unwrap();
            costs.push(($name, $length(&list), house.watched.taken().len()));
        };
    }
    let sessions = house.chat.sessions(bob, *bot, PAGE).await.unwrap().items;
    let session = sessions.last().unwrap().session.id;
    house.watched.taken();
    cost!(
        "bots",
        house.bots.list(ann, &Default::default(), PAGE),
        |l: &Listed<_>| l.items.len()
    );
    cost!(
        "bots of the tenant",
        house.bots.list_all(&admin, PAGE),
        |l: &Listed<_>| l.items.len()
    );
    cost!("versions", house.bots.versions(ann, *bot, PAGE), |l: &Listed<
        _,
    >| l
        .items
        .len());
    cost!("audit", house.bots.audit(ann, *bot, PAGE), |l: &Listed<_>| l
        .items
        .len());
    cost!("people", house.accounts.list(&admin, PAGE), |l: &Listed<_>| l
        .items
        .len());
    cost!(
        "collaborators",
        house.sharing.list(ann, *bot, PAGE),
        |l: &Listed<_>| l.items.len()
    );
    cost!("sessions", house.chat.sessions(bob, *bot, PAGE), |l: &Listed<
        _,
    >| l
        .items
        .len());
    cost!(
        "messages",
        house.chat.messages(bob, session, Span::Newest, 50),
        Vec::len
    );
    cost!(
        "search",
        house.chat.search(bob, *bot, "word", PAGE),
        |l: &Listed<_>| l.items.len()
    );
    cost!("documents", documents.list(bob, *bot, PAGE), |l: &Listed<_>| l
        .items
        .len());
    cost!("passages", documents.search(bob, *bot, "ferry", 50), Vec::len);
    cost!(
        "notifications",
        house.inbox.list(bob, false, PAGE),
        |l: &Listed<_>| l.items.len()
    );
    cost!(
        "history",
        house.events.history(bob, *bot, &range, 50),
        |h: &domain::events::History| h.events.len()
    );
    cost!(
        "snapshot",
        house.bots.snapshot(bob, *bot),
        |s: &domain::bot::Snapshot| s.sessions.len()
    );
    cost!(
        "greeting of a bot",
        house.events.greet_bot(bob.credential, *bot, None),
        |g: &domain::events::Greeting| g.bot.as_ref().unwrap().read.len()
    );
    cost!(
        "greeting of an inbox",
        house.events.greet_inbox(bob.credential, None),
        |g: &domain::events::Greeting| { usize::try_from(g.unread).unwrap() }
    );
    costs
}

type Listed<T> = domain::page::Paged<T>;

#[tokio::test]
async fn a_longer_list_takes_no_more_statements() {
    let house = house().await;
    let mut places = Vec::new();
    let mut first = None;
    let mut earlier = Vec::new();
    for round in 0..50 {
        let session = house.session().await;
        let message = house.post(session).await;
        house.chat.mark_read(&house.bob, session, message).await.unwrap();
        house.post(*first.get_or_insert(session)).await;
        places.push(Place {
            document_id: house.document().await,
            n: 0,
        });
        if round == 0 {
            earlier = costs(&house, &places).await;
        } else {
            let name = format!("bot {round}");
            house.bots.create(&house.ann, new_bot(&name), None).await.unwrap();
            house
                .bots
                .change(&house.ann, house.bot, renamed(round), None)
                .await
                .unwrap();
            let someone = extra_person(&house, round).await;
            house.grant(&someone).await;
        }
    }
    let later = costs(&house, &places).await;
    for ((name, few, before), (_, many, after)) in earlier.into_iter().zip(later) {
        assert!(many >= 50 && few < 50, "{name}: {few} items, then {many}");
        assert_eq!(before, after, "{name}: statements for {few} items and for {many}");
    }
}

fn renamed(round: usize) -> domain::bot::BotChange {
    domain::bot::BotChange {
        name: Some(domain::text::Name::parse(&format!("name {round}")).unwrap()),
        ..Default::default()
    }
}

async fn extra_person(house: &House, round: usize) -> Caller {
    use domain::account::{AccountRows, NewUser, PasswordHash, TenantRole};
    use domain::events::{EventRows, StreamId};
    use domain::ids::UserId;
    use domain::text::Username;
    let mut tx = house.watched.transaction().await.unwrap();
    let (id, now, tenant) = (UserId::new(), tx.now(), house.ann.tenant_id);
    let new = NewUser {
        username: Username::parse(&format!("person{round}")).unwrap(),
        email: None,
        password: PasswordHash("x".into()),
    };
    tx.insert_user(id, tenant, &new, TenantRole::Member, false, now)
        .await
        .unwrap();
    tx.create_stream(StreamId::User(id), tenant, now).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    Caller {
        user_id: id,
        ..house.bob.clone()
    }
}
