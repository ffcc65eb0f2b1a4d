//! Who is there: a person, not a tab, from the first of their chat sockets on a bot to three seconds after the last. What they
//! look at is what the last `viewing` frame of one of their open sockets said. The clock is handed in; `beat` ticks.
//!
//! It knows the sockets of this node; how people stand on others it is told (`presence/elsewhere.rs`). Bounded by the limits of
//! connections. What it is asked often, at a connect and at a tick, costs the same with ten thousand people as with ten.

mod changes;
mod elsewhere;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::events::{PresenceStatus, Signal};
use domain::ids::{BotId, ConnectionId, SessionId, UserId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::frames::Online;
use changes::{Change, Changes, State};
use elsewhere::Elsewhere;
pub use elsewhere::News;

/// People that a greeting lists.
const LISTED: usize = 200;

/// The session that somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewing {
    pub session: SessionId,
    /// The only person who may know, if it is private.
    pub private_to: Option<UserId>,
}

#[derive(Debug)]
struct Socket {
    id: ConnectionId,
    /// In a box: most look at nothing.
    viewing: Option<Box<Viewing>>,
    /// When it last said so; 0: it never did.
    order: u64,
}

#[derive(Debug)]
struct Person {
    username: Arc<str>,
    /// While they are expected back (`leaves`), the last one, which has gone.
    sockets: Vec<Socket>,
    elsewhere: Vec<Elsewhere>,
    shown: Option<Box<Viewing>>,
    /// When they count as gone, after the last socket went.
    leaves: Option<Instant>,
    /// The version of presence that their last change made.
    changed: u64,
}

/// Somebody whose last socket went. They may have come back since.
#[derive(Debug)]
struct Leaver {
    at: Instant,
    bot: BotId,
    user: UserId,
}

#[derive(Debug, Default)]
pub struct Presence {
    /// In the order of ids, so that a list is in a fixed order and its beginning is at hand.
    bots: HashMap<BotId, BTreeMap<UserId, Person>>,
    order: u64,
    grace: Duration,
    /// The next to go first. One for each end of a last socket within the grace, so bounded by the rate of connects.
    leavers: VecDeque<Leaver>,
    changes: Changes,
    /// There are other nodes, which are told.
    shared: bool,
    news: Vec<News>,
}

/// What a greeting tells of who is there.
pub struct Company {
    /// 200 at the most, with the reader among them.
    pub listed: Vec<Online>,
    pub count: usize,
    pub seen: Seen,
}

/// What a connection was told in its greeting, for what came since.
pub struct Seen {
    version: u64,
    listed: Box<[(UserId, Arc<str>)]>,
}

impl Presence {
    /// `shared`: there may be other nodes.
    pub fn new(grace: Duration, shared: bool) -> Self {
        Self {
            grace,
            shared,
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
        let person = people.entry(user).or_insert_with(|| Person::named(username));
        let before = if fresh { State::Away } else { person.state() };
        let was_here = person.is_here();
        if person.leaves.take().is_some() {
            person.sockets.clear();
        }
        person.sockets.push(Socket {
            id: socket,
            viewing: None,
            order: 0,
        });
        let changed = person.look();
        let told = (fresh || changed).then(|| person.changes(&mut self.changes, bot, user, before));
        if !was_here || changed {
            self.note_news(bot, user);
        }
        told
    }

    pub fn view(
        &mut self,
        bot: BotId,
        user: UserId,
        socket: ConnectionId,
        viewing: Option<Viewing>,
    ) -> Option<Signal> {
        // In the order of time, which other nodes share; never backwards on this one.
        let now = Timestamp::now().into_inner().timestamp_micros();
        self.order = (self.order + 1).max(now.unsigned_abs());
        let person = self.bots.get_mut(&bot)?.get_mut(&user)?;
        let before = person.state();
        let own = person.sockets.iter_mut().find(|own| own.id == socket)?;
        own.viewing = viewing.map(Box::new);
        own.order = self.order;
        let told = person
            .look()
            .then(|| person.changes(&mut self.changes, bot, user, before));
        self.note_news(bot, user);
        told
    }

    pub fn leave(&mut self, bot: BotId, user: UserId, socket: ConnectionId, now: Instant) -> Option<Signal> {
        let person = self.bots.get_mut(&bot)?.get_mut(&user)?;
        let before = person.state();
        let place = person.sockets.iter().position(|own| own.id == socket)?;
        if person.sockets.len() == 1 {
            // It stays meanwhile, and what they looked at is shown, here and elsewhere: most come back at once.
            if person.leaves.is_none() {
                let at = now + self.grace;
                person.leaves = Some(at);
                self.leavers.push_back(Leaver { at, bot, user });
            }
            return None;
        }
        person.sockets.remove(place);
        let told = person
            .look()
            .then(|| person.changes(&mut self.changes, bot, user, before));
        if told.is_some() {
            self.note_news(bot, user);
        }
        told
    }

    /// Those whose time to come back is over.
    pub fn tick(&mut self, now: Instant) -> Vec<(BotId, Signal)> {
        let mut gone = Vec::new();
        while let Some(Leaver { at, bot, user }) = self.leavers.pop_front_if(|leaver| now >= leaver.at) {
            let person = self.bots.get_mut(&bot).and_then(|people| people.get_mut(&user));
            let Some(person) = person.filter(|person| person.leaves == Some(at)) else {
                continue;
            };
            let before = person.state();
            person.leaves = None;
            person.sockets.clear();
            let elsewhere = !person.elsewhere.is_empty();
            let changed = elsewhere && person.look();
            let told = changed.then(|| person.changes(&mut self.changes, bot, user, before));
            self.note_news(bot, user);
            let told = if elsewhere { told } else { self.remove(bot, user) };
            gone.extend(told.map(|signal| (bot, signal)));
        }
        gone
    }

    /// Everyone who is there, as `reader` may see it, in a fixed order.
    pub fn online(&self, bot: BotId, reader: UserId) -> Vec<Online> {
        let people = self.bots.get(&bot).into_iter().flatten();
        people
            .map(|(user, person)| person.online(*user, reader))
            .collect()
    }

    /// What `reader` is told of it in a greeting.
    pub fn company(&self, bot: BotId, reader: UserId) -> Company {
        let people = self.bots.get(&bot);
        let first = people.into_iter().flatten().take(LISTED);
        let mut listed: Vec<_> = first.map(|(user, person)| person.online(*user, reader)).collect();
        let own = people.and_then(|people| people.get(&reader));
        if listed.len() == LISTED
            && let Some(own) = own
            && listed
                .binary_search_by_key(&reader, |person| person.user_id)
                .is_err()
        {
            listed.pop();
            listed.push(own.online(reader, reader));
        }
        let known = listed
            .iter()
            .map(|person| (person.user_id, person.username.clone()));
        let seen = Seen {
            version: self.changes.version(),
            listed: known.collect(),
        };
        Company {
            listed,
            count: people.map_or(0, BTreeMap::len),
            seen,
        }
    }

    /// Who came, went or looked elsewhere since, as far as `reader` may see it: how each of them stands now.
    pub fn since(&self, bot: BotId, reader: UserId, seen: &Seen) -> Vec<(Online, PresenceStatus)> {
        let nobody = BTreeMap::new();
        let people = self.bots.get(&bot).unwrap_or(&nobody);
        match self.changes.since(seen.version) {
            Some(changes) => told(people, changes.filter(|change| change.bot == bot), reader),
            None => compared(people, reader, seen),
        }
    }
}

/// By the changes themselves: the first one of each person says what the reader knew.
fn told<'a>(
    people: &BTreeMap<UserId, Person>,
    changes: impl Iterator<Item = &'a Change>,
    reader: UserId,
) -> Vec<(Online, PresenceStatus)> {
    let mut told = Vec::new();
    let mut known = HashSet::new();
    for change in changes {
        if !known.insert(change.user) {
            continue;
        }
        let now = people.get(&change.user);
        let state = now.map_or(State::Away, Person::state);
        if state.seen_by(reader) == change.before.seen_by(reader) {
            continue;
        }
        told.push(match now {
            Some(person) => (person.online(change.user, reader), PresenceStatus::Online),
            None => gone(change.user, &change.username),
        });
    }
    told
}

