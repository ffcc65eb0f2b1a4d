//! The board's side of answers that other nodes write: what is heard of them is put together, whatever its order. Where something
//! is missing, what comes after it waits here.

use domain::chat::{Answer, AnswerStatus};
use domain::events::AnswerHead;
use domain::ids::{BotId, MessageId};

use super::super::outbox::lock;
use super::board::{Board, Entry, Over};
use super::elsewhere::Whole;

/// Pieces kept after a gap; with more of them, what is kept in the database has long caught up.
const PIECES: usize = 1024;

/// How a piece of an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// After what was heard before, or nothing was.
    InOrder,
    /// Something before it was not heard.
    AfterGap,
    /// Everybody here has the message that ends it.
    AfterEnd,
}

impl Board {
    /// False: everybody here knows that.
    pub fn hear_status(&self, bot: BotId, head: AnswerHead, status: AnswerStatus, position: usize) -> bool {
        let over = lock(&self.state).over(head.message_id);
        match over {
            Some(over) => over == Over::InTheLog,
            None => self.set(bot, head, status, position, false),
        }
    }

    pub fn hear_piece(&self, bot: BotId, head: AnswerHead, offset: usize, content: &str) -> Heard {
        let mut state = lock(&self.state);
        if let Some(over) = state.over(head.message_id) {
            // The log may be quicker than the bus: those who are not given the end yet are given this before.
            return match over {
                Over::InTheLog => Heard::InOrder,
                Over::Told => Heard::AfterEnd,
            };
        }
        if state.find(bot, head.message_id).is_none()
            && let Some(entry) = state.add(bot, head, AnswerStatus::Running, 0)
            && offset > 0
        {
            entry.beyond = Some(Vec::new());
        }
        let Some(entry) = state.find(bot, head.message_id) else {
            return Heard::InOrder;
        };
        entry.status = AnswerStatus::Running;
        if entry.beyond.is_none() && offset <= entry.length {
            entry.put(offset, content);
            return Heard::InOrder;
        }
        let heard = match entry.beyond {
            None => Heard::AfterGap,
            Some(_) => Heard::InOrder,
        };
        let beyond = entry.beyond.get_or_insert_default();
        if beyond.len() == PIECES {
            beyond.clear();
        }
        beyond.push((offset, content.to_owned()));
        self.gaps.notify_one();
        heard
    }

    /// Takes in what the database had of a bot's answers after this version; gives those of which there is more now.
    pub fn merge(
        &self,
        bot: BotId,
        unfinished: &[Answer],
        is_own: impl Fn(&Answer) -> bool,
        version: u64,
    ) -> Vec<MessageId> {
        let mut state = lock(&self.state);
        let known: Vec<_> = unfinished.iter().map(|answer| answer.message_id).collect();
        let entries = state.bots.get(&bot).map(Vec::as_slice).unwrap_or_default();
        let ids = entries
            .iter()
            .filter(|entry| entry.born <= version && !known.contains(&entry.head.message_id));
        let gone: Vec<_> = ids.map(|entry| entry.head.message_id).collect();
        for id in gone {
            state.note_end(id, Over::InTheLog);
            state.retain(bot, |entry| entry.head.message_id != id);
        }
        let mut grown = Vec::new();
        for (index, answer) in unfinished.iter().enumerate() {
            if is_own(answer) {
                continue;
            }
            let before = unfinished[..index].iter();
            let position = before
                .filter(|other| other.session_id == answer.session_id)
                .count();
            let is_new = state.find(bot, answer.message_id).is_none();
            if is_new && state.add(bot, answer.head(), answer.status, position).is_none() {
                // It has ended since.
                continue;
            }
            let Some(entry) = state.find(bot, answer.message_id) else {
                continue;
            };
            if answer.status == AnswerStatus::Running {
                if is_new || entry.status == AnswerStatus::Queued {
                    // Nobody here heard it begin.
                    entry.beyond.get_or_insert_default();
                }
                (entry.status, entry.position) = (AnswerStatus::Running, 0);
            }
            if entry.fill(&answer.content, false) {
                grown.push(answer.message_id);
            }
        }
        let entries = state.bots.get(&bot).map(Vec::as_slice).unwrap_or_default();
        if entries.iter().any(|entry| entry.beyond.is_some()) {
            self.gaps.notify_one();
        }
        drop(state);
        self.mended.notify_waiters();
        grown
    }

