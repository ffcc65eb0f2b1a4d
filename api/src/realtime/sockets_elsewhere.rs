//! How many sockets each person has on other nodes: the limits of connections are for all nodes together. Two sockets that come on
//! two nodes at the very same moment may both be let in.

use std::collections::HashMap;

use domain::ids::{BotId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Live;
use super::letters::Letter;
use super::outbox::lock;

/// The sockets that somebody has on one node: one entry each, with the bots that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub user: UserId,
    pub sockets: Sockets,
}

type Sockets = Vec<Vec<BotId>>;

#[derive(Debug, Default)]
pub(super) struct SocketsElsewhere {
    people: HashMap<UserId, Vec<(Uuid, Sockets)>>,
}

impl SocketsElsewhere {
    /// All that somebody has, and those on one bot.
    pub fn count(&self, user: UserId, bot: Option<BotId>) -> (usize, usize) {
        let sockets = self.people.get(&user).into_iter().flatten();
        let sockets = sockets.flat_map(|(_, sockets)| sockets);
        sockets.fold((0, 0), |(all, on_bot), socket| {
            let same = bot.is_some_and(|bot| socket.contains(&bot));
            (all + 1, on_bot + usize::from(same))
        })
    }

    fn hear(&mut self, node: Uuid, held: Held) {
        let nodes = self.people.entry(held.user).or_default();
        nodes.retain(|(known, _)| *known != node);
        if !held.sockets.is_empty() {
            nodes.push((node, held.sockets));
        } else if nodes.is_empty() {
            self.people.remove(&held.user);
        }
    }

    pub fn forget(&mut self, node: Uuid) {
        self.people.retain(|_, nodes| {
            nodes.retain(|(known, _)| *known != node);
            !nodes.is_empty()
        });
    }
}

impl Live {
    /// Tells the others what somebody has here now.
    pub(super) fn tell_sockets(&self, user: UserId) {
        if self.bus.node().is_none() {
            return;
        }
        // Held until it is with the bus: what is told last is what is so.
        let _elsewhere = lock(&self.sockets_elsewhere);
        let sockets = self.hub.of_user(user).iter().map(|own| own.listening()).collect();
        self.write(&Letter::Sockets(Held { user, sockets }));
    }

    pub(super) fn announce_sockets(&self) {
        let _elsewhere = lock(&self.sockets_elsewhere);
        let mut people: HashMap<UserId, Sockets> = HashMap::new();
        for connection in self.hub.connections() {
            people
                .entry(connection.user_id)
                .or_default()
                .push(connection.listening());
        }
        let all = people.into_iter().map(|(user, sockets)| Held { user, sockets });
        self.write(&Letter::AllSockets(all.collect()));
    }

    pub(super) fn hear_sockets(&self, node: Uuid, held: Held) {
        lock(&self.sockets_elsewhere).hear(node, held);
    }

    pub(super) fn hear_all_sockets(&self, node: Uuid, held: Vec<Held>) {
        let mut elsewhere = lock(&self.sockets_elsewhere);
        elsewhere.forget(node);
        held.into_iter().for_each(|held| elsewhere.hear(node, held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_each_node_said_counts() {
        let (one, other, user, bot) = (Uuid::new_v4(), Uuid::new_v4(), UserId::new(), BotId::new());
        let mut elsewhere = SocketsElsewhere::default();
        let held = |sockets: &[&[BotId]]| Held {
            user,
            sockets: sockets.iter().map(|bots| bots.to_vec()).collect(),
        };
        elsewhere.hear(one, held(&[&[bot]]));
        elsewhere.hear(one, held(&[&[bot], &[BotId::new(), bot], &[]]));
        elsewhere.hear(other, held(&[&[BotId::new()]]));
        assert_eq!(elsewhere.count(user, Some(bot)), (4, 2));
        assert_eq!(elsewhere.count(user, None), (4, 0));
        elsewhere.hear(one, held(&[]));
        assert_eq!(elsewhere.count(user, Some(bot)), (1, 0));
        elsewhere.forget(other);
        assert!(elsewhere.people.is_empty());
    }
}
