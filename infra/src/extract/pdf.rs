//! PDF, page by page. The library finds columns, tables and headings, but loses words where it takes something for a table that is
//! none; so its plain text of the page, which is complete and badly ordered, is held against what it made.

use std::collections::HashSet;

use pdf_oxide::PdfDocument;
use pdf_oxide::converters::ConversionOptions;

use super::block::{Sink, Stop};
use super::decode::clean;
use super::limits::Fault;
use super::markdown::{self, Source};
use super::text;

pub fn read(content: Vec<u8>, sink: &mut Sink<'_>) -> Result<u32, Stop> {
    let document = PdfDocument::from_bytes(content).map_err(|_| Fault::Damaged)?;
    // A locked file gives empty text and no error, also after it was unlocked late.
    if document.is_encrypted() && !document.authenticate(b"").unwrap_or(false) {
        return Err(Fault::Password.into());
    }
    let pages = document.page_count().map_err(|_| Fault::Damaged)?;
    if pages as u64 > sink.limits.pages {
        return Err(Fault::TooManyPages.into());
    }
    if pages == 0 {
        return Err(Fault::NoText.into());
    }
    let (mut broken, mut blank) = (0, 0);
    for at in 0..pages {
        match page(&document, at, sink)? {
            Page::Broken => broken += 1,
            Page::Blank => blank += 1,
            Page::Text => {}
        }
        sink.progress((at + 1) as f32 / pages as f32)?;
    }
    if broken == pages {
        return Err(Fault::Damaged.into());
    }
    let pictured = |at| {
        let images = document.page_image_handles(at);
        images.is_ok_and(|images| !images.is_empty())
    };
    if broken + blank == pages && (0..pages).any(pictured) {
        return Err(Fault::NoTextLayer.into());
    }
    Ok(pages as u32)
}

enum Page {
    /// It cannot be read. The others may.
    Broken,
    Blank,
    Text,
}

fn page(document: &PdfDocument, at: usize, sink: &mut Sink<'_>) -> Result<Page, Stop> {
    let number = Some(at as u32 + 1);
    let Ok(plain) = document.extract_text(at) else {
        return Ok(Page::Broken);
    };
    let plain = clean(&plain);
    if plain.trim().is_empty() {
        return Ok(Page::Blank);
    }
    let all = words(&plain.replace("-\n", ""));
    let best = [true, false]
        .into_iter()
        .filter_map(|tables| {
            let options = ConversionOptions {
                detect_headings: true,
                extract_tables: tables,
                ..ConversionOptions::default()
            };
            let made = unhyphenated(
                &clean(&without_false_bold(document.to_markdown(at, &options).ok()?)),
                &plain,
            );
            Some((lost(&all, &made), made))
        })
        .reduce(|tables, none| if none.0 < tables.0 { none } else { tables });
    // Some words missing are better than columns mixed; many are not.
    let (missing, made) = best.unwrap_or_else(|| (all.len() + 1, String::new()));
    if missing * 33 <= all.len() {
        markdown::read(number, &made, Source::Pages, sink)?;
        return Ok(Page::Text);
    }
    let ordered = document.to_plain_text(at, &ConversionOptions::default()).ok();
    let ordered = ordered.map(|made| unhyphenated(&clean(&made), &plain));
    match ordered.filter(|made| lost(&all, made) * 33 <= all.len()) {
        Some(ordered) => text::paragraphs(number, &ordered, sink)?,
        None if missing * 10 <= all.len() => markdown::read(number, &made, Source::Pages, sink)?,
        None => text::paragraphs(number, &plain, sink)?,
    }
    Ok(Page::Text)
}

/// Where every word is set in bold by itself, it is the font that is misread, and bold says nothing about headings.
fn without_false_bold(made: String) -> String {
    if made.matches("** **").count() > 20 {
        made.replace("**", "")
    } else {
        made
    }
}

/// A word that is only part of one now was parted at the end of a line.
fn lost(all: &HashSet<String>, made: &str) -> usize {
    let found = words(made);
    all.difference(&found)
        .filter(|word| !made.contains(word.as_str()))
        .count()
}

/// Each word once, and each mark with the number of times it was seen so far.
fn words(text: &str) -> HashSet<String> {
    const MARKS: &str = ".,;:!?«»„“”()…";
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut all: HashSet<String> = words.map(str::to_owned).collect();
    for mark in MARKS.chars() {
        all.extend((0..text.matches(mark).count()).map(|n| format!("{mark}{n}")));
    }
    all
}

/// Lines were joined without a trace of where they ended: `confi-dence`. A compound that is written with a hyphen stands in the plain
/// text in one piece, for that has its lines still; what does not was broken at the end of a line.
fn unhyphenated(made: &str, plain: &str) -> String {
    let whole: HashSet<&str> = plain
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| word.contains('-'))
        .collect();
    let mut out = String::with_capacity(made.len());
    let mut rest = made;
    while let Some(at) = rest.find('-') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let left = before
            .rsplit(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let joined = after.trim_start_matches(' ');
        let right = joined
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let letters = |word: &str| word.chars().count() >= 2 && word.chars().all(char::is_alphabetic);
        let broken = letters(left) && letters(right) && right.starts_with(char::is_lowercase);
        // Half of two compounds: `pre- and postwar`.
        let half = matches!(
            right,
            "and" | "or" | "to" | "und" | "oder" | "bis" | "et" | "ou" | "y" | "o" | "и" | "или"
        );
        let compound = format!("{left}-{right}");
        if broken && !half && !whole.iter().any(|word| word.contains(&compound)) {
            rest = joined;
            continue;
        }
        out.push('-');
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_of_line_ends_go_and_those_of_compounds_stay() {
        let plain = "the confi-\ndence of first-class files, vis-\nible at 5-\n6 km";
        let made = "the confi-dence of first-class files, vis-ible at 5-6 km";
        assert_eq!(
            unhyphenated(made, plain),
            "the confidence of first-class files, visible at 5-6 km"
        );
    }
}
