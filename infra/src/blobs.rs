//! The bytes of uploaded files: in a folder of this machine, or on a server that speaks S3. One key per document; which
//! documents there are, the database decides, and what it does not know is swept away.
//!
//! Trap on S3: what a killed process had half sent stays there, listed nowhere here, until the server drops it: a bucket wants
//! a lifecycle rule that ends multipart uploads after a day.

mod sweep;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::document::BlobStore;
use domain::ids::DocumentId;
use domain::time::Timestamp;
use domain::{Error, Result};
use futures_util::future::ready;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::client::{HttpError, HttpErrorKind};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientOptions, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload,
    RetryConfig,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// What is in memory of a file at once. S3 takes parts from 5 MiB on, and 10,000 of them.
const PART: usize = 8 * 1024 * 1024;
/// What is read of a local file at once.
const READ: usize = 128 * 1024;
/// How long a server may be silent; within it a part has to get there.
const SILENCE: Duration = Duration::from_secs(60);
const RETRY_AFTER: Duration = Duration::from_secs(2);
const FOLDER: &str = "documents";

/// Where and how an S3 server is reached.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// With `virtual_hosted` it names the bucket too: `https://bucket.example.org`.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: SecretString,
    /// The bucket is part of the host's name, not of the path.
    pub virtual_hosted: bool,
    /// Without TLS: for a server on the same machine or in a closed network.
    pub allow_http: bool,
    /// Goes before every key, for a bucket that is shared; may be empty.
    pub prefix: String,
}

/// The blob store; clones share it.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    /// The folder with the files, if they are on this machine.
    local: Option<PathBuf>,
}

impl Blobs {
    /// In this folder, which is made if it is not there, and is its owner's alone. What is put in is on disk.
    ///
    /// Fails with `Internal` and a text for the operator.
    pub fn local(dir: &Path) -> Result<Self> {
        let failed = |source: &dyn std::fmt::Display| {
            Error::internal(format!("cannot use the folder {}: {source}", dir.display()))
        };
        make_private(dir).map_err(|source| failed(&source))?;
        let store = LocalFileSystem::new_with_prefix(dir).map_err(|source| failed(&source))?;
        Ok(Self {
            store: Arc::new(store.with_fsync(true)),
            prefix: Key::from(FOLDER),
            local: Some(dir.join(FOLDER)),
        })
    }

    /// On an S3 server, which is not asked before the first file. Fails with `Internal` when the settings make no sense.
    pub fn s3(settings: S3Settings) -> Result<Self> {
        // The time-out for a whole request would end every long download.
        let client = ClientOptions::new()
            .with_timeout_disabled()
            .with_connect_timeout(Duration::from_secs(5))
            .with_read_timeout(SILENCE);
        let retry = RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 3,
            retry_timeout: Duration::from_secs(30),
        };
        let store = AmazonS3Builder::new()
            .with_client_options(client)
            .with_retry(retry)
            .with_endpoint(settings.endpoint.trim_end_matches('/'))
            .with_bucket_name(settings.bucket)
            .with_region(settings.region)
            .with_access_key_id(settings.access_key)
            .with_secret_access_key(settings.secret_key.expose_secret())
            .with_virtual_hosted_style_request(settings.virtual_hosted)
            .with_allow_http(settings.allow_http)
            // Not every server knows the deletion of many at once.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(|source| Error::internal(format!("the settings of the S3 server: {source}")))?;
        let prefix = Key::parse(settings.prefix.trim_matches('/'))
            .map_err(|source| Error::internal(format!("the prefix on the S3 server: {source}")))?;
        Ok(Self {
            store: Arc::new(store),
            prefix: prefix.join(FOLDER),
            local: None,
        })
    }

    /// The number of bytes, and the bytes. Fails with `Internal` when they are missing: who asks has read the document's row.
    pub async fn open(&self, id: DocumentId) -> Result<(u64, BoxStream<'static, Result<Bytes>>)> {
        let found = self.store.get(&self.key(id)).await.map_err(meaning)?;
        Ok((found.meta.size, pieces(found.payload)))
    }

    /// The bytes, if there are any of this document.
    pub(crate) async fn find(&self, id: DocumentId) -> Result<Option<BoxStream<'static, Result<Bytes>>>> {
        match self.store.get(&self.key(id)).await {
            Ok(found) => Ok(Some(pieces(found.payload))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(meaning(other)),
        }
    }

    /// All that could be documents' bytes, and whether they are older than `older_than`. Other names in the place are left out.
    pub(crate) fn list(
        &self,
        older_than: Duration,
    ) -> impl Stream<Item = Result<(DocumentId, bool)>> + Send + Unpin {
        let before = Timestamp::now().minus(older_than).into_inner();
        self.store
            .list(Some(&self.prefix))
            .map_err(meaning)
            .try_filter_map(move |found| {
                let name = found.location.filename();
                let id = name.and_then(|name| name.parse::<DocumentId>().ok());
                ready(Ok(id.map(|id| (id, found.last_modified < before))))
            })
    }

    /// Whether there are no bytes of any document.
    pub(crate) async fn is_empty(&self) -> Result<bool> {
        Ok(self.list(Duration::ZERO).try_next().await?.is_none())
    }

    fn key(&self, id: DocumentId) -> Key {
        self.prefix.clone().join(id.to_string())
    }

    async fn send(&self, key: &Key, file: &Path) -> Result<()> {
        let mut file = File::open(file).await.map_err(unreadable)?;
        let first = next_part(&mut file).await?;
        if first.len() < PART {
            self.store.put(key, first.into()).await.map_err(meaning)?;
            return Ok(());
        }
        let mut upload = self.store.put_multipart(key).await.map_err(meaning)?;
        let sent = send_parts(upload.as_mut(), first, &mut file).await;
        if sent.is_err()
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(%error, key = %key, "an upload that broke off leaves its parts behind");
        }
        sent
    }
}

