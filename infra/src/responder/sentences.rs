//! A passage taken apart into sentences: prose, list items and table rows, each with its place in the passage and a text that
//! reads well without the marks of Markdown. Which of them matter is decided elsewhere.

mod table;

use std::ops::Range;

use table::{cells, is_header, is_row, told};

/// A passage without a full stop for longer than this is cut at a comma or a space.
const LONGEST: usize = 400;
/// A line at least this much shorter than its paragraph's longest was ended on purpose.
const SHORT_LINE: f64 = 0.6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Prose,
    Item,
    Row,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub kind: Kind,
    /// In bytes of the passage's text.
    pub span: Range<usize>,
    /// Without marks, on one line.
    pub text: String,
    /// The heading within the passage that it stands under, without marks; empty if there is none.
    pub heading: String,
}

pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut reader = Reader::new(text);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        reader.line(start..start + line.len());
        start += line.len();
    }
    reader.end_block();
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    found: Vec<Sentence>,
    heading: String,
    /// Lines of the paragraph or item that is being read.
    block: Vec<Range<usize>>,
    kind: Kind,
    /// The first row of the table that is being read, and whether it was seen to be a header.
    row: Option<(Vec<String>, bool)>,
    /// Of this table, so far.
    rows: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            found: Vec::new(),
            heading: String::new(),
            block: Vec::new(),
            kind: Kind::Prose,
            row: None,
            rows: 0,
        }
    }

    fn line(&mut self, span: Range<usize>) {
        let span = trimmed(self.text, span);
        let line = &self.text[span.clone()];
        if !is_row(line) {
            self.row = None;
        }
        if line.is_empty() || line.starts_with("```") || is_rule(line) {
            self.end_block();
        } else if let Some(heading) = heading(line) {
            self.end_block();
            self.heading = plain(heading);
        } else if is_row(line) {
            self.end_block();
            self.table_row(span);
        } else if let Some(mark) = item_mark(line) {
            self.end_block();
            self.kind = Kind::Item;
            self.block.push(span.start + mark..span.end);
        } else {
            self.block.push(span);
        }
    }

    /// A row under a header is told with the header's words: `Name: Anna, Age: 41`.
    fn table_row(&mut self, span: Range<usize>) {
        let cells = cells(&self.text[span.clone()]);
        let is_separator = cells
            .iter()
            .all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':' | ' ')));
        match &mut self.row {
            Some((_, header)) if is_separator => {
                if !*header {
                    *header = true;
                    // The header itself says nothing; the rows below repeat it.
                    self.found.pop_if(|last| last.kind == Kind::Row);
                }
                return;
            }
            None if is_separator => return,
            Some((first, header)) => {
                if self.rows == 1 && !*header && is_header(first, &cells) {
                    *header = true;
                    self.found.pop_if(|last| last.kind == Kind::Row);
                }
                self.rows += 1;
            }
            None => {
                self.row = Some((cells.clone(), false));
                self.rows = 1;
            }
        }
        let named = match &self.row {
            Some((names, true)) => Some(names.as_slice()),
            Some((_, false)) | None => None,
        };
        let text = told(&cells, named);
        if !text.is_empty() {
            self.push(Kind::Row, span, text);
        }
    }

    fn end_block(&mut self) {
        let lines = std::mem::take(&mut self.block);
        let kind = std::mem::replace(&mut self.kind, Kind::Prose);
        let longest = lines.iter().map(|line| self.chars(line)).max().unwrap_or(0);
        let mut from = 0;
        for (i, line) in lines.iter().enumerate() {
            let last = i + 1 == lines.len();
            if last || self.ends_on_purpose(line, &lines[i + 1], longest) {
                self.prose(kind, lines[from].start..line.end);
                from = i + 1;
            }
        }
    }

    fn chars(&self, span: &Range<usize>) -> usize {
        self.text[span.clone()].chars().count()
    }

    /// Text out of paged files has titles and short entries on lines of their own, without any mark.
    fn ends_on_purpose(&self, line: &Range<usize>, next: &Range<usize>, longest: usize) -> bool {
        let short = (self.chars(line) as f64) < SHORT_LINE * longest as f64;
        let upper = self.text[next.clone()]
            .chars()
            .next()
            .is_some_and(char::is_uppercase);
        let open = self.text[line.clone()].ends_with([',', ';', '-', '(', '…']);
        short && upper && !open
    }

    fn prose(&mut self, kind: Kind, block: Range<usize>) {
        for span in split(self.text, block) {
            for span in cut(self.text, span) {
                let text = plain(&self.text[span.clone()]);
                if text.chars().any(char::is_alphanumeric) {
                    self.push(kind, span, text);
                }
            }
        }
    }

    fn push(&mut self, kind: Kind, span: Range<usize>, text: String) {
        let heading = self.heading.clone();
        self.found.push(Sentence {
            kind,
            span,
            text,
            heading,
        });
    }
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let part = &text[span.clone()];
    let start = span.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && ["-", "*", "_", "="]
            .iter()
            .any(|mark| line.replace(mark, "").trim().is_empty())
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let marks = line.len() - rest.len();
    ((1..=6).contains(&marks) && rest.starts_with(' ')).then(|| rest.trim().trim_end_matches('#').trim())
}

