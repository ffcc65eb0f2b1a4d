//! Chosen sentences put together: an answer to read, with a number behind what each passage said, and the citations to the
//! numbers.

use domain::chat::Citation;
use domain::document::Passage;

use super::score::{Candidate, Reading};
use crate::responder::sentences::Kind;
use crate::responder::terms::Language;

#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub text: String,
    pub citations: Vec<Citation>,
}

pub fn compose(reading: &Reading, chosen: &[usize], passages: &[Passage]) -> Answer {
    let mut text = String::new();
    let mut citations = Vec::new();
    let chosen: Vec<&Candidate> = chosen.iter().map(|i| &reading.candidates[*i]).collect();
    for group in chosen.chunk_by(|a, b| a.passage == b.passage) {
        let number = citations.len() as u32 + 1;
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&told(group));
        text.push_str(&format!(" [{number}]"));
        let quote = quote(group, &passages[group[0].passage].text);
        citations.push(cite(number, &passages[group[0].passage], quote));
    }
    Answer { text, citations }
}

pub fn cite(number: u32, passage: &Passage, quote: String) -> Citation {
    Citation {
        number,
        document_id: passage.document_id,
        filename: passage.filename.clone(),
        chunk: passage.chunk,
        page: passage.page,
        heading: passage.heading.clone(),
        score: passage.score,
        quote,
    }
}

fn told(group: &[&Candidate]) -> String {
    let mut text = String::new();
    for (i, one) in group.iter().enumerate() {
        let listed = i > 0 && one.sentence.kind != Kind::Prose && one.at == group[i - 1].at + 1;
        if text.ends_with([':', '：']) {
            text.push(' ');
        } else if listed {
            text.push_str("; ");
        } else if i > 0 {
            close(&mut text);
            text.push(' ');
        }
        let sentence = one.sentence.text.as_str();
        let goes_on = group
            .get(i + 1)
            .is_some_and(|next| next.at == one.at + 1 && next.sentence.kind != Kind::Prose);
        let item = one.sentence.kind != Kind::Prose && goes_on;
        text.push_str(if item {
            sentence.trim_end_matches(['.', ';', ','])
        } else {
            sentence
        });
    }
    close(&mut text);
    text
}

/// Items, rows and cut sentences end without a full stop.
fn close(text: &mut String) {
    if text.ends_with([';', ',', ':', '：', '，', '、']) {
        text.pop();
    }
    let ended = text.ends_with([
        '.', '!', '?', '…', '。', '！', '？', '"', '”', '»', '」', ')', '）', '’',
    ]);
    if !ended {
        text.push(if text.ends_with(super::is_wide) {
            '。'
        } else {
            '.'
        });
    }
}

/// As it stands in the passage, so that it can be found there.
fn quote(group: &[&Candidate], text: &str) -> String {
    let runs = group.chunk_by(|a, b| a.at + 1 == b.at);
    let quotes = runs.map(|run| &text[run[0].sentence.span.start..run[run.len() - 1].sentence.span.end]);
    quotes.collect::<Vec<_>>().join(" … ")
}

/// What is said when there is no answer.
pub fn nothing(language: Language) -> &'static str {
    match language {
        Language::German => "Die Dokumente enthalten dazu nichts.",
        Language::French => "Les documents ne contiennent rien à ce sujet.",
        Language::Spanish => "Los documentos no contienen nada sobre esto.",
        Language::Russian => "В документах об этом ничего нет.",
        Language::English | Language::Italian | Language::Portuguese | Language::Dutch | Language::Other => {
            "The documents hold nothing on this."
        }
    }
}
