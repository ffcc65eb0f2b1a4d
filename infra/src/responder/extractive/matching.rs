//! Passages read for their words, and which of a question's words they have: the word itself, a form of it, another word for it,
//! or what it may have been meant to be.

use domain::document::Passage;

use super::question::{Question, Term};
use crate::responder::sentences::{Sentence, sentences};
use crate::responder::terms::{Language, Stems, likeness, mistyped, synonyms};

const TYPO: f64 = 0.8;
const SYNONYM: f64 = 0.95;

/// A passage and the stems of its words.
pub struct Read {
    pub language: Language,
    pub sentences: Vec<(Sentence, Vec<String>)>,
    /// Of the sentences' own headings, where they have one.
    pub headings: Vec<Vec<String>>,
    /// Of the headings above the passage and the name of its file.
    pub context: Vec<String>,
    /// Of those among them that say which document it is, not what of it.
    pub title: Vec<String>,
}

/// All passages, in their order.
pub fn read(passages: &[Passage], question: &Question) -> Vec<Read> {
    let titles: Vec<_> = passages
        .iter()
        .filter_map(|passage| Some((passage.document_id, passage.heading.split_once(" › ")?.0)))
        .collect();
    let one = |passage: &Passage| {
        let language = Language::of(&passage.text).unwrap_or(question.language);
        let mut stems = Stems::new(language);
        let sentences: Vec<_> = sentences(&passage.text)
            .into_iter()
            .map(|sentence| {
                let words = stems.all(&sentence.text);
                (sentence, words)
            })
            .collect();
        let name = passage.filename.as_str();
        let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
        let top = passage.heading.split(" › ").next().unwrap_or_default();
        let title = if titles.contains(&(passage.document_id, top)) {
            stems.all(&format!("{top} {name}"))
        } else {
            Vec::new()
        };
        Read {
            language,
            headings: sentences.iter().map(|(one, _)| stems.all(&one.heading)).collect(),
            context: stems.all(&format!("{} {name}", passage.heading)),
            sentences,
            title,
        }
    };
    passages.iter().map(one).collect()
}

/// The stems that a word of the question may be met by.
struct Names {
    own: String,
    others: Vec<String>,
}

/// The question's words in every language that a passage has.
pub struct Matcher {
    names: Vec<(Language, Vec<Names>)>,
    /// Words that no passage has as they stand: they may be mistyped.
    unknown: Vec<bool>,
}

impl Matcher {
    pub fn new(question: &Question, read: &[Read]) -> Self {
        let mut names: Vec<(Language, Vec<Names>)> = Vec::new();
        for one in read {
            if names.iter().all(|(language, _)| *language != one.language) {
                let (mut asked, mut found) = (Stems::new(question.language), Stems::new(one.language));
                let of = |term: &Term| Names {
                    own: found.of(&term.word),
                    others: synonyms(question.language, &asked.of(&term.word))
                        .iter()
                        .map(|other| found.of(other))
                        .collect(),
                };
                names.push((one.language, question.terms.iter().map(of).collect()));
            }
        }
        let mut matcher = Self {
            names,
            unknown: vec![false; question.terms.len()],
        };
        matcher.unknown = matcher.met_by_all(read).iter().map(|met| *met == 0.0).collect();
        matcher
    }

    /// For each of the question's words, how well the best of the passages meets it.
    pub fn met_by_all(&self, read: &[Read]) -> Vec<f64> {
        read.iter().fold(vec![0.0; self.unknown.len()], |seen, one| {
            most(&seen, &self.met_by(one))
        })
    }

    pub fn met_by(&self, read: &Read) -> Vec<f64> {
        let stems = read.sentences.iter().map(|(_, stems)| stems);
        stems
            .chain(&read.headings)
            .fold(self.met(read.language, &read.context), |all, stems| {
                most(&all, &self.met(read.language, stems))
            })
    }

    /// For each of the question's words, how well these words meet it.
    pub fn met(&self, language: Language, found: &[String]) -> Vec<f64> {
        let Some((_, asked)) = self.names.iter().find(|(of, _)| *of == language) else {
            return vec![0.0; self.unknown.len()];
        };
        let one = |(i, names): (usize, &Names)| {
            let own = &names.own;
            let alike = found
                .iter()
                .map(|stem| likeness(language, own, stem))
                .fold(0.0, f64::max);
            if alike < SYNONYM && names.others.iter().any(|other| found.contains(other)) {
                SYNONYM
            } else if alike == 0.0 && self.unknown[i] && found.iter().any(|stem| mistyped(own, stem)) {
                TYPO
            } else {
                alike
            }
        };
        asked.iter().enumerate().map(one).collect()
    }
}

pub fn most(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a.max(*b)).collect()
}
