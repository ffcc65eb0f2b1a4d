//! What handlers are given: who calls, ids from paths, parsed bodies. The order of a handler's parameters is the order of the
//! checks: the caller first (401), then what is wrong with the request itself (413, 415, 400, 422), then rights.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use domain::idempotency::IdempotencyKey;
use domain::ids::{BotId, ConnectionId, MessageId, NotificationId, SessionId, UserId};
use domain::page::Page;
use domain::{Caller, Credential, Error, FieldError};
use http::{HeaderMap, StatusCode, header};
use poem::error::ReadBodyError;
use poem::{Request, RequestBody};
use poem_openapi::registry::{
    MetaMediaType, MetaParamIn, MetaRequest, MetaSchema, MetaSchemaRef, MetaSecurityScheme, Registry,
};
use poem_openapi::types::{ParseFromParameter, ParseResult, ToJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::fields::Fields;
use super::page;
use super::peer::is_local;
use crate::app::App;
use crate::error::{Problem, problem};

const SECURITY_SCHEME: &str = "bearer";

pub(super) fn refuse(error: &Error) -> poem::Error {
    poem::Error::from_response(problem(error).response())
}

fn refuse_with(status: StatusCode, code: &'static str, detail: &str) -> poem::Error {
    poem::Error::from_response(Problem::new(status, code, detail).response())
}

pub(super) fn app(request: &Request) -> poem::Result<&Arc<App>> {
    request
        .data::<Arc<App>>()
        .ok_or_else(|| refuse(&Error::internal("the app is not among the request's data")))
}

/// The person who calls, identified and within their request rate.
pub struct Signed(pub Caller);

impl<'a> ApiExtractor<'a> for Signed {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SECURITY_SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some("An access token."),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: None,
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SECURITY_SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = app(request)?;
        match app.auth.caller(request.headers()).await {
            Ok(caller) => {
                app.rates
                    .check_user(caller.user_id)
                    .map_err(|error| refuse(&error))?;
                Ok(Self(caller))
            }
            Err(error @ Error::Unauthenticated(_)) => {
                // Guessing of tokens counts as anonymous traffic of that address.
                app.rates
                    .check_address(app.peers.client(request))
                    .map_err(|error| refuse(&error))?;
                Err(refuse(&error))
            }
            Err(error) => Err(refuse(&error)),
        }
    }
}

/// Somebody unknown, within the rate of their address.
pub struct Visitor {
    pub address: IpAddr,
    /// They sit at this very machine.
    pub local: bool,
}

impl<'a> ApiExtractor<'a> for Visitor {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    /// The document says of such an operation that it needs no credential.
    fn has_security_fallback() -> bool {
        true
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = app(request)?;
        let address = app.peers.client(request);
        app.rates.check_address(address).map_err(|error| refuse(&error))?;
        Ok(Self {
            address,
            local: is_local(request),
        })
    }
}

/// An id in a path. A malformed one is an unknown one: it reads as the nil UUID, which nothing ever has.
#[derive(Debug, Clone, Copy)]
pub struct Id(Uuid);

macro_rules! id_conversions {
    ($($name:ident)*) => {$(
        impl From<Id> for $name {
            fn from(id: Id) -> Self {
                Self(id.0)
            }
        }
    )*};
}

id_conversions! { BotId SessionId MessageId UserId NotificationId ConnectionId }

impl Type for Id {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_uuid".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "uuid")))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for Id {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.to_string()))
    }
}

impl ParseFromParameter for Id {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(Uuid::try_parse(value).unwrap_or(Uuid::nil())))
    }
}

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

/// `limit` and `cursor` of a list, as the query gave them.
pub fn page(limit: Option<&str>, cursor: Option<&str>) -> Result<Page, Error> {
    let mut errors = Vec::new();
    let limit = page::limit(limit).unwrap_or_else(|message| {
        errors.push(FieldError::new("limit", message));
        page::DEFAULT_LIMIT
    });
    let after = cursor.map(page::decode).transpose().unwrap_or_else(|message| {
        errors.push(FieldError::new("cursor", message));
        None
    });
    if errors.is_empty() {
        Ok(Page { limit, after })
    } else {
        Err(Error::Invalid(errors))
    }
}

/// The credential of an event stream, by the rules of socket handshakes; whether it holds is asked when the stream is greeted.
pub struct Listener(pub Credential);

impl<'a> ApiExtractor<'a> for Listener {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        Signed::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SECURITY_SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = app(request)?;
        match app.auth.handshake(request).await {
            Ok(credential) => {
                app.rates
                    .check_user(credential.user_id)
                    .map_err(|error| refuse(&error))?;
                Ok(Self(credential))
            }
            Err(error) => {
                app.rates
                    .check_address(app.peers.client(request))
                    .map_err(|error| refuse(&error))?;
                Err(refuse(&error))
            }
        }
    }
}
