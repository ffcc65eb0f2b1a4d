//! Bytes to text, and text without what nobody can see.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;
use unicode_normalization::UnicodeNormalization;

use super::limits::Fault;

/// Enough to guess an encoding by.
const GUESS: usize = 256 * 1024;

/// By its byte order mark, else by what it calls itself, else UTF-8 if it is that, else the likeliest old encoding.
pub fn decode(content: &[u8], named: Option<&'static Encoding>) -> Result<String, Fault> {
    let text = if Encoding::for_bom(content).is_none() && named.is_none() {
        match std::str::from_utf8(content) {
            Ok(text) => text.to_owned(),
            Err(_) => guess(content).decode(content).0.into_owned(),
        }
    } else {
        // A mark wins over the name.
        named.unwrap_or(encoding_rs::UTF_8).decode(content).0.into_owned()
    };
    let garbage = text.chars().filter(|c| is_garbage(*c)).count();
    if garbage * 100 > text.len() {
        Err(Fault::Damaged)
    } else {
        Ok(text)
    }
}

pub fn guess(content: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&content[..content.len().min(GUESS)], content.len() <= GUESS);
    detector.guess(None, Utf8Detection::Deny)
}

/// Characters that no text has.
pub fn is_garbage(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}' | '\u{85}')
}

/// NFC; ends of lines are LF; no control characters, soft hyphens or marks without width; at most one blank line in a row; ligatures
/// and the like, which typesetting made of letters, are letters again.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut ends = 0;
    let text = text.replace("\r\n", "\n");
    let letters = text.chars().flat_map(|c| {
        let typeset = matches!(c, '\u{FB00}'..='\u{FB4F}' | '\u{2E80}'..='\u{2FDF}');
        let folded = typeset.then(|| c.to_string().nfkc().collect::<Vec<_>>());
        folded.unwrap_or_else(|| vec![c])
    });
    for c in letters.nfc() {
        let c = match c {
            '\r' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\u{a0}' | '\u{202f}' => ' ',
            '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => continue,
            c if c.is_control() && c != '\t' && c != '\n' => continue,
            c => c,
        };
        if c == '\n' {
            out.truncate(out.trim_end_matches([' ', '\t']).len());
            ends += 1;
            if ends > 2 {
                continue;
            }
        } else {
            ends = 0;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn marks_win_over_names_and_names_over_guesses() {
        let cyrillic = Encoding::for_label(b"windows-1251");
        for (content, named, expected) in [
            (&b"plain"[..], None, "plain"),
            ("Grüße".as_bytes(), None, "Grüße"),
            (b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe", cyrillic, "Grüße"),
            (b"\xff\xfe\x1a\x04", cyrillic, "К"),
            (b"\xfe\xff\x04\x1a", None, "К"),
            (b"\xca\xf3\xef\xee\xeb", cyrillic, "Купол"),
            (
                "Die Straße führt über den Fluß".as_bytes(),
                None,
                "Die Straße führt über den Fluß",
            ),
            (
                b"Die Stra\xdfe f\xfchrt \xfcber den Flu\xdf",
                None,
                "Die Straße führt über den Fluß",
            ),
        ] {
            assert_eq!(decode(content, named).unwrap(), expected);
        }
        assert_eq!(decode(&[1; 50], None), Err(Fault::Damaged));
    }

    #[test]
    fn what_nobody_sees_goes() {
        for (text, expected) in [
            ("a\r\nb\rc\u{85}d\u{2028}e", "a\nb\nc\nd\ne"),
            ("a\n\n\n\nb", "a\n\nb"),
            ("a  \t\nb", "a\nb"),
            ("of\u{ad}fice\u{200b}\u{feff}\u{7}", "office"),
            ("12\u{a0}km", "12 km"),
            ("e\u{301}", "é"),
            ("e\u{ad}\u{301}ffi \u{fb03}", "e\u{301}ffi ffi"),
            ("ﬁve oﬃces", "five offices"),
            ("½ x²", "½ x²"),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }
}