/// How long the mark of a list item is: `- `, `• `, `3. `, `b) `.
fn item_mark(line: &str) -> Option<usize> {
    let (mark, rest) = line.split_once(' ')?;
    let numbered = mark.strip_suffix(['.', ')']).is_some_and(|number| {
        let digits = !number.is_empty() && number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
        digits
            || (mark.ends_with(')') && number.len() == 1 && number.bytes().all(|b| b.is_ascii_alphabetic()))
    });
    let marked = matches!(
        mark,
        "-" | "*" | "+" | "•" | "–" | "—" | "·" | "▪" | "‣" | "◦" | "○" | "●" | "■"
    );
    (numbered || marked).then(|| line.len() - rest.trim_start().len())
}

/// Spans of the sentences of a paragraph.
fn split(text: &str, block: Range<usize>) -> Vec<Range<usize>> {
    let part = &text[block.clone()];
    let chars: Vec<(usize, char)> = part.char_indices().collect();
    let mut found = Vec::new();
    let mut start = 0;
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i].1;
        let wide = matches!(c, '。' | '！' | '？' | '｡');
        if !wide && !matches!(c, '.' | '!' | '?' | '…') {
            i += 1;
            continue;
        }
        let mut end = i + 1;
        while end < chars.len() && (is_closing(chars[end].1) || matches!(chars[end].1, '.' | '!' | '?')) {
            end += 1;
        }
        if wide || ends_here(&chars, i, end, part) {
            let until = chars.get(end).map_or(part.len(), |(at, _)| *at);
            found.push(trimmed(text, block.start + start..block.start + until));
            start = until;
        }
        i = end;
    }
    found.push(trimmed(text, block.start + start..block.end));
    found.retain(|span| !span.is_empty());
    found
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»' | '“' | '」' | '』' | '）' | '*' | '_'
    )
}

/// Whether the mark at `i`, with what closes after it up to `end`, ends a sentence.
fn ends_here(chars: &[(usize, char)], i: usize, end: usize, part: &str) -> bool {
    let Some((_, after)) = chars.get(end) else {
        return true;
    };
    if !after.is_whitespace() {
        return false;
    }
    let next = chars[end..].iter().find(|(_, c)| !c.is_whitespace());
    if next.is_some_and(|(_, c)| c.is_lowercase()) {
        return false;
    }
    chars[i].1 != '.' || !is_abbreviated(&part[..chars[i].0])
}

