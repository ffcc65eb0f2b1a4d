//! The first frame of each kind of socket, and what changed since it was made until the socket hears live.

use bytes::Bytes;
use domain::time::Timestamp;

use super::Live;
use super::frames::{self, ChatGreeting};
use super::outbox::{Frame, FrameKind};
use super::presence::{Company, Seen};
use super::replay::Feed;

/// The person arrives, and the first frame tells who else is there; what it told comes back for `catch_up`.
pub(super) fn chat(live: &Live, feed: &Feed) -> (Bytes, Option<Seen>) {
    let (connection, greeting) = (&feed.connection, &feed.greeting);
    let Some(bot) = &greeting.bot else {
        // A chat connection is greeted with its bot; `Events::greet_bot` gives no other.
        return (Bytes::new(), None);
    };
    let Company { listed, count, seen } = live.arrive(bot.bot_id, &greeting.caller, connection);
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
        online_count: count,
        read: &bot.read,
    });
    (bytes, Some(seen))
}

/// Who came, went or looked elsewhere between the greeting and the live fan-out.
pub(super) fn catch_up(live: &Live, feed: &Feed, seen: &Seen) {
    let Some(bot) = feed.connection.bot_id else {
        return;
    };
    live.tell_since(bot, feed.connection.user_id, seen, |person, status| {
        let at = Timestamp::now();
        let session = person.session_id;
        let bytes = frames::presence(bot, at, person.user_id, &person.username, status, session);
        feed.connection
            .outbox
            .push(Frame::new(FrameKind::Ephemeral, bytes));
    });
}

pub(super) fn notifications(feed: &Feed) -> Bytes {
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
