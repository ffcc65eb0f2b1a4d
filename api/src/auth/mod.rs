//! From what a request or handshake carries to a credential, and to a caller. Whether the credential still holds is asked of the
//! database, by `Accounts::identify`.

mod token;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::account::Accounts;
use domain::{Caller, Credential, Result, Unauthenticated};
use http::{HeaderMap, header};
use poem::Request;
use sha2::{Digest, Sha256};

pub use token::Tokens;

/// The subprotocol a browser offers, followed by one that carries its token.
pub const SUBPROTOCOL: &str = "colloquy.v1";

pub struct Auth {
    pub tokens: Tokens,
    accounts: Arc<Accounts>,
}

impl Auth {
    pub fn new(tokens: Tokens, accounts: Arc<Accounts>) -> Self {
        Self { tokens, accounts }
    }

    pub fn verify_access(&self, token: &str) -> Result<Credential> {
        self.tokens.verify_access(token)
    }

    /// The caller of a REST request, by its `Authorization` header alone.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Caller> {
        let token = bearer(headers).ok_or(Unauthenticated::Missing)?;
        self.accounts.identify(self.verify_access(token?)?).await
    }

    /// The credential of a socket or event stream: the first that is present of ticket, token, header and subprotocol. If it
    /// is bad, the others are not tried.
    pub async fn handshake(&self, request: &Request) -> Result<Credential> {
        let query = request.uri().query().unwrap_or_default();
        if let Some(ticket) = query_value(query, "ticket") {
            return self.accounts.redeem_ticket(&ticket_hash(&ticket)).await;
        }
        if let Some(token) = query_value(query, "token") {
            return self.verify_access(&token);
        }
        if let Some(token) = bearer(request.headers()) {
            return self.verify_access(token?);
        }
        match subprotocol_token(request.headers()) {
            Some(token) => self.verify_access(token),
            None => Err(Unauthenticated::Missing.into()),
        }
    }
}

/// A fresh socket ticket and what is stored of it.
pub fn new_ticket() -> Result<(String, Vec<u8>)> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| domain::Error::internal(error.to_string()))?;
    let ticket = format!("cqt_{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = ticket_hash(&ticket);
    Ok((ticket, hash))
}

fn ticket_hash(ticket: &str) -> Vec<u8> {
    Sha256::digest(ticket.as_bytes()).to_vec()
}

/// `None`: no such header. An unreadable one is a bad credential.
fn bearer(headers: &HeaderMap) -> Option<Result<&str>> {
    let value = headers.get(header::AUTHORIZATION)?;
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    Some(token.ok_or(Unauthenticated::Rejected.into()))
}

/// The value of the first parameter of that name, decoded.
pub fn query_value(query: &str, name: &str) -> Option<String> {
    form_pairs(query)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

fn form_pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    })
}

fn decode(text: &str) -> String {
    let plain = text.replace('+', " ");
    percent_encoding::percent_decode_str(&plain)
        .decode_utf8_lossy()
        .into_owned()
}

fn subprotocol_token(headers: &HeaderMap) -> Option<&str> {
    let offered = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut names = offered.flat_map(|value| value.split(',')).map(str::trim);
    names.find(|name| *name == SUBPROTOCOL)?;
    names.next()?.strip_prefix("bearer.")
}
