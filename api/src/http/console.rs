//! The web console: static files, without a credential and outside of the API's rates, because a page of modules asks for many at
//! once. They are part of the program (a debug build reads them where it was built), or lie in the folder `console_dir`. What a page
//! may do is bounded by one policy. The pages themselves are in `console/`, the client they use in `clients/js/colloquy/`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::ensure;
use bytes::Bytes;
use domain::{Error, Subject};
use http::{HeaderMap, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result, Route, get, handler};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::request::refuse;

/// Scripts and styles are files of this server, requests go to it alone, and text becomes markup by one named policy.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types colloquy-content";

const PREFIX: &str = "/console/";
const INDEX: &str = "index.html";
/// Where the client is, as pages see it.
const CLIENT: &str = "colloquy/";

#[derive(RustEmbed)]
#[folder = "../console/"]
struct Pages;

#[derive(RustEmbed)]
#[folder = "../clients/js/colloquy/"]
struct Client;

/// Where the files come from.
#[derive(Debug, Clone, Default)]
pub struct Console {
    pages: Option<PathBuf>,
    client: Option<PathBuf>,
}

impl Console {
    /// `dir` takes the place of the built-in files; those of the client only if it has some.
    pub fn open(dir: Option<&Path>) -> anyhow::Result<Self> {
        let Some(dir) = dir else {
            return Ok(Self::default());
        };
        ensure!(
            dir.join(INDEX).is_file(),
            "`console_dir`: there is no {INDEX} in {}",
            dir.display()
        );
        let client = dir.join(CLIENT);
        Ok(Self {
            pages: Some(dir.to_owned()),
            client: client.is_dir().then_some(client),
        })
    }

    async fn file(&self, name: &str) -> io::Result<Option<Found>> {
        match name.strip_prefix(CLIENT) {
            Some(name) => found(self.client.as_deref(), name, Client::get).await,
            None => found(self.pages.as_deref(), name, Pages::get).await,
        }
    }
}

struct Found {
    bytes: Bytes,
    hash: [u8; 32],
}

async fn found(
    dir: Option<&Path>,
    name: &str,
    built_in: fn(&str) -> Option<EmbeddedFile>,
) -> io::Result<Option<Found>> {
    let Some(dir) = dir else {
        return Ok(built_in(name).map(|file| Found {
            hash: file.metadata.sha256_hash(),
            bytes: Bytes::from_owner(file.data),
        }));
    };
    match tokio::fs::read(dir.join(name)).await {
        Ok(bytes) => Ok(Some(Found {
            hash: Sha256::digest(&bytes).into(),
            bytes: bytes.into(),
        })),
        Err(why) if is_missing(why.kind()) => Ok(None),
        Err(why) => Err(why),
    }
}

fn is_missing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory
    )
}

impl Endpoint for Console {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let nothing = || refuse(&Subject::Page.into());
        let name = wanted(request.uri().path()).ok_or_else(nothing)?;
        let file = self.file(name).await;
        let file = file.map_err(|why| refuse(&Error::internal(why)))?;
        let Found { bytes, hash } = file.ok_or_else(nothing)?;
        let tag = format!("\"{:032x}\"", u128::from_be_bytes(first_half(hash)));
        // Kept by browsers, and asked about each time: a new version of the program is a new console.
        let response = Response::builder()
            .header(header::ETAG, &tag)
            .header(header::CACHE_CONTROL, "no-cache")
            .header(header::CONTENT_SECURITY_POLICY, POLICY);
        if known(request.headers(), &tag) {
            return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
        }
        Ok(response
            .header(header::CONTENT_TYPE, content_type(name))
            .header(header::CONTENT_LENGTH, bytes.len())
            .body(bytes))
    }
}

/// Which file a path asks for: the index for every place in the application, which has no point in its last part.
fn wanted(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(PREFIX)?;
    let last = rest.rsplit('/').next()?;
    if !last.contains('.') && !rest.starts_with(CLIENT) {
        return Some(INDEX);
    }
    let plain = |part: &str| {
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(usual)
    };
    rest.split('/').all(plain).then_some(rest)
}

fn first_half(hash: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|at| hash[at])
}

/// Whether the browser has this very version.
fn known(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter();
    let tags = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    tags.map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml; charset=utf-8",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn redirect(status: StatusCode) -> Response {
    status.with_header(header::LOCATION, PREFIX).into_response()
}

#[handler]
fn from_root() -> Response {
    redirect(StatusCode::TEMPORARY_REDIRECT)
}

#[handler]
fn with_slash() -> Response {
    redirect(StatusCode::PERMANENT_REDIRECT)
}

/// Adds these paths to the others.
pub fn mount(routes: Route, console: Console) -> Route {
    routes
        .at("/", get(from_root))
        .at("/console", get(with_slash))
        .at("/console/*path", get(console))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_or_a_place_in_the_application() {
        for (path, file) in [
            ("/console/", Some(INDEX)),
            ("/console/index.html", Some(INDEX)),
            ("/console/app.js", Some("app.js")),
            ("/console/style/base-1.css", Some("style/base-1.css")),
            ("/console/bots/7/sessions/8", Some(INDEX)),
            ("/console/bots/%2e%2e", Some(INDEX)),
            ("/console/colloquy/index.js", Some("colloquy/index.js")),
            // A module whose extension was forgotten must not read as a page: it is a file that is not there.
            ("/console/colloquy/index", Some("colloquy/index")),
            ("/console/colloquy/", None),
            ("/console/../Cargo.toml", None),
            ("/console/colloquy/../../package.json", None),
            ("/console/%2e%2e/Cargo.toml", None),
            ("/console//etc/fstab.d", None),
            ("/console/a\\b.js", None),
            ("/console/.env", None),
            ("/console/lib/.git/config.js", None),
            ("/consoles/app.js", None),
        ] {
            assert_eq!(wanted(path), file, "{path}");
        }
    }

    #[test]
    fn a_browser_that_has_this_version_is_told_so() {
        for (sent, expected) in [
            (&["\"a\""][..], true),
            (&["W/\"a\""], true),
            (&["\"b\", \"a\""], true),
            (&["\"b\"", "\"a\""], true),
            (&["*"], true),
            (&["\"b\""], false),
            (&["a"], false),
            (&[], false),
        ] {
            let pairs = sent
                .iter()
                .map(|value| (header::IF_NONE_MATCH, value.parse().expect("a header")));
            let mut headers = HeaderMap::new();
            pairs.for_each(|(name, value)| {
                headers.append(name, value);
            });
            assert_eq!(known(&headers, "\"a\""), expected, "{sent:?}");
        }
    }
}
