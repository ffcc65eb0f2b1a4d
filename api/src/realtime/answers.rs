//! The answers that are being written on this node, with their text so far: whoever comes in the middle, or was too slow for
//! some pieces, is shown all of it at once. What ends an answer is a durable message; nothing here is kept.
//!
//! Order: a piece is on the board before it goes to the bus. Who joins is shown the board under the topic's lock, so the pieces
//! that follow never begin behind what was shown; one that was shown already changes nothing, since it says where it begins.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use domain::chat::{Answer, AnswerStatus};
use domain::events::{AnswerHead, Audience, Signal};
use domain::ids::{BotId, MessageId, UserId};
use domain::time::Timestamp;
use tokio::time::timeout;

use super::Live;
use super::connection::{Connection, Kind};
use super::frames;
use super::outbox::{Frame, FrameKind, lock};

/// How long a stop waits for the last events to go out.
const TOLD: Duration = Duration::from_secs(1);

/// Places in a queue that are told each time they change.
const NEAR: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Board {
    bots: Mutex<HashMap<BotId, Vec<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    head: AnswerHead,
    status: AnswerStatus,
    position: usize,
    text: String,
    /// Characters of `text`.
    length: usize,
    /// The message that ends it is being stored: who comes now gets that one, live or from the log.
    ending: bool,
}

impl Board {
    /// False: that is what the board said already.
    fn set(&self, bot: BotId, head: AnswerHead, status: AnswerStatus, position: usize) -> bool {
        let mut bots = lock(&self.bots);
        let entries = bots.entry(bot).or_default();
        match entries.iter_mut().find(|entry| entry.head == head) {
            Some(entry) if (entry.status, entry.position) == (status, position) => false,
            Some(entry) => {
                (entry.status, entry.position) = (status, position);
                true
            }
            None => {
                entries.push(Entry {
                    head,
                    status,
                    position,
                    text: String::new(),
                    length: 0,
                    ending: false,
                });
                true
            }
        }
    }

    fn with<R>(&self, bot: BotId, id: MessageId, then: impl FnOnce(&mut Entry) -> R) -> Option<R> {
        let mut bots = lock(&self.bots);
        let entry = bots
            .get_mut(&bot)?
            .iter_mut()
            .find(|entry| entry.head.message_id == id)?;
        Some(then(entry))
    }

    fn remove(&self, bot: BotId, id: MessageId) {
        let mut bots = lock(&self.bots);
        if let Some(entries) = bots.get_mut(&bot) {
            entries.retain(|entry| entry.head.message_id != id);
            if entries.is_empty() {
                bots.remove(&bot);
            }
        }
    }

    /// What somebody who comes now is shown.
    fn shown(&self, bot: BotId, reader: UserId) -> Vec<Frame> {
        let bots = lock(&self.bots);
        let entries = bots.get(&bot).map(Vec::as_slice).unwrap_or_default();
        // What runs goes first: of very many that wait, a newcomer's queue has no room for all.
        let running = entries
            .iter()
            .filter(|entry| entry.status == AnswerStatus::Running);
        let waiting = entries
            .iter()
            .filter(|entry| entry.status == AnswerStatus::Queued);
        let visible = running.chain(waiting).filter(|entry| entry.visible_to(reader));
        visible
            .flat_map(|entry| {
                let at = Timestamp::now();
                let status = frames::answer_status(bot, at, &entry.head, entry.status, entry.position);
                let text = (!entry.text.is_empty()).then(|| entry.whole(bot));
                [Some(Frame::new(FrameKind::Ephemeral, status)), text]
            })
            .flatten()
            .collect()
    }

    fn whole(&self, bot: BotId, id: MessageId, reader: UserId) -> Option<Frame> {
        self.with(bot, id, |entry| {
            entry.visible_to(reader).then(|| entry.whole(bot))
        })?
    }

    fn ids(&self, bot: BotId) -> Vec<MessageId> {
        let bots = lock(&self.bots);
        let entries = bots.get(&bot).map(Vec::as_slice).unwrap_or_default();
        entries.iter().map(|entry| entry.head.message_id).collect()
    }
}

impl Entry {
    fn visible_to(&self, reader: UserId) -> bool {
        !self.ending && Audience::private_to(self.head.private_to).includes(reader)
    }

