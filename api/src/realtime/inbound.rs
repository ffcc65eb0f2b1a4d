//! What a client may send on a socket: parsed strictly, limited in number, checked against the rights of this very moment. No
//! state is changed here but the read marker, which is a use case of `domain::chat`.

use domain::ids::{BotId, MessageId, SessionId};
use domain::{Caller, Error};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::Live;
use super::close::Close;
use super::connection::{Connection, Kind};
use super::frames;
use super::hub::Subscription;
use super::outbox::{Drain, Frame, FrameKind};
use super::presence::Viewing;
use super::rate::{Limiter, Verdict};
use super::typing::Place;
use crate::auth::Auth;

/// Characters of an `id` or a `timestamp` that are echoed.
const ECHOED: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Ping {
        timestamp: Option<String>,
    },
    Auth {
        token: String,
    },
    Typing {
        is_typing: bool,
        session: Option<SessionId>,
    },
    Viewing {
        session: Option<SessionId>,
    },
    Read {
        session: SessionId,
        message: MessageId,
    },
}

/// An `error` frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    code: &'static str,
    message: &'static str,
}

const fn refusal(code: &'static str, message: &'static str) -> Refusal {
    Refusal { code, message }
}

const fn invalid(message: &'static str) -> Refusal {
    refusal("invalid_message", message)
}

/// One socket's ear.
pub struct Desk<'a> {
    live: &'a Live,
    auth: &'a Auth,
    subscription: &'a Subscription,
    limiter: &'a mut Limiter,
}

impl<'a> Desk<'a> {
    pub fn new(
        live: &'a Live,
        auth: &'a Auth,
        subscription: &'a Subscription,
        limiter: &'a mut Limiter,
    ) -> Self {
        Self {
            live,
            auth,
            subscription,
            limiter,
        }
    }

