//! The reading half of a socket: bytes from any stream, whole messages out. While nothing comes it keeps no buffer: bytes are
//! read into one that all sockets of a thread share.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use websocket::{Incoming, Reader, Violation};

use super::close::Close;

const BUFFER: usize = 16 * 1024;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// What the peer sent, kept: taking it in may have to wait.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Text(String),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
    /// The peer's close frame, with its code.
    Close(Option<u16>),
}

/// What came in one piece, and whether reading ends behind it.
#[derive(Debug)]
pub struct Piece {
    pub said: Vec<Said>,
    pub end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The peer broke the protocol; nothing more can be understood.
    Failed(Close),
    /// Gone without a close.
    Lost,
}

pub struct Ear<R> {
    io: R,
    reader: Reader,
    /// Bytes of one message.
    limit: usize,
    /// What came right behind the handshake, until it is read.
    early: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Ear<R> {
    pub fn new(io: R, early: &[u8], limit: usize) -> Self {
        Self {
            io,
            reader: Reader::new(),
            limit,
            early: early.to_vec(),
        }
    }

    /// The next piece, perhaps with nothing whole in it. Nothing is lost when it is given up.
    pub async fn hear(&mut self) -> Piece {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Piece> {
        if !self.early.is_empty() {
            let mut early = std::mem::take(&mut self.early);
            return Poll::Ready(self.understand(&mut early));
        }
        INPUT.with_borrow_mut(|input| {
            let mut buffer = ReadBuf::new(input);
            let read = ready!(Pin::new(&mut self.io).poll_read(context, &mut buffer));
            let nothing = read.is_err() || buffer.filled().is_empty();
            Poll::Ready(if nothing {
                Piece {
                    said: Vec::new(),
                    end: Some(End::Lost),
                }
            } else {
                self.understand(buffer.filled_mut())
            })
        })
    }

    fn understand(&mut self, input: &mut [u8]) -> Piece {
        let mut said = Vec::new();
        let read = self
            .reader
            .read(input, self.limit, &mut |incoming| said.push(kept(incoming)));
        let end = read.err().map(|violation| {
            End::Failed(match violation {
                Violation::Protocol(_) => Close::Protocol,
                Violation::Utf8 => Close::Utf8,
                Violation::TooBig => Close::TooBig,
            })
        });
        Piece { said, end }
    }

    /// Listens for nothing but the peer's close; false if it cannot be understood any more.
    pub async fn parted(&mut self) -> bool {
        loop {
            let Piece { said, end } = self.hear().await;
            if said.iter().any(|said| matches!(said, Said::Close(_))) {
                return true;
            }
            match end {
                None => {}
                Some(End::Failed(_)) => return false,
                Some(End::Lost) => return true,
            }
        }
    }

    /// Reads and forgets what a peer still sends, until it ends its side: closing with unread bytes would reset the connection,
    /// and the close frame with it.
    pub async fn swallow(&mut self) {
        let next = |context: &mut Context<'_>| {
            INPUT.with_borrow_mut(|input| {
                let mut buffer = ReadBuf::new(input);
                let read = ready!(Pin::new(&mut self.io).poll_read(context, &mut buffer));
                Poll::Ready::<io::Result<usize>>(read.map(|()| buffer.filled().len()))
            })
        };
        let mut next = next;
        while let Ok(1..) = poll_fn(&mut next).await {}
    }
}

fn kept(incoming: Incoming<'_>) -> Said {
    match incoming {
        Incoming::Text(text) => Said::Text(text.to_owned()),
        Incoming::Binary(bytes) => Said::Binary(Bytes::copy_from_slice(bytes)),
        Incoming::Ping(payload) => Said::Ping(Bytes::copy_from_slice(payload)),
        Incoming::Pong(_) => Said::Pong,
        Incoming::Close(close) => Said::Close(close.map(|(code, _)| code)),
    }
}
