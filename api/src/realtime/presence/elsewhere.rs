//! Who is there on other nodes. Each node tells the others how its own people stand (`News`), and everything it knows of them from
//! time to time; here that is put together with those of this node. What changes for watchers by it is told on this node alone:
//! every node finds it out for its own.

use std::collections::HashMap;

use domain::events::{PresenceStatus, Signal};
use domain::ids::{BotId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::changes::State;
use super::{Person, Presence, Viewing};

/// How somebody stands on the node that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    pub bot: BotId,
    pub user: UserId,
    pub username: String,
    /// `None`: they have gone from there.
    pub here: Option<Here>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    viewing: Option<Viewing>,
    /// When they last said what they look at, in an order over all nodes.
    order: u64,
}

/// What another node says of somebody.
#[derive(Debug)]
pub(super) struct Elsewhere {
    node: Uuid,
    pub viewing: Option<Box<Viewing>>,
    pub order: u64,
}

impl Presence {
    /// What the other nodes are to be told since this was last asked.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Everything that another node is to know of this one.
    pub fn all(&self) -> Vec<News> {
        let people = self
            .bots
            .iter()
            .flat_map(|(bot, people)| people.iter().map(move |(user, person)| (*bot, *user, person)));
        people
            .filter(|(_, _, person)| person.is_here())
            .map(|(bot, user, person)| person.news(bot, user))
            .collect()
    }

    /// Notes how somebody of this node stands, for the others.
    pub(super) fn note_news(&mut self, bot: BotId, user: UserId) {
        if !self.shared {
            return;
        }
        let person = self.bots.get(&bot).and_then(|people| people.get(&user));
        self.news.extend(person.map(|person| person.news(bot, user)));
    }

    /// Another node has said how somebody stands there.
    pub fn heard(&mut self, node: Uuid, news: News) -> Option<Signal> {
        let News {
            bot,
            user,
            username,
            here,
        } = news;
        let Some(here) = here else {
            return self.gone_from(node, bot, user);
        };
        let people = self.bots.entry(bot).or_default();
        let fresh = !people.contains_key(&user);
        let person = people.entry(user).or_insert_with(|| Person::named(&username));
        let before = if fresh { State::Away } else { person.state() };
        let told = Elsewhere {
            node,
            viewing: here.viewing.map(Box::new),
            order: here.order,
        };
        match person.elsewhere.iter_mut().find(|known| known.node == node) {
            Some(known) => *known = told,
            None => person.elsewhere.push(told),
        }
        let changed = person.look();
        (fresh || changed).then(|| person.changes(&mut self.changes, bot, user, before))
    }

    /// Another node has said how all its people stand: who is not among them has gone from there.
    pub fn heard_all(&mut self, node: Uuid, all: Vec<News>) -> Vec<(BotId, Signal)> {
        let there: HashMap<_, ()> = all.iter().map(|news| ((news.bot, news.user), ())).collect();
        let gone = self.people_of(node).into_iter();
        let gone: Vec<_> = gone.filter(|person| !there.contains_key(person)).collect();
        let mut told = self.all_gone(node, gone);
        for news in all {
            let bot = news.bot;
            told.extend(self.heard(node, news).map(|signal| (bot, signal)));
        }
        told
    }

    /// Nothing is heard of a node any more.
    pub fn forget(&mut self, node: Uuid) -> Vec<(BotId, Signal)> {
        let gone = self.people_of(node);
        self.all_gone(node, gone)
    }

    fn people_of(&self, node: Uuid) -> Vec<(BotId, UserId)> {
        let people = self
            .bots
            .iter()
            .flat_map(|(bot, people)| people.iter().map(move |(user, person)| (*bot, *user, person)));
        people
            .filter(|(_, _, person)| person.elsewhere.iter().any(|known| known.node == node))
            .map(|(bot, user, _)| (bot, user))
            .collect()
    }

    fn all_gone(&mut self, node: Uuid, gone: Vec<(BotId, UserId)>) -> Vec<(BotId, Signal)> {
        gone.into_iter()
            .filter_map(|(bot, user)| Some((bot, self.gone_from(node, bot, user)?)))
            .collect()
    }

    fn gone_from(&mut self, node: Uuid, bot: BotId, user: UserId) -> Option<Signal> {
        let person = self.bots.get_mut(&bot)?.get_mut(&user)?;
        let before = person.state();
        person.elsewhere.retain(|known| known.node != node);
        if person.is_here() || !person.elsewhere.is_empty() {
            return person
                .look()
                .then(|| person.changes(&mut self.changes, bot, user, before));
        }
        self.remove(bot, user)
    }

    /// Takes somebody out who is nowhere any more.
    pub(super) fn remove(&mut self, bot: BotId, user: UserId) -> Option<Signal> {
        let people = self.bots.get_mut(&bot)?;
        let mut person = people.remove(&user)?;
        if people.is_empty() {
            self.bots.remove(&bot);
        }
        let before = person.state();
        person.shown = None;
        person.changes(&mut self.changes, bot, user, before);
        Some(person.signal(user, PresenceStatus::Offline))
    }
}

impl Person {
    /// On this node; also when their last socket went a moment ago.
    pub(super) fn is_here(&self) -> bool {
        !self.sockets.is_empty()
    }

    fn news(&self, bot: BotId, user: UserId) -> News {
        let last = self.sockets.iter().max_by_key(|socket| socket.order);
        let here = self.is_here().then(|| Here {
            viewing: last.and_then(|socket| socket.viewing.as_deref().copied()),
            order: last.map_or(0, |socket| socket.order),
        });
        News {
            bot,
            user,
            username: self.username.to_string(),
            here,
        }
    }
}
