//! A small blocking HTTP/1.1 client for what is asked rarely: seeding, waiting for readiness, and the people of `mixed`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::load::answer;

const PATIENCE: Duration = Duration::from_secs(30);

/// One connection, kept alive.
pub struct Client {
    stream: TcpStream,
    address: SocketAddr,
    /// Of the `Authorization` header; may be empty.
    pub token: String,
    bytes: Vec<u8>,
}

pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// Fails when the status is another one.
    pub fn expect(self, status: u16) -> Result<Value> {
        let text = String::from_utf8_lossy(&self.body);
        ensure!(
            self.status == status,
            "status {} in place of {status}: {text}",
            self.status
        );
        if text.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_str(&text)?)
    }
}

impl Client {
    pub fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            address,
            token: token.into(),
            bytes: Vec::new(),
        })
    }

    pub fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, "text/plain", b"")
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.send("POST", path, "application/json", body.to_string().as_bytes())
    }

    /// Uploads one file as `file`.
    pub fn upload(&mut self, path: &str, filename: &str, text: &str) -> Result<Answer> {
        let body = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
             content-type: text/plain\r\n\r\n{text}\r\n--edge--\r\n"
        );
        self.send(
            "POST",
            path,
            "multipart/form-data; boundary=edge",
            body.as_bytes(),
        )
    }

    fn send(&mut self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Result<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if !self.token.is_empty() {
            request.push_str(&format!("authorization: Bearer {}\r\n", self.token));
        }
        if method != "GET" {
            request.push_str(&format!(
                "content-type: {content_type}\r\ncontent-length: {}\r\n",
                body.len()
            ));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request)?;
        self.answer().with_context(|| format!("{method} {path}"))
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some((status, end)) = answer(&self.bytes)? {
                let rest = self.bytes.split_off(end);
                let whole = std::mem::replace(&mut self.bytes, rest);
                let body = whole.windows(4).position(|window| window == b"\r\n\r\n");
                let body = body.map_or_else(Vec::new, |head| whole[head + 4..].to_vec());
                return Ok(Answer { status, body });
            }
            match self.stream.read(&mut buffer)? {
                0 => bail!("the server closed the connection"),
                read => self.bytes.extend_from_slice(&buffer[..read]),
            }
        }
    }
}
