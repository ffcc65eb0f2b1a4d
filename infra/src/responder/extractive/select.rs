//! Which sentences make up an answer: the best one, then those that add to it, none twice. In what words they are told is not
//! decided here.

use super::score::{Candidate, Reading};
use crate::responder::sentences::Kind;

const MOST_SENTENCES: usize = 3;
/// Characters.
const MOST_TEXT: usize = 600;
/// Of the items of a list, when the sentence above it was taken.
const MOST_ITEMS: usize = 6;
/// Two sentences that share so much of the shorter one's words say the same: chunks overlap, and people repeat themselves.
const SAME: f64 = 0.75;
/// What is less good than this, beside the best one, is not worth reading.
const WORTHY: f64 = 0.7;
/// Of another passage than the best one's.
const WORTHY_ELSEWHERE: f64 = 0.8;
/// What adds none of the question's words has to be nearly as good as the best one.
const WORTHY_WITHOUT_NEWS: f64 = 0.9;

/// Indices of the chosen candidates: the best sentence, then passages in the order of theirs, the
/// sentences of each as they stand there.
pub fn select(reading: &Reading) -> Vec<usize> {
    let all = &reading.candidates;
    let Some(first) = (0..all.len()).filter(|i| all[*i].score > 0.0).max_by(|a, b| {
        // Of equals the earlier one.
        all[*a].score.total_cmp(&all[*b].score).then(b.cmp(a))
    }) else {
        return Vec::new();
    };
    let mut chosen = vec![first];
    let mut length = chars(&all[first]);
    take_items(all, first, &mut chosen, &mut length);
    while chosen.len() < MOST_SENTENCES {
        let next = (0..all.len())
            .filter(|i| length + chars(&all[*i]) <= MOST_TEXT)
            .filter(|i| chosen.iter().all(|taken| !same(&all[*i], &all[*taken])))
            .filter(|i| {
                let here = all[*i].passage == all[first].passage;
                all[*i].score >= if here { WORTHY } else { WORTHY_ELSEWHERE } * all[first].score
            })
            .map(|i| (i, worth(reading, &chosen, i)))
            .filter(|(i, (_, news))| {
                let alone = all[*i].sentence.kind != Kind::Row
                    && all[*i].score >= WORTHY_WITHOUT_NEWS * all[first].score;
                *news > 0.0 || alone
            })
            .max_by(|(a, (one, _)), (b, (other, _))| one.total_cmp(other).then(b.cmp(a)));
        let Some((next, _)) = next else { break };
        chosen.push(next);
        length += chars(&all[next]);
    }
    in_order(all, first, chosen)
}

fn chars(candidate: &Candidate) -> usize {
    candidate.sentence.text.chars().count()
}

/// How much a candidate is worth beside those chosen, and how much of the question it meets that they do not.
fn worth(reading: &Reading, chosen: &[usize], i: usize) -> (f64, f64) {
    let all = &reading.candidates;
    let news: Vec<f64> = all[i]
        .met
        .iter()
        .enumerate()
        .map(|(term, met)| {
            let had = chosen
                .iter()
                .map(|taken| all[*taken].met[term])
                .fold(0.0, f64::max);
            (met - had).max(0.0)
        })
        .collect();
    let news = reading.share(&news);
    let likest = chosen
        .iter()
        .map(|taken| overlap(&all[i], &all[*taken]))
        .fold(0.0, f64::max);
    (all[i].score + news - 0.5 * likest, news)
}

fn overlap(a: &Candidate, b: &Candidate) -> f64 {
    let shorter = a.stems.len().min(b.stems.len());
    let shared = a.stems.intersection(&b.stems).count();
    shared as f64 / shorter.max(1) as f64
}

/// Rows of one table share the words of its header; what tells them apart is little, and matters.
fn same(a: &Candidate, b: &Candidate) -> bool {
    let rows = a.sentence.kind == Kind::Row && b.sentence.kind == Kind::Row;
    if rows || a.stems.len().min(b.stems.len()) < 3 {
        a.stems == b.stems
    } else {
        overlap(a, b) >= SAME
    }
}

/// A sentence that ends in a colon says nothing without what follows.
fn take_items(all: &[Candidate], first: usize, chosen: &mut Vec<usize>, length: &mut usize) {
    if !all[first].sentence.text.ends_with([':', '：']) {
        return;
    }
    let following = all.iter().enumerate().skip(first + 1).take(MOST_ITEMS);
    let following = following
        .take_while(|(_, next)| next.passage == all[first].passage && next.sentence.kind != Kind::Prose);
    for (i, next) in following {
        if *length + chars(next) > MOST_TEXT {
            break;
        }
        *length += chars(next);
        chosen.push(i);
    }
}

fn in_order(all: &[Candidate], first: usize, chosen: Vec<usize>) -> Vec<usize> {
    let mut passages: Vec<usize> = Vec::new();
    for i in &chosen {
        if !passages.contains(&all[*i].passage) {
            passages.push(all[*i].passage);
        }
    }
    let mut ordered = chosen;
    ordered.sort_by_key(|i| {
        let rank = passages.iter().position(|passage| *passage == all[*i].passage);
        // What was said before the best sentence comes after it.
        (
            rank,
            all[*i].passage == all[first].passage && *i < first,
            all[*i].at,
        )
    });
    ordered
}
