//! Text into words. A code or a compound (`AB-1234`, `e-mail`, `v2.4.1`) is a word as a whole and in its parts; scripts that do
//! not separate words give pairs of neighbouring letters. Neither stemming nor languages here.

use unicode_normalization::char::is_combining_mark;

use super::fold;

/// Longer ones are cut: nobody types them, and they are mostly encoded data.
const WORD_CHARS: usize = 64;
/// Runs of more pieces are no code but a path or a table; they have no whole.
const WHOLE_PIECES: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Stands alone.
    Plain,
    /// A run with joiners or digits in it, without its joiners.
    Whole,
    /// A piece of such a run.
    Part,
    /// Two neighbours of a script without spaces.
    Pair,
    /// One letter of such a script.
    Single,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Lower case, with accents.
    pub text: String,
    pub form: Form,
    /// Letters alone: such a word may be stemmed and may hold a typing error.
    pub letters: bool,
}

impl Word {
    fn new(text: &str, form: Form) -> Self {
        let text: String = fold::lower(text).chars().take(WORD_CHARS).collect();
        let letters = !matches!(form, Form::Pair | Form::Single) && !text.chars().any(char::is_numeric);
        Self { text, form, letters }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    /// A letter of a script that sets no spaces between words.
    Dense,
    Joiner,
    Space,
}

fn class(c: char) -> Class {
    match c {
        '-' | '_' | '.' | '/' | '@' | ':' | ',' | '\'' | '’' | '&' | '+' | '‐' | '‑' => Class::Joiner,
        _ if is_dense(c) => Class::Dense,
        _ if c.is_numeric() => Class::Digit,
        _ if c.is_alphabetic() || is_combining_mark(c) => Class::Letter,
        _ => Class::Space,
    }
}

fn is_dense(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '\u{3005}'..='\u{3007}' | '\u{ac00}'..='\u{d7af}'
        | '\u{1100}'..='\u{11ff}' | '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// The words of `text` in their order.
pub fn words(text: &str) -> Vec<Word> {
    let text: Vec<char> = fold::composed(text).chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match class(text[at]) {
            Class::Space | Class::Joiner => at += 1,
            Class::Dense => {
                let end = run(&text, at, |c| class(c) == Class::Dense);
                dense(&text[at..end], &mut words);
                at = end;
            }
            Class::Letter | Class::Digit => {
                let end = joined_run(&text, at);
                spaced(&text[at..end], &mut words);
                at = end;
            }
        }
    }
    words
}

fn run(text: &[char], from: usize, belongs: impl Fn(char) -> bool) -> usize {
    text[from..]
        .iter()
        .position(|c| !belongs(*c))
        .map_or(text.len(), |n| from + n)
}

/// To the end of letters and digits that at most one joiner each stands between.
fn joined_run(text: &[char], from: usize) -> usize {
    let solid = |c: &char| matches!(class(*c), Class::Letter | Class::Digit);
    let mut at = from;
    loop {
        at = run(text, at, |c| solid(&c));
        let goes_on =
            text.get(at).is_some_and(|c| class(*c) == Class::Joiner) && text.get(at + 1).is_some_and(solid);
        // A comma or a colon holds numbers together, never words.
        let holds = text.get(at).is_some_and(|c| !matches!(c, ',' | ':'))
            || (text[at - 1].is_numeric() && text.get(at + 1).is_some_and(|c| c.is_numeric()));
        if !(goes_on && holds) {
            return at;
        }
        at += 1;
    }
}

fn dense(run: &[char], words: &mut Vec<Word>) {
    for (n, c) in run.iter().enumerate() {
        if let Some(next) = run.get(n + 1) {
            words.push(Word::new(&String::from_iter([*c, *next]), Form::Pair));
        }
        if run.len() == 1 || matches!(c, '\u{3400}'..='\u{9fff}') {
            words.push(Word::new(&c.to_string(), Form::Single));
        }
    }
}

fn spaced(run: &[char], words: &mut Vec<Word>) {
    let pieces = pieces(run);
    if let [only] = pieces.as_slice() {
        words.push(Word::new(only, Form::Plain));
        return;
    }
    let apostrophe = run.iter().any(|c| matches!(c, '\'' | '’'));
    if pieces.len() <= WHOLE_PIECES && !apostrophe {
        for whole in wholes(run, &pieces) {
            words.push(Word::new(&whole, Form::Whole));
        }
    }
    // What an elision leaves (`l'eau`, `Anna's`) is no word.
    let kept = pieces
        .iter()
        .filter(|p| !apostrophe || p.chars().nth(1).is_some());
    words.extend(kept.map(|p| Word::new(p, if apostrophe { Form::Plain } else { Form::Part })));
}

/// Of a number with separators both readings (`1.234` may be a thousand or one and a bit), of anything else the pieces joined.
fn wholes(run: &[char], pieces: &[String]) -> Vec<String> {
    let number = run.iter().all(|c| c.is_numeric() || matches!(c, '.' | ','));
    if !number {
        return vec![pieces.concat()];
    }
    let mut wholes = vec![pieces.join(".")];
    if pieces.iter().skip(1).all(|p| p.chars().count() == 3) {
        wholes.push(pieces.concat());
    }
    wholes
}

/// Cut at joiners, between letters and digits, and in front of a capital that begins a longer piece.
fn pieces(run: &[char]) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for (n, c) in run.iter().enumerate() {
        let border = match (n.checked_sub(1).map(|n| run[n]), class(*c)) {
            (_, Class::Joiner) => true,
            (None, _) => false,
            (Some(before), now) => class(before) != now || capital_inside(run, n),
        };
        if border && pieces.last().is_some_and(|p| !p.is_empty()) {
            pieces.push(String::new());
        }
        if let (Some(piece), false) = (pieces.last_mut(), class(*c) == Class::Joiner) {
            piece.push(*c);
        }
    }
    pieces
}

