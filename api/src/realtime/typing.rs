//! Who is writing where. A change is forwarded at once, the third and later ones within a second at its end; repeats are merged
//! to one a second; who falls silent for six seconds, or whose socket goes, has stopped. Per person and session, over all of
//! the person's sockets here. The clock is handed in; one ticker (`beat`) serves all.
//!
//! Bounded by the rate limit of frames: an entry lives six seconds after its last frame.

mod elsewhere;

use std::collections::HashMap;
use std::time::Duration;

use domain::ids::{BotId, ConnectionId, SessionId, UserId};
use tokio::time::Instant;

pub use elsewhere::Elsewhere;

const SILENCE: Duration = Duration::from_secs(6);
const SECOND: Duration = Duration::from_secs(1);
/// Changes forwarded at once within one second: a start and a stop.
const AT_ONCE: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub bot: BotId,
    pub user: UserId,
    pub session: Option<SessionId>,
}

/// Something to be told to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub place: Place,
    pub username: Box<str>,
    pub is_typing: bool,
}

#[derive(Debug)]
struct Entry {
    username: Box<str>,
    /// The sockets that said so, and when they last did.
    sockets: Vec<(ConnectionId, Instant)>,
    /// What the others believe.
    told: bool,
    told_at: Option<Instant>,
    /// The second in which changes are counted.
    second: Instant,
    changes: u32,
}

#[derive(Debug, Default)]
pub struct Typing {
    entries: HashMap<Place, Entry>,
}

impl Typing {
    pub fn note(
        &mut self,
        place: Place,
        username: &str,
        connection: ConnectionId,
        is_typing: bool,
        now: Instant,
    ) -> Option<Told> {
        if !is_typing && !self.entries.contains_key(&place) {
            return None;
        }
        let entry = self.entries.entry(place).or_insert_with(|| Entry {
            username: username.into(),
            sockets: Vec::new(),
            told: false,
            told_at: None,
            second: now,
            changes: 0,
        });
        entry.sockets.retain(|(id, _)| *id != connection);
        if is_typing {
            entry.sockets.push((connection, now));
        }
        let repeated = is_typing && entry.told && entry.told_at.is_none_or(|at| now >= at + SECOND);
        entry.change(place, now).or_else(|| {
            repeated.then(|| {
                entry.told_at = Some(now);
                entry.says(place)
            })
        })
    }

    /// What one more moment brings: deferred changes, and the end of silence.
    pub fn tick(&mut self, now: Instant) -> Vec<Told> {
        let mut told = Vec::new();
        self.entries.retain(|place, entry| {
            entry.sockets.retain(|(_, heard)| now < *heard + SILENCE);
            told.extend(entry.change(*place, now));
            entry.told || !entry.sockets.is_empty() || now < entry.second + SECOND
        });
        told
    }

    /// A socket went from a bot.
    pub fn gone(&mut self, bot: BotId, connection: ConnectionId, now: Instant) -> Vec<Told> {
        let mut told = Vec::new();
        for (place, entry) in self.entries.iter_mut().filter(|(place, _)| place.bot == bot) {
            let before = entry.sockets.len();
            entry.sockets.retain(|(id, _)| *id != connection);
            if entry.sockets.len() < before {
                told.extend(entry.change(*place, now));
            }
        }
        told
    }
}

impl Entry {
    /// Tells what is so, if the others believe otherwise and this second has room for it.
    fn change(&mut self, place: Place, now: Instant) -> Option<Told> {
        let wanted = !self.sockets.is_empty();
        if wanted == self.told {
            return None;
        }
        if now >= self.second + SECOND {
            self.second = now;
            self.changes = 0;
        }
        if self.changes >= AT_ONCE {
            return None;
        }
        self.changes += 1;
        self.told = wanted;
        self.told_at = Some(now);
        Some(self.says(place))
    }

    fn says(&self, place: Place) -> Told {
        Told {
            place,
            username: self.username.clone(),
            is_typing: self.told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            bot: BotId::new(),
            user: UserId::new(),
            session: None,
        }
    }

    fn at(start: Instant, milliseconds: u64) -> Instant {
        start + Duration::from_millis(milliseconds)
    }

    fn said(told: impl IntoIterator<Item = Told>) -> Vec<bool> {
        told.into_iter().map(|told| told.is_typing).collect()
    }

    #[test]
    fn changes_go_at_once_and_repeats_once_a_second() {
        let (mut typing, place, socket, start) =
            (Typing::default(), place(), ConnectionId::new(), Instant::now());
        let mut note = |after, is| said(typing.note(place, "ann", socket, is, at(start, after)));
        assert_eq!(note(0, true), [true]);
        assert_eq!(note(300, true), [] as [bool; 0]);
        assert_eq!(note(999, true), [] as [bool; 0]);
        assert_eq!(note(1_000, true), [true]);
        assert_eq!(note(1_100, false), [false]);
        assert_eq!(note(1_200, false), [] as [bool; 0]);
    }

    #[test]
    fn a_flood_of_changes_ends_with_the_last_one_at_the_end_of_the_second() {
        let (mut typing, place, socket, start) =
            (Typing::default(), place(), ConnectionId::new(), Instant::now());
        let mut told = Vec::new();
        for (step, is) in [true, false, true, false, true].into_iter().enumerate() {
            told.extend(typing.note(place, "ann", socket, is, at(start, 10 * step as u64)));
        }
        assert_eq!(said(told), [true, false]);
        assert_eq!(said(typing.tick(at(start, 900))), [] as [bool; 0]);
        assert_eq!(said(typing.tick(at(start, 1_000))), [true]);
    }

    #[test]
    fn six_seconds_of_silence_end_it() {
        let (mut typing, place, socket, start) =
            (Typing::default(), place(), ConnectionId::new(), Instant::now());
        typing.note(place, "ann", socket, true, start);
        assert_eq!(said(typing.tick(at(start, 5_999))), [] as [bool; 0]);
        assert_eq!(said(typing.tick(at(start, 6_000))), [false]);
        typing.tick(at(start, 8_000));
        assert!(typing.entries.is_empty());
    }

    #[test]
    fn a_person_types_until_the_last_of_their_sockets_stops() {
        let (mut typing, place, start) = (Typing::default(), place(), Instant::now());
        let (one, other) = (ConnectionId::new(), ConnectionId::new());
        assert_eq!(said(typing.note(place, "ann", one, true, start)), [true]);
        assert_eq!(
            said(typing.note(place, "ann", other, true, at(start, 10))),
            [] as [bool; 0]
        );
        assert_eq!(said(typing.gone(place.bot, one, at(start, 20))), [] as [bool; 0]);
        assert_eq!(said(typing.gone(place.bot, other, at(start, 30))), [false]);
    }
}
