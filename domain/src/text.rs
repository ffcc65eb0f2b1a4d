//! Texts that were checked once, at the door: whoever holds one of these types need not check again. Bounds are those of the
//! REST contract; an error says what would be right.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub const NAME_CHARS: usize = 200;
pub const DESCRIPTION_CHARS: usize = 2_000;
pub const INSTRUCTIONS_BYTES: usize = 64 * 1024;
pub const CONTENT_BYTES: usize = 64 * 1024;
pub const SETTINGS_BYTES: usize = 16 * 1024;
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=256;
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 3..=32;
pub const EMAIL_CHARS: usize = 254;

type Parsed<T> = Result<T, String>;

/// Control characters have no place in what people read; tab and line feed are the exceptions.
pub fn printable(text: &str) -> Parsed<()> {
    match text.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\n')) {
        Some(c) => Err(format!(
            "must not contain the control character U+{:04X}",
            u32::from(c)
        )),
        None => Ok(()),
    }
}

fn at_most_chars(text: &str, max: usize) -> Parsed<()> {
    if text.chars().count() > max {
        Err(format!("must have at most {max} characters"))
    } else {
        Ok(())
    }
}

fn at_most_bytes(text: &str, max: usize) -> Parsed<()> {
    if text.len() > max {
        Err(format!("must have at most {max} bytes"))
    } else {
        Ok(())
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn into_string(self) -> String {
                self.0
            }
        }
    )*};
}

texts! {
    /// The name of a bot or title of a session: one line, 1 to 200 characters, blanks around it cut off.
    Name;
    /// What a bot is for, in at most 2,000 characters.
    Description;
    /// What a bot is told to do, at most 64 KiB.
    Instructions;
    /// A message, 1 byte to 64 KiB.
    Content;
    /// 3 to 32 letters, digits, `.`, `_`, `-`, kept as typed (in NFKC).
    Username;
    Email;
}

impl Name {
    pub fn parse(text: &str) -> Parsed<Self> {
        printable(text)?;
        let text = text.trim();
        if text.is_empty() {
            return Err("must not be empty".into());
        }
        if text.contains(['\n', '\u{2028}', '\u{2029}']) {
            return Err("must be a single line".into());
        }
        // They turn what follows around: `exe.fdp` would read `pdf.exe`.
        if text.contains([
            '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
            '\u{2069}',
        ]) {
            return Err("must not turn the direction of writing around".into());
        }
        at_most_chars(text, NAME_CHARS)?;
        Ok(Self(text.to_owned()))
    }
}

impl Description {
    pub fn parse(text: &str) -> Parsed<Self> {
        printable(text)?;
        at_most_chars(text, DESCRIPTION_CHARS)?;
        Ok(Self(text.to_owned()))
    }
}

impl Instructions {
    pub fn parse(text: &str) -> Parsed<Self> {
        printable(text)?;
        at_most_bytes(text, INSTRUCTIONS_BYTES)?;
        Ok(Self(text.to_owned()))
    }
}

impl Content {
    pub fn parse(text: &str) -> Parsed<Self> {
        if text.is_empty() {
            return Err("must not be empty".into());
        }
        printable(text)?;
        at_most_bytes(text, CONTENT_BYTES)?;
        Ok(Self(text.to_owned()))
    }
}

impl Username {
    pub fn parse(text: &str) -> Parsed<Self> {
        let text: String = text.nfkc().collect();
        if !USERNAME_CHARS.contains(&text.chars().count()) {
            return Err("must have 3 to 32 characters".into());
        }
        if !text.chars().all(in_username) {
            return Err("may hold letters, digits, `.`, `_` and `-` only".into());
        }
        Ok(Self(text))
    }

