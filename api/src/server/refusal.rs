//! Connections that are not served and are told why: one above the cap, one that speaks plain HTTP where TLS is spoken. The
//! answer is written as bytes, since nothing of HTTP has begun there.

use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use uuid::Uuid;

use crate::error::{CONTENT_TYPE, Problem};
use crate::http::request_id;

/// How long a refused client has to send and take what is on the way.
const PARTING: Duration = Duration::from_secs(1);
/// And how much it may send.
const WASTE: u64 = 64 * 1024;

pub(super) fn full() -> Problem {
    Problem {
        retry_after: Some(1),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "There are too many connections; try again shortly.",
        )
    }
}

pub(super) fn not_tls() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "tls_required",
        "This port speaks HTTPS and not plain HTTP.",
    )
}

/// Says no and closes. To close with something unread would be a reset, which may overtake the answer: what the client sends is
/// read and forgotten first.
pub(super) async fn refuse<S>(mut stream: S, why: &Problem)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let parting = async {
        stream.write_all(&text(why)).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(WASTE), &mut tokio::io::sink()).await
    };
    if !matches!(timeout(PARTING, parting).await, Ok(Ok(_))) {
        tracing::debug!("a refused connection was cut");
    }
}

fn text(why: &Problem) -> Vec<u8> {
    let id = Uuid::now_v7().to_string();
    let mut body = why.body();
    body["request_id"] = id.as_str().into();
    let body = body.to_string();
    let retry = why
        .retry_after
        .map(|seconds| format!("retry-after: {seconds}\r\n"));
    format!(
        "HTTP/1.1 {}\r\ncontent-type: {CONTENT_TYPE}\r\ncontent-length: {}\r\n{}: {id}\r\n{}connection: close\r\n\r\n{body}",
        why.status,
        body.len(),
        request_id::HEADER,
        retry.unwrap_or_default(),
    )
    .into_bytes()
}
