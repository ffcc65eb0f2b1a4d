//! A file on its way in: multipart/form-data with the one part `file`, streamed to a place of its own in the data directory
//! while it is counted and hashed. Never more of it is in memory than a few pieces; whatever goes wrong, nothing of it stays.
//! What a part's head says is read in `part`; what becomes of the file is decided in `documents`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::document::Kind;
use domain::text::Name;
use domain::{Error, FieldError};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::{StatusCode, header};
use multer::{Constraints, Field, Multipart, SizeLimit};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::part::{FormError, Measured, Taken, filename};
use super::places::Place;
use super::request::{app, refuse, refuse_with};

/// What may come around the file: borders, heads of parts.
const AROUND: usize = 64 * 1024;
/// Parts that are looked at; a client that sends more has lost its way.
const PARTS: usize = 20;
/// RFC 2046, section 5.1.1.
const BOUNDARY: usize = 70;
/// How much is read of a body that was refused, and for how long: who is still sending would not hear why otherwise.
const UNWANTED: usize = 64 * 1024 * 1024;
const UNWANTED_FOR: Duration = Duration::from_secs(10);
/// How long a place is waited for, and when to come again without one.
const CROWDED: Duration = Duration::from_secs(10);

/// A file that has arrived whole, of a kind that can be read.
pub struct Upload {
    pub filename: Name,
    pub kind: Kind,
    pub size: i64,
    /// Lower-case hex.
    pub sha256: String,
    /// Digest of the file's bytes, name and declared type.
    pub fingerprint: Vec<u8>,
    pub file: Incoming,
}

/// The file itself, for as long as somebody holds this.
pub struct Incoming {
    path: PathBuf,
    /// Held until the file was taken in or refused.
    _place: Arc<Place>,
}

impl Incoming {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "a file that came in could not be removed");
        }
    }
}

impl<'a> ApiExtractor<'a> for Upload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let file = MetaSchema {
            description: Some("Its file name is kept; its kind is told by its content."),
            ..MetaSchema::new_with_format("string", "binary")
        };
        let form = MetaSchema {
            required: vec!["file"],
            properties: vec![("file", MetaSchemaRef::Inline(Box::new(file)))],
            ..MetaSchema::new("object")
        };
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: "multipart/form-data",
                schema: MetaSchemaRef::Inline(Box::new(form)),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = app(request)?;
        let settings = &app.settings;
        let caller = app.auth.caller(request.headers()).await;
        let caller = caller.map_err(|error| refuse(&error))?;
        let place = app.uploads.take(caller.user_id, CROWDED).await;
        let place = place.ok_or_else(|| refuse(&Error::TooMany { retry_after: CROWDED }))?;
        let limit = settings.limits.upload_size;
        let mut body = body.take()?.into_bytes_stream().boxed();
        let read = async {
            let boundary = accept(request, limit)?;
            // Steady is enough, however slow.
            let (bytes, taken) = Measured::new(&mut body, AROUND, settings.limits.request_deadline);
            let bounds = SizeLimit::new()
                .whole_stream((limit + AROUND) as u64)
                .for_field("file", limit as u64);
            let constraints = Constraints::new().size_limit(bounds);
            let form = Form {
                parts: Multipart::with_constraints(bytes, boundary, constraints),
                taken,
                folder: settings.incoming_dir(),
                place: Arc::new(place),
            };
            form.read().await
        };
        let read = Box::pin(read).await;
        if read.is_ok() {
            // What may stand behind the last border: closed unread, the connection would take the answer with it.
            let rest = read_on(body, AROUND);
            let _ = tokio::time::timeout(settings.limits.request_deadline, rest).await;
        } else {
            // It belongs to nobody, and ends by itself: with the connection, the body, or the time.
            tokio::spawn(tokio::time::timeout(UNWANTED_FOR, read_on(body, UNWANTED)));
        }
        read
    }
}

/// Reads to the end of a body, or about so many bytes of it, for nobody.
async fn read_on(mut body: BoxStream<'static, std::io::Result<Bytes>>, most: usize) {
    let mut left = most;
    while let Some(Ok(bytes)) = body.next().await {
        left = left.saturating_sub(bytes.len());
        if left == 0 {
            return;
        }
    }
}

/// What the request's head says: that it is a form, and not too large. Gives the border between its parts.
fn accept(request: &Request, limit: usize) -> poem::Result<String> {
    let header = |name| request.headers().get(name)?.to_str().ok();
    let declared: Option<usize> = header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if declared.is_some_and(|length| length > limit + AROUND) {
        return Err(too_large());
    }
    let boundary = header(header::CONTENT_TYPE).and_then(|kind| multer::parse_boundary(kind).ok());
    boundary
        .filter(|boundary| (1..=BOUNDARY).contains(&boundary.len()))
        .ok_or_else(|| wrong_type("The body must be multipart/form-data with a boundary."))
}

struct Form<'a> {
    parts: Multipart<'a>,
    taken: Taken,
    folder: PathBuf,
    place: Arc<Place>,
}