fn capital_inside(run: &[char], at: usize) -> bool {
    let lower = |c: Option<&char>| c.is_some_and(|c| c.is_lowercase());
    let before = at >= 3
        && run[at - 3..at]
            .iter()
            .all(|c| c.is_lowercase() || c.is_uppercase());
    run[at].is_uppercase()
        && before
        && run[at - 1].is_lowercase()
        && lower(run.get(at + 1))
        && lower(run.get(at + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> String {
        words(text)
            .into_iter()
            .map(|w| w.text)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn words_codes_and_numbers_are_kept_whole_and_in_parts() {
        for (text, want) in [
            ("Hello, World!", "hello world"),
            ("AB-1234", "ab1234 ab 1234"),
            ("AB1234", "ab1234 ab 1234"),
            ("e-mail", "email e mail"),
            ("version v2.4.1.", "version v241 v 2 4 1"),
            ("1,234.56", "1.234.56 1 234 56"),
            ("1.234", "1.234 1234 1 234"),
            ("3,5 %", "3.5 3 5"),
            ("10:30", "1030 10 30"),
            ("yes,no", "yes no"),
            ("note:this", "note this"),
            ("l’eau d'Anna's", "eau anna"),
            ("don't", "don"),
            ("userName", "username user name"),
            ("GmbH iPhone", "gmbh iphone"),
            ("snake_case_word", "snakecaseword snake case word"),
            ("a@b.example", "abexample a b example"),
            ("--- ... ''", ""),
            ("\u{0}\u{1f}😀", ""),
            ("end. Next", "end next"),
        ] {
            assert_eq!(texts(text), want, "{text}");
        }
    }

    #[test]
    fn scripts_without_spaces_give_pairs() {
        assert_eq!(texts("退款期限"), "退款 退 款期 款 期限 期 限");
        assert_eq!(texts("データ"), "デー ータ");
        assert_eq!(texts("환불은 30일"), "환불 불은 30 일");
        assert_eq!(texts("税"), "税");
        assert_eq!(texts("PDFを開く"), "pdf を開 開く 開");
    }

    #[test]
    fn long_runs_are_cut() {
        assert_eq!(words(&"x".repeat(10_000))[0].text.len(), WORD_CHARS);
        assert!(words(&"a/".repeat(1_000)).iter().all(|w| w.form == Form::Part));
    }
}
