//! `GET /api/ws/notifications`: a person's own notifications, over all bots.

use std::sync::Arc;

use bytes::Bytes;
use poem::{Endpoint, Request, Response};

use super::close::Close;
use super::connection::Kind;
use super::frames;
use super::replay::Feed;
use super::upgrade::shake;
use super::{Live, Place, serve};
use crate::auth::Auth;
use crate::http::origin::Origins;

struct NotificationSocket {
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
}

pub fn endpoint(
    live: Arc<Live>,
    auth: Arc<Auth>,
    origins: Arc<Origins>,
) -> impl Endpoint<Output = Response> + 'static {
    NotificationSocket { live, auth, origins }
}

impl Endpoint for NotificationSocket {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let handshake = match shake(&request, &self.origins) {
            Ok(handshake) => handshake,
            Err(refused) => return Ok(*refused),
        };
        let credential = self.auth.handshake(&request).await;
        let opening = credential
            .map(|credential| (credential, Kind::Notifications, None))
            .map_err(|error| Close::of(&error));
        let range = Place::of(&request).range();
        serve(&self.live, &self.auth, handshake.upgrade, opening, range);
        Ok(handshake.response)
    }
}

pub(super) fn hello(feed: &Feed) -> Bytes {
    let (connection, greeting) = (&feed.connection, &feed.greeting);
    frames::notifications_greeting(
        connection.user_id,
        connection.id,
        greeting.seq,
        &greeting.epoch,
        connection.credential().expires_at,
        greeting.unread,
    )
}
