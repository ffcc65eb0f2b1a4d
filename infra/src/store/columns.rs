//! How the domain's small enums are spelled in text columns, and cursors in comparisons. A word that nobody knows is a damaged
//! row: an internal error, never a default.

use domain::access::Role;
use domain::account::TenantRole;
use domain::bot::ProviderKind;
use domain::chat::{AnswerStatus, MessageRole, SessionStatus, Visibility};
use domain::document::{DocumentStatus, Kind, Stage};
use domain::notification::NotificationType;
use domain::page::Page;
use domain::{Error, Result};
use sea_orm::Value;
use uuid::Uuid;

fn unknown<T>(what: &str, text: &str) -> Result<T> {
    Err(Error::internal(format!(
        "unknown {what} `{text}` in the database"
    )))
}

pub fn role(text: &str) -> Result<Role> {
    Role::parse(text).map_or_else(|| unknown("role", text), Ok)
}

pub fn tenant_role_text(role: TenantRole) -> &'static str {
    match role {
        TenantRole::Member => "member",
        TenantRole::Admin => "admin",
    }
}

pub fn tenant_role(text: &str) -> Result<TenantRole> {
    match text {
        "member" => Ok(TenantRole::Member),
        "admin" => Ok(TenantRole::Admin),
        other => unknown("tenant role", other),
    }
}

pub fn visibility_text(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Shared => "shared",
        Visibility::Private => "private",
    }
}

pub fn visibility(text: &str) -> Result<Visibility> {
    match text {
        "shared" => Ok(Visibility::Shared),
        "private" => Ok(Visibility::Private),
        other => unknown("visibility", other),
    }
}

pub fn status_text(status: SessionStatus) -> &'static str {
    match status {
        SessionStatus::Open => "open",
        SessionStatus::Closed => "closed",
    }
}

pub fn status(text: &str) -> Result<SessionStatus> {
    match text {
        "open" => Ok(SessionStatus::Open),
        "closed" => Ok(SessionStatus::Closed),
        other => unknown("session status", other),
    }
}

pub fn message_role_text(role: MessageRole) -> &'static str {
    match role {
        MessageRole::User => "user",
        MessageRole::Assistant => "assistant",
        MessageRole::System => "system",
    }
}

pub fn message_role(text: &str) -> Result<MessageRole> {
    match text {
        "user" => Ok(MessageRole::User),
        "assistant" => Ok(MessageRole::Assistant),
        "system" => Ok(MessageRole::System),
        other => unknown("message role", other),
    }
}

pub fn notification_type(text: &str) -> Result<NotificationType> {
    NotificationType::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .map_or_else(|| unknown("notification type", text), Ok)
}

pub fn kind(text: &str) -> Result<Kind> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .map_or_else(|| unknown("kind of document", text), Ok)
}

pub fn document_status(text: &str) -> Result<DocumentStatus> {
    DocumentStatus::ALL
        .into_iter()
        .find(|status| status.as_str() == text)
        .map_or_else(|| unknown("document status", text), Ok)
}

pub fn stage(text: &str) -> Result<Stage> {
    Stage::ALL
        .into_iter()
        .find(|stage| stage.as_str() == text)
        .map_or_else(|| unknown("stage", text), Ok)
}

pub fn answer_status_text(status: AnswerStatus) -> &'static str {
    match status {
        AnswerStatus::Queued => "queued",
        AnswerStatus::Running => "running",
    }
}

pub fn answer_status(text: &str) -> Result<AnswerStatus> {
    match text {
        "queued" => Ok(AnswerStatus::Queued),
        "running" => Ok(AnswerStatus::Running),
        other => unknown("answer status", other),
    }
}

pub fn provider_kind(text: &str) -> Result<ProviderKind> {
    ProviderKind::parse(text).map_or_else(|| unknown("kind of model server", text), Ok)
}

/// A cursor over ids, for lists in ascending order: rows come after it.
pub fn after_id(page: Page) -> Uuid {
    page.after.map_or(Uuid::nil(), |cursor| Uuid::from_u128(cursor.0))
}

/// A cursor over ids, for lists with the newest first: rows come before it.
pub fn before_id(page: Page) -> Uuid {
    page.after.map_or(Uuid::max(), |cursor| Uuid::from_u128(cursor.0))
}

/// A cursor over numbers, for lists with the newest first; one that is out of range is behind everything.
pub fn before_number(page: Page) -> i64 {
    page.after
        .map_or(i64::MAX, |cursor| i64::try_from(cursor.0).unwrap_or(i64::MAX))
}

/// A piece of text as a `LIKE` pattern with `\` as escape character.
pub fn like(prefix: &str, text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 4);
    pattern.push_str(prefix);
    for c in text.chars() {
        if matches!(c, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Values for an `IN (…)`, filled up with ids that no row has: there are few lengths of lists then, and so few texts of the
/// statement, which each connection prepares once. (A list of every length would push the others out of what it keeps.)
pub fn padded(ids: impl IntoIterator<Item = Uuid>) -> Vec<Value> {
    let mut ids: Vec<Value> = ids.into_iter().map(Value::from).collect();
    ids.resize(ids.len().next_power_of_two(), Uuid::nil().into());
    ids
}

/// `count` parameters for an `IN (…)`, numbered from `first`. Never for an empty list, which SQL does not know.
pub fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count)
        .map(|number| format!("${number}"))
        .collect();
    marks.join(", ")
}