    fn whole(&self, bot: BotId) -> Frame {
        let bytes = frames::delta(bot, Timestamp::now(), &self.head, 0, &self.text);
        let kind = FrameKind::Delta {
            answer: self.head.message_id,
            first: true,
        };
        Frame::new(kind, bytes)
    }
}

impl Live {
    /// Tells where an answer stands, if it was not told already.
    pub fn tell_answer(&self, bot: BotId, answer: AnswerHead, status: AnswerStatus, position: usize) {
        if self.board.set(bot, answer, status, position) {
            self.signal(
                bot,
                Signal::Answer {
                    answer,
                    status,
                    position,
                },
            );
        }
    }

    /// Tells where a waiting answer stands. Far behind it is told once, and again when its turn comes near: each end of an answer
    /// moves all that wait behind it.
    pub fn tell_queued(&self, bot: BotId, answer: AnswerHead, position: usize) {
        let near = position <= NEAR || self.board.with(bot, answer.message_id, |_| ()).is_none();
        if near {
            self.tell_answer(bot, answer, AnswerStatus::Queued, position);
        }
    }

    /// Forgets answers that waited and wait no more, without ever having run: cancelled, or gone with their session or bot.
    pub fn keep_waiting(&self, unfinished: &[Answer]) {
        let known: HashSet<_> = unfinished.iter().map(|answer| answer.message_id).collect();
        let mut bots = lock(&self.board.bots);
        bots.retain(|_, entries| {
            entries.retain(|entry| {
                entry.status == AnswerStatus::Running || known.contains(&entry.head.message_id)
            });
            !entries.is_empty()
        });
    }

    /// The next piece of an answer.
    pub fn tell_piece(&self, bot: BotId, answer: AnswerHead, content: String) {
        let offset = self.board.with(bot, answer.message_id, |entry| {
            let offset = entry.length;
            entry.text.push_str(&content);
            entry.length += content.chars().count();
            offset
        });
        if let Some(offset) = offset {
            self.signal(
                bot,
                Signal::Delta {
                    answer,
                    offset,
                    content,
                },
            );
        }
    }

    /// The message that ends the answer is about to be stored.
    pub fn ending_answer(&self, bot: BotId, id: MessageId) {
        self.board.with(bot, id, |entry| entry.ending = true);
    }

    /// Nothing of it is shown any more: its message is stored.
    pub fn ended_answer(&self, bot: BotId, id: MessageId) {
        self.board.remove(bot, id);
    }

    /// Waits until everyone here was given what is stored by now, for a second at the most: at a stop the ends of answers come
    /// before the close.
    pub async fn all_told(&self) {
        let told = async {
            let streams: Vec<_> = self.hub.served().into_iter().map(|(stream, _)| stream).collect();
            for (stream, head) in self.relay.heads(&streams).await? {
                if let Some(topic) = self.hub.topic(stream) {
                    topic.reach(head).await;
                }
            }
            domain::Result::<()>::Ok(())
        };
        match timeout(TOLD, told).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "who listens may be told of the last events when they come back")
            }
            Err(_) => tracing::warn!("not everyone was told of the last events in time"),
        }
    }

    /// What somebody who has just joined is shown. To be called under the topic's lock.
    pub(super) fn show_answers(&self, connection: &Connection) {
        if let (Kind::Chat, Some(bot)) = (connection.kind, connection.bot_id) {
            let shown = self.board.shown(bot, connection.user_id);
            shown.into_iter().for_each(|frame| connection.outbox.push(frame));
        }
    }

    /// The connection has drained: an answer of which it missed pieces is shown whole. To be called under the topic's lock.
    pub(super) fn show_again(&self, connection: &Connection, id: MessageId) {
        connection.outbox.unshed(id);
        let whole = connection
            .bot_id
            .and_then(|bot| self.board.whole(bot, id, connection.user_id));
        if let Some(frame) = whole {
            connection.outbox.push(frame);
        }
    }

    /// The bus lost something, perhaps pieces: everybody is shown all of the running answers.
    pub(super) fn show_everybody(&self) {
        for connection in self.hub.connections() {
            if let (Kind::Chat, Some(bot), true) =
                (connection.kind, connection.bot_id, connection.has_joined())
            {
                self.board
                    .ids(bot)
                    .into_iter()
                    .for_each(|id| connection.outbox.shed(id));
            }
        }
    }
}
