//! Whether the passages answer a question at all. Judged by the one place that has most of its words, and by the words that it
//! lacks: one of every day may be said otherwise, a specific one hardly.

use super::matching::{Matcher, Read, most};
use super::question::{DISTINCTIVE, Question, SPECIFIC};
use crate::responder::terms::is_cjk_word;

/// How much of a question the best place must have. Found by trial, see docs/retrieval.md.
const NEEDED: f64 = 0.5;
/// When it lacks a specific word,
const NEEDED_WITHOUT_A_WORD: f64 = 0.59;
/// and when it lacks a name or a number, or no passage has the word.
const NEEDED_WITHOUT_THE_WORD: f64 = 0.75;
/// Of pairs of characters many span two words: fewer are found.
const CJK_EASE: f64 = 0.6;
/// Words that lead to the document are no sign that it says what is asked of it.
const TITLE: f64 = 0.35;
/// Of places that have equally much, the one that has it in one sentence.
const TOGETHER: f64 = 0.1;

/// What the passages have of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// 0 to 1: the share of the question's words, by weight, that the best place has: a sentence, its neighbours, the headings.
    pub coverage: f64,
    /// The weight of the heaviest word that this place lacks.
    pub lacking: f64,
    /// The weight of the heaviest word that no passage has.
    pub unknown: f64,
    /// The question is of a script without spaces.
    pub cjk: bool,
}

impl Evidence {
    /// What is needed for an answer.
    pub fn needed(&self) -> f64 {
        if self.unknown >= SPECIFIC || self.lacking >= DISTINCTIVE {
            NEEDED_WITHOUT_THE_WORD
        } else if self.lacking > SPECIFIC / 2.0 {
            NEEDED_WITHOUT_A_WORD
        } else if self.cjk {
            NEEDED * CJK_EASE
        } else {
            NEEDED
        }
    }

    pub fn answerable(&self) -> bool {
        self.coverage >= self.needed()
    }

    /// Also how much of the question each sentence has together with what stands around it, passage by passage.
    pub(super) fn of(question: &Question, matcher: &Matcher, read: &[Read]) -> (Self, Vec<Vec<f64>>) {
        let weights: Vec<f64> = question.terms.iter().map(|term| term.weight).collect();
        let places: Vec<Vec<Place>> = read.iter().map(|one| places(&weights, matcher, one)).collect();
        let mut best = &Place::NOWHERE;
        for place in places.iter().flatten() {
            // Of equals the earlier one.
            if place.rank > best.rank {
                best = place;
            }
        }
        let seen = matcher.met_by_all(read);
        let unknown = weights.iter().zip(&seen).filter(|(_, seen)| **seen == 0.0);
        let pairs = question.terms.iter().filter(|term| is_cjk_word(&term.word));
        let evidence = Self {
            coverage: best.coverage,
            lacking: best.lacking,
            unknown: unknown.fold(0.0, |most, (weight, _)| weight.max(most)),
            cjk: pairs.count() * 2 > weights.len(),
        };
        let ranks = |places: &Vec<Place>| places.iter().map(|place| place.rank).collect();
        (evidence, places.iter().map(ranks).collect())
    }
}

/// A sentence with its neighbours and the headings above it.
struct Place {
    coverage: f64,
    lacking: f64,
    rank: f64,
}

impl Place {
    const NOWHERE: Self = Self {
        coverage: 0.0,
        lacking: 0.0,
        rank: 0.0,
    };
}

/// One for each sentence of the passage.
fn places(weights: &[f64], matcher: &Matcher, read: &Read) -> Vec<Place> {
    let title = matcher.met(read.language, &read.title);
    let weights: Vec<f64> = weights
        .iter()
        .zip(&title)
        .map(|(weight, title)| weight * (1.0 - (1.0 - TITLE) * title))
        .collect();
    let context = matcher.met(read.language, &read.context);
    let sentences = read.sentences.iter().zip(&read.headings);
    let met: Vec<Vec<f64>> = sentences
        .map(|((_, stems), heading)| {
            let heading = matcher.met(read.language, heading);
            most(&matcher.met(read.language, stems), &heading)
        })
        .collect();
    let place = |at: usize| {
        let near = &met[at.saturating_sub(1)..met.len().min(at + 2)];
        let near = near.iter().fold(context.clone(), |all, met| most(&all, met));
        let coverage = share(&weights, &near);
        Place {
            coverage,
            lacking: heaviest(&weights, &near),
            rank: coverage + TOGETHER * share(&weights, &most(&context, &met[at])),
        }
    };
    (0..met.len()).map(place).collect()
}

/// The share of the weights that `met` has.
pub fn share(weights: &[f64], met: &[f64]) -> f64 {
    let all: f64 = weights.iter().sum();
    let got: f64 = weights.iter().zip(met).map(|(weight, met)| weight * met).sum();
    if all > 0.0 { got / all } else { 0.0 }
}

fn heaviest(weights: &[f64], met: &[f64]) -> f64 {
    let lacking = weights.iter().zip(met).map(|(weight, met)| weight * (1.0 - met));
    lacking.fold(0.0, f64::max)
}
