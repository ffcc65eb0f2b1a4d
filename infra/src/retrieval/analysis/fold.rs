//! One spelling for what people write in several ways: compatibility forms, case, accents of Latin and Greek letters, marks that
//! only guide reading. Marks that make another letter (й, が, vowel signs of Indic scripts) stay.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Composed, in compatibility form, without what is invisible. Case stays, for it shows where `userName` has its border.
pub(super) fn composed(text: &str) -> String {
    text.nfkc().filter(|c| !is_invisible(*c)).collect()
}

/// Lower case with accents: what stemmers expect.
pub(super) fn lower(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_stray_mark(*c))
        .nfc()
        .collect()
}

/// Lower case without accents.
pub fn folded(lower: &str) -> String {
    let mut out = String::with_capacity(lower.len());
    for c in lower.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' | 'ŀ' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ŧ' => out.push('t'),
            'ŋ' => out.push('n'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            'ё' => out.push('е'),
            'أ' | 'إ' | 'آ' | 'ٱ' => out.push('ا'),
            'ى' => out.push('ي'),
            _ if has_accents(c) => out.extend(std::iter::once(c).nfd().filter(|c| !is_combining_mark(*c))),
            _ => out.push(c),
        }
    }
    out
}

fn has_accents(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}')
}

/// Soft hyphens, joiners, byte order marks, direction marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Marks that no letter could be composed with, and the reading aids of Hebrew and Arabic.
fn is_stray_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_fall_together_and_letters_stay_apart() {
        for (text, want) in [
            ("Übergrößenträger", "ubergrossentrager"),
            ("RÉSUMÉ", "resume"),
            ("re\u{301}sume\u{301}", "resume"),
            ("Smørrebrød", "smorrebrod"),
            ("Łódź", "lodz"),
            ("İstanbul", "istanbul"),
            ("ﬁnal", "final"),
            ("Ｆｕｌｌ１２", "full12"),
            ("so\u{ad}ft", "soft"),
            ("Ёлка", "елка"),
            ("Йога", "йога"),
            ("за\u{301}мок", "замок"),
            ("Πληροφορίες", "πληροφοριεσ"),
            ("が", "が"),
            ("か\u{3099}", "が"),
            ("ﾃﾞｰﾀ", "データ"),
            ("مُدَرِّس", "مدرس"),
            ("हिन्दी", "हिन्दी"),
            ("", ""),
        ] {
            assert_eq!(folded(&lower(&composed(text))), want, "{text}");
        }
    }
}
