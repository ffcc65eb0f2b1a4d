//! How far people have read, and what a socket needs to know of a session before it passes a signal on.

use super::access::{Marking, open_message, open_session, opened};
use super::model::{ReadMarker, Session};
use super::service::Chat;
use crate::access::{Access, Action};
use crate::account::{begin_as, recognise};
use crate::caller::{Caller, Credential};
use crate::error::{Result, Subject};
use crate::ids::{BotId, MessageId, SessionId, UserId};
use crate::store::{Tx, again};

/// A marker after a call that may have moved it.
#[derive(Debug, Clone, Copy)]
pub struct MarkerMoved {
    pub marker: ReadMarker,
    pub bot_id: BotId,
    pub private_to: Option<UserId>,
    pub moved: bool,
}

impl Chat {
    /// Never moves backwards; the marker that stands is returned.
    pub async fn mark_read(
        &self,
        caller: &Caller,
        session: SessionId,
        message: MessageId,
    ) -> Result<MarkerMoved> {
        again(|| async {
            // Most calls move nothing, and sockets may send many: those do not disturb the one writer.
            let (_, seen) = look(self.store.glance().await?.as_mut(), caller, session, message).await?;
            if let Seen::Stands(moved) = seen {
                return Ok(moved);
            }
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let (access, seen) = look(tx.as_mut(), &caller, session, message).await?;
            match seen {
                Seen::Stands(moved) => {
                    tx.commit().await?;
                    Ok(moved)
                }
                Seen::Moves(moved, seq) => {
                    tx.put_read_marker(&access, moved.marker, seq).await?;
                    tx.commit().await?;
                    Ok(moved)
                }
            }
        })
        .await
    }

    /// The session, if it is one of this bot and the caller may read it at this moment.
    pub async fn readable(&self, caller: &Caller, bot_id: BotId, session: SessionId) -> Result<Session> {
        let mut tx = self.store.glance().await?;
        let (_, session) = open_session(tx.as_mut(), caller, session, Action::ReadChat).await?;
        if session.bot_id != bot_id {
            return Err(Subject::Session.into());
        }
        Ok(session)
    }

    /// The same for whoever holds a credential now.
    pub async fn readable_with(
        &self,
        credential: Credential,
        bot_id: BotId,
        session: SessionId,
    ) -> Result<(Caller, Session)> {
        let mut tx = self.store.glance().await?;
        let (identity, found) = tx.identity_in(credential, session).await?.unzip();
        let caller = recognise(identity, credential, tx.now())?;
        let (_, session) = opened(found.flatten(), &caller, Action::ReadChat)?;
        if session.bot_id != bot_id {
            return Err(Subject::Session.into());
        }
        Ok((caller, session))
    }
}

enum Seen {
    /// The marker is there or further.
    Stands(MarkerMoved),
    /// It is to be set on the message with this `seq`.
    Moves(MarkerMoved, i64),
}

async fn look(
    tx: &mut dyn Tx,
    caller: &Caller,
    session: SessionId,
    message: MessageId,
) -> Result<(Access, Seen)> {
    let found = tx.marking(caller.user_id, session, message).await?;
    let Marking {
        of,
        message: place,
        marker,
    } = found.ok_or(Subject::Session)?;
    let (access, session) = opened(Some(of), caller, Action::ReadChat)?;
    let Some((_, message_seq)) = place.filter(|(of, _)| *of == session.id) else {
        // Why it is none of this session's is told only to those who may read it.
        open_message(tx, caller, message, Action::ReadChat).await?;
        return Err(Subject::Message.into());
    };
    let moved = |marker, moved| MarkerMoved {
        marker,
        bot_id: session.bot_id,
        private_to: session.private_to(),
        moved,
    };
    let seen = match marker {
        Some((marker, seq)) if seq >= message_seq => Seen::Stands(moved(marker, false)),
        Some(_) | None => {
            let marker = ReadMarker {
                session_id: session.id,
                user_id: caller.user_id,
                message_id: message,
            };
            Seen::Moves(moved(marker, true), message_seq)
        }
    };
    Ok((access, seen))
}
