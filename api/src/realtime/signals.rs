//! What passes between people without being kept: typing, presence, read receipts. Each leaves with the number that this node
//! has delivered, so that no node lets it overtake the end of somebody's role.
//!
//! Each board stays locked until what it says is with the bus: what is told last is what is so.

use std::sync::Arc;

use domain::Caller;
use domain::chat::MarkerMoved;
use domain::events::{PresenceStatus, Sent, Signal, StreamId};
use domain::ids::{BotId, UserId};
use domain::time::Timestamp;
use tokio::time::Instant;
use uuid::Uuid;

use super::Live;
use super::connection::Connection;
use super::frames::Online;
use super::outbox::lock;
use super::presence::{Company, Presence, Seen, Viewing};
use super::typing::{Place, Told};

impl Live {
    /// Sends a signal to everyone it concerns, on every node.
    pub fn signal(&self, bot: BotId, signal: Signal) {
        self.bus.signal(Sent {
            bot_id: bot,
            seen: self.seen(bot),
            at: Timestamp::now(),
            signal,
        });
    }

    /// The number up to which this node knows a bot's stream, whether somebody here listens to it or not: no signal that leaves it
    /// may overtake a fact up to there.
    pub(super) fn seen(&self, bot: BotId) -> i64 {
        let stream = StreamId::Bot(bot);
        self.hub.position(stream).max(self.heads.get(stream))
    }

    /// A signal of another node. False: nobody here is to be told.
    pub(super) fn hear_signal(&self, node: Uuid, sent: &Sent) -> bool {
        if let Signal::Typing {
            user_id,
            username,
            session_id,
            is_typing,
        } = &sent.signal
        {
            let place = Place {
                bot: sent.bot_id,
                user: *user_id,
                session: *session_id,
            };
            lock(&self.typing_elsewhere).hear(node, place, username, *is_typing, Instant::now());
        }
        self.hear_answer(sent)
    }

    /// People typed on a node of which nothing is heard any more.
    pub(super) fn end_typing(&self, told: Vec<Told>) {
        for told in told {
            let Place { bot, user, session } = told.place;
            let typing = Signal::Typing {
                user_id: user,
                username: told.username.into(),
                session_id: session,
                is_typing: false,
            };
            self.signal_here(bot, 0, typing);
        }
    }

    /// Tells of a read marker that was stored; one that did not move is not told.
    pub fn send_read(&self, moved: MarkerMoved) {
        if !moved.moved {
            return;
        }
        let mut reads = lock(&self.reads);
        let told = reads.note(moved.bot_id, moved.marker, moved.private_to, Instant::now());
        if let Some((bot, signal)) = told {
            self.signal(bot, signal);
        }
    }

    /// Who is on a bot, as `reader` may see it. The right to ask is the asker's matter.
    pub fn presence(&self, bot: BotId, reader: &Caller) -> Vec<Online> {
        lock(&self.presence).online(bot, reader.user_id)
    }

    /// Calls `tell` for everyone who came, went or looked elsewhere since a greeting, while nobody else does: what it puts into a
    /// queue stands before any later change.
    pub(super) fn tell_since(
        &self,
        bot: BotId,
        reader: UserId,
        seen: &Seen,
        tell: impl Fn(&Online, PresenceStatus),
    ) {
        let presence = lock(&self.presence);
        for (person, status) in presence.since(bot, reader, seen) {
            tell(&person, status);
        }
    }

    /// A chat socket comes; gives who is there now. Changes up to this moment are not told to it again.
    pub(super) fn arrive(&self, bot: BotId, caller: &Caller, connection: &Arc<Connection>) -> Company {
        let mut presence = lock(&self.presence);
        let arrived = presence.arrive(bot, caller.user_id, &caller.username, connection.id);
        self.tell_presence(&mut presence, bot, arrived);
        connection.greeted(Timestamp::now());
        presence.company(bot, caller.user_id)
    }

    pub(super) fn viewing(&self, bot: BotId, connection: &Connection, viewing: Option<Viewing>) {
        let mut presence = lock(&self.presence);
        let changed = presence.view(bot, connection.user_id, connection.id, viewing);
        self.tell_presence(&mut presence, bot, changed);
    }

    pub(super) fn typing(&self, place: Place, username: &str, connection: &Connection, is_typing: bool) {
        let mut typing = lock(&self.typing);
        let told = typing.note(place, username, connection.id, is_typing, Instant::now());
        told.into_iter().for_each(|told| self.tell_typing(told));
    }

    /// What waited for its moment.
    pub(super) fn tell_waiting(&self, now: Instant) {
        let mut typing = lock(&self.typing);
        let told = typing.tick(now);
        told.into_iter().for_each(|told| self.tell_typing(told));
        drop(typing);
        let told = lock(&self.typing_elsewhere).tick(now);
        self.end_typing(told);
        let mut reads = lock(&self.reads);
        let told = reads.tick(now);
        told.into_iter()
            .for_each(|(bot, signal)| self.signal(bot, signal));
        drop(reads);
        let mut presence = lock(&self.presence);
        for (bot, signal) in presence.tick(now) {
            self.tell_presence(&mut presence, bot, Some(signal));
        }
        self.pass_on(&mut presence);
    }

    /// Of presence every node tells its own: the others are told how things stand here, and find out what that changes.
    fn tell_presence(&self, presence: &mut Presence, bot: BotId, told: Option<Signal>) {
        if let Some(signal) = told {
            self.signal_here(bot, 0, signal);
        }
        self.pass_on(presence);
    }

    fn tell_typing(&self, told: Told) {
        let Place { bot, user, session } = told.place;
        self.signal(
            bot,
            Signal::Typing {
                user_id: user,
                username: told.username.into(),
                session_id: session,
                is_typing: told.is_typing,
            },
        );
    }

    /// A connection is gone: what others believed of it ends.
    pub(super) fn depart(&self, connection: &Connection) {
        for bot in connection.bots() {
            self.depart_from(bot, connection);
        }
    }

    /// The same on one of the bots that it listened to.
    pub(super) fn depart_from(&self, bot: BotId, connection: &Connection) {
        let now = Instant::now();
        let mut typing = lock(&self.typing);
        let stopped = typing.gone(bot, connection.id, now);
        stopped.into_iter().for_each(|told| self.tell_typing(told));
        drop(typing);
        let mut presence = lock(&self.presence);
        let changed = presence.leave(bot, connection.user_id, connection.id, now);
        self.tell_presence(&mut presence, bot, changed);
    }
}
