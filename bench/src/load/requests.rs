//! One HTTP/1.1 connection that is kept alive: a request out, its answer in, the next one. No pipelining.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;

use super::subscriber::head_length;

/// Which broadcast a request causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caused {
    pub group: usize,
    pub number: u64,
}

pub struct Requester {
    pub stream: TcpStream,
    pub address: SocketAddr,
    busy: Option<Caused>,
    open: bool,
    rest: Vec<u8>,
}

impl Requester {
    /// Blocks for the moment that a connection over loopback takes.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = std::net::TcpStream::connect(address).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            address,
            busy: None,
            open: true,
            rest: Vec::new(),
        })
    }

    pub fn is_idle(&self) -> bool {
        self.busy.is_none()
    }

    /// Whether the server closed it, as it does with connections that rest for long.
    pub fn is_closed(&self) -> bool {
        !self.open
    }

    pub fn send(&mut self, request: &[u8], caused: Caused) -> Result<()> {
        let written = self.stream.write(request).context("cannot send a request")?;
        if written != request.len() {
            bail!("a request did not fit into an empty buffer");
        }
        self.busy = Some(caused);
        Ok(())
    }

    /// Reads what there is; gives the request that is answered now. Fails when the answer's status is not `status`.
    pub fn readable(&mut self, buffer: &mut [u8], status: u16) -> Result<Option<Caused>> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => self.open = false,
                Ok(read) => {
                    self.rest.extend_from_slice(&buffer[..read]);
                    if read == buffer.len() {
                        continue;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => self.open = false,
            }
            break;
        }
        let answered = match answer(&self.rest)? {
            Some((found, _)) if found != status => {
                bail!(
                    "a request was answered with: {}",
                    String::from_utf8_lossy(&self.rest)
                )
            }
            Some((_, bytes)) => {
                self.rest.drain(..bytes);
                self.busy.take()
            }
            None => None,
        };
        if !self.open && self.busy.is_some() {
            bail!("the server closed a connection with a request on it");
        }
        Ok(answered)
    }
}

/// Status and bytes of a whole answer at the beginning of some bytes, or None when more must come.
pub fn answer(bytes: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(head) = head_length(bytes) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..head])?;
    let mut lines = text.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.context("an answer without a status")?.parse()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>())
    });
    let length = match (length, status) {
        (Some(length), _) => length?,
        (None, 204 | 304) => 0,
        (None, _) => bail!("an answer without a length"),
    };
    Ok((bytes.len() >= head + length).then_some((status, head + length)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let text = b"HTTP/1.1 201 Created\r\nA: b\r\nContent-Length: 2\r\n\r\n{}";
        for cut in 0..text.len() {
            assert_eq!(answer(&text[..cut]).unwrap(), None);
        }
        assert_eq!(answer(text).unwrap(), Some((201, text.len())));
        assert_eq!(
            answer(b"HTTP/1.1 204 No Content\r\n\r\nHTTP").unwrap(),
            Some((204, 27))
        );
        assert!(answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(answer(b"nonsense\r\n\r\n").is_err());
    }
}
