//! The key that tokens are signed with, and the folder it is kept in. A key that others may know is worse than none, because it
//! looks like one: weak ones stop the start.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{Settings, SettingsError};

const FILE: &str = "secret.key";
const LEAST_BYTES: usize = 32;
/// 32 random hex digits practically never have fewer; words and patterns do.
const LEAST_DISTINCT: usize = 8;
/// In lower case, without what is neither letter nor digit. All are long enough never to appear by chance.
const SAMPLES: [&str; 10] = [
    "changeme",
    "changethis",
    "secret",
    "password",
    "colloquy",
    "example",
    "yourkey",
    "insecure",
    "01234567",
    "abcdefgh",
];

impl Settings {
    /// Makes the data folder, closed to others, if it is not there.
    pub fn prepare_data_dir(&self) -> anyhow::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.create(&self.data_dir);
        made.map_err(|why| anyhow::anyhow!("cannot make the data folder {}: {why}", self.data_dir.display()))
    }

    /// The signing key: the setting, else the key kept in the data folder, which is made at the first start.
    pub fn signing_key(&self) -> anyhow::Result<SecretSlice<u8>> {
        if let Some(secret) = &self.secret {
            check(secret)?;
            return Ok(secret.expose_secret().as_bytes().to_vec().into());
        }
        self.prepare_data_dir()?;
        let path = self.key_file();
        if !path.exists() {
            make(&path).map_err(|why| unusable(&path, &why))?;
        }
        key_in(&path)
    }

    /// Where the signing key is that was made for want of a setting.
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join(FILE)
    }
}

/// The signing key in such a file.
pub fn key_in(path: &Path) -> anyhow::Result<SecretSlice<u8>> {
    let text = read(path).map_err(|why| unusable(path, &why))?;
    let key = STANDARD.decode(text.trim()).unwrap_or_default();
    anyhow::ensure!(
        key.len() >= LEAST_BYTES,
        "{} holds no signing key; restore it from a backup, or remove it to make a new one, which ends all log-ins",
        path.display()
    );
    Ok(key.into())
}

fn unusable(path: &Path, why: &io::Error) -> anyhow::Error {
    anyhow::anyhow!("cannot use {}: {why}", path.display())
}

/// Whether a secret that somebody chose is fit. The error never repeats it.
pub(super) fn check(secret: &SecretString) -> Result<(), SettingsError> {
    let secret = secret.expose_secret();
    let plain: String = secret
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let mut distinct: Vec<char> = secret.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let bytes = secret.as_bytes();
    let repeats = (1..=bytes.len() / 2).any(|period| {
        bytes
            .iter()
            .skip(period)
            .eq(bytes.iter().take(bytes.len() - period))
    });
    let complaint = if bytes.len() < LEAST_BYTES {
        "is too short: at least 32 bytes are needed"
    } else if SAMPLES.iter().any(|sample| plain.contains(sample)) {
        "is a well-known sample"
    } else if distinct.len() < LEAST_DISTINCT || repeats {
        "repeats itself and can be guessed"
    } else {
        return Ok(());
    };
    Err(SettingsError(format!(
        "`secret` {complaint}; leave it out to have one made, or use the output of `openssl rand -base64 48`"
    )))
}

/// A code for people to copy from the log: 80 random bits, without letters that look alike.
pub fn random_code() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut random = [0u8; 16];
    getrandom::fill(&mut random)
        .map_err(|why| anyhow::anyhow!("the system gives no random numbers: {why}"))?;
    let letters: Vec<char> = random
        .iter()
        .map(|byte| LETTERS[usize::from(byte % 32)].into())
        .collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

fn read(path: &Path) -> io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path)?.permissions()) & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others can read the signing key; `chmod 600` it");
    }
    Ok(text)
}

/// Complete or not at all, and the first one wins: a link, unlike a rename, does not replace what another process has made.
fn make(path: &Path) -> io::Result<()> {
    let mut key = [0u8; 64];
    getrandom::fill(&mut key).map_err(|why| io::Error::other(why.to_string()))?;
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    writeln!(file, "{}", STANDARD.encode(key))?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary)?;
    match linked {
        Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(why),
        Err(_) | Ok(()) => {}
    }
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_refused_without_being_repeated() {
        for (secret, fine) in [
            ("", false),
            ("changeme", false),
            ("0123456789012345678901234567890", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("abababababababababababababababababab", false),
            ("q8Zt1-xP4q8Zt1-xP4q8Zt1-xP4q8Zt1-xP4", false),
            ("Change-Me-Please-In-Production-1234567", false),
            ("colloquy-development-key-1234567890xyz", false),
            ("my super SECRET key for signing tokens", false),
            ("3f9a1c7e5b2d8046f1e3a9c7b5d20864", true),
            ("31415926535897932384626433832795", true),
            ("mZ0r2qW9vK1xT7bN5cJ3hG8fD6sA4pLyUoIe", true),
        ] {
            let checked = check(&secret.into());
            assert_eq!(checked.is_ok(), fine, "{secret:?}: {checked:?}");
            if let Err(error) = checked
                && !secret.is_empty()
            {
                assert!(!error.0.contains(secret) && error.0.starts_with("`secret`"));
            }
        }
    }

    #[test]
    fn the_key_is_made_once_and_closed_to_others() {
        let folder = std::env::temp_dir().join(format!("colloquy-{}", uuid::Uuid::now_v7()));
        let settings = Settings {
            data_dir: folder.join("data"),
            ..Settings::default()
        };
        let first = settings.signing_key().expect("a key is made");
        let again = settings.signing_key().expect("and read");
        assert_eq!(first.expose_secret().len(), 64);
        assert_eq!(first.expose_secret(), again.expose_secret());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
            assert_eq!(mode(&settings.data_dir), 0o700);
            assert_eq!(mode(&settings.data_dir.join(FILE)), 0o600);
        }
        assert_eq!(
            std::fs::read_dir(&settings.data_dir).expect("is there").count(),
            1,
            "nothing is left over"
        );
        std::fs::write(settings.data_dir.join(FILE), "c2hvcnQ=").expect("is writable");
        assert!(
            settings.signing_key().is_err(),
            "a damaged key is not replaced in silence"
        );
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn codes_differ() {
        let code = random_code().expect("random numbers");
        assert_eq!(code.len(), 19);
        assert_ne!(code, random_code().expect("random numbers"));
    }
}
