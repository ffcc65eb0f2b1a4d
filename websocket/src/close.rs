//! What a close frame carries (RFC 6455, sections 5.5.1 and 7.4).

use crate::Violation;

/// Code and reason, or None for an empty payload.
pub(crate) fn read(payload: &[u8]) -> Result<Option<(u16, &str)>, Violation> {
    match payload {
        [] => Ok(None),
        [_] => Err(Violation::Protocol("half a close code")),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !may_be_sent(code) {
                return Err(Violation::Protocol("a close code that is never sent"));
            }
            Ok(Some((code, str::from_utf8(reason).map_err(|_| Violation::Utf8)?)))
        }
    }
}

/// Those of section 7.4.1 and of the registry it founds (1012 to 1014), without the ones that only stand for what happened;
/// and those for libraries and applications.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
