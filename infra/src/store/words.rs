//! The words of a text as the full-text index of PostgreSQL gets them. They are found here, by the rules that SQLite's tokenizer
//! has (letters and digits, without case and accents), so that both databases find the same; PostgreSQL's own parser would
//! take addresses and names of files for single words.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// PostgreSQL takes words of up to 2,046 bytes; of longer ones the beginning is kept, in texts and questions alike.
const LONGEST: usize = 255;

/// The words of a text, one after the other.
pub(super) fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST).collect())
        .collect()
}

/// A text's words as a `tsvector` spells them.
pub(crate) fn vector(text: &str) -> String {
    let distinct: BTreeSet<String> = words(text).into_iter().collect();
    let quoted: Vec<String> = distinct.iter().map(|word| format!("'{word}'")).collect();
    quoted.join(" ")
}

/// A `tsquery`: each of these must occur; what one of them is made of must occur in full, but the very last word may be a beginning.
pub(super) fn query(asked: &[&str]) -> String {
    let all: Vec<String> = asked
        .iter()
        .flat_map(|word| words(word))
        .map(|word| format!("'{word}'"))
        .collect();
    format!("{}:*", all.join(" & "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits_without_case_and_accents() {
        assert_eq!(
            words("L'Été, naïve_file-2.TXT"),
            ["l", "ete", "naive", "file", "2", "txt"]
        );
        assert_eq!(vector("b a, B"), "'a' 'b'");
    }

    #[test]
    fn words_cannot_become_operators() {
        assert_eq!(query(&["it's", "b\\"]), "'it' & 's' & 'b':*");
        assert_eq!(query(&["a' | 'b"]), "'a' & 'b':*");
    }
}
