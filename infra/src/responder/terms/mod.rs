//! Words as they are compared: lower case, without accents, cut down to their stems, in the language of the text. What is made of
//! matches stands elsewhere.

mod common;
mod likeness;
mod stop_words;
mod synonyms;

use std::collections::HashSet;
use std::sync::LazyLock;

use tantivy::tokenizer::{self, RawTokenizer, Stemmer, TextAnalyzer, TokenStream};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use whatlang::Lang;

pub use likeness::{likeness, mistyped};
pub use synonyms::synonyms;

/// A longer "word" is not one.
const LONGEST_WORD: usize = 60;
/// So much of a text tells its language.
const SAMPLE: usize = 1_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Russian,
    /// Compared word by word, without stems.
    Other,
}

/// How much a word tells of what a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    None,
    /// Part of the frame of a question: *how many*, *need*, *called*.
    Light,
    /// Of every day, said in many other ways: *money*, *outside*, *to bring*.
    Common,
    Full,
}

struct Lists {
    language: Language,
    stop: HashSet<&'static str>,
    light: HashSet<&'static str>,
    /// Stems.
    common: HashSet<String>,
}

static LISTS: LazyLock<Vec<Lists>> = LazyLock::new(|| {
    let of = |language: Language, stop: &'static str, light: &'static str| Lists {
        language,
        stop: stop.split_whitespace().collect(),
        light: light.split_whitespace().collect(),
        common: Stems::new(language)
            .all(common::words_of(language))
            .into_iter()
            .collect(),
    };
    vec![
        of(Language::English, stop_words::ENGLISH, stop_words::ENGLISH_LIGHT),
        of(Language::German, stop_words::GERMAN, stop_words::GERMAN_LIGHT),
        of(Language::French, stop_words::FRENCH, stop_words::FRENCH_LIGHT),
        of(Language::Spanish, stop_words::SPANISH, stop_words::SPANISH_LIGHT),
        of(Language::Italian, stop_words::ITALIAN, ""),
        of(Language::Portuguese, stop_words::PORTUGUESE, ""),
        of(Language::Dutch, stop_words::DUTCH, ""),
        of(Language::Russian, stop_words::RUSSIAN, stop_words::RUSSIAN_LIGHT),
    ]
});

static CJK: LazyLock<HashSet<&'static str>> = LazyLock::new(|| stop_words::CJK.split_whitespace().collect());

impl Language {
    /// Of a text, however short: by its small words first, which a handful of letters cannot mislead.
    pub fn of(text: &str) -> Option<Self> {
        let sample = text
            .char_indices()
            .nth(SAMPLE)
            .map_or(text, |(at, _)| &text[..at]);
        let guess = whatlang::detect(sample);
        let guessed = guess.as_ref().map(|info| Self::from_whatlang(info.lang()));
        if guess.as_ref().is_some_and(whatlang::Info::is_reliable) && sample.len() > 200 {
            return guessed;
        }
        if sample.chars().any(is_cjk) {
            return Some(Self::Other);
        }
        let words = words(sample);
        let votes = |lists: &Lists| {
            let small = words
                .iter()
                .filter(|word| lists.stop.contains(word.as_str()))
                .count();
            small * 4
                + 2 * usize::from(guessed == Some(lists.language))
                + usize::from(lists.language == Self::English)
        };
        let best = LISTS.iter().rev().max_by_key(|lists| votes(lists))?;
        if votes(best) >= 4 {
            return Some(best.language);
        }
        let cyrillic = sample.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c));
        if cyrillic { Some(Self::Russian) } else { None }
    }

    fn from_whatlang(lang: Lang) -> Self {
        let known = [
            (Lang::Eng, Self::English),
            (Lang::Deu, Self::German),
            (Lang::Fra, Self::French),
            (Lang::Spa, Self::Spanish),
            (Lang::Ita, Self::Italian),
            (Lang::Por, Self::Portuguese),
            (Lang::Nld, Self::Dutch),
            (Lang::Rus, Self::Russian),
        ];
        known
            .iter()
            .find(|(one, _)| *one == lang)
            .map_or(Self::Other, |(_, language)| *language)
    }

    fn lists(self) -> Option<&'static Lists> {
        LISTS.iter().find(|lists| lists.language == self)
    }

    /// Of a word that `words` gave.
    pub fn weight(self, word: &str) -> Weight {
        if is_cjk_word(word) {
            return if CJK.contains(word) {
                Weight::None
            } else {
                Weight::Full
            };
        }
        let lone_letter = word.chars().count() == 1 && !word.chars().all(char::is_numeric);
        let Some(lists) = self.lists() else {
            return if lone_letter { Weight::None } else { Weight::Full };
        };
        if lone_letter || lists.stop.contains(word) {
            Weight::None
        } else if lists.light.contains(word) || word.len() <= 2 && word.chars().all(char::is_alphabetic) {
            Weight::Light
        } else if common::is_infinitive(self, word) || lists.common.contains(&Stems::new(self).of(word)) {
            Weight::Common
        } else {
            Weight::Full
        }
    }

    fn stemmer(self) -> Option<tokenizer::Language> {
        match self {
            Self::English => Some(tokenizer::Language::English),
            Self::German => Some(tokenizer::Language::German),
            Self::French => Some(tokenizer::Language::French),
            Self::Spanish => Some(tokenizer::Language::Spanish),
            Self::Italian => Some(tokenizer::Language::Italian),
            Self::Portuguese => Some(tokenizer::Language::Portuguese),
            Self::Dutch => Some(tokenizer::Language::Dutch),
            Self::Russian => Some(tokenizer::Language::Russian),
            Self::Other => None,
        }
    }
}

