//! The outermost layer: whatever came out below, framework refusals included, leaves in the one error form, with the id of
//! its request. Also what must be refused before routing: paths and queries that cannot be read.

use http::{HeaderValue, Method, StatusCode, header};
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError};

use super::contract;
use crate::error::{plain, problem_response};

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
        let head = request.method() == Method::HEAD;
        let uri = request.uri();
        if !readable(uri.path()) || !uri.query().is_none_or(readable) {
            let detail = "The path or query cannot be decoded.";
            return Ok(plain(StatusCode::BAD_REQUEST, "unreadable", detail));
        }
        let path = uri.path().to_owned();
        let mut response = match self.inner.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => refusal(error, &path),
        };
        if head {
            response.set_body(());
        }
        Ok(response)
    }
}

/// What poem and poem-openapi refuse by themselves.
fn refusal(error: poem::Error, path: &str) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    if error.is::<NotFoundError>() || error.is::<ParsePathError>() {
        return problem_response(&domain::Subject::Page.into());
    }
    if error.is::<MethodNotAllowedError>() {
        let detail = "This path does not take that method.";
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
        if let Ok(methods) = HeaderValue::from_str(&contract::methods_of(path).join(", ")) {
            response.headers_mut().insert(header::ALLOW, methods);
        }
        return response;
    }
    if let Some(parameter) = error.downcast_ref::<ParseParamError>() {
        return problem_response(&domain::Error::invalid(parameter.name, "cannot be read"));
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
    problem_response(&domain::Error::internal(error.to_string()))
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
