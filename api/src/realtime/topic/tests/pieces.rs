//! A pass over so many members that it goes in pieces, and what happens between two of them: who comes, who goes, who asks.

use domain::access::Role;
use domain::ids::SessionId;

use super::*;

/// Three pieces: 128, 128, 44.
const MANY: usize = 300;

/// A topic with many members, all at number 0. Their keys are even, so that others can take a place among them.
pub(super) struct Hall {
    pub(super) stage: Stage,
    pub(super) members: Vec<Arc<Connection>>,
}

impl Hall {
    pub(super) fn new() -> Self {
        let mut hall = Self {
            stage: Stage::bot(),
            members: Vec::new(),
        };
        hall.fill(MANY);
        hall
    }

    pub(super) fn fill(&mut self, members: usize) {
        while self.members.len() < members {
            let member = connection();
            self.stage.keys += 1;
            assert_eq!(self.stage.join(&member, Membership::Full, 0), Join::Joined);
            self.members.push(member);
        }
    }

    fn join(&self, key: u64, connection: &Arc<Connection>, seq: i64) -> Join {
        self.stage.topic.sit();
        self.stage
            .topic
            .join(key, connection, Membership::Full, seq, || ())
    }

    pub(super) fn take(&self, facts: impl IntoIterator<Item = Recorded>) {
        for fact in facts {
            assert_eq!(self.stage.topic.take(&vec![fact].into(), 0), Taken::Done);
        }
    }

    pub(super) fn plain(&self, numbers: std::ops::RangeInclusive<i64>) {
        self.take(numbers.map(|seq| self.stage.plain(seq)));
    }

    pub(super) fn flush(&self) -> Flush {
        self.stage.topic.flush().unwrap()
    }

    fn private(&self, seq: i64, to: &Connection) -> Recorded {
        self.stage.fact(
            seq,
            Fact::SessionDeleted {
                session_id: SessionId::new(),
                private_to: Some(to.user_id),
            },
        )
    }

    pub(super) fn given(&self, key: u64, connection: &Connection) -> i64 {
        self.stage.topic.at_position(key, connection, |seq| seq)
    }

    fn runs(&self) {
        while let Some(flush) = self.stage.topic.flush() {
            flush.run();
        }
    }
}

/// The key of a member by its place.
pub(super) fn key(place: usize) -> u64 {
    2 * (place as u64 + 1)
}

pub(super) fn revoked(stage: &Stage, seq: i64, of: &Connection) -> Recorded {
    stage.fact(
        seq,
        Fact::PermissionChanged(PermissionFact {
            target: of.user_id,
            username: "ann".into(),
            action: PermissionAction::Revoked,
            role: Role::Viewer,
            by: None,
            reason: None,
            granted_at: Timestamp::now(),
            expires_at: None,
        }),
    )
}

/// One piece of a pass; the place of the next.
pub(super) fn piece(flush: &Flush, pass: &Pass, from: u64) -> Option<u64> {
    flush.topic.deliver(pass, from)
}

pub(super) fn rest(flush: &Flush, pass: &Pass, mut place: Option<u64>) {
    while let Some(from) = place {
        place = piece(flush, pass, from);
    }
    flush.done(pass);
}

#[test]
fn a_pass_goes_over_many_in_pieces() {
    let hall = Hall::new();
    hall.plain(1..=3);
    let mut flush = hall.flush();
    assert!(!flush.is_short());
    let pass = flush.next(1).unwrap();
    let second = piece(&flush, &pass, 0).unwrap();
    assert_eq!(second, key(128));
    assert_eq!(received(&hall.members[127]), [1, 2, 3]);
    assert!(received(&hall.members[128]).is_empty());
    let third = piece(&flush, &pass, second).unwrap();
    assert_eq!((third, piece(&flush, &pass, third)), (key(256), None));
    flush.done(&pass);
    assert!(hall.stage.topic.flush().is_none(), "one delivers at a time");
    assert!(flush.next(1).is_none());
    assert_eq!(received(&hall.members[MANY - 1]), [1, 2, 3]);
}

