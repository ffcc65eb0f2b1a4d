//! From an accepted handshake to a running socket: a task of its own that keeps nothing of the request.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Credential;
use domain::events::SeqRange;
use domain::ids::BotId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::close::Close;
use super::connection::Kind;
use super::ear::Ear;
use super::mouth::{LineIo, Mouth};
use super::outbox::{Drain, Line};
use super::replay::Feed;
use super::session::Session;
use super::{Attendance, Live, multi, socket};
use crate::auth::Auth;
use crate::server::{RawUpgrade, Stream, Upgraded};

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
    // In a box of its own, with all that it takes to come in: of that, nothing is kept.
    let entering = Box::pin(async move {
        // A client may have left before the 101 was written.
        let upgraded = timeout(SWITCH, upgrade.into_stream()).await.ok()?.ok()?;
        let Upgraded { stream, read, place } = upgraded;
        match stream {
            Stream::Plain(stream) => enter(Arc::new(stream), read, &owner, auth, opening, range).await,
            Stream::Tls(stream) => {
                let (reading, writing) = tokio::io::split(*stream);
                let ear = Ear::new(reading, &read, owner.limits.message_bytes);
                drop(read);
                over(ear, Mouth::new(writing), &owner, &auth, opening, range).await;
                None
            }
        }
        .map(|session| (session, place))
    });
    live.sockets.spawn(async move {
        if let Some((session, place)) = entering.await {
            session.run().await;
            // The connection counts under the server's cap until here.
            drop(place);
        }
    });
}

async fn enter(
    line: Line,
    read: Bytes,
    live: &Arc<Live>,
    auth: Arc<Auth>,
    opening: Opening,
    range: Option<SeqRange>,
) -> Option<Session> {
    let ear = Ear::new(LineIo(line.clone()), &read, live.limits.message_bytes);
    drop(read);
    match accept(live, opening, range).await {
        // It has a writer of its own, so it keeps nothing of the line but its ends.
        Ok((attendance, feed)) if feed.connection.kind == Kind::Multi => {
            multi::run(ear, Mouth::new(LineIo(line)), live, &auth, attendance, feed).await;
            None
        }
        Ok((attendance, feed)) => socket::enter(ear, line, live, &auth, attendance, feed).await,
        Err(close) => {
            socket::refuse(ear, Mouth::new(LineIo(line)), close).await;
            None
        }
    }
}

async fn over<R, W>(
    ear: Ear<R>,
    mouth: Mouth<W>,
    live: &Arc<Live>,
    auth: &Auth,
    opening: Opening,
    range: Option<SeqRange>,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send,
{
    match accept(live, opening, range).await {
        Ok((attendance, feed)) if feed.connection.kind == Kind::Multi => {
            multi::run(ear, mouth, live, auth, attendance, feed).await;
        }
        Ok((attendance, feed)) => socket::run(ear, mouth, live, auth, attendance, feed).await,
        Err(close) => socket::refuse(ear, mouth, close).await,
    }
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
