//! The only way to emit. A fact is appended to its stream with the next number, audited, and brought to the inboxes of those
//! who should hear of it: all in the transaction of the change it reports. Redaction of kept texts lives here too, since it is
//! the only other hand on the log.

use serde_json::{Value, json};

use super::{
    Audience, BotChangeFact, DocumentAction, EventDraft, Fact, MessageFact, Recorded, StreamId, audience,
};
use crate::access::Access;
use crate::audit::AuditEntry;
use crate::caller::Actor;
use crate::chat::{Message, Session};
use crate::error::Result;
use crate::ids::{AuditId, EventId, UserId};
use crate::notification::{derive, notify};
use crate::store::Tx;

/// Records a fact of a bot. `hearers` are the people it may concern beyond those it names (the mentioned, the members of a
/// deleted bot); who of them is told, and what, is decided by `notification::derive`.
pub(crate) async fn record(
    tx: &mut dyn Tx,
    access: &Access,
    actor: &Actor,
    fact: Fact,
    hearers: &[UserId],
) -> Result<Recorded> {
    let drafts = derive(&fact, access.bot(), actor, hearers);
    let recorded = append(tx, StreamId::Bot(access.bot_id()), fact).await?;
    if let Some(entry) = audit_entry(access, actor, &recorded) {
        tx.insert_audit(&entry).await?;
    }
    for (user, draft) in drafts {
        notify(tx, user, draft).await?;
    }
    Ok(recorded)
}

/// Records a fact of one person's stream.
pub(crate) async fn record_for(tx: &mut dyn Tx, user: UserId, fact: Fact) -> Result<Recorded> {
    append(tx, StreamId::User(user), fact).await
}

async fn append(tx: &mut dyn Tx, stream: StreamId, fact: Fact) -> Result<Recorded> {
    let draft = EventDraft {
        id: EventId::new(),
        at: tx.now(),
        audience: audience(&fact),
        fact,
    };
    tx.append(stream, draft).await
}

/// Everything on a bot is audited but the posting of messages, whose rows tell who wrote them.
fn audit_entry(access: &Access, actor: &Actor, recorded: &Recorded) -> Option<AuditEntry> {
    let bot = access.bot_id().to_string();
    let (action, target, details) = match &recorded.fact {
        Fact::MessagePosted(_)
        | Fact::Notified(_)
        | Fact::NotificationRead { .. }
        | Fact::CredentialLost(_) => return None,
        Fact::DocumentChanged(fact) => (
            match fact.action {
                DocumentAction::Uploaded => "document.uploaded",
                // Steps of the server's work; who started it is known.
                DocumentAction::Processing => return None,
                DocumentAction::Processed => "document.processed",
                DocumentAction::Failed => "document.failed",
                DocumentAction::Cancelled => "document.cancelled",
                DocumentAction::Deleted => "document.deleted",
            },
            fact.document.id.to_string(),
            json!({ "filename": fact.document.filename, "size": fact.document.size }),
        ),
        Fact::MessageUpdated(fact) => (
            "message.updated",
            fact.message.id.to_string(),
            json!({ "session_id": fact.message.session_id }),
        ),
        Fact::MessageDeleted {
            message_id,
            session_id,
            ..
        } => (
            "message.deleted",
            message_id.to_string(),
            json!({ "session_id": session_id }),
        ),
        Fact::SessionCreated(session) => (
            "session.created",
            session.id.to_string(),
            json!({ "visibility": session.visibility }),
        ),
        Fact::SessionUpdated(session) => (
            "session.updated",
            session.id.to_string(),
            json!({ "status": session.status }),
        ),
        Fact::SessionDeleted { session_id, .. } => ("session.deleted", session_id.to_string(), json!({})),
        Fact::PermissionChanged(change) => (
            "permission.changed",
            change.target.to_string(),
            json!({ "action": change.action, "role": change.role, "reason": change.reason, "expires_at": change.expires_at }),
        ),
        Fact::BotChanged(change) => match &change.change {
            BotChangeFact::Created { version, .. } => ("bot.created", bot, json!({ "version": version })),
            BotChangeFact::Config { version, changed, .. } => (
                "bot.changed",
                bot,
                json!({ "version": version, "changed": changed }),
            ),
            BotChangeFact::Suspended => ("bot.suspended", bot, json!({})),
            BotChangeFact::Resumed => ("bot.resumed", bot, json!({})),
            BotChangeFact::Deleted { .. } => ("bot.deleted", bot, json!({})),
            BotChangeFact::Ownership { from, to, .. } => {
                ("bot.transferred", bot, json!({ "from": from, "to": to }))
            }
        },
    };
    Some(AuditEntry {
        id: AuditId::new(),
        tenant_id: access.tenant_id(),
        bot_id: Some(access.bot_id()),
        at: recorded.at,
        user_id: actor.user_id,
        username: actor.username.clone(),
        action: action.to_owned(),
        target,
        details,
        private_to: match recorded.audience {
            Audience::Only(user) => Some(user),
            Audience::Everyone | Audience::Nobody => None,
        },
    })
}

