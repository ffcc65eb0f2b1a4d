//! Requests on their way through: each is read whole, and passed on or answered here. A request to upgrade makes the connection a
//! socket's.

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use super::{Shared, frames};
use crate::judge::Fault;

/// The longest head and body that tests send.
const LONGEST: usize = 1 << 20;

/// One request as bytes.
struct Request {
    /// In lower case, for looking things up.
    head: String,
    bytes: Vec<u8>,
}

pub(super) async fn connection(client: TcpStream, server: TcpStream, shared: &Shared) -> Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut waiting = Vec::new();
    while let Some(request) = next(&mut from_client, &mut waiting).await? {
        if request.head.contains("\r\nupgrade: websocket") {
            to_server.write_all(&request.bytes).await?;
            to_server.write_all(&waiting).await?;
            let theirs = format!("bearer {}", shared.victim.token).to_lowercase();
            let is_victim = request.head.contains(&theirs);
            tokio::select! {
                sent = copy(&mut from_client, &mut to_server) => drop(sent?),
                told = frames::pass(from_server, to_client, shared, is_victim) => told?,
            }
            return Ok(());
        }
        let is_post = request.head.starts_with("post ") && request.head.contains("/messages http");
        if is_post && shared.is_the_post() {
            let message_id = uuid::Uuid::now_v7().to_string();
            shared.plant(vec![Fault::Lost {
                message_id: message_id.clone(),
            }]);
            // The server has all of it but the end, and is killed over it.
            to_server
                .write_all(&request.bytes[..request.bytes.len() - 1])
                .await?;
            to_client.write_all(&success(&message_id)).await?;
            return until_dead(&mut from_server).await;
        }
        to_server.write_all(&request.bytes).await?;
        answer(&mut from_server, &mut to_client).await?;
    }
    Ok(())
}

/// Waits for the sudden end of the server, which has nothing to say to half a request.
async fn until_dead(from_server: &mut OwnedReadHalf) -> Result<()> {
    let mut said = Vec::new();
    // A connection that is reset by the kill is one that has ended.
    let _ = from_server.read_to_end(&mut said).await;
    ensure!(said.is_empty(), "{}", String::from_utf8_lossy(&said));
    Ok(())
}

/// What the server would have answered to a post, as far as a writer looks at it.
fn success(message_id: &str) -> Vec<u8> {
    let body = json!({"message": {"id": message_id, "message_id": message_id}}).to_string();
    format!(
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The next request; none when the client is done. `waiting` is what was read beyond it.
async fn next(from: &mut OwnedReadHalf, waiting: &mut Vec<u8>) -> Result<Option<Request>> {
    let Some(head) = head(from, waiting).await? else {
        return Ok(None);
    };
    let bytes = whole(from, waiting, &head).await?;
    Ok(Some(Request { head, bytes }))
}

/// Passes one answer on.
async fn answer(from: &mut OwnedReadHalf, to: &mut tokio::net::tcp::OwnedWriteHalf) -> Result<()> {
    let mut waiting = Vec::new();
    let head = head(from, &mut waiting).await?.context("no answer")?;
    let bytes = whole(from, &mut waiting, &head).await?;
    Ok(to.write_all(&bytes).await?)
}

/// Reads until a head is whole; it stays in `waiting`.
async fn head(from: &mut OwnedReadHalf, waiting: &mut Vec<u8>) -> Result<Option<String>> {
    loop {
        if let Some(end) = waiting.windows(4).position(|end| end == b"\r\n\r\n") {
            return Ok(Some(String::from_utf8_lossy(&waiting[..end + 4]).to_lowercase()));
        }
        if waiting.len() > LONGEST {
            bail!("a head without an end");
        }
        if from.read_buf(waiting).await? == 0 {
            return Ok(None);
        }
    }
}

/// Takes the head and its body out of `waiting`, reading what is missing.
async fn whole(from: &mut OwnedReadHalf, waiting: &mut Vec<u8>, head: &str) -> Result<Vec<u8>> {
    if head.contains("\r\ntransfer-encoding:") {
        bail!("bodies in chunks are not understood here: {head}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(Ok(0), |length| length.trim().parse())?;
    let end = head.len() + length;
    while waiting.len() < end {
        if from.read_buf(waiting).await? == 0 {
            bail!("half of a body");
        }
    }
    Ok(waiting.drain(..end).collect())
}
