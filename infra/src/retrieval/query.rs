//! A question becomes a query: which of its words matter, and what else each of them may be called in the bot's chunks. Words
//! never become query syntax. All that is looked up and tried is bounded, whatever the question.

use std::collections::{HashMap, HashSet};

use tantivy::Term;
use tantivy::query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;

use super::analysis::{self, Form, Language, Stems, Stopwords, Word};
use super::schema::EXACT;
use super::vocabulary::{Statistics, Vocabulary};

/// Of a longer question only the beginning is read.
const QUESTION_CHARS: usize = 16_384;
/// Words of a question that are searched; of more, the rarest.
const MAX_WORDS: usize = 48;
/// Other words that are tried in a word's place, of each kind.
const MAX_OTHERS: usize = 12;

const IN_HEADING: f32 = 0.5;
const IN_TITLE: f32 = 0.4;
/// A stem says a little less than the very word.
const BY_STEM: f32 = 0.9;
const PART: f32 = 0.6;
const JOINED: f32 = 0.8;
const ONE_ERROR: f32 = 0.7;
const TWO_ERRORS: f32 = 0.45;
/// Most people get the first letter right.
const OTHER_FIRST_LETTER: f32 = 0.6;
const COMPOUND: f32 = 0.5;
const LONGER: f32 = 0.5;
/// What begins alike is a guess.
const ALIKE: f32 = 0.3;

/// A term with its weight: one name of a word.
type Names = HashMap<Term, f32>;

/// One word of the question under all its names, by field. The best name counts, not their sum.
struct Group {
    weight: f32,
    body: Names,
    heading: Names,
    title: Names,
    /// Chunks with its most frequent name.
    count: u64,
}

pub struct Plan {
    pub query: BooleanQuery,
    pub statistics: Statistics,
}

/// None if nothing of the question is in the bot's chunks.
pub fn plan(vocabulary: &Vocabulary, question: &str) -> tantivy::Result<Option<Plan>> {
    let question: String = question.chars().take(QUESTION_CHARS).collect();
    let mut planner = Planner {
        languages: vocabulary.languages()?,
        vocabulary,
        stems: Stems::default(),
        counts: HashMap::new(),
    };
    let mut groups = Vec::new();
    for (word, weight) in searched(&question) {
        groups.extend(planner.group(&word, weight)?);
    }
    for joined in neighbours_joined(&question) {
        groups.extend(planner.joined(&joined)?);
    }
    groups.sort_by_key(|group| group.count);
    groups.truncate(MAX_WORDS);
    if groups.is_empty() {
        return Ok(None);
    }
    let clauses = groups.iter().flat_map(clauses).collect();
    Ok(Some(Plan {
        query: BooleanQuery::new(clauses),
        statistics: Statistics {
            fields: vocabulary.fields,
            chunks: vocabulary.chunks,
            counts: planner.counts,
        },
    }))
}

/// The words to search for, each once. Without fillers, unless there is nothing else.
fn searched(question: &str) -> Vec<(Word, f32)> {
    let mut seen = HashSet::new();
    let words: Vec<Word> = analysis::words(question)
        .into_iter()
        .filter(|word| seen.insert((analysis::folded(&word.text), word.form == Form::Single)))
        .collect();
    let folded: Vec<String> = words.iter().map(|word| analysis::folded(&word.text)).collect();
    let stop = Stopwords::of_question(folded.iter().map(String::as_str));
    let filler = |n: usize| match words[n].form {
        Form::Pair => analysis::is_filler_pair(&words[n].text),
        Form::Plain | Form::Whole | Form::Part => stop.contains(&folded[n]),
        Form::Single => false,
    };
    let pairs = words.iter().any(|word| word.form == Form::Pair);
    let kept: Vec<usize> = (0..words.len())
        // A single letter is all there is of a word of one letter; elsewhere pairs say more.
        .filter(|n| words[*n].form != Form::Single || !pairs)
        .filter(|n| words[*n].form != Form::Part || folded[*n].chars().count() > 1)
        .collect();
    let telling: Vec<usize> = kept.iter().copied().filter(|n| !filler(*n)).collect();
    let chosen = if telling.is_empty() { kept } else { telling };
    let weight = |word: &Word| if word.form == Form::Part { PART } else { 1.0 };
    chosen
        .into_iter()
        .map(|n| (words[n].clone(), weight(&words[n])))
        .take(MAX_WORDS * 4)
        .collect()
}