#[async_trait]
impl BlobStore for Blobs {
    async fn put(&self, id: DocumentId, file: &Path) -> Result<()> {
        self.send(&self.key(id), file).await
    }

    /// On a local disk a file may come back if the machine loses power right after; the next sweep takes it.
    async fn remove(&self, id: DocumentId) -> Result<()> {
        match self.store.delete(&self.key(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(other) => Err(meaning(other)),
        }
    }
}

fn pieces(payload: GetResultPayload) -> BoxStream<'static, Result<Bytes>> {
    match payload {
        GetResultPayload::File(file, _) => ReaderStream::with_capacity(File::from_std(file), READ)
            .map(|piece| piece.map_err(Error::internal))
            .boxed(),
        GetResultPayload::Stream(pieces) => pieces.map(|piece| piece.map_err(meaning)).boxed(),
    }
}

/// One part after the other: there is never more than one in memory.
async fn send_parts(upload: &mut dyn MultipartUpload, first: Vec<u8>, file: &mut File) -> Result<()> {
    let mut part = first;
    while !part.is_empty() {
        upload.put_part(PutPayload::from(part)).await.map_err(meaning)?;
        part = next_part(file).await?;
    }
    upload.complete().await.map_err(meaning)?;
    Ok(())
}

/// Full, unless it is the last one; empty after that.
async fn next_part(file: &mut File) -> Result<Vec<u8>> {
    let mut part = Vec::new();
    file.take(PART as u64)
        .read_to_end(&mut part)
        .await
        .map_err(unreadable)?;
    Ok(part)
}

fn unreadable(source: std::io::Error) -> Error {
    Error::internal(format!("cannot read the uploaded file: {source}"))
}

fn make_private(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    #[cfg(unix)]
    std::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// What a failure of the store means: trouble with the connection, the server or the disk's space passes, all else is lasting.
fn meaning(error: object_store::Error) -> Error {
    if let object_store::Error::NotFound { path, .. } = &error {
        return Error::internal(format!("the bytes of {path} are missing in the blob store"));
    }
    if passing(&error) {
        tracing::warn!(%error, "blob store unavailable");
        return Error::Unavailable {
            retry_after: RETRY_AFTER,
        };
    }
    Error::internal(error)
}

fn passing(error: &object_store::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull, TimedOut};
    let object_store::Error::Generic { store, source } = error else {
        return false;
    };
    // A server's answer that is neither success nor refusal nor "not found", after several attempts.
    if *store == "S3" && !undecodable(source.as_ref()) {
        return true;
    }
    chain(source.as_ref())
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| matches!(cause.kind(), StorageFull | QuotaExceeded | TimedOut))
}

fn undecodable(source: &(dyn std::error::Error + 'static)) -> bool {
    chain(source)
        .filter_map(|cause| cause.downcast_ref::<HttpError>())
        .any(|cause| cause.kind() == HttpErrorKind::Decode)
}

fn chain<'a>(
    first: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(first), |cause| cause.source())
}

#[cfg(test)]
mod tests;
