//! Runs the table of `cases.rs`: every stream is read whole, cut in two, and byte by byte, and must give the same each time.

use crate::cases::{BASE_FRAMING, CLOSE, CONTROL_FRAMES, Case, FRAGMENTATION, LENGTHS, MASKING, UTF8};
use crate::notation::{bytes, outcome};

/// Bytes of one message.
const LIMIT: usize = 70_000;

#[test]
fn base_framing_section_5_2() {
    check(BASE_FRAMING);
}

#[test]
fn lengths_section_5_2() {
    check(LENGTHS);
}

#[test]
fn masking_section_5_3() {
    check(MASKING);
}

#[test]
fn fragmentation_section_5_4() {
    check(FRAGMENTATION);
}

#[test]
fn control_frames_section_5_5() {
    check(CONTROL_FRAMES);
}

#[test]
fn close_frames_section_5_5_1() {
    check(CLOSE);
}

#[test]
fn utf8_in_text_section_8_1() {
    check(UTF8);
}

#[test]
fn close_codes_section_7_4() {
    for code in 0..=u16::MAX {
        let stream = [bytes("88 82 00000000"), code.to_be_bytes().to_vec()].concat();
        let allowed = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        let expected = if allowed {
            format!("close {code}")
        } else {
            "1002 a close code that is never sent".into()
        };
        assert_eq!(outcome([&stream[..]].into_iter(), LIMIT), [expected]);
    }
}

fn check(cases: &[Case]) {
    for (why, line, expected) in cases {
        let stream = bytes(line);
        assert_eq!(
            outcome([&stream[..]].into_iter(), LIMIT),
            *expected,
            "{why}: {line}"
        );
        assert_eq!(
            outcome(stream.chunks(1), LIMIT),
            *expected,
            "{why}, byte by byte: {line}"
        );
        // The inside of a long payload is like any other place in it.
        let ends = (1..stream.len().min(150)).chain(stream.len().saturating_sub(5).max(150)..stream.len());
        for at in ends {
            let (first, second) = stream.split_at(at);
            assert_eq!(
                outcome([first, second].into_iter(), LIMIT),
                *expected,
                "{why}, cut at {at}: {line}"
            );
        }
    }
}
