//! The outermost layer: whatever came out below, framework refusals included, leaves in the one error form, with the id of its
//! request. Also what must be refused before routing: paths and queries that cannot be read.

use http::{Method, StatusCode, header};
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError};

use super::request_id::RequestId;
use crate::error::{Problem, problem};

pub struct Problems;

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = ProblemsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ProblemsEndpoint { inner }
    }
}

pub struct ProblemsEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for ProblemsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = RequestId::current().map(|id| id.to_string()).unwrap_or_default();
        let head = request.method() == Method::HEAD;
        if !readable(request.uri().path()) || !request.uri().query().is_none_or(readable) {
            let refusal = Problem::new(
                StatusCode::BAD_REQUEST,
                "unreadable",
                "The path or query cannot be decoded.",
            );
            return Ok(refusal.response(&id));
        }
        let response = match self.inner.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => refusal(error),
        };
        let mut finished = match response.extensions().get::<Problem>() {
            // Written anew, now that the request's id is known.
            Some(problem) => keep_headers(&response, problem.clone().response(&id)),
            None => response,
        };
        if head {
            finished.set_body(());
        }
        Ok(finished)
    }
}

/// Headers that layers below have set on a refusal (CORS, `Allow`) stay on it.
fn keep_headers(before: &Response, mut after: Response) -> Response {
    for (name, value) in before.headers() {
        if !after.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            after.headers_mut().append(name.clone(), value.clone());
        }
    }
    after
}

/// What poem and poem-openapi refuse by themselves.
fn refusal(error: poem::Error) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let plain = |status, code, detail: &str| Problem::new(status, code, detail).response("");
    if error.is::<NotFoundError>() || error.is::<ParsePathError>() {
        return problem(&domain::Subject::Page.into()).response("");
    }
    if error.is::<MethodNotAllowedError>() {
        return plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This path does not take that method.",
        );
    }
    if let Some(parameter) = error.downcast_ref::<ParseParamError>() {
        return problem(&domain::Error::invalid(parameter.name, "cannot be read")).response("");
    }
    if error.is::<ContentTypeError>() {
        let detail = "The body must be application/json.";
        return plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            detail,
        );
    }
    let status = error.status();
    if status.is_client_error() {
        return plain(status, "bad_request", "The request cannot be served.");
    }
    problem(&domain::Error::internal(error.to_string())).response("")
}

/// Percent-encoding that is complete and decodes to UTF-8.
fn readable(text: &str) -> bool {
    let bytes = text.as_bytes();
    let complete = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| {
            bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        });
    complete && percent_encoding::percent_decode(bytes).decode_utf8().is_ok()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn broken_percent_encoding_is_seen() {
        for (text, fine) in [
            ("/a%20b", true),
            ("/a%2", false),
            ("/a%zz", false),
            ("/%ff", false),
            ("/%c3%a9", true),
            ("q=%", false),
        ] {
            assert_eq!(readable(text), fine, "{text}");
        }
    }
}