    pub fn connection(&self) -> &'a Connection {
        &self.subscription.connection
    }

    /// Whether one more frame is taken: more come than may.
    pub fn admits(&mut self) -> bool {
        match self.limiter.judge(Instant::now()) {
            Verdict::Take => return true,
            Verdict::Discard(false) => {}
            Verdict::Discard(true) => {
                let refusal = refusal("rate_limited", "too many frames; the excess is discarded");
                self.refuse(refusal, None);
            }
            Verdict::Close => {
                self.subscription
                    .connection
                    .close(Close::RateLimited, Drain::Queued);
            }
        }
        false
    }

    /// Takes one text frame. Answers go through the socket's queue.
    pub async fn hear(&mut self, text: &str) {
        let (id, asked) = parse(text, self.subscription.connection.kind);
        let id = id.as_deref();
        let done = match asked {
            Ok(asked) => self.answer(asked, id).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = done {
            self.refuse(refusal, id);
        }
    }

    async fn answer(&self, asked: Asked, id: Option<&str>) -> Result<(), Refusal> {
        match asked {
            Asked::Ping { timestamp } => self.pong(timestamp.as_deref(), id),
            Asked::Auth { token } => return self.authenticate(&token, id).await,
            Asked::Typing { is_typing, session } => {
                let Some((caller, bot, viewing)) = self.looking_at(session).await? else {
                    return Ok(());
                };
                if self.subscription.connection.is_closing() {
                    // Its end has been told already; a sign noted now would outlive it.
                    return Ok(());
                }
                // What is private concerns nobody but the typist.
                if viewing.is_none_or(|viewing| viewing.private_to.is_none()) {
                    let place = Place {
                        bot,
                        user: caller.user_id,
                        session,
                    };
                    let connection = &self.subscription.connection;
                    self.live.typing(place, &caller.username, connection, is_typing);
                }
            }
            Asked::Viewing { session } => {
                if let Some((_, bot, viewing)) = self.looking_at(session).await? {
                    self.live.viewing(bot, &self.subscription.connection, viewing);
                }
            }
            Asked::Read { session, message } => {
                let Some((caller, _, _)) = self.looking_at(Some(session)).await? else {
                    return Ok(());
                };
                let moved = self.live.chat.mark_read(&caller, session, message).await;
                let moved = moved.map_err(|error| self.meaning(&error))?;
                self.live.send_read(moved);
            }
        }
        Ok(())
    }

    fn pong(&self, timestamp: Option<&str>, id: Option<&str>) {
        let connection = &self.subscription.connection;
        // Numbered and queued under the topic's lock: everything up to the number is queued before it, nothing after it is.
        self.subscription.stream.at_position(connection, |seq| {
            let bytes = frames::pong(timestamp, seq, id);
            connection.outbox.push(Frame::new(FrameKind::Ephemeral, bytes));
        });
    }

    async fn authenticate(&self, token: &str, id: Option<&str>) -> Result<(), Refusal> {
        let connection = &self.subscription.connection;
        let credential = match self.auth.verify_access(token) {
            Ok(credential) if credential.user_id == connection.user_id => credential,
            Ok(_) | Err(_) => {
                connection.close(Close::Unauthenticated, Drain::Nothing);
                return Ok(());
            }
        };
        connection.consider(credential.family);
        match self.live.accounts.identify(credential).await {
            Ok(caller) => {
                connection.renew(caller.credential);
                let bytes = frames::authenticated(caller.credential.expires_at, id);
                connection.outbox.push(Frame::new(FrameKind::Direct, bytes));
                Ok(())
            }
            Err(error) => {
                connection.keep();
                Err(self.meaning(&error))
            }
        }
    }

    /// Who asks, on which bot, and the session if one is named: with the rights of now. `None` on a socket that has no bot;
    /// `parse` lets nothing of that kind through.
    async fn looking_at(
        &self,
        session: Option<SessionId>,
    ) -> Result<Option<(Caller, BotId, Option<Viewing>)>, Refusal> {
        let connection = &self.subscription.connection;
        let Some(bot) = connection.bot_id else {
            return Ok(None);
        };
        let found = async {
            let credential = connection.credential();
            let Some(session) = session else {
                let caller = self.live.bots.reader_with(credential, bot).await?;
                return Ok((caller, bot, None));
            };
            let (caller, session) = self.live.chat.readable_with(credential, bot, session).await?;
            let viewing = Viewing {
                session: session.id,
                private_to: session.private_to(),
            };
            Ok((caller, bot, Some(viewing)))
        };
        found.await.map(Some).map_err(|error| self.meaning(&error))
    }

    /// A lost credential ends the socket; the rest is an `error` frame.
    fn meaning(&self, error: &Error) -> Refusal {
        match error {
            Error::Unauthenticated(_) => {
                self.subscription
                    .connection
                    .close(Close::Unauthenticated, Drain::Nothing);
                refusal("access_denied", "authentication required")
            }
            Error::NotFound(_) => refusal("not_found", "not found"),
            Error::Forbidden(_) => refusal("access_denied", "access denied"),
            Error::TooMany { .. } => refusal("rate_limited", "too many requests"),
            Error::Unavailable { .. } | Error::Overtaken => refusal("unavailable", "try again later"),
            Error::Internal(source) => {
                tracing::error!(error = %source, "a frame failed");
                refusal("unavailable", "try again later")
            }
            Error::Invalid(_)
            | Error::UnknownTarget
            | Error::IdempotencyMismatch
            | Error::Conflict(_)
            | Error::Stale(_) => invalid("not possible"),
        }
    }

    fn refuse(&self, refusal: Refusal, id: Option<&str>) {
        let bytes = frames::error(refusal.code, refusal.message, id);
        let frame = Frame::new(FrameKind::Direct, bytes);
        self.subscription.connection.outbox.push(frame);
    }
}

/// The `id`, where it could be read, and what is asked.
fn parse(text: &str, kind: Kind) -> (Option<String>, Result<Asked, Refusal>) {
    let frame = match serde_json::from_str(text) {
        Ok(Value::Object(frame)) => frame,
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return (None, Err(invalid("a frame is an object")));
        }
        Err(_) => return (None, Err(refusal("invalid_json", "not JSON"))),
    };
    match echoed(&frame, "id") {
        Ok(id) => (id, asked(&frame, kind)),
        Err(refusal) => (None, Err(refusal)),
    }
}

