//! Secrets that have to be read again, such as the keys of model servers, as they lie in the database: AES-256-GCM under a key
//! derived from the installation's own. Each is bound to what it belongs to: moved to another row, it cannot be opened.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretString};

/// A change of the label makes all that was sealed before unreadable.
const LABEL: &[u8] = b"colloquy: sealed secrets v1";

/// A change of the label makes backups look as if they were of another installation.
const FINGERPRINT: &[u8] = b"colloquy: fingerprint of the key v1";

/// Tells whether two keys of installations are the same, without telling the key. `None`: it could not be derived.
pub fn fingerprint(installation_key: &[u8]) -> Option<String> {
    let derived = Salt::new(HKDF_SHA256, &[]).extract(installation_key);
    let label = [FINGERPRINT];
    let mut bytes = [0; 32];
    derived
        .expand(&label, HKDF_SHA256)
        .and_then(|derived| derived.fill(&mut bytes))
        .ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub struct Sealer {
    key: LessSafeKey,
}

impl Sealer {
    /// `installation_key`: secret bytes that outlive restarts, such as the key that signs tokens.
    pub fn new(installation_key: &[u8]) -> Option<Self> {
        let derived = Salt::new(HKDF_SHA256, &[]).extract(installation_key);
        let label = [LABEL];
        let derived = derived.expand(&label, &AES_256_GCM).ok()?;
        let key = LessSafeKey::new(UnboundKey::from(derived));
        Some(Self { key })
    }

    /// The nonce, then the sealed text with its tag. `about`: what the secret belongs to. `None`: there is no randomness.
    pub fn seal(&self, about: &[u8], secret: &str) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).ok()?;
        let mut sealed = secret.as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(unique, Aad::from(about), &mut sealed)
            .ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// `None`: it was sealed under another key, about something else, or was changed.
    pub fn open(&self, about: &[u8], sealed: &[u8]) -> Option<SecretString> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = sealed.to_vec();
        let secret = self
            .key
            .open_in_place(nonce, Aad::from(about), &mut opened)
            .ok()?;
        std::str::from_utf8(secret).ok().map(SecretString::from)
    }

    /// What another key has sealed, sealed under that of `to`. `None`: it cannot be opened, or not be sealed.
    pub fn reseal(&self, to: &Self, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let opened = self.open(about, sealed)?;
        to.seal(about, opened.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(b"the installation's key").unwrap()
    }

    #[test]
    fn what_is_sealed_can_be_opened_and_is_never_sealed_the_same_twice() {
        for secret in ["", "sk-12345", "ключ"] {
            let (one, two) = (
                sealer().seal(b"bot 1", secret).unwrap(),
                sealer().seal(b"bot 1", secret).unwrap(),
            );
            assert_ne!(one, two);
            assert!(secret.is_empty() || !one.windows(secret.len()).any(|part| part == secret.as_bytes()));
            assert_eq!(sealer().open(b"bot 1", &one).unwrap().expose_secret(), secret);
        }
    }

    #[test]
    fn another_bot_or_installation_cannot_open_it() {
        let sealed = sealer().seal(b"bot 1", "sk-12345").unwrap();
        assert!(sealer().open(b"bot 2", &sealed).is_none());
        assert!(
            Sealer::new(b"another key")
                .unwrap()
                .open(b"bot 1", &sealed)
                .is_none()
        );
    }

    #[test]
    fn what_was_sealed_under_one_key_can_be_sealed_under_another() {
        let other = Sealer::new(b"another key").unwrap();
        let sealed = sealer().seal(b"bot 1", "sk-12345").unwrap();
        let resealed = sealer().reseal(&other, b"bot 1", &sealed).unwrap();
        assert_eq!(
            other.open(b"bot 1", &resealed).unwrap().expose_secret(),
            "sk-12345"
        );
        assert!(other.reseal(&sealer(), b"bot 1", &sealed).is_none());
    }

    #[test]
    fn keys_are_told_apart_by_their_fingerprints() {
        let of = |key: &[u8]| fingerprint(key).unwrap();
        assert_eq!(of(b"the installation's key"), of(b"the installation's key"));
        assert_ne!(of(b"the installation's key"), of(b"another key"));
        assert_eq!(of(b"another key").len(), 64);
    }

    #[test]
    fn a_flipped_bit_or_a_missing_end_is_noticed() {
        let sealed = sealer().seal(b"bot 1", "sk-12345").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer().open(b"bot 1", &changed).is_none(), "byte {at}");
            assert!(sealer().open(b"bot 1", &sealed[..at]).is_none(), "cut at {at}");
        }
    }
}
