//! Direct writes over a real connection whose buffers hold next to nothing: whatever part of a frame or a batch the network takes,
//! the other side reads exactly the frames, in order.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::time::Timestamp;
use socket2::SockRef;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use websocket::Opcode;
use websocket::client::server_header;

use super::super::*;
use super::{closed, event};

mod bounds;
mod cuts;
mod ends;

const LIMITS: OutboxLimits = OutboxLimits {
    frames: 512,
    bytes: 1 << 20,
};

/// An outbox with its line, and the peer at the other end.
struct Ends {
    outbox: Outbox,
    line: Line,
    peer: TcpStream,
}

impl Ends {
    async fn new() -> Self {
        // The kernel makes the least it can of it.
        Self::with(LIMITS, 1).await
    }

    /// `window`: bytes that the peer takes in before it reads. Through a very small one, much goes slowly.
    async fn with(limits: OutboxLimits, window: u32) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(window).unwrap();
        let peer = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let of_stream = SockRef::from(&stream);
        of_stream.set_send_buffer_size(1).unwrap();
        of_stream.set_tcp_nodelay(true).unwrap();
        stream.writable().await.unwrap();
        let (outbox, line) = (Outbox::new(limits), Arc::new(stream));
        outbox.connect(line.clone());
        Self { outbox, line, peer }
    }

    /// With a frame of which the network has taken a part, and no more fits.
    async fn blocked(length: usize) -> Self {
        let ends = Self::new().await;
        ends.outbox.push(event(1, length));
        assert!(ends.sent() > 0, "the network took everything");
        ends
    }

    fn sent(&self) -> usize {
        lock(&self.outbox.state).sent
    }

    /// What waits.
    fn waits(&self) -> Vec<FrameKind> {
        lock(&self.outbox.state)
            .frames
            .iter()
            .map(|frame| frame.kind)
            .collect()
    }

    /// Drains as the connection's task does, while the peer reads; then the line ends. Gives why the draining ended, and all
    /// bytes that the peer was sent.
    async fn end(self) -> (Drained, Vec<u8>) {
        let Self {
            outbox,
            line,
            mut peer,
        } = self;
        let mut bytes = Vec::new();
        let write = async {
            let ended = drained(&outbox, &line).await;
            outbox.disconnect();
            SockRef::from(&*line).shutdown(std::net::Shutdown::Write).unwrap();
            ended
        };
        let both = async { tokio::join!(write, peer.read_to_end(&mut bytes)) };
        let (ended, read) = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
        read.unwrap();
        (ended, bytes)
    }
}

async fn drained(outbox: &Outbox, line: &Line) -> Drained {
    loop {
        match outbox.drain() {
            Drained::Blocked { .. } => line.writable().await.unwrap(),
            ended @ (Drained::All | Drained::Missing(_) | Drained::Closing(_)) => return ended,
        }
    }
}

fn wire(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.wire.to_vec()).collect()
}

/// A stream cut into its frames.
fn frames_of(mut bytes: &[u8]) -> Vec<(Opcode, &[u8])> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let header = server_header(bytes).unwrap();
        let (frame, rest) = bytes.split_at(header.header_len + header.payload_len);
        frames.push((header.opcode, &frame[header.header_len..]));
        bytes = rest;
    }
    frames
}

#[tokio::test]
async fn what_comes_goes_out_at_once_and_leaves_the_queue_empty() {
    let mut ends = Ends::new().await;
    let batch = Batch::new(vec![event(2, 10), event(3, 0), event(4, 200)], Vec::new());
    ends.outbox.push(event(1, 100));
    ends.outbox.push_all(&batch);
    ends.outbox.beat();
    assert_eq!(ends.outbox.depth(), (0, 0, 0));
    assert!(ends.outbox.is_idle(), "the writer sleeps on");
    let mut expected = wire(&[event(1, 100)]);
    expected.extend(wire(&batch.frames));
    expected.extend(websocket::frame::PING);
    let mut bytes = vec![0; expected.len()];
    ends.peer.read_exact(&mut bytes).await.unwrap();
    assert_eq!(bytes, expected);
}

#[tokio::test]
async fn what_waited_before_there_was_a_line_goes_first() {
    let ends = Ends::new().await;
    ends.outbox.disconnect();
    let frames: Vec<_> = (1..=4).map(|seq| event(seq, 50)).collect();
    ends.outbox.push(frames[0].clone());
    ends.outbox
        .push_all(&Batch::new(frames[1..3].to_vec(), Vec::new()));
    ends.outbox.connect(ends.line.clone());
    ends.outbox.push(frames[3].clone());
    assert_eq!(ends.outbox.depth().0, 4, "nobody jumps the queue");
    let (ended, bytes) = ends.end().await;
    assert!(matches!(ended, Drained::All));
    assert_eq!(bytes, wire(&frames));
}

#[tokio::test]
async fn the_writer_sleeps_through_what_goes_out_and_wakes_for_what_waits() {
    let ends = Ends::new().await;
    let mut wait = Box::pin(ends.outbox.wait());
    ends.outbox.push(event(1, 10));
    assert!(futures_util::poll!(&mut wait).is_pending());
    ends.outbox.push(event(2, 100_000));
    assert!(futures_util::poll!(&mut wait).is_ready());
    drop(wait);
    // While it waits for the network, an order to close reaches it.
    assert!(matches!(
        ends.outbox.drain(),
        Drained::Blocked { progress: false }
    ));
    let mut cut = Box::pin(ends.outbox.cut());
    assert!(futures_util::poll!(&mut cut).is_pending());
    ends.outbox.push(event(3, 10));
    assert!(futures_util::poll!(&mut cut).is_pending());
    ends.outbox.close(Close::ByAdministrator, Drain::Nothing);
    assert!(futures_util::poll!(&mut cut).is_ready());
}

#[tokio::test]
async fn progress_is_told_when_a_frame_was_completed() {
    let mut ends = Ends::blocked(4_000).await;
    ends.outbox.push(event(2, 100_000));
    let mut some = [0; 500];
    let mut progress = false;
    while !progress {
        ends.peer.read_exact(&mut some).await.unwrap();
        let before = ends.outbox.depth().0;
        match ends.outbox.drain() {
            Drained::Blocked { progress: told } => progress = told,
            other @ (Drained::All | Drained::Missing(_) | Drained::Closing(_)) => panic!("{other:?}"),
        }
        assert_eq!(progress, ends.outbox.depth().0 < before);
    }
    assert_eq!(ends.waits(), [FrameKind::Event(2)]);
}
