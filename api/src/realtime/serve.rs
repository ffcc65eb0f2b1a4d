//! From an accepted handshake to a running socket: a task of its own that keeps nothing of the request.

use std::sync::Arc;
use std::time::Duration;

use domain::Credential;
use domain::events::SeqRange;
use domain::ids::BotId;
use tokio::time::timeout;

use super::close::Close;
use super::connection::Kind;
use super::outbox::Drain;
use super::replay::Feed;
use super::{Attendance, Live, socket};
use crate::auth::Auth;
use crate::server::{RawUpgrade, Upgraded};

/// How long the connection may take to change its protocol after the 101.
const SWITCH: Duration = Duration::from_secs(10);

/// What is asked for, or why it is refused before the limits and the database are asked.
pub(super) type Opening = Result<(Credential, Kind, Option<BotId>), Close>;

/// Owned by `Live::sockets`.
pub(super) fn serve(
    live: &Arc<Live>,
    auth: &Arc<Auth>,
    upgrade: RawUpgrade,
    opening: Opening,
    range: Option<SeqRange>,
) {
    let (owner, auth) = (live.clone(), auth.clone());
    live.sockets.spawn(async move {
        // A client that left before the 101 was written.
        let Ok(Ok(Upgraded { stream, read, place })) = timeout(SWITCH, upgrade.into_stream()).await else {
            return;
        };
        let socket = socket::open(stream, read, owner.limits.message_bytes).await;
        match accept(&owner, opening, range).await {
            Ok((attendance, feed)) => {
                Box::pin(socket::run(socket, &owner, &auth, attendance, feed)).await;
            }
            Err(close) => socket::refuse(socket, close).await,
        }
        // The connection counts under the server's cap until here.
        drop(place);
    });
}

async fn accept(
    live: &Arc<Live>,
    opening: Opening,
    range: Option<SeqRange>,
) -> Result<(Attendance, Feed), Close> {
    let (credential, kind, bot) = opening?;
    let attendance = live.attend(kind, credential, bot).map_err(|error| {
        if live.hub.is_stopping() {
            Close::GoingAway
        } else {
            Close::of(&error)
        }
    })?;
    match live.open(&attendance.connection, range).await {
        Ok(feed) => Ok((attendance, feed)),
        Err(error) => {
            let close = Close::of(&error);
            attendance.connection.close(close, Drain::Nothing);
            Err(close)
        }
    }
}
