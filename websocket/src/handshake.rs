//! The one computation of the opening handshake (RFC 6455, section 4.2.2). Requests and answers are HTTP's and not read here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The value of `Sec-WebSocket-Accept` for that of `Sec-WebSocket-Key`, which is taken as it stands.
pub fn accept_key(key: &[u8]) -> String {
    let digest = Sha1::new()
        .chain_update(key)
        .chain_update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_of_section_1_3_is_answered_as_it_says() {
        assert_eq!(
            super::accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }
}
