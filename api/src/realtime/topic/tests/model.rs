//! Random lives of a topic against a model: each connection must have been given what a correct sequential delivery would have given
//! it. Coming, going, facts, signals, breaks and single pieces of a flush happen in any order; every frame is taken from the queues
//! at once, so an order to throw away what waits hides nothing.

use std::ops::RangeInclusive;

use domain::access::Role;
use domain::events::Signal;
use domain::ids::SessionId;

use super::*;
use judge::events;

mod judge;

const PEOPLE: usize = 60;
const STEPS: usize = 1_000;

/// Seeded, so that what fails can be told again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 31)) % below
    }

    fn within(&mut self, range: RangeInclusive<i64>) -> i64 {
        range.start() + self.below((range.end() - range.start() + 1) as u64) as i64
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Got {
    Event(i64),
    /// The user id of a typing signal, which is different for each.
    Typing(UserId),
}

struct Guest {
    connection: Arc<Connection>,
    key: u64,
    /// Everything up to it was read from the log.
    from: Option<i64>,
    /// Signals taken in before this one are none of its business.
    signals: usize,
    got: Vec<Got>,
    /// It is no member any more, by its own will or with its topic; it has what it has up to this number.
    until: Option<i64>,
}

/// A pass that is under way, and where its parts go on; none: it has to be finished.
type Begun = (Pass, Vec<u64>);

struct Scene {
    stage: Stage,
    dice: Dice,
    people: Vec<UserId>,
    /// All that was ever committed; the number of the first is 1.
    log: Vec<Recorded>,
    /// Signals, each with the number of the fact before it.
    signals: Vec<(UserId, i64)>,
    guests: Vec<Guest>,
    flush: Option<(Flush, Option<Begun>)>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut scene = Self {
            stage: Stage::bot(),
            dice: Dice(seed),
            people: (0..PEOPLE).map(|_| UserId::new()).collect(),
            log: Vec::new(),
            signals: Vec::new(),
            guests: Vec::new(),
            flush: None,
        };
        (0..400).for_each(|_| scene.comes());
        scene.guests.iter_mut().for_each(|guest| guest.signals = 0);
        scene
    }

    fn committed(&self) -> i64 {
        self.log.len() as i64
    }

    fn taken(&self) -> Option<i64> {
        self.stage.topic.position()
    }

    fn step(&mut self) {
        match self.dice.below(100) {
            0..=24 => self.commit(),
            25..=49 => self.hear(),
            50..=59 => self.types(),
            60..=82 => self.piece(),
            83..=88 => self.comes(),
            89..=96 => self.joins(),
            97 => self.goes(),
            98 => self.asks(),
            _ => match self.dice.below(40) {
                0 => self.breaks(),
                1 => self.flush_is_lost(),
                _ => self.asks(),
            },
        }
        self.receive();
    }

    fn one_of(&mut self) -> UserId {
        self.people[self.dice.below(PEOPLE as u64) as usize]
    }

    fn commit(&mut self) {
        let seq = self.committed() + 1;
        let someone = self.one_of();
        let fact = match self.dice.below(100) {
            0..=69 => self.stage.plain(seq),
            70..=89 => self.stage.fact(
                seq,
                Fact::SessionDeleted {
                    session_id: SessionId::new(),
                    private_to: Some(someone),
                },
            ),
            90..=94 => self.permission(seq, someone, PermissionAction::Revoked),
            95..=97 => self.permission(seq, someone, PermissionAction::Granted),
            _ => {
                let any = self.dice.below(self.guests.len() as u64) as usize;
                let family = self.guests[any].connection.credential().family;
                self.stage.fact(seq, Fact::CredentialLost(Loss::Family(family)))
            }
        };
        self.log.push(fact);
    }

    fn permission(&self, seq: i64, target: UserId, action: PermissionAction) -> Recorded {
        self.stage.fact(
            seq,
            Fact::PermissionChanged(PermissionFact {
                target,
                username: "somebody".into(),
                action,
                role: Role::Viewer,
                by: None,
                reason: None,
                granted_at: Timestamp::now(),
                expires_at: None,
            }),
        )
    }

    /// Some facts in one piece, perhaps some that were heard before, perhaps some too far ahead.
    fn hear(&mut self) {
        let taken = self.taken().unwrap_or(0);
        let first = self
            .dice
            .within((taken - 2).max(0)..=taken + 1)
            .min(self.committed());
        let last = self.dice.within(first..=self.committed());
        let facts: Arc<[Recorded]> = self.log[first as usize..last as usize].into();
        for index in 0..facts.len() {
            let seq = facts[index].seq;
            let before = self.taken();
            let expected = match before {
                Some(taken) if seq > taken + 1 => Taken::Hole,
                Some(_) | None => Taken::Done,
            };
            assert_eq!(self.stage.topic.take(&facts, index), expected);
            if expected == Taken::Hole {
                assert_eq!(self.taken(), before);
                return;
            }
        }
    }

    fn types(&mut self) {
        let Some(taken) = self.taken() else { return };
        let seen = self.dice.within(0..=taken + 1);
        let user_id = UserId::new();
        let sent = Sent {
            bot_id: BotId::new(),
            seen,
            at: Timestamp::now(),
            signal: Signal::Typing {
                user_id,
                username: "typist".into(),
                session_id: None,
                is_typing: true,
            },
        };
        let expected = if seen > taken { Taken::Hole } else { Taken::Done };
        assert_eq!(self.stage.topic.take_signal(&Arc::new(sent)), expected);
        if expected == Taken::Done {
            self.signals.push((user_id, taken));
        }
    }

    /// One step of the one delivery.
    fn piece(&mut self) {
        self.flush = match self.flush.take() {
            None => self.stage.topic.flush().map(|flush| (flush, None)),
            Some((mut flush, None)) => {
                let parts = 1 + self.dice.below(4) as usize;
                flush.next(parts).map(|pass| {
                    let places = pass.parts.iter().map(|keys| keys.start).collect();
                    (flush, Some((pass, places)))
                })
            }
            Some((flush, Some((pass, places)))) if places.is_empty() => {
                flush.done(&pass);
                Some((flush, None))
            }
            Some((flush, Some((pass, mut places)))) => {
                let part = self.dice.below(places.len() as u64) as usize;
                let from = places.swap_remove(part);
                places.extend(self.stage.topic.deliver(&pass, from));
                Some((flush, Some((pass, places))))
            }
        };
    }

    /// Takes a seat, and reads the log for a while.
    fn comes(&mut self) {
        self.stage.keys += 1;
        self.stage.topic.sit();
        let credential = Credential {
            user_id: self.one_of(),
            family: FamilyId::new(),
            expires_at: Timestamp::now(),
        };
        let limits = OutboxLimits {
            frames: 1 << 20,
            bytes: 1 << 30,
        };
        self.guests.push(Guest {
            connection: Arc::new(Connection::new(Kind::Chat, credential, None, limits)),
            key: self.stage.keys,
            from: None,
            signals: 0,
            got: Vec::new(),
            until: None,
        });
    }

    /// Somebody who has read the log up to some number asks to be let in; the first of a life sets its position.
    fn joins(&mut self) {
        for _ in 0..8 {
            let any = self.dice.below(self.guests.len() as u64) as usize;
            let low = (self.taken().unwrap_or(self.committed()) - 3).max(0);
            let seq = self.dice.within(low..=self.committed().max(low));
            let signals = self.signals.len();
            let guest = &mut self.guests[any];
            if guest.from.is_some() || guest.until.is_some() {
                continue;
            }
            let (topic, connection) = (&self.stage.topic, &guest.connection);
            let begun = lock(&topic.order).progress.map(|progress| progress.begun);
            let joined = topic.join(guest.key, connection, Membership::Full, seq, || ());
            let late = begun.is_some_and(|begun| begun > seq);
            let announced = begun.is_none() && joined == Join::Retry;
            assert_eq!(joined == Join::Retry, late || announced);
            if joined == Join::Joined {
                (guest.from, guest.signals) = (Some(seq), signals);
                connection.reached(seq);
            }
        }
    }

    fn given(&self, guest: &Guest) -> i64 {
        let topic = &self.stage.topic;
        topic.at_position(guest.key, &guest.connection, |seq| seq)
    }

    /// A connection ends by itself.
    fn goes(&mut self) {
        let any = self.dice.below(self.guests.len() as u64) as usize;
        if self.guests[any].until.is_none() && self.guests.len() > 350 {
            let given = self.given(&self.guests[any]);
            self.guests[any].until = Some(given);
            assert!(!self.stage.topic.rise(self.guests[any].key));
        }
    }

    /// What everyone was given is exact at any moment.
    fn asks(&self) {
        let open = self.guests.iter().filter(|guest| !guest.connection.is_closing());
        for guest in open.filter(|guest| guest.until.is_none()) {
            if let Some(from) = guest.from {
                let upto = self.given(guest);
                assert!(upto >= from);
                assert_eq!(events(guest), self.visible(guest, from, upto));
            }
        }
    }

    fn everybody_is_sent_away(&mut self, how: impl FnOnce(&mut Self)) {
        let members = |guest: &Guest| guest.from.is_some() && guest.until.is_none();
        let given: Vec<_> = self.guests.iter().map(|guest| self.given(guest)).collect();
        how(self);
        for (guest, given) in self.guests.iter_mut().zip(given) {
            if members(guest) {
                assert!(guest.connection.is_closing());
                guest.until = Some(given);
            }
        }
        assert_eq!(self.taken(), None);
    }

    fn breaks(&mut self) {
        self.everybody_is_sent_away(|scene| scene.stage.topic.break_up());
    }

    fn flush_is_lost(&mut self) {
        if self.flush.is_some() {
            self.everybody_is_sent_away(|scene| drop(scene.flush.take()));
        }
    }

    /// The network takes everything at once.
    fn receive(&mut self) {
        for guest in &mut self.guests {
            while let Next::Frame(frame) = guest.connection.outbox.next() {
                let got = match frame.kind {
                    FrameKind::Event(seq) => Got::Event(seq),
                    FrameKind::Ephemeral => {
                        let frame: serde_json::Value = serde_json::from_slice(&frame.bytes).unwrap();
                        Got::Typing(frame["data"]["user_id"].as_str().unwrap().parse().unwrap())
                    }
                    FrameKind::ReplayComplete | FrameKind::Direct | FrameKind::Delta { .. } => {
                        panic!("{frame:?}")
                    }
                };
                guest.got.push(got);
            }
        }
    }
}

#[test]
fn any_life_gives_everyone_what_a_sequential_delivery_would() {
    for seed in 0..4 {
        println!("seed {seed}");
        let mut scene = Scene::new(seed);
        (0..60).for_each(|_| scene.joins());
        (0..STEPS).for_each(|_| scene.step());
        scene.ends();
    }
}