    /// False: it has ended, or nothing of it was missing.
    pub fn hear_text(&self, whole: &Whole) -> bool {
        let mut state = lock(&self.state);
        let Some(entry) = state.find(whole.bot, whole.answer.message_id) else {
            return false;
        };
        let filled = entry.fill(&whole.text, true);
        drop(state);
        self.mended.notify_waiters();
        filled
    }

    pub fn own_texts(&self, wanted: &[MessageId]) -> Vec<Whole> {
        let state = lock(&self.state);
        let entries = state
            .bots
            .iter()
            .flat_map(|(bot, entries)| entries.iter().map(move |entry| (*bot, entry)));
        entries
            .filter(|(_, entry)| entry.is_own && wanted.contains(&entry.head.message_id))
            .map(|(bot, entry)| Whole {
                bot,
                answer: entry.head,
                text: entry.text.clone(),
            })
            .collect()
    }

    /// What was heard of other nodes' answers may not be all.
    pub fn doubt(&self) {
        let mut state = lock(&self.state);
        let entries = state.bots.values_mut().flatten();
        for entry in entries.filter(|entry| !entry.is_own && entry.status == AnswerStatus::Running) {
            entry.beyond.get_or_insert_default();
        }
        drop(state);
        self.gaps.notify_one();
    }

    /// The answers whose beginning is missing, and their bots.
    pub fn gaps(&self) -> (Vec<BotId>, Vec<MessageId>) {
        let state = lock(&self.state);
        let (mut bots, mut answers) = (Vec::new(), Vec::new());
        for (bot, entries) in &state.bots {
            let missing = entries.iter().filter(|entry| entry.beyond.is_some());
            let before = answers.len();
            answers.extend(missing.map(|entry| entry.head.message_id));
            if answers.len() > before {
                bots.push(*bot);
            }
        }
        (bots, answers)
    }

    pub fn has_gaps(&self, bot: BotId) -> bool {
        let state = lock(&self.state);
        let entries = state.bots.get(&bot).map(Vec::as_slice).unwrap_or_default();
        entries.iter().any(|entry| entry.beyond.is_some())
    }

    pub async fn filled(&self, bot: BotId) {
        loop {
            let mended = self.mended.notified();
            tokio::pin!(mended);
            // Registered before the look: a text that comes in between is not missed.
            mended.as_mut().enable();
            if !self.has_gaps(bot) {
                return;
            }
            mended.await;
        }
    }
}

impl Entry {
    /// Takes in a text from the beginning on, and what follows it of the pieces that came; `is_all`: there is no more of it. True
    /// if that brought something.
    fn fill(&mut self, text: &str, is_all: bool) -> bool {
        let Some(beyond) = self.beyond.take() else {
            return false;
        };
        let mut grown = self.put(0, text);
        // The last piece that came ends what there is.
        let is_all = is_all || !beyond.is_empty();
        let mut left = Vec::new();
        for (offset, piece) in beyond {
            if offset <= self.length {
                grown |= self.put(offset, &piece);
            } else {
                left.push((offset, piece));
            }
        }
        if !left.is_empty() || !is_all {
            self.beyond = Some(left);
        }
        grown || self.beyond.is_none()
    }