/// What the part `file` was.
struct Received {
    name: Result<Name, String>,
    declared: String,
    size: usize,
    sha256: String,
    file: Incoming,
}

impl Form<'_> {
    async fn read(mut self) -> poem::Result<Upload> {
        let mut errors = Vec::new();
        let mut received: Option<Received> = None;
        let mut parts = 0;
        while let Some(part) = self.parts.next_field().await.map_err(|error| broken(&error))? {
            parts += 1;
            if parts > PARTS {
                return Err(invalid(vec![FieldError::new("", "has too many parts")]));
            }
            let wanted = part.name() == Some("file");
            if wanted && received.is_none() {
                received = Some(self.receive(part).await?);
                continue;
            }
            errors.push(if wanted {
                FieldError::new("file", "must be one file alone")
            } else {
                let name: String = part.name().unwrap_or_default().chars().take(100).collect();
                FieldError::new(name, "is no part of this request")
            });
            self.pass(part).await?;
        }
        let Some(received) = received else {
            errors.push(FieldError::new("file", "is required"));
            return Err(invalid(errors));
        };
        match received.name {
            Ok(ref name) if errors.is_empty() => {
                let name = name.clone();
                finish(received, name).await
            }
            Ok(_) => Err(invalid(errors)),
            Err(message) => {
                errors.push(FieldError::new("filename", message));
                Err(invalid(errors))
            }
        }
    }

    async fn receive(&self, mut part: Field<'_>) -> poem::Result<Received> {
        let name = filename(part.headers());
        let declared = part
            .content_type()
            .map_or_else(String::new, |kind| kind.to_string());
        let internal = |error: std::io::Error| refuse(&on_disk(error));
        tokio::fs::create_dir_all(&self.folder).await.map_err(internal)?;
        let path = self.folder.join(Uuid::now_v7().simple().to_string());
        let mut file = File::create_new(&path).await.map_err(internal)?;
        let incoming = Incoming {
            path,
            _place: self.place.clone(),
        };
        let (mut size, mut digest) = (0, Sha256::new());
        while let Some(bytes) = self.piece(&mut part).await? {
            size += bytes.len();
            digest.update(&bytes);
            file.write_all(&bytes).await.map_err(internal)?;
        }
        file.flush().await.map_err(internal)?;
        let sha256 = digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Received {
            name,
            declared,
            size,
            sha256,
            file: incoming,
        })
    }

    async fn piece(&self, part: &mut Field<'_>) -> poem::Result<Option<Bytes>> {
        let piece = part.chunk().await.map_err(|error| broken(&error))?;
        if let Some(bytes) = &piece {
            self.taken.add(bytes.len());
        }
        Ok(piece)
    }

    /// Reads on to the end of a part that nobody wants.
    async fn pass(&self, mut part: Field<'_>) -> poem::Result<()> {
        while self.piece(&mut part).await?.is_some() {}
        Ok(())
    }
}

/// A full disk passes, as a full database does.
fn on_disk(error: std::io::Error) -> Error {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    if [StorageFull, QuotaExceeded].contains(&error.kind()) {
        tracing::error!(%error, "there is no room for an upload");
        return Error::Unavailable { retry_after: CROWDED };
    }
    Error::internal(error)
}

async fn finish(received: Received, filename: Name) -> poem::Result<Upload> {
    let (path, name) = (received.file.path().to_owned(), filename.clone());
    let found = tokio::task::spawn_blocking(move || infra::extract::detect(&path, name.as_str())).await;
    let found = found.map_err(|error| refuse(&Error::internal(error)))?;
    let kind = found.map_err(|error| refuse(&Error::internal(error)))?;
    let kind = kind.ok_or_else(|| {
        wrong_type(
            "This is no file that can be read. Text, Markdown, HTML, PDF, DOCX, PPTX, XLSX, CSV and JSON can.",
        )
    })?;
    let mut fingerprint = Sha256::new();
    for part in [&received.sha256, filename.as_str(), &received.declared] {
        fingerprint.update(part);
        fingerprint.update([0]);
    }
    Ok(Upload {
        filename,
        kind,
        size: i64::try_from(received.size).unwrap_or(i64::MAX),
        sha256: received.sha256,
        fingerprint: fingerprint.finalize().to_vec(),
        file: received.file,
    })
}

fn broken(error: &multer::Error) -> poem::Error {
    let large = matches!(
        error,
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. }
    );
    if large {
        return too_large();
    }
    if let multer::Error::StreamReadFailed(source) = error
        && let Some(FormError::Stalled) = source.downcast_ref()
    {
        let detail = "Nothing of the file arrived for too long.";
        return refuse_with(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail);
    }
    refuse_with(
        StatusCode::BAD_REQUEST,
        "unreadable",
        "The body is no complete multipart/form-data.",
    )
}

fn too_large() -> poem::Error {
    refuse_with(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "The file is larger than allowed.",
    )
}

fn wrong_type(detail: &str) -> poem::Error {
    refuse_with(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        detail,
    )
}

fn invalid(errors: Vec<FieldError>) -> poem::Error {
    refuse(&Error::Invalid(errors))
}
