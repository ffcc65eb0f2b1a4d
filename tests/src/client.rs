//! A REST client with verbs as methods. Every refusal it sees must be a problem of RFC 9457 in full, whatever the test is about;
//! every secret it is given is noted for the search of the logs.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::logs;

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    pub fn new(http: reqwest::Client, base: String, token: Option<String>) -> Self {
        Self { http, base, token }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// `Value::Null` sends no body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path).json(&body).send().await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PUT, path).json(&body).send().await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PATCH, path).json(&body).send().await
    }

    /// Uploads a file to a bot.
    pub async fn upload(&self, bot: &str, filename: &str, bytes: impl AsRef<[u8]>) -> Answer {
        self.request(Method::POST, &format!("/api/bots/{bot}/documents"))
            .file(filename, bytes)
            .send()
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut inner = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            inner = inner.bearer_auth(token);
        }
        Request { inner }
    }
}

pub struct Request {
    inner: reqwest::RequestBuilder,
}

impl Request {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        self.inner = self.inner.header(HeaderName::from_static(name), value);
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        for name in ["password", "new_password", "current_password", "api_key"] {
            if let Some(secret) = body[name].as_str() {
                logs::issued(secret);
            }
        }
        if !body.is_null() {
            self.inner = self.inner.json(body);
        }
        self
    }

    /// A form with the one part `file`.
    pub fn file(self, filename: &str, bytes: impl AsRef<[u8]>) -> Self {
        let head = format!("form-data; name=\"file\"; filename=\"{filename}\"");
        self.form(&[(&head, bytes.as_ref())])
    }

    /// A form of parts, each with its `Content-Disposition`.
    pub fn form(self, parts: &[(&str, &[u8])]) -> Self {
        self.body(Some(FORM), form(parts))
    }

    /// Any bytes, under any type or none.
    pub fn body(mut self, content_type: Option<&'static str>, body: impl Into<reqwest::Body>) -> Self {
        if let Some(content_type) = content_type {
            self = self.header("content-type", content_type);
        }
        self.inner = self.inner.body(body);
        self
    }

    pub async fn send(self) -> Answer {
        Self::read(self.inner.send().await.expect("an answer")).await
    }

    /// For a body that is no text: its bytes, beside an answer without them.
    pub async fn download(self) -> (Answer, bytes::Bytes) {
        let response = self.inner.send().await.expect("an answer");
        if !response.status().is_success() {
            return (Self::read(response).await, bytes::Bytes::new());
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("the whole answer");
        (Answer::new(status, headers, String::new()), body)
    }

    /// For a body that has no end: the head alone, unless it is a refusal.
    pub async fn begin(self) -> Answer {
        let response = self.inner.send().await.expect("an answer");
        if response.status().is_success() {
            return Answer::new(
                response.status().as_u16(),
                response.headers().clone(),
                String::new(),
            );
        }
        Self::read(response).await
    }

    async fn read(response: reqwest::Response) -> Answer {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("the whole answer");
        Answer::new(status, headers, text)
    }
}

const BOUNDARY: &str = "7d1c0f5a-between-the-parts";
/// The type that goes with `form`.
pub const FORM: &str = "multipart/form-data; boundary=7d1c0f5a-between-the-parts";

/// The body of a form.
pub fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (disposition, bytes) in parts {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// What came back; `body` is null where there was no JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Answer {
    pub fn new(status: u16, headers: HeaderMap, text: String) -> Self {
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Self {
            status,
            headers,
            text,
            body,
        };
        if status >= 400 {
            answer.assert_problem();
        } else {
            answer.note_secrets();
        }
        answer
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body of an answer of success.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if status == 204 {
            assert_eq!(self.text, "", "204 has no body");
        }
        self.body
    }

    #[track_caller]
    pub fn status_is(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text);
    }

    /// The problem of a refusal with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.text
        );
        self.body
    }

    /// A 422 that names exactly these fields.
    #[track_caller]
    pub fn invalid(self, fields: &[&str]) {
        assert_eq!(self.status, 422, "{}", self.text);
        let errors = self.body["errors"].as_array().expect("errors");
        let mut named: Vec<_> = errors
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        named.sort_unstable();
        named.dedup();
        let mut wanted = fields.to_vec();
        wanted.sort_unstable();
        assert_eq!(named, wanted, "{}", self.text);
    }

    fn assert_problem(&self) {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{} {}",
            self.status,
            self.text
        );
        for member in ["type", "title", "detail", "code", "request_id"] {
            let text = self.body[member].as_str();
            assert!(
                text.is_some_and(|text| !text.is_empty()),
                "`{member}` is missing: {}",
                self.text
            );
        }
        assert_eq!(self.body["status"], self.status, "{}", self.text);
        if self.status == 422 {
            let errors = self.body["errors"].as_array();
            assert!(
                errors.is_some_and(|errors| !errors.is_empty()),
                "422 without errors: {}",
                self.text
            );
        }
        if matches!(self.status, 429 | 503) {
            let seconds = self
                .header("retry-after")
                .and_then(|text| text.parse::<u64>().ok());
            assert!(
                seconds.is_some_and(|seconds| seconds > 0),
                "no Retry-After: {}",
                self.text
            );
        }
        assert!(!matches!(self.status, 500..=502 | 504..), "{}", self.text);
    }

    fn note_secrets(&self) {
        for name in ["access_token", "refresh_token", "ticket"] {
            if let Some(secret) = self.body[name].as_str() {
                logs::issued(secret);
            }
        }
    }
}