    /// What makes two names the same: NFKC and case.
    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

/// The form under which names are compared. Lower-casing can undo NFKC, so it is applied on both sides of it.
pub fn name_key(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

impl Email {
    pub fn parse(text: &str) -> Parsed<Self> {
        printable(text)?;
        let text = text.trim();
        at_most_chars(text, EMAIL_CHARS)?;
        let well_formed = text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && !host.contains('@')
        });
        if !well_formed || text.chars().any(char::is_whitespace) {
            return Err("must be an e-mail address".into());
        }
        Ok(Self(text.to_owned()))
    }

    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

/// A password as typed. It prints as dots, and is never stored or sent on.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    pub fn parse(text: &str) -> Parsed<Self> {
        if !PASSWORD_CHARS.contains(&text.chars().count()) {
            return Err("must have 8 to 256 characters".into());
        }
        printable(text)?;
        Ok(Self(text.to_owned()))
    }

    /// One that is compared, not set: what was once allowed must stay typable, so only hugeness is refused.
    pub fn typed(text: &str) -> Parsed<Self> {
        if text.is_empty() {
            return Err("must not be empty".into());
        }
        at_most_chars(text, *PASSWORD_CHARS.end())?;
        Ok(Self(text.to_owned()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("••••")
    }
}

/// A bot's free-form settings: a JSON object of at most 16 KiB.
pub fn parse_settings(value: &serde_json::Value) -> Parsed<serde_json::Value> {
    if !value.is_object() {
        return Err("must be an object".into());
    }
    at_most_bytes(&value.to_string(), SETTINGS_BYTES)?;
    printable_json(value)?;
    Ok(value.clone())
}

fn printable_json(value: &serde_json::Value) -> Parsed<()> {
    match value {
        serde_json::Value::String(text) => printable(text),
        serde_json::Value::Array(items) => items.iter().try_for_each(printable_json),
        serde_json::Value::Object(fields) => fields
            .iter()
            .try_for_each(|(key, value)| printable(key).and_then(|()| printable_json(value))),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Ok(()),
    }
}

/// Names that one text can mention; what comes after is not looked at.
pub const MENTIONS: usize = 50;

/// The names that a text mentions with `@`, as `name_key` makes them.
pub fn mentions(content: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in content.match_indices('@') {
        if found.len() >= MENTIONS {
            break;
        }
        let before = content[..at].chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            continue; // an e-mail address, not a mention
        }
        let rest = &content[at + 1..];
        let end = rest
            .char_indices()
            .find(|(_, c)| !in_username(*c))
            .map_or(rest.len(), |(end, _)| end);
        // A sentence may end right behind a name: try the name without the full stop too.
        let word = &rest[..end];
        for name in [word, word.trim_end_matches(['.', '-', '_'])] {
            if let Ok(name) = Username::parse(name) {
                let key = name.key();
                if !found.contains(&key) {
                    found.push(key);
                }
            }
        }
    }
    found
}

/// Letters, digits and three signs. Marks that combine, and letters that show nothing (the Hangul fillers), would let one
/// person look like another.
fn in_username(c: char) -> bool {
    let shows = !is_combining_mark(c) && !matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    c.is_alphanumeric() && shows || matches!(c, '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_at_the_value_and_one_above() {
        assert!(Name::parse(&"x".repeat(200)).is_ok());
        assert!(Name::parse(&"x".repeat(201)).is_err());
        assert!(Name::parse("  ").is_err());
        assert!(Content::parse(&"x".repeat(CONTENT_BYTES)).is_ok());
        assert!(Content::parse(&"x".repeat(CONTENT_BYTES + 1)).is_err());
        assert!(Content::parse("").is_err());
        assert!(Instructions::parse(&"é".repeat(INSTRUCTIONS_BYTES / 2)).is_ok());
        assert!(Instructions::parse(&"é".repeat(INSTRUCTIONS_BYTES / 2 + 1)).is_err());
        for (length, fine) in [(2, false), (3, true), (32, true), (33, false)] {
            assert_eq!(Username::parse(&"u".repeat(length)).is_ok(), fine, "{length}");
        }
        for (length, fine) in [(7, false), (8, true), (256, true), (257, false)] {
            assert_eq!(Password::parse(&"p".repeat(length)).is_ok(), fine, "{length}");
        }
    }

    #[test]
    fn control_characters_are_refused_but_tab_and_line_feed() {
        assert!(Content::parse("a\tb\nc").is_ok());
        for bad in ["\0", "a\rb", "\u{1b}[0m", "\u{85}"] {
            assert!(Content::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_the_same_by_compatibility_form_and_case() {
        let key = |name: &str| Username::parse(name).expect("a legal name").key();
        assert_eq!(key("Straße"), key("STRAßE"));
        assert_eq!(key("ｂｏｂ"), key("BOB"));
        assert_ne!(key("bob"), key("rob"));
    }

    #[test]
    fn names_that_only_look_like_another_are_refused() {
        for name in [
            "alice\u{1160}",
            "alice\u{ffa0}x",
            "\u{3164}\u{3164}\u{3164}",
            "ali\u{64b}ce",
            "al\u{345}ice",
        ] {
            assert!(Username::parse(name).is_err(), "{name:?}");
        }
        assert!(
            Username::parse("Zoe\u{308}").is_ok(),
            "what composes to a letter is one"
        );
    }

    #[test]
    fn a_text_full_of_names_is_not_searched_to_its_end() {
        let crowd: String = (0..20_000).map(|n| format!("@a{n:04x}.")).collect();
        assert!(mentions(&crowd).len() <= MENTIONS + 1);
    }

    #[test]
    fn mentions_are_found_where_people_write_them() {
        assert_eq!(mentions("hi @Bob, and @ann."), ["bob", "ann.", "ann"]);
        assert!(mentions("mail me: bob@example.org").is_empty());
        assert!(mentions("@ab @").is_empty());
    }
}
