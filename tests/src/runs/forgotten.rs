//! Peers that fall silent without closing: how long until the server has forgotten them, by its own count.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{connect_async, tungstenite::http::HeaderValue};

use crate::cluster::{Cluster, Layout};
use crate::faults::{Cut, End, Line, Proxy};
use crate::load::{Load, Size};

/// Bytes from the server after which the line is silent: inside the answer to the handshake and what follows it there are more.
const AFTER: u64 = 400;

/// # Errors
/// When a step does not work, or they are not forgotten within two minutes.
pub async fn run(binary: &Path, layout: &Layout, peers: usize) -> Result<Duration> {
    let size = Size {
        bots: 1,
        writers: 1,
        readers: 1,
    };
    let cluster = Cluster::start(binary, layout).await?;
    let load = cluster.load(size).await?;
    let silent = Line {
        cut: Some(Cut {
            after: AFTER,
            end: End::Silence,
        }),
        ..Line::default()
    };
    let proxy = Proxy::start(cluster.addresses()[0].parse()?, move || silent).await?;
    // At once: the first must not be forgotten before the last is there.
    let sockets = futures_util::future::try_join_all((0..peers).map(async |_| {
        let url = format!("ws://{}/api/ws/chat/{}", proxy.address, load.bots[0].id);
        let mut request = url.into_client_request()?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", load.people[0].token))?;
        request.headers_mut().insert("authorization", bearer);
        anyhow::Ok(connect_async(request).await?.0)
    }))
    .await?;
    until(&load, |open| open == peers as u64)
        .await
        .context("they are there")?;
    let begun = Instant::now();
    until(&load, |open| open == 0)
        .await
        .context("they are forgotten")?;
    drop(sockets);
    Ok(begun.elapsed())
}

async fn until(load: &Load, reached: impl Fn(u64) -> bool) -> Result<()> {
    let begun = Instant::now();
    loop {
        // The first account is the installation's administrator.
        let stats: Value = load
            .http
            .get(format!("http://{}/api/ws/stats", load.address))
            .bearer_auth(&load.owner.token)
            .send()
            .await?
            .json()
            .await?;
        let open = stats["total_connections"]
            .as_u64()
            .with_context(|| format!("no total in {stats}"))?;
        if reached(open) {
            return Ok(());
        }
        ensure!(begun.elapsed() < super::PATIENCE, "{open} connections");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
