//! How everything looks on the wire, exactly as the protocol says: fields may be added, none renamed. Pure.
//!
//! Beyond the protocol's fields an event carries what a client needs to hold the same state as one that loads it afresh.

use std::sync::Arc;

use bytes::Bytes;
use domain::access::Role;
use domain::chat::{AnswerStatus, ReadMarker};
use domain::events::{
    AnswerHead, BotChangeFact, BotFact, DocumentFact, Epoch, Fact, MessageFact, PermissionFact,
    PresenceStatus, Recorded, Sent, Signal, StreamId, TaskState,
};
use domain::ids::{BotId, ConnectionId, SessionId, UserId};
use domain::notification::Notification;
use domain::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::inbound::Refusal;

/// A person in a list of those who are online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Online {
    pub user_id: UserId,
    pub username: Arc<str>,
    /// None also for a session that the reader may not see.
    pub session_id: Option<SessionId>,
}

/// A durable event as it goes to clients; `None` for a control record.
pub fn event_value(recorded: &Recorded) -> Option<Value> {
    let (name, data) = (recorded.fact.name(), data(&recorded.fact)?);
    let mut frame = json!({
        "type": name,
        "seq": recorded.seq,
        "id": recorded.id,
        "data": data,
        "timestamp": recorded.at,
    });
    if let StreamId::Bot(bot) = recorded.stream {
        frame["bot_id"] = json!(bot);
    }
    if let Fact::Notified(notification) = &recorded.fact {
        frame["notification_type"] = json!(notification.kind.as_str());
    }
    Some(frame)
}

/// The same, encoded.
pub fn event(recorded: &Recorded) -> Option<Bytes> {
    event_value(recorded).map(|frame| bytes(&frame))
}

pub(super) fn bytes(frame: &Value) -> Bytes {
    frame.to_string().into()
}

fn data(fact: &Fact) -> Option<Value> {
    let data = match fact {
        Fact::MessagePosted(fact) | Fact::MessageUpdated(fact) => message(fact),
        Fact::MessageDeleted {
            message_id,
            session_id,
            deleted_by,
            private_to: _,
        } => json!({ "message_id": message_id, "session_id": session_id, "deleted_by": deleted_by }),
        Fact::SessionCreated(session) | Fact::SessionUpdated(session) => json!({ "session": session }),
        Fact::SessionDeleted {
            session_id,
            private_to: _,
        } => json!({ "session": { "id": session_id } }),
        Fact::PermissionChanged(change) => permission(change),
        Fact::BotChanged(change) => bot(change),
        Fact::DocumentChanged(change) => document(change),
        Fact::Notified(item) => notification(item),
        Fact::NotificationRead {
            notification_id,
            dismissed,
            unread,
        } => json!({
            "notification_id": notification_id,
            "action": if *dismissed { "dismissed" } else { "read" },
            "unread": unread,
        }),
        Fact::CredentialLost(_) => return None,
    };
    Some(data)
}

fn message(fact: &MessageFact) -> Value {
    let message = &fact.message;
    let mut data = json!({
        "message_id": message.id,
        "session_id": message.session_id,
        "user_id": message.user_id,
        "username": message.username,
        "content": message.content,
        "role": message.role,
        "timestamp": message.created_at,
        "metadata": message.metadata,
    });
    if let Some(edited_at) = message.edited_at {
        data["edited_at"] = json!(edited_at);
    }
    if fact.redacted {
        data["redacted"] = json!(true);
    }
    data
}

fn permission(change: &PermissionFact) -> Value {
    let mut details = json!({
        "role": change.role,
        "granted_by": change.by,
        "username": change.username,
        "granted_at": change.granted_at,
        "expires_at": change.expires_at,
    });
    if let Some(reason) = change.reason {
        details["reason"] = json!(reason);
    }
    json!({ "target_user_id": change.target, "action": change.action, "details": details })
}

