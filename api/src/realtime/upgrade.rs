//! The HTTP side of a socket: is it an upgrade, may its origin ask, is the handshake well-formed. Whoever passes gets 101; what
//! else there is to refuse is refused by a close frame, since a browser cannot read anything else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    CONNECTION, HeaderMap, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderValue, Method, StatusCode};
use poem::{Request, Response};
use websocket::handshake::accept_key;

use crate::error::plain;
use crate::http::origin::Origins;
use crate::server::RawUpgrade;

const SUBPROTOCOL: &str = "colloquy.v1";
const TOKEN_PREFIX: &str = "bearer.";

/// An upgrade that will be answered with 101.
pub struct Handshake {
    pub response: Response,
    pub upgrade: RawUpgrade,
}

pub fn shake(request: &Request, origins: &Origins) -> Result<Handshake, Box<Response>> {
    let headers = request.headers();
    let asks = request.method() == Method::GET
        && names(headers, &CONNECTION, "upgrade")
        && names(headers, &UPGRADE, "websocket");
    if !asks {
        return Err(upgrade_required("a WebSocket upgrade is needed here"));
    }
    if !origins.allows(headers) {
        let detail = "this origin may not open sockets";
        return Err(Box::new(plain(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            detail,
        )));
    }
    if headers.get(SEC_WEBSOCKET_VERSION).map(HeaderValue::as_bytes) != Some(b"13") {
        return Err(upgrade_required("version 13 of the WebSocket protocol is needed"));
    }
    let bad = |detail| Box::new(plain(StatusCode::BAD_REQUEST, "bad_handshake", detail));
    let mut keys = headers.get_all(SEC_WEBSOCKET_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(bad("Sec-WebSocket-Key must be there once"));
    };
    if !BASE64_STANDARD.decode(key).is_ok_and(|key| key.len() == 16) {
        return Err(bad("Sec-WebSocket-Key must be 16 bytes in base64"));
    }
    let accept = accept_key(key.as_bytes());
    let Some(upgrade) = request.extensions().get::<RawUpgrade>().cloned() else {
        return Err(bad("this connection cannot be upgraded"));
    };
    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, accept);
    if offers_pair(headers) {
        response = response.header(SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    }
    Ok(Handshake {
        response: response.finish(),
        upgrade,
    })
}

fn upgrade_required(detail: &str) -> Box<Response> {
    let mut response = plain(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail);
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    Box::new(response)
}

fn tokens<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim)
}

fn names(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|found| found.eq_ignore_ascii_case(token))
}

/// The protocol's name is answered only beside a token: answering a name that was not asked for fails the handshake.
fn offers_pair(headers: &HeaderMap) -> bool {
    let offered = || tokens(headers, &SEC_WEBSOCKET_PROTOCOL);
    offered().any(|name| name == SUBPROTOCOL) && offered().any(|name| name.starts_with(TOKEN_PREFIX))
}
