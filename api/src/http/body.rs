//! Bodies of requests: read within their bound, found to be JSON, checked field by field. And the key that makes it safe to
//! send one again.

use domain::Error;
use domain::idempotency::IdempotencyKey;
use http::{HeaderMap, StatusCode, header};
use poem::error::ReadBodyError;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaParamIn, MetaRequest, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::fields::Fields;
use super::request::{app, refuse, refuse_with};

/// The shape of a request's body: `Self` documents it, `read` makes the domain's parsed form of it.
pub trait Input: Type {
    type Parsed: Send;
    /// Whether sending no body at all is the same as sending `{}`.
    const MAY_BE_ABSENT: bool = false;
    fn read(fields: &mut Fields) -> Option<Self::Parsed>;
}

/// A JSON body, read and found right.
pub struct Body<I: Input> {
    pub value: I::Parsed,
    /// Digest of the body as parsed: blanks and the order of fields do not matter.
    pub fingerprint: Vec<u8>,
}

impl<'a, I: Input> ApiExtractor<'a> for Body<I> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        I::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType {
            content_type: "application/json",
            schema: I::schema_ref(),
        }];
        Some(MetaRequest {
            description: None,
            content,
            required: !I::MAY_BE_ABSENT,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let json = read_json(request, body, I::MAY_BE_ABSENT).await?;
        let fingerprint = Sha256::digest(json.to_string()).to_vec();
        let read = || {
            let mut fields = Fields::of(json)?;
            let value = I::read(&mut fields);
            fields.finish(value)
        };
        let value = read().map_err(|error| refuse(&error))?;
        Ok(Self { value, fingerprint })
    }
}

async fn read_json(request: &Request, body: &mut RequestBody, may_be_absent: bool) -> poem::Result<Value> {
    let limit = app(request)?.settings.limits.json_size;
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = || {
        refuse_with(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is larger than allowed.",
        )
    };
    if declared.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    // Neither a length nor pieces: RFC 9112, section 6.3, says that there is no body.
    let absent = declared.unwrap_or(0) == 0 && !request.headers().contains_key(header::TRANSFER_ENCODING);
    if may_be_absent && absent {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if !is_json(request.headers()) {
        let detail = "The body must be application/json.";
        return Err(refuse_with(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            detail,
        ));
    }
    let bytes = match body.take()?.into_bytes_limit(limit).await {
        Ok(bytes) => bytes,
        Err(ReadBodyError::PayloadTooLarge) => return Err(too_large()),
        Err(_unreadable) => {
            return Err(refuse_with(
                StatusCode::BAD_REQUEST,
                "unreadable",
                "The body broke off.",
            ));
        }
    };
    serde_json::from_slice(&bytes).map_err(|_| {
        refuse_with(
            StatusCode::BAD_REQUEST,
            "invalid_json",
            "The body is no JSON text in UTF-8.",
        )
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The header `Idempotency-Key`: what it says, however it is written, so that a key that cannot be one is not taken for none.
pub struct RepeatKey(Option<Vec<u8>>);

impl<'a> ApiExtractor<'a> for RepeatKey {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = Option<String>;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(<Option<String> as Type>::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        options: ExtractParamOptions<Option<String>>,
    ) -> poem::Result<Self> {
        Ok(Self(
            request
                .headers()
                .get(options.name)
                .map(|value| value.as_bytes().to_vec()),
        ))
    }
}

impl RepeatKey {
    /// The key of a request to this path with this body; `None` if the client sent none.
    pub fn of(
        self,
        method: &str,
        path: String,
        fingerprint: Vec<u8>,
    ) -> Result<Option<IdempotencyKey>, Error> {
        let Some(key) = self.0 else { return Ok(None) };
        let printable = (1..=255).contains(&key.len()) && key.iter().all(|byte| (0x20..0x7f).contains(byte));
        let key = String::from_utf8(key).ok().filter(|_| printable);
        let key = key.ok_or_else(|| {
            Error::invalid("Idempotency-Key", "must be 1 to 255 printable ASCII characters")
        })?;
        Ok(Some(IdempotencyKey {
            key,
            scope: format!("{method} {path}"),
            fingerprint,
        }))
    }
}
