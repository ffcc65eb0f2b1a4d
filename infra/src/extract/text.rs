//! Plain text: paragraphs between blank lines.

use super::block::{Sink, Stop};
use super::decode::{clean, decode};
use super::markdown;

/// Lines of a paragraph that are all about this long were wrapped, and belong together.
const WRAPPED: usize = 50;

pub fn plain(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Stop> {
    let text = clean(&decode(content, None)?);
    paragraphs(None, &text, sink)
}

pub fn markdown(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Stop> {
    markdown::read(
        None,
        &clean(&decode(content, None)?),
        markdown::Source::Author,
        sink,
    )
}

pub fn paragraphs(page: Option<u32>, text: &str, sink: &mut Sink<'_>) -> Result<(), Stop> {
    let (mut done, all) = (0, text.len().max(1));
    for paragraph in text.split("\n\n") {
        done += paragraph.len() + 2;
        if page.is_none() {
            sink.progress(done as f32 / all as f32)?;
        }
        sink.text(page, unwrapped(paragraph))?;
    }
    Ok(())
}

fn unwrapped(paragraph: &str) -> String {
    let lines: Vec<_> = paragraph.lines().collect();
    let body = lines.len().saturating_sub(1);
    let wrapped = body > 0
        && lines[..body].iter().all(|line| line.chars().count() >= WRAPPED)
        && lines.iter().all(|line| line.starts_with(char::is_alphanumeric));
    if wrapped {
        lines.join(" ")
    } else {
        paragraph.to_owned()
    }
}