/// Cuts words down to stems, all of one language.
pub struct Stems {
    analyzer: Option<TextAnalyzer>,
}

impl Stems {
    pub fn new(language: Language) -> Self {
        let analyzer = language.stemmer().map(|language| {
            TextAnalyzer::builder(RawTokenizer::default())
                .filter(Stemmer::new(language))
                .build()
        });
        Self { analyzer }
    }

    pub fn of(&mut self, word: &str) -> String {
        let Some(analyzer) = &mut self.analyzer else {
            return word.to_owned();
        };
        let mut stream = analyzer.token_stream(word);
        if stream.advance() {
            std::mem::take(&mut stream.token_mut().text)
        } else {
            word.to_owned()
        }
    }

    pub fn all(&mut self, text: &str) -> Vec<String> {
        let mut all: Vec<String> = words(text).iter().map(|word| self.of(word)).collect();
        // *sub-letting* is *subletting* too.
        let hyphened = text.split_whitespace().filter(|run| run.contains('-'));
        for run in hyphened.map(|run| run.trim_matches(|c: char| !c.is_alphanumeric())) {
            let parts = run
                .split('-')
                .all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
            if parts && run.contains('-') {
                all.extend(words(&run.replace('-', "")).iter().map(|word| self.of(word)));
            }
        }
        all
    }
}

/// The words of a text, folded. Scripts without spaces give pairs of characters.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut found = Vec::new();
    for run in folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|run| !run.is_empty())
    {
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let wide = is_cjk(first);
            let end = rest.find(|c| is_cjk(c) != wide).unwrap_or(rest.len());
            let (part, behind) = rest.split_at(end);
            if wide {
                pairs(part, &mut found);
            } else if part.len() <= LONGEST_WORD {
                found.push(part.to_owned());
            }
            rest = behind;
        }
    }
    found
}

fn pairs(run: &str, found: &mut Vec<String>) {
    let chars: Vec<char> = run.chars().collect();
    if chars.len() == 1 {
        found.push(run.to_owned());
    }
    found.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

pub fn is_cjk_word(word: &str) -> bool {
    word.chars().next().is_some_and(is_cjk)
}

/// Lower case, compatible forms made one, accents off Latin letters. Cyrillic letters stay (й is not и), but for ё.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        match c {
            'ё' => out.push('е'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' => out.push('d'),
            'ı' => out.push('i'),
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                out.extend(std::iter::once(c).nfd().filter(|part| !is_combining_mark(*part)));
            }
            // What is left of a decomposed letter that has no form of its own.
            '\u{300}'..='\u{36f}' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