/// The text stops before a full stop: does that belong to the last word?
fn is_abbreviated(before: &str) -> bool {
    const ABBREVIATIONS: &[&str] = &[
        "abb", "abs", "approx", "art", "av", "bspw", "bzw", "ca", "cap", "cf", "co", "corp", "dept", "dr",
        "ed", "eds", "etc", "evtl", "fig", "ggf", "gl", "hr", "inc", "inkl", "jr", "kap", "ltd", "max",
        "min", "mr", "mrs", "ms", "nr", "num", "no", "pag", "pp", "prof", "ref", "resp", "sec", "sog", "sr",
        "sra", "st", "str", "tel", "usw", "vgl", "vol", "vs", "zzgl", "г", "гл", "др", "им", "ок", "рис",
        "руб", "см", "стр", "табл", "тыс", "ул", "т",
    ];
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '„' | '«'))
        .next()
        .unwrap_or_default();
    let mut chars = word.chars();
    let first = chars.next();
    let single = first.is_some_and(char::is_alphabetic) && chars.next().is_none();
    // An ordinal ("3. Januar"), or the number of an item.
    let ordinal = word.len() <= 2 && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    // "z.B", "e.g", "U.S": letters with full stops between them.
    let dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() <= 2);
    let lower = word.to_lowercase();
    single || ordinal || dotted || ABBREVIATIONS.contains(&lower.as_str())
}

/// Cuts what is too long for a sentence.
fn cut(text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut rest = span;
    while text[rest.clone()].chars().count() > LONGEST {
        let part = &text[rest.clone()];
        let bound = part.char_indices().nth(LONGEST).map_or(part.len(), |(at, _)| at);
        let head = &part[..bound];
        let half = head.char_indices().nth(LONGEST / 2).map_or(0, |(at, _)| at);
        let after = |marks: &[char]| {
            let at = head[half..].rfind(marks).map(|at| half + at);
            at.and_then(|at| head[at..].chars().next().map(|c| at + c.len_utf8()))
        };
        let at = after(&[';', '；', '\n']).or_else(|| after(&[',', '，', '、']));
        let at = at.or_else(|| after(&[' '])).unwrap_or(bound);
        found.push(trimmed(text, rest.start..rest.start + at));
        rest = trimmed(text, rest.start + at..rest.end);
    }
    found.push(rest);
    found
}

/// The words without Markdown's marks, on one line.
pub fn plain(text: &str) -> String {
    let text = text
        .replace("<br>", " ")
        .replace("<br/>", " ")
        .replace("<br />", " ")
        // Fields of a record, the last of them a sentence.
        .replace(".; ", "; ");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let in_word = out.chars().next_back().is_some_and(char::is_alphanumeric)
            && after.chars().next().is_some_and(char::is_alphanumeric);
        rest = after;
        match c {
            '\\' if after.starts_with(|next: char| next.is_ascii_punctuation()) => {
                out.extend(after.chars().next());
                rest = &after[1..];
            }
            '!' if after.starts_with('[') => {}
            '[' => match bracket(after) {
                Some((words, behind)) => {
                    out.push_str(&plain(words));
                    rest = behind;
                }
                None => out.push('['),
            },
            '`' => {}
            '*' if after.starts_with('*')
                || !after.starts_with(char::is_whitespace)
                || out.ends_with(|p: char| !p.is_whitespace()) => {}
            '_' if !in_word && !after.starts_with(char::is_whitespace) => {}
            '_' if !in_word && out.ends_with(char::is_alphanumeric) => {}
            _ => out.push(c),
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    words.join(" ")
}

/// What stands in a bracket, without the address behind it, and the rest. A number alone would look like one of our citations:
/// it goes.
fn bracket(after: &str) -> Option<(&str, &str)> {
    let (words, behind) = after.split_once(']')?;
    if let Some(address) = behind.strip_prefix('(')
        && let Some((_, behind)) = address.split_once(')')
    {
        return Some((words, behind));
    }
    let reference = words
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, ',' | ' ' | '-' | '–' | '^'));
    reference.then_some(("", behind))
}

#[cfg(test)]
mod tests;
