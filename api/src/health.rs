//! `colloquy health`: asks the running server whether it is ready, where there is nothing else to ask with, as in a container. The
//! server's side of it is `http/ops.rs`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::config::Settings;

/// Longer than the server itself waits for its database.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the server that listens where these settings say.
///
/// # Errors
/// Nobody answers there in time, or the answer is not that it is ready.
pub async fn ask(settings: &Settings) -> anyhow::Result<()> {
    let address = reachable(settings.listen);
    let scheme = if settings.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    let url = format!("{scheme}://{address}/health/ready");
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        // The certificate is for the name that others call. Nothing is told to whoever answers here, and only a status is believed.
        .tls_danger_accept_invalid_certs(true)
        .build()?;
    let answer = client
        .get(&url)
        .send()
        .await
        .with_context(|| format!("no server answers at {url}"))?;
    let status = answer.status();
    ensure!(
        status.is_success(),
        "the server at {address} is not ready: {status}"
    );
    Ok(())
}

/// A server that listens everywhere is asked here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    (ip, listen.port()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_here() {
        for (listen, asked) in [
            ("0.0.0.0:8000", "127.0.0.1:8000"),
            ("[::]:8000", "[::1]:8000"),
            ("192.0.2.7:80", "192.0.2.7:80"),
            ("127.0.0.1:8000", "127.0.0.1:8000"),
        ] {
            let listen: SocketAddr = listen.parse().expect("an address");
            assert_eq!(reachable(listen).to_string(), asked);
        }
    }
}
