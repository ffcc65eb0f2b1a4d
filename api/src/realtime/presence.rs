//! Who is there: a person, not a tab, from the first of their chat sockets on a bot to three seconds after the last. What they
//! look at is what the last `viewing` frame of one of their open sockets said. The clock is handed in; `beat` ticks.
//!
//! It knows the sockets of this node alone. Bounded by the limits of connections.

use std::collections::HashMap;
use std::time::Duration;

use domain::events::{PresenceStatus, Signal};
use domain::ids::{BotId, ConnectionId, SessionId, UserId};
use tokio::time::Instant;

use super::frames::Online;

/// The session that somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewing {
    pub session: SessionId,
    /// The only person who may know, if it is private.
    pub private_to: Option<UserId>,
}

#[derive(Debug)]
struct Socket {
    id: ConnectionId,
    viewing: Option<Viewing>,
    /// When it last said so; 0: it never did.
    order: u64,
}

#[derive(Debug)]
struct Person {
    username: Box<str>,
    sockets: Vec<Socket>,
    shown: Option<Viewing>,
    /// When they count as gone, after the last socket went.
    leaves: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Presence {
    bots: HashMap<BotId, HashMap<UserId, Person>>,
    order: u64,
    grace: Duration,
}

impl Presence {
    pub fn new(grace: Duration) -> Self {
        Self {
            grace,
            ..Self::default()
        }
    }

    pub fn arrive(
        &mut self,
        bot: BotId,
        user: UserId,
        username: &str,
        socket: ConnectionId,
    ) -> Option<Signal> {
        let people = self.bots.entry(bot).or_default();
        let fresh = !people.contains_key(&user);
        let person = people.entry(user).or_insert_with(|| Person {
            username: username.into(),
            sockets: Vec::new(),
            shown: None,
            leaves: None,
        });
        person.leaves = None;
        person.sockets.push(Socket {
            id: socket,
            viewing: None,
            order: 0,
        });
        let changed = person.look();
        (fresh || changed).then(|| person.signal(user, PresenceStatus::Online))
    }

    pub fn view(
        &mut self,
        bot: BotId,
        user: UserId,
        socket: ConnectionId,
        viewing: Option<Viewing>,
    ) -> Option<Signal> {
        self.order += 1;
        let person = self.bots.get_mut(&bot)?.get_mut(&user)?;
        let own = person.sockets.iter_mut().find(|own| own.id == socket)?;
        own.viewing = viewing;
        own.order = self.order;
        person.look().then(|| person.signal(user, PresenceStatus::Online))
    }

    pub fn leave(&mut self, bot: BotId, user: UserId, socket: ConnectionId, now: Instant) -> Option<Signal> {
        let person = self.bots.get_mut(&bot)?.get_mut(&user)?;
        person.sockets.retain(|own| own.id != socket);
        if person.sockets.is_empty() {
            // What they looked at stays shown meanwhile: most come back at once.
            person.leaves.get_or_insert(now + self.grace);
            return None;
        }
        person.look().then(|| person.signal(user, PresenceStatus::Online))
    }

    pub fn tick(&mut self, now: Instant) -> Vec<(BotId, Signal)> {
        let mut gone = Vec::new();
        self.bots.retain(|bot, people| {
            people.retain(|user, person| {
                let over = person.leaves.is_some_and(|leaves| now >= leaves);
                if over {
                    person.shown = None;
                    gone.push((*bot, person.signal(*user, PresenceStatus::Offline)));
                }
                !over
            });
            !people.is_empty()
        });
        gone
    }

    /// Everyone who is there, as `reader` may see it, in a fixed order.
    pub fn online(&self, bot: BotId, reader: UserId) -> Vec<Online> {
        let mut online: Vec<_> = self
            .bots
            .get(&bot)
            .into_iter()
            .flatten()
            .map(|(user, person)| Online {
                user_id: *user,
                username: person.username.to_string(),
                session_id: person
                    .shown
                    .filter(|shown| shown.private_to.is_none_or(|only| only == reader))
                    .map(|shown| shown.session),
            })
            .collect();
        online.sort_by_key(|person| person.user_id);
        online
    }
}

impl Person {
    /// Looks again at what is shown; true if it changed.
    fn look(&mut self) -> bool {
        let last = self.sockets.iter().max_by_key(|socket| socket.order);
        let shown = last.and_then(|socket| socket.viewing);
        std::mem::replace(&mut self.shown, shown) != shown
    }

    fn signal(&self, user_id: UserId, status: PresenceStatus) -> Signal {
        Signal::Presence {
            user_id,
            username: self.username.to_string(),
            status,
            session_id: self.shown.map(|shown| shown.session),
            private_to: self.shown.and_then(|shown| shown.private_to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_there_until_three_seconds_after_the_last_socket() {
        let mut presence = Presence::new(Duration::from_secs(3));
        let (bot, ann, start) = (BotId::new(), UserId::new(), Instant::now());
        let (one, other) = (ConnectionId::new(), ConnectionId::new());
        assert!(presence.arrive(bot, ann, "ann", one).is_some());
        assert!(presence.arrive(bot, ann, "ann", other).is_none());
        assert!(presence.leave(bot, ann, one, start).is_none());
        assert!(presence.leave(bot, ann, other, start).is_none());
        assert!(presence.tick(start + Duration::from_millis(2_999)).is_empty());
        assert_eq!(presence.online(bot, ann).len(), 1);
        assert_eq!(presence.tick(start + Duration::from_secs(3)).len(), 1);
        assert!(presence.bots.is_empty());
    }

    #[test]
    fn the_last_word_of_the_open_sockets_is_shown_and_private_sessions_are_not() {
        let mut presence = Presence::default();
        let (bot, ann, bob) = (BotId::new(), UserId::new(), UserId::new());
        let (one, other) = (ConnectionId::new(), ConnectionId::new());
        let viewing = |private_to| Viewing {
            session: SessionId::new(),
            private_to,
        };
        let (shared, private) = (viewing(None), viewing(Some(ann)));
        presence.arrive(bot, ann, "ann", one);
        presence.arrive(bot, ann, "ann", other);
        assert!(presence.view(bot, ann, one, Some(shared)).is_some());
        assert!(presence.view(bot, ann, one, Some(shared)).is_none());
        assert_eq!(presence.online(bot, bob)[0].session_id, Some(shared.session));
        assert!(presence.view(bot, ann, other, Some(private)).is_some());
        assert_eq!(presence.online(bot, bob)[0].session_id, None);
        assert_eq!(presence.online(bot, ann)[0].session_id, Some(private.session));
        assert!(presence.leave(bot, ann, other, Instant::now()).is_some());
        assert_eq!(presence.online(bot, bob)[0].session_id, Some(shared.session));
    }
}
