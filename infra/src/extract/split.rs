//! Splitting into pieces that can be found and quoted by themselves: at headings, then at sentences or rows, never inside a word.
//! Headings are kept beside the text and not in it. Sizes are in columns: a CJK character says about as much as two letters.

use std::rc::Rc;

use domain::document::ChunkDraft;

use super::block::{Block, Body};
use super::sentence::{cut, sentences, shorten, size};

/// A piece ends before the sentence that would make it longer than this.
pub const TARGET: usize = 1_200;
/// What is left under a heading after its last full piece is added to that piece, if it is shorter than this ...
const LEFTOVER: usize = 300;
/// ... and the two together are not longer than this.
pub const MOST: usize = 1_500;
/// With this much in it, a piece ends at the end of a page.
const PAGE_END: usize = 700;
/// Whole sentences of the end of a piece, said again in the next one.
pub const OVERLAP: usize = 170;
/// Longer sentences are cut between words.
const SENTENCE: usize = 600;
/// Of one heading, and of the whole path.
const HEADING: usize = 160;
const PATH: usize = 400;

/// What a piece of text is joined with to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    None,
    Space,
    Line,
    Paragraph,
}

impl Lead {
    fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Space => " ",
            Self::Line => "\n",
            Self::Paragraph => "\n\n",
        }
    }
}

struct Piece {
    lead: Lead,
    text: String,
    page: Option<u32>,
    /// Rows are not repeated as overlap.
    row: bool,
    /// Of a table that is split: written before its first row in every chunk.
    head: Option<Rc<str>>,
}

#[derive(Default)]
struct Draft {
    text: String,
    size: usize,
    page: Option<u32>,
    /// Where that begins which no chunk has had yet, and how it is joined to what was before.
    fresh: usize,
    lead: Option<Lead>,
    /// The last sentences, as far as they may be repeated.
    tail: Vec<(Lead, String)>,
}

#[derive(Default)]
pub struct Splitter {
    headings: Vec<(u8, String)>,
    /// The last heading has nothing under it yet.
    bare: bool,
    draft: Draft,
    /// The last full chunk under this heading, held back for what may be left over.
    held: Option<ChunkDraft>,
    page: Option<u32>,
}

