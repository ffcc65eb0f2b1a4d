//! A topic with members and nothing behind them, for measuring what delivery costs without a network. Compiled in by the feature
//! `probe` alone; `benches/hub.rs` runs it.

use std::sync::Arc;

use domain::Credential;
use domain::chat::{Message, MessageRole};
use domain::events::{Audience, Fact, MessageFact, Recorded, StreamId};
use domain::ids::{BotId, EventId, FamilyId, MessageId, SessionId, UserId};
use domain::time::Timestamp;

use super::connection::{Connection, Kind};
use super::frames;
use super::hub::{ConnectionLimits, Hub, Seat};
use super::outbox::{Next, OutboxLimits};
use super::topic::Membership;

/// Who receives what is published.
#[derive(Debug, Clone, Copy)]
pub enum To {
    Everyone,
    /// The last member alone: all others are looked at and passed over.
    One,
}

pub struct Probe {
    stream: StreamId,
    members: Vec<(Seat, Arc<Connection>)>,
    seq: i64,
}

impl Probe {
    pub fn new(members: usize) -> Self {
        let hub = Arc::new(Hub::new(ConnectionLimits {
            per_user: members,
            per_user_and_bot: members,
            per_node: members,
        }));
        let stream = StreamId::Bot(BotId::new());
        let member = |_| {
            let credential = Credential {
                user_id: UserId::new(),
                family: FamilyId::new(),
                expires_at: Timestamp::now(),
            };
            let limits = OutboxLimits {
                frames: 512,
                bytes: 1 << 20,
            };
            let connection = Arc::new(Connection::new(Kind::Chat, credential, None, limits));
            let seat = hub.seat(stream);
            seat.join(&connection, Membership::Full, 0, || ());
            (seat, connection)
        };
        Self {
            stream,
            members: (0..members).map(member).collect(),
            seq: 0,
        }
    }

    /// The next message, as the log would bring it.
    pub fn message(&mut self, to: To) -> Recorded {
        self.seq += 1;
        let audience = match (to, self.members.last()) {
            (To::One, Some((_, connection))) => Audience::Only(connection.user_id),
            (To::One, None) | (To::Everyone, _) => Audience::Everyone,
        };
        let message = Message {
            id: MessageId::new(),
            session_id: SessionId::new(),
            bot_id: BotId::new(),
            user_id: Some(UserId::new()),
            username: "somebody".into(),
            role: MessageRole::User,
            content: "x".repeat(64),
            metadata: serde_json::json!({}),
            created_at: Timestamp::now(),
            edited_at: None,
            seq: self.seq,
        };
        Recorded {
            stream: self.stream,
            seq: self.seq,
            id: EventId::new(),
            at: Timestamp::now(),
            audience,
            fact: Fact::MessagePosted(MessageFact {
                message,
                private_to: None,
                redacted: false,
            }),
        }
    }

    /// Bytes of a message as a frame's text.
    pub fn encode(message: &Recorded) -> usize {
        frames::event(message).map_or(0, |text| text.len())
    }

    /// Hands these to the topic and has them delivered into the queues; gives how many frames came there.
    pub fn publish(&self, messages: Vec<Recorded>) -> usize {
        let Some((seat, _)) = self.members.last() else {
            return 0;
        };
        let topic = seat.topic();
        let messages: Arc<[Recorded]> = messages.into();
        for index in 0..messages.len() {
            topic.take(&messages, index);
        }
        if let Some(flush) = topic.flush() {
            flush.run();
        }
        self.members
            .iter()
            .map(|(_, connection)| drained(connection))
            .sum()
    }
}

fn drained(connection: &Connection) -> usize {
    let mut frames = 0;
    while let Next::Frame(_) = connection.outbox.next() {
        frames += 1;
    }
    frames
}
