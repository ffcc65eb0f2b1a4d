//! The same stream read by this crate and by tungstenite, told in the same words.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};
use websocket::{Incoming, Reader, Violation};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

/// Why no more was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// The stream was over.
    Open,
    Closed,
    Refused(Violation),
}

pub type Outcome = (Vec<Event>, End);

/// A stream in pieces of these sizes, over and over.
pub fn pieces(mut stream: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (piece, rest) = stream.split_at((*size).clamp(1, stream.len()));
        pieces.push(piece.to_vec());
        stream = rest;
    }
    pieces
}

pub fn ours(pieces: &[Vec<u8>], limit: usize) -> Outcome {
    let mut reader = Reader::new();
    let mut events = Vec::new();
    for piece in pieces {
        let mut each = |incoming: Incoming<'_>| events.push(event(incoming));
        if let Err(violation) = reader.read(&mut piece.clone(), limit, &mut each) {
            return (events, End::Refused(violation));
        }
    }
    let end = if matches!(events.last(), Some(Event::Close(_))) {
        End::Closed
    } else {
        End::Open
    };
    (events, end)
}

fn event(incoming: Incoming<'_>) -> Event {
    match incoming {
        Incoming::Text(text) => Event::Text(text.into()),
        Incoming::Binary(data) => Event::Binary(data.into()),
        Incoming::Ping(data) => Event::Ping(data.into()),
        Incoming::Pong(data) => Event::Pong(data.into()),
        Incoming::Close(close) => Event::Close(close.map(|(code, reason)| (code, reason.into()))),
    }
}

/// What tungstenite reads as the server.
pub fn theirs(pieces: &[Vec<u8>], limit: usize) -> Outcome {
    told_by_them(Role::Server, pieces, limit)
}

/// What tungstenite reads in either role.
pub fn told_by_them(role: Role, pieces: &[Vec<u8>], limit: usize) -> Outcome {
    let config = WebSocketConfig::default()
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let mut socket = WebSocket::from_raw_socket(Pieces(pieces.to_vec().into()), role, Some(config));
    let mut events = Vec::new();
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => events.push(Event::Text(text.as_str().into())),
            Ok(Message::Binary(data)) => events.push(Event::Binary(data.into())),
            Ok(Message::Ping(data)) => events.push(Event::Ping(data.into())),
            Ok(Message::Pong(data)) => events.push(Event::Pong(data.into())),
            Ok(Message::Close(close)) => {
                let close = close.map(|it| (it.code.into(), it.reason.as_str().into()));
                events.push(Event::Close(close));
                return (events, End::Closed);
            }
            Ok(Message::Frame(frame)) => panic!("a raw frame was read: {frame}"),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return (events, End::Open),
            Err(Error::Protocol(_)) => return (events, End::Refused(Violation::Protocol("by tungstenite"))),
            Err(Error::Utf8(_)) => return (events, End::Refused(Violation::Utf8)),
            Err(Error::Capacity(_)) => return (events, End::Refused(Violation::TooBig)),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A stream of which each reading gives one piece, and which swallows what is written to it.
struct Pieces(VecDeque<Vec<u8>>);

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.0.front_mut() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let len = piece.len().min(into.len());
        into[..len].copy_from_slice(&piece[..len]);
        piece.drain(..len);
        if piece.is_empty() {
            self.0.pop_front();
        }
        Ok(len)
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
