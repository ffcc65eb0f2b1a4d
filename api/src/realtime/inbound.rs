//! What a client may send on a socket: parsed strictly, limited in number, checked against the rights of this very moment. No
//! state is changed here but the read marker, which is a use case of `domain::chat`.

pub(super) mod parse;
mod refusal;

use domain::ids::{BotId, SessionId};
use domain::{Caller, Error};
use tokio::time::Instant;

use super::Live;
use super::close::Close;
use super::connection::{Connection, Kind};
use super::frames;
use super::hub::Subscription;
use super::multi::Multi;
use super::outbox::{Drain, Frame, FrameKind};
use super::presence::Viewing;
use super::rate::{Limiter, Verdict};
use super::typing::Place;
use crate::auth::Auth;
pub use parse::data;
use parse::{Asked, Head, parse};
pub use refusal::{Code, Refusal, invalid, refusal};

/// One socket's ear.
pub struct Desk<'a> {
    live: &'a Live,
    auth: &'a Auth,
    subscription: &'a Subscription,
    limiter: &'a mut Limiter,
    channels: Option<&'a Multi<'a>>,
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
            channels: None,
        }
    }

    /// For a socket of many channels.
    pub fn with_channels(self, channels: &'a Multi<'a>) -> Self {
        let channels = Some(channels);
        Self { channels, ..self }
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
                let refusal = refusal(Code::RateLimited, "too many frames; the excess is discarded");
                self.refuse(refusal, &Head::default());
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
        let (head, asked) = parse(text, self.subscription.connection.kind);
        let done = match asked {
            Ok(asked) => self.answer(asked, &head).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = done {
            self.refuse(refusal, &head);
        }
    }

    async fn answer(&self, asked: Asked, head: &Head) -> Result<(), Refusal> {
        let id = head.id.as_deref();
        match asked {
            Asked::Ping { timestamp } => self.pong(timestamp.as_deref(), id),
            Asked::Auth { token } => return self.authenticate(&token, id).await,
            Asked::Typing { is_typing, session } => {
                let place = self.place(head, session)?;
                // On a session's channel, that session is meant.
                let session = session.or(place.and_then(|(_, session)| session));
                let Some((caller, bot, viewing)) = self.looking_at(place, session).await? else {
                    return Ok(());
                };
                if self.is_over(head) {
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
                let place = self.place(head, session)?;
                if let Some((_, bot, viewing)) = self.looking_at(place, session).await?
                    && !self.is_over(head)
                {
                    self.live.viewing(bot, &self.subscription.connection, viewing);
                }
            }
            Asked::Read { session, message } => {
                let place = self.place(head, Some(session))?;
                let Some((caller, _, _)) = self.looking_at(place, Some(session)).await? else {
                    return Ok(());
                };
                let moved = self.live.chat.mark_read(&caller, session, message).await;
                let moved = moved.map_err(|error| self.meaning(&error))?;
                self.live.send_read(moved);
            }
            Asked::Channels(request) => {
                if let Some(channels) = self.channels {
                    return channels.ask(id, request);
                }
            }
        }
        Ok(())
    }

    fn pong(&self, timestamp: Option<&str>, id: Option<&str>) {
        let connection = &self.subscription.connection;
        if connection.kind == Kind::Multi {
            let bytes = frames::pong(timestamp, None, id);
            return connection.outbox.push(Frame::new(FrameKind::Ephemeral, bytes));
        }
        // Numbered and queued under the topic's lock: everything up to the number is queued before it, nothing after it is.
        self.subscription.stream.at_position(connection, |seq| {
            let bytes = frames::pong(timestamp, Some(seq), id);
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

    /// The bot that a frame is about, and the session if it came by a session's channel; another session is not found there.
    /// `None` on a socket that has no bot; `parse` lets nothing of that kind through.
    fn place(
        &self,
        head: &Head,
        session: Option<SessionId>,
    ) -> Result<Option<(BotId, Option<SessionId>)>, Refusal> {
        let (Some(channels), Some(channel)) = (self.channels, &head.channel) else {
            return Ok(self.subscription.connection.bot_id.map(|bot| (bot, None)));
        };
        let (bot, own) = channels.place(channel)?;
        match (own, session) {
            (Some(own), Some(session)) if own != session => Err(refusal(Code::NotFound, "not found")),
            _ => Ok(Some((bot, own))),
        }
    }

    /// Whether what a frame came by has ended meanwhile.
    fn is_over(&self, head: &Head) -> bool {
        let withdrawn = self.channels.zip(head.channel.as_deref());
        let withdrawn = withdrawn.is_some_and(|(channels, channel)| channels.place(channel).is_err());
        withdrawn || self.subscription.connection.is_closing()
    }

    /// Who asks, on which bot, and the session if one is named: with the rights of now.
    async fn looking_at(
        &self,
        place: Option<(BotId, Option<SessionId>)>,
        session: Option<SessionId>,
    ) -> Result<Option<(Caller, BotId, Option<Viewing>)>, Refusal> {
        let connection = &self.subscription.connection;
        let Some((bot, _)) = place else {
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

    fn meaning(&self, error: &Error) -> Refusal {
        meaning(&self.subscription.connection, error)
    }

    fn refuse(&self, refusal: Refusal, head: &Head) {
        let id = head.id.as_deref();
        if let Some(channels) = self.channels {
            return channels.refuse(refusal, head.channel.as_deref(), id);
        }
        let bytes = frames::error(refusal, id);
        let frame = Frame::new(FrameKind::Direct, bytes);
        self.subscription.connection.outbox.push(frame);
    }
}

/// A lost credential ends the socket; the rest is an `error` frame.
pub fn meaning(connection: &Connection, error: &Error) -> Refusal {
    match error {
        Error::Unauthenticated(_) => {
            connection.close(Close::Unauthenticated, Drain::Nothing);
            refusal(Code::AccessDenied, "authentication required")
        }
        Error::NotFound(_) => refusal(Code::NotFound, "not found"),
        Error::Forbidden(_) => refusal(Code::AccessDenied, "access denied"),
        Error::TooMany { .. } => refusal(Code::RateLimited, "too many requests"),
        Error::Unavailable { .. } | Error::Overtaken => refusal(Code::Unavailable, "try again later"),
        Error::Internal(source) => {
            tracing::error!(error = %source, "a frame failed");
            refusal(Code::Unavailable, "try again later")
        }
        Error::Invalid(_)
        | Error::UnknownTarget
        | Error::IdempotencyMismatch
        | Error::Conflict(_)
        | Error::Stale(_) => invalid("not possible"),
    }
}
