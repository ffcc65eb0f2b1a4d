//! What one bot's chunks are made of, as the index knows it: how many there are, in which languages, how many hold a term, and
//! which words are like another. Also the statistics that scores are computed from.

use std::collections::HashMap;
use std::sync::Arc;

use domain::ids::BotId;
use tantivy::index::InvertedIndexReader;
use tantivy::query::{Bm25StatisticsProvider, FuzzyTermQuery};
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use super::analysis::{self, Language};
use super::schema::{EXACT, Fields, backwards, prefix};

/// How many neighbours of a word are looked at before the best are picked; a bound on work, met only by very common beginnings.
const LOOKED_AT: usize = 2_000;
/// Languages of less than one chunk in this many are most likely errors of recognition.
const NEGLIGIBLE: u64 = 50;
const LANGUAGES: usize = 4;

pub struct Vocabulary {
    pub fields: Fields,
    prefix: String,
    segments: Vec<HashMap<Field, Arc<InvertedIndexReader>>>,
    /// Chunks of the bot, with those deleted and not yet purged.
    pub chunks: u64,
}

impl Vocabulary {
    pub fn new(searcher: &Searcher, fields: Fields, bot: BotId) -> tantivy::Result<Self> {
        let used = [
            fields.bot,
            fields.language,
            fields.body,
            fields.heading,
            fields.title,
            fields.tail,
        ];
        let mut segments = Vec::new();
        for segment in searcher.segment_readers() {
            let readers = used
                .iter()
                .map(|field| Ok((*field, segment.inverted_index(*field)?)));
            segments.push(readers.collect::<tantivy::Result<HashMap<_, _>>>()?);
        }
        let mut vocabulary = Self {
            fields,
            prefix: prefix(bot),
            segments,
            chunks: 0,
        };
        vocabulary.chunks = vocabulary.count(fields.bot, "")?;
        Ok(vocabulary)
    }

    pub fn term(&self, field: Field, text: &str) -> Term {
        Term::from_field_text(field, &format!("{}{text}", self.prefix))
    }

    /// Chunks of the bot with this term.
    pub fn count(&self, field: Field, text: &str) -> tantivy::Result<u64> {
        let term = self.term(field, text);
        let mut count = 0;
        for reader in self.readers(field) {
            count += u64::from(reader.doc_freq(&term)?);
        }
        Ok(count)
    }

    /// The languages of the bot's chunks, the most frequent first.
    pub fn languages(&self) -> tantivy::Result<Vec<Language>> {
        let mut counts = Vec::new();
        for (tag, count) in self.beginning(self.fields.language, "")? {
            counts.push((count, analysis::of_tag(&tag)));
        }
        counts.retain(|(count, _)| count * NEGLIGIBLE >= self.chunks);
        counts.sort_by(|a, b| b.cmp(a));
        counts.truncate(LANGUAGES);
        Ok(counts.into_iter().map(|(_, language)| language).collect())
    }

    /// Words that begin with `word`, longer ones than itself alone.
    pub fn longer(&self, word: &str) -> tantivy::Result<Vec<(String, u64)>> {
        let found = self.beginning(self.fields.body, &format!("{EXACT}{word}"))?;
        let rest = |text: &str| text.strip_prefix(EXACT).map(str::to_owned);
        Ok(found
            .into_iter()
            .filter_map(|(text, n)| Some((rest(&text)?, n)))
            .filter(|(text, _)| text != word)
            .collect())
    }

    /// Words that end in `word`.
    pub fn ending(&self, word: &str) -> tantivy::Result<Vec<(String, u64)>> {
        let found = self.beginning(self.fields.tail, &backwards(word))?;
        Ok(found
            .into_iter()
            .map(|(text, n)| (backwards(&text), n))
            .filter(|(text, _)| text != word)
            .collect())
    }

    /// Words at most `distance` typing errors away from `word`.
    pub fn similar(&self, word: &str, distance: u8) -> tantivy::Result<Vec<(String, u64)>> {
        let field = self.fields.body;
        // The range keeps to the bot: the beginning is the same on both sides and costs no error.
        let range = format!("{}{EXACT}", self.prefix);
        let query = FuzzyTermQuery::new(
            Term::from_field_text(field, &format!("{range}{word}")),
            distance,
            true,
        );
        let mut found = HashMap::new();
        for reader in self.readers(field) {
            let mut stream = reader
                .terms()
                .search(query.automaton()?)
                .ge(&range)
                .lt(after(&range))
                .into_stream()?;
            let mut looked_at = 0;
            while looked_at < LOOKED_AT && stream.advance() {
                looked_at += 1;
                add(&mut found, stream.key(), range.len(), stream.value().doc_freq);
            }
        }
        Ok(sorted(found))
    }

    fn beginning(&self, field: Field, text: &str) -> tantivy::Result<Vec<(String, u64)>> {
        let range = format!("{}{text}", self.prefix);
        let mut found = HashMap::new();
        for reader in self.readers(field) {
            let mut stream = reader
                .terms()
                .range()
                .ge(&range)
                .lt(after(&range))
                .into_stream()?;
            let mut looked_at = 0;
            while looked_at < LOOKED_AT && stream.advance() {
                looked_at += 1;
                add(
                    &mut found,
                    stream.key(),
                    self.prefix.len(),
                    stream.value().doc_freq,
                );
            }
        }
        Ok(sorted(found))
    }

    fn readers(&self, field: Field) -> impl Iterator<Item = &Arc<InvertedIndexReader>> {
        self.segments
            .iter()
            .filter_map(move |segment| segment.get(&field))
    }
}

/// The first key behind all that begin with `range`: no character in a term is above the last one of Unicode.
fn after(range: &str) -> String {
    format!("{range}{}", char::MAX)
}

fn add(found: &mut HashMap<String, u64>, key: &[u8], skip: usize, count: u32) {
    if let Some(Ok(text)) = key.get(skip..).map(std::str::from_utf8) {
        *found.entry(text.to_owned()).or_default() += u64::from(count);
    }
}

/// The most frequent first, and always in one order.
fn sorted(found: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}

/// Counts of one bot. Average lengths are fixed: those of the index would carry what others have uploaded.
pub struct Statistics {
    pub fields: Fields,
    pub chunks: u64,
    pub counts: HashMap<Term, u64>,
}

/// Terms of a chunk of the size that the splitter aims at; each word stands for about two.
const BODY_TERMS: u64 = 300;
const HEADING_TERMS: u64 = 12;
const TITLE_TERMS: u64 = 6;

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let each = if field == self.fields.heading {
            HEADING_TERMS
        } else if field == self.fields.title {
            TITLE_TERMS
        } else {
            BODY_TERMS
        };
        Ok(self.chunks.max(1) * each)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.chunks.max(1))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self
            .counts
            .get(term)
            .copied()
            .unwrap_or(0)
            .min(self.chunks.max(1)))
    }
}
