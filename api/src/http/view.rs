//! How things look in JSON: the objects of the REST contract. Which fields a reader may see is decided here, by the role that
//! the domain's object carries.

mod documents;

use domain::access::{Permission as DomainPermission, Role};
use domain::account::{TenantRole, User as DomainUser};
use domain::audit::AuditEntry;
use domain::bot::{Bot as DomainBot, BotVersion as DomainVersion};
use domain::chat::{Answer as DomainAnswer, AnswerStatus, Message as DomainMessage, SessionView};
use domain::notification::Notification as DomainNotification;
use domain::time::Timestamp;
use poem_openapi::Object;
use poem_openapi::types::{Any, ToJSON};
use serde_json::{Value, json};
use uuid::Uuid;

use super::moment::Moment;

pub use documents::{Document, Passage};

pub fn json(view: &impl ToJSON) -> Value {
    view.to_json().unwrap_or(Value::Null)
}

fn time(at: Timestamp) -> Moment {
    Moment(at)
}

#[derive(Object)]
pub struct FieldProblem {
    pub field: String,
    pub message: String,
}

/// RFC 9457.
#[derive(Object)]
pub struct Problem {
    #[oai(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// A stable word for programs.
    pub code: String,
    pub request_id: String,
    /// With 422: every bad field.
    #[oai(skip_serializing_if_is_none)]
    pub errors: Option<Vec<FieldProblem>>,
    /// With 403: the least role that would do.
    #[oai(skip_serializing_if_is_none)]
    pub needed_role: Option<String>,
    /// With 412: the present state.
    #[oai(skip_serializing_if_is_none)]
    pub current: Option<Bot>,
    /// With 409 for a file that is there already: which document it is.
    #[oai(skip_serializing_if_is_none)]
    pub document_id: Option<Uuid>,
}

#[derive(Object)]
pub struct User {
    pub id: Uuid,
    pub username: String,
    pub email: Option<String>,
    pub role: String,
    pub platform_admin: bool,
    pub disabled: bool,
    pub created_at: Moment,
}

impl From<DomainUser> for User {
    fn from(user: DomainUser) -> Self {
        let role = match user.role {
            TenantRole::Member => "member",
            TenantRole::Admin => "admin",
        };
        Self {
            id: user.id.0,
            username: user.username,
            email: user.email,
            role: role.into(),
            platform_admin: user.platform_admin,
            disabled: user.disabled,
            created_at: time(user.created_at),
        }
    }
}

/// A person as others find them.
#[derive(Object)]
pub struct Person {
    pub id: Uuid,
    pub username: String,
}

#[derive(Object)]
pub struct Owner {
    pub user_id: Uuid,
    pub username: String,
}

/// Viewers get it without instructions, model and settings; administrators without a role get id, name, owners and size.
#[derive(Object)]
pub struct Bot {
    pub id: Uuid,
    pub name: String,
    #[oai(skip_serializing_if_is_none)]
    pub description: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub instructions: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub model: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub settings: Option<Any<Value>>,
    #[oai(skip_serializing_if_is_none)]
    pub version: Option<i64>,
    #[oai(skip_serializing_if_is_none)]
    pub role: Option<String>,
    pub owners: Vec<Owner>,
    #[oai(skip_serializing_if_is_none)]
    pub suspended: Option<bool>,
    /// Bytes of all messages; for administrators.
    #[oai(skip_serializing_if_is_none)]
    pub size: Option<i64>,
    #[oai(skip_serializing_if_is_none)]
    pub created_at: Option<Moment>,
    #[oai(skip_serializing_if_is_none)]
    pub updated_at: Option<Moment>,
}

impl From<DomainBot> for Bot {
    fn from(bot: DomainBot) -> Self {
        let member = bot.role.is_some();
        let editor = bot.role.is_some_and(|role| role >= Role::Editor);
        let configuration = bot.configuration;
        let owner = |owner: domain::bot::Owner| Owner {
            user_id: owner.user_id.0,
            username: owner.username,
        };
        Self {
            id: bot.id.0,
            name: configuration.name,
            description: member.then_some(configuration.description),
            instructions: editor.then_some(configuration.instructions),
            model: editor.then_some(configuration.model),
            settings: editor.then_some(Any(configuration.settings)),
            version: member.then_some(bot.version),
            role: bot.role.map(|role| role.as_str().to_owned()),
            owners: bot.owners.into_iter().map(owner).collect(),
            suspended: (!member || bot.suspended).then_some(bot.suspended),
            size: (!member).then_some(bot.size),
            created_at: member.then(|| time(bot.created_at)),
            updated_at: member.then(|| time(bot.updated_at)),
        }
    }
}

impl Bot {
    /// As the administration shows it, whatever role the administrator has.
    pub fn administered(mut bot: DomainBot) -> Self {
        bot.role = None;
        Self::from(bot)
    }
}

#[derive(Object)]
pub struct BotVersion {
    pub version: i64,
    pub name: String,
    pub description: String,
    pub instructions: String,
    pub model: String,
    pub settings: Any<Value>,
    pub updated_by: Option<Uuid>,
    pub username: String,
    pub created_at: Moment,
}

