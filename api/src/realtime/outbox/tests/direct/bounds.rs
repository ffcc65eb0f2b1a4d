//! The bounds of what waits behind a line that takes no more, and what goes first at them.

use super::*;

#[tokio::test]
async fn as_many_frames_as_the_bound_may_wait_and_one_more_may_not() {
    let ends = Ends::blocked(10_000).await;
    for seq in 2..=512 {
        ends.outbox.push(event(seq, 1));
    }
    assert_eq!((ends.outbox.depth().0, closed(&ends.outbox)), (512, None));
    ends.outbox.push(event(513, 1));
    assert_eq!(closed(&ends.outbox), Some(Close::TooSlow));
    assert_eq!(
        ends.waits(),
        [FrameKind::Event(1)],
        "the rest of the one that was begun"
    );
    let (ended, bytes) = ends.end().await;
    assert!(matches!(ended, Drained::Closing(closing) if closing.close == Close::TooSlow));
    assert!(bytes == wire(&[event(1, 10_000)]));
}

#[tokio::test]
async fn as_many_bytes_as_the_bound_may_wait_and_one_more_may_not() {
    let ends = Ends::blocked(10_000).await;
    ends.outbox.push(event(2, (1 << 20) - 10_000));
    assert_eq!((ends.outbox.depth().1, closed(&ends.outbox)), (1 << 20, None));
    ends.outbox.push(event(3, 1));
    assert_eq!(closed(&ends.outbox), Some(Close::TooSlow));
}

#[tokio::test]
async fn one_frame_may_exceed_the_bound_when_nothing_waits() {
    let ends = Ends::blocked(2 << 20).await;
    assert_eq!(closed(&ends.outbox), None);
    ends.outbox.push(event(2, 1));
    assert_eq!(closed(&ends.outbox), Some(Close::TooSlow));
}

#[tokio::test]
async fn a_batch_breaks_the_bound_as_its_frames_would_one_by_one() {
    for count in [511, 512] {
        let frames: Vec<_> = (2..2 + count).map(|seq| event(seq, 1)).collect();
        let (together, singly) = (Ends::blocked(10_000).await, Ends::blocked(10_000).await);
        together.outbox.push_all(&Batch::new(frames.clone(), Vec::new()));
        frames.into_iter().for_each(|frame| singly.outbox.push(frame));
        assert_eq!(closed(&together.outbox), closed(&singly.outbox));
        assert_eq!(together.waits(), singly.waits());
        assert_eq!(together.outbox.depth(), singly.outbox.depth());
        assert_eq!(closed(&together.outbox), (count > 511).then_some(Close::TooSlow));
    }
}

#[tokio::test]
async fn a_batch_that_is_cut_may_have_as_much_left_as_the_bound() {
    // The first one takes what the network takes.
    for (count, expected) in [(512, None), (513, Some(Close::TooSlow))] {
        let ends = Ends::new().await;
        let lengths = [10_000].into_iter().chain(std::iter::repeat(1));
        let frames: Vec<_> = (1..=count)
            .zip(lengths)
            .map(|(seq, length)| event(seq, length))
            .collect();
        ends.outbox.push_all(&Batch::new(frames.clone(), Vec::new()));
        assert_eq!(closed(&ends.outbox), expected);
        let (_, bytes) = ends.end().await;
        let out = if expected.is_none() {
            &frames[..]
        } else {
            &frames[..1]
        };
        assert!(bytes == wire(out));
    }
}

#[tokio::test]
async fn passing_frames_wait_up_to_half_of_the_bound() {
    let ends = Ends::blocked(10_000).await;
    let passing = Frame::new(FrameKind::Ephemeral, Bytes::from_static(b"t"));
    (0..300).for_each(|_| ends.outbox.push(passing.clone()));
    let (frames, _, dropped) = ends.outbox.depth();
    assert_eq!((frames, dropped), (256, 45));
    ends.outbox.push(event(2, 1));
    assert_eq!(ends.outbox.depth().0, 257, "events have the other half");
    let ends = Ends::blocked(10_000).await;
    ends.outbox.push(event(2, (1 << 19) - 10_000));
    ends.outbox.push(passing);
    assert_eq!(ends.outbox.depth().2, 1);
}

#[tokio::test]
async fn an_answer_of_which_pieces_were_shed_is_shown_whole_when_all_is_out() {
    const BIG: usize = 20_001;
    let limits = OutboxLimits {
        frames: 512,
        bytes: 2 * (BIG - 1),
    };
    let mut ends = Ends::with(limits, 1).await;
    let answer = MessageId::new();
    let piece = |first, text: &'static str| {
        Frame::new(
            FrameKind::Delta { answer, first },
            Bytes::from_static(text.as_bytes()),
        )
    };
    ends.outbox.push(piece(true, "one "));
    ends.outbox.push(event(1, BIG));
    ends.outbox.push(piece(false, "two "));
    ends.outbox.push(event(2, 1));
    assert_eq!(ends.outbox.depth().2, 1, "the crowd sheds it");
    let (outbox, line) = (&ends.outbox, &ends.line);
    let mut bytes = Vec::new();
    let shown = async {
        let ended = drained(outbox, line).await;
        assert!(matches!(ended, Drained::Missing(missing) if missing == answer));
        // There is room again, and yet it would begin too late.
        outbox.push(piece(false, "three "));
        outbox.unshed(answer);
        outbox.push(piece(true, "one two three "));
        outbox.push(piece(false, "four"));
        assert!(matches!(drained(outbox, line).await, Drained::All));
        SockRef::from(&**line)
            .shutdown(std::net::Shutdown::Write)
            .unwrap();
    };
    let ((), read) = tokio::join!(shown, ends.peer.read_to_end(&mut bytes));
    read.unwrap();
    let big = vec![b'x'; BIG];
    let frames = frames_of(&bytes);
    let texts: Vec<&[u8]> = frames.iter().map(|(_, text)| *text).collect();
    assert!(texts == [&b"one "[..], &big, b"x", b"one two three ", b"four"]);
}
