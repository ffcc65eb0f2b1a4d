//! Messages: posting, editing, deleting, reading. Sessions are in `session`, search in `search`, read markers in `read`.

use std::sync::Arc;

use serde_json::json;

use super::access::{begin_in, open_message, opened};
use super::answer::wants_answer;
use super::answering::reserve;
use super::model::{Message, MessageRole, NewMessage, Posted, Session, SessionStatus, Span};
use crate::access::{Access, Action, needs_of};
use crate::account::begin_as;
use crate::caller::Caller;
use crate::error::{Conflict, Error, Lacking, Result, Subject};
use crate::events::{Fact, MessageFact, record, redact_message};
use crate::idempotency::{IdempotencyKey, Kept, keep, replay};
use crate::ids::{MessageId, SessionId, UserId};
use crate::store::{Store, Tx, again};
use crate::text::{Content, MENTIONS, mentions};

pub struct Chat {
    pub(super) store: Arc<dyn Store>,
}

impl Chat {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    pub async fn post(
        &self,
        caller: &Caller,
        session_id: SessionId,
        new: NewMessage,
        key: Option<&IdempotencyKey>,
    ) -> Result<Kept<Posted>> {
        again(|| async {
            // Before the transaction, which holds up every other writer.
            let names = mentions(new.content.as_str());
            let (mut tx, caller, access, session) =
                begin_in(self.store.as_ref(), caller, session_id, Action::Converse).await?;
            let caller = &caller;
            if let Some(kept) = replay(tx.as_mut(), caller, key).await? {
                // What it repeats may not be on disk yet.
                tx.commit().await?;
                return Ok(kept);
            }
            if session.status == SessionStatus::Closed {
                return Err(Conflict::SessionClosed.into());
            }
            let mentioned = mentioned(tx.as_mut(), &access, caller, &session, &new, &names).await?;
            let mut message = Message {
                id: MessageId::new(),
                session_id,
                bot_id: access.bot_id(),
                user_id: Some(caller.user_id),
                username: caller.username.clone(),
                role: MessageRole::User,
                content: new.content.as_str().to_owned(),
                metadata: json!({}),
                created_at: tx.now(),
                edited_at: None,
                seq: 0,
            };
            let fact = Fact::MessagePosted(fact_of(&message, &session));
            message.seq = record(tx.as_mut(), &access, &caller.actor(), fact, &mentioned)
                .await?
                .seq;
            tx.insert_message(&access, &message).await?;
            let wanted = wants_answer(
                new.reply,
                session.auto_reply,
                &message.content,
                &access.bot().name,
            );
            let answer = if wanted {
                Some(reserve(tx.as_mut(), &access, caller, &session, message.id, None).await?)
            } else {
                None
            };
            let about = message.id;
            let posted = Posted { message, answer };
            keep(tx.as_mut(), caller, key, &posted, Some(about)).await?;
            tx.commit().await?;
            Ok(Kept::fresh(posted))
        })
        .await
    }

    /// Oldest to newest within the page. A bound that is no message of this session is an invalid parameter.
    pub async fn messages(
        &self,
        caller: &Caller,
        session: SessionId,
        span: Span,
        limit: u32,
    ) -> Result<Vec<Message>> {
        // Rights and messages in one statement: nothing that was written after a right had ended is in the page.
        let mut tx = self.store.glance().await?;
        let page = tx
            .page_for(caller.user_id, session, span, u64::from(limit))
            .await?;
        let page = page.ok_or(Subject::Session)?;
        opened(Some(page.of), caller, Action::ReadChat)?;
        let bound = match span {
            Span::Newest => None,
            Span::Before(_) => Some("before"),
            Span::After(_) => Some("after"),
        };
        match bound.filter(|_| !page.bounded) {
            Some(parameter) => Err(Error::invalid(parameter, "is not a message of this session")),
            None => Ok(page.messages),
        }
    }

    /// Its author alone may; of the old text nothing is kept.
    pub async fn edit(&self, caller: &Caller, id: MessageId, content: Content) -> Result<Message> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let (access, session, mut message) =
                open_message(tx.as_mut(), caller, id, Action::Converse).await?;
            if message.user_id != Some(caller.user_id) {
                return Err(Lacking::Author.into());
            }
            if message.content == content.as_str() {
                tx.commit().await?;
                return Ok(message);
            }
            message.content = content.as_str().to_owned();
            message.edited_at = Some(tx.now());
            redact_message(tx.as_mut(), &access, &message, Some(&message.content)).await?;
            tx.update_message(&access, &message).await?;
            let fact = Fact::MessageUpdated(fact_of(&message, &session));
            record(tx.as_mut(), &access, &caller.actor(), fact, &[]).await?;
            tx.commit().await?;
            Ok(message)
        })
        .await
    }

    /// Its author or an editor may; the text goes from the log and from stored answers too.
    pub async fn delete(&self, caller: &Caller, id: MessageId) -> Result<()> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            let (access, session, message) = open_message(tx.as_mut(), caller, id, Action::Converse).await?;
            let own = message.user_id == Some(caller.user_id);
            let least = needs_of(Action::ModerateChat)
                .role
                .filter(|least| !own && !access.has(*least));
            if let Some(least) = least {
                return Err(Lacking::Role(least).into());
            }
            redact_message(tx.as_mut(), &access, &message, None).await?;
            tx.delete_message(&access, &message).await?;
            let fact = Fact::MessageDeleted {
                message_id: id,
                session_id: session.id,
                deleted_by: Some(caller.user_id),
                private_to: session.private_to(),
            };
            record(tx.as_mut(), &access, &caller.actor(), fact, &[]).await?;
            tx.commit().await
        })
        .await
    }
}

pub(super) fn fact_of(message: &Message, session: &Session) -> MessageFact {
    MessageFact {
        message: message.clone(),
        private_to: session.private_to(),
        redacted: false,
    }
}

/// Those named in the text or by id who can read the session; others are passed over in silence.
async fn mentioned(
    tx: &mut dyn Tx,
    access: &Access,
    caller: &Caller,
    session: &Session,
    new: &NewMessage,
    names: &[String],
) -> Result<Vec<UserId>> {
    if session.private_to().is_some() || names.is_empty() && new.mentions.is_empty() {
        return Ok(Vec::new());
    }
    let mut people = tx.members_among(access, &new.mentions, names).await?;
    people.retain(|person| *person != caller.user_id);
    people.truncate(MENTIONS);
    Ok(people)
}
