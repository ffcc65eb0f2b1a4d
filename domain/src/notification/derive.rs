//! Which people hear of a fact in their inbox, and in which words. Pure.

use serde_json::{Value, json};

use super::model::NotificationType;
use crate::bot::BotHead;
use crate::caller::Actor;
use crate::events::{BotChangeFact, DocumentAction, Fact, PermissionAction};
use crate::ids::{BotId, UserId};

/// A notification before it has an id and a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub kind: NotificationType,
    pub title: String,
    pub message: String,
    pub bot_id: Option<BotId>,
    pub action: String,
    pub details: Value,
}

/// Nobody is told of what they did themselves.
pub(crate) fn derive(fact: &Fact, bot: &BotHead, actor: &Actor, hearers: &[UserId]) -> Vec<(UserId, Draft)> {
    let others = || {
        hearers
            .iter()
            .copied()
            .filter(|user| Some(*user) != actor.user_id)
    };
    let draft = |kind, title: String, message: String, action: &str, details| Draft {
        kind,
        title,
        message,
        bot_id: Some(bot.id),
        action: action.to_owned(),
        details,
    };
    let by = &actor.username;
    let name = &bot.name;
    match fact {
        Fact::PermissionChanged(change) => {
            if Some(change.target) == actor.user_id {
                return Vec::new();
            }
            let role = change.role;
            let (action, title, message) = match change.action {
                PermissionAction::Granted => (
                    "granted",
                    format!("{name} was shared with you"),
                    format!("{by} made you {role} of {name}."),
                ),
                PermissionAction::Updated => (
                    "updated",
                    format!("Your role on {name} changed"),
                    format!("{by} made you {role} of {name}."),
                ),
                PermissionAction::Revoked if actor.user_id.is_none() => (
                    "revoked",
                    format!("Your access to {name} ended"),
                    format!("Your time as {role} of {name} is over."),
                ),
                PermissionAction::Revoked => (
                    "revoked",
                    format!("Your access to {name} ended"),
                    format!("{by} took your role as {role} of {name}."),
                ),
            };
            let details = json!({ "role": role, "expires_at": change.expires_at });
            vec![(
                change.target,
                draft(
                    NotificationType::PermissionChange,
                    title,
                    message,
                    action,
                    details,
                ),
            )]
        }
        Fact::MessagePosted(posted) => {
            let details = json!({ "session_id": posted.message.session_id, "message_id": posted.message.id });
            let mention = draft(
                NotificationType::Mention,
                format!("{by} mentioned you"),
                format!("{by} mentioned you in a conversation of {name}."),
                "mentioned",
                details,
            );
            others().map(|user| (user, mention.clone())).collect()
        }
        Fact::BotChanged(change) => match &change.change {
            BotChangeFact::Deleted { .. } => {
                let gone = draft(
                    NotificationType::BotUpdate,
                    format!("{name} was deleted"),
                    format!("{by} deleted {name} and everything in it."),
                    "deleted",
                    json!({}),
                );
                others().map(|user| (user, gone.clone())).collect()
            }
            BotChangeFact::Ownership {
                from,
                to,
                to_username,
                ..
            } => {
                let handed = draft(
                    NotificationType::BotUpdate,
                    format!("{name} has a new owner"),
                    format!("{by} made {to_username} owner of {name}."),
                    "ownership",
                    json!({ "from": from, "to": to }),
                );
                let newcomer = (!hearers.contains(to))
                    .then_some(*to)
                    .filter(|to| Some(*to) != actor.user_id);
                others()
                    .chain(newcomer)
                    .map(|user| (user, handed.clone()))
                    .collect()
            }
            BotChangeFact::Created { .. }
            | BotChangeFact::Config { .. }
            | BotChangeFact::Suspended
            | BotChangeFact::Resumed => Vec::new(),
        },
        Fact::DocumentChanged(change) => {
            let file = &change.document.filename;
            let (action, title, message) = match change.action {
                DocumentAction::Processed => (
                    "processed",
                    format!("{file} is ready"),
                    format!("{name} can answer from {file} now."),
                ),
                DocumentAction::Failed => (
                    "failed",
                    format!("{file} could not be read"),
                    change.document.error.clone().unwrap_or_default(),
                ),
                DocumentAction::Uploaded
                | DocumentAction::Processing
                | DocumentAction::Cancelled
                | DocumentAction::Deleted => return Vec::new(),
            };
            let details = json!({ "document_id": change.document.id, "filename": file });
            let told = draft(NotificationType::Document, title, message, action, details);
            hearers.iter().map(|user| (*user, told.clone())).collect()
        }
        Fact::MessageUpdated(_)
        | Fact::MessageDeleted { .. }
        | Fact::SessionCreated(_)
        | Fact::SessionUpdated(_)
        | Fact::SessionDeleted { .. }
        | Fact::Notified(_)
        | Fact::NotificationRead { .. }
        | Fact::CredentialLost(_) => Vec::new(),
    }
}
