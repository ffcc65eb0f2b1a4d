//! Answers in the documents' own words, without any network: the best sentences of the passages, each with its source, or the
//! plain statement that there are none.

mod compose;
mod evidence;
mod matching;
mod question;
mod score;
mod select;

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use domain::chat::{Completion, Failure, Pieces, Prompt, Responder, Usage};
use domain::document::Passage;

pub use compose::Answer;
pub(super) use compose::cite;
pub use evidence::Evidence;
use score::Reading;

const NAME: &str = "extractive";
const WORDS_AT_ONCE: usize = 3;
/// Of scripts without spaces.
const CHARACTERS_AT_ONCE: usize = 8;

/// Between two pieces, so that people see the answer grow.
pub const PACE: Duration = Duration::from_millis(12);

#[derive(Debug, Clone)]
pub struct Extractive {
    pace: Duration,
}

impl Extractive {
    /// `pace`: the pause between two pieces; zero: none.
    pub fn new(pace: Duration) -> Self {
        Self { pace }
    }
}

#[async_trait]
impl Responder for Extractive {
    async fn respond(&self, prompt: &Prompt, pieces: &mut dyn Pieces) -> Result<Completion, Failure> {
        let (question, passages) = (prompt.question.clone(), prompt.passages.clone());
        // A question and its passages may be long; other tasks share the thread.
        let worked = tokio::task::spawn_blocking(move || answer(&question, &passages)).await;
        let answer = worked.map_err(|_| Failure {
            code: "internal",
            message: "The answer could not be put together.".to_owned(),
            model: Some(NAME.to_owned()),
        })?;
        for (i, piece) in in_pieces(&answer.text).into_iter().enumerate() {
            if i > 0 && !self.pace.is_zero() {
                tokio::time::sleep(self.pace).await;
            }
            if !pieces.push(piece).await {
                break;
            }
        }
        Ok(Completion {
            model: NAME.to_owned(),
            usage: Some(Usage::default()),
            citations: answer.citations,
        })
    }

    fn cut_short(&self, prompt: &Prompt, text: &str) -> Completion {
        let mut citations = answer(&prompt.question, &prompt.passages).citations;
        citations.retain(|citation| text.contains(&format!("[{}]", citation.number)));
        Completion {
            model: NAME.to_owned(),
            usage: Some(Usage::default()),
            citations,
        }
    }
}

/// The whole answer at once.
pub fn answer(question: &str, passages: &[Passage]) -> Answer {
    let reading = Reading::new(question, passages);
    let chosen = if reading.evidence.answerable() {
        select::select(&reading)
    } else {
        Vec::new()
    };
    if chosen.is_empty() {
        return Answer {
            text: compose::nothing(reading.language).to_owned(),
            citations: Vec::new(),
        };
    }
    compose::compose(&reading, &chosen, passages)
}

/// What the passages have of the question, for a test set to tune by.
pub fn evidence(question: &str, passages: &[Passage]) -> Evidence {
    Reading::new(question, passages).evidence
}

fn is_wide(c: char) -> bool {
    crate::responder::terms::is_cjk_word(c.encode_utf8(&mut [0; 4])) || matches!(c, '。' | '、' | '，')
}

/// A few words each; together they are the text.
fn in_pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut words, mut wide) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        let behind = at + c.len_utf8();
        words += usize::from(c.is_whitespace());
        wide += usize::from(is_wide(c));
        if words >= WORDS_AT_ONCE || wide >= CHARACTERS_AT_ONCE {
            pieces.push(&text[start..behind]);
            (start, words, wide) = (behind, 0, 0);
        }
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}
