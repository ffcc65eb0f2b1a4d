//! The answers that are being written, on any node, with their texts so far. Those of this node are put down as they are written;
//! those of others as they are heard of, with what came before if that was missed (`elsewhere`).
//!
//! An answer goes from the board, for good, before anybody here is given the message that ends it. So whoever is shown the board
//! at some number of the stream is shown nothing that ended before that number.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Mutex;

use domain::chat::{Answer, AnswerStatus};
use domain::events::{AnswerHead, Audience};
use domain::ids::{BotId, MessageId, SessionId, UserId};
use domain::time::Timestamp;
use tokio::sync::Notify;

use super::super::frames;
use super::super::outbox::{Frame, FrameKind, lock};

/// Answers that have ended and are remembered for that: what comes late of them is no answer anew.
const ENDED: usize = 4096;

#[derive(Debug, Default)]
pub struct Board {
    pub(super) state: Mutex<State>,
    /// Of some answer the beginning is missing.
    pub(super) gaps: Notify,
    /// Of some answer it is there.
    pub(super) mended: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub bots: HashMap<BotId, Vec<Entry>>,
    /// How many answers have come.
    pub version: u64,
    ended: HashMap<MessageId, Over>,
    ended_in_order: VecDeque<MessageId>,
}

/// How an answer that has ended is known to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// By the log: who listens here may not have been given its end yet, nor all that went before.
    InTheLog,
    /// Everybody who listens here is given its end, if it has one.
    Told,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub head: AnswerHead,
    pub status: AnswerStatus,
    pub position: usize,
    pub text: String,
    /// Characters of `text`.
    pub length: usize,
    /// The message that ends it is being stored: who comes now gets that one, live or from the log.
    ending: bool,
    /// This node writes it.
    pub is_own: bool,
    /// Everybody here was told where it stands; else it was found in the database.
    pub was_heard: bool,
    /// The version of the board that it made.
    pub born: u64,
    /// Pieces after a gap, with the characters before them; `None`: the text is all there is.
    pub beyond: Option<Vec<(usize, String)>>,
}

impl Board {
    /// False: that is what the board said already, or the answer is over.
    pub fn set(
        &self,
        bot: BotId,
        head: AnswerHead,
        status: AnswerStatus,
        position: usize,
        is_own: bool,
    ) -> bool {
        let mut state = lock(&self.state);
        let Some(entry) = state.find(bot, head.message_id) else {
            return state.add(bot, head, status, position).is_some_and(|entry| {
                (entry.is_own, entry.was_heard) = (is_own, true);
                true
            });
        };
        // Nothing that runs waits again: that was said before.
        let late = entry.status == AnswerStatus::Running && status == AnswerStatus::Queued;
        let known = entry.was_heard && (entry.status, entry.position) == (status, position);
        if late || known {
            return false;
        }
        (entry.status, entry.position) = (status, position);
        (entry.is_own, entry.was_heard) = (is_own, true);
        true
    }

    pub fn has(&self, bot: BotId, id: MessageId) -> bool {
        lock(&self.state).find(bot, id).is_some()
    }

    /// Adds the next piece of an answer of this node; gives the number of characters before it.
    pub fn add_piece(&self, bot: BotId, id: MessageId, content: &str) -> Option<usize> {
        let mut state = lock(&self.state);
        let entry = state.find(bot, id)?;
        let offset = entry.length;
        entry.add(content);
        Some(offset)
    }

    pub fn set_ending(&self, bot: BotId, id: MessageId) {
        if let Some(entry) = lock(&self.state).find(bot, id) {
            entry.ending = true;
        }
    }

    pub fn end(&self, bot: BotId, id: MessageId, over: Over) {
        let mut state = lock(&self.state);
        state.note_end(id, over);
        state.retain(bot, |entry| entry.head.message_id != id);
    }

    pub fn end_session(&self, bot: BotId, session: SessionId) {
        lock(&self.state).retain(bot, |entry| entry.head.session_id != session);
    }

    /// Forgets what has come to no message: cancelled while it waited, or gone with its session or bot. `unfinished` was read
    /// after this version.
    pub fn keep(&self, unfinished: &[Answer], version: u64) {
        let known: HashSet<_> = unfinished.iter().map(|answer| answer.message_id).collect();
        let mut state = lock(&self.state);
        let mut gone = Vec::new();
        state.bots.retain(|_, entries| {
            entries.retain(|entry| {
                let id = entry.head.message_id;
                let keep = entry.is_own || entry.born > version || known.contains(&id);
                if !keep {
                    gone.push(id);
                }
                keep
            });
            !entries.is_empty()
        });
        gone.into_iter().for_each(|id| state.note_end(id, Over::InTheLog));
    }

