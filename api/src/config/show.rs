//! The settings as they are in effect, as TOML that could be read again, with secrets masked. It is also the list of known keys:
//! a setting that is not printed cannot be set.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Limits, Settings};

const MASK: &str = "••••";

impl Settings {
    /// What `colloquy config` prints.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for (key, value) in entries(self) {
            // JSON's strings, numbers and arrays of strings are TOML's too; only the absent value is not.
            let _ = if value.is_null() {
                writeln!(text, "# {key} =")
            } else {
                writeln!(text, "{key} = {value}")
            };
        }
        text
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_toml())
    }
}

pub(super) fn keys() -> Vec<&'static str> {
    entries(&Settings::default())
        .into_iter()
        .map(|(key, _)| key)
        .collect()
}

fn entries(settings: &Settings) -> Vec<(&'static str, Value)> {
    // Taken apart in full, so that a new field is not forgotten here.
    let Settings {
        listen,
        tls_cert,
        tls_key,
        data_dir,
        database_url,
        redis_url,
        secret,
        log,
        log_format,
        public_url,
        allowed_origins,
        trusted_proxies,
        registration,
        setup_code,
        provider_kind,
        provider_url,
        provider_key,
        provider_model,
        provider_allow,
        s3_bucket,
        s3_endpoint,
        s3_region,
        s3_prefix,
        s3_access_key,
        s3_secret_key,
        blobs_dir,
        extractor,
        console_dir,
        limits,
    } = settings;
    let mut entries = vec![
        ("listen", json!(listen)),
        ("tls_cert", json!(path(tls_cert))),
        ("tls_key", json!(path(tls_key))),
        ("data_dir", json!(data_dir.to_string_lossy())),
        ("database_url", json!(without_password(database_url))),
        ("redis_url", json!(address(redis_url))),
        ("secret", json!(secret.as_ref().map(|_| MASK))),
        ("log", json!(log)),
        ("log_format", json!(log_format)),
        ("public_url", json!(public_url)),
        ("allowed_origins", json!(allowed_origins)),
        ("trusted_proxies", json!(trusted_proxies)),
        ("registration", json!(registration)),
        ("setup_code", json!(setup_code.as_ref().map(|_| MASK))),
        ("provider_kind", json!(provider_kind)),
        ("provider_url", json!(provider_url)),
        ("provider_key", json!(provider_key.as_ref().map(|_| MASK))),
        ("provider_model", json!(provider_model)),
        ("provider_allow", json!(provider_allow)),
        ("s3_bucket", json!(s3_bucket)),
        ("s3_endpoint", json!(s3_endpoint)),
        ("s3_region", json!(s3_region)),
        ("s3_prefix", json!(s3_prefix)),
        ("s3_access_key", json!(s3_access_key.as_ref().map(|_| MASK))),
        ("s3_secret_key", json!(s3_secret_key.as_ref().map(|_| MASK))),
        ("blobs_dir", json!(path(blobs_dir))),
        ("extractor", json!(path(extractor))),
        ("console_dir", json!(path(console_dir))),
    ];
    let limits = serde_json::to_value(limits).unwrap_or_default();
    entries.extend(Limits::KEYS.iter().map(|key| (*key, limits[*key].clone())));
    entries
}

fn path(path: &Option<PathBuf>) -> Option<Cow<'_, str>> {
    path.as_ref().map(|path| path.to_string_lossy())
}

fn address(url: &Option<SecretString>) -> Option<String> {
    url.as_ref().map(|url| without_password(url.expose_secret()))
}

fn without_password(url: &str) -> String {
    let credentials = url
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    match credentials {
        Some((scheme, (_, rest))) => format!("{scheme}://{MASK}@{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let settings = Settings {
            secret: Some("hunter2hunter2".into()),
            setup_code: Some("open sesame".into()),
            database_url: "postgres://me:p@ssword@db/colloquy".into(),
            redis_url: Some("redis://:open-barley@bus".into()),
            ..Settings::default()
        };
        for text in [settings.to_toml(), format!("{settings:?}")] {
            for hidden in ["hunter2", "sesame", "ssword", "barley"] {
                assert!(!text.contains(hidden), "{text}");
            }
            assert!(text.contains("listen = \"127.0.0.1:8000\""), "{text}");
            assert!(text.contains("@bus\""), "{text}");
            assert!(text.contains("frame_size = \"64KiB\""), "{text}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        let folder = std::env::temp_dir().join(format!("colloquy-{}.toml", uuid::Uuid::now_v7()));
        let shown = Settings::default().to_toml();
        std::fs::write(&folder, &shown).expect("a file");
        let sources = super::super::Sources {
            file: Some(folder.clone()),
            ..Default::default()
        };
        let read = Settings::load(sources);
        let _ = std::fs::remove_file(folder);
        let read = read.expect("what is shown is valid");
        assert_eq!(read.to_toml(), shown);
        assert_eq!(read.limits, Limits::default());
    }
}
