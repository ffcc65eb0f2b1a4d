//! Which language a text is in, and the stem of a word in it. Each chunk has one language; a question needs none, because it is
//! stemmed in every language that the bot's chunks have.

use std::collections::HashMap;

use tantivy::tokenizer::{self, RawTokenizer, Stemmer, TextAnalyzer};
use whatlang::Lang;

use super::fold::folded;
use super::stopwords;

/// A chunk leaves the language of its document if this many words speak for another, and twice as many as for its own.
const HITS: usize = 6;
/// What a word without a stemmer is cut to: rough, and right more often than not for languages that decline at the end.
const CUT_CHARS: usize = 5;

/// The two letters under which stems of a language stand in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(&'static str);

impl Language {
    /// Without a stemmer, or not recognised.
    pub const OTHER: Self = Self("xx");

    pub fn tag(self) -> &'static str {
        self.0
    }

    /// Languages that write compounds as one word.
    pub fn compounds(self) -> bool {
        matches!(self.0, "de" | "nl" | "sv" | "da" | "no" | "fi" | "hu")
    }
}

const STEMMED: [(&str, Lang, tokenizer::Language); 18] = [
    ("ar", Lang::Ara, tokenizer::Language::Arabic),
    ("da", Lang::Dan, tokenizer::Language::Danish),
    ("nl", Lang::Nld, tokenizer::Language::Dutch),
    ("en", Lang::Eng, tokenizer::Language::English),
    ("fi", Lang::Fin, tokenizer::Language::Finnish),
    ("fr", Lang::Fra, tokenizer::Language::French),
    ("de", Lang::Deu, tokenizer::Language::German),
    ("el", Lang::Ell, tokenizer::Language::Greek),
    ("hu", Lang::Hun, tokenizer::Language::Hungarian),
    ("it", Lang::Ita, tokenizer::Language::Italian),
    ("no", Lang::Nob, tokenizer::Language::Norwegian),
    ("pt", Lang::Por, tokenizer::Language::Portuguese),
    ("ro", Lang::Ron, tokenizer::Language::Romanian),
    ("ru", Lang::Rus, tokenizer::Language::Russian),
    ("es", Lang::Spa, tokenizer::Language::Spanish),
    ("sv", Lang::Swe, tokenizer::Language::Swedish),
    ("ta", Lang::Tam, tokenizer::Language::Tamil),
    ("tr", Lang::Tur, tokenizer::Language::Turkish),
];

/// The language of the greater part of a document, from a sample of its text.
pub fn of_document(sample: &str) -> Language {
    // Without a reliable guess, the little words of a language still tell it from its neighbours.
    let by_words = || {
        let words: Vec<String> = super::words(sample)
            .iter()
            .map(|word| folded(&word.text))
            .collect();
        let (tag, hits, _) = stopwords::language(words.iter().map(String::as_str), "");
        if hits >= HITS {
            of_tag(tag)
        } else {
            Language::OTHER
        }
    };
    match whatlang::detect(sample) {
        Some(found) if found.is_reliable() => STEMMED
            .iter()
            .find(|(_, lang, _)| *lang == found.lang())
            .map_or(Language::OTHER, |(tag, _, _)| Language(tag)),
        Some(_) | None => by_words(),
    }
}

/// The language of one chunk, of whose words (folded) `document`'s language is a good guess.
pub fn of_chunk<'a>(words: impl Iterator<Item = &'a str>, document: Language) -> Language {
    let (tag, hits, own) = stopwords::language(words, document.tag());
    if hits >= HITS && hits >= own * 2 {
        of_tag(tag)
    } else {
        document
    }
}

/// `Language::OTHER` for what has no stemmer.
pub fn of_tag(tag: &str) -> Language {
    STEMMED
        .iter()
        .find(|(t, _, _)| *t == tag)
        .map_or(Language::OTHER, |(t, _, _)| Language(t))
}

/// Stems words, and remembers the stemmers.
#[derive(Default)]
pub struct Stems {
    analyzers: HashMap<Language, TextAnalyzer>,
}

impl Stems {
    /// The stems under which a word of letters is known in `language`: from the accented spelling and from the bare one, which are
    /// mostly the same. Stemmers go by accents, and people leave them out.
    pub fn of(&mut self, language: Language, word: &str) -> Vec<String> {
        let bare = folded(word);
        let Some((_, _, algorithm)) = STEMMED.iter().find(|(tag, _, _)| *tag == language.tag()) else {
            return vec![cut(&bare)];
        };
        let analyzer = self.analyzers.entry(language).or_insert_with(|| {
            TextAnalyzer::builder(RawTokenizer::default())
                .filter(Stemmer::new(*algorithm))
                .build()
        });
        let mut stems = vec![folded(&stem(analyzer, &bare))];
        if bare != word {
            let accented = folded(&stem(analyzer, word));
            if !stems.contains(&accented) {
                stems.push(accented);
            }
        }
        stems
    }
}

fn stem(analyzer: &mut TextAnalyzer, word: &str) -> String {
    let mut stream = analyzer.token_stream(word);
    if stream.advance() {
        stream.token().text.clone()
    } else {
        word.to_owned()
    }
}

fn cut(word: &str) -> String {
    let chars = word.chars().count();
    let kept = match chars {
        0..=4 => chars,
        5 => 4,
        _ => CUT_CHARS,
    };
    word.chars().take(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_a_stem() {
        let mut stems = Stems::default();
        for (tag, one, other) in [
            ("en", "cancellations", "cancellation"),
            ("en", "refunded", "refunds"),
            ("de", "häuser", "haus"),
            ("de", "hauser", "häuser"),
            ("de", "verträge", "vertrag"),
            ("fr", "résiliations", "resiliation"),
            ("es", "informaciones", "información"),
            ("es", "informacion", "información"),
            ("ru", "договоры", "договора"),
            ("xx", "dokumenty", "dokumentów"),
        ] {
            let (one, other) = (stems.of(of_tag(tag), one), stems.of(of_tag(tag), other));
            assert!(
                one.iter().any(|stem| other.contains(stem)),
                "{tag}: {one:?} {other:?}"
            );
        }
    }

    #[test]
    fn languages_are_told_apart() {
        for (text, tag) in [
            (
                "The contract may be cancelled by either party with a notice period of four weeks.",
                "en",
            ),
            (
                "Der Vertrag kann von jeder Partei mit einer Frist von vier Wochen gekündigt werden.",
                "de",
            ),
            (
                "Le contrat peut être résilié par chacune des parties avec un préavis de quatre semaines.",
                "fr",
            ),
            (
                "Договор может быть расторгнут любой из сторон с уведомлением за четыре недели.",
                "ru",
            ),
            ("任何一方均可提前四周通知解除合同。", "xx"),
            ("", "xx"),
            ("12 345 678", "xx"),
        ] {
            assert_eq!(of_document(text).tag(), tag, "{text}");
        }
    }

    #[test]
    fn a_chunk_may_leave_the_language_of_its_document() {
        let german = "der vertrag und die frist sind nicht in dem haus von uns mit einer";
        let words = || german.split(' ');
        assert_eq!(of_chunk(words(), of_tag("en")).tag(), "de");
        assert_eq!(of_chunk("table 1 2 3".split(' '), of_tag("fr")).tag(), "fr");
    }
}
