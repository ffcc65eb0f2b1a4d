//! The book of one run: which broadcasts were caused, who got them, how long it took, and what went wrong. It knows neither
//! sockets nor the clock.

use std::time::Instant;

use super::histogram::Histogram;
use crate::subject::Marks;

/// What one subscriber got.
#[derive(Debug, Default)]
pub struct Received {
    seq: Option<u64>,
    /// Deliveries in this run.
    count: u64,
}

impl Received {
    /// Before a run; the place in the stream stays.
    pub fn reset(&mut self) {
        self.count = 0;
    }
}

struct Broadcast {
    at: Instant,
    first: Option<Instant>,
    seen: u32,
    accepted: bool,
}

/// Those who hear the same.
#[derive(Default)]
struct Group {
    members: u32,
    /// Number of the first broadcast of this run.
    base: u64,
    broadcasts: Vec<Broadcast>,
}

impl Group {
    fn over(&self, broadcast: &Broadcast) -> bool {
        broadcast.accepted && broadcast.seen >= self.members
    }
}

#[derive(Default)]
pub struct Tally {
    groups: Vec<Group>,
    pub in_flight: usize,
    pub broadcasts: u64,
    pub deliveries: u64,
    pub bytes: u64,
    pub faults: u64,
    /// From causing a broadcast to each receipt.
    pub latency: Histogram,
    /// From the first receipt of a broadcast to its last.
    pub spread: Histogram,
    /// From causing a broadcast to the answer.
    pub answer: Histogram,
    pub last: Option<Instant>,
}

impl Tally {
    /// An empty book for the same groups; numbers go on.
    pub fn next(&mut self) -> Self {
        let groups = self.groups.drain(..).map(|group| Group {
            members: group.members,
            base: group.base + group.broadcasts.len() as u64,
            broadcasts: Vec::new(),
        });
        Self {
            groups: groups.collect(),
            ..Self::default()
        }
    }

    fn group(&mut self, group: usize) -> &mut Group {
        if group >= self.groups.len() {
            self.groups.resize_with(group + 1, Group::default);
        }
        &mut self.groups[group]
    }

    pub fn join(&mut self, group: usize) {
        self.group(group).members += 1;
    }

    /// Somebody stops listening, by will: what is caused from now on is not expected there.
    pub fn leave(&mut self, group: usize) {
        let group = self.group(group);
        group.members = group.members.saturating_sub(1);
    }

    /// A broadcast is caused; gives its number.
    pub fn cause(&mut self, group: usize, at: Instant, accepted: bool) -> u64 {
        self.broadcasts += 1;
        self.in_flight += 1;
        let group = self.group(group);
        group.broadcasts.push(Broadcast {
            at,
            first: None,
            seen: 0,
            accepted,
        });
        group.base + group.broadcasts.len() as u64 - 1
    }

    /// The number that the next broadcast of a group will have.
    pub fn upcoming(&mut self, group: usize) -> u64 {
        let group = self.group(group);
        group.base + group.broadcasts.len() as u64
    }