#[test]
fn who_joins_between_two_pieces_gets_nothing_twice_and_misses_nothing() {
    let hall = Hall::new();
    hall.plain(1..=3);
    let mut flush = hall.flush();
    let pass = flush.next(1).unwrap();
    let next = piece(&flush, &pass, 0);
    // Before and behind the place where the pass is.
    let (before, behind, ahead) = (connection(), connection(), connection());
    for (key, newcomer) in [(1, &before), (501, &behind)] {
        assert_eq!(hall.join(key, newcomer, 2), Join::Retry, "it could have missed 3");
        assert_eq!(hall.join(key, newcomer, 3), Join::Joined);
        assert_eq!(hall.given(key, newcomer), 3);
    }
    // It has read further in the log than this node has heard.
    assert_eq!(hall.join(503, &ahead, 5), Join::Joined);
    // Taken in while the pass is under way: the next pass.
    hall.plain(4..=6);
    rest(&flush, &pass, next);
    assert!(received(&before).is_empty());
    assert!(received(&behind).is_empty());
    assert_eq!(hall.given(501, &behind), 3);
    let late = connection();
    assert_eq!(
        hall.join(505, &late, 4),
        Join::Joined,
        "4 waits, and nobody was given it"
    );
    flush.run();
    assert_eq!(received(&before), [4, 5, 6]);
    assert_eq!(received(&behind), [4, 5, 6]);
    assert_eq!(received(&late), [5, 6]);
    assert_eq!(received(&ahead), [6]);
    for member in &hall.members {
        assert_eq!(received(member), [1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn who_is_ahead_into_the_middle_of_a_batch_gets_what_is_behind() {
    let hall = Hall::new();
    let newcomers: Vec<_> = (0..=4).map(|from| (from, connection())).collect();
    for (from, newcomer) in &newcomers {
        assert_eq!(hall.join(1001 + *from as u64, newcomer, *from), Join::Joined);
    }
    hall.plain(1..=3);
    hall.runs();
    for (from, newcomer) in &newcomers {
        assert_eq!(received(newcomer), (from + 1..=3).collect::<Vec<_>>());
        assert_eq!(hall.given(1001 + *from as u64, newcomer), (*from).max(3));
    }
}

#[test]
fn an_eviction_among_many_plain_facts_is_exact() {
    let hall = Hall::new();
    // One in each piece, and two sockets of one person.
    let places = [0, 130, 299];
    hall.plain(1..=40);
    for (seq, place) in (41..).zip(places) {
        hall.take([revoked(&hall.stage, seq, &hall.members[place])]);
    }
    hall.plain(44..=80);
    hall.runs();
    for (place, member) in hall.members.iter().enumerate() {
        let (last, close) = match places.iter().position(|evicted| *evicted == place) {
            Some(at) => (41 + at as i64, Some(Close::NoAccess)),
            None => (80, None),
        };
        assert_eq!(received(member), (1..=last).collect::<Vec<_>>());
        assert_eq!(close_of(member), close);
        assert_eq!(hall.given(key(place), member), last);
    }
}

#[test]
fn what_is_for_one_person_splits_batches_and_reaches_nobody_else() {
    let hall = Hall::new();
    let place = 200;
    hall.plain(1..=3);
    hall.take([hall.private(4, &hall.members[place])]);
    hall.plain(5..=6);
    let mut flush = hall.flush();
    let mut ends = Vec::new();
    while let Some(pass) = flush.next(1) {
        ends.push(pass.last().unwrap());
        rest(&flush, &pass, Some(0));
    }
    assert_eq!(ends, [3, 4, 6]);
    for (at, member) in hall.members.iter().enumerate() {
        let expected: &[i64] = if at == place {
            &[1, 2, 3, 4, 5, 6]
        } else {
            &[1, 2, 3, 5, 6]
        };
        assert_eq!(received(member), expected);
        assert_eq!(
            hall.given(key(at), member),
            6,
            "also for whom there was nothing to see"
        );
    }
}

#[test]
fn the_position_is_exact_while_a_pass_is_under_way() {
    let hall = Hall::new();
    hall.plain(1..=2);
    hall.take([hall.private(3, &hall.members[0])]);
    hall.plain(4..=4);
    let mut flush = hall.flush();
    let mut given = vec![0; MANY];
    while let Some(pass) = flush.next(1) {
        let mut place = Some(0);
        while let Some(from) = place {
            place = piece(&flush, &pass, from);
            let reached = place.unwrap_or(u64::MAX);
            for (at, member) in hall.members.iter().enumerate() {
                if (from..reached).contains(&key(at)) {
                    given[at] = pass.last().unwrap();
                }
                assert_eq!(hall.given(key(at), member), given[at]);
            }
        }
        let all = *given.iter().min().unwrap();
        flush.done(&pass);
        assert_eq!(hall.stage.topic.delivered(), Some(all));
    }
    for member in &hall.members[1..] {
        assert_eq!(received(member), [1, 2, 4]);
    }
}

#[test]
fn a_break_up_in_the_middle_of_a_pass_keeps_two_lives_apart() {
    let hall = Hall::new();
    hall.plain(1..=3);
    let mut flush = hall.flush();
    let pass = flush.next(1).unwrap();
    let next = piece(&flush, &pass, 0);
    hall.plain(4..=4);
    hall.stage.topic.break_up();
    assert_eq!(hall.stage.topic.position(), None);
    // Numbers begin anew.
    let (low, high) = (connection(), connection());
    assert_eq!(hall.join(1, &low, 0), Join::Joined);
    assert_eq!(hall.join(1001, &high, 0), Join::Joined);
    hall.plain(1..=2);
    assert_eq!(piece(&flush, &pass, next.unwrap()), None);
    flush.done(&pass);
    assert_eq!((received(&low), received(&high)), (vec![], vec![]));
    assert_eq!(
        hall.stage.topic.delivered(),
        Some(0),
        "the old pass says nothing of the new life"
    );
    flush.run();
    assert_eq!((received(&low), received(&high)), (vec![1, 2], vec![1, 2]));
    for (at, member) in hall.members.iter().enumerate() {
        let expected: &[i64] = if at < 128 { &[1, 2, 3] } else { &[] };
        assert_eq!(received(member), expected);
        assert_eq!(close_of(member), Some(Close::GoingAway));
    }
}

#[test]
fn a_flush_that_is_broken_off_sends_everybody_away() {
    let hall = Hall::new();
    hall.plain(1..=3);
    let mut flush = hall.flush();
    let pass = flush.next(1).unwrap();
    piece(&flush, &pass, 0);
    drop(flush);
    assert!(
        hall.members
            .iter()
            .all(|member| close_of(member) == Some(Close::GoingAway))
    );
    assert_eq!(hall.stage.topic.position(), None);
    let again = connection();
    assert_eq!(hall.join(1, &again, 3), Join::Joined);
    hall.plain(4..=4);
    hall.runs();
    assert_eq!(received(&again), [4]);
}

#[test]
fn who_leaves_in_the_middle_of_a_pass_is_passed_over() {
    let hall = Hall::new();
    hall.plain(1..=1);
    let mut flush = hall.flush();
    let pass = flush.next(1).unwrap();
    let next = piece(&flush, &pass, 0).unwrap();
    // The one at which the pass is to go on, and its neighbours.
    for place in [127, 128, 129] {
        assert!(!hall.stage.topic.rise(key(place)));
    }
    rest(&flush, &pass, Some(next));
    for (at, member) in hall.members.iter().enumerate() {
        let expected: &[i64] = if (128..130).contains(&at) { &[] } else { &[1] };
        assert_eq!(received(member), expected);
    }
}

#[test]
fn a_batch_ends_at_its_bytes_and_a_large_fact_goes_alone() {
    let hall = Hall::new();
    let large = |seq| {
        let mut fact = revoked(&hall.stage, seq, &connection());
        if let Fact::PermissionChanged(change) = &mut fact.fact {
            change.action = PermissionAction::Granted;
            change.username = "x".repeat(if seq == 5 { 100_000 } else { 20_000 });
        }
        fact
    };
    hall.take((1..=9).map(large));
    let mut flush = hall.flush();
    let mut ends = Vec::new();
    while let Some(pass) = flush.next(1) {
        ends.push(pass.last().unwrap());
        rest(&flush, &pass, Some(0));
    }
    assert_eq!(ends, [3, 4, 5, 8, 9]);
    assert_eq!(received(&hall.members[299]), (1..=9).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_number_is_reached_when_the_last_member_was_given_it() {
    let hall = Hall::new();
    hall.plain(1..=2);
    let mut reach = Box::pin(hall.stage.topic.reach(2));
    assert!(futures_util::poll!(&mut reach).is_pending());
    let mut flush = hall.flush();
    let pass = flush.next(1).unwrap();
    let mut place = Some(0);
    while let Some(from) = place {
        place = piece(&flush, &pass, from);
        assert!(futures_util::poll!(&mut reach).is_pending());
    }
    flush.done(&pass);
    assert!(futures_util::poll!(&mut reach).is_ready());
    let mut never = Box::pin(hall.stage.topic.reach(3));
    assert!(futures_util::poll!(&mut never).is_pending());
    hall.stage.topic.break_up();
    assert!(
        futures_util::poll!(&mut never).is_ready(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn who_brings_very_much_waits_for_the_flush() {
    let hall = Hall::new();
    hall.plain(1..=1024);
    assert!(futures_util::poll!(Box::pin(hall.stage.topic.relieved())).is_ready());
    hall.plain(1025..=1025);
    let mut relieved = Box::pin(hall.stage.topic.relieved());
    assert!(futures_util::poll!(&mut relieved).is_pending());
    let mut flush = hall.flush();
    let pass = flush.next(1).unwrap();
    rest(&flush, &pass, Some(0));
    assert!(futures_util::poll!(&mut relieved).is_ready());
    flush.run();
    assert_eq!(hall.stage.topic.delivered(), Some(1025));
}
