//! How lists look outside: `limit`, and a cursor that means nothing to anybody else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::page::Cursor;

pub const DEFAULT_LIMIT: u32 = 50;
pub const MAX_LIMIT: u32 = 100;

pub fn limit(text: Option<&str>) -> Result<u32, String> {
    let Some(text) = text else {
        return Ok(DEFAULT_LIMIT);
    };
    let wrong = || format!("must be a whole number from 1 to {MAX_LIMIT}");
    text.parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(wrong)
}

pub fn encode(cursor: Cursor) -> String {
    URL_SAFE_NO_PAD.encode(cursor.0.to_be_bytes())
}

pub fn decode(text: &str) -> Result<Cursor, String> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes
        .map(|bytes| Cursor(u128::from_be_bytes(bytes)))
        .ok_or("is no cursor of a list".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_limits_hold() {
        assert_eq!(decode(&encode(Cursor(7))), Ok(Cursor(7)));
        assert!(decode("7").is_err());
        for (text, fine) in [
            ("0", false),
            ("1", true),
            ("100", true),
            ("101", false),
            ("-1", false),
            ("x", false),
        ] {
            assert_eq!(limit(Some(text)).is_ok(), fine, "{text}");
        }
    }
}
