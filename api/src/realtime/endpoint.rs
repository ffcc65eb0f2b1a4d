//! The endpoints of the sockets: `GET /api/ws/chat/{bot_id}`, `GET /api/ws/notifications` and `GET /api/ws`. The handshake is
//! answered with 101 whatever becomes of it; who may not in is told by a close frame.

use std::sync::Arc;

use domain::ids::BotId;
use poem::{Endpoint, Request, Response};

use super::close::Close;
use super::connection::Kind;
use super::serve::Opening;
use super::upgrade::shake;
use super::{Live, Place, serve};
use crate::auth::Auth;
use crate::http::origin::Origins;

/// What is listened to.
#[derive(Clone, Copy)]
enum Subject {
    /// The bot in the path.
    Bot,
    Inbox,
    /// What its frames ask for.
    Channels,
}

struct Socket {
    subject: Subject,
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
}

/// Everything of one bot that this person may see. To be mounted under a path with a `bot_id` in it.
pub fn chat(
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
) -> impl Endpoint<Output = Response> + 'static {
    Socket {
        subject: Subject::Bot,
        live,
        auth,
        origins,
    }
}

/// A person's own notifications, over all bots.
pub fn notifications(
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
) -> impl Endpoint<Output = Response> + 'static {
    Socket {
        subject: Subject::Inbox,
        live,
        auth,
        origins,
    }
}

/// Any number of channels, by the frames of the socket.
pub fn channels(
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
) -> impl Endpoint<Output = Response> + 'static {
    Socket {
        subject: Subject::Channels,
        live,
        auth,
        origins,
    }
}

impl Endpoint for Socket {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let handshake = match shake(&request, &self.origins) {
            Ok(handshake) => handshake,
            Err(refused) => return Ok(*refused),
        };
        let opening = self.opening(&request).await;
        let range = match self.subject {
            Subject::Bot | Subject::Inbox => Place::of(&request).range(),
            // Each channel has a place of its own.
            Subject::Channels => None,
        };
        serve(&self.live, &self.auth, handshake.upgrade, opening, range);
        Ok(handshake.response)
    }
}

impl Socket {
    async fn opening(&self, request: &Request) -> Opening {
        let credential = self.auth.handshake(request).await;
        let credential = credential.map_err(|error| Close::of(&error))?;
        match self.subject {
            Subject::Bot => {
                let id = request.raw_path_param("bot_id");
                let bot: Option<BotId> = id.and_then(|text| text.parse().ok());
                // A malformed id is an unknown one, and both come after the credential.
                Ok((credential, Kind::Chat, Some(bot.ok_or(Close::NoAccess)?)))
            }
            Subject::Inbox => Ok((credential, Kind::Notifications, None)),
            Subject::Channels => Ok((credential, Kind::Multi, None)),
        }
    }
}