    /// The request that caused a broadcast was answered.
    pub fn accept(&mut self, group: usize, number: u64, now: Instant) {
        let group = self.group(group);
        let members = group.members;
        let index = number.checked_sub(group.base).map(|index| index as usize);
        let Some(broadcast) = index.and_then(|index| group.broadcasts.get_mut(index)) else {
            return;
        };
        broadcast.accepted = true;
        let (since, over) = (now - broadcast.at, broadcast.seen >= members);
        self.answer.record(since);
        self.last = Some(now);
        if over {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// A delivery reached somebody.
    pub fn deliver(&mut self, group: usize, received: &mut Received, marks: Marks, now: Instant) {
        self.deliveries += 1;
        self.last = Some(now);
        if let Some(seq) = marks.seq {
            if received.seq.is_some_and(|before| seq != before + 1) {
                self.faults += 1;
            }
            received.seq = Some(seq);
        }
        let group = &mut self.groups[group];
        let index = match marks.number {
            Some(number) => number.checked_sub(group.base),
            None => Some(received.count),
        };
        received.count += 1;
        let broadcast = index.and_then(|index| group.broadcasts.get_mut(index as usize));
        let Some(broadcast) = broadcast else {
            self.faults += 1;
            return;
        };
        broadcast.seen += 1;
        self.latency.record(now - broadcast.at);
        let first = *broadcast.first.get_or_insert(now);
        if broadcast.seen == group.members {
            self.spread.record(now - first);
            if broadcast.accepted {
                self.in_flight = self.in_flight.saturating_sub(1);
            }
        } else if broadcast.seen > group.members {
            self.faults += 1;
        }
    }

    /// Gives up on what is still missing, and counts it as lost.
    pub fn give_up(&mut self) {
        for group in &mut self.groups {
            let members = group.members;
            for index in 0..group.broadcasts.len() {
                if !group.over(&group.broadcasts[index]) {
                    let broadcast = &mut group.broadcasts[index];
                    self.faults += u64::from(members.saturating_sub(broadcast.seen).max(1));
                    broadcast.seen = members;
                    broadcast.accepted = true;
                }
            }
        }
        self.in_flight = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn marks(seq: u64, number: u64) -> Marks {
        Marks {
            seq: Some(seq),
            number: Some(number),
        }
    }

    #[test]
    fn a_broadcast_is_over_when_it_is_answered_and_all_have_it() {
        let mut tally = Tally::default();
        let (mut ann, mut bob) = (Received::default(), Received::default());
        tally.join(0);
        tally.join(0);
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(tally.cause(0, start, false), 0);
        tally.deliver(0, &mut ann, marks(5, 0), at(2));
        tally.accept(0, 0, at(3));
        assert_eq!(tally.in_flight, 1);
        tally.deliver(0, &mut bob, marks(5, 0), at(7));
        assert_eq!((tally.in_flight, tally.faults, tally.deliveries), (0, 0, 2));
        assert!((tally.spread.quantile(0.5) - 5.0).abs() < 0.1);
        assert!((tally.latency.quantile(1.0) - 7.0).abs() < 0.1);
        assert!((tally.answer.quantile(1.0) - 3.0).abs() < 0.1);

        let mut tally = tally.next();
        assert_eq!(tally.upcoming(0), 1);
        assert_eq!(tally.cause(0, at(8), true), 1);
        tally.deliver(0, &mut ann, marks(6, 1), at(9));
        tally.deliver(0, &mut bob, marks(6, 1), at(9));
        assert_eq!((tally.in_flight, tally.faults), (0, 0));
    }

    #[test]
    fn lost_doubled_and_swapped_ones_are_counted() {
        let now = Instant::now();
        let faults = |seqs: &[(u64, u64)]| {
            let mut tally = Tally::default();
            let mut ann = Received::default();
            tally.join(0);
            for _ in 0..3 {
                tally.cause(0, now, true);
            }
            for (seq, number) in seqs {
                tally.deliver(0, &mut ann, marks(*seq, *number), now);
            }
            if tally.in_flight > 0 {
                tally.give_up();
            }
            tally.faults
        };
        assert_eq!(faults(&[(1, 0), (2, 1), (3, 2)]), 0);
        assert!(faults(&[(1, 0), (3, 2)]) > 0, "one is lost in the middle");
        assert!(faults(&[(1, 0), (2, 1)]) > 0, "the last one is lost");
        assert!(faults(&[(1, 0), (2, 1), (2, 1), (3, 2)]) > 0, "one comes twice");
        assert!(faults(&[(1, 0), (3, 2), (2, 1)]) > 0, "two are swapped");
    }

    #[test]
    fn without_marks_deliveries_count_in_their_order() {
        let mut tally = Tally::default();
        let mut ann = Received::default();
        tally.join(0);
        let now = Instant::now();
        tally.cause(0, now, true);
        tally.cause(0, now, true);
        tally.deliver(0, &mut ann, Marks::default(), now);
        assert_eq!(tally.in_flight, 1);
        tally.deliver(0, &mut ann, Marks::default(), now);
        assert_eq!((tally.in_flight, tally.faults), (0, 0));
        tally.deliver(0, &mut ann, Marks::default(), now);
        assert_eq!(tally.faults, 1);
    }

    #[test]
    fn a_run_without_subscribers_is_over_with_the_answers() {
        let mut tally = Tally::default();
        let now = Instant::now();
        let number = tally.cause(0, now, false);
        tally.accept(0, number, now);
        assert_eq!((tally.in_flight, tally.answer.count()), (0, 1));
    }
}
