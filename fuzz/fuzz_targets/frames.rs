//! Arbitrary bytes, in arbitrary pieces, against the WebSocket reader: nothing panics, and how the stream was cut does not show.
//!
//! The input is the number of cuts, the size of each piece before a cut, the limit, and then the stream. So that mutation finds
//! its way past the mask, a frame's key may be anything, zero included; nothing here depends on it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use websocket::{Incoming, Reader, Violation};

fuzz_target!(|input: &[u8]| {
    let Some((&cuts, rest)) = input.split_first() else {
        return;
    };
    let Some((sizes, rest)) = rest.split_at_checked(usize::from(cuts % 16)) else {
        return;
    };
    let Some((&limit, stream)) = rest.split_first() else {
        return;
    };
    let limit = usize::from(limit) * 16;
    let whole = read([stream].into_iter(), limit);
    assert_eq!(read(pieces(stream, sizes), limit), whole, "cut");
    assert_eq!(read(stream.chunks(1), limit), whole, "byte by byte");
});

/// The pieces of these sizes, and what is left.
fn pieces<'s>(mut stream: &'s [u8], sizes: &'s [u8]) -> impl Iterator<Item = &'s [u8]> {
    sizes
        .iter()
        .map(|size| usize::from(*size))
        .chain([usize::MAX])
        .map(move |size| {
            let (piece, rest) = stream.split_at(size.min(stream.len()));
            stream = rest;
            piece
        })
}

/// All that was told, whether it ended well, and whether something is left unfinished.
fn read<'s>(pieces: impl Iterator<Item = &'s [u8]>, limit: usize) -> (Vec<u8>, Result<(), Violation>, bool) {
    let mut reader = Reader::new();
    let mut told = Vec::new();
    let mut outcome = Ok(());
    for piece in pieces {
        let read = reader.read(&mut piece.to_vec(), limit, &mut |incoming| {
            assert!(outcome.is_ok(), "something is told behind a violation");
            tell(incoming, limit, &mut told);
        });
        outcome = outcome.and(read);
    }
    (told, outcome, reader.is_idle())
}

/// One message or control frame as bytes that no other one gives.
fn tell(incoming: Incoming<'_>, limit: usize, told: &mut Vec<u8>) {
    let (kind, code, payload) = match incoming {
        Incoming::Text(text) => (1, 0, text.as_bytes()),
        Incoming::Binary(data) => (2, 0, data),
        Incoming::Ping(data) => (3, 0, data),
        Incoming::Pong(data) => (4, 0, data),
        Incoming::Close(None) => (5, 0, &[][..]),
        Incoming::Close(Some((code, reason))) => (6, code, reason.as_bytes()),
    };
    assert!(payload.len() <= if kind <= 2 { limit } else { 125 });
    told.push(kind);
    told.extend_from_slice(&code.to_be_bytes());
    told.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    told.extend_from_slice(payload);
}
