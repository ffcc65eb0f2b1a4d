//! A name for each request, in its answer, in the log and in problem bodies, and one log line when it was answered. The line has
//! no query and no header, because tokens travel in both. An id that the client sends is not taken over: it could forge log lines.

use std::fmt;
use std::time::Instant;

use http::HeaderValue;
use poem::{Endpoint, Middleware, Request, Response, Result};
use tracing::Instrument;
use uuid::Uuid;

pub const HEADER: &str = "x-request-id";

/// In the request's extensions, and by `current` wherever the request is being handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

tokio::task_local! {
    static CURRENT: RequestId;
}

impl RequestId {
    /// That of the request which this task handles: errors are made far from any request.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|id| *id).ok()
    }
}

/// Goes around everything else, so that each answer has an id and a line.
#[derive(Debug, Clone, Copy)]
pub struct Requests;

impl<E: Endpoint> Middleware<E> for Requests {
    type Output = RequestsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        RequestsEndpoint { inner }
    }
}

pub struct RequestsEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for RequestsEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = RequestId(Uuid::now_v7());
        let began = Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        request.set_data(id);
        let span = tracing::info_span!("request", request_id = %id);
        let answering = CURRENT
            .scope(id, self.inner.get_response(request))
            .instrument(span);
        let mut response = answering.await;
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            response.headers_mut().insert(HEADER, value);
        }
        tracing::info!(
            target: "colloquy::access",
            %method,
            path,
            status = response.status().as_u16(),
            ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id = %id,
            "answered"
        );
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use poem::{EndpointExt, endpoint::make};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic holds it").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_answer_has_an_id_and_a_line_that_keeps_secrets_in() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let endpoint = make(|request: Request| async move {
            let id = request.data::<RequestId>().copied();
            assert_eq!(id, RequestId::current());
            Ok::<_, poem::Error>(id.map(|id| id.to_string()).unwrap_or_default())
        })
        .with(Requests);
        let request = Request::builder()
            .uri_str("/api/ws?token=hunter2")
            .header("authorization", "Bearer hunter2")
            .header(HEADER, "mine")
            .finish();
        let mut response = endpoint.get_response(request).await;
        let id = response.header(HEADER).expect("an id").to_owned();
        let body = response.take_body().into_string().await.expect("a text");
        assert_eq!(body, id);
        assert_eq!(RequestId::current(), None);
        let log = String::from_utf8(log.0.lock().expect("no panic holds it").clone()).expect("text");
        assert!(
            log.contains("/api/ws") && log.contains(&id) && log.contains("200"),
            "{log}"
        );
        assert!(!log.contains("hunter2") && !log.contains("mine"), "{log}");
    }
}
