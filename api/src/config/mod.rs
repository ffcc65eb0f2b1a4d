//! The settings: what they are and what they default to. How they are read is `load.rs`, how they are printed `show.rs`, the
//! signing key `secret.rs`. Keys are flat, so that each is also an environment variable: `data_dir`, `COLLOQUY_DATA_DIR`.

mod limits;
mod load;
mod provider;
mod secret;
mod show;
mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use domain::bot::ProviderKind;
use infra::store::DatabaseAt;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub use limits::Limits;
pub use load::{FILE, Flags, Sources};
pub use secret::{key_in, random_code};

use values::list;

/// What is wrong with the settings, for the operator: one line that names the key and never a secret's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

/// Debug output is the same as that of `colloquy config`: secrets are masked.
#[derive(Clone, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The certificate in PEM, with those between it and a known authority behind it; with `tls_key`, TLS is spoken. Read anew
    /// when it changes.
    pub tls_cert: Option<PathBuf>,
    /// Its private key in PEM.
    pub tls_key: Option<PathBuf>,
    /// The folder of everything that is kept.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`; empty: `colloquy.db` in the data folder.
    pub database_url: String,
    /// Of a Redis that nodes hear each other by: `redis://:PASSWORD@HOST:PORT`, or `rediss://` for TLS. Without it PostgreSQL does
    /// that too.
    pub redis_url: Option<SecretString>,
    /// What tokens are signed with, at least 32 bytes; without it a key is made and kept in the data folder. Nodes that share a
    /// PostgreSQL database share it too.
    pub secret: Option<SecretString>,
    /// Filter of the log, such as `info` or `info,api=debug`.
    pub log: String,
    pub log_format: LogFormat,
    /// The address under which browsers reach the server, such as `https://chat.example.org`.
    pub public_url: Option<String>,
    /// Further origins from which pages may call.
    #[serde(deserialize_with = "list::deserialize")]
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "list::deserialize")]
    pub trusted_proxies: Vec<IpNet>,
    pub registration: Registration,
    /// What makes the first account from elsewhere an administrator; without it a random one is made and printed at start.
    pub setup_code: Option<SecretString>,
    /// The model server of bots that have none of their own: `openai`, `anthropic` or `ollama`. Without it (and without one of
    /// its own) a bot answers with sentences from its documents.
    pub provider_kind: Option<ProviderKind>,
    /// Its address, such as `http://127.0.0.1:11434` or `https://api.example.org/v1`.
    pub provider_url: Option<String>,
    pub provider_key: Option<SecretString>,
    /// The model of bots that name none.
    pub provider_model: Option<String>,
    /// Networks inside which owners may point their bots' own model servers; everything that is not public is closed else.
    #[serde(deserialize_with = "list::deserialize")]
    pub provider_allow: Vec<IpNet>,
    /// The S3-compatible store of uploaded files; without a bucket they are in the folder `blobs` of the data folder.
    pub s3_bucket: Option<String>,
    /// Empty: Amazon's own, by region.
    pub s3_endpoint: Option<String>,
    pub s3_region: Option<String>,
    /// Goes before every key, for a bucket that is shared.
    pub s3_prefix: Option<String>,
    pub s3_access_key: Option<SecretString>,
    pub s3_secret_key: Option<SecretString>,
    /// The folder of uploaded files, if it is not `blobs` in the data folder: nodes that share a database share it.
    pub blobs_dir: Option<PathBuf>,
    /// The program whose `extract-worker` reads files; without it, this one.
    pub extractor: Option<PathBuf>,
    /// A folder whose files are served in place of the built-in console, for people who work on it. Its folder `colloquy`, if there
    /// is one, takes the place of the built-in client.
    pub console_dir: Option<PathBuf>,
    /// Their keys are top-level keys too.
    #[serde(skip)]
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Open for requests from this very machine; closed once the server is meant for others.
    Auto,
    Open,
    Closed,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8000).into(),
            tls_cert: None,
            tls_key: None,
            data_dir: "./data".into(),
            database_url: String::new(),
            redis_url: None,
            secret: None,
            log: "info".into(),
            log_format: LogFormat::Auto,
            public_url: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            registration: Registration::Auto,
            setup_code: None,
            provider_kind: None,
            provider_url: None,
            provider_key: None,
            provider_model: None,
            provider_allow: Vec::new(),
            s3_bucket: None,
            s3_endpoint: None,
            s3_region: None,
            s3_prefix: None,
            s3_access_key: None,
            s3_secret_key: None,
            blobs_dir: None,
            extractor: None,
            console_dir: None,
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// Which database it is.
    pub fn database(&self) -> Result<DatabaseAt, SettingsError> {
        let url = self.database_url.as_str();
        if url.is_empty() {
            return Ok(DatabaseAt::File(self.data_dir.join("colloquy.db")));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseAt::Server(url.into()));
        }
        let path = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some(path) if !path.is_empty() && !path.contains('?') => Ok(DatabaseAt::File(path.into())),
            // Not repeated in the text: it may hold a password.
            Some(_) | None => Err(SettingsError(
                "`database_url` must be `sqlite:` and a path, or `postgres://USER:PASSWORD@HOST/NAME`, or empty for a file \
                 in the data folder"
                    .into(),
            )),
        }
    }

    /// Where uploads are until they are whole.
    pub fn incoming_dir(&self) -> PathBuf {
        self.data_dir.join("incoming")
    }

    /// Whether people may make accounts beside the first; `local`: the request came from this machine (`http::peer::is_local`).
    pub fn registration_open(&self, local: bool) -> bool {
        match self.registration {
            Registration::Open => true,
            Registration::Closed => false,
            Registration::Auto => local && self.trusted_proxies.is_empty() && !self.has_outside_origin(),
        }
    }

    fn has_outside_origin(&self) -> bool {
        let origins = self.public_url.iter().chain(&self.allowed_origins);
        origins
            .into_iter()
            .any(|url| !crate::http::origin::is_loopback(url))
    }

    /// Everything that can be known to be wrong without touching the disk.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.limits.check().map_err(SettingsError)?;
        if matches!(self.database()?, DatabaseAt::Server(_)) && self.secret.is_none() {
            return Err(SettingsError(
                "`secret` is needed with PostgreSQL: whatever node a token was given by, all have to believe it".into(),
            ));
        }
        self.check_redis()?;
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(SettingsError(
                "`tls_cert` and `tls_key` are needed together, or neither".into(),
            ));
        }
        if let Some(url) = &self.public_url {
            crate::http::origin::normalise(url)
                .map_err(|why| SettingsError(format!("`public_url`: {why}")))?;
        }
        for origin in &self.allowed_origins {
            crate::http::origin::normalise(origin)
                .map_err(|why| SettingsError(format!("`allowed_origins`: {why}")))?;
        }
        if let Some(secret) = &self.secret {
            secret::check(secret)?;
        }
        self.provider()?;
        self.check_s3()
    }

    fn check_redis(&self) -> Result<(), SettingsError> {
        let Some(url) = &self.redis_url else {
            return Ok(());
        };
        let url = url.expose_secret();
        // Not repeated in the text: it may hold a password.
        if !(url.starts_with("redis://") || url.starts_with("rediss://")) || url.contains('?') {
            return Err(SettingsError(
                "`redis_url` must be `redis://:PASSWORD@HOST:PORT`, or `rediss://` and the same for TLS"
                    .into(),
            ));
        }
        match self.database()? {
            DatabaseAt::Server(_) => Ok(()),
            DatabaseAt::File(_) => Err(SettingsError(
                "`redis_url` is for nodes that share a PostgreSQL database (`database_url`); with SQLite there is one node, \
                 which has nobody to hear"
                    .into(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_a_file_in_the_data_folder_unless_told() {
        let path = |url: &str| -> Result<String, SettingsError> {
            let settings = Settings {
                database_url: url.into(),
                ..Settings::default()
            };
            match settings.database()? {
                DatabaseAt::File(path) => Ok(path.display().to_string()),
                DatabaseAt::Server(url) => Ok(url.expose_secret().to_owned()),
            }
        };
        for (url, expected) in [
            ("", "./data/colloquy.db"),
            ("sqlite:/srv/c.db", "/srv/c.db"),
            ("sqlite:///srv/c.db", "/srv/c.db"),
            ("postgres://u:hunter2@h/d", "postgres://u:hunter2@h/d"),
        ] {
            assert_eq!(path(url), Ok(expected.to_owned()));
        }
        for bad in ["mysql://u:hunter2@h/d", "sqlite:", "c.db", "sqlite:c.db?mode=ro"] {
            let error = path(bad).expect_err(bad);
            assert!(!error.0.contains("hunter2"));
        }
    }

    #[test]
    fn nodes_of_one_database_sign_with_one_key() {
        let mut settings = Settings {
            database_url: "postgres://u:hunter2@h/d".into(),
            ..Settings::default()
        };
        let refused = settings.check();
        assert!(refused.is_err_and(|why| why.0.contains("`secret`") && !why.0.contains("hunter2")));
        settings.secret = Some("Zq7vT1mB-nH4xKw9.eYc2Rd6_Lg8Us0Pj".into());
        assert_eq!(settings.check(), Ok(()));
    }

    #[test]
    fn a_redis_is_for_nodes_of_one_database() {
        let check = |database: &str, redis: &str| {
            Settings {
                database_url: database.into(),
                secret: Some("Zq7vT1mB-nH4xKw9.eYc2Rd6_Lg8Us0Pj".into()),
                redis_url: Some(redis.into()),
                ..Settings::default()
            }
            .check()
        };
        for redis in ["redis://h", "rediss://u:hunter2@h:6380"] {
            assert_eq!(check("postgres://h/d", redis), Ok(()));
        }
        for (database, redis, named) in [
            ("", "redis://:hunter2@h", "SQLite"),
            ("postgres://h/d", "http://:hunter2@h", "`redis://"),
            ("postgres://h/d", "redis://h?password=hunter2", "`redis://"),
        ] {
            let error = check(database, redis).expect_err(redis);
            assert!(
                error.0.contains("`redis_url`") && error.0.contains(named),
                "{error}"
            );
            assert!(!error.0.contains("hunter2"));
        }
    }

    #[test]
    fn a_certificate_comes_with_its_key() {
        let check = |cert: Option<&str>, key: Option<&str>| {
            Settings {
                tls_cert: cert.map(Into::into),
                tls_key: key.map(Into::into),
                ..Settings::default()
            }
            .check()
        };
        assert_eq!(check(Some("a"), Some("b")), Ok(()));
        for (cert, key) in [(Some("a"), None), (None, Some("b"))] {
            assert!(check(cert, key).is_err_and(|why| why.0.contains("`tls_cert` and `tls_key`")));
        }
    }

    #[test]
    fn registration_closes_by_itself_once_the_server_is_meant_for_others() {
        let base = Settings::default();
        let with = |change: fn(&mut Settings)| {
            let mut settings = base.clone();
            change(&mut settings);
            (
                settings.registration_open(true),
                settings.registration_open(false),
            )
        };
        assert_eq!(with(|_| ()), (true, false));
        assert_eq!(
            with(|s| s.public_url = Some("http://localhost:8000".into())),
            (true, false)
        );
        assert_eq!(
            with(|s| s.public_url = Some("https://chat.example.org".into())),
            (false, false)
        );
        assert_eq!(
            with(|s| s.allowed_origins = vec!["https://app.example.org".into()]),
            (false, false)
        );
        assert_eq!(
            with(|s| s.trusted_proxies = vec![IpNet::from(std::net::IpAddr::from([10, 0, 0, 1]))]),
            (false, false)
        );
        assert_eq!(with(|s| s.registration = Registration::Open), (true, true));
        assert_eq!(with(|s| s.registration = Registration::Closed), (false, false));
    }

    #[test]
    fn the_defaults_pass_the_check_and_useless_limits_do_not() {
        assert_eq!(Settings::default().check(), Ok(()));
        let with = |change: fn(&mut Limits)| {
            let mut settings = Settings::default();
            change(&mut settings.limits);
            settings.check().map_err(|error| error.0)
        };
        assert_eq!(
            with(|l| l.queue_frames = 0),
            Err("`queue_frames` must not be 0".into())
        );
        assert!(with(|l| l.header_size = 8191).is_err());
        assert!(with(|l| l.header_size = 8192).is_ok());
        assert!(with(|l| l.silence = l.ping_interval).is_err());
    }
}
