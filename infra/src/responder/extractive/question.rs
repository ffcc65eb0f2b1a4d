//! A question taken apart: its language, its words and how much each of them tells, and whether it asks for a figure. How well
//! passages meet them is decided elsewhere.

use domain::document::Passage;

use crate::responder::terms::{Language, Weight, is_cjk_word, words};

/// A longer question is about too much to tell by its words.
const MOST_TERMS: usize = 40;
const LIGHT: f64 = 0.15;
const COMMON: f64 = 0.35;
/// A word that is not of every day.
pub const SPECIFIC: f64 = 1.0;
/// Names and numbers are what a question turns on.
pub const DISTINCTIVE: f64 = 1.3;

pub struct Term {
    pub word: String,
    pub weight: f64,
}

pub struct Question {
    pub language: Language,
    pub terms: Vec<Term>,
    pub wants_number: bool,
}

impl Question {
    /// The passages tell the language where the question is too short to.
    pub fn read(text: &str, passages: &[Passage]) -> Self {
        let text = without_mentions(text);
        let all = passages.iter().map(|passage| passage.text.as_str());
        let language = Language::of(&text)
            .or_else(|| Language::of(&all.collect::<Vec<_>>().join("\n")))
            .unwrap_or(Language::English);
        Self {
            language,
            terms: terms(&text, language),
            wants_number: wants_number(&text),
        }
    }
}

fn without_mentions(question: &str) -> String {
    let words = question.split_whitespace().filter(|word| !word.starts_with('@'));
    words.collect::<Vec<_>>().join(" ")
}

fn terms(question: &str, language: Language) -> Vec<Term> {
    let shouted = !question.chars().any(char::is_lowercase);
    let raw: Vec<&str> = question
        .split(|c: char| !c.is_alphanumeric())
        .filter(|raw| !raw.is_empty())
        .collect();
    // German nouns have capitals, if their writer cares for them at all.
    let nouns_shown =
        language == Language::German && !shouted && raw.iter().skip(1).any(|raw| is_capital(raw));
    let mut found: Vec<Term> = Vec::new();
    for (i, raw) in raw.into_iter().enumerate() {
        let capital = i > 0 && language != Language::German && is_capital(raw);
        let acronym = raw.chars().count() > 1
            && raw.chars().any(char::is_uppercase)
            && !raw.chars().any(char::is_lowercase);
        let distinctive = raw.chars().any(char::is_numeric) || !shouted && (capital || acronym);
        for word in words(raw) {
            let plain = nouns_shown && !is_capital(raw);
            let weight = match language.weight(&word) {
                Weight::None => continue,
                Weight::Light => LIGHT,
                // Of pairs of characters many span two words, and are found nowhere.
                Weight::Common | Weight::Full if is_cjk_word(&word) => {
                    if word.chars().any(is_kana) {
                        LIGHT
                    } else {
                        COMMON
                    }
                }
                Weight::Common | Weight::Full if distinctive => DISTINCTIVE,
                Weight::Common => COMMON,
                Weight::Full if plain => COMMON,
                Weight::Full => SPECIFIC,
            };
            if found.len() < MOST_TERMS && found.iter().all(|term| term.word != word) {
                found.push(Term { word, weight });
            }
        }
    }
    found
}

fn is_capital(raw: &str) -> bool {
    raw.chars().next().is_some_and(char::is_uppercase)
}

fn is_kana(c: char) -> bool {
    ('\u{3040}'..='\u{309f}').contains(&c)
}

/// "How many", "when": an answer without a figure is hardly one.
fn wants_number(question: &str) -> bool {
    const MARKS: &[&str] = &[
        "how many",
        "how much",
        "how long",
        "how old",
        "how far",
        "how high",
        "how often",
        "how hot",
        "how large",
        "when",
        "what time",
        "price",
        "cost",
        "wie viel",
        "wieviel",
        "wie lange",
        "wie hoch",
        "wie oft",
        "wann",
        "kostet",
        "combien",
        "quand",
        "quel prix",
        "cuant",
        "cuándo",
        "cuando",
        "сколько",
        "когда",
        "多少",
        "几",
        "何日",
        "何時",
        "何人",
        "いくら",
        "いつ",
    ];
    let question = question.to_lowercase().replace('á', "a");
    MARKS.iter().any(|mark| question.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_question_turns_on_weighs_more_than_its_frame() {
        for (question, expected) in [
            (
                "How many vans does Norrvik sell?",
                vec![
                    ("many", LIGHT),
                    ("vans", SPECIFIC),
                    ("norrvik", DISTINCTIVE),
                    ("sell", COMMON),
                ],
            ),
            (
                "HOW LOUD IS THE GRINDER?",
                vec![("loud", SPECIFIC), ("grinder", SPECIFIC)],
            ),
            (
                "Wer reinigt das Treppenhaus?",
                vec![("reinigt", COMMON), ("treppenhaus", SPECIFIC)],
            ),
            (
                "wer reinigt das treppenhaus?",
                vec![("reinigt", SPECIFIC), ("treppenhaus", SPECIFIC)],
            ),
            (
                "What happened in 2014?",
                vec![("happened", COMMON), ("2014", DISTINCTIVE)],
            ),
            (
                "Нужно ли надевать шапочку?",
                vec![("надевать", COMMON), ("шапочку", SPECIFIC)],
            ),
        ] {
            let read = Question::read(question, &[]);
            let terms: Vec<_> = read.terms.iter().map(|t| (t.word.as_str(), t.weight)).collect();
            assert_eq!(terms, expected, "{question}");
        }
    }
}