    /// A piece that begins within the text; true if it reaches beyond.
    fn put(&mut self, offset: usize, piece: &str) -> bool {
        let known = self.length - offset;
        match piece.char_indices().nth(known) {
            Some((new, _)) => {
                self.add(&piece[new..]);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::ids::{SessionId, UserId};

    use super::*;

    fn head() -> AnswerHead {
        AnswerHead {
            message_id: MessageId::new(),
            session_id: SessionId::new(),
            question_id: MessageId::new(),
            private_to: None,
        }
    }

    fn row(bot: BotId, head: AnswerHead, content: &str) -> Answer {
        Answer {
            message_id: head.message_id,
            bot_id: bot,
            session_id: head.session_id,
            question_id: head.question_id,
            asked_by: UserId::new(),
            status: AnswerStatus::Running,
            content: content.into(),
            regenerates: None,
            private_to: None,
            lease: None,
            is_stopped: false,
        }
    }

    fn text(board: &Board, bot: BotId, head: AnswerHead) -> Option<String> {
        let mut state = lock(&board.state);
        let entry = state.find(bot, head.message_id)?;
        entry.beyond.is_none().then(|| entry.text.clone())
    }

    #[test]
    fn pieces_in_order_make_the_text_and_one_that_overlaps_adds_what_is_new() {
        let (board, bot, head) = (Board::default(), BotId::new(), head());
        assert!(board.hear_status(bot, head, AnswerStatus::Running, 0));
        for (offset, piece) in [(0, "Ä "), (2, "bc"), (1, " bcd"), (0, "Ä")] {
            assert_eq!(board.hear_piece(bot, head, offset, piece), Heard::InOrder);
        }
        assert_eq!(text(&board, bot, head).as_deref(), Some("Ä bcd"));
    }

    #[test]
    fn a_gap_is_told_once_and_closed_by_the_beginning() {
        let (board, bot, head) = (Board::default(), BotId::new(), head());
        board.hear_status(bot, head, AnswerStatus::Running, 0);
        board.hear_piece(bot, head, 0, "ab");
        assert_eq!(board.hear_piece(bot, head, 4, "ef"), Heard::AfterGap);
        assert_eq!(board.hear_piece(bot, head, 6, "g"), Heard::InOrder);
        assert_eq!(board.gaps(), (vec![bot], vec![head.message_id]));
        // What the database has does not reach it yet.
        let grown = board.merge(bot, &[row(bot, head, "abc")], |_| false, board.version());
        assert_eq!((grown, text(&board, bot, head)), (vec![head.message_id], None));
        let whole = Whole {
            bot,
            answer: head,
            text: "abcde".into(),
        };
        assert!(board.hear_text(&whole));
        assert_eq!(text(&board, bot, head).as_deref(), Some("abcdefg"));
        assert!(!board.has_gaps(bot));
    }

    #[test]
    fn the_database_brings_answers_and_takes_those_that_were_there_before_and_have_ended() {
        let (board, bot) = (Board::default(), BotId::new());
        let (ended, running, new) = (head(), head(), head());
        board.hear_status(bot, ended, AnswerStatus::Running, 0);
        let version = board.version();
        board.hear_status(bot, new, AnswerStatus::Running, 0);
        let grown = board.merge(bot, &[row(bot, running, "so far")], |_| false, version);
        assert_eq!(grown, [running.message_id]);
        assert_eq!(board.ids(bot), [new.message_id, running.message_id]);
        // What it says of itself is told to those who were here all the time, and makes no answer anew.
        assert_eq!(board.hear_piece(bot, ended, 0, "late"), Heard::InOrder);
        assert!(board.hear_status(bot, running, AnswerStatus::Running, 0));
        assert!(!board.hear_status(bot, running, AnswerStatus::Running, 0));
        board.end(bot, ended.message_id, Over::Told);
        assert_eq!(board.hear_piece(bot, ended, 0, "late"), Heard::AfterEnd);
        assert_eq!(board.ids(bot).len(), 2);
        // The one that was found in the middle is whole with the next piece that follows.
        assert!(board.has_gaps(bot));
        board.hear_piece(bot, running, 6, ", so good");
        board.merge(bot, &[row(bot, running, "so far")], |_| false, version);
        assert_eq!(text(&board, bot, running).as_deref(), Some("so far, so good"));
    }

    #[test]
    fn what_runs_does_not_wait_again() {
        let (board, bot, head) = (Board::default(), BotId::new(), head());
        assert!(board.hear_status(bot, head, AnswerStatus::Queued, 1));
        assert!(!board.hear_status(bot, head, AnswerStatus::Queued, 1));
        assert!(board.hear_status(bot, head, AnswerStatus::Running, 0));
        assert!(!board.hear_status(bot, head, AnswerStatus::Queued, 0));
    }
}
