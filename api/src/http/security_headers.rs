//! Headers that every answer has: they take from browsers what no page of ours needs. A content security policy is a matter of
//! the pages themselves.

use http::HeaderValue;
use http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use poem::{Endpoint, Middleware, Request, Response, Result};

#[derive(Debug, Clone, Copy)]
pub struct SecurityHeaders;

impl<E: Endpoint> Middleware<E> for SecurityHeaders {
    type Output = SecurityHeadersEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        SecurityHeadersEndpoint { inner }
    }
}

pub struct SecurityHeadersEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for SecurityHeadersEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let path = request.uri().path();
        let api = path == "/api" || path.starts_with("/api/");
        let mut response = self.inner.get_response(request).await;
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if api {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use poem::{EndpointExt, endpoint::make_sync};

    use super::*;

    #[tokio::test]
    async fn the_api_is_never_cached_and_pages_decide_for_themselves() {
        let endpoint = make_sync(|_| StatusCode::OK).with(SecurityHeaders);
        for (path, expected) in [
            ("/api/bots", Some("no-store")),
            ("/api", Some("no-store")),
            ("/apis", None),
            ("/docs", None),
        ] {
            let response = endpoint
                .get_response(Request::builder().uri_str(path).finish())
                .await;
            assert_eq!(response.header(CACHE_CONTROL), expected, "{path}");
            assert_eq!(response.header(X_CONTENT_TYPE_OPTIONS), Some("nosniff"), "{path}");
        }
    }
}