fn bot(change: &BotFact) -> Value {
    let (update_type, details) = match &change.change {
        BotChangeFact::Created {
            name,
            description,
            version,
        } => (
            "created",
            json!({ "name": name, "description": description, "version": version }),
        ),
        BotChangeFact::Config {
            name,
            description,
            version,
            changed,
        } => (
            "config",
            json!({ "name": name, "description": description, "version": version, "changed": changed }),
        ),
        BotChangeFact::Suspended => ("suspended", json!({})),
        BotChangeFact::Resumed => ("resumed", json!({})),
        BotChangeFact::Deleted { name } => ("deleted", json!({ "name": name })),
        BotChangeFact::Ownership {
            from,
            to,
            to_username,
            by,
            at,
        } => (
            "ownership",
            json!({ "from": from, "to": to, "to_username": to_username, "granted_by": by, "granted_at": at }),
        ),
    };
    json!({ "update_type": update_type, "details": details, "updated_by": change.by })
}

fn document(change: &DocumentFact) -> Value {
    json!({ "action": change.action, "document": change.document, "user_id": change.user_id })
}

fn notification(item: &Notification) -> Value {
    json!({
        "notification_id": item.id,
        "title": item.title,
        "message": item.message,
        "bot_id": item.bot_id,
        "action": item.action,
        "details": item.details,
    })
}

/// A signal; `masked` for whom its private part does not concern.
pub fn signal(sent: &Sent, masked: bool) -> Bytes {
    let (name, data) = match &sent.signal {
        Signal::Typing {
            user_id,
            username,
            session_id,
            is_typing,
        } => (
            "typing_indicator",
            json!({ "user_id": user_id, "username": username, "session_id": session_id, "is_typing": is_typing }),
        ),
        Signal::Presence {
            user_id,
            username,
            status,
            session_id,
            private_to: _,
        } => {
            let session_id = session_id.filter(|_| !masked);
            return presence(sent.bot_id, sent.at, *user_id, username, *status, session_id);
        }
        Signal::Read {
            marker,
            private_to: _,
        } => ("read_receipt", json!(marker)),
        Signal::DocumentProgress(change) => ("document_update", document(change)),
        Signal::Task(task) => return task_update(sent.bot_id, sent.at, task),
        Signal::Answer {
            answer,
            status,
            position,
        } => return answer_status(sent.bot_id, sent.at, answer, *status, *position),
        Signal::Delta {
            answer,
            offset,
            content,
        } => return delta(sent.bot_id, sent.at, answer, *offset, content),
    };
    bytes(&json!({ "type": name, "bot_id": sent.bot_id, "data": data, "timestamp": sent.at }))
}

/// How a piece of background work stands.
pub fn task_update(bot: BotId, at: Timestamp, task: &TaskState) -> Bytes {
    bytes(&json!({
        "type": "task_update",
        "bot_id": bot,
        "data": {
            "task_id": task.task_id,
            "kind": task.kind,
            "bot_id": bot,
            "document_id": task.document_id,
            "status": task.status,
            "progress": task.progress,
            "error": task.error,
        },
        "timestamp": at,
    }))
}

pub fn answer_status(
    bot: BotId,
    at: Timestamp,
    answer: &AnswerHead,
    status: AnswerStatus,
    position: usize,
) -> Bytes {
    bytes(&json!({
        "type": "answer_status",
        "bot_id": bot,
        "data": {
            "message_id": answer.message_id,
            "session_id": answer.session_id,
            "question_id": answer.question_id,
            "status": status,
            "position": position,
        },
        "timestamp": at,
    }))
}

/// A piece of an answer; with offset 0, all of it so far.
pub fn delta(bot: BotId, at: Timestamp, answer: &AnswerHead, offset: usize, content: &str) -> Bytes {
    bytes(&json!({
        "type": "chat_message_delta",
        "bot_id": bot,
        "data": {
            "message_id": answer.message_id,
            "session_id": answer.session_id,
            "offset": offset,
            "content": content,
        },
        "timestamp": at,
    }))
}

