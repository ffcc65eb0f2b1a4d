//! How far people have read, and what a socket needs to know of a session before it passes a signal on.

use super::access::{open_message, open_session};
use super::model::{ReadMarker, Session};
use super::service::Chat;
use crate::access::Action;
use crate::caller::Caller;
use crate::error::{Result, Subject};
use crate::ids::{BotId, MessageId, SessionId, UserId};

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
        let mut tx = self.store.begin().await?;
        let (access, session) = open_session(tx.as_mut(), caller, session, Action::ReadChat).await?;
        let (_, _, message) = open_message(tx.as_mut(), caller, message, Action::ReadChat).await?;
        if message.session_id != session.id {
            return Err(Subject::Message.into());
        }
        let present = tx.read_marker(&access, session.id, caller.user_id).await?;
        let (bot_id, private_to) = (session.bot_id, session.private_to());
        if let Some((marker, seq)) = present
            && seq >= message.seq
        {
            return Ok(MarkerMoved {
                marker,
                bot_id,
                private_to,
                moved: false,
            });
        }
        let marker = ReadMarker {
            session_id: session.id,
            user_id: caller.user_id,
            message_id: message.id,
        };
        tx.put_read_marker(&access, marker, message.seq).await?;
        tx.commit().await?;
        Ok(MarkerMoved {
            marker,
            bot_id,
            private_to,
            moved: true,
        })
    }

    /// The session, if it is one of this bot and the caller may read it at this moment.
    pub async fn readable(&self, caller: &Caller, bot_id: BotId, session: SessionId) -> Result<Session> {
        let mut tx = self.store.read().await?;
        let (_, session) = open_session(tx.as_mut(), caller, session, Action::ReadChat).await?;
        if session.bot_id != bot_id {
            return Err(Subject::Session.into());
        }
        Ok(session)
    }
}
