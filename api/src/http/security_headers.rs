//! Headers that every answer has: they take from browsers what no page of ours needs. A content security policy is a matter of
//! the pages themselves.
//!
//! Where this server itself speaks TLS, browsers are told to come by TLS alone from then on; behind a proxy that is the proxy's
//! to say. Not on a loopback name, which stands for other programs of that machine too.

use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, HOST, HeaderMap, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::uri::Scheme;
use poem::{Endpoint, Middleware, Request, Response, Result};

use super::origin::is_loopback;

/// A year.
const BY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

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
        let secure = only_tls(request.scheme(), request.headers());
        let mut response = self.inner.get_response(request).await;
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if secure {
            headers.insert(STRICT_TRANSPORT_SECURITY, BY_TLS);
        }
        if api {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Ok(response)
    }
}

fn only_tls(scheme: &Scheme, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    *scheme == Scheme::HTTPS && !host.is_some_and(|host| is_loopback(&format!("https://{host}")))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use poem::{EndpointExt, endpoint::make_sync};

    use super::*;

    #[test]
    fn tls_is_asked_for_where_it_is_spoken_and_not_on_loopback_names() {
        for (scheme, host, expected) in [
            (Scheme::HTTPS, "chat.example.org", true),
            (Scheme::HTTPS, "chat.example.org:8443", true),
            (Scheme::HTTPS, "localhost:8443", false),
            (Scheme::HTTPS, "127.0.0.1", false),
            (Scheme::HTTP, "chat.example.org", false),
        ] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            assert_eq!(only_tls(&scheme, &headers), expected, "{scheme}://{host}");
        }
    }

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