pub fn presence(
    bot: BotId,
    at: Timestamp,
    user_id: UserId,
    username: &str,
    status: PresenceStatus,
    session_id: Option<SessionId>,
) -> Bytes {
    let status = match status {
        PresenceStatus::Online => "online",
        PresenceStatus::Offline => "offline",
    };
    bytes(&json!({
        "type": "presence",
        "bot_id": bot,
        "data": { "user_id": user_id, "username": username, "status": status, "session_id": session_id },
        "timestamp": at,
    }))
}

/// What the first frame of a chat socket tells.
#[derive(Serialize)]
pub struct ChatGreeting<'a> {
    pub bot_id: BotId,
    pub bot_name: &'a str,
    pub user_id: UserId,
    pub connection_id: ConnectionId,
    pub role: Role,
    pub seq: i64,
    pub epoch: &'a Epoch,
    pub expires_at: Timestamp,
    pub online: &'a [Online],
    pub online_count: usize,
    pub read: &'a [ReadMarker],
}

/// Written straight from its parts: with 200 people in it, a tree of values would cost more than all the rest of a connect.
pub fn chat_greeting(greeting: &ChatGreeting<'_>) -> Bytes {
    #[derive(Serialize)]
    struct Frame<'a> {
        r#type: &'static str,
        data: Data<'a>,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        connection_type: &'static str,
        #[serde(flatten)]
        greeting: &'a ChatGreeting<'a>,
    }
    let frame = Frame {
        r#type: "connection_established",
        data: Data {
            connection_type: "chat",
            greeting,
        },
    };
    // Nothing in it can fail to be written.
    serde_json::to_vec(&frame).unwrap_or_default().into()
}

pub fn notifications_greeting(
    user_id: UserId,
    connection_id: ConnectionId,
    seq: i64,
    epoch: &Epoch,
    expires_at: Timestamp,
    unread: i64,
) -> Bytes {
    bytes(&json!({
        "type": "connection_established",
        "data": {
            "user_id": user_id,
            "connection_id": connection_id,
            "connection_type": "notifications",
            "seq": seq,
            "epoch": epoch,
            "expires_at": expires_at,
            "unread": unread,
        },
    }))
}

/// The end of a replay, as `data` of its frame.
pub fn replay_complete(stream: StreamId, from: Option<i64>, to: i64, complete: bool) -> Bytes {
    let mut frame = json!({
        "type": "replay_complete",
        "data": { "from": from, "to": to, "complete": complete },
    });
    if let StreamId::Bot(bot) = stream {
        frame["bot_id"] = json!(bot);
    }
    bytes(&frame)
}

/// Without a number on a socket of many channels.
pub fn pong(timestamp: Option<&str>, seq: Option<i64>, id: Option<&str>) -> Bytes {
    let timestamp = timestamp.map_or_else(|| Timestamp::now().to_string(), str::to_owned);
    let mut frame = json!({ "type": "pong", "timestamp": timestamp });
    if let Some(seq) = seq {
        frame["seq"] = json!(seq);
    }
    answer(frame, id)
}

pub fn authenticated(expires_at: Timestamp, id: Option<&str>) -> Bytes {
    answer(
        json!({ "type": "authenticated", "data": { "expires_at": expires_at } }),
        id,
    )
}

pub fn error(refusal: Refusal, id: Option<&str>) -> Bytes {
    let Refusal { code, message } = refusal;
    answer(
        json!({ "type": "error", "message": message, "code": code.as_str() }),
        id,
    )
}

/// A direct answer carries the id of the frame that it answers.
pub(super) fn answer(mut frame: Value, id: Option<&str>) -> Bytes {
    if let Some(id) = id {
        frame["id"] = json!(id);
    }
    bytes(&frame)
}
