//! Making and reading of tokens. Access tokens are JSON Web Tokens (RFC 7519, HS256); refresh tokens are a family's id and
//! generation with a MAC. Both are derived from the family alone, so the same generation always gives the same pair and no
//! token is ever stored. From an access token only user, family and expiry are believed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::account::Family;
use domain::ids::FamilyId;
use domain::time::Timestamp;
use domain::{Credential, Error, Result, Unauthenticated};
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

const ISSUER: &str = "colloquy";
const REFRESH_PREFIX: &str = "cqr_";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    /// The family, and which of its tokens this is.
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    refresh_key: [u8; 32],
    access_lifetime: Duration,
    /// By how much clocks of other nodes may be ahead; for `exp` there is no leeway.
    clock_leeway: Duration,
}

impl Tokens {
    pub fn new(secret: &[u8], access_lifetime: Duration, clock_leeway: Duration) -> Self {
        let access_key = derive_key(secret, b"colloquy access token");
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        validation.validate_nbf = true;
        validation.leeway = clock_leeway.as_secs();
        Self {
            encoding: EncodingKey::from_secret(&access_key),
            decoding: DecodingKey::from_secret(&access_key),
            validation,
            refresh_key: derive_key(secret, b"colloquy refresh token"),
            access_lifetime,
            clock_leeway,
        }
    }

    pub fn access_lifetime(&self) -> Duration {
        self.access_lifetime
    }

    /// The access token of a family's present generation.
    pub fn access(&self, family: &Family) -> Result<String> {
        let iat = family.rotated_at.whole_second();
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: family.user_id.0,
            jti: format!("{}.{}", family.id.0.simple(), family.generation),
            iat: iat.unix(),
            nbf: iat.unix(),
            exp: iat.plus(self.access_lifetime).unix(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(Error::internal)
    }

    /// Checks everything that needs no database. What is wrong with a bad token is not told.
    pub fn verify_access(&self, token: &str) -> Result<Credential> {
        self.read_access(token).ok_or(Unauthenticated::Rejected.into())
    }

    fn read_access(&self, token: &str) -> Option<Credential> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .ok()?
            .claims;
        let now = Timestamp::now();
        let expires_at = Timestamp::from_unix(claims.exp)?;
        let issued_at = Timestamp::from_unix(claims.iat)?;
        if expires_at <= now || issued_at > now.plus(self.clock_leeway) {
            return None;
        }
        let (family, _generation) = claims.jti.split_once('.')?;
        let family = FamilyId(Uuid::try_parse(family).ok()?);
        Some(Credential {
            user_id: domain::ids::UserId(claims.sub),
            family,
            expires_at,
        })
    }

    /// The refresh token of a family's present generation.
    pub fn refresh(&self, family: &Family) -> String {
        let mut bytes = refresh_head(family.id, family.generation);
        bytes.extend_from_slice(&self.refresh_mac(&bytes).finalize().into_bytes());
        format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The family and generation that an authentic refresh token was made for.
    pub fn read_refresh(&self, token: &str) -> Result<(FamilyId, i64)> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(REFRESH_PREFIX)?).ok()?;
            let (head, mac) = bytes.split_at_checked(24)?;
            self.refresh_mac(head).verify_slice(mac).ok()?;
            let (family, generation) = head.split_at(16);
            let family = FamilyId(Uuid::from_slice(family).ok()?);
            Some((family, i64::from_be_bytes(generation.try_into().ok()?)))
        };
        read().ok_or(Unauthenticated::RefreshRejected.into())
    }

    fn refresh_mac(&self, head: &[u8]) -> Hmac<Sha256> {
        keyed(&self.refresh_key).chain_update(head)
    }
}

fn refresh_head(family: FamilyId, generation: i64) -> Vec<u8> {
    let mut bytes = family.0.as_bytes().to_vec();
    bytes.extend_from_slice(&generation.to_be_bytes());
    bytes
}

/// One key per use, so that a token of one kind can never pass for one of another.
fn derive_key(secret: &[u8], purpose: &[u8]) -> [u8; 32] {
    keyed(secret).chain_update(purpose).finalize().into_bytes().into()
}

#[allow(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

#[cfg(test)]
mod tests {
    use domain::ids::UserId;

    use super::*;

    fn tokens(secret: &[u8]) -> Tokens {
        Tokens::new(secret, Duration::from_secs(900), Duration::from_secs(30))
    }

    fn family(rotated_at: Timestamp) -> Family {
        let expires_at = rotated_at.plus(Duration::from_secs(3600));
        Family {
            id: FamilyId::new(),
            user_id: UserId::new(),
            generation: 7,
            rotated_at,
            expires_at,
            ended_at: None,
        }
    }

    #[test]
    fn a_generation_always_gives_the_same_pair() {
        let tokens = tokens(b"a secret of the test, long enough");
        let family = family(Timestamp::now());
        assert_eq!(tokens.access(&family).unwrap(), tokens.access(&family).unwrap());
        assert_eq!(
            tokens.read_refresh(&tokens.refresh(&family)).unwrap(),
            (family.id, 7)
        );
        let credential = tokens.verify_access(&tokens.access(&family).unwrap()).unwrap();
        assert_eq!(
            (credential.user_id, credential.family),
            (family.user_id, family.id)
        );
    }

    #[test]
    fn tokens_of_another_key_kind_or_time_are_refused() {
        let tokens = tokens(b"a secret of the test, long enough");
        let others = self::tokens(b"another secret, as long as the one");
        let fresh = family(Timestamp::now());
        let ended = family(Timestamp::now().minus(Duration::from_secs(901)));
        let future = family(Timestamp::now().plus(Duration::from_secs(60)));
        assert!(tokens.verify_access(&others.access(&fresh).unwrap()).is_err());
        assert!(tokens.verify_access(&tokens.access(&ended).unwrap()).is_err());
        assert!(tokens.verify_access(&tokens.access(&future).unwrap()).is_err());
        assert!(tokens.verify_access(&tokens.refresh(&fresh)).is_err());
        assert!(tokens.read_refresh(&others.refresh(&fresh)).is_err());
        assert!(tokens.read_refresh(&tokens.access(&fresh).unwrap()).is_err());
        let mut forged = tokens.refresh(&fresh);
        forged.pop();
        assert!(tokens.read_refresh(&forged).is_err());
    }

    #[test]
    fn a_token_without_a_signature_is_refused() {
        let tokens = tokens(b"a secret of the test, long enough");
        let token = tokens.access(&family(Timestamp::now())).unwrap();
        let body = token.split('.').nth(1).unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        assert!(tokens.verify_access(&format!("{none}.{body}.")).is_err());
    }
}
