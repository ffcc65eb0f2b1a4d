//! A total deadline for a request, from its head to its answer, its body included: a client that sends a byte now and then would
//! otherwise hold its handler for ever. Files may take longer to come in. What is meant to last (streams, long polls) has no
//! deadline. Which is which, a request's method and path tell.

use std::time::Duration;

use http::{Method, StatusCode};
use poem::{Endpoint, Middleware, Request, Response, Result};

#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    pub usual: Duration,
    pub upload: Duration,
    /// Gets the path as sent, before any prefix was cut off.
    pub term: fn(&Method, &str) -> Term,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    Usual,
    Upload,
    /// It ends by rules of its own.
    Endless,
}

impl<E: Endpoint> Middleware<E> for Deadline {
    type Output = DeadlineEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        DeadlineEndpoint {
            inner,
            deadline: *self,
        }
    }
}

pub struct DeadlineEndpoint<E> {
    inner: E,
    deadline: Deadline,
}

impl<E: Endpoint> Endpoint for DeadlineEndpoint<E> {
    type Output = Response;

    /// The handler is dropped where it waits. A change that it was committing may or may not have happened, as when a
    /// connection breaks: that is what idempotency keys are for.
    async fn call(&self, request: Request) -> Result<Response> {
        let Deadline { usual, upload, term } = self.deadline;
        let after = match term(request.method(), request.uri().path()) {
            Term::Usual => usual,
            Term::Upload => upload,
            Term::Endless => return Ok(self.inner.get_response(request).await),
        };
        let answered = tokio::time::timeout(after, self.inner.get_response(request)).await;
        Ok(answered.unwrap_or_else(|_| {
            let status = StatusCode::REQUEST_TIMEOUT;
            crate::error::plain(status, "request_timeout", "the request took too long")
        }))
    }
}

#[cfg(test)]
mod tests {
    use poem::{EndpointExt, endpoint::make};

    use super::*;

    #[tokio::test]
    async fn a_slow_request_is_answered_408_unless_it_is_meant_to_last() {
        let slow = make(|_| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, poem::Error>(StatusCode::OK)
        })
        .with(Deadline {
            usual: Duration::ZERO,
            upload: Duration::from_secs(60),
            term: |method, path| match path {
                "/api/bots/1/events/stream" => Term::Endless,
                _ if method == Method::POST => Term::Upload,
                _ => Term::Usual,
            },
        });
        let status = async |method: Method, path: &str| {
            slow.get_response(Request::builder().method(method).uri_str(path).finish())
                .await
                .status()
        };
        assert_eq!(
            status(Method::GET, "/api/bots").await,
            StatusCode::REQUEST_TIMEOUT
        );
        assert_eq!(status(Method::POST, "/api/bots").await, StatusCode::OK);
        assert_eq!(
            status(Method::GET, "/api/bots/1/events/stream").await,
            StatusCode::OK
        );
    }
}
