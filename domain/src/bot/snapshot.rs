//! One consistent state of a bot, and the number to subscribe from.

use super::model::Bot;
use super::service::Bots;
use crate::access::{Access, Action, Permission, admit, authorize};
use crate::account::recognise;
use crate::caller::{Caller, Credential};
use crate::chat::{Answer, Message, SessionView};
use crate::document::Document;
use crate::error::Result;
use crate::events::{Epoch, StreamId};
use crate::ids::{BotId, SessionId};
use crate::page::Page;
use crate::store::Tx;

const SESSIONS: u32 = 50;
const MESSAGES: u64 = 50;
const MEMBERS: u32 = 1_000;
const DOCUMENTS: u32 = 100;
/// How many bytes of message texts one snapshot holds at the most.
pub const SNAPSHOT_TEXT_BYTES: usize = 2 * 1024 * 1024;

#[derive(Debug, Clone)]
pub struct Snapshot {
    pub bot: Bot,
    pub members: Vec<Permission>,
    /// The newest ones, newest first.
    pub sessions: Vec<SessionView>,
    /// The newest ones of each session, oldest first.
    pub messages: Vec<(SessionId, Vec<Message>)>,
    /// The newest ones, newest first.
    pub documents: Vec<Document>,
    /// Those that are not finished, in the order in which they were asked for.
    pub answers: Vec<Answer>,
    /// Something was left out: older sessions, older messages, or texts beyond the bound.
    pub more: bool,
    pub seq: i64,
    pub epoch: Epoch,
}

impl Bots {
    pub async fn snapshot(&self, caller: &Caller, id: BotId) -> Result<Snapshot> {
        let mut tx = self.store.read().await?;
        let tx = tx.as_mut();
        let access = authorize(tx, caller, id, Action::ReadChat).await?;
        let seq = tx
            .stream_state(StreamId::Bot(id))
            .await?
            .map_or(0, |state| state.head);
        let epoch = tx.epoch().await?;
        let bot = tx.bot(&access).await?;
        let page = Page {
            limit: MEMBERS,
            after: None,
        };
        let members = page.cut(tx.permissions(&access, page).await?, |member| {
            member.user_id.0.as_u128()
        });
        let page = Page {
            limit: SESSIONS,
            after: None,
        };
        let sessions = page.cut(tx.sessions(&access, caller.user_id, page).await?, |session| {
            session.id.0.as_u128()
        });
        let ids: Vec<_> = sessions.items.iter().map(|session| session.id).collect();
        let mut activity = tx.activity(&access, caller.user_id, &ids).await?;
        let (messages, cut) = newest_messages(tx, &access, &ids).await?;
        let page = Page {
            limit: DOCUMENTS,
            after: None,
        };
        let documents = page.cut(tx.documents(&access, page).await?, |document| {
            document.id.0.as_u128()
        });
        let answers = tx.answers(&access, caller.user_id).await?;
        let more = cut || sessions.next.is_some() || members.next.is_some() || documents.next.is_some();
        let sessions = sessions.items.into_iter().map(|session| {
            let activity = activity.remove(&session.id).unwrap_or_default();
            SessionView { session, activity }
        });
        let sessions = sessions.collect();
        Ok(Snapshot {
            bot,
            members: members.items,
            sessions,
            messages,
            documents: documents.items,
            answers,
            more,
            seq,
            epoch,
        })
    }

    /// Whether the caller may see the bot's conversations now; for what is kept outside the database (presence).
    pub async fn require_reader(&self, caller: &Caller, id: BotId) -> Result<()> {
        let mut tx = self.store.glance().await?;
        authorize(tx.as_mut(), caller, id, Action::ReadChat)
            .await
            .map(|_| ())
    }

    /// The same for whoever holds a credential now.
    pub async fn reader_with(&self, credential: Credential, id: BotId) -> Result<Caller> {
        let mut tx = self.store.glance().await?;
        let (identity, standing) = tx.identity_on(credential, id).await?.unzip();
        let caller = recognise(identity, credential, tx.now())?;
        admit(standing.flatten(), &caller, Action::ReadChat)?;
        Ok(caller)
    }
}

/// The newest messages of each session, newest session first, until the bound on texts is reached.
async fn newest_messages(
    tx: &mut dyn Tx,
    access: &Access,
    sessions: &[SessionId],
) -> Result<(Vec<(SessionId, Vec<Message>)>, bool)> {
    // Of each session one more, which tells whether there are older ones.
    let mut newest = tx
        .newest_messages(access, sessions, MESSAGES + 1, SNAPSHOT_TEXT_BYTES)
        .await?;
    let mut left = SNAPSHOT_TEXT_BYTES;
    let mut cut = false;
    let mut all = Vec::with_capacity(sessions.len());
    for &session in sessions {
        if left == 0 {
            all.push((session, Vec::new()));
            cut = true;
            continue;
        }
        let mut messages = newest.remove(&session).unwrap_or_default();
        if messages.len() as u64 > MESSAGES {
            messages.remove(0);
            cut = true;
        }
        // From the newest back: what does not fit is the older part.
        let fitting =
            messages
                .iter()
                .rev()
                .take_while(|message| match left.checked_sub(message.content.len()) {
                    Some(rest) => {
                        left = rest;
                        true
                    }
                    None => false,
                });
        let keep = fitting.count();
        if keep < messages.len() {
            // The bound is reached: nothing older is read, of this session or another.
            left = 0;
            cut = true;
        }
        messages.drain(..messages.len() - keep);
        all.push((session, messages));
    }
    Ok((all, cut))
}
