//! One connection through the proxy: both directions, delayed and slowed down as its line says, up to its cut.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep, sleep_until};

use super::{End, Line};

/// Bytes that are carried in one piece.
const PIECE: usize = 4096;

/// Pieces on their way in one direction.
const ON_THE_WAY: usize = 256;

/// One direction. What has been read and not yet written stays in it, whoever stops it in between.
struct Pipe {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    queue: VecDeque<(Instant, Vec<u8>)>,
    /// Nothing more is to be read.
    dry: bool,
    latency: Duration,
    throttle: Option<u32>,
    passed: u64,
}

impl Pipe {
    fn new(from: OwnedReadHalf, to: OwnedWriteHalf, latency: Duration, throttle: Option<u32>) -> Self {
        Self {
            from,
            to,
            queue: VecDeque::new(),
            dry: false,
            latency,
            throttle,
            passed: 0,
        }
    }

    /// Carries up to so many bytes in all: true when they are reached, false when there is no more. Not to be stopped and
    /// started again, unless it returned.
    async fn run(&mut self, limit: Option<u64>) -> io::Result<bool> {
        let mut piece = [0; PIECE];
        loop {
            if limit.is_some_and(|limit| self.passed >= limit) {
                return Ok(true);
            }
            let due = self.queue.front().map(|(due, _)| *due);
            if due.is_none() && self.dry {
                return Ok(false);
            }
            tokio::select! {
                read = self.from.read(&mut piece), if !self.dry && self.queue.len() < ON_THE_WAY => {
                    let read = read?;
                    self.dry = read == 0;
                    if read > 0 {
                        self.queue.push_back((Instant::now() + self.latency, piece[..read].to_vec()));
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.write(limit).await?;
                }
            }
        }
    }

    async fn write(&mut self, limit: Option<u64>) -> io::Result<()> {
        let Some((_, bytes)) = self.queue.front_mut() else {
            return Ok(());
        };
        let left = limit.map_or(u64::MAX, |limit| limit - self.passed);
        let now = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.to.write_all(&bytes[..now]).await?;
        self.passed += now as u64;
        bytes.drain(..now);
        if bytes.is_empty() {
            self.queue.pop_front();
        }
        if let Some(rate) = self.throttle {
            sleep(Duration::from_secs_f64(now as f64 / f64::from(rate))).await;
        }
        Ok(())
    }
}

/// Throws away what comes, up to its end.
async fn drain(from: &mut OwnedReadHalf) {
    let mut piece = [0; PIECE];
    while from.read(&mut piece).await.is_ok_and(|read| read > 0) {}
}

pub(super) async fn carry(
    client: TcpStream,
    server: SocketAddr,
    line: Line,
    noted: impl Fn(End),
) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut up = Pipe::new(from_client, to_server, line.latency, None);
    let mut down = Pipe::new(from_server, to_client, line.latency, line.throttle);
    // Must live on when the other direction is cut, or lose what it has in hand.
    let mut upwards = Box::pin(up.run(None));
    let cut = tokio::select! {
        // A client that closes one direction has left: neither HTTP nor WebSocket clients do anything else.
        _ = &mut upwards => None,
        cut = down.run(line.cut.map(|cut| cut.after)) => line.cut.filter(|_| matches!(cut, Ok(true))),
    };
    let Some(cut) = cut else {
        drop(upwards);
        // In order: what it has not read would make the kernel reset the connection.
        down.to.shutdown().await?;
        return up.to.shutdown().await;
    };
    noted(cut.end);
    match cut.end {
        End::Fin => {
            drop(upwards);
            down.to.shutdown().await?;
            up.to.shutdown().await?;
        }
        End::Reset => {
            drop(upwards);
            down.to.as_ref().set_zero_linger()?;
            up.to.as_ref().set_zero_linger()?;
            // Dropped, they would say an orderly end first.
            down.to.forget();
            up.to.forget();
        }
        End::DeafServer => {
            down.to.shutdown().await?;
            tokio::select! {
                _ = &mut upwards => {}
                () = drain(&mut down.from) => {}
            }
        }
        End::DeafClient => {
            drop(upwards);
            up.to.shutdown().await?;
            tokio::select! {
                _ = down.run(None) => {}
                () = drain(&mut up.from) => {}
            }
        }
        End::Silence => {
            drop(upwards);
            tokio::join!(drain(&mut up.from), drain(&mut down.from));
        }
    }
    Ok(())
}