/// By everyone who is there: for a connection that took so long to come in that its changes are not kept any more. Of those who
/// left, the ones that its greeting listed are told, the others it does not know.
fn compared(people: &BTreeMap<UserId, Person>, reader: UserId, seen: &Seen) -> Vec<(Online, PresenceStatus)> {
    let away = seen.listed.iter().filter(|(user, _)| !people.contains_key(user));
    let away = away.map(|(user, username)| gone(*user, username));
    let changed = people.iter().filter(|(_, person)| person.changed > seen.version);
    let changed = changed.map(|(user, person)| (person.online(*user, reader), PresenceStatus::Online));
    away.chain(changed).collect()
}

fn gone(user_id: UserId, username: &Arc<str>) -> (Online, PresenceStatus) {
    let person = Online {
        user_id,
        username: username.clone(),
        session_id: None,
    };
    (person, PresenceStatus::Offline)
}

impl Person {
    fn named(username: &str) -> Self {
        Self {
            username: username.into(),
            sockets: Vec::with_capacity(1),
            elsewhere: Vec::new(),
            shown: None,
            leaves: None,
            changed: 0,
        }
    }

    /// Looks again at what is shown; true if it changed.
    fn look(&mut self) -> bool {
        let here = self.sockets.iter().map(|socket| (socket.order, &socket.viewing));
        let elsewhere = self.elsewhere.iter().map(|other| (other.order, &other.viewing));
        let last = here.chain(elsewhere).max_by_key(|(order, _)| *order);
        let shown = last.and_then(|(_, viewing)| viewing.clone());
        let changed = self.shown != shown;
        self.shown = shown;
        changed
    }

    fn state(&self) -> State {
        State::Here(self.shown.as_deref().copied())
    }

    /// A change is noted for those who are on their way in, and told to the others.
    fn changes(&mut self, changes: &mut Changes, bot: BotId, user: UserId, before: State) -> Signal {
        self.changed = changes.note(Change {
            bot,
            user,
            username: self.username.clone(),
            before,
        });
        self.signal(user, PresenceStatus::Online)
    }

    fn online(&self, user_id: UserId, reader: UserId) -> Online {
        Online {
            user_id,
            username: self.username.clone(),
            session_id: self.state().seen_by(reader).flatten(),
        }
    }

    fn signal(&self, user_id: UserId, status: PresenceStatus) -> Signal {
        let shown = self.shown.as_deref();
        Signal::Presence {
            user_id,
            username: self.username.to_string(),
            status,
            session_id: shown.map(|shown| shown.session),
            private_to: shown.and_then(|shown| shown.private_to),
        }
    }
}

#[cfg(test)]
mod tests;
