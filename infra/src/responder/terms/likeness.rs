//! How alike two words are: forms that the stems do not make one, parts of compounds, typing errors.

use super::{Language, is_cjk_word};

/// How alike two stems are: 1 for the same, less for one that goes on where the other ends (deliver, delivery), and for parts of
/// compounds where the language makes them of one word (Anlage, Heizungsanlage).
pub fn likeness(language: Language, asked: &str, found: &str) -> f64 {
    const SHORTEST: usize = 4;
    const SHORTEST_PART: usize = 5;
    if asked == found {
        return 1.0;
    }
    if is_cjk_word(asked) || asked.chars().any(char::is_numeric) {
        return 0.0;
    }
    let (short, long) = if asked.len() < found.len() {
        (asked, found)
    } else {
        (found, asked)
    };
    let (length, of) = (short.chars().count(), long.chars().count());
    let compounds = matches!(language, Language::German | Language::Dutch);
    let part = compounds && length >= SHORTEST_PART && of >= length + 3;
    let goes_on = long.starts_with(short) && length >= SHORTEST && length * 10 >= of * 6;
    if goes_on || part && (long.starts_with(short) || long.ends_with(short)) {
        0.7
    } else {
        0.0
    }
}

/// Whether one may be the other mistyped. For words that are found nowhere as they stand.
pub fn mistyped(asked: &str, found: &str) -> bool {
    if is_cjk_word(asked) || asked.chars().any(char::is_numeric) {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (asked.chars().collect(), found.chars().collect());
    let allowed = match a.len() {
        0..=4 => return false,
        // Letters are left out more often than put in.
        7..=9 if b.len() == a.len() + 2 => 2,
        5..=9 => 1,
        _ => 2,
    };
    a[0] == b.first().copied().unwrap_or_default()
        && a.len().abs_diff(b.len()) <= allowed
        && distance(&a, &b) <= allowed
}

/// Changes of one letter, or swaps of two neighbours, from one to the other.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
