//! From which web pages the server may be called: the one rule for REST (`cors.rs`) and for the handshake of sockets. It never
//! looks at the request's `Host`: whoever controls a name that resolves to this server would control that too.

use std::net::Ipv6Addr;

use http::header::{HeaderMap, ORIGIN};

use crate::config::{Settings, SettingsError};

#[derive(Debug, Clone)]
pub struct Origins {
    allowed: Vec<String>,
    /// Pages of this machine on any port, while only this machine can reach the server.
    loopback: bool,
}

impl Origins {
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let configured = settings.public_url.iter().chain(&settings.allowed_origins);
        let allowed = configured
            .map(|url| normalise(url).map_err(SettingsError))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            allowed,
            loopback: settings.listen.ip().to_canonical().is_loopback(),
        })
    }

    /// Programs send no `Origin` and are allowed; browsers always send one where it matters.
    pub fn allows(&self, headers: &HeaderMap) -> bool {
        let mut sent = headers.get_all(ORIGIN).iter();
        match (sent.next(), sent.next()) {
            (None, _) => true,
            (Some(origin), None) => origin.to_str().is_ok_and(|origin| self.allows_origin(origin)),
            (Some(_), Some(_)) => false,
        }
    }

    fn allows_origin(&self, origin: &str) -> bool {
        // `null`, what a sandboxed page or a file sends, is no URL and falls out here.
        normalise(origin)
            .is_ok_and(|origin| self.loopback && is_loopback(&origin) || self.allowed.contains(&origin))
    }
}

/// `scheme://host[:port]` as browsers write it, of an http or https URL.
pub(crate) fn normalise(url: &str) -> Result<String, String> {
    let wrong = || format!("`{url}` is not an address such as `https://chat.example.org`");
    let parsed: http::Uri = url.parse().map_err(|_| wrong())?;
    let scheme = parsed.scheme_str().ok_or_else(wrong)?;
    let authority = parsed.authority().ok_or_else(wrong)?;
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(wrong()),
    };
    // Someone who writes a user name into it, or a `*`, expects something that is not so.
    let host = authority.host().to_ascii_lowercase();
    if host.is_empty() || host.contains('*') || authority.as_str().contains('@') {
        return Err(wrong());
    }
    let rest = authority.as_str()[authority.host().len()..].strip_prefix(':');
    let port = rest
        .map(|port| port.parse::<u16>().map_err(|_| wrong()))
        .transpose()?;
    Ok(match port.filter(|port| *port != default_port) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

/// Whether a URL is one of this machine by one of the three names that mean it everywhere.
pub(crate) fn is_loopback(url: &str) -> bool {
    url.parse::<http::Uri>()
        .is_ok_and(|url| url.host().is_some_and(is_loopback_host))
}

/// `host` without port; IPv6 in brackets.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || host == "127.0.0.1"
        || v6.is_some_and(|v6| v6.parse() == Ok(Ipv6Addr::LOCALHOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listen: &str) -> Settings {
        Settings {
            listen: listen.parse().expect("an address"),
            public_url: Some("https://Chat.Example.org:443/".into()),
            allowed_origins: vec!["http://intranet:8080".into()],
            ..Settings::default()
        }
    }

    fn headers(origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("host", "evil.example".parse().expect("a host"));
        for origin in origins {
            headers.append(ORIGIN, origin.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn the_table_of_origins_holds() {
        // origin, bound to loopback, bound to the outside
        for (origin, inside, outside) in [
            ("https://chat.example.org", true, true),
            ("https://CHAT.example.org", true, true),
            ("http://chat.example.org", false, false),
            ("https://chat.example.org:8443", false, false),
            ("https://chat.example.org.evil.example", false, false),
            ("https://evilchat.example.org", false, false),
            ("http://intranet:8080", true, true),
            ("http://intranet", false, false),
            ("http://evil.example", false, false),
            ("http://localhost", true, false),
            ("http://localhost:5173", true, false),
            ("https://127.0.0.1:1", true, false),
            ("http://[::1]:3000", true, false),
            ("http://127.0.0.2", false, false),
            ("http://localhost.evil.example", false, false),
            ("http://localhost:80@evil.example", false, false),
            ("null", false, false),
            ("", false, false),
            ("localhost:5173", false, false),
            ("file://localhost", false, false),
        ] {
            for (listen, expected) in [
                ("127.0.0.1:8000", inside),
                ("[::1]:8000", inside),
                ("0.0.0.0:8000", outside),
            ] {
                let origins = Origins::new(&settings(listen)).expect("good settings");
                assert_eq!(
                    origins.allows(&headers(&[origin])),
                    expected,
                    "{origin:?} on {listen}"
                );
            }
        }
    }

    #[test]
    fn programs_without_an_origin_are_allowed_and_two_origins_are_not() {
        let origins = Origins::new(&settings("0.0.0.0:8000")).expect("good settings");
        assert!(origins.allows(&headers(&[])));
        assert!(!origins.allows(&headers(&[
            "https://chat.example.org",
            "https://chat.example.org"
        ])));
    }

    #[test]
    fn what_is_no_origin_cannot_be_configured() {
        for bad in [
            "*",
            "https://*",
            "https://*.example.org",
            "chat.example.org",
            "ftp://x",
            "https://me@x",
            "http://x:y",
        ] {
            let settings = Settings {
                allowed_origins: vec![bad.into()],
                ..Settings::default()
            };
            assert!(Origins::new(&settings).is_err(), "{bad}");
            assert!(settings.check().is_err(), "{bad}");
        }
    }
}
