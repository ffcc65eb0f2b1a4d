//! The port to where the bytes of uploaded files are kept: a folder, or an S3-compatible server. Reading them for a download is
//! `api`'s and `infra`'s business; the domain only decides that they come and go.

use std::path::Path;

use async_trait::async_trait;

use crate::error::Result;
use crate::ids::DocumentId;

#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Copies a file in under this document's key; when it returns, the bytes are durable.
    async fn put(&self, id: DocumentId, file: &Path) -> Result<()>;
    /// Takes the bytes away; none being there is fine.
    async fn remove(&self, id: DocumentId) -> Result<()>;
}
