//! What reading costs. What it gives is in `tests/frames`.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::client::{Sketch, masked};

const KEY: [u8; 4] = [1, 2, 3, 4];

fn fragment(opcode: Opcode, fin: bool, payload: &[u8]) -> Vec<u8> {
    Sketch {
        fin,
        ..Sketch::new(opcode, KEY)
    }
    .encode(payload)
}

fn nothing(incoming: Incoming<'_>) {
    panic!("{incoming:?}");
}

fn kept(reader: &Reader) -> usize {
    reader
        .partial
        .as_ref()
        .and_then(|partial| partial.message.as_ref())
        .map_or(0, |it| it.data.capacity())
}

#[test]
fn an_idle_reader_is_two_words_and_owns_nothing() {
    assert_eq!(size_of::<Reader>(), 16);
    let mut reader = Reader::new();
    let mut seen = 0;
    let mut stream = masked(Opcode::Text, b"whole", KEY);
    stream.extend(masked(Opcode::Ping, b"", KEY));
    reader.read(&mut stream, 100, &mut |_| seen += 1).unwrap();
    assert_eq!(seen, 2);
    assert!(reader.is_idle());
}

#[test]
fn what_is_kept_for_a_part_is_given_back_with_the_whole() {
    let whole = masked(Opcode::Binary, &[7; 50], KEY);
    for at in 1..whole.len() {
        let mut reader = Reader::new();
        let (first, second) = whole.split_at(at);
        reader.read(&mut first.to_vec(), 100, &mut nothing).unwrap();
        assert!(!reader.is_idle(), "{at}");
        let mut seen = 0;
        reader
            .read(&mut second.to_vec(), 100, &mut |_| seen += 1)
            .unwrap();
        assert_eq!(seen, 1, "{at}");
        assert!(reader.is_idle(), "{at}");
    }
}

#[test]
fn memory_follows_what_arrived_and_not_what_was_announced() {
    let limit = 1 << 30;
    let mut reader = Reader::new();
    let mut stream = fragment(Opcode::Binary, true, &vec![0; 1 << 20]);
    reader
        .read(&mut stream[..14 + 1000], limit, &mut nothing)
        .unwrap();
    assert!(kept(&reader) <= 2000, "{}", kept(&reader));
    for piece in stream[14 + 1000..14 + 10_000].chunks_mut(100) {
        reader.read(piece, limit, &mut nothing).unwrap();
    }
    assert!(kept(&reader) <= 20_000, "{}", kept(&reader));
}

#[test]
fn what_is_too_big_is_refused_by_its_header() {
    let mut reader = Reader::new();
    let mut announced = fragment(Opcode::Text, true, &[b'x'; 101]);
    assert_eq!(
        reader.read(&mut announced[..2], 100, &mut nothing),
        Err(Violation::TooBig)
    );
    assert!(reader.is_idle());

    let mut reader = Reader::new();
    reader
        .read(&mut fragment(Opcode::Text, false, &[b'x'; 60]), 100, &mut nothing)
        .unwrap();
    let mut announced = fragment(Opcode::Continuation, true, &[b'x'; 41]);
    assert_eq!(
        reader.read(&mut announced[..2], 100, &mut nothing),
        Err(Violation::TooBig)
    );
    assert!(reader.is_idle());
}

#[test]
fn empty_fragments_cost_nothing_that_grows() {
    let mut reader = Reader::new();
    reader
        .read(&mut fragment(Opcode::Text, false, b""), 100, &mut nothing)
        .unwrap();
    for _ in 0..65_536 {
        reader
            .read(&mut fragment(Opcode::Continuation, false, b""), 100, &mut nothing)
            .unwrap();
    }
    assert_eq!(kept(&reader), 0);
    let mut seen = String::from("?");
    reader
        .read(
            &mut fragment(Opcode::Continuation, true, b""),
            100,
            &mut |incoming| {
                seen = format!("{incoming:?}");
            },
        )
        .unwrap();
    assert_eq!(seen, "Text(\"\")");
    assert!(reader.is_idle());
}

#[test]
fn a_control_frame_in_pieces_leaves_the_message_around_it_alone() {
    let mut reader = Reader::new();
    reader
        .read(&mut fragment(Opcode::Text, false, b"he"), 100, &mut nothing)
        .unwrap();
    let mut seen = Vec::new();
    for byte in &mut fragment(Opcode::Ping, true, b"here?") {
        reader
            .read(std::slice::from_mut(byte), 100, &mut |incoming| {
                seen.push(format!("{incoming:?}"))
            })
            .unwrap();
    }
    assert!(!reader.is_idle());
    let mut end = fragment(Opcode::Continuation, true, b"llo");
    reader
        .read(&mut end, 100, &mut |incoming| seen.push(format!("{incoming:?}")))
        .unwrap();
    assert_eq!(
        seen,
        [
            format!("{:?}", Incoming::Ping(b"here?")),
            format!("{:?}", Incoming::Text("hello"))
        ]
    );
    assert!(reader.is_idle());
}

#[test]
fn nothing_is_read_behind_a_close_frame_or_a_violation() {
    for end in [masked(Opcode::Close, b"", KEY), vec![0xFF]] {
        let mut reader = Reader::new();
        let mut stream = [fragment(Opcode::Text, false, b"never finished"), end].concat();
        stream.extend(masked(Opcode::Ping, b"too late", KEY));
        let mut seen = Vec::new();
        let _ = reader.read(&mut stream, 100, &mut |incoming| {
            seen.push(format!("{incoming:?}"))
        });
        assert!(seen.iter().all(|it| it == "Close(None)"), "{seen:?}");
        assert!(reader.is_idle());
        assert_eq!(
            reader.read(&mut masked(Opcode::Ping, b"", KEY), 100, &mut nothing),
            Ok(())
        );
        assert_eq!(reader.read(&mut [0xFF], 100, &mut nothing), Ok(()));
    }
}
