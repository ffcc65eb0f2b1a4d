//! What the index keeps of a chunk. Every term begins with its bot, so terms, their counts and their neighbours are those of one
//! bot: nothing in a score comes from another bot's text, and no filter is needed. The text itself is not kept.

use std::collections::HashMap;

use domain::ids::{BotId, DocumentId};
use serde::{Deserialize, Serialize};
use tantivy::schema::{
    Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};

use super::analysis::{self, Form, Language, Stems, Word};
use super::source::IndexedChunk;

/// Goes up with every change of schema or analysis: an index of another version is built anew.
pub const VERSION: u32 = 1;

/// In front of a word as it was written, where stems have their language.
pub const EXACT: &str = "=";
/// Shorter words have no parts worth finding.
const TAIL_CHARS: usize = 8;

#[derive(Debug, Clone, Copy)]
pub struct Fields {
    pub bot: Field,
    pub language: Field,
    pub document: Field,
    pub n: Field,
    pub body: Field,
    pub heading: Field,
    pub title: Field,
    /// Words written backwards, for what compounds end in.
    pub tail: Field,
}

/// Kept with each commit, and so never ahead of or behind what it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub version: u32,
    pub epoch: String,
    pub position: i64,
}

pub fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let flag = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false),
    );
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::WithFreqs),
    );
    let fields = Fields {
        bot: builder.add_text_field("bot", flag.clone()),
        language: builder.add_text_field("language", flag.clone()),
        document: builder.add_text_field("document", STRING | STORED),
        n: builder.add_i64_field("n", INDEXED | STORED),
        body: builder.add_text_field("body", words.clone()),
        heading: builder.add_text_field("heading", words.clone()),
        title: builder.add_text_field("title", words),
        tail: builder.add_text_field("tail", flag),
    };
    (builder.build(), fields)
}

/// What all terms of a bot begin with. All of one length: no bot's is the beginning of another's.
pub fn prefix(bot: BotId) -> String {
    bot.0.simple().to_string()
}

pub fn document_term(fields: &Fields, document: DocumentId) -> Term {
    Term::from_field_text(fields.document, &document.to_string())
}

/// Makes entries out of the chunks of one document.
pub struct Entries {
    fields: Fields,
    prefix: String,
    document: DocumentId,
    language: Language,
    title: Vec<Word>,
    stems: Stems,
    /// Stems of the document's words: most of them come again and again.
    known: HashMap<(Language, String), Vec<String>>,
}

/// Stems remembered for one document at the most.
const KNOWN_WORDS: usize = 20_000;

impl Entries {
    /// `sample` is some of the document's text.
    pub fn new(fields: Fields, bot: BotId, document: DocumentId, filename: &str, sample: &str) -> Self {
        let name = filename.rsplit_once('.').map_or(filename, |(name, _)| name);
        Self {
            fields,
            prefix: prefix(bot),
            document,
            language: analysis::of_document(sample),
            title: analysis::words(name),
            stems: Stems::default(),
            known: HashMap::new(),
        }
    }

    pub fn entry(&mut self, chunk: &IndexedChunk) -> TantivyDocument {
        let body = analysis::words(&chunk.text);
        let heading = analysis::words(&chunk.heading);
        let folded: Vec<String> = body.iter().map(|word| analysis::folded(&word.text)).collect();
        let language = analysis::of_chunk(folded.iter().map(String::as_str), self.language);
        let title = std::mem::take(&mut self.title);

        let mut entry = TantivyDocument::default();
        entry.add_text(self.fields.bot, &self.prefix);
        entry.add_text(self.fields.language, format!("{}{}", self.prefix, language.tag()));
        entry.add_text(self.fields.document, self.document.to_string());
        entry.add_i64(self.fields.n, chunk.n);
        for (field, words) in [
            (self.fields.body, &body),
            (self.fields.heading, &heading),
            (self.fields.title, &title),
        ] {
            let terms = words.iter().flat_map(|word| self.terms(language, word)).collect();
            entry.add_pre_tokenized_text(field, pretokenized(terms));
        }
        if language.compounds() {
            let long = body
                .iter()
                .chain(&heading)
                .filter(|w| w.letters && w.text.chars().count() >= TAIL_CHARS);
            let tails =
                long.map(|word| format!("{}{}", self.prefix, backwards(&analysis::folded(&word.text))));
            entry.add_pre_tokenized_text(self.fields.tail, pretokenized(tails.collect()));
        }
        self.title = title;
        entry
    }

    fn terms(&mut self, language: Language, word: &Word) -> Vec<String> {
        let mut terms = vec![format!("{}{EXACT}{}", self.prefix, analysis::folded(&word.text))];
        if word.letters && !matches!(word.form, Form::Pair | Form::Single) {
            if self.known.len() >= KNOWN_WORDS {
                self.known.clear();
            }
            let stems = self
                .known
                .entry((language, word.text.clone()))
                .or_insert_with(|| self.stems.of(language, &word.text));
            terms.extend(
                stems
                    .iter()
                    .map(|stem| format!("{}{}{stem}", self.prefix, language.tag())),
            );
        }
        terms
    }
}

pub fn backwards(word: &str) -> String {
    word.chars().rev().collect()
}

fn pretokenized(terms: Vec<String>) -> PreTokenizedString {
    let tokens = terms.into_iter().enumerate().map(|(position, text)| Token {
        position,
        text,
        ..Token::default()
    });
    PreTokenizedString {
        text: String::new(),
        tokens: tokens.collect(),
    }
}
