//! What handlers are given: who calls, ids from paths, pages; bodies are in `body`. The order of a handler's parameters is the order of the
//! checks: the caller first (401), then what is wrong with the request itself (413, 415, 400, 422), then rights.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use domain::ids::{BotId, ConnectionId, DocumentId, MessageId, NotificationId, SessionId, UserId};
use domain::page::Page;
use domain::{Caller, Credential, Error, FieldError};
use http::StatusCode;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, MetaSecurityScheme, Registry};
use poem_openapi::types::{ParseFromParameter, ParseResult, ToJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;
use uuid::Uuid;

use super::page;
use super::peer::is_local;
use crate::app::App;
use crate::error::{Problem, problem};

const SECURITY_SCHEME: &str = "bearer";

pub(super) fn refuse(error: &Error) -> poem::Error {
    poem::Error::from_response(problem(error).response())
}

pub(super) fn refuse_with(status: StatusCode, code: &'static str, detail: &str) -> poem::Error {
    poem::Error::from_response(Problem::new(status, code, detail).response())
}

pub(super) fn app(request: &Request) -> poem::Result<&Arc<App>> {
    request
        .data::<Arc<App>>()
        .ok_or_else(|| refuse(&Error::internal("the app is not among the request's data")))
}

/// The person who calls, identified and within their request rate, and the address they call from.
pub struct Signed(pub Caller, pub IpAddr);

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
                Ok(Self(caller, app.peers.client(request)))
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

id_conversions! { BotId SessionId MessageId UserId NotificationId ConnectionId DocumentId }

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

/// A parameter of the query that is `true` or `false`; absent means `false`.
pub fn flag(name: &str, text: Option<&str>) -> Result<bool, Error> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid(name, "must be true or false")),
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
