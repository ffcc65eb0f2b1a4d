//! How well the sentences of the passages bear on a question. Which of them are taken is decided in `select`, whether any of them
//! answers it in `evidence`.

use std::collections::HashSet;

use domain::document::Passage;

use super::evidence::{Evidence, share};
use super::matching::{Matcher, Read, most, read};
use super::question::Question;
use crate::responder::sentences::{Kind, Sentence};
use crate::responder::terms::{Language, is_cjk_word, synonyms};

/// What a heading or the file's name has, counts for every sentence below it, but less.
const CONTEXT: f64 = 0.8;
/// What few of the passages have counts more.
const RARE: f64 = 0.4;
/// A word that a heading has is what the passages below it are about.
const TOPIC: f64 = 1.25;

/// A sentence that may go into the answer.
pub struct Candidate {
    pub passage: usize,
    /// Its place among the sentences of its passage.
    pub at: usize,
    pub sentence: Sentence,
    pub score: f64,
    /// For each of the question's words, how well it is met.
    pub met: Vec<f64>,
    pub stems: HashSet<String>,
}

/// A question read beside its passages.
pub struct Reading {
    pub language: Language,
    pub weights: Vec<f64>,
    /// Passage by passage, in their order there.
    pub candidates: Vec<Candidate>,
    pub evidence: Evidence,
}

impl Reading {
    pub fn new(question: &str, passages: &[Passage]) -> Self {
        let question = Question::read(question, passages);
        let read = read(passages, &question);
        let matcher = Matcher::new(&question, &read);
        let (evidence, places) = Evidence::of(&question, &matcher, &read);
        let mut reading = Self {
            language: question.language,
            weights: weights(&question, &matcher, &read),
            candidates: Vec::new(),
            evidence,
        };
        let best = passages
            .iter()
            .map(|passage| passage.score)
            .fold(f64::MIN_POSITIVE, f64::max);
        for (i, (one, places)) in read.into_iter().zip(places).enumerate() {
            let rank = (passages[i].score / best).clamp(0.0, 1.0);
            reading.take(i, one, &matcher, rank, &places, question.wants_number);
        }
        reading
    }

    /// The share of the question's words that `met` has.
    pub fn share(&self, met: &[f64]) -> f64 {
        share(&self.weights, met)
    }

    fn take(
        &mut self,
        passage: usize,
        read: Read,
        matcher: &Matcher,
        rank: f64,
        places: &[f64],
        wants_number: bool,
    ) {
        let language = read.language;
        let context = scaled(&matcher.met(language, &read.context), CONTEXT);
        let met: Vec<Vec<f64>> = read
            .sentences
            .iter()
            .map(|(_, stems)| matcher.met(language, stems))
            .collect();
        let shares: Vec<f64> = met.iter().map(|met| self.share(met)).collect();
        let mut asked_above = 0.0_f64;
        for (at, (sentence, stems)) in read.sentences.into_iter().enumerate() {
            let own = shares[at];
            let heading = scaled(&matcher.met(language, &read.headings[at]), CONTEXT);
            let under = self.share(&most(&context, &heading));
            let mut score = own + 0.35 * under + places[at] + 0.25 * rank + 0.05 / (1.0 + at as f64);
            if own + places[at] <= 0.0 {
                score = 0.0;
            }
            if wants_number && is_number(language, &sentence.text, &stems) {
                score += 0.15;
            }
            if stems.len() < 4 && sentence.kind == Kind::Prose && !stems.iter().any(|stem| is_cjk_word(stem))
            {
                score *= 0.6;
            }
            // Under a question stands its answer, in whatever words.
            score = score.max(0.95 * asked_above);
            let asks = sentence.text.ends_with(['?', '？']);
            asked_above = if asks { score } else { 0.0 };
            if !asks {
                self.candidates.push(Candidate {
                    passage,
                    at,
                    sentence,
                    score,
                    met: met[at].clone(),
                    stems: stems.into_iter().collect(),
                });
            }
        }
    }
}

fn is_number(language: Language, text: &str, stems: &[String]) -> bool {
    let numeric = |text: &str| text.chars().any(char::is_numeric);
    numeric(text)
        || stems
            .iter()
            .any(|stem| synonyms(language, stem).iter().any(|other| numeric(other)))
}

fn scaled(met: &[f64], by: f64) -> Vec<f64> {
    met.iter().map(|one| one * by).collect()
}

fn weights(question: &Question, matcher: &Matcher, read: &[Read]) -> Vec<f64> {
    let met: Vec<Vec<f64>> = read.iter().map(|one| matcher.met_by(one)).collect();
    let above: Vec<Vec<f64>> = read
        .iter()
        .map(|one| matcher.met(one.language, &one.context))
        .collect();
    let weight = |(i, weight): (usize, f64)| {
        let having = met.iter().filter(|met| met[i] > 0.0).count();
        let rare = 1.0 - having as f64 / met.len().max(1) as f64;
        let topic = above.iter().any(|met| met[i] > 0.0);
        weight * (1.0 + RARE * rare) * if topic { TOPIC } else { 1.0 }
    };
    let terms = question.terms.iter().map(|term| term.weight);
    terms.enumerate().map(weight).collect()
}
