//! The bound of the queue, and what goes first at it.

use bytes::Bytes;

use super::*;

mod direct;

fn outbox() -> Outbox {
    Outbox::new(OutboxLimits {
        frames: 8,
        bytes: 100,
    })
}

fn event(seq: i64, length: usize) -> Frame {
    Frame::new(FrameKind::Event(seq), vec![b'x'; length].into())
}

fn closed(outbox: &Outbox) -> Option<Close> {
    outbox.closing().map(|closing| closing.close)
}

#[test]
fn at_half_ephemeral_frames_are_dropped_and_events_are_not() {
    let outbox = outbox();
    for _ in 0..6 {
        outbox.push(Frame::new(FrameKind::Ephemeral, Bytes::from_static(b"t")));
    }
    assert_eq!(outbox.depth(), (4, 4, 2));
    outbox.push(event(1, 1));
    assert_eq!(outbox.depth(), (5, 5, 2));
}

#[test]
fn after_one_shed_piece_an_answer_is_shed_until_it_is_shown_whole() {
    let outbox = outbox();
    let answer = MessageId::new();
    let delta = |first| FrameKind::Delta { answer, first };
    let piece = || Frame::new(delta(false), Bytes::from_static(b"p"));
    outbox.push(Frame::new(delta(true), Bytes::from_static(b"p")));
    (0..5).for_each(|_| outbox.push(piece()));
    assert_eq!(outbox.depth(), (4, 4, 2));
    assert!(matches!(outbox.next(), Next::Frame(_)));
    outbox.push(piece());
    assert_eq!(
        outbox.depth(),
        (3, 3, 3),
        "there is room, and yet it would begin too late"
    );
    (0..3).for_each(|_| assert!(matches!(outbox.next(), Next::Frame(_))));
    assert!(matches!(outbox.next(), Next::Missing(missing) if missing == answer));
    outbox.unshed(answer);
    // However large: the queue is empty.
    outbox.push(Frame::new(delta(true), vec![b'x'; 500].into()));
    assert!(matches!(outbox.next(), Next::Frame(frame) if frame.bytes.len() == 500));
    assert!(matches!(outbox.next(), Next::Nothing));
}

#[test]
fn a_piece_without_what_comes_before_it_is_never_taken() {
    let outbox = outbox();
    let answer = MessageId::new();
    let piece = |first| Frame::new(FrameKind::Delta { answer, first }, Bytes::from_static(b"p"));
    outbox.push(piece(false));
    assert!(matches!(outbox.next(), Next::Missing(missing) if missing == answer));
    // There is nothing to show: it is about to end.
    outbox.unshed(answer);
    assert!(matches!(outbox.next(), Next::Nothing));
    outbox.push(piece(true));
    outbox.push(piece(false));
    assert_eq!(outbox.depth().0, 2);
    outbox.ended(answer);
    outbox.push(piece(false));
    assert_eq!(outbox.depth().0, 2, "nothing after the end");
}

#[test]
fn the_bound_holds_at_the_value_and_breaks_one_above() {
    let outbox = outbox();
    (1..=8).for_each(|seq| outbox.push(event(seq, 1)));
    assert_eq!((outbox.depth().0, closed(&outbox)), (8, None));
    outbox.push(event(9, 1));
    assert_eq!((outbox.depth().0, closed(&outbox)), (0, Some(Close::TooSlow)));
    let outbox = self::outbox();
    outbox.push(event(1, 50));
    outbox.push(event(2, 50));
    assert_eq!(closed(&outbox), None);
    outbox.push(event(3, 1));
    assert_eq!(closed(&outbox), Some(Close::TooSlow));
}

#[test]
fn one_frame_may_exceed_an_empty_queue() {
    let outbox = outbox();
    outbox.push(event(1, 500));
    assert_eq!(closed(&outbox), None);
    assert!(matches!(outbox.next(), Next::Frame(_)));
}

#[test]
fn a_draining_close_gives_out_what_is_queued_and_takes_nothing_more() {
    let outbox = outbox();
    outbox.push(event(1, 1));
    outbox.close(Close::NoAccess, Drain::Queued);
    outbox.push(event(2, 1));
    assert!(matches!(
        outbox.next(),
        Next::Frame(Frame {
            kind: FrameKind::Event(1),
            ..
        })
    ));
    assert!(matches!(outbox.next(), Next::Closing(closing) if closing.close == Close::NoAccess));
}

#[tokio::test]
async fn a_frame_that_came_during_a_write_is_not_slept_over() {
    let outbox = outbox();
    outbox.push(event(1, 1));
    // A write that ends while the queue is watched for a close: the watch takes the notice.
    tokio::select! {
        biased;
        _ = outbox.cut() => panic!("nobody closes"),
        () = tokio::task::yield_now() => {}
    }
    tokio::time::timeout(Duration::from_secs(5), outbox.wait())
        .await
        .unwrap();
    assert!(matches!(outbox.next(), Next::Frame(_)));
}

#[test]
fn a_lost_credential_overrides_a_draining_close() {
    let outbox = outbox();
    outbox.push(event(1, 1));
    outbox.close(Close::NoAccess, Drain::Queued);
    outbox.close(Close::Unauthenticated, Drain::Nothing);
    outbox.close(Close::GoingAway, Drain::Nothing);
    assert!(matches!(outbox.next(), Next::Closing(closing) if closing.close == Close::Unauthenticated));
}
