//! How a line ends: by the credential's end, by a peer that is gone, by an order to close.

use super::*;

#[tokio::test]
async fn nothing_is_written_from_the_credentials_end_on() {
    let ways: [fn(&Outbox); 3] = [
        |outbox| outbox.push(event(1, 10)),
        |outbox| outbox.push_all(&Batch::new(vec![event(1, 10), event(2, 10)], Vec::new())),
        Outbox::beat,
    ];
    for way in ways {
        let ends = Ends::new().await;
        ends.outbox.expire_at(Timestamp::now());
        let mut wait = Box::pin(ends.outbox.wait());
        assert!(futures_util::poll!(&mut wait).is_pending());
        way(&ends.outbox);
        assert!(
            futures_util::poll!(&mut wait).is_ready(),
            "the writer has to say so"
        );
        drop(wait);
        assert_eq!(closed(&ends.outbox), Some(Close::Unauthenticated));
        let (ended, bytes) = ends.end().await;
        assert!(matches!(ended, Drained::Closing(closing) if closing.close == Close::Unauthenticated));
        assert!(bytes.is_empty());
    }
}

#[tokio::test]
async fn what_waits_at_the_credentials_end_is_thrown_away() {
    let ends = Ends::blocked(10_000).await;
    (2..10).for_each(|seq| ends.outbox.push(event(seq, 10)));
    ends.outbox.expire_at(Timestamp::now());
    let (ended, bytes) = ends.end().await;
    assert!(matches!(ended, Drained::Closing(closing) if closing.close == Close::Unauthenticated));
    assert!(
        bytes == wire(&[event(1, 10_000)]),
        "the frame that was begun, and no more"
    );
}

#[tokio::test]
async fn the_credentials_end_overrides_a_close_that_drains() {
    let ends = Ends::blocked(10_000).await;
    (2..10).for_each(|seq| ends.outbox.push(event(seq, 10)));
    ends.outbox.close(Close::NoAccess, Drain::Queued);
    ends.outbox.expire_at(Timestamp::now());
    let (ended, bytes) = ends.end().await;
    assert!(matches!(ended, Drained::Closing(closing) if closing.close == Close::Unauthenticated));
    assert!(
        bytes == wire(&[event(1, 10_000)]),
        "the frame that was begun, and no more"
    );
}

#[tokio::test]
async fn a_draining_close_writes_all_that_waits_and_takes_nothing_more() {
    let ends = Ends::blocked(10_000).await;
    ends.outbox.push(event(2, 10));
    ends.outbox.close(Close::NoAccess, Drain::Queued);
    ends.outbox.push(event(3, 10));
    ends.outbox.push_all(&Batch::new(vec![event(4, 10)], Vec::new()));
    ends.outbox.beat();
    let (ended, bytes) = ends.end().await;
    assert!(matches!(ended, Drained::Closing(closing) if closing.close == Close::NoAccess));
    assert!(bytes == wire(&[event(1, 10_000), event(2, 10)]));
}

#[tokio::test]
async fn a_peer_that_is_gone_ends_the_connection_without_a_close_frame() {
    for waiting in [false, true] {
        let Ends { outbox, line, peer } = Ends::new().await;
        if waiting {
            outbox.push(event(1, 10_000));
        }
        SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
        drop(peer);
        if waiting {
            let ended = drained(&outbox, &line).await;
            assert!(matches!(ended, Drained::Closing(_)));
        } else {
            outbox.push(event(1, 10));
        }
        assert_eq!(closed(&outbox), Some(Close::Lost));
        assert_eq!(outbox.depth().0, 0);
        assert!(outbox.disconnect().is_none());
    }
}

#[tokio::test]
async fn without_a_line_nothing_is_written_and_the_rest_of_a_frame_is_handed_over_once() {
    let mut ends = Ends::blocked(10_000).await;
    let sent = ends.sent();
    ends.outbox.push(event(2, 10));
    let rest = ends.outbox.disconnect().unwrap();
    assert!(ends.outbox.disconnect().is_none());
    let frame = event(1, 10_000);
    assert!(rest == frame.wire.slice(sent..));
    ends.outbox.push(event(3, 10));
    assert_eq!(ends.waits(), [FrameKind::Event(2), FrameKind::Event(3)]);
    let mut bytes = vec![0; sent];
    ends.peer.read_exact(&mut bytes).await.unwrap();
    assert!(bytes == frame.wire.slice(..sent));
    let nothing = ends.peer.try_read(&mut [0]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
}
