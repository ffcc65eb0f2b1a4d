//! How the database goes about the statements of the use cases. They are recorded as they run, over a store that writes down
//! what it is asked: no SQL is spelled here. `explained` looks at their plans, `counted` at how many there are.

mod counted;
mod explained;

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::Caller;
use domain::access::{Action, Expiry, Role, Sharing, Target, authorize};
use domain::account::{Accounts, Lifetimes};
use domain::bot::Bots;
use domain::chat::{Chat, NewMessage, NewSession, Visibility};
use domain::document::{ChunkDraft, Document, DocumentRows, DocumentStatus, Kind};
use domain::events::Events;
use domain::ids::{BotId, DocumentId, MessageId, SessionId};
use domain::notification::Inbox;
use domain::text::Content;
use domain::time::Timestamp;
use sea_orm::{DatabaseConnection, Statement, TransactionTrait};
use tempfile::TempDir;

use super::file_in;
use super::stage::{new_bot, person};
use crate::store::error::meaning;
use crate::store::executor::Executor;
use crate::store::file::connect;
use crate::store::*;

/// A store of one connection without group commit, which keeps what it is asked.
#[derive(Clone)]
struct Watched {
    db: DatabaseConnection,
    seen: Arc<Mutex<Vec<Statement>>>,
}

impl Watched {
    async fn open(path: &Path) -> Self {
        let mut db = connect(path, 2, Duration::from_secs(5), |o| o).await.unwrap();
        let seen: Arc<Mutex<Vec<Statement>>> = Arc::default();
        let keep = seen.clone();
        db.set_metric_callback(move |info| keep.lock().unwrap().push(info.statement.clone()));
        Self { db, seen }
    }

    fn taken(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    async fn transaction(&self) -> Result<SqlTx> {
        let db = self.db.begin().await.map_err(meaning)?;
        Ok(SqlTx::at_time(Executor::Transaction(db), Timestamp::now()))
    }
}

#[async_trait]
impl Store for Watched {
    async fn begin(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(self.transaction().await?))
    }

    async fn read(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(self.transaction().await?))
    }

    async fn glance(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(self.transaction().await?))
    }
}

/// Ann owns a bot, Bob is its viewer; the use cases run over the watched store.
struct House {
    watched: Watched,
    accounts: Accounts,
    bots: Bots,
    chat: Chat,
    sharing: Sharing,
    events: Events,
    inbox: Inbox,
    ann: Caller,
    bob: Caller,
    bot: BotId,
    _dir: TempDir,
}

async fn house() -> House {
    let dir = TempDir::new().unwrap();
    let store = file_in(&dir).await;
    let (ann, bob) = (person(&store, "ann").await, person(&store, "bob").await);
    store.close().await.unwrap();
    let watched = Watched::open(&dir.path().join("colloquy.db")).await;
    let port: Arc<dyn Store> = Arc::new(watched.clone());
    let minute = Duration::from_secs(60);
    let lifetimes = Lifetimes {
        refresh: minute,
        grace: minute,
        ticket: minute,
    };
    let bots = Bots::new(port.clone());
    let made = bots.create(&ann, new_bot("the bot"), None).await.unwrap();
    let house = House {
        accounts: Accounts::new(port.clone(), lifetimes),
        chat: Chat::new(port.clone()),
        sharing: Sharing::new(port.clone()),
        events: Events::new(port.clone(), 2_000),
        inbox: Inbox::new(port),
        watched,
        bots,
        ann,
        bob,
        bot: made.value.id,
        _dir: dir,
    };
    house.grant(&house.bob).await;
    house
}

impl House {
    async fn grant(&self, to: &Caller) {
        let target = Target::Id(to.user_id);
        self.sharing
            .grant(&self.ann, self.bot, &target, Role::Viewer, Expiry::Never)
            .await
            .unwrap();
    }

    async fn session(&self) -> SessionId {
        let new = NewSession {
            title: None,
            visibility: Visibility::Shared,
            auto_reply: false,
        };
        let made = self.chat.open_session(&self.ann, self.bot, new, None).await;
        made.unwrap().value.session.id
    }

    /// Mentions Bob.
    async fn post(&self, session: SessionId) -> MessageId {
        let new = NewMessage {
            content: Content::parse("a word to @bob").unwrap(),
            reply: None,
            mentions: Vec::new(),
        };
        let posted = self.chat.post(&self.ann, session, new, None).await;
        posted.unwrap().value.message.id
    }

    async fn document(&self) -> DocumentId {
        let mut tx = self.watched.transaction().await.unwrap();
        let access = authorize(&mut tx, &self.ann, self.bot, Action::ChangeDocuments)
            .await
            .unwrap();
        let document = Document {
            id: DocumentId::new(),
            bot_id: self.bot,
            filename: "ferry.md".into(),
            kind: Kind::Markdown,
            size: 10,
            sha256: DocumentId::new().to_string(),
            status: DocumentStatus::Processed,
            stage: None,
            progress: 1.0,
            error: None,
            chunks: 1,
            text_bytes: 10,
            pages: None,
            uploaded_by: self.ann.user_id,
            created_at: tx.now(),
        };
        tx.insert_document(&access, &document).await.unwrap();
        let piece = ChunkDraft {
            page: None,
            heading: String::new(),
            text: "It leaves at nine.".into(),
        };
        tx.insert_chunks(&access, document.id, 0, &[piece]).await.unwrap();
        Box::new(tx).commit().await.unwrap();
        document.id
    }
}
