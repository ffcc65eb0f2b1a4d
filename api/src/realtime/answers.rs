//! The answers that are being written (`board`): whoever comes in the middle, or was too slow for some pieces, is shown all of it
//! so far at once. What ends an answer is a durable message; nothing here is kept. Those of other nodes are in `elsewhere`.
//!
//! Order: a piece is on the board before it goes to the bus. Who joins is shown the board under the topic's lock, so the pieces
//! that follow never begin behind what was shown; one that was shown already changes nothing, since it says where it begins.

mod board;
pub(super) mod elsewhere;
mod gaps;

use std::time::Duration;

use domain::chat::{Answer, AnswerStatus};
use domain::events::{AnswerHead, Signal};
use domain::ids::{BotId, MessageId};
use tokio::time::timeout;

use super::Live;
use super::connection::{Connection, Kind};
pub(super) use board::{Board, Over};

/// How long a stop waits for the last events to go out.
const TOLD: Duration = Duration::from_secs(1);

/// Places in a queue that are told each time they change.
const NEAR: usize = 8;

impl Live {
    /// Tells that an answer is being written here from now on.
    pub fn tell_running(&self, bot: BotId, answer: AnswerHead) {
        self.tell_answer(bot, answer, AnswerStatus::Running, 0);
    }

    /// Tells where a waiting answer stands. Far behind it is told once, and again when its turn comes near: each end of an answer
    /// moves all that wait behind it.
    pub fn tell_queued(&self, bot: BotId, answer: AnswerHead, position: usize) {
        if position <= NEAR || !self.board.has(bot, answer.message_id) {
            self.tell_answer(bot, answer, AnswerStatus::Queued, position);
        }
    }

    /// If it was not told already.
    fn tell_answer(&self, bot: BotId, answer: AnswerHead, status: AnswerStatus, position: usize) {
        let is_own = status == AnswerStatus::Running;
        if self.board.set(bot, answer, status, position, is_own) {
            let signal = Signal::Answer {
                answer,
                status,
                position,
            };
            self.signal(bot, signal);
        }
    }

    /// To be asked before unfinished answers are read for `keep_answers`.
    pub fn answers_version(&self) -> u64 {
        self.board.version()
    }

    /// Forgets answers that are unfinished no more without a message: cancelled while they waited, or gone with their session or
    /// bot.
    pub fn keep_answers(&self, unfinished: &[Answer], version: u64) {
        self.board.keep(unfinished, version);
    }

    /// The next piece of an answer.
    pub fn tell_piece(&self, bot: BotId, answer: AnswerHead, content: String) {
        if let Some(offset) = self.board.add_piece(bot, answer.message_id, &content) {
            let signal = Signal::Delta {
                answer,
                offset,
                content,
            };
            self.signal(bot, signal);
        }
    }

    /// The message that ends the answer is about to be stored.
    pub fn ending_answer(&self, bot: BotId, id: MessageId) {
        self.board.set_ending(bot, id);
    }

    /// Nothing of it is shown any more: its message is stored.
    pub fn ended_answer(&self, bot: BotId, id: MessageId) {
        self.board.end(bot, id, Over::InTheLog);
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
            shown
                .into_iter()
                .for_each(|(_, frame)| connection.outbox.push(frame));
        }
    }

    /// The connection has drained: an answer of which it missed pieces is shown whole. To be called under the topic's lock.
    pub(super) fn show_again(&self, connection: &Connection, id: MessageId) {
        connection.outbox.unshed(id);
        let whole = connection
            .bot_id
            .and_then(|bot| self.board.whole(bot, id, connection.user_id));
        if let Some((_, frame)) = whole {
            connection.outbox.push(frame);
        }
    }

    /// The bus lost something, perhaps pieces: everybody is shown all of the running answers.
    pub(super) fn show_everybody(&self) {
        for connection in self.hub.connections() {
            let bots = connection.bots().into_iter();
            for bot in bots.filter(|_| connection.has_joined()) {
                self.board
                    .ids(bot)
                    .into_iter()
                    .for_each(|id| connection.outbox.shed(id));
            }
        }
    }
}