/// Takes a message's text out of all that is kept of it (`replacement` none), or leaves only the new text (edited).
/// Numbers, ids and times of the events stay.
pub(crate) async fn redact_message(
    tx: &mut dyn Tx,
    access: &Access,
    message: &Message,
    replacement: Option<&str>,
) -> Result<()> {
    let stream = StreamId::Bot(access.bot_id());
    for event in tx.events_of_message(stream, message.id).await? {
        if let Some(fact) = redacted(event.fact, replacement) {
            tx.rewrite(stream, event.seq, &fact).await?;
        }
    }
    for (row, answer) in tx.answers_about(message.id).await? {
        tx.rewrite_answer(row, &redacted_answer(answer, replacement))
            .await?;
    }
    Ok(())
}

/// Takes the texts of a whole session out of the log, before the session goes.
pub(crate) async fn redact_session(tx: &mut dyn Tx, access: &Access, session: &Session) -> Result<()> {
    const PAGE: u64 = 500;
    let stream = StreamId::Bot(access.bot_id());
    let mut after = 0;
    loop {
        let events = tx.texts_of_session(stream, session.id, after, PAGE).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after = last.seq;
        for event in events {
            let message_id = event.fact.message_id();
            if let Some(fact) = redacted(event.fact, None) {
                tx.rewrite(stream, event.seq, &fact).await?;
            }
            if let Some(message_id) = message_id {
                for (row, answer) in tx.answers_about(message_id).await? {
                    tx.rewrite_answer(row, &redacted_answer(answer, None)).await?;
                }
            }
        }
    }
}

fn redacted(fact: Fact, replacement: Option<&str>) -> Option<Fact> {
    let blank = |mut fact: MessageFact| {
        fact.message.content = replacement.unwrap_or_default().to_owned();
        if replacement.is_none() {
            fact.message.metadata = json!({});
            fact.redacted = true;
        }
        fact
    };
    let untitled = |session: Session| Session {
        title: String::new(),
        ..session
    };
    match fact {
        Fact::MessagePosted(fact) => Some(Fact::MessagePosted(blank(fact))),
        Fact::MessageUpdated(fact) => Some(Fact::MessageUpdated(blank(fact))),
        Fact::SessionCreated(session) => Some(Fact::SessionCreated(untitled(session))),
        Fact::SessionUpdated(session) => Some(Fact::SessionUpdated(untitled(session))),
        Fact::MessageDeleted { .. }
        | Fact::SessionDeleted { .. }
        | Fact::PermissionChanged(_)
        | Fact::BotChanged(_)
        | Fact::DocumentChanged(_)
        | Fact::Notified(_)
        | Fact::NotificationRead { .. }
        | Fact::CredentialLost(_) => None,
    }
}

fn redacted_answer(mut answer: Value, replacement: Option<&str>) -> Value {
    if let Some(message) = answer.get_mut("message") {
        message["content"] = json!(replacement.unwrap_or_default());
        if replacement.is_none() {
            message["metadata"] = json!({});
        }
    }
    answer
}
