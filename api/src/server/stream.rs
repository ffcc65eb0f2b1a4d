//! What a connection is after its upgrade, and the way there.

use std::io;

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Place;

/// What is left when HTTP has left it.
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// In the extensions of a request that asks for an upgrade: the way to the stream below HTTP. poem keeps hyper's own entry to
/// itself, and gives out a stream that is slower and boxed.
#[derive(Clone)]
pub struct RawUpgrade {
    pub(super) on_upgrade: OnUpgrade,
    pub(super) place: Place,
}

/// A connection after the upgrade.
pub struct Upgraded {
    pub stream: Stream,
    /// What the client sent right behind its request. A copy: hyper's own would hold on to its whole buffer.
    pub read: Bytes,
    pub place: Place,
}

impl RawUpgrade {
    /// To be awaited in a task of its own: it resolves after the answer 101 was written.
    ///
    /// # Errors
    /// The connection ended before, or is of a kind that this server does not make.
    pub async fn into_stream(self) -> io::Result<Upgraded> {
        let upgraded = self.on_upgrade.await.map_err(io::Error::other)?;
        let (stream, read) = match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => (Stream::Plain(parts.io.into_inner()), parts.read_buf),
            Err(upgraded) => {
                let parts = upgraded.downcast::<TokioIo<TlsStream<TcpStream>>>();
                let parts = parts.map_err(|_| io::Error::other("an unknown kind of connection"))?;
                (Stream::Tls(Box::new(parts.io.into_inner())), parts.read_buf)
            }
        };
        Ok(Upgraded {
            stream,
            read: Bytes::copy_from_slice(&read),
            place: self.place,
        })
    }
}
