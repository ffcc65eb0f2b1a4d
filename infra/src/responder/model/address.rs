//! Which addresses a model server may have that a bot's owner named: it is asked from inside the operator's network, so nothing
//! that is reachable from there alone may be named. A name is resolved once, and only what was checked is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

const LONGEST_URL: usize = 2_000;

/// Private, shared, loopback, link-local, documentation, benchmarks, multicast, reserved: not for the internet.
const CLOSED_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Parts of the one range for the internet (2000::/3) that are not: protocol assignments with Teredo, documentation twice.
const CLOSED_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// What is open to everyone, and the networks that the operator has allowed besides.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    allowed: Arc<[IpNet]>,
}

/// No address of a name may be asked. Travels through the client's errors.
#[derive(Debug)]
pub(super) struct NotAllowed;

impl std::fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the address is not allowed")
    }
}

impl std::error::Error for NotAllowed {}

impl AddressPolicy {
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self {
            allowed: allowed.into(),
        }
    }

    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(&address)) || is_open(address)
    }

    /// A client connects to a literal address without asking the resolver.
    pub(super) fn permits_literal(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.permits(address.into()),
            Some(Host::Ipv6(address)) => self.permits(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        }
    }

    /// What an owner enters. The error is for them to read.
    pub fn check_base_url(&self, text: &str) -> Result<Url, String> {
        let url = check_base_url(text)?;
        let local = url
            .domain()
            .is_some_and(|name| name == "localhost" || name.ends_with(".localhost"));
        if !self.permits_literal(&url) || (local && !self.permits(Ipv4Addr::LOCALHOST.into())) {
            return Err("is an address that this installation does not allow".to_owned());
        }
        Ok(url)
    }
}

/// The form alone, for an address that the operator sets and answers for.
pub fn check_base_url(text: &str) -> Result<Url, String> {
    if text.len() > LONGEST_URL {
        return Err(format!("has more than {LONGEST_URL} characters"));
    }
    let url = Url::parse(text.trim()).map_err(|_| "is not a URL".to_owned())?;
    let complaint = if !matches!(url.scheme(), "http" | "https") {
        "has to begin with http:// or https://"
    } else if url.host().is_none() {
        "names no host"
    } else if !url.username().is_empty() || url.password().is_some() {
        "holds a user name or password; a key has a field of its own"
    } else if url.query().is_some() || url.fragment().is_some() {
        "holds a query or a fragment"
    } else {
        return Ok(url);
    };
    Err(complaint.to_owned())
}

fn is_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_open_v4(address),
        IpAddr::V6(address) => is_open_v6(address),
    }
}

fn is_open_v4(address: Ipv4Addr) -> bool {
    let closed = |(base, length)| Ipv4Net::new_assert(base, length).contains(&address);
    !CLOSED_V4.into_iter().any(closed)
}

fn is_open_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        // Translated to IPv4 by a gateway.
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => is_open_v4(embedded(g, h)),
        // 6to4 carries the IPv4 address in front.
        (0x2002, _) => is_open_v4(embedded(b, c)),
        (0, 0) if [c, d, e] == [0; 3] && f == 0xffff => is_open_v4(embedded(g, h)),
        _ => {
            let closed = |(base, length)| Ipv6Net::new_assert(base, length).contains(&address);
            (0x2000..0x4000).contains(&a) && !CLOSED_V6.into_iter().any(closed)
        }
    }
}

/// Resolves names for a client, and gives it the permitted addresses alone.
pub(super) struct Checked(pub AddressPolicy);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> = found.filter(|address| policy.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(NotAllowed.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_inside_are_closed() {
        let open = AddressPolicy::default();
        for closed in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!open.permits(closed.parse().unwrap()), "{closed}");
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "193.0.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(open.permits(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn the_operator_may_open_networks() {
        let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        for (address, permitted) in [
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("fd00::7", true),
            ("::1", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(policy.permits(address.parse().unwrap()), permitted, "{address}");
        }
        assert!(policy.check_base_url("http://127.0.0.1:9/v1").is_ok());
        assert!(policy.check_base_url("http://localhost:9/v1").is_ok());
    }

    #[test]
    fn base_urls_are_checked_for_form_and_literal_addresses() {
        let policy = AddressPolicy::default();
        for good in [
            "https://api.example.org/v1",
            "http://models.example.org:8080",
            "https://1.1.1.1/v1/",
        ] {
            assert!(policy.check_base_url(good).is_ok(), "{good}");
        }
        let long = format!("https://example.org/{}", "a".repeat(LONGEST_URL));
        for bad in [
            "",
            "example.org",
            "ftp://example.org",
            "file:///etc/passwd",
            "https://",
            "https://anna:secret@example.org",
            "https://k@example.org",
            "https://example.org/?key=1",
            "https://example.org/#a",
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://169.254.169.254/latest",
            "http://localhost:11434",
            "http://a.localhost",
            long.as_str(),
        ] {
            assert!(policy.check_base_url(bad).is_err(), "{bad}");
        }
    }
}
