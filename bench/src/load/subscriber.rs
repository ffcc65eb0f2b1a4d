//! One WebSocket of the load: it asks for the upgrade, says what its protocol wants said, and then only counts. Bytes are
//! looked at where they were read; they are kept only when a frame is cut.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;

use super::frame::{self, Opcode};
use super::tally::{Received, Tally};
use crate::subject::{Meaning, Protocol};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The request is not written yet.
    Connecting,
    /// The 101 is not there yet.
    Upgrading,
    /// The greeting is not there yet.
    Greeting,
    In,
    /// With the close code, if one came.
    Closed(Option<u16>),
}

pub struct Subscriber {
    pub stream: TcpStream,
    pub state: State,
    /// `None`: it listens along (a control connection) and is not counted.
    pub group: Option<usize>,
    pub received: Received,
    request: Vec<u8>,
    /// The beginning of something that is not whole yet.
    rest: Vec<u8>,
}

impl Subscriber {
    pub fn connect(address: SocketAddr, request: Vec<u8>, group: Option<usize>) -> Result<Self> {
        let stream = TcpStream::connect(address).context("cannot connect")?;
        Ok(Self {
            stream,
            state: State::Connecting,
            group,
            received: Received::default(),
            request,
            rest: Vec::new(),
        })
    }

    /// The connection stands, or failed: asks for the upgrade.
    pub fn writable(&mut self) -> Result<()> {
        if self.state != State::Connecting {
            return Ok(());
        }
        if let Some(error) = self.stream.take_error()? {
            return Err(error).context("cannot connect");
        }
        self.stream.set_nodelay(true)?;
        let request = std::mem::take(&mut self.request);
        match self.stream.write(&request) {
            Ok(written) if written == request.len() => self.state = State::Upgrading,
            Ok(_) => bail!("the upgrade request did not fit into an empty buffer"),
            // Told to be writable before it is connected.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                self.request = request;
            }
            Err(error) => return Err(error).context("cannot send the upgrade request"),
        }
        Ok(())
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.stream.write(bytes)?;
        if written != bytes.len() {
            bail!("a socket took only a part of a small frame");
        }
        Ok(())
    }

    /// Reads what there is. A short read has emptied the socket; the next bytes come with an event of their own.
    pub fn readable(&mut self, buffer: &mut [u8], protocol: &dyn Protocol, tally: &mut Tally) -> Result<()> {
        while !matches!(self.state, State::Connecting | State::Closed(_)) {
            match self.stream.read(buffer) {
                Ok(0) => self.state = State::Closed(None),
                Ok(read) => {
                    self.take(&buffer[..read], protocol, tally)?;
                    if read < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.state = State::Closed(None),
            }
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], protocol: &dyn Protocol, tally: &mut Tally) -> Result<()> {
        if self.rest.is_empty() {
            let used = self.feed(bytes, protocol, tally)?;
            self.rest.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let used = self.feed(&all, protocol, tally)?;
        all.drain(..used);
        // What was kept is given back: ten thousand buffers are more than the server itself takes.
        if !all.is_empty() {
            self.rest = all;
        }
        Ok(())
    }

    /// Gives how many bytes were used.
    fn feed(&mut self, bytes: &[u8], protocol: &dyn Protocol, tally: &mut Tally) -> Result<usize> {
        let mut used = 0;
        if self.state == State::Upgrading {
            let Some(head) = head_length(bytes) else {
                return Ok(0);
            };
            self.upgraded(&bytes[..head], protocol)?;
            used = head;
        }
        let now = Instant::now();
        while let Some(frame) = frame::first(&bytes[used..])? {
            used += frame.bytes;
            match frame.opcode {
                Opcode::Text => self.heard(&frame, protocol, tally, now)?,
                Opcode::Ping => self.send(&frame::pong(frame.payload))?,
                Opcode::Pong => {}
                Opcode::Close => {
                    let code = frame.payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    self.state = State::Closed(code);
                    return Ok(used);
                }
            }
        }
        Ok(used)
    }

    fn upgraded(&mut self, head: &[u8], protocol: &dyn Protocol) -> Result<()> {
        if !head.starts_with(b"HTTP/1.1 101") {
            let head = String::from_utf8_lossy(head);
            bail!(
                "the upgrade was refused: {}",
                head.lines().next().unwrap_or_default()
            );
        }
        self.state = if protocol.greets() {
            State::Greeting
        } else {
            State::In
        };
        for text in protocol.hello() {
            self.send(&frame::text(text.as_bytes()))?;
        }
        Ok(())
    }

    fn heard(
        &mut self,
        frame: &frame::Frame<'_>,
        protocol: &dyn Protocol,
        tally: &mut Tally,
        now: Instant,
    ) -> Result<()> {
        match protocol.read(frame.payload) {
            Meaning::Delivery(marks) => {
                if let Some(group) = self.group {
                    tally.bytes += frame.bytes as u64;
                    tally.deliver(group, &mut self.received, marks, now);
                }
            }
            Meaning::Ready => {
                if self.state == State::Greeting {
                    self.state = State::In;
                }
            }
            Meaning::Answer(text) => self.send(&frame::text(text.as_bytes()))?,
            Meaning::Other => {}
        }
        Ok(())
    }
}

/// Bytes of a response's head with the empty line, once it is whole.
pub fn head_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(end + 4)
}
