use domain::Credential;
use domain::events::Fact;
use domain::events::{Loss, PermissionAction, PermissionFact};
use domain::ids::{BotId, EventId, FamilyId, UserId};
use domain::time::Timestamp;

use super::super::connection::Kind;
use super::super::outbox::{Frame, FrameKind, Next, OutboxLimits};
use super::pass::Pass;
use super::*;

mod model;
mod pieces;
mod very_many;

struct Stage {
    topic: Arc<Topic>,
    keys: u64,
}

impl Stage {
    fn bot() -> Self {
        Self {
            topic: Arc::new(Topic::new(StreamId::Bot(BotId::new()))),
            keys: 0,
        }
    }

    fn join(&mut self, connection: &Arc<Connection>, membership: Membership, seq: i64) -> Join {
        self.keys += 1;
        self.topic.sit();
        self.topic.join(self.keys, connection, membership, seq, || ())
    }

    fn deliver(&self, fact: &Recorded) -> Taken {
        let taken = self.topic.take(&vec![fact.clone()].into(), 0);
        if let Some(flush) = self.topic.flush() {
            flush.run();
        }
        taken
    }

    fn fact(&self, seq: i64, fact: Fact) -> Recorded {
        Recorded {
            stream: self.topic.stream,
            seq,
            id: EventId::new(),
            at: Timestamp::now(),
            audience: domain::events::audience(&fact),
            fact,
        }
    }

    fn plain(&self, seq: i64) -> Recorded {
        self.fact(
            seq,
            Fact::SessionDeleted {
                session_id: domain::ids::SessionId::new(),
                private_to: None,
            },
        )
    }
}

fn connection() -> Arc<Connection> {
    let credential = Credential {
        user_id: UserId::new(),
        family: FamilyId::new(),
        expires_at: Timestamp::now(),
    };
    let limits = OutboxLimits {
        frames: 100,
        bytes: 1 << 20,
    };
    Arc::new(Connection::new(Kind::Chat, credential, None, limits))
}

fn received(connection: &Connection) -> Vec<i64> {
    let mut numbers = Vec::new();
    while let Next::Frame(Frame {
        kind: FrameKind::Event(seq),
        ..
    }) = connection.outbox.next()
    {
        numbers.push(seq);
    }
    numbers
}

fn close_of(connection: &Connection) -> Option<Close> {
    connection.outbox.closing().map(|closing| closing.close)
}

#[test]
fn nobody_joins_below_what_was_delivered_or_announced() {
    let mut stage = Stage::bot();
    let (ann, bob) = (connection(), connection());
    assert_eq!(stage.deliver(&stage.plain(5)), Taken::Done);
    assert_eq!(stage.join(&ann, Membership::Full, 4), Join::Retry);
    assert_eq!(stage.join(&ann, Membership::Full, 5), Join::Joined);
    stage.deliver(&stage.plain(6));
    assert_eq!(stage.join(&bob, Membership::Full, 5), Join::Retry);
    assert_eq!(stage.join(&bob, Membership::Full, 6), Join::Joined);
    stage.deliver(&stage.plain(7));
    assert_eq!((received(&ann), received(&bob)), (vec![6, 7], vec![7]));
}

#[test]
fn who_is_ahead_of_the_topic_gets_nothing_twice() {
    let mut stage = Stage::bot();
    let (ann, bob) = (connection(), connection());
    stage.join(&ann, Membership::Full, 1);
    assert_eq!(stage.join(&bob, Membership::Full, 3), Join::Joined);
    (2..=4).for_each(|seq| assert_eq!(stage.deliver(&stage.plain(seq)), Taken::Done));
    assert_eq!((received(&ann), received(&bob)), (vec![2, 3, 4], vec![4]));
}

#[test]
fn a_hole_is_not_jumped_and_a_repeat_is_not_delivered() {
    let mut stage = Stage::bot();
    let ann = connection();
    stage.join(&ann, Membership::Full, 1);
    assert_eq!(stage.deliver(&stage.plain(3)), Taken::Hole);
    for seq in [2, 2, 3, 3] {
        assert_eq!(stage.deliver(&stage.plain(seq)), Taken::Done);
    }
    assert_eq!(received(&ann), [2, 3]);
}

#[test]
fn a_revoked_person_gets_the_event_and_nothing_after_it() {
    let mut stage = Stage::bot();
    let (ann, bob) = (connection(), connection());
    stage.join(&ann, Membership::Full, 0);
    stage.join(&bob, Membership::Full, 0);
    let revoked = stage.fact(
        1,
        Fact::PermissionChanged(PermissionFact {
            target: ann.user_id,
            username: "ann".into(),
            action: PermissionAction::Revoked,
            role: domain::access::Role::Viewer,
            by: None,
            reason: None,
            granted_at: Timestamp::now(),
            expires_at: None,
        }),
    );
    stage.deliver(&revoked);
    stage.deliver(&stage.plain(2));
    assert_eq!((received(&ann), close_of(&ann)), (vec![1], Some(Close::NoAccess)));
    assert_eq!((received(&bob), close_of(&bob)), (vec![1, 2], None));
}

#[test]
fn a_lost_credential_closes_whom_it_covers() {
    let user = UserId::new();
    let mut stage = Stage {
        topic: Arc::new(Topic::new(StreamId::User(user))),
        keys: 0,
    };
    let (ended, other) = (connection(), connection());
    stage.join(&ended, Membership::Control, 0);
    stage.join(&other, Membership::Control, 0);
    let loss = Loss::Family(ended.credential().family);
    stage.deliver(&stage.fact(1, Fact::CredentialLost(loss)));
    assert_eq!(close_of(&ended), Some(Close::Unauthenticated));
    assert_eq!((close_of(&other), received(&other)), (None, vec![]));
}

#[test]
fn a_closing_connection_does_not_set_the_position_of_a_new_life() {
    let mut stage = Stage::bot();
    let ann = connection();
    ann.close(Close::GoingAway, Drain::Nothing);
    stage.topic.break_up();
    assert_eq!(stage.join(&ann, Membership::Full, 50), Join::Retry);
    assert_eq!(stage.topic.position(), None);
}
