//! The sources that a model names in its answer: `[2]` stands for the second passage it was given. The words of the passage that
//! bear the statement out are looked for here; the model is not believed about them.

use std::collections::HashSet;

use domain::chat::Citation;
use domain::document::Passage;

use crate::responder::extractive::cite;
use crate::responder::sentences::sentences;
use crate::responder::terms::{Language, Stems, Weight, words};

/// Characters.
const LONGEST_QUOTE: usize = 300;
/// Bytes between the brackets of a mark. An answer may be brackets from end to end: nothing is looked for beyond this.
const LONGEST_MARK: usize = 40;
/// Bytes before a mark among which its statement is looked for.
const LONGEST_STATEMENT: usize = 2_000;

/// Each cited passage once, in the order of the answer, with the number it has there.
pub fn citations(answer: &str, given: &[Passage]) -> Vec<Citation> {
    let mut found: Vec<Citation> = Vec::new();
    for (at, number) in marks(answer) {
        let index = (number as usize).checked_sub(1);
        let Some(passage) = index.and_then(|index| given.get(index)) else {
            continue;
        };
        if found.iter().all(|citation| citation.number != number) {
            let quote = quote(&passage.text, statement(answer, at));
            found.push(cite(number, passage, quote));
        }
        if found.len() == given.len() {
            break;
        }
    }
    found
}

/// Where a mark stands, and the numbers in it: `[1]`, `[1, 3]`, `【2】`.
fn marks(answer: &str) -> impl Iterator<Item = (usize, u32)> {
    let opened = answer.match_indices(['[', '【']);
    opened.flat_map(|(at, open)| {
        let numbers = numbers(&answer[at + open.len()..]).unwrap_or_default();
        numbers.into_iter().map(move |number| (at, number))
    })
}

/// The numbers up to the closing bracket, if there is nothing else.
fn numbers(behind: &str) -> Option<Vec<u32>> {
    let near = &behind[..behind.floor_char_boundary(LONGEST_MARK + '】'.len_utf8())];
    let end = near.find(['[', '【', ']', '】'])?;
    let (inside, behind) = behind.split_at(end);
    let mut after = behind.chars();
    let closed = matches!(after.next(), Some(']' | '】'));
    // A link's words may be a number too.
    if !closed || after.next() == Some('(') {
        return None;
    }
    inside.split(',').map(|part| part.trim().parse().ok()).collect()
}

/// The sentence before the mark, or around it.
fn statement(answer: &str, mark: usize) -> &str {
    let near = answer.floor_char_boundary(mark.saturating_sub(LONGEST_STATEMENT));
    let before = answer[near..mark]
        .trim_end()
        .trim_end_matches(|c: char| matches!(c, ']' | '[' | ',' | ' ') || c.is_ascii_digit());
    let before = before.trim_end_matches(['.', '!', '?', '。', '！', '？']);
    let start = before.rfind(['.', '!', '?', '。', '！', '？', '\n']).unwrap_or(0);
    &before[start..]
}

fn quote(passage: &str, statement: &str) -> String {
    let language = Language::of(passage)
        .or_else(|| Language::of(statement))
        .unwrap_or(Language::Other);
    let mut stems = Stems::new(language);
    let mut telling = |text: &str| -> HashSet<String> {
        let telling = words(text)
            .into_iter()
            .filter(|word| language.weight(word) != Weight::None);
        telling.map(|word| stems.of(&word)).collect()
    };
    let said = telling(statement);
    let best = sentences(passage).into_iter().map(|sentence| {
        let shared = telling(&sentence.text).intersection(&said).count();
        (shared, sentence.span)
    });
    // Of equals the earlier one.
    let best = best.max_by(|(a, at), (b, other)| a.cmp(b).then(other.start.cmp(&at.start)));
    let quote = best.map_or(passage.trim(), |(_, span)| &passage[span]);
    quote
        .char_indices()
        .nth(LONGEST_QUOTE)
        .map_or(quote, |(at, _)| &quote[..at])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use domain::ids::DocumentId;

    use super::*;

    fn passage(text: &str) -> Passage {
        Passage {
            document_id: DocumentId::new(),
            filename: "a.md".to_owned(),
            chunk: 0,
            page: None,
            heading: String::new(),
            score: 1.0,
            text: text.to_owned(),
        }
    }

    #[test]
    fn each_cited_passage_comes_once_with_the_words_that_bear_it_out() {
        let given = [
            passage("The office opens at nine. Vacation is 28 days a year. Dogs are welcome."),
            passage("Trains run hourly."),
            passage("| Size | Price |\n|---|---|\n| S | 3 € |\n| L | 5 € |"),
        ];
        let answer = "You get 28 vacation days [1]. A large one, size L, costs 5 € [3, 1]. See [2](https://example.org), [9], [0] and [x].";
        let found = citations(answer, &given);
        let seen: Vec<_> = found
            .iter()
            .map(|citation| (citation.number, citation.quote.as_str()))
            .collect();
        assert_eq!(seen, [(1, "Vacation is 28 days a year."), (3, "| L | 5 € |")]);
        assert!(citations("Nothing. [", &given).is_empty());
        let second = citations("Dogs may come.[1][2] More.", &given);
        assert_eq!(second[0].quote, "Dogs are welcome.");
        assert_eq!(second[1].number, 2);
    }

    #[test]
    fn brackets_without_end_cost_no_more_than_other_text() {
        let given = [passage("Dogs are welcome."), passage("Trains run hourly.")];
        let open = format!("{} Dogs may come [1].", "[".repeat(250_000));
        let wide = "【".repeat(80_000);
        let many = "Dogs [1]".repeat(30_000);
        assert_eq!(citations(&open, &given)[0].quote, "Dogs are welcome.");
        assert!(citations(&wide, &given).is_empty());
        assert_eq!(citations(&many, &given).len(), 1);
        let long_ago = citations(&format!("[{}] Dogs [1]", "é".repeat(60)), &given);
        assert_eq!(long_ago.len(), 1);
    }

    #[test]
    fn a_quote_is_bounded() {
        let long = passage(&"very long words without a stop ".repeat(40));
        assert!(citations("x [1]", &[long])[0].quote.chars().count() <= LONGEST_QUOTE);
        assert_eq!(citations("x [1]", &[passage("")])[0].quote, "");
    }
}
