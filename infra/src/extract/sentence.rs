//! Where sentences and words end, and how long they are.

use unicode_segmentation::UnicodeSegmentation;

/// The width in columns: CJK characters count twice.
pub fn size(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    if is_cjk(c) { 2 } else { 1 }
}

/// Written without blanks between words (and not Korean, which has them).
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{303F}' | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The sentences of a line without the blanks between them; true: there was a blank before this one.
pub fn sentences(line: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut starts = vec![0];
    let mut at = 0;
    let mut bounds = line.split_sentence_bounds().peekable();
    while let Some(sentence) = bounds.next() {
        at += sentence.len();
        if bounds.peek().is_some() && !is_abbreviated(sentence) {
            starts.push(at);
        }
    }
    starts.push(line.len());
    let mut spaced = false;
    (1..starts.len()).filter_map(move |n| {
        let sentence = &line[starts[n - 1]..starts[n]];
        // A line's own indent is kept: it may be code or a nested list.
        let text = if n == 1 {
            sentence.trim_end()
        } else {
            sentence.trim()
        };
        let before = std::mem::replace(&mut spaced, sentence.ends_with(char::is_whitespace));
        (!text.trim().is_empty()).then_some((before, text))
    })
}

/// `Dr.`, `e.g.`, `No.`, an initial: the dot most likely ends no sentence. If it does, two sentences stay together, no harm done.
fn is_abbreviated(sentence: &str) -> bool {
    let Some(before) = sentence.trim_end().strip_suffix('.') else {
        return false;
    };
    let word = before
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    word.contains('.') && letters <= 4
        || letters == 1 && word.chars().count() == 1
        || matches!(
            word,
            "Dr" | "Mr"
                | "Mrs"
                | "Ms"
                | "Prof"
                | "St"
                | "No"
                | "Nr"
                | "Fig"
                | "vs"
                | "ca"
                | "bzw"
                | "Inc"
                | "Ltd"
        )
}

/// The text in parts of at most so many columns, cut between words where there are any, never inside a grapheme (unless one alone
/// is longer).
pub fn cut(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let whole = std::mem::take(&mut rest);
        if whole.trim().is_empty() {
            return None;
        }
        let Some(end) = fitting(whole, most) else {
            return Some(whole.trim_end());
        };
        rest = whole[end..].trim_start();
        Some(whole[..end].trim_end())
    })
}

/// The beginning of the text that fits.
pub fn shorten(text: &str, most: usize) -> &str {
    fitting(text, most).map_or(text, |end| text[..end].trim_end())
}

/// Where to cut so that what is before fits; None: all of it does.
fn fitting(text: &str, most: usize) -> Option<usize> {
    // As far as it could fit in the best case; what is behind need not be looked at.
    let (mut used, mut end) = (0, None);
    for (at, c) in text.char_indices() {
        used += width(c);
        if used > most {
            end = Some(at);
            break;
        }
    }
    let end = end?;
    let near = text[end..]
        .char_indices()
        .nth(64)
        .map_or(text.len(), |(at, _)| end + at);
    let last = |bounds: &mut dyn Iterator<Item = usize>| {
        bounds.take_while(|at| *at <= end).filter(|at| *at > 0).last()
    };
    let words = &mut text[..near].split_word_bound_indices().map(|(at, _)| at);
    let word = last(words).filter(|at| *at * 2 > end);
    let cut = word.or_else(|| last(&mut text[..near].grapheme_indices(true).map(|(at, _)| at)));
    // A grapheme of thousands of combining marks: between two of its characters.
    Some(cut.filter(|at| *at * 2 > end).unwrap_or(end))
        .filter(|at| *at > 0)
        .or_else(|| text.char_indices().nth(1).map(|(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<&str> {
        sentences(line).map(|(_, sentence)| sentence).collect()
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        for (line, expected) in [
            ("One. Two! Three?", vec!["One.", "Two!", "Three?"]),
            (
                "Ask Dr. Who at 3.5 km. Then go.",
                vec!["Ask Dr. Who at 3.5 km.", "Then go."],
            ),
            (
                "Tools, e.g. Hammers, are here. Next.",
                vec!["Tools, e.g. Hammers, are here.", "Next."],
            ),
            (
                "天文台开放。成人七欧元！几点？",
                vec!["天文台开放。", "成人七欧元！", "几点？"],
            ),
            ("    indented code", vec!["    indented code"]),
            ("", vec![]),
        ] {
            assert_eq!(split(line), expected, "{line}");
        }
        assert_eq!(
            sentences("中文。英文")
                .map(|(spaced, _)| spaced)
                .collect::<Vec<_>>(),
            [false, false]
        );
        assert_eq!(
            sentences("All of it. Next")
                .map(|(spaced, _)| spaced)
                .collect::<Vec<_>>(),
            [false, true]
        );
    }

    #[test]
    fn long_text_is_cut_between_words_and_never_inside_a_grapheme() {
        assert_eq!(
            cut("alpha beta gamma", 11).collect::<Vec<_>>(),
            ["alpha beta", "gamma"]
        );
        let family = "👨‍👩‍👧‍👦".repeat(40);
        for part in cut(&family, 50) {
            assert_eq!(part.chars().count() % 7, 0);
        }
        let marks = format!("a{}", "\u{301}".repeat(5_000));
        assert_eq!(
            cut(&marks, 100).map(|part| part.len()).sum::<usize>(),
            marks.len()
        );
        assert!(cut(&"漢".repeat(1_000), 100).all(|part| size(part) <= 100));
        assert_eq!(shorten("alpha beta gamma", 11), "alpha beta");
    }
}