/// `log in` may stand as `login`, `sign-up` is that already.
fn neighbours_joined(question: &str) -> Vec<String> {
    let words = analysis::words(question);
    let pairs = words
        .windows(2)
        .filter(|pair| pair.iter().all(|word| word.form == Form::Plain && word.letters));
    let joined = pairs.map(|pair| analysis::folded(&format!("{}{}", pair[0].text, pair[1].text)));
    joined.take(MAX_WORDS).collect()
}

struct Planner<'a> {
    vocabulary: &'a Vocabulary,
    languages: Vec<Language>,
    stems: Stems,
    counts: HashMap<Term, u64>,
}

impl Planner<'_> {
    fn group(&mut self, word: &Word, weight: f32) -> tantivy::Result<Option<Group>> {
        let mut group = Group::new(weight);
        let folded = analysis::folded(&word.text);
        self.add(&mut group, EXACT, &folded, 1.0)?;
        if word.letters {
            self.add_stems(&mut group, &word.text, BY_STEM)?;
            let unknown = group.is_empty();
            if unknown {
                self.add_similar(&mut group, &folded)?;
            }
            self.add_longer(&mut group, &folded, unknown)?;
            self.add_compounds(&mut group, &folded)?;
            if group.is_empty() {
                self.add_alike(&mut group, &folded)?;
            }
        }
        Ok((!group.is_empty()).then_some(group))
    }

    /// Two neighbours as one word, if the bot's chunks know it.
    fn joined(&mut self, joined: &str) -> tantivy::Result<Option<Group>> {
        let mut group = Group::new(JOINED);
        self.add(&mut group, EXACT, joined, 1.0)?;
        Ok((!group.is_empty()).then_some(group))
    }

    fn add_stems(&mut self, group: &mut Group, word: &str, weight: f32) -> tantivy::Result<()> {
        for language in self.languages.clone() {
            for stem in self.stems.of(language, word) {
                self.add(group, language.tag(), &stem, weight)?;
            }
        }
        Ok(())
    }

    /// For a word that nothing is known of: what it may have been meant to be.
    fn add_similar(&mut self, group: &mut Group, word: &str) -> tantivy::Result<()> {
        let distance = match word.chars().count() {
            0..=3 => return Ok(()),
            // What was left out makes it shorter: one less than the eight letters of a word that bears two errors.
            4..=6 => 1,
            _ => 2,
        };
        // Those with one error first: with any of them, two errors are too far a guess.
        for errors in 1..=distance {
            let weight = if errors == 1 { ONE_ERROR } else { TWO_ERRORS };
            for (similar, _) in self
                .vocabulary
                .similar(word, errors)?
                .into_iter()
                .take(MAX_OTHERS)
            {
                let first = if similar.chars().next() == word.chars().next() {
                    1.0
                } else {
                    OTHER_FIRST_LETTER
                };
                self.add(group, EXACT, &similar, weight * first)?;
                self.add_stems(group, &similar, weight * first * BY_STEM)?;
            }
            if !group.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Words that go on where this one ends: compounds, and long forms of what was cut short.
    fn add_longer(&mut self, group: &mut Group, word: &str, unknown: bool) -> tantivy::Result<()> {
        let compounds = self.languages.iter().any(|language| language.compounds());
        if word.chars().count() < 5 || !(unknown || compounds) {
            return Ok(());
        }
        for (longer, _) in self.vocabulary.longer(word)?.into_iter().take(MAX_OTHERS) {
            self.add(group, EXACT, &longer, LONGER)?;
        }
        if compounds {
            for (ending, _) in self.vocabulary.ending(word)?.into_iter().take(MAX_OTHERS) {
                self.add(group, EXACT, &ending, COMPOUND)?;
            }
        }
        Ok(())
    }

    /// What a compound is made of, where both halves are words of the bot's chunks.
    fn add_compounds(&mut self, group: &mut Group, word: &str) -> tantivy::Result<()> {
        let chars: Vec<char> = word.chars().collect();
        if chars.len() < 8 || !self.languages.iter().any(|language| language.compounds()) {
            return Ok(());
        }
        for at in 4..=chars.len() - 4 {
            let (left, right) = (String::from_iter(&chars[..at]), String::from_iter(&chars[at..]));
            if self.is_known(&right)? && self.is_known_modifier(&left)? {
                for half in [left.as_str(), right.as_str()] {
                    self.add(group, EXACT, half, COMPOUND)?;
                    self.add_stems(group, half, COMPOUND * BY_STEM)?;
                }
            }
        }
        Ok(())
    }

    /// For a compound that nothing is known of: words with the same first half or more.
    fn add_alike(&mut self, group: &mut Group, word: &str) -> tantivy::Result<()> {
        let chars: Vec<char> = word.chars().collect();
        if chars.len() < 8 || !self.languages.iter().any(|language| language.compounds()) {
            return Ok(());
        }
        for kept in (4.max(chars.len() * 2 / 5)..chars.len()).rev() {
            let alike = self.vocabulary.longer(&String::from_iter(&chars[..kept]))?;
            for (word, _) in alike.iter().take(MAX_OTHERS) {
                self.add(group, EXACT, word, ALIKE)?;
            }
            if !alike.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn is_known(&self, word: &str) -> tantivy::Result<bool> {
        Ok(self
            .vocabulary
            .count(self.vocabulary.fields.body, &format!("{EXACT}{word}"))?
            > 0)
    }

    /// With or without the letters that join German, Dutch and Scandinavian compounds.
    fn is_known_modifier(&self, left: &str) -> tantivy::Result<bool> {
        for joint in ["", "s", "es", "n", "en", "e"] {
            if let Some(bare) = left.strip_suffix(joint)
                && bare.chars().count() >= 4
                && self.is_known(bare)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives the word another name, in every field that knows it.
    fn add(&mut self, group: &mut Group, tag: &str, text: &str, weight: f32) -> tantivy::Result<()> {
        let fields = self.vocabulary.fields;
        let text = format!("{tag}{text}");
        let body = self.vocabulary.count(fields.body, &text)?;
        for (field, names) in [
            (fields.body, &mut group.body),
            (fields.heading, &mut group.heading),
            (fields.title, &mut group.title),
        ] {
            let here = if field == fields.body {
                body
            } else {
                self.vocabulary.count(field, &text)?
            };
            if here == 0 {
                continue;
            }
            // A word that fills the text is not rare for standing in few headings.
            let count = here.max(body);
            let term = self.vocabulary.term(field, &text);
            self.counts.insert(term.clone(), count);
            let name = names.entry(term).or_insert(0.0);
            *name = name.max(weight);
            group.count = group.count.max(count);
        }
        Ok(())
    }
}

impl Group {
    fn new(weight: f32) -> Self {
        Self {
            weight,
            body: Names::new(),
            heading: Names::new(),
            title: Names::new(),
            count: 0,
        }
    }

    fn is_empty(&self) -> bool {
        self.body.is_empty() && self.heading.is_empty() && self.title.is_empty()
    }
}

/// The word may score in text, headings and title; in each with its best name.
fn clauses(group: &Group) -> Vec<(Occur, Box<dyn Query>)> {
    let fields = [
        (&group.body, 1.0),
        (&group.heading, IN_HEADING),
        (&group.title, IN_TITLE),
    ];
    let known = fields.into_iter().filter(|(names, _)| !names.is_empty());
    known
        .map(|(names, weight)| (Occur::Should, best_of(names, weight * group.weight)))
        .collect()
}

fn best_of(names: &Names, weight: f32) -> Box<dyn Query> {
    let mut names: Vec<(&Term, &f32)> = names.iter().collect();
    names.sort_by(|a, b| a.0.cmp(b.0));
    let boosted = names.into_iter().map(|(term, of_name)| -> Box<dyn Query> {
        let query = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
        Box::new(BoostQuery::new(Box::new(query), of_name * weight))
    });
    Box::new(DisjunctionMaxQuery::new(boosted.collect()))
}
