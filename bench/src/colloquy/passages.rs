//! Texts to search in: words of an invented language, as frequent as words are (Zipf's law), in documents of fifty passages.
//! The same in every run.

use anyhow::Result;
use serde_json::json;

use super::seed::{Seed, count_to, told};
use super::world::{Kind, World};

/// Passages of one document.
const EACH: usize = 50;
/// Words of one passage: with spaces some 800 bytes, as the server itself cuts texts.
const WORDS: usize = 120;
/// Words of the language.
const VOCABULARY: usize = 20_000;
/// Rows in one statement.
const IN_ONE: usize = 500;

/// Documents of the first bot first, then those of the others in turn.
pub async fn fill(seed: &Seed, world: &World) -> Result<()> {
    let first = world.passages.0.div_ceil(EACH);
    let all = first + world.passages.1.div_ceil(EACH);
    if all == 0 {
        return Ok(());
    }
    let others = world.bots.saturating_sub(1).max(1);
    let bot = seed.id(
        Kind::Bot,
        &format!("CASE WHEN i < {first} THEN 0 ELSE 1 + i % {others} END"),
    );
    let numbers = &count_to(all as u64);
    let document = || seed.id(Kind::Document, "i");
    let newest = "t.id = (SELECT id FROM documents ORDER BY id DESC LIMIT 1)";
    let exchanged = [
        ("id", document()),
        ("bot_id", bot.clone()),
        ("filename", "printf('document%d.txt', i)".into()),
        ("sha256", "printf('%064x', i)".into()),
        ("chunks", EACH.to_string()),
        ("text_bytes", (EACH * WORDS * 7).to_string()),
    ];
    seed.copies("documents", newest, (numbers, "n"), &exchanged)
        .await?;
    let newest = "t.document_id = (SELECT id FROM documents ORDER BY id DESC LIMIT 1)";
    let exchanged = [
        ("document_id", document()),
        ("bot_id", bot.clone()),
        ("seq", "(SELECT document_seq FROM installation) + 1 + i".into()),
    ];
    seed.copies("document_changes", newest, (numbers, "n"), &exchanged)
        .await?;
    seed.run(&format!(
        "UPDATE installation SET document_seq = document_seq + {all}"
    ))
    .await?;
    let mut texts = Texts::new(1);
    let mut rows = Vec::with_capacity(IN_ONE);
    for nth in 0..all * EACH {
        rows.push(json!([nth / EACH, nth % EACH, texts.words(WORDS)]));
        if rows.len() == IN_ONE || nth + 1 == all * EACH {
            let with = told("r", &["i", "n", "text"], &serde_json::to_string(&rows)?);
            let exchanged = [
                ("document_id", document()),
                ("bot_id", bot.clone()),
                ("n", "r.n".into()),
                ("text", "r.text".into()),
            ];
            seed.copies("chunks", "t.num = 1", (&with, "r"), &exchanged)
                .await?;
            rows.clear();
        }
    }
    Ok(())
}

/// A source of texts and of questions about them.
pub struct Texts {
    state: u64,
}

impl Texts {
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        }
    }

    /// xorshift64* (Vigna 2016): quick, and the same everywhere.
    pub fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 to 1, without 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.share() * bound as f64) as usize
    }

    /// Its rank follows Zipf's law: the second word is half as frequent as the first.
    pub fn word(&mut self) -> String {
        let rank = (VOCABULARY as f64).powf(self.share());
        spell(rank as usize)
    }

    pub fn words(&mut self, count: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }
}

/// Each number is a word of its own, of two syllables or more.
fn spell(mut number: usize) -> String {
    const CONSONANTS: &[u8] = b"bdfgklmnprstv";
    const VOWELS: &[u8] = b"aeiou";
    let syllables = CONSONANTS.len() * VOWELS.len();
    let mut word = String::new();
    for nth in 0.. {
        if nth > 1 && number == 0 {
            break;
        }
        let syllable = number % syllables;
        number /= syllables;
        word.push(CONSONANTS[syllable / VOWELS.len()].into());
        word.push(VOWELS[syllable % VOWELS.len()].into());
    }
    word.push('k');
    word
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_number_is_a_word_of_its_own() {
        let words: BTreeSet<_> = (0..VOCABULARY).map(spell).collect();
        assert_eq!(words.len(), VOCABULARY);
        assert!(words.iter().all(|word| word.len() >= 5));
    }

    #[test]
    fn texts_are_the_same_each_time_and_frequent_words_are_frequent() {
        assert_eq!(Texts::new(1).words(9), Texts::new(1).words(9));
        assert_ne!(Texts::new(1).words(9), Texts::new(2).words(9));
        let mut counts = BTreeMap::new();
        let mut texts = Texts::new(3);
        for _ in 0..20_000 {
            *counts.entry(texts.word()).or_insert(0) += 1;
        }
        let most = counts.values().max().copied().unwrap_or_default();
        assert!((1_000..2_000).contains(&most), "{most}");
        assert!(counts.len() > 3_000);
    }
}
