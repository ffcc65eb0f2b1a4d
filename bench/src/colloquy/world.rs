//! Who is in the installation that is measured: people, bots, who sits where, and what was said before. Ids follow from
//! numbers, so that the database (`seed`) and the load name the same rows without asking each other.

use std::collections::BTreeSet;

use sea_orm::DbBackend;
use uuid::Uuid;

/// Sockets of one person on one bot that the server allows unless told otherwise.
pub const SOCKETS_EACH: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Person = 1,
    Family,
    Bot,
    Session,
    Message,
    Event,
    Document,
}

/// The id of the `n`th of a kind: a UUID of version 7, from long ago.
pub fn id(kind: Kind, n: u64) -> Uuid {
    Uuid::from_u128(0x0180_0000_0000_7000_8000_0000_0000_0000 | u128::from(kind as u8) << 40 | u128::from(n))
}

/// The same in SQL, for a number that `n` (an expression) gives.
pub fn id_sql(database: DbBackend, kind: Kind, n: &str) -> String {
    let kind = format!("01800000000070008000{:02x}", kind as u8);
    match database {
        DbBackend::Postgres => format!("('{kind}' || lpad(to_hex({n}), 10, '0'))::uuid"),
        DbBackend::Sqlite | DbBackend::MySql | _ => format!("unhex(printf('{kind}%010x', {n}))"),
    }
}

/// One subscriber's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    pub bot: usize,
    pub person: usize,
}

#[derive(Debug, Clone, Default)]
pub struct World {
    pub people: usize,
    pub bots: usize,
    /// By the subscriber's number.
    pub seats: Vec<Seat>,
    /// Bots that are spoken on in turn, from the first on.
    pub talking: usize,
    /// Who speaks: on each bot the person of its number, who must have a seat there; else the owner of all of them.
    pub people_speak: bool,
    /// Messages that the first bot holds already.
    pub messages: u64,
    /// Passages of the first bot, and of all others together.
    pub passages: (usize, usize),
}

impl World {
    /// One bot, and as few people as so many sockets need.
    pub fn one_bot(subscribers: usize) -> Self {
        let people = subscribers.div_ceil(SOCKETS_EACH).max(1);
        let seats = (0..subscribers).map(|n| Seat {
            bot: 0,
            person: n % people,
        });
        Self {
            people,
            bots: 1,
            seats: seats.collect(),
            talking: 1,
            ..Self::default()
        }
    }

    /// Bots with so many people each, one socket a person; everybody is on ten bots. All bots are spoken on.
    pub fn many_bots(bots: usize, each: usize) -> Self {
        let people = (bots * each).div_ceil(10).max(each);
        let seats = (0..bots * each).map(|n| Seat {
            bot: n / each,
            person: n % people,
        });
        Self {
            people,
            bots,
            seats: seats.collect(),
            talking: bots,
            ..Self::default()
        }
    }

    /// `listening` sockets on the first bot, which alone is spoken on, then `idle` ones on others, a hundred to a bot.
    pub fn beside_idle(listening: usize, idle: usize) -> Self {
        let mut world = Self::one_bot(listening);
        let first = world.people;
        let idle_people = idle.div_ceil(10).max(100);
        world.seats.extend((0..idle).map(|n| Seat {
            bot: 1 + n / 100,
            person: first + n % idle_people,
        }));
        world.people += idle_people;
        world.bots += idle.div_ceil(100);
        world
    }

    /// So many bots in all; on each the person of its number may speak.
    pub fn with_speakers(mut self, bots: usize) -> Self {
        self.bots = self.bots.max(bots);
        self.people = self.people.max(bots);
        // The first person sits on the first bot anyway.
        self.seats.extend((1..bots).map(|n| Seat { bot: n, person: n }));
        self
    }

    /// The same installation with so many bots spoken on, each by the person of its number.
    pub fn spoken_on_by_people(&self, bots: usize) -> Self {
        Self {
            talking: bots,
            people_speak: true,
            ..self.clone()
        }
    }

    pub fn with_messages(mut self, messages: u64) -> Self {
        self.messages = messages;
        self
    }

    /// Further bots that nobody listens to.
    pub fn with_bots(mut self, bots: usize) -> Self {
        self.bots = self.bots.max(bots);
        self
    }

    /// Who has a role on which bot.
    pub fn members(&self) -> BTreeSet<Seat> {
        self.seats.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn check(world: &World) {
        let mut each = BTreeMap::new();
        let mut person = BTreeMap::new();
        for seat in &world.seats {
            assert!(seat.bot < world.bots && seat.person < world.people, "{seat:?}");
            *each.entry(*seat).or_insert(0) += 1;
            *person.entry(seat.person).or_insert(0) += 1;
        }
        assert!(each.values().all(|sockets| *sockets <= SOCKETS_EACH));
        assert!(person.values().all(|sockets| *sockets <= 64));
    }

    #[test]
    fn nobody_has_more_sockets_than_the_server_allows() {
        for subscribers in [1, 15, 1_000, 10_000, 19_500] {
            check(&World::one_bot(subscribers));
            check(&World::beside_idle(100, subscribers));
        }
        check(&World::many_bots(1_000, 10));
        check(&World::many_bots(100, 100));
        check(&World::many_bots(3, 10));
        for subscribers in [40, 2_000] {
            check(&World::one_bot(subscribers).with_speakers(16));
        }
    }

    #[test]
    fn ids_are_of_version_7_and_differ() {
        let one = id(Kind::Person, 1);
        assert_eq!(one.get_version_num(), 7);
        assert_eq!(one.to_string(), "01800000-0000-7000-8000-010000000001");
        assert_ne!(one, id(Kind::Family, 1));
        for database in [DbBackend::Sqlite, DbBackend::Postgres] {
            assert!(id_sql(database, Kind::Person, "n").contains("'0180000000007000800001"));
        }
    }
}
