//! The other nodes: who they are, what they say of themselves, and what they are told. A node speaks up when it starts and every
//! ten seconds, with everything it knows of its people; one that is not heard for thirty is forgotten. How letters look and who
//! reads them is in `letters`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::events::{Sent, Signal};
use domain::ids::BotId;
use domain::time::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::Live;
use super::letters::Letter;
use super::outbox::lock;
use super::presence::News;

/// Between two times that a node says everything.
const ANNOUNCE: Duration = Duration::from_secs(10);
/// A node that was silent for so long is forgotten.
const SILENCE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_secs(1);

/// What is known of one other node.
#[derive(Debug)]
struct Node {
    heard: Instant,
    /// It said that it stops: its people have so long to turn up elsewhere.
    leaves: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Nodes {
    known: HashMap<Uuid, Node>,
    /// When this node last asked the others to say everything.
    asked: Option<Instant>,
    /// It has to be asked once more: not at once, or nodes that miss something would keep each other busy.
    ask_again: bool,
}

impl Nodes {
    fn heard(&mut self, node: Uuid, now: Instant) -> &mut Node {
        let known = self.known.entry(node).or_insert_with(|| {
            tracing::info!(%node, "another node is there");
            // It may have been there before, and have been too slow: what it said then was forgotten.
            self.ask_again = true;
            Node {
                heard: now,
                leaves: None,
            }
        });
        known.heard = now;
        known
    }

    /// Whether the others may be asked now; if not, the next tick does.
    fn may_ask(&mut self, now: Instant) -> bool {
        let may = self.asked.is_none_or(|asked| now >= asked + TICK);
        self.ask_again = !may;
        if may {
            self.asked = Some(now);
        }
        may
    }

    /// Those that are not there any more.
    fn gone(&mut self, now: Instant) -> Vec<Uuid> {
        let gone = self.known.extract_if(|_, node| {
            now >= node.heard + SILENCE || node.leaves.is_some_and(|leaves| now >= leaves)
        });
        gone.map(|(node, _)| node).collect()
    }
}

/// Speaks up and looks around until the node stops.
pub(super) async fn run(live: Arc<Live>) {
    live.reintroduce();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut announced = Instant::now();
    loop {
        tokio::select! {
            () = live.stop.cancelled() => return live.write(&Letter::Bye),
            _ = ticks.tick() => {}
        }
        let requests = live.rates.take_spent();
        if !requests.is_empty() {
            live.write(&Letter::Spent { requests });
        }
        let now = Instant::now();
        if now >= announced + ANNOUNCE {
            announced = now;
            live.announce();
        }
        let (gone, ask_again) = {
            let mut nodes = lock(&live.nodes);
            (nodes.gone(now), nodes.ask_again)
        };
        for node in gone {
            live.forget_node(node);
        }
        if ask_again {
            live.reintroduce();
        }
    }
}

impl Live {
    /// Something of the others' may have been lost: they shall say everything, and are told everything.
    pub(super) fn reintroduce(&self) {
        if self.bus.node().is_some() && lock(&self.nodes).may_ask(Instant::now()) {
            self.write(&Letter::Hello);
            self.announce();
        }
    }

    /// What a node says of all its people.
    pub(super) fn hear_everybody(&self, node: Uuid, people: Vec<News>) {
        lock(&self.nodes).heard(node, Instant::now()).leaves = None;
        let mut presence = lock(&self.presence);
        let told = presence.heard_all(node, people);
        self.tell_here(told);
    }

    pub(super) fn hear_person(&self, node: Uuid, news: News, seen: i64) {
        let bot = news.bot;
        let mut presence = lock(&self.presence);
        if let Some(signal) = presence.heard(node, news) {
            self.signal_here(bot, seen, signal);
        }
    }

    /// A node was heard of.
    pub(super) fn hear_node(&self, node: Uuid) {
        lock(&self.nodes).heard(node, Instant::now());
    }

    /// It stops: its people have so long to turn up elsewhere.
    pub(super) fn hear_bye(&self, node: Uuid) {
        let now = Instant::now();
        lock(&self.nodes).heard(node, now).leaves = Some(now + self.limits.presence_grace);
    }

    /// The other nodes that are there.
    pub(super) fn others(&self) -> Vec<Uuid> {
        lock(&self.nodes).known.keys().copied().collect()
    }

    /// Tells the others what presence has noted for them. Under its lock, so that they hear it in its order.
    pub(super) fn pass_on(&self, presence: &mut super::presence::Presence) {
        for news in presence.take_news() {
            let seen = self.seen(news.bot);
            self.write(&Letter::Person { news, seen });
        }
    }

    /// Everything that others are to know of this node.
    pub(super) fn announce(&self) {
        self.announce_sockets();
        // Held until it is with the bus, as for all that is said of people.
        let presence = lock(&self.presence);
        self.write(&Letter::Everybody(presence.all()));
    }

    fn forget_node(&self, node: Uuid) {
        tracing::info!(%node, "another node is gone");
        lock(&self.sockets_elsewhere).forget(node);
        let told = lock(&self.typing_elsewhere).forget(node);
        self.end_typing(told);
        let mut presence = lock(&self.presence);
        let told = presence.forget(node);
        self.tell_here(told);
    }

    fn tell_here(&self, told: Vec<(BotId, Signal)>) {
        for (bot, signal) in told {
            self.signal_here(bot, 0, signal);
        }
    }

    /// Sends a signal to everyone here; `seen` is what another node had delivered when it knew this.
    pub(super) fn signal_here(&self, bot: BotId, seen: i64, signal: Signal) {
        self.bus.signal_here(Sent {
            bot_id: bot,
            seen: seen.max(self.seen(bot)),
            at: Timestamp::now(),
            signal,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_heard_is_gone() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        let (silent, leaving, there) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
        nodes.heard(silent, now);
        nodes.heard(leaving, now).leaves = Some(now + Duration::from_secs(3));
        assert_eq!(nodes.gone(now + Duration::from_secs(3)), [leaving]);
        nodes.heard(there, now + SILENCE);
        assert_eq!(nodes.gone(now + SILENCE), [silent]);
        assert!(nodes.known.contains_key(&there));
    }
}
