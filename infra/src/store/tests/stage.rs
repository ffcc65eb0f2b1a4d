//! A bot with an owner and a viewer, and the use cases that walk through its rows.

use std::sync::Arc;

use domain::Caller;
use domain::access::{Expiry, Role, Sharing, Target};
use domain::account::{AccountRows, NewUser, PasswordHash, TenantRole};
use domain::bot::{Bots, NewBot};
use domain::chat::{Chat, NewMessage, NewSession, Posted, SessionView, Visibility};
use domain::events::{EventRows, StreamId};
use domain::ids::{BotId, SessionId, UserId};
use domain::page::Page;
use domain::store::{Store, Tx};
use domain::tenant::TenantRows;
use domain::text::{Content, Name, Username};
use tempfile::TempDir;

use super::{logged_in, store_in};
use crate::store::*;

pub struct Stage {
    pub store: SqlStore,
    pub bots: Bots,
    pub chat: Chat,
    pub sharing: Sharing,
    pub ann: Caller,
    pub bob: Caller,
    pub bot: BotId,
    _dir: TempDir,
}

pub const PAGE: Page = Page {
    limit: 50,
    after: None,
};

pub async fn person(store: &SqlStore, name: &str) -> Caller {
    let mut tx = store.begin_write().await.unwrap();
    let (tenant_id, now, user_id) = (tx.default_tenant().await.unwrap(), tx.now(), UserId::new());
    let new = NewUser {
        username: Username::parse(name).unwrap(),
        email: None,
        password: PasswordHash("x".into()),
    };
    tx.insert_user(user_id, tenant_id, &new, TenantRole::Member, false, now)
        .await
        .unwrap();
    tx.create_stream(StreamId::User(user_id), tenant_id, now)
        .await
        .unwrap();
    let credential = logged_in(&mut tx, user_id).await;
    Box::new(tx).commit().await.unwrap();
    Caller {
        user_id,
        username: name.to_owned(),
        tenant_id,
        tenant_admin: false,
        platform_admin: false,
        credential,
    }
}

pub fn new_bot(name: &str) -> NewBot {
    NewBot {
        name: Name::parse(name).unwrap(),
        description: None,
        instructions: None,
        model: None,
        settings: None,
    }
}

/// Ann owns a bot, Bob is its viewer.
pub async fn stage() -> Stage {
    let dir = TempDir::new().unwrap();
    let store = store_in(&dir).await;
    let port: Arc<dyn Store> = Arc::new(store.clone());
    let (bots, chat, sharing) = (
        Bots::new(port.clone()),
        Chat::new(port.clone()),
        Sharing::new(port),
    );
    let (ann, bob) = (person(&store, "ann").await, person(&store, "bob").await);
    let bot = bots
        .create(&ann, new_bot("50% Möwe"), None)
        .await
        .unwrap()
        .value
        .id;
    sharing
        .grant(&ann, bot, &Target::Id(bob.user_id), Role::Viewer, Expiry::Never)
        .await
        .unwrap();
    Stage {
        store,
        bots,
        chat,
        sharing,
        ann,
        bob,
        bot,
        _dir: dir,
    }
}

impl Stage {
    pub async fn session(&self, who: &Caller, visibility: Visibility) -> SessionId {
        let new = NewSession {
            title: None,
            visibility,
            auto_reply: false,
        };
        self.chat
            .open_session(who, self.bot, new, None)
            .await
            .unwrap()
            .value
            .session
            .id
    }

    pub async fn post(&self, who: &Caller, session: SessionId, text: &str) -> Posted {
        let new = NewMessage {
            content: Content::parse(text).unwrap(),
            reply: None,
            mentions: Vec::new(),
        };
        self.chat.post(who, session, new, None).await.unwrap().value
    }

    pub async fn found(&self, who: &Caller, query: &str) -> Vec<String> {
        let page = self.chat.search(who, self.bot, query, PAGE).await.unwrap();
        page.items.into_iter().map(|message| message.content).collect()
    }

    pub async fn view(&self, who: &Caller, session: SessionId) -> SessionView {
        let views = self.chat.sessions(who, self.bot, PAGE).await.unwrap().items;
        views.into_iter().find(|view| view.session.id == session).unwrap()
    }

    pub async fn count(&self, sql: &str) -> i64 {
        let tx = self.store.begin_read().await.unwrap();
        let row: Option<rows::Count> = tx
            .one(&format!("SELECT COUNT(*) AS count FROM {sql}"), [])
            .await
            .unwrap();
        row.unwrap().count
    }
}
