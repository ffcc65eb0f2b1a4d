//! This crate and tungstenite read and write the same, apart from the exceptions that `as_they_tell` and `is_stricter` name.

use std::io;

use proptest::prelude::*;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};
use websocket::client::{ServerHeader, server_header};
use websocket::{Opcode, Violation, frame};

use crate::peer::{End, Event, Outcome, ours, pieces, theirs, told_by_them};
use crate::stream::{cuts, damaged, frames, legal};

const LIMIT: usize = 1 << 20;

proptest! {
    #[test]
    fn any_arrangement_reads_the_same(legal in legal(5, 300), cuts in cuts()) {
        let pieces = pieces(&legal.stream, &cuts);
        let (events, end) = ours(&pieces, LIMIT);
        prop_assert_eq!(&events, &legal.events);
        prop_assert_eq!(theirs(&pieces, LIMIT), (events, end));
    }

    #[test]
    fn the_limit_is_met_at_the_same_place(legal in legal(5, 300), cuts in cuts(), limit in 125_usize..800) {
        let pieces = pieces(&legal.stream, &cuts);
        prop_assert_eq!(ours(&pieces, limit), theirs(&pieces, limit));
    }

    #[test]
    fn how_a_stream_is_cut_does_not_matter(stream in damaged(frames()), cuts in cuts()) {
        prop_assert_eq!(ours(std::slice::from_ref(&stream), 150), ours(&pieces(&stream, &cuts), 150));
    }

    #[test]
    fn any_frames_are_taken_or_refused_by_both(stream in frames(), cuts in cuts()) {
        agree(stream, &cuts, 150)?;
    }

    #[test]
    fn damaged_frames_are_taken_or_refused_by_both(stream in damaged(frames()), cuts in cuts()) {
        agree(stream, &cuts, 150)?;
    }

    #[test]
    fn damaged_messages_are_taken_or_refused_by_both(
        stream in damaged(legal(4, 8).prop_map(|legal| legal.stream)),
        cuts in cuts(),
    ) {
        agree(stream, &cuts, 70_000)?;
    }

    #[test]
    fn what_is_sent_is_read_by_tungstenite(
        text in any::<String>(),
        binary in (0_usize..70_000).prop_map(|len| vec![1; len]),
        data in proptest::collection::vec(any::<u8>(), 0..=125),
        code in 3000_u16..=4999,
        reason in any::<String>(),
    ) {
        let cut = reason[..reason.floor_char_boundary(frame::MAX_REASON)].to_owned();
        let close_len = 2 + cut.len();
        let expected = [
            (frame::text(text.as_bytes()), Opcode::Text, text.len(), Event::Text(text.clone())),
            (frame::binary(&binary), Opcode::Binary, binary.len(), Event::Binary(binary.clone())),
            (frame::ping(&data), Opcode::Ping, data.len(), Event::Ping(data.clone())),
            (frame::PING.into(), Opcode::Ping, 0, Event::Ping(Vec::new())),
            (frame::pong(&data), Opcode::Pong, data.len(), Event::Pong(data.clone())),
            (frame::close(code, &reason), Opcode::Close, close_len, Event::Close(Some((code, cut)))),
            (frame::CLOSE.into(), Opcode::Close, 0, Event::Close(None)),
        ];
        for (bytes, opcode, payload_len, event) in expected {
            let (events, _) = told_by_them(Role::Client, &[bytes.to_vec()], LIMIT);
            prop_assert_eq!(events, [event]);
            let header_len = frame::header_len(payload_len);
            prop_assert_eq!(bytes.len(), header_len + payload_len);
            let header = ServerHeader { opcode, fin: true, header_len, payload_len };
            prop_assert_eq!(server_header(&bytes), Ok(header));
        }
    }

    #[test]
    fn what_tungstenite_sends_is_read(
        text in any::<String>(),
        binary in (0_usize..70_000).prop_map(|len| vec![1; len]),
        ping in proptest::collection::vec(any::<u8>(), 0..=125),
        cuts in cuts(),
    ) {
        let mut socket = WebSocket::from_raw_socket(io::Cursor::new(Vec::new()), Role::Client, None);
        socket.send(Message::text(text.clone())).expect("sent");
        socket.send(Message::binary(binary.clone())).expect("sent");
        socket.send(Message::Ping(ping.clone().into())).expect("sent");
        socket.close(None).expect("sent");
        let stream = socket.get_ref().get_ref();
        let events = vec![Event::Text(text), Event::Binary(binary), Event::Ping(ping), Event::Close(None)];
        prop_assert_eq!(ours(&pieces(stream, &cuts), LIMIT), (events, End::Closed));
    }
}

/// Whether both make the same of a stream that may be wrong in any way: as it stands, and with so many zeros behind it that no
/// frame stays unfinished.
fn agree(mut stream: Vec<u8>, cuts: &[usize], limit: usize) -> Result<(), TestCaseError> {
    let (events, end) = ours(&pieces(&stream, cuts), limit);
    let (their_events, their_end) = theirs(&pieces(&stream, cuts), limit);
    // They judge a frame when all of it is there.
    if matches!(end, End::Refused(_)) && their_end == End::Open {
        prop_assert_eq!(events, their_events);
    } else {
        same((events, end), (their_events, their_end))?;
    }
    stream.resize(stream.len() + limit + 14, 0);
    let pieces = pieces(&stream, &[cuts[0].max(100)]);
    same(ours(&pieces, limit), theirs(&pieces, limit))
}

fn same(ours: Outcome, theirs: Outcome) -> Result<(), TestCaseError> {
    match (ours.1, theirs.1) {
        (End::Refused(violation), _) if is_stricter(violation) => {
            prop_assert!(theirs.0.starts_with(&ours.0), "{ours:?} {theirs:?}");
        }
        // Which of a frame's faults is seen first is a matter of taste.
        (End::Refused(_), End::Refused(_)) => prop_assert_eq!(ours.0, theirs.0),
        (End::Open | End::Closed | End::Refused(_), _) => prop_assert_eq!(as_they_tell(ours), theirs),
    }
    Ok(())
}

/// RFC 6455 asks for the shortest form of a length (section 5.2); tungstenite takes any. So a short control frame with a long
/// form of length is fine there too.
fn is_stricter(violation: Violation) -> bool {
    matches!(
        violation,
        Violation::Protocol("the length is not in its shortest form" | "the control frame is too long")
    )
}

/// A close code that is never sent is a violation here, and a close frame with a code of its own there. For them 1014 is one,
/// although it is registered.
fn as_they_tell((mut events, mut end): Outcome) -> Outcome {
    if let Some(Event::Close(Some((1014, _)))) = events.last() {
        events.pop();
        end = End::Refused(Violation::Protocol("a close code that is never sent"));
    }
    if end == End::Refused(Violation::Protocol("a close code that is never sent")) {
        events.push(Event::Close(Some((1002, "Protocol violation".into()))));
        end = End::Closed;
    }
    (events, end)
}
