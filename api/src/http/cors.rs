//! Lets pages of allowed origins read our answers. A page of another origin gets the same answer without the headers, and its
//! browser keeps it from reading: nothing is refused here, because nothing here relies on cookies.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};
use http::{Method, StatusCode};
use poem::{Endpoint, Middleware, Request, Response, Result};

use super::origin::Origins;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, idempotency-key, if-match, last-event-id");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("x-request-id, idempotency-replayed, retry-after, etag");
/// Ten minutes: how long a changed setting may take to reach open pages.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

#[derive(Debug, Clone)]
pub struct Cors(pub Arc<Origins>);

impl<E: Endpoint> Middleware<E> for Cors {
    type Output = CorsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CorsEndpoint {
            inner,
            origins: self.0.clone(),
        }
    }
}

pub struct CorsEndpoint<E> {
    inner: E,
    origins: Arc<Origins>,
}

impl<E: Endpoint> Endpoint for CorsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let origin = request.headers().get(ORIGIN).cloned();
        let allowed = origin.filter(|_| self.origins.allows(request.headers()));
        let preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(ORIGIN)
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let mut response = if preflight {
            Response::builder().status(StatusCode::NO_CONTENT).finish()
        } else {
            self.inner.get_response(request).await
        };
        let headers = response.headers_mut();
        // Also without an origin: a cache must not hand the answer for one page to another.
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = allowed {
            allow(headers, origin, preflight);
        }
        Ok(response)
    }
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue, preflight: bool) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if preflight {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

#[cfg(test)]
mod tests {
    use poem::{EndpointExt, endpoint::make_sync};

    use super::*;
    use crate::config::Settings;

    async fn answer(method: Method, origin: &'static str) -> Response {
        let origins = Origins::new(&Settings::default()).expect("good settings");
        let endpoint = make_sync(|_| StatusCode::IM_A_TEAPOT).with(Cors(Arc::new(origins)));
        let request = Request::builder()
            .method(method)
            .header(ORIGIN, origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, "PATCH")
            .finish();
        endpoint.get_response(request).await
    }

    #[tokio::test]
    async fn a_preflight_is_answered_here_and_opens_for_allowed_origins_alone() {
        let good = answer(Method::OPTIONS, "http://localhost:5173").await;
        assert_eq!(good.status(), StatusCode::NO_CONTENT);
        assert_eq!(
            good.header(ACCESS_CONTROL_ALLOW_ORIGIN),
            Some("http://localhost:5173")
        );
        assert!(
            good.header(ACCESS_CONTROL_ALLOW_METHODS)
                .is_some_and(|methods| methods.contains("PATCH"))
        );
        assert!(
            good.header(ACCESS_CONTROL_ALLOW_HEADERS)
                .is_some_and(|headers| headers.contains("if-match"))
        );
        let bad = answer(Method::OPTIONS, "https://evil.example").await;
        assert_eq!(bad.status(), StatusCode::NO_CONTENT);
        assert_eq!(bad.header(ACCESS_CONTROL_ALLOW_ORIGIN), None);
    }

    #[tokio::test]
    async fn an_answer_can_be_read_by_allowed_origins_alone() {
        let good = answer(Method::GET, "http://localhost:5173").await;
        assert_eq!(good.status(), StatusCode::IM_A_TEAPOT);
        assert_eq!(
            good.header(ACCESS_CONTROL_ALLOW_ORIGIN),
            Some("http://localhost:5173")
        );
        assert!(
            good.header(ACCESS_CONTROL_EXPOSE_HEADERS)
                .is_some_and(|headers| headers.contains("etag"))
        );
        let bad = answer(Method::GET, "https://evil.example").await;
        assert_eq!(bad.status(), StatusCode::IM_A_TEAPOT);
        assert_eq!(bad.header(ACCESS_CONTROL_ALLOW_ORIGIN), None);
        assert_eq!(bad.header(VARY), Some("origin"));
    }
}