impl From<DomainVersion> for BotVersion {
    fn from(version: DomainVersion) -> Self {
        let configuration = version.configuration;
        Self {
            version: version.version,
            name: configuration.name,
            description: configuration.description,
            instructions: configuration.instructions,
            model: configuration.model,
            settings: Any(configuration.settings),
            updated_by: version.updated_by.map(|id| id.0),
            username: version.username,
            created_at: time(version.created_at),
        }
    }
}

#[derive(Object)]
pub struct Permission {
    pub user_id: Uuid,
    pub username: String,
    pub role: String,
    pub granted_by: Option<Uuid>,
    pub granted_at: Moment,
    pub expires_at: Option<Moment>,
}

impl From<DomainPermission> for Permission {
    fn from(permission: DomainPermission) -> Self {
        Self {
            user_id: permission.user_id.0,
            username: permission.username,
            role: permission.role.as_str().into(),
            granted_by: permission.granted_by.map(|id| id.0),
            granted_at: time(permission.granted_at),
            expires_at: permission.expires_at.map(time),
        }
    }
}

#[derive(Object)]
pub struct ReadMark {
    pub user_id: Uuid,
    pub message_id: Uuid,
}

#[derive(Object)]
pub struct Session {
    pub id: Uuid,
    pub bot_id: Uuid,
    pub title: String,
    pub visibility: String,
    pub status: String,
    pub auto_reply: bool,
    pub created_by: Uuid,
    pub username: String,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub message_count: i64,
    pub unread: i64,
    pub read: Vec<ReadMark>,
}

impl From<SessionView> for Session {
    fn from(SessionView { session, activity }: SessionView) -> Self {
        let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
        let mark = |mark: domain::chat::ReadMarker| ReadMark {
            user_id: mark.user_id.0,
            message_id: mark.message_id.0,
        };
        Self {
            id: session.id.0,
            bot_id: session.bot_id.0,
            title: session.title,
            visibility: word(json!(session.visibility)),
            status: word(json!(session.status)),
            auto_reply: session.auto_reply,
            created_by: session.created_by.0,
            username: session.username,
            created_at: time(session.created_at),
            updated_at: time(session.updated_at),
            message_count: activity.message_count,
            unread: activity.unread,
            read: activity.read.into_iter().map(mark).collect(),
        }
    }
}

#[derive(Object)]
pub struct Message {
    pub id: Uuid,
    pub message_id: Uuid,
    pub session_id: Uuid,
    pub bot_id: Uuid,
    /// Null for the bot itself.
    pub user_id: Option<Uuid>,
    pub username: String,
    pub role: String,
    pub content: String,
    /// If it was asked for: the text as HTML, harmless to a page. Absent too where an answer has 4 MiB of it already.
    #[oai(skip_serializing_if_is_none)]
    pub content_html: Option<String>,
    pub metadata: Any<Value>,
    pub timestamp: Moment,
    pub edited_at: Option<Moment>,
}

impl From<DomainMessage> for Message {
    fn from(message: DomainMessage) -> Self {
        Self {
            id: message.id.0,
            message_id: message.id.0,
            session_id: message.session_id.0,
            bot_id: message.bot_id.0,
            user_id: message.user_id.map(|id| id.0),
            username: message.username,
            role: json!(message.role).as_str().unwrap_or_default().to_owned(),
            content: message.content,
            content_html: None,
            metadata: Any(message.metadata),
            timestamp: time(message.created_at),
            edited_at: message.edited_at.map(time),
        }
    }
}

/// An answer that is not finished.
#[derive(Object)]
pub struct Answer {
    /// The id that its message will have.
    pub message_id: Uuid,
    pub session_id: Uuid,
    pub question_id: Uuid,
    /// `queued` or `running`.
    pub status: String,
    /// The text so far.
    pub content: String,
}

impl From<DomainAnswer> for Answer {
    fn from(answer: DomainAnswer) -> Self {
        let status = match answer.status {
            AnswerStatus::Queued => "queued",
            AnswerStatus::Running => "running",
        };
        Self {
            message_id: answer.message_id.0,
            session_id: answer.session_id.0,
            question_id: answer.question_id.0,
            status: status.into(),
            content: answer.content,
        }
    }
}

#[derive(Object)]
pub struct Notification {
    pub id: Uuid,
    pub notification_type: String,
    pub title: String,
    pub message: String,
    pub bot_id: Option<Uuid>,
    pub action: String,
    pub details: Any<Value>,
    pub created_at: Moment,
    pub read_at: Option<Moment>,
}

impl From<DomainNotification> for Notification {
    fn from(item: DomainNotification) -> Self {
        Self {
            id: item.id.0,
            notification_type: item.kind.as_str().into(),
            title: item.title,
            message: item.message,
            bot_id: item.bot_id.map(|id| id.0),
            action: item.action,
            details: Any(item.details),
            created_at: time(item.created_at),
            read_at: item.read_at.map(time),
        }
    }
}

#[derive(Object)]
pub struct AuditRow {
    pub id: Uuid,
    pub at: Moment,
    /// Null: it was about a person.
    pub bot_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub username: String,
    pub action: String,
    pub target: String,
    pub details: Any<Value>,
}

impl From<AuditEntry> for AuditRow {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.0,
            at: time(entry.at),
            bot_id: entry.bot_id.map(|id| id.0),
            user_id: entry.user_id.map(|id| id.0),
            username: entry.username,
            action: entry.action,
            target: entry.target,
            details: Any(entry.details),
        }
    }
}