    pub fn version(&self) -> u64 {
        lock(&self.state).version
    }

    /// What somebody who comes now is shown, and the sessions that it is about.
    pub fn shown(&self, bot: BotId, reader: UserId) -> Vec<(SessionId, Frame)> {
        let state = lock(&self.state);
        let entries = state.bots.get(&bot).map(Vec::as_slice).unwrap_or_default();
        // What runs goes first: of very many that wait, a newcomer's queue has no room for all.
        let of = |status| entries.iter().filter(move |entry| entry.status == status);
        let both = of(AnswerStatus::Running).chain(of(AnswerStatus::Queued));
        both.filter(|entry| entry.visible_to(reader))
            .flat_map(|entry| {
                let at = Timestamp::now();
                let status = frames::answer_status(bot, at, &entry.head, entry.status, entry.position);
                let frames = [Some(Frame::new(FrameKind::Ephemeral, status)), entry.whole(bot)];
                let session = entry.head.session_id;
                frames.into_iter().flatten().map(move |frame| (session, frame))
            })
            .collect()
    }

    /// All of it so far; `None`: nothing is there, or not the beginning.
    pub fn whole(&self, bot: BotId, id: MessageId, reader: UserId) -> Option<(SessionId, Frame)> {
        let mut state = lock(&self.state);
        let entry = state.find(bot, id)?;
        let whole = entry.visible_to(reader).then(|| entry.whole(bot))??;
        Some((entry.head.session_id, whole))
    }

    pub fn ids(&self, bot: BotId) -> Vec<MessageId> {
        let state = lock(&self.state);
        let entries = state.bots.get(&bot).map(Vec::as_slice).unwrap_or_default();
        entries.iter().map(|entry| entry.head.message_id).collect()
    }
}

impl State {
    pub fn find(&mut self, bot: BotId, id: MessageId) -> Option<&mut Entry> {
        let mut entries = self.bots.get_mut(&bot)?.iter_mut();
        entries.find(|entry| entry.head.message_id == id)
    }

    /// `None`: it is over.
    pub fn add(
        &mut self,
        bot: BotId,
        head: AnswerHead,
        status: AnswerStatus,
        position: usize,
    ) -> Option<&mut Entry> {
        if self.ended.contains_key(&head.message_id) {
            return None;
        }
        self.version += 1;
        let entries = self.bots.entry(bot).or_default();
        entries.push(Entry {
            head,
            status,
            position,
            text: String::new(),
            length: 0,
            ending: false,
            is_own: false,
            was_heard: false,
            born: self.version,
            beyond: None,
        });
        entries.last_mut()
    }

    pub fn over(&self, id: MessageId) -> Option<Over> {
        self.ended.get(&id).copied()
    }

    pub fn note_end(&mut self, id: MessageId, over: Over) {
        match self.ended.entry(id) {
            Slot::Occupied(known) if over == Over::Told => *known.into_mut() = over,
            Slot::Occupied(_) => {}
            Slot::Vacant(slot) => {
                slot.insert(over);
                self.ended_in_order.push_back(id);
            }
        }
        if self.ended_in_order.len() > ENDED
            && let Some(oldest) = self.ended_in_order.pop_front()
        {
            self.ended.remove(&oldest);
        }
    }

    pub fn retain(&mut self, bot: BotId, keep: impl FnMut(&Entry) -> bool) {
        if let Some(entries) = self.bots.get_mut(&bot) {
            entries.retain(keep);
            if entries.is_empty() {
                self.bots.remove(&bot);
            }
        }
    }
}

impl Entry {
    pub fn add(&mut self, content: &str) {
        self.text.push_str(content);
        self.length += content.chars().count();
    }

    fn visible_to(&self, reader: UserId) -> bool {
        !self.ending && Audience::private_to(self.head.private_to).includes(reader)
    }

    fn whole(&self, bot: BotId) -> Option<Frame> {
        if self.text.is_empty() || self.beyond.is_some() {
            return None;
        }
        let bytes = frames::delta(bot, Timestamp::now(), &self.head, 0, &self.text);
        let kind = FrameKind::Delta {
            answer: self.head.message_id,
            first: true,
        };
        Some(Frame::new(kind, bytes))
    }
}
