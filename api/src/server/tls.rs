//! TLS out of two PEM files, by rustls. The files are looked at every second, and new ones hold for new connections; what is
//! open keeps what it began with. Files that cannot be used change nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::{self, ServerConfig};

use crate::config::{Settings, SettingsError};

const LOOK: Duration = Duration::from_secs(1);

pub(super) struct Tls {
    files: Files,
    current: Mutex<Arc<ServerConfig>>,
    /// What `current` was made of.
    mark: Mark,
}

#[derive(Debug, Clone)]
struct Files {
    cert: PathBuf,
    key: PathBuf,
}

/// What stands in the files, as they were read.
struct Pems {
    cert: Vec<u8>,
    key: Vec<u8>,
}

/// Tells one state of the files from another without keeping the key.
type Mark = [u8; 32];

impl Tls {
    /// None if the settings ask for no TLS.
    ///
    /// # Errors
    /// A file cannot be read, holds nothing of its kind, or the two do not belong together.
    pub fn load(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let (Some(cert), Some(key)) = (&settings.tls_cert, &settings.tls_key) else {
            return Ok(None);
        };
        let files = Files {
            cert: cert.clone(),
            key: key.clone(),
        };
        let cert = std::fs::read(&files.cert).map_err(|why| unread("tls_cert", &files.cert, &why));
        let key = std::fs::read(&files.key).map_err(|why| unread("tls_key", &files.key, &why));
        let pems = Pems {
            cert: cert.map_err(SettingsError)?,
            key: key.map_err(SettingsError)?,
        };
        let config = files.configure(&pems).map_err(SettingsError)?;
        Ok(Some(Self {
            files,
            current: Mutex::new(config),
            mark: pems.mark(),
        }))
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(
            self.current
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    }

    /// Looks after the files for ever. What is wrong with them is said once for each of their states.
    pub async fn watch(&self) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut known, mut before) = (self.mark, self.mark);
        loop {
            ticks.tick().await;
            let read = self.files.read().await;
            let mark = match &read {
                Ok(pems) => pems.mark(),
                Err(why) => Sha256::digest(why).into(),
            };
            // Two files cannot be replaced in one moment: what is seen twice in a row is no state in between.
            let settled = mark == before;
            before = mark;
            if !settled || mark == known {
                continue;
            }
            known = mark;
            match read.and_then(|pems| self.files.configure(&pems)) {
                Ok(config) => {
                    *self.current.lock().unwrap_or_else(PoisonError::into_inner) = config;
                    tracing::info!(cert = %self.files.cert.display(), "the TLS certificate was read anew");
                }
                Err(why) => tracing::error!("{why}; the TLS certificate stays what it was"),
            }
        }
    }
}

impl Files {
    async fn read(&self) -> Result<Pems, String> {
        let cert = tokio::fs::read(&self.cert).await;
        let key = tokio::fs::read(&self.key).await;
        Ok(Pems {
            cert: cert.map_err(|why| unread("tls_cert", &self.cert, &why))?,
            key: key.map_err(|why| unread("tls_key", &self.key, &why))?,
        })
    }

    /// TLS 1.2 and 1.3. Sessions are resumed by tickets that the client keeps, so none of them costs memory here.
    fn configure(&self, pems: &Pems) -> Result<Arc<ServerConfig>, String> {
        let (cert, key) = (self.cert.display(), self.key.display());
        let chain = CertificateDer::pem_slice_iter(&pems.cert).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|why| format!("`tls_cert`: {cert} is no sound PEM file: {why}"))?;
        if chain.is_empty() {
            return Err(format!("`tls_cert`: there is no certificate in {cert}"));
        }
        let private = match PrivateKeyDer::from_pem_slice(&pems.key) {
            Ok(private) => private,
            Err(pem::Error::NoItemsFound) => {
                return Err(format!(
                    "`tls_key`: there is no private key in {key} (one with a password cannot be read)"
                ));
            }
            Err(why) => return Err(format!("`tls_key`: {key} is no sound PEM file: {why}")),
        };
        let unusable = |why: rustls::Error| {
            if matches!(why, rustls::Error::InconsistentKeys(_)) {
                return format!(
                    "`tls_key`: the key in {key} does not belong to the first certificate in {cert}"
                );
            }
            format!("`tls_cert`, `tls_key`: {cert} and {key} cannot be used: {why}")
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.ticketer = aws_lc_rs::Ticketer::new().map_err(unusable)?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Arc::new(config))
    }
}

impl Pems {
    fn mark(&self) -> Mark {
        let parts = [Sha256::digest(&self.cert), Sha256::digest(&self.key)];
        Sha256::digest(parts.concat()).into()
    }
}

fn unread(setting: &str, path: &Path, why: &io::Error) -> String {
    format!("`{setting}`: cannot read {}: {why}", path.display())
}