fn asked(frame: &Map<String, Value>, kind: Kind) -> Result<Asked, Refusal> {
    let Some(Value::String(name)) = frame.get("type") else {
        return Err(invalid("type must be a string"));
    };
    let on_bot = match kind {
        Kind::Chat => true,
        Kind::Notifications | Kind::EventStream | Kind::Poll => false,
    };
    match name.as_str() {
        "ping" => Ok(Asked::Ping {
            timestamp: echoed(frame, "timestamp")?,
        }),
        "auth" => match data(frame)?.get("token") {
            Some(Value::String(token)) => Ok(Asked::Auth { token: token.clone() }),
            Some(_) | None => Err(invalid("data.token must be a string")),
        },
        "typing" if on_bot => {
            let data = data(frame)?;
            let Some(Value::Bool(is_typing)) = data.get("is_typing") else {
                return Err(invalid("data.is_typing must be true or false"));
            };
            Ok(Asked::Typing {
                is_typing: *is_typing,
                session: optional_session(data)?,
            })
        }
        "viewing" if on_bot => {
            let data = data(frame)?;
            if !data.contains_key("session_id") {
                return Err(invalid("data.session_id must be an id or null"));
            }
            Ok(Asked::Viewing {
                session: optional_session(data)?,
            })
        }
        "read" if on_bot => {
            let data = data(frame)?;
            let (Some(Value::String(session)), Some(Value::String(message))) =
                (data.get("session_id"), data.get("message_id"))
            else {
                return Err(invalid("data.session_id and data.message_id must be ids"));
            };
            match (session.parse(), message.parse()) {
                (Ok(session), Ok(message)) => Ok(Asked::Read { session, message }),
                (Err(_), _) | (_, Err(_)) => Err(invalid("data.session_id and data.message_id must be ids")),
            }
        }
        _ => Err(refusal("unknown_type", "this socket takes no such type")),
    }
}

fn data(frame: &Map<String, Value>) -> Result<&Map<String, Value>, Refusal> {
    frame
        .get("data")
        .and_then(Value::as_object)
        .ok_or(invalid("data must be an object"))
}

fn optional_session(data: &Map<String, Value>) -> Result<Option<SessionId>, Refusal> {
    let wrong = invalid("data.session_id must be an id or null");
    match data.get("session_id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => id.parse().map(Some).map_err(|_| wrong),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Err(wrong),
    }
}

/// A text that the answer carries back.
fn echoed(frame: &Map<String, Value>, field: &str) -> Result<Option<String>, Refusal> {
    match frame.get(field) {
        None => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= ECHOED => Ok(Some(text.clone())),
        Some(_) => Err(invalid("id and timestamp are strings of at most 64 characters")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_frame_is_told_by_its_code() {
        for (text, code) in [
            ("{", "invalid_json"),
            ("[]", "invalid_message"),
            ("{}", "invalid_message"),
            (r#"{"type":1}"#, "invalid_message"),
            (r#"{"type":"dance"}"#, "unknown_type"),
            (r#"{"type":"subscribe","data":{}}"#, "unknown_type"),
            (r#"{"type":"ping","timestamp":1}"#, "invalid_message"),
            (r#"{"type":"typing"}"#, "invalid_message"),
            (
                r#"{"type":"typing","data":{"is_typing":"yes"}}"#,
                "invalid_message",
            ),
            (
                r#"{"type":"typing","data":{"is_typing":true,"session_id":"x"}}"#,
                "invalid_message",
            ),
            (r#"{"type":"viewing","data":{}}"#, "invalid_message"),
            (
                r#"{"type":"read","data":{"session_id":"x","message_id":"y"}}"#,
                "invalid_message",
            ),
            (r#"{"type":"auth","data":{}}"#, "invalid_message"),
        ] {
            let (_, asked) = parse(text, Kind::Chat);
            assert_eq!(asked.unwrap_err().code, code, "{text}");
        }
        let (_, asked) = parse(
            r#"{"type":"typing","data":{"is_typing":true}}"#,
            Kind::Notifications,
        );
        assert_eq!(asked.unwrap_err().code, "unknown_type");
    }

    #[test]
    fn the_id_is_read_even_of_a_frame_that_is_refused() {
        let (id, asked) = parse(r#"{"type":"dance","id":"7"}"#, Kind::Chat);
        assert_eq!((id.as_deref(), asked.is_err()), (Some("7"), true));
        let long = format!(r#"{{"type":"ping","id":"{}"}}"#, "x".repeat(65));
        let (id, asked) = parse(&long, Kind::Chat);
        assert_eq!((id, asked.is_err()), (None, true));
    }
}
