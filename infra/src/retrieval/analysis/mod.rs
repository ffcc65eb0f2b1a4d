//! How text and questions become terms. Both sides use the same steps; what differs between them (which words of a question
//! matter, which other words are tried) stands in `query`.

mod fold;
mod language;
mod stopwords;
mod words;

pub use fold::folded;
pub use language::{Language, Stems, of_chunk, of_document, of_tag};
pub use stopwords::{Stopwords, is_filler_pair};
pub use words::{Form, Word, words};
