//! From an error's meaning to what HTTP says of it: one match, one form (`application/problem+json`, RFC 9457). Whatever goes
//! wrong anywhere, framework refusals included, leaves through `Problem`.

use domain::{Conflict, Error, FieldError, Lacking, Subject, Unauthenticated};
use http::{HeaderValue, StatusCode, header};
use poem::Response;
use serde_json::{Value, json};

use crate::http::request_id::RequestId;
use crate::http::view;

pub const CONTENT_TYPE: &str = "application/problem+json";

/// What a refused request is told.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u64>,
    /// Further members: `needed_role`, `current`, `document_id`.
    pub more: Option<(&'static str, Value)>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            more: None,
        }
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more = Some((name, value));
        self
    }

    /// The body; `errors` is there for 422 alone.
    pub fn body(&self) -> Value {
        let request_id = RequestId::current().map(|id| id.to_string()).unwrap_or_default();
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        });
        if self.status == StatusCode::UNPROCESSABLE_ENTITY {
            let error = |error: &FieldError| json!({ "field": error.field, "message": error.message });
            body["errors"] = self.errors.iter().map(error).collect();
        }
        if let Some((name, value)) = &self.more {
            body[*name] = value.clone();
        }
        body
    }

    pub fn response(self) -> Response {
        let mut response = Response::builder()
            .status(self.status)
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .body(self.body().to_string());
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A refusal that no domain error stands for.
pub fn plain(status: StatusCode, code: &'static str, detail: &str) -> Response {
    Problem::new(status, code, detail).response()
}

pub fn problem_response(error: &Error) -> Response {
    problem(error).response()
}

pub fn problem(error: &Error) -> Problem {
    match error {
        Error::Unauthenticated(why) => unauthenticated(*why),
        Error::NotFound(subject) => not_found(*subject),
        Error::Forbidden(lacking) => forbidden(*lacking),
        Error::Invalid(errors) => Problem {
            errors: errors.clone(),
            ..Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "validation_failed",
                "The request has invalid values.",
            )
        },
        Error::UnknownTarget => Problem {
            errors: vec![FieldError::new("user_id", "is nobody whom this can be given to")],
            ..Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unknown_user",
                "There is no such person to give this to.",
            )
        },
        Error::IdempotencyMismatch => Problem {
            errors: vec![FieldError::new(
                "Idempotency-Key",
                "was used for another request before",
            )],
            ..Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_mismatch",
                "This idempotency key was used with another body.",
            )
        },
        Error::Conflict(conflict) => conflicting(*conflict),
        Error::Stale(bot) => Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "stale_version",
            "The bot was changed since; see `current`.",
        )
        .with("current", view::json(&view::Bot::from(bot.as_ref().clone()))),
        Error::TooMany { retry_after } => Problem {
            retry_after: Some(retry_after.as_secs().max(1)),
            ..Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many requests; try again later.",
            )
        },
        Error::Unavailable { retry_after } => unavailable(retry_after.as_secs()),
        Error::Overtaken => unavailable(1),
        Error::Internal(source) => {
            // The one place where the inside of a failure is written down; outside nothing of it is told.
            tracing::error!(error = source.as_ref(), "request failed");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
                "The server failed; it has been logged.",
            )
        }
    }
}

fn unavailable(retry_after: u64) -> Problem {
    Problem {
        retry_after: Some(retry_after.max(1)),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not possible just now; try again shortly.",
        )
    }
}

fn unauthenticated(why: Unauthenticated) -> Problem {
    let (code, detail) = match why {
        Unauthenticated::Missing => ("authentication_required", "A bearer token is needed."),
        Unauthenticated::Rejected => ("invalid_token", "The token is not valid (any more)."),
        Unauthenticated::WrongCredentials => ("invalid_credentials", "Name or password is wrong."),
        Unauthenticated::RefreshRejected => (
            "invalid_refresh_token",
            "The refresh token is not valid (any more).",
        ),
    };
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}

fn not_found(subject: Subject) -> Problem {
    let (code, detail) = match subject {
        Subject::Bot => ("bot_not_found", "There is no such bot."),
        Subject::BotVersion => ("version_not_found", "There is no such version."),
        Subject::Session => ("session_not_found", "There is no such session."),
        Subject::Message => ("message_not_found", "There is no such message."),
        Subject::User => ("user_not_found", "There is no such person."),
        Subject::Permission => ("permission_not_found", "This person has no role on the bot."),
        Subject::Notification => ("notification_not_found", "There is no such notification."),
        Subject::Connection => ("connection_not_found", "There is no such connection."),
        Subject::Document => ("document_not_found", "There is no such document."),
        Subject::Passage => ("passage_not_found", "The document has no such passage."),
        Subject::Provider => ("provider_not_found", "The bot has no model server of its own."),
        Subject::Page => ("not_found", "There is nothing here."),
    };
    Problem::new(StatusCode::NOT_FOUND, code, detail)
}

fn forbidden(lacking: Lacking) -> Problem {
    let problem = |code, detail| Problem::new(StatusCode::FORBIDDEN, code, detail);
    match lacking {
        Lacking::Role(role) => problem("role_required", format!("This needs the role {role}."))
            .with("needed_role", Value::from(role.as_str())),
        Lacking::Author => problem("author_required", "Only its author may do this.".into()),
        Lacking::TenantAdmin => problem("admin_required", "This needs an administrator.".into()),
        Lacking::PlatformAdmin => problem(
            "platform_admin_required",
            "This needs a platform administrator.".into(),
        ),
        Lacking::BotSuspended => problem(
            "bot_suspended",
            "The bot is suspended: it can be read and deleted.".into(),
        ),
        Lacking::Password => problem("wrong_password", "The present password is wrong.".into()),
        Lacking::RegistrationClosed => problem("registration_closed", "Registration is closed here.".into()),
        Lacking::SetupCode => problem(
            "setup_code_required",
            "The first account needs the set-up code that the server printed.".into(),
        ),
    }
}

fn conflicting(conflict: Conflict) -> Problem {
    let (code, detail) = match conflict {
        Conflict::LastOwner => ("last_owner", "A bot keeps at least one owner."),
        Conflict::LastAdmin => ("last_admin", "At least one administrator stays."),
        Conflict::UsernameTaken => ("username_taken", "This name is taken."),
        Conflict::EmailTaken => ("email_taken", "This e-mail address is taken."),
        Conflict::SessionClosed => ("session_closed", "The session is closed."),
        Conflict::DocumentExists(_) => ("document_exists", "The bot has a document of the same bytes."),
        Conflict::StorageFull => (
            "storage_full",
            "Your files are as many, or as large together, as one person may keep here.",
        ),
        Conflict::AnswerUnfinished => ("answer_unfinished", "The answer is still being written."),
        Conflict::QuestionGone => ("question_gone", "The question was deleted."),
    };
    let problem = Problem::new(StatusCode::CONFLICT, code, detail);
    match conflict {
        Conflict::DocumentExists(id) => problem.with("document_id", Value::from(id.to_string())),
        Conflict::LastOwner
        | Conflict::LastAdmin
        | Conflict::UsernameTaken
        | Conflict::EmailTaken
        | Conflict::SessionClosed
        | Conflict::StorageFull
        | Conflict::AnswerUnfinished
        | Conflict::QuestionGone => problem,
    }
}
