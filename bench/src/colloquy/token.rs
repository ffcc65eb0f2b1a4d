//! Access tokens, signed as the server signs them (`api/src/auth/token.rs`): thousands of log-ins would cost minutes of
//! password hashing. The families that they name are in the database like any other.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// How long a token is good, in seconds: longer than any run.
pub const LIFETIME: u64 = 12 * 60 * 60;

const PURPOSE: &[u8] = b"colloquy access token";

pub struct Signer {
    key: Vec<u8>,
    now: u64,
}

impl Signer {
    /// `secret`: the server's own.
    pub fn new(secret: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            key: mac(secret.as_bytes(), PURPOSE),
            now: now.unwrap_or_default().as_secs(),
        }
    }

    pub fn token(&self, user: Uuid, family: Uuid) -> String {
        let claims = serde_json::json!({
            "iss": "colloquy",
            "aud": "colloquy",
            "sub": user,
            "jti": format!("{}.1", family.simple()),
            "iat": self.now,
            "nbf": self.now,
            "exp": self.now + LIFETIME,
        });
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signed = format!("{head}.{body}");
        let signature = URL_SAFE_NO_PAD.encode(mac(&self.key, signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

#[allow(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_mac_is_the_standard_one() {
        let made = mac(b"Jefe", b"what do ya want for nothing?");
        let hex: String = made.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_token_has_three_parts() {
        let token = Signer::new("a secret").token(Uuid::nil(), Uuid::nil());
        assert_eq!(token.split('.').count(), 3);
    }
}
