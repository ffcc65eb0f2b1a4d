//! From the id of a session or message to proof of the right to it. What is in another's private session is not there at all,
//! whatever role the asker has. A session, its bot and the asker's role are read in one statement, so they are of one moment.

use super::model::{Message, ReadMarker, Session};
use crate::access::{Access, Action, Standing, admit};
use crate::account::recognise;
use crate::caller::Caller;
use crate::error::{Error, Result, Subject};
use crate::ids::{MessageId, SessionId};
use crate::store::{Store, Tx};

/// A session, and what a reader is to its bot. It proves nothing by itself.
#[derive(Debug, Clone)]
pub struct SessionFor {
    pub session: Session,
    /// `None`: the bot is gone.
    pub standing: Option<Standing>,
}

/// A piece of a session's messages.
#[derive(Debug, Clone)]
pub struct SessionPage {
    pub of: SessionFor,
    /// The message that bounds it is one of this session (or none was named).
    pub bounded: bool,
    /// Oldest first.
    pub messages: Vec<Message>,
}

/// What is to be known before a read marker moves.
#[derive(Debug, Clone)]
pub struct Marking {
    pub of: SessionFor,
    /// The session and number of the message; `None`: there is no such message.
    pub message: Option<(SessionId, i64)>,
    /// The reader's marker as it stands, and the number of its message.
    pub marker: Option<(ReadMarker, i64)>,
}

/// What was read becomes a right, or an error that tells no more than the caller may know.
pub(super) fn opened(
    found: Option<SessionFor>,
    caller: &Caller,
    action: Action,
) -> Result<(Access, Session)> {
    let found = found.filter(|found| found.session.readable_by(caller.user_id));
    let SessionFor { session, standing } = found.ok_or(Subject::Session)?;
    let standing = standing.filter(|standing| standing.bot.id == session.bot_id);
    match admit(standing, caller, action) {
        Ok(access) => Ok((access, session)),
        Err(Error::NotFound(_)) => Err(Subject::Session.into()),
        Err(other) => Err(other),
    }
}

pub(crate) async fn open_session(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: SessionId,
    action: Action,
) -> Result<(Access, Session)> {
    opened(tx.session_for(caller.user_id, id).await?, caller, action)
}

pub(crate) async fn open_message(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: MessageId,
    action: Action,
) -> Result<(Access, Session, Message)> {
    let (message, found) = tx
        .message_for(caller.user_id, id)
        .await?
        .ok_or(Subject::Message)?;
    match opened(Some(found), caller, action) {
        Ok((access, session)) => Ok((access, session, message)),
        Err(Error::NotFound(_)) => Err(Subject::Message.into()),
        Err(other) => Err(other),
    }
}

/// `account::begin_as` and `open_session` in one statement: this is on the path of every message, where one writes at a time.
pub(super) async fn begin_in(
    store: &dyn Store,
    caller: &Caller,
    id: SessionId,
    action: Action,
) -> Result<(Box<dyn Tx>, Caller, Access, Session)> {
    let mut tx = store.begin().await?;
    let (identity, found) = tx.identity_in(caller.credential, id).await?.unzip();
    let caller = recognise(identity, caller.credential, tx.now())?;
    let (access, session) = opened(found.flatten(), &caller, action)?;
    Ok((tx, caller, access, session))
}
