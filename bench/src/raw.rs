//! The raw limit: a server that does nothing but accept and write frames that were encoded before, in plain tokio. It runs as
//! a process of its own (`bench raw-server`), so that its time and memory are read as the real server's are. Nothing that
//! delivers one frame per write can be cheaper.

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::load::{text, unmasked_text};
use crate::process::Process;
use crate::subject::{Control, Marks, Meaning, Protocol, Subject};

pub const NAME: &str = "raw";
/// Bytes of the frame that the published measurements were made with.
pub const SMALL: usize = 268;
pub const COMMAND: &str = "raw-server";

const SWITCHING: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(10);
const CONTROL: &[u8] = b"GET /control ";

type Subscribers = Arc<Mutex<Vec<Arc<TcpStream>>>>;

/// Serves until it is killed. `payload`: bytes of what a frame carries.
#[tokio::main]
pub async fn serve(payload: usize) -> Result<()> {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    // Not to be left behind when the benchmark is killed.
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(4096)?;
    println!("port {}", listener.local_addr()?.port());
    accept(listener, unmasked_text(&vec![b'x'; payload]).into()).await
}

async fn accept(listener: TcpListener, frame: Arc<[u8]>) -> Result<()> {
    let subscribers = Subscribers::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (subscribers, frame) = (subscribers.clone(), frame.clone());
        // A connection that fails is gone; the load counts what it misses.
        tokio::spawn(async move {
            let _ = connection(stream, subscribers, frame).await;
        });
    }
}

async fn connection(mut stream: TcpStream, subscribers: Subscribers, frame: Arc<[u8]>) -> Result<()> {
    let is_control = upgrade(&mut stream).await?;
    if is_control {
        return control(stream, subscribers, frame).await;
    }
    let stream = Arc::new(stream);
    subscribers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(stream.clone());
    // A smaller task takes over: what the handshake needed is no part of an idle connection.
    tokio::spawn(listen(stream));
    Ok(())
}

/// Until the peer goes; what it says is dropped.
async fn listen(stream: Arc<TcpStream>) {
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut [0; 64]) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return,
            Ok(_) | Err(_) => {}
        }
    }
}

async fn upgrade(stream: &mut TcpStream) -> Result<bool> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        anyhow::ensure!(stream.read_buf(&mut head).await? > 0, "gone");
    }
    stream.write_all(SWITCHING).await?;
    Ok(head.starts_with(CONTROL))
}

/// Every text frame that comes is one broadcast.
async fn control(mut stream: TcpStream, subscribers: Subscribers, frame: Arc<[u8]>) -> Result<()> {
    // A masked frame of one byte, always the same.
    let one = text(b"b").len();
    let mut buffer = Vec::new();
    while stream.read_buf(&mut buffer).await? > 0 {
        while buffer.len() >= one {
            buffer.drain(..one);
            broadcast(&subscribers, &frame).await;
        }
    }
    Ok(())
}

async fn broadcast(subscribers: &Subscribers, frame: &[u8]) {
    let subscribers = subscribers.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for subscriber in subscribers {
        let mut left = frame;
        while !left.is_empty() {
            match subscriber.try_write(left) {
                Ok(written) => left = &left[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if subscriber.writable().await.is_err() {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
    }
}

/// Starts one. `frame`: bytes of a frame with its header.
pub fn start(frame: usize) -> Result<Subject> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([COMMAND, &payload_of(frame).to_string()]);
    let (process, port) = Process::start(command, PATIENCE, |line| {
        line.strip_prefix("port ")
            .and_then(|port| port.parse::<u16>().ok())
    })?;
    Ok(Subject {
        name: NAME.into(),
        process,
        address: (Ipv4Addr::LOCALHOST, port).into(),
        protocol: Arc::new(Raw),
    })
}

/// Bytes of the payload in a server's frame of so many bytes.
pub fn payload_of(frame: usize) -> usize {
    match frame {
        0..128 => frame.saturating_sub(2),
        128..65_540 => frame - 4,
        _ => frame - 10,
    }
}

struct Raw;

impl Protocol for Raw {
    fn upgrade(&self, _: usize) -> Vec<u8> {
        b"GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n\r\n".to_vec()
    }

    fn greets(&self) -> bool {
        false
    }

    fn read(&self, _: &[u8]) -> Meaning {
        Meaning::Delivery(Marks::default())
    }

    fn control(&self) -> Control {
        Control::Socket {
            upgrade: [
                CONTROL,
                b"HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n\r\n",
            ]
            .concat(),
            trigger: "b".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_size_asked_for() {
        for frame in [20, 268, 430, 70_000] {
            assert_eq!(unmasked_text(&vec![b'x'; payload_of(frame)]).len(), frame);
        }
    }
}
