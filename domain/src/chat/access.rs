//! From the id of a session or message to proof of the right to it. What is in another's private session is not there at all,
//! whatever role the asker has.

use super::model::{Message, Session};
use crate::access::{Access, Action, authorize};
use crate::caller::Caller;
use crate::error::{Error, Result, Subject};
use crate::ids::{MessageId, SessionId};
use crate::store::Tx;

pub(crate) async fn open_session(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: SessionId,
    action: Action,
) -> Result<(Access, Session)> {
    let session = tx
        .find_session(id)
        .await?
        .filter(|session| session.readable_by(caller.user_id));
    let session = session.ok_or(Subject::Session)?;
    match authorize(tx, caller, session.bot_id, action).await {
        Ok(access) => Ok((access, session)),
        Err(Error::NotFound(_)) => Err(Subject::Session.into()),
        Err(other) => Err(other),
    }
}

pub(crate) async fn open_message(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: MessageId,
    action: Action,
) -> Result<(Access, Session, Message)> {
    let message = tx.find_message(id).await?.ok_or(Subject::Message)?;
    match open_session(tx, caller, message.session_id, action).await {
        Ok((access, session)) => Ok((access, session, message)),
        Err(Error::NotFound(_)) => Err(Subject::Message.into()),
        Err(other) => Err(other),
    }
}
