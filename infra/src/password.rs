//! Hashing of passwords: argon2id. It is meant to be slow, so it runs beside the async threads, one at a time per core, and its queue is short: a crowd at the log-in is told to come back rather than made to wait for long.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::account::PasswordHash;
use domain::text::Password;
use domain::{Error, Result};
use tokio::sync::Semaphore;

/// What a hash costs, and how many may be made at a time.
#[derive(Debug, Clone, Copy)]
pub struct Hashing {
    /// Bytes of memory.
    pub memory: usize,
    pub passes: u32,
    pub lanes: u32,
    /// Hashes at a time; 0 is one per core.
    pub parallel: usize,
    /// Who waits behind those that are being hashed; one more is turned away.
    pub queue: usize,
}

impl Default for Hashing {
    /// 19 MiB, two passes, one lane; one per core, 64 waiting.
    fn default() -> Self {
        Self {
            memory: 19 * 1024 * 1024,
            passes: 2,
            lanes: 1,
            parallel: 0,
            queue: 64,
        }
    }
}

/// The hasher; clones share its places.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// One permit for each that is hashed or waits.
    places: Arc<Semaphore>,
    /// One permit per core.
    cores: Arc<Semaphore>,
    /// What a password is compared with when there is no account: nobody knows what was hashed.
    nobody: PasswordHash,
}

impl Passwords {
    /// Makes the hasher, which hashes once itself. Fails with `Internal` if argon2 does not take these costs, or the machine
    /// gives no random numbers.
    pub fn new(hashing: Hashing) -> Result<Self> {
        let memory_kib = u32::try_from(hashing.memory / 1024).unwrap_or(u32::MAX);
        let params = Params::new(memory_kib, hashing.passes, hashing.lanes, None);
        let params = params.map_err(|source| Error::internal(source.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, uuid::Uuid::new_v4().as_bytes())?;
        let cores = match hashing.parallel {
            0 => available_parallelism().map_or(1, usize::from),
            parallel => parallel,
        };
        Ok(Self {
            argon2,
            places: Arc::new(Semaphore::new(cores + hashing.queue)),
            cores: Arc::new(Semaphore::new(cores)),
            nobody,
        })
    }

    /// A PHC string with a salt of its own. `Unavailable` when the queue is full.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.run(move || hash(&argon2, password.expose().as_bytes()))
            .await
    }

    /// Whether this is the password. Without a hash the answer is no, after the same time: who asks cannot tell an unknown
    /// name from a wrong password. `Unavailable` when the queue is full, `Internal` when the stored hash makes no sense.
    pub async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).clone();
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let matches = self
            .run(move || verify(&argon2, password.expose().as_bytes(), &stored))
            .await?;
        Ok(known && matches)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| Error::Unavailable {
            retry_after: Duration::from_secs(1),
        })?;
        let core = self
            .cores
            .clone()
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            // The permits go with the work, not with the caller: a caller that gives up does not make the core free.
            let _held = (place, core);
            work()
        });
        done.await.map_err(Error::internal)?
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<PasswordHash> {
    let hash: Phc = argon2
        .hash_password(password)
        .map_err(|source| Error::internal(source.to_string()))?;
    Ok(PasswordHash(hash.to_string()))
}

fn verify(argon2: &Argon2<'_>, password: &[u8], stored: &PasswordHash) -> Result<bool> {
    let parsed = Phc::new(&stored.0).map_err(|source| Error::internal(source.to_string()))?;
    match argon2.verify_password(password, &parsed) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(other) => Err(Error::internal(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_recognised_and_nothing_else_is() {
        let passwords = Passwords::new(Hashing::default()).unwrap();
        let right = Password::parse("correct horse").unwrap();
        let wrong = Password::parse("battery staple").unwrap();
        let stored = passwords.hash(&right).await.unwrap();
        assert!(
            stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            stored.0
        );
        assert!(passwords.verify(&right, Some(&stored)).await.unwrap());
        assert!(!passwords.verify(&wrong, Some(&stored)).await.unwrap());
        assert!(!passwords.verify(&right, None).await.unwrap());
        assert_ne!(
            stored.0,
            passwords.hash(&right).await.unwrap().0,
            "every hash has a salt of its own"
        );
    }

    #[tokio::test]
    async fn one_more_than_the_queue_holds_is_turned_away() {
        let passwords = Passwords::new(Hashing::default()).unwrap();
        let password = Password::parse("correct horse").unwrap();
        let all = u32::try_from(passwords.places.available_permits()).unwrap();
        let last = passwords.places.clone().try_acquire_many_owned(all).unwrap();
        assert!(matches!(
            passwords.hash(&password).await,
            Err(Error::Unavailable { .. })
        ));
        drop(last);
        assert!(passwords.hash(&password).await.is_ok());
    }
}
