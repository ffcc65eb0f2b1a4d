//! What handlers give back: a body with its status, and the refusals an operation documents. The statuses stand in the types,
//! so that `openapi.yaml` cannot forget one.

use std::marker::PhantomData;

use domain::Error;
use domain::idempotency::Kept;
use http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};

use super::view;
use crate::error::{CONTENT_TYPE, problem};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A JSON body under one status.
pub struct Reply<T, const STATUS: u16 = 200> {
    body: T,
    headers: Vec<(HeaderName, HeaderValue)>,
}

pub type Created<T> = Reply<T, 201>;
pub type Accepted<T> = Reply<T, 202>;

impl<T, const STATUS: u16> Reply<T, STATUS> {
    pub fn new(body: T) -> Self {
        Self {
            body,
            headers: Vec::new(),
        }
    }

    /// For what may have been made by an earlier request with the same key.
    pub fn kept<U>(kept: Kept<U>, view: impl FnOnce(U) -> T) -> Self {
        let headers = if kept.replayed {
            vec![(REPLAYED, HeaderValue::from_static("true"))]
        } else {
            Vec::new()
        };
        Self {
            body: view(kept.value),
            headers,
        }
    }

    pub fn tagged(mut self, version: i64) -> Self {
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
            self.headers.push((header::ETAG, tag));
        }
        self
    }
}

pub(super) fn meta(status: u16, content: Vec<MetaMediaType>, headers: Vec<MetaHeader>) -> MetaResponse {
    MetaResponse {
        description: description(status),
        status: Some(status),
        status_range: None,
        content,
        headers,
    }
}

fn description(status: u16) -> &'static str {
    match status {
        200 => "Done",
        201 => "Made",
        202 => "Accepted",
        204 => "Done, nothing to say",
        400 => "Unreadable: no JSON, no UTF-8 or a broken percent-encoding",
        401 => "No credential, or one that does not hold",
        403 => "Visible, but not allowed",
        404 => "Not there, or not visible",
        408 => "The request took too long to arrive",
        409 => "The state forbids it",
        412 => "The version is not the present one",
        413 => "Larger than allowed",
        415 => "Not of the type that is expected",
        422 => "Readable, but wrong",
        429 => "Too many requests",
        503 => "Not possible just now",
        _ => "Something else",
    }
}

impl<T: ToJSON, const STATUS: u16> IntoResponse for Reply<T, STATUS> {
    fn into_response(self) -> Response {
        let body = self.body.to_json_string();
        let mut response = Response::builder().content_type("application/json").body(body);
        response.set_status(StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK));
        response.headers_mut().extend(self.headers);
        response
    }
}

impl<T: Type + ToJSON, const STATUS: u16> ApiResponse for Reply<T, STATUS> {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType {
            content_type: "application/json",
            schema: T::schema_ref(),
        }];
        MetaResponses {
            responses: vec![meta(STATUS, content, Vec::new())],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 204.
pub struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![meta(204, Vec::new(), Vec::new())],
        }
    }

    fn register(_registry: &mut Registry) {}
}

/// 201 when something was made, 200 when what was there has changed.
pub enum MadeOrChanged<T> {
    Made(T),
    Changed(T),
}

impl<T: ToJSON> IntoResponse for MadeOrChanged<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Made(body) => Created::new(body).into_response(),
            Self::Changed(body) => Reply::<T>::new(body).into_response(),
        }
    }
}

impl<T: Type + ToJSON> ApiResponse for MadeOrChanged<T> {
    fn meta() -> MetaResponses {
        let mut both = Reply::<T>::meta();
        both.responses.extend(Created::<T>::meta().responses);
        both
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// Which refusals an operation can answer with.
pub trait Refusals: Send + Sync + 'static {
    const STATUSES: &'static [u16];
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident [$($status:literal)*];)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Refusals for $name {
            const STATUSES: &'static [u16] = &[$($status),*];
        }
    )*};
}

refusals! {
    /// Anonymous, with a body.
    Knock [400 401 403 408 409 413 415 422 429 503];
    /// Signed, about the caller alone, without a body.
    Own [400 401 422 429 503];
    /// Signed, about the caller alone, with a body.
    OwnChange [400 401 403 408 409 413 415 422 429 503];
    /// Reading something that rights are needed for.
    Look [400 401 403 404 422 429 503];
    /// Doing something that needs no body.
    Act [400 401 403 404 409 422 429 503];
    /// Making or changing something.
    Write [400 401 403 404 408 409 413 415 422 429 503];
    /// Changing what has a version.
    Versioned [400 401 403 404 408 409 412 413 415 422 429 503];
    /// For administrators, reading.
    Admin [400 401 403 422 429 503];
}

/// A refusal of an operation of kind `K`.
#[derive(Debug)]
pub struct Refused<K>(Response, PhantomData<fn() -> K>);

impl<K> From<Error> for Refused<K> {
    fn from(error: Error) -> Self {
        Self(problem(&error).response(), PhantomData)
    }
}

impl<K: Refusals> From<Refused<K>> for poem::Error {
    fn from(refused: Refused<K>) -> Self {
        Self::from_response(refused.0)
    }
}

impl<K: Refusals> ApiResponse for Refused<K> {
    fn meta() -> MetaResponses {
        let responses = K::STATUSES.iter().map(|status| {
            let content = vec![MetaMediaType {
                content_type: CONTENT_TYPE,
                schema: view::Problem::schema_ref(),
            }];
            let headers = match status {
                429 | 503 => vec![MetaHeader {
                    name: "Retry-After".into(),
                    description: Some("Seconds to wait.".into()),
                    required: true,
                    deprecated: false,
                    schema: <u64 as Type>::schema_ref(),
                }],
                _ => Vec::new(),
            };
            meta(*status, content, headers)
        });
        MetaResponses {
            responses: responses.collect(),
        }
    }

    fn register(registry: &mut Registry) {
        view::Problem::register(registry);
    }
}

/// What handlers of kind `K` return.
pub type Outcome<T, K> = Result<T, Refused<K>>;

/// `text/event-stream`, until the client goes or the right to it ends.
pub struct EventStream(pub Response);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for EventStream {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType {
            content_type: "text/event-stream",
            schema: <String as Type>::schema_ref(),
        }];
        MetaResponses {
            responses: vec![meta(200, content, Vec::new())],
        }
    }

    fn register(_registry: &mut Registry) {}
}
