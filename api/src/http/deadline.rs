//! A total deadline for a request, from its head to its answer, its body included: a client that sends a byte now and then would
//! otherwise hold its handler for ever. What is meant to last (streams, long polls) is exempt by its path.

use std::time::Duration;

use http::StatusCode;
use poem::{Endpoint, Middleware, Request, Response, Result};

#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    after: Duration,
    exempt: fn(&str) -> bool,
}

impl Deadline {
    /// `exempt` gets the path as sent, before any prefix was cut off.
    pub fn new(after: Duration, exempt: fn(&str) -> bool) -> Self {
        Self { after, exempt }
    }
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
        if (self.deadline.exempt)(request.uri().path()) {
            return Ok(self.inner.get_response(request).await);
        }
        let answered = tokio::time::timeout(self.deadline.after, self.inner.get_response(request)).await;
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
        .with(Deadline::new(Duration::ZERO, |path| path.ends_with("/stream")));
        let status = async |path: &str| {
            slow.get_response(Request::builder().uri_str(path).finish())
                .await
                .status()
        };
        assert_eq!(status("/api/bots").await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(status("/api/bots/1/events/stream").await, StatusCode::OK);
    }
}
