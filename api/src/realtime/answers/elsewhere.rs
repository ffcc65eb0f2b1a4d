//! Answers that other nodes write, as far as they concern the board: where they stand and what is added is heard as it goes to
//! everybody. Of an answer whose beginning this node did not hear, it asks the one that writes it; and reads what is kept of it
//! in the database, a second old at the most, which is enough when nothing else is to be had.
//!
//! Whoever follows it from its beginning goes on with what is heard; the others are shown all of it as soon as it is there.

use std::sync::Arc;
use std::time::Duration;

use domain::Result;
use domain::chat::{Answer, Texts};
use domain::events::{AnswerHead, Fact, Recorded, Sent, Signal, StreamId};
use domain::ids::{BotId, MessageId};
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};

use super::super::Live;
use super::super::connection::Connection;
use super::super::dispatch::UNDER_WAY;
use super::super::letters::Letter;
use super::super::topic::Topic;
use super::board::Over;
use super::gaps::Heard;

/// Between two looks at answers whose beginning is missing.
const AGAIN: Duration = Duration::from_millis(250);
/// How long somebody who comes waits for it.
const AWAITED: Duration = Duration::from_secs(1);
/// All of an answer so far, for other nodes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Whole {
    pub(super) bot: BotId,
    pub(super) answer: AnswerHead,
    pub(super) text: String,
}

impl Live {
    /// Takes note of what another node tells everybody of an answer. False: nobody here is to be told.
    pub(in crate::realtime) fn hear_answer(&self, sent: &Sent) -> bool {
        match &sent.signal {
            Signal::Answer {
                answer,
                status,
                position,
            } => self.board.hear_status(sent.bot_id, *answer, *status, *position),
            Signal::Delta {
                answer,
                offset,
                content,
            } => {
                let heard = self.board.hear_piece(sent.bot_id, *answer, *offset, content);
                if heard == Heard::AfterGap {
                    // Nobody here has what is missing.
                    let connections = self.following(sent.bot_id);
                    connections.for_each(|connection| connection.outbox.shed(answer.message_id));
                }
                heard != Heard::AfterEnd
            }
            Signal::Typing { .. }
            | Signal::Presence { .. }
            | Signal::Read { .. }
            | Signal::DocumentProgress(_)
            | Signal::Task(_) => true,
        }
    }

    /// An answer goes from the board before anybody here is given its end.
    pub(in crate::realtime) fn note_end(&self, recorded: &Recorded, over: Over) {
        let StreamId::Bot(bot) = recorded.stream else {
            return;
        };
        if let Some(answer) = recorded.fact.ended_answer() {
            self.board.end(bot, answer, over);
        } else if let Fact::SessionDeleted { session_id, .. } = &recorded.fact {
            self.board.end_session(bot, *session_id);
        }
    }

    /// Makes sure that somebody who comes is shown the answers that other nodes write, and none that has ended. To be called
    /// after the number was read from which they go on.
    pub(in crate::realtime) async fn know_answers(&self, bot: BotId) -> Result<()> {
        if self.bus.node().is_none() {
            return Ok(());
        }
        self.read_answers(bot, Texts::Without).await?;
        if self.board.has_gaps(bot) {
            self.read_answers(bot, Texts::With).await?;
        }
        if self.board.has_gaps(bot) && self.bus.is_up() {
            // In vain: they are shown what there is, and all of it later.
            let _ = timeout(AWAITED, self.board.filled(bot)).await;
        }
        Ok(())
    }

    /// Brings the topic up to a number that somebody has read in the log: an answer that ended before it is not on the board
    /// then.
    pub(in crate::realtime) async fn bring_up(&self, topic: &Arc<Topic>, seq: i64) -> Result<()> {
        let is_behind = || topic.position().is_some_and(|position| position < seq);
        if self.bus.node().is_some() && is_behind() {
            if self.bus.is_up() {
                // Mostly it is on its way, after signals that go before it.
                let _ = timeout(UNDER_WAY, topic.reach(seq)).await;
            }
            if is_behind() {
                self.refill(topic, seq).await?;
            }
        }
        Ok(())
    }

    /// What the database knows of the answers of a bot; those of which it brought something are shown anew.
    async fn read_answers(&self, bot: BotId, texts: Texts) -> Result<()> {
        let version = self.board.version();
        let unfinished = self.answers.on_bot(bot, texts).await?;
        let is_own = |answer: &Answer| self.answers.is_own(answer);
        let grown = self.board.merge(bot, &unfinished, is_own, version);
        self.show_anew(bot, &grown);
        Ok(())
    }

    /// Some node misses the beginning of answers.
    pub(in crate::realtime) fn give_texts(&self, wanted: &[MessageId]) {
        for whole in self.board.own_texts(wanted) {
            self.write(&Letter::Text(whole));
        }
    }

    /// The node that writes an answer has said all of it.
    pub(in crate::realtime) fn hear_text(&self, whole: &Whole) {
        if self.board.hear_text(whole) {
            self.show_anew(whole.bot, &[whole.answer.message_id]);
        }
    }

    /// Signals were lost, nobody knows which.
    pub(in crate::realtime) fn doubt_texts(&self) {
        if self.bus.node().is_some() {
            self.board.doubt();
        }
    }

    /// Those who were not there from the beginning are shown all of it.
    fn show_anew(&self, bot: BotId, answers: &[MessageId]) {
        if answers.is_empty() {
            return;
        }
        for connection in self.following(bot) {
            answers
                .iter()
                .for_each(|id| connection.outbox.shed_unless_followed(*id));
        }
    }

    fn following(&self, bot: BotId) -> impl Iterator<Item = Arc<Connection>> {
        let connections = self.hub.connections().into_iter();
        connections.filter(move |connection| connection.has_joined() && connection.bots().contains(&bot))
    }
}

/// Looks for the beginnings of answers, as long as any is missing.
pub(in crate::realtime) async fn fill_gaps(live: Arc<Live>) {
    loop {
        tokio::select! {
            () = live.stop.cancelled() => return,
            () = live.board.gaps.notified() => {}
        }
        loop {
            let (bots, answers) = live.board.gaps();
            if answers.is_empty() {
                break;
            }
            live.write(&Letter::Want { answers });
            tokio::select! {
                () = live.stop.cancelled() => return,
                () = sleep(AGAIN) => {}
            }
            for bot in bots {
                if live.board.has_gaps(bot)
                    && let Err(error) = live.read_answers(bot, Texts::With).await
                {
                    tracing::debug!(%error, "texts of answers cannot be read");
                }
            }
        }
    }
}
