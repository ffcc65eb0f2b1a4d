//! Sessions: opening, listing, changing, ending.

use super::access::open_session;
use super::model::{NewSession, Session, SessionActivity, SessionChange, SessionStatus, SessionView};
use super::service::Chat;
use crate::access::{Access, Action, Role, authorize};
use crate::account::begin_as;
use crate::caller::Caller;
use crate::error::{Lacking, Result};
use crate::events::{Fact, record, redact_session};
use crate::idempotency::{IdempotencyKey, Kept, keep, replay};
use crate::ids::{BotId, SessionId, UserId};
use crate::page::{Page, Paged};
use crate::store::{Tx, again};
use crate::text::Name;

impl Chat {
    pub async fn open_session(
        &self,
        caller: &Caller,
        bot_id: BotId,
        new: NewSession,
        key: Option<&IdempotencyKey>,
    ) -> Result<Kept<SessionView>> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let access = authorize(tx.as_mut(), caller, bot_id, Action::Converse).await?;
            if let Some(kept) = replay(tx.as_mut(), caller, key).await? {
                tx.commit().await?;
                return Ok(kept);
            }
            let at = tx.now();
            let session = Session {
                id: SessionId::new(),
                bot_id,
                title: new
                    .title
                    .clone()
                    .map_or_else(|| "New conversation".to_owned(), Name::into_string),
                visibility: new.visibility,
                status: SessionStatus::Open,
                auto_reply: new.auto_reply,
                created_by: caller.user_id,
                username: caller.username.clone(),
                created_at: at,
                updated_at: at,
            };
            tx.insert_session(&access, &session).await?;
            record(
                tx.as_mut(),
                &access,
                &caller.actor(),
                Fact::SessionCreated(session.clone()),
                &[],
            )
            .await?;
            let view = SessionView {
                session,
                activity: SessionActivity::default(),
            };
            keep(tx.as_mut(), caller, key, &view, None).await?;
            tx.commit().await?;
            Ok(Kept::fresh(view))
        })
        .await
    }

    pub async fn sessions(&self, caller: &Caller, bot_id: BotId, page: Page) -> Result<Paged<SessionView>> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, bot_id, Action::ReadChat).await?;
        let rows = tx.sessions(&access, caller.user_id, page).await?;
        let sessions = page.cut(rows, |session| session.id.0.as_u128());
        let ids: Vec<_> = sessions.items.iter().map(|session| session.id).collect();
        let mut activity = tx.activity(&access, caller.user_id, &ids).await?;
        Ok(sessions.map(|session| SessionView {
            activity: activity.remove(&session.id).unwrap_or_default(),
            session,
        }))
    }

    pub async fn session(&self, caller: &Caller, id: SessionId) -> Result<SessionView> {
        let mut tx = self.store.read().await?;
        let (access, session) = open_session(tx.as_mut(), caller, id, Action::ReadChat).await?;
        view(tx.as_mut(), &access, caller.user_id, session).await
    }

    /// Its creator or an editor may.
    pub async fn change_session(
        &self,
        caller: &Caller,
        id: SessionId,
        change: SessionChange,
    ) -> Result<SessionView> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let (access, mut session) = open_session(tx.as_mut(), caller, id, Action::Converse).await?;
            creator_or_editor(&access, caller, &session)?;
            let before = session.clone();
            if let Some(title) = &change.title {
                session.title = title.as_str().to_owned();
            }
            session.status = change.status.unwrap_or(session.status);
            session.auto_reply = change.auto_reply.unwrap_or(session.auto_reply);
            if session != before {
                session.updated_at = tx.now();
                tx.update_session(&access, &session).await?;
                record(
                    tx.as_mut(),
                    &access,
                    &caller.actor(),
                    Fact::SessionUpdated(session.clone()),
                    &[],
                )
                .await?;
            }
            let view = view(tx.as_mut(), &access, caller.user_id, session).await?;
            tx.commit().await?;
            Ok(view)
        })
        .await
    }

    /// Its texts go from the log too.
    pub async fn delete_session(&self, caller: &Caller, id: SessionId) -> Result<()> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let (access, session) = open_session(tx.as_mut(), caller, id, Action::Converse).await?;
            creator_or_editor(&access, caller, &session)?;
            redact_session(tx.as_mut(), &access, &session).await?;
            tx.delete_session(&access, id).await?;
            let fact = Fact::SessionDeleted {
                session_id: id,
                private_to: session.private_to(),
            };
            record(tx.as_mut(), &access, &caller.actor(), fact, &[]).await?;
            tx.commit().await
        })
        .await
    }
}

async fn view(tx: &mut dyn Tx, access: &Access, reader: UserId, session: Session) -> Result<SessionView> {
    let activity = tx
        .activity(access, reader, &[session.id])
        .await?
        .remove(&session.id)
        .unwrap_or_default();
    Ok(SessionView { session, activity })
}

fn creator_or_editor(access: &Access, caller: &Caller, session: &Session) -> Result<()> {
    if session.created_by == caller.user_id || access.has(Role::Editor) {
        return Ok(());
    }
    Err(Lacking::Role(Role::Editor).into())
}
