//! What reading and making frames costs, beside tungstenite over the same bytes. Reading needs masked input each time, so both
//! include a copy of it: `copy` tells what that is.

use std::hint::black_box;
use std::io::{self, Read, Write};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};
use websocket::client::{Sketch, masked};
use websocket::{Opcode, Reader, frame};

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
/// The usual event as JSON; with its header it is 268 bytes.
const EVENT: usize = 264;
const LIMIT: usize = 1 << 20;
/// Bytes of one read from a stream, as `reliability.md` sets them for a connection.
const READ: usize = 4096;

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    let text = "x".repeat(EVENT);
    let mixed: String = "ein Gruß für 12 €, ".chars().cycle().take(EVENT - 40).collect();
    let large = vec![7; 64 << 10];
    let small: Vec<u8> = (0..100)
        .flat_map(|_| masked(Opcode::Text, br#"{"type":"typing"}"#, KEY))
        .collect();
    stream(
        &mut group,
        "text of 264",
        &masked(Opcode::Text, text.as_bytes(), KEY),
    );
    stream(
        &mut group,
        "text beyond ASCII",
        &masked(Opcode::Text, mixed.as_bytes(), KEY),
    );
    stream(
        &mut group,
        "binary of 64 KiB",
        &masked(Opcode::Binary, &large, KEY),
    );
    stream(&mut group, "100 small ones", &small);
    stream(&mut group, "text in 8 fragments", &fragments(text.as_bytes(), 8));
    group.finish();
}

fn fragments(payload: &[u8], count: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    let pieces = payload.chunks(payload.len().div_ceil(count));
    let last = pieces.len() - 1;
    for (i, piece) in pieces.enumerate() {
        let opcode = if i == 0 {
            Opcode::Text
        } else {
            Opcode::Continuation
        };
        Sketch {
            fin: i == last,
            ..Sketch::new(opcode, KEY)
        }
        .encode_into(piece, &mut stream);
    }
    stream
}

/// The stream comes in reads of [`READ`] bytes, and whole.
fn stream(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, stream: &[u8]) {
    group.throughput(Throughput::Bytes(stream.len() as u64));
    let mut buffer = stream.to_vec();
    group.bench_function(format!("{name}/copy"), |bencher| {
        bencher.iter(|| black_box(&mut buffer).copy_from_slice(black_box(stream)));
    });
    for (size, suffix) in [(usize::MAX, "whole"), (READ, "by 4 KiB")] {
        if size < usize::MAX && stream.len() <= size {
            continue;
        }
        let mut reader = Reader::new();
        group.bench_function(format!("{name}/ours, {suffix}"), |bencher| {
            bencher.iter(|| {
                buffer.copy_from_slice(black_box(stream));
                let mut each = |incoming: websocket::Incoming<'_>| {
                    black_box(incoming);
                };
                for piece in buffer.chunks_mut(size) {
                    reader.read(piece, LIMIT, &mut each).expect("legal frames");
                }
            });
        });
        // A larger buffer would only cost it time: it is filled with zeros before each read.
        let config = WebSocketConfig::default().read_buffer_size(size.min(stream.len().max(READ)));
        let mut socket = WebSocket::from_raw_socket(Stream::default(), Role::Server, Some(config));
        group.bench_function(format!("{name}/tungstenite, {suffix}"), |bencher| {
            bencher.iter(|| {
                let from = socket.get_mut();
                from.bytes.clear();
                from.bytes.extend_from_slice(black_box(stream));
                from.read = 0;
                while let Ok(message) = socket.read() {
                    black_box(message);
                }
            });
        });
    }
}

/// Bytes to be read until they are over.
#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    read: usize,
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = (&self.bytes[self.read..]).read(into)?;
        self.read += len;
        if len == 0 {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(len)
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn making(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("make");
    let json = vec![b'x'; EVENT];
    group.bench_function("text of 264/ours, to be shared", |bencher| {
        bencher.iter(|| frame::text(black_box(&json)));
    });
    group.bench_function("text of 264/tungstenite", |bencher| {
        let mut out = Vec::with_capacity(300);
        bencher.iter(|| {
            out.clear();
            let payload = bytes::Bytes::copy_from_slice(black_box(&json));
            let frame = Frame::message(payload, OpCode::Data(Data::Text), true);
            frame.format(&mut out).expect("written to memory");
            black_box(&out);
        });
    });
    let shared = frame::text(&json);
    group.bench_function("one more receiver/ours", |bencher| {
        bencher.iter(|| black_box(&shared).clone())
    });
    group.bench_function("one more receiver/tungstenite", |bencher| {
        let mut socket = WebSocket::from_raw_socket(Stream::default(), Role::Server, None);
        let message = Message::text("x".repeat(EVENT));
        bencher.iter(|| {
            socket
                .send(black_box(&message).clone())
                .expect("written to memory")
        });
    });
    group.finish();
}

criterion_group!(benches, reading, making);
criterion_main!(benches);
