//! `colloquy backup`, `restore` and `verify`: from the settings to the places and keys, and what is told of it. How a backup is
//! taken, restored and looked into is `infra/src/backup`.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use infra::backup::{
    self, KEY_FILE, Key, Manifest, Place, Restored, Secrets, Taken, Verified, read_manifest,
};
use infra::blobs::Blobs;
use infra::sealing::{Sealer, fingerprint};
use infra::store::DatabaseAt;
use secrecy::ExposeSecret;

use crate::config::{Settings, key_in};
use crate::storage::{self, told};
use crate::telemetry::tell;

/// What is told, and what of it is no success.
pub type Said = (String, Option<String>);

/// Bytes that are older and belong to no document are no upload on its way.
const UPLOAD: Duration = Duration::from_secs(60 * 60);

/// `colloquy backup DIR`.
pub async fn backup(settings: &Settings, dir: &Path) -> anyhow::Result<Said> {
    let (database, blobs) = present(settings)?;
    let place = Place {
        database: &database,
        blobs: &blobs,
    };
    let key = key(settings)?;
    let taken = Box::pin(backup::take(&place, &key, dir, &progress));
    let Taken { manifest, with_key } = taken.await.map_err(told)?;
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    let mut said = format!(
        "{} holds {rows} rows and {} files ({} bytes) as they were at {}",
        dir.display(),
        manifest.blobs.files,
        manifest.blobs.bytes,
        manifest.taken_at
    );
    said += match (with_key, &manifest.key_fingerprint) {
        (true, _) => {
            "\nThe signing key is in it: whoever reads this backup can do all that the server can. Keep it as safe."
        }
        (false, Some(_)) => "\nThe signing key is not in it: keep the setting `secret` somewhere else.",
        (false, None) => "\nThere is no signing key yet: no server has ever run here.",
    };
    let wrong = incomplete(&manifest).map(|(missing, damaged)| {
        format!(
            "the backup is whole but for {missing} files that the blob store has lost and {damaged} that are damaged there; its \
             manifest names them"
        )
    });
    Ok((said, wrong))
}

/// `colloquy restore DIR`.
pub async fn restore(settings: &Settings, dir: &Path) -> anyhow::Result<Said> {
    let manifest = read_manifest(dir).map_err(told)?;
    // A server in this data folder has it, and one that starts meanwhile does not get it.
    let _held = storage::hold(settings)?;
    let Keys { secrets, lost } = keys(settings, dir, &manifest)?;
    let (database, blobs) = (settings.database()?, storage::blob_store(settings)?);
    let place = Place {
        database: &database,
        blobs: &blobs,
    };
    let restored = Box::pin(backup::restore(dir, &place, secrets, &progress));
    let Restored {
        rows,
        files,
        sealed_keys,
    } = restored.await.map_err(told)?;
    let mut said = format!(
        "{rows} rows and {files} files are as they were at {}; a new epoch begins, and everybody logs in anew",
        manifest.taken_at
    );
    if lost && sealed_keys > 0 {
        said += &format!(
            "\nThe keys of {sealed_keys} model servers were sealed under another signing key: set `secret` to the one that the \
             backed-up installation had before you start the server, or have their owners set them anew."
        );
    }
    let wrong = incomplete(&manifest).map(|(missing, damaged)| {
        format!(
            "the restore is whole but for {missing} files that were missing and {damaged} that were damaged when the backup was \
             taken; its manifest names them"
        )
    });
    Ok((said, wrong))
}

/// How many files were missing and how many were damaged when it was taken, if any were.
fn incomplete(manifest: &Manifest) -> Option<(usize, usize)> {
    let lost = (manifest.blobs.missing.len(), manifest.blobs.damaged.len());
    (lost != (0, 0)).then_some(lost)
}

/// `colloquy verify [DIR]`.
pub async fn verify(settings: &Settings, dir: Option<&Path>) -> anyhow::Result<Said> {
    let verified = match dir {
        Some(dir) => Box::pin(backup::verify_backup(dir, &std::env::temp_dir(), &progress)).await,
        None => {
            let (database, blobs) = present(settings)?;
            let place = Place {
                database: &database,
                blobs: &blobs,
            };
            Box::pin(backup::verify_live(&place, UPLOAD, &progress)).await
        }
    };
    let Verified {
        mut findings,
        total,
        summary,
    } = verified.map_err(told)?;
    if total == 0 {
        return Ok((format!("sound: {summary}"), None));
    }
    findings.push(format!("looked at: {summary}"));
    Ok((findings.join("\n"), Some(format!("faults: {total}"))))
}

/// An installation that is there. Nothing is made of one that is not.
fn present(settings: &Settings) -> anyhow::Result<(DatabaseAt, Blobs)> {
    let database = settings.database()?;
    if let DatabaseAt::File(path) = &database
        && !path.is_file()
    {
        bail!("there is no database {}", path.display());
    }
    Ok((database, storage::blob_store(settings)?))
}

fn progress(line: &str) {
    tell(line);
}

/// That of this installation. None is made: there may be no installation.
fn key(settings: &Settings) -> anyhow::Result<Key> {
    let file = Some(settings.key_file()).filter(|file| settings.secret.is_none() && file.exists());
    if settings.secret.is_none() && file.is_none() {
        return Ok(Key::default());
    }
    let key = settings.signing_key()?;
    Ok(Key {
        fingerprint: fingerprint(key.expose_secret()),
        file,
    })
}

struct Keys {
    secrets: Secrets,
    /// What was sealed under the backed-up installation's key cannot be opened by this one.
    lost: bool,
}

/// The key that an installation made for itself comes with the backup. Where `secret` is set, that one counts, and what was sealed
/// under the other is sealed anew.
fn keys(settings: &Settings, dir: &Path, manifest: &Manifest) -> anyhow::Result<Keys> {
    let kept = dir.join(KEY_FILE);
    let old = kept.exists().then(|| key_in(&kept)).transpose()?;
    let file = settings.key_file();
    let new = if settings.secret.is_some() || file.exists() {
        Some(settings.signing_key()?)
    } else {
        None
    };
    let differs =
        |new: &[u8]| manifest.key_fingerprint.is_some() && fingerprint(new) != manifest.key_fingerprint;
    let mut keys = Keys {
        secrets: Secrets::default(),
        lost: false,
    };
    match (old, new) {
        (Some(_), None) => keys.secrets.key_file = Some(file),
        (Some(old), Some(new)) if differs(new.expose_secret()) => {
            if settings.secret.is_none() {
                bail!(
                    "there is another signing key, {}: remove it, and the backup's takes its place; nothing was changed",
                    file.display()
                );
            }
            let sealer = |key: &[u8]| Sealer::new(key).context("the signing key cannot be used");
            keys.secrets.reseal = Some((sealer(old.expose_secret())?, sealer(new.expose_secret())?));
        }
        (Some(_), Some(_)) => {}
        (None, Some(new)) => keys.lost = differs(new.expose_secret()),
        (None, None) => keys.lost = manifest.key_fingerprint.is_some(),
    }
    Ok(keys)
}
