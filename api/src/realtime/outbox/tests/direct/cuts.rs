//! The cut at every place: the network takes the same first bytes of each fresh connection, so a longer or shorter frame in front
//! moves the cut through the frames behind it.

use super::*;

/// Headers of two and four bytes, and an empty text.
const LENGTHS: [usize; 5] = [3, 0, 130, 1, 20];

/// So much a fresh connection takes.
async fn capacity() -> usize {
    Ends::blocked(1 << 16).await.sent()
}

/// A frame in front, the small ones, a large one that takes the rest.
fn frames(front: usize) -> Vec<Frame> {
    let lengths = [front].into_iter().chain(LENGTHS).chain([3_000]);
    (1..)
        .zip(lengths)
        .map(|(seq, length)| event(seq, length))
        .collect()
}

/// Lengths of the frame in front with which the cut falls on each byte of the small ones.
async fn fronts() -> std::ops::Range<usize> {
    let small = LENGTHS.iter().map(|length| length + 4).sum::<usize>();
    let capacity = capacity().await;
    capacity - small - 20..capacity
}

/// That each byte of the small frames was cut at: by frames that wait, and bytes of the first of them that are out.
fn all_places(seen: &BTreeSet<(usize, usize)>) {
    let frames = frames(1000);
    let small = frames.iter().enumerate().skip(1).take(LENGTHS.len());
    for (at, frame) in small {
        for sent in 0..frame.wire.len() {
            let place = (frames.len() - at, sent);
            assert!(seen.contains(&place), "no cut {sent} bytes into frame {at}");
        }
    }
}

#[tokio::test]
async fn a_batch_is_cut_anywhere_and_comes_whole() {
    let mut seen = BTreeSet::new();
    for front in fronts().await {
        let ends = Ends::new().await;
        let frames = frames(front);
        ends.outbox.push_all(&Batch::new(frames.clone(), Vec::new()));
        let out = frames.len() - ends.waits().len();
        seen.insert((ends.waits().len(), ends.sent()));
        let waiting: usize = frames[out..].iter().map(|frame| frame.bytes.len()).sum();
        assert_eq!(ends.outbox.depth().1, waiting, "what waits is counted");
        ends.outbox.push(event(99, 5));
        let (ended, bytes) = ends.end().await;
        assert!(matches!(ended, Drained::All));
        let mut expected = wire(&frames);
        expected.extend(wire(&[event(99, 5)]));
        assert!(bytes == expected, "front {front}");
    }
    all_places(&seen);
}

#[tokio::test]
async fn single_frames_are_cut_and_come_whole() {
    let mut cut = 0;
    for front in fronts().await {
        let ends = Ends::new().await;
        let frames = frames(front);
        for frame in &frames {
            ends.outbox.push(frame.clone());
        }
        cut += usize::from(ends.sent() > 0);
        let (_, bytes) = ends.end().await;
        assert!(bytes == wire(&frames), "front {front}");
    }
    assert!(cut > 0, "no frame was cut");
}

#[tokio::test]
async fn a_ping_goes_before_what_waits_but_never_into_a_frame() {
    for front in fronts().await {
        let ends = Ends::new().await;
        let frames = frames(front);
        ends.outbox.push_all(&Batch::new(frames.clone(), Vec::new()));
        let out = frames.len() - ends.waits().len() + usize::from(ends.sent() > 0);
        ends.outbox.beat();
        let (_, bytes) = ends.end().await;
        let mut expected = wire(&frames[..out]);
        expected.extend(websocket::frame::PING);
        expected.extend(wire(&frames[out..]));
        assert!(bytes == expected, "front {front}, {out} frames before");
    }
}

#[tokio::test]
async fn a_close_in_the_middle_of_a_frame_finishes_that_frame_only() {
    for front in fronts().await {
        for hand_over in [false, true] {
            let mut ends = Ends::new().await;
            let frames = frames(front);
            ends.outbox.push_all(&Batch::new(frames.clone(), Vec::new()));
            let begun = usize::from(ends.sent() > 0);
            let out = frames.len() - ends.waits().len() + begun;
            ends.outbox.close(Close::Unauthenticated, Drain::Nothing);
            assert_eq!(ends.outbox.depth().0, begun);
            ends.outbox.push(event(99, 5));
            ends.outbox.beat();
            let expected = wire(&frames[..out]);
            if hand_over {
                // The connection's task does not wait for it, and writes the rest before the close frame.
                let rest = ends.outbox.disconnect().unwrap_or_default();
                let mut bytes = vec![0; expected.len() - rest.len()];
                ends.peer.read_exact(&mut bytes).await.unwrap();
                bytes.extend(rest);
                assert!(bytes == expected, "front {front}");
            } else {
                let (ended, bytes) = ends.end().await;
                assert!(
                    matches!(ended, Drained::Closing(closing) if closing.close == Close::Unauthenticated)
                );
                assert!(bytes == expected, "front {front}");
            }
        }
    }
}

/// Seeded, so that what fails can be told again.
fn dice(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 31)) % below
}

#[tokio::test]
async fn any_arrangement_of_writes_reads_and_pings_reads_as_the_same_frames() {
    for seed in 0..20 {
        let mut state = seed;
        let limits = OutboxLimits {
            frames: 10_000,
            bytes: 1 << 26,
        };
        let ends = Ends::with(limits, 16 * 1024).await;
        let (mut read, mut pushed) = (Vec::new(), Vec::new());
        for _ in 0..300 {
            let mut next = |state: &mut u64| {
                let frame = event(pushed.len() as i64, dice(state, 1500) as usize);
                pushed.push(frame.clone());
                frame
            };
            match dice(&mut state, 10) {
                0..=2 => ends.outbox.push(next(&mut state)),
                3..=5 => {
                    let count = dice(&mut state, 6);
                    let frames = (0..count).map(|_| next(&mut state)).collect();
                    ends.outbox.push_all(&Batch::new(frames, Vec::new()));
                }
                6 => ends.outbox.beat(),
                7 => drop(ends.outbox.drain()),
                _ => {
                    let mut some = vec![0; dice(&mut state, 6000) as usize];
                    if let Ok(count) = ends.peer.try_read(&mut some) {
                        read.extend_from_slice(&some[..count]);
                    }
                }
            }
        }
        let (ended, rest) = ends.end().await;
        assert!(matches!(ended, Drained::All));
        read.extend(rest);
        let frames = frames_of(&read);
        let texts = frames.iter().filter(|(opcode, _)| *opcode != Opcode::Ping);
        let texts: Vec<_> = texts.map(|(_, text)| *text).collect();
        let pushed: Vec<_> = pushed.iter().map(|frame| &*frame.bytes).collect();
        assert!(texts == pushed, "seed {seed}");
    }
}
