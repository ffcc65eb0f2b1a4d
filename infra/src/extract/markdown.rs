//! Markdown, as people write it and as other readers here make it, to blocks of plain text.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::block::{Block, Body, Sink, Stop};
use super::decode::clean;
use super::sentence::{is_cjk, size};

/// A paragraph all in bold that is not longer than this, and no sentence, is a heading.
const BOLD: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// HTML in it is HTML.
    Author,
    /// Made by a reader: `<` is a character like any other, and what was set in bold may be a heading.
    Reader,
    /// As `Reader`, and headings may be known by their numbers alone.
    Pages,
}

struct Open {
    text: String,
    /// The columns of the row being read, and the rows before.
    cells: Vec<String>,
    rows: Vec<String>,
    head: Option<String>,
    /// The next number of each list that is open; None has no numbers.
    lists: Vec<Option<u64>>,
    /// Of the text, in bytes.
    bold: usize,
    in_bold: bool,
    soft: bool,
}

pub fn read(page: Option<u32>, text: &str, source: Source, sink: &mut Sink<'_>) -> Result<(), Stop> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut depth = 0usize;
    let mut open = empty();
    let mut row = Row::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                depth += 1;
                start(&mut open, &tag);
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                finish(&mut open, end);
                if depth == 0 {
                    if page.is_none() && source == Source::Author {
                        sink.progress(range.end as f32 / text.len() as f32)?;
                    }
                    let done = std::mem::replace(&mut open, empty());
                    if let Some(body) = body(done, end, source) {
                        row.push(body, source, |body| sink.push(Block { page, body }))?;
                    }
                }
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                say(&mut open, &text);
            }
            Event::Html(html) | Event::InlineHtml(html) if source == Source::Author => {
                if html.starts_with("<br") {
                    open.text.push('\n');
                } else {
                    say(&mut open, &super::html::without_tags(&html));
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => say(&mut open, &html),
            Event::SoftBreak => open.soft = true,
            Event::HardBreak => open.text.push('\n'),
            Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }
    row.end(&mut |body| sink.push(Block { page, body }))
}

/// Headings of a page with nothing between them. Three of one level are none: the head of a table, the authors of an article.
#[derive(Default)]
struct Row {
    level: u8,
    texts: Vec<String>,
}

impl Row {
    fn push(
        &mut self,
        body: Body,
        source: Source,
        mut to: impl FnMut(Body) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        match body {
            Body::Heading(level, text)
                if source == Source::Pages && level >= 3 && numbered(&text).is_none() =>
            {
                if level != self.level {
                    self.end(&mut to)?;
                }
                self.level = level;
                self.texts.push(text);
                Ok(())
            }
            Body::Heading(..) | Body::Text(_) | Body::Table { .. } => {
                self.end(&mut to)?;
                to(body)
            }
        }
    }

    fn end(&mut self, to: &mut impl FnMut(Body) -> Result<(), Stop>) -> Result<(), Stop> {
        let texts = std::mem::take(&mut self.texts);
        if texts.len() >= 3 {
            return to(Body::Text(texts.join("\n")));
        }
        texts
            .into_iter()
            .try_for_each(|text| to(Body::Heading(self.level, text)))
    }
}

fn empty() -> Open {
    Open {
        text: String::new(),
        cells: Vec::new(),
        rows: Vec::new(),
        head: None,
        lists: Vec::new(),
        bold: 0,
        in_bold: false,
        soft: false,
    }
}

fn say(open: &mut Open, text: &str) {
    let before = open.text.chars().next_back();
    if std::mem::take(&mut open.soft)
        && let (Some(before), Some(after)) = (before, text.chars().next())
        && !(is_cjk(before) && is_cjk(after))
    {
        open.text.push(' ');
    }
    open.text.push_str(text);
    if open.in_bold {
        open.bold += text.len();
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum, of which little matters here"
)]
fn start(open: &mut Open, tag: &Tag<'_>) {
    match tag {
        Tag::List(first) => open.lists.push(*first),
        Tag::Item => {
            line(&mut open.text);
            let indent = open.lists.len().saturating_sub(1).min(8);
            open.text.extend(std::iter::repeat_n("  ", indent));
            match open.lists.last_mut() {
                Some(Some(number)) => {
                    open.text.push_str(&format!("{number}. "));
                    *number += 1;
                }
                Some(None) | None => open.text.push_str("- "),
            }
        }
        Tag::Strong => open.in_bold = true,
        Tag::Paragraph | Tag::Heading { .. } if !open.text.ends_with("- ") && !open.text.ends_with(". ") => {
            line(&mut open.text);
        }
        Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => line(&mut open.text),
        _ => {}
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum, of which little matters here"
)]
fn finish(open: &mut Open, end: TagEnd) {
    match end {
        TagEnd::List(_) => {
            open.lists.pop();
        }
        TagEnd::Strong => open.in_bold = false,
        TagEnd::TableCell => {
            let cell = std::mem::take(&mut open.text);
            open.cells
                .push(cell.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        TagEnd::TableHead => open.head = Some(row(&mut open.cells)),
        TagEnd::TableRow => {
            let row = row(&mut open.cells);
            open.rows.push(row);
        }
        _ => {}
    }
}

fn row(cells: &mut Vec<String>) -> String {
    format!("| {} |", std::mem::take(cells).join(" | "))
}

fn line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum, of which little matters here"
)]
fn body(open: Open, end: TagEnd, source: Source) -> Option<Body> {
    let Open {
        text,
        rows,
        head,
        bold,
        ..
    } = open;
    let is_blank = |row: &String| row.chars().all(|c| c == '|' || c.is_whitespace());
    match end {
        TagEnd::Heading(level) => Some(Body::Heading(number(level), clean(&text))),
        TagEnd::Table => Some(Body::Table {
            head: head.filter(|head| !is_blank(head)).map(|head| clean(&head)),
            rows: rows
                .iter()
                .filter(|row| !is_blank(row))
                .map(|row| clean(row))
                .collect(),
        }),
        _ => {
            let plain = text.trim();
            let short = end == TagEnd::Paragraph
                && source != Source::Author
                && size(plain) <= BOLD
                && !plain.ends_with(['.', '!', '?', ':', ';', ',', '。', '！', '？'])
                && plain.chars().any(char::is_alphabetic);
            if short && bold >= plain.len() {
                return Some(Body::Heading(6, clean(plain)));
            }
            if short
                && source == Source::Pages
                && let Some(level) = numbered(plain)
            {
                return Some(Body::Heading(level, clean(plain)));
            }
            (!plain.is_empty()).then(|| Body::Text(clean(&text)))
        }
    }
}

/// `2.1 Limits` is a heading of the third level.
fn numbered(text: &str) -> Option<u8> {
    let (number, rest) = text.split_once(' ')?;
    let parts: Vec<_> = number.trim_end_matches('.').split('.').collect();
    let numbers = parts
        .iter()
        .all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    let title = rest.trim_start().chars().next().is_some_and(char::is_uppercase) && size(text) <= 70;
    (numbers && title && parts.len() <= 4).then(|| 1 + parts.len() as u8)
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
#[path = "markdown/tests.rs"]
mod tests;