impl Splitter {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, block: Block, out: &mut Vec<ChunkDraft>) {
        let Block { page, body } = block;
        match body {
            Body::Heading(level, text) => self.heading(page, level, &text, out),
            Body::Text(text) => self.text(page, &text, out),
            Body::Table { head, rows } => self.table(page, head, rows, out),
        }
    }

    pub fn finish(&mut self, out: &mut Vec<ChunkDraft>) {
        self.close(out);
        self.only_heading(out);
    }

    fn heading(&mut self, page: Option<u32>, level: u8, text: &str, out: &mut Vec<ChunkDraft>) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return;
        }
        if size(&text) > HEADING * 2 {
            return self.text(page, &text, out);
        }
        self.close(out);
        if self.headings.last().is_some_and(|(last, _)| *last >= level) {
            self.only_heading(out);
        }
        while self.headings.last().is_some_and(|(last, _)| *last >= level) {
            self.headings.pop();
        }
        self.headings.push((level, shorten(&text, HEADING).to_owned()));
        self.bare = true;
        self.page = page;
    }

    /// A heading with nothing under it is still text of the document.
    fn only_heading(&mut self, out: &mut Vec<ChunkDraft>) {
        if !std::mem::take(&mut self.bare) {
            return;
        }
        if let Some((_, text)) = self.headings.last() {
            out.push(ChunkDraft {
                page: self.page,
                heading: self.path(),
                text: text.clone(),
            });
        }
    }

    fn text(&mut self, page: Option<u32>, text: &str, out: &mut Vec<ChunkDraft>) {
        let mut lead = Lead::Paragraph;
        for line in text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.trim().is_empty())
        {
            for (spaced, sentence) in sentences(line) {
                for (n, part) in cut(sentence, SENTENCE).enumerate() {
                    if n > 0 || lead == Lead::None {
                        lead = if spaced || n > 0 { Lead::Space } else { Lead::None };
                    }
                    self.add(
                        Piece {
                            lead,
                            text: part.to_owned(),
                            page,
                            row: false,
                            head: None,
                        },
                        out,
                    );
                    lead = Lead::None;
                }
            }
            lead = Lead::Line;
        }
    }

    fn table(
        &mut self,
        page: Option<u32>,
        head: Option<String>,
        rows: Vec<String>,
        out: &mut Vec<ChunkDraft>,
    ) {
        let whole: usize = head.iter().chain(&rows).map(|row| size(row) + 1).sum();
        if whole <= TARGET && head.is_some() {
            let lines: Vec<_> = head.into_iter().chain(rows).collect();
            let piece = Piece {
                lead: Lead::Paragraph,
                text: lines.join("\n"),
                page,
                row: true,
                head: None,
            };
            return self.add(piece, out);
        }
        let mut first = Lead::Paragraph;
        // A head that fills half a chunk is text like any other.
        let (head, long) = match head {
            Some(head) if size(&head) <= TARGET / 2 => (Some(Rc::from(head)), None),
            other => (None, other),
        };
        for row in long.into_iter().chain(rows) {
            for (n, part) in cut(&row, TARGET / 2).enumerate() {
                let (lead, head) = if n > 0 {
                    (Lead::Space, None)
                } else {
                    (first, head.clone())
                };
                self.add(
                    Piece {
                        lead,
                        text: part.to_owned(),
                        page,
                        row: true,
                        head,
                    },
                    out,
                );
            }
            first = Lead::Line;
        }
    }

    fn add(&mut self, piece: Piece, out: &mut Vec<ChunkDraft>) {
        self.bare = false;
        let fresh = self.draft.text.len() > self.draft.fresh;
        let full = self.draft.size + size(&piece.text) > TARGET;
        let turned = piece.page != self.draft.page && self.draft.size >= PAGE_END;
        if fresh && (full || turned) {
            self.emit(piece.row, out);
        }
        let draft = &mut self.draft;
        let begins = draft.lead.is_none();
        if begins {
            draft.page = piece.page;
            draft.lead = Some(piece.lead);
        }
        let lead = if draft.text.is_empty() {
            Lead::None
        } else {
            piece.lead
        };
        draft.text.push_str(lead.as_str());
        if let Some(head) = piece
            .head
            .as_ref()
            .filter(|_| begins || piece.lead == Lead::Paragraph)
        {
            draft.text.push_str(head);
            draft.text.push('\n');
            draft.size += size(head) + 1;
        }
        if begins {
            draft.fresh = draft.text.len();
        }
        draft.text.push_str(&piece.text);
        draft.size += size(&piece.text) + lead.as_str().len();
        if piece.row {
            draft.tail.clear();
        } else {
            draft.tail.push((piece.lead, piece.text));
        }
    }

    /// Ends a chunk in the middle of a section: the next one begins with the last sentences of this one.
    fn emit(&mut self, before_row: bool, out: &mut Vec<ChunkDraft>) {
        let heading = self.path();
        let draft = std::mem::take(&mut self.draft);
        if !before_row {
            let mut room = OVERLAP;
            let mut from = draft.tail.len();
            while from > 0 && size(&draft.tail[from - 1].1) < room {
                from -= 1;
                room -= size(&draft.tail[from].1) + 1;
            }
            for (lead, sentence) in draft.tail.into_iter().skip(from) {
                if !self.draft.text.is_empty() {
                    self.draft.text.push_str(lead.as_str());
                }
                self.draft.text.push_str(&sentence);
            }
            self.draft.size = size(&self.draft.text);
            self.draft.fresh = self.draft.text.len();
        }
        out.extend(self.held.replace(ChunkDraft {
            page: draft.page,
            heading,
            text: draft.text,
        }));
    }

    /// Ends the section.
    fn close(&mut self, out: &mut Vec<ChunkDraft>) {
        let heading = self.path();
        let draft = std::mem::take(&mut self.draft);
        let left = draft.text.get(draft.fresh..).unwrap_or_default();
        let mut held = self.held.take();
        if let (Some(lead), false) = (draft.lead, left.is_empty()) {
            match &mut held {
                Some(held) if size(left) < LEFTOVER && size(&held.text) + size(left) <= MOST => {
                    held.text.push_str(lead.as_str());
                    held.text.push_str(left);
                }
                Some(_) | None => {
                    out.extend(held.take());
                    held = Some(ChunkDraft {
                        page: draft.page,
                        heading,
                        text: draft.text,
                    });
                }
            }
        }
        out.extend(held);
    }

    /// If it gets too long, the outermost headings go.
    fn path(&self) -> String {
        let mut room = PATH;
        let mut from = self.headings.len();
        while from > 0 && size(&self.headings[from - 1].1) < room {
            from -= 1;
            room -= size(&self.headings[from].1);
        }
        let names: Vec<_> = self.headings[from..]
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        names.join(" › ")
    }
}

#[cfg(test)]
#[path = "split/tests.rs"]
mod tests;
