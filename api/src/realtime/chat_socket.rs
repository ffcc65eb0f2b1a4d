//! `GET /api/ws/chat/{bot_id}`: everything of one bot that this person may see.

use std::sync::Arc;

use bytes::Bytes;
use domain::events::PresenceStatus;
use domain::ids::{BotId, UserId};
use domain::time::Timestamp;
use poem::{Endpoint, Request, Response};

use super::close::Close;
use super::connection::Kind;
use super::frames::{self, ChatGreeting, Online};
use super::outbox::{Frame, FrameKind};
use super::replay::Feed;
use super::upgrade::shake;
use super::{Live, Place, serve};
use crate::auth::Auth;
use crate::http::origin::Origins;

/// People that a greeting lists.
const LISTED: usize = 200;

struct ChatSocket {
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
}

/// To be mounted under a path with a `bot_id` in it.
pub fn endpoint(
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
) -> impl Endpoint<Output = Response> + 'static {
    ChatSocket { live, auth, origins }
}

impl Endpoint for ChatSocket {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let handshake = match shake(&request, &self.origins) {
            Ok(handshake) => handshake,
            Err(refused) => return Ok(*refused),
        };
        let credential = self.auth.handshake(&request).await;
        let bot: Option<BotId> = request
            .raw_path_param("bot_id")
            .and_then(|text| text.parse().ok());
        // A malformed id is an unknown one, and both come after the credential.
        let opening = credential
            .map_err(|error| Close::of(&error))
            .and_then(|credential| {
                let bot = bot.ok_or(Close::NoAccess)?;
                Ok((credential, Kind::Chat, Some(bot)))
            });
        let range = Place::of(&request).range();
        serve(&self.live, &self.auth, handshake.upgrade, opening, range);
        Ok(handshake.response)
    }
}

/// The person arrives, and the first frame tells who else is there: all of them come back for `catch_up`.
pub(super) fn hello(live: &Live, feed: &Feed) -> (Bytes, Option<Vec<Online>>) {
    let (connection, greeting) = (&feed.connection, &feed.greeting);
    let Some(bot) = &greeting.bot else {
        // A chat connection is greeted with its bot; `Events::greet_bot` gives no other.
        return (Bytes::new(), None);
    };
    let online = live.arrive(bot.bot_id, &greeting.caller, connection);
    let listed = listed(&online, connection.user_id);
    let bytes = frames::chat_greeting(&ChatGreeting {
        bot_id: bot.bot_id,
        bot_name: &bot.name,
        user_id: connection.user_id,
        connection_id: connection.id,
        role: bot.role,
        seq: greeting.seq,
        epoch: &greeting.epoch,
        expires_at: connection.credential().expires_at,
        online: &listed,
        online_count: online.len(),
        read: &bot.read,
    });
    (bytes, Some(online))
}

fn listed(online: &[Online], reader: UserId) -> Vec<Online> {
    let mut listed: Vec<_> = online.iter().take(LISTED).cloned().collect();
    if online.len() > LISTED
        && !listed.iter().any(|person| person.user_id == reader)
        && let Some(own) = online.iter().find(|person| person.user_id == reader)
    {
        listed.pop();
        listed.push(own.clone());
    }
    listed
}

/// Who came, went or looked elsewhere between the greeting and the live fan-out.
pub(super) fn catch_up(live: &Live, feed: &Feed, before: &[Online]) {
    let Some(bot) = feed.connection.bot_id else {
        return;
    };
    let tell = |person: &Online, status, session_id| {
        let at = Timestamp::now();
        let bytes = frames::presence(bot, at, person.user_id, &person.username, status, session_id);
        feed.connection
            .outbox
            .push(Frame::new(FrameKind::Ephemeral, bytes));
    };
    live.with_online(bot, feed.connection.user_id, |now| {
        // The same in almost every case.
        if now == before {
            return;
        }
        // Both lists are in the order of ids.
        let by_id = |person: &Online| person.user_id;
        let gone = before
            .iter()
            .filter(|person| now.binary_search_by_key(&person.user_id, by_id).is_err());
        gone.for_each(|person| tell(person, PresenceStatus::Offline, None));
        let changed = now.iter().filter(|person| {
            let known = before.binary_search_by_key(&person.user_id, by_id);
            known.ok().and_then(|at| before.get(at)) != Some(person)
        });
        changed.for_each(|person| tell(person, PresenceStatus::Online, person.session_id));
    });
}
