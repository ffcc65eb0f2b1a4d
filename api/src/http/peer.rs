//! Where a request comes from. A forwarded address is believed from trusted proxies alone, because anybody can write one; what
//! makes a request local is stricter still, because it lets its sender make the first account.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::header::{FORWARDED, HOST, HeaderMap};
use ipnet::IpNet;
use poem::{Addr, Request};

use super::origin::is_loopback_host;
use crate::config::Settings;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

#[derive(Debug, Clone)]
pub struct Peers {
    trusted: Vec<IpNet>,
}

impl Peers {
    pub fn new(settings: &Settings) -> Self {
        Self {
            trusted: settings.trusted_proxies.clone(),
        }
    }

    /// The client's address, for limits and logs. Unspecified when the request came over no network, as in tests.
    pub fn client(&self, request: &Request) -> IpAddr {
        self.behind(
            connected(request).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
            request.headers(),
        )
    }

    /// The rightmost address that is not a trusted proxy's: every proxy appends whom it was called by, so what stands further
    /// to the left was written by that one or by the client itself.
    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let lines = headers.get_all(X_FORWARDED_FOR).iter();
        let text: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("?")).collect();
        for hop in text.iter().flat_map(|line| line.split(',')).rev() {
            if !self.trusts(client) {
                break;
            }
            // What cannot be read cannot be passed over either: the proxy that wrote it is as far as we know.
            let Some(hop) = address(hop) else { break };
            client = hop;
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&address))
    }
}

/// Whether a request certainly comes from this machine and was not passed on: the peer is loopback, it asks for this machine by
/// name (a page of elsewhere whose name resolves to us does not), and no proxy has left a trace.
pub fn is_local(request: &Request) -> bool {
    let by_uri = request.uri().host().is_none_or(is_loopback_host);
    by_uri && connected(request).is_some_and(|peer| local(peer, request.headers()))
}

fn local(peer: IpAddr, headers: &HeaderMap) -> bool {
    let forwarded = headers
        .keys()
        .any(|name| *name == FORWARDED || name.as_str().starts_with("x-forwarded-"));
    let mut hosts = headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        (None, _) | (Some(_), Some(_)) => return false,
    };
    peer.is_loopback() && !forwarded && is_loopback_host(without_port(host))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// The other end of the connection, an IPv4 address as such even on a dual socket.
fn connected(request: &Request) -> Option<IpAddr> {
    match &request.remote_addr().0 {
        Addr::SocketAddr(address) => Some(address.ip().to_canonical()),
        Addr::Unix(_) | Addr::Custom(..) => None,
    }
}

/// With or without port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let parsed: Option<IpAddr> = bare.parse().ok();
    parsed
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|ip| ip.to_canonical())
}

/// What counts as one address where something is counted: who has an IPv6 line has at least a /64 of addresses.
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                value.parse().expect("a header"),
            )
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn the_table_of_local_requests_holds() {
        let home = "127.0.0.1";
        let good = ("host", "localhost:8000");
        for (peer, sent, expected) in [
            (home, vec![good], true),
            (home, vec![("host", "LocalHost")], true),
            (home, vec![("host", "127.0.0.1:65535")], true),
            ("::1", vec![("host", "[::1]:8000")], true),
            ("::1", vec![("host", "[::1]")], true),
            ("127.9.9.9", vec![good], true),
            ("10.0.0.1", vec![good], false),
            ("2001:db8::1", vec![good], false),
            (home, vec![], false),
            (home, vec![("host", "chat.example.org")], false),
            (home, vec![("host", "localhost.example.org")], false),
            (home, vec![("host", "localhost:")], false),
            (home, vec![("host", "127.0.0.2")], false),
            (home, vec![("host", "::1")], false),
            (home, vec![good, ("host", "localhost")], false),
            (home, vec![good, ("forwarded", "for=127.0.0.1")], false),
            (home, vec![good, ("x-forwarded-for", "127.0.0.1")], false),
            (home, vec![good, ("x-forwarded-proto", "https")], false),
            (home, vec![good, ("x-forwarded-host", "localhost")], false),
            (home, vec![good, ("x-request-id", "1")], true),
        ] {
            let peer: IpAddr = peer.parse().expect("an address");
            assert_eq!(local(peer, &headers(&sent)), expected, "{peer} {sent:?}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let nets = ["10.0.0.0/8", "::1/128"].map(|net| net.parse().expect("a network"));
        let peers = Peers { trusted: nets.into() };
        for (peer, forwarded, client) in [
            ("203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.7"], "10.0.0.7"),
            ("::1", &["198.51.100.1"], "198.51.100.1"),
        ] {
            let sent: Vec<_> = forwarded.iter().map(|line| (X_FORWARDED_FOR, *line)).collect();
            let found = peers.behind(peer.parse().expect("an address"), &headers(&sent));
            assert_eq!(
                found,
                client.parse::<IpAddr>().expect("an address"),
                "{peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn a_line_of_ipv6_counts_as_one_address() {
        let key = |text: &str| counted(text.parse().expect("an address"));
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::9"));
        assert_ne!(key("2001:db8:1:2::9"), key("2001:db8:1:3::9"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
