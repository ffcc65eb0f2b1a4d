//! The writing half of a socket where frames are awaited: while a client catches up from the log, over TLS, and for the close
//! frame. Frames are gathered in a small buffer; what was begun is finished before anything else goes out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::outbox::{Frame, Line};
use super::replay::{Broken, Wire};

/// Beyond it, what is gathered goes out.
const BUFFER: usize = 16 * 1024;

pub struct Mouth<W> {
    io: W,
    buffer: BytesMut,
}

impl<W: AsyncWrite + Unpin + Send> Mouth<W> {
    pub fn new(io: W) -> Self {
        Self {
            io,
            buffer: BytesMut::new(),
        }
    }

    /// To be flushed; never waits.
    pub fn add(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Ends our side of the connection.
    pub async fn shutdown(&mut self) {
        let _ = self.io.shutdown().await;
    }
}

impl<W: AsyncWrite + Unpin + Send> Wire for Mouth<W> {
    async fn write(&mut self, frame: &Frame) -> Result<(), Broken> {
        self.add(&frame.wire);
        if self.buffer.len() < BUFFER {
            return Ok(());
        }
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        while !self.buffer.is_empty() {
            match self.io.write_buf(&mut self.buffer).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(Broken),
            }
        }
        self.buffer = BytesMut::new();
        self.io.flush().await.map_err(|_| Broken)
    }

    async fn beat(&mut self) -> Result<(), Broken> {
        self.write(&Frame::ping()).await
    }
}

/// A line as a stream, of which there may be several.
#[derive(Clone)]
pub struct LineIo(pub Line);

impl AsyncRead for LineIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for LineIo {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(context))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&*self.0).shutdown(std::net::Shutdown::Write))
    }
}

/// The frame that a close has, if it has one.
pub fn close_frame(close: super::close::Close) -> Option<Bytes> {
    Some(websocket::frame::close(close.code()?, close.reason()))
}
