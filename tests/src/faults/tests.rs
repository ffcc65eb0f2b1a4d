//! The proxy in front of a server that says back what it hears: what passes, what does not, and how each end looks.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::DEADLINE;

/// Says back what it hears, up to the end of it.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.into_split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    address
}

async fn through(line: Line) -> (Proxy, TcpStream) {
    let proxy = Proxy::start(echo().await, move || line).await.unwrap();
    let client = TcpStream::connect(&proxy.address).await.unwrap();
    (proxy, client)
}

fn cut(after: u64, end: End) -> Line {
    Line {
        cut: Some(Cut { after, end }),
        ..Line::default()
    }
}

/// Everything up to the end of the stream, or the way it broke.
async fn rest(client: &mut TcpStream) -> (Vec<u8>, Option<std::io::ErrorKind>) {
    let mut heard = Vec::new();
    let ended = timeout(DEADLINE, client.read_to_end(&mut heard))
        .await
        .expect("an end in time");
    (heard, ended.err().map(|error| error.kind()))
}

async fn said_back(client: &mut TcpStream, text: &[u8]) -> bool {
    let mut heard = vec![0; text.len()];
    client.write_all(text).await.unwrap();
    client.read_exact(&mut heard).await.unwrap();
    heard == text
}

#[tokio::test]
async fn a_faithful_line_passes_everything_in_both_directions() {
    let (proxy, client) = through(Line::default()).await;
    let sent: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let (mut from, mut to) = client.into_split();
    let mut heard = vec![0; sent.len()];
    let (wrote, read) = tokio::join!(to.write_all(&sent), from.read_exact(&mut heard));
    wrote.unwrap();
    read.unwrap();
    assert!(heard == sent, "every byte, in order");
    assert!(proxy.cuts().is_empty());
}

#[tokio::test]
async fn it_cuts_at_the_very_byte() {
    for after in [1, 7, 4096, 5000] {
        let (proxy, mut client) = through(cut(after, End::Fin)).await;
        client.write_all(&vec![b'x'; 10_000]).await.unwrap();
        let (heard, _) = rest(&mut client).await;
        assert_eq!(heard.len() as u64, after);
        assert_eq!(proxy.cuts(), BTreeMap::from([("fin", 1)]));
    }
}

#[tokio::test]
async fn a_reset_is_seen_as_one() {
    let (_proxy, mut client) = through(cut(3, End::Reset)).await;
    client.write_all(b"hello").await.unwrap();
    let (heard, error) = rest(&mut client).await;
    assert!(heard.len() <= 3);
    assert_eq!(error, Some(std::io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn half_closed_towards_the_client_it_still_hears_the_client() {
    let (_proxy, mut client) = through(cut(2, End::DeafServer)).await;
    client.write_all(b"hello").await.unwrap();
    assert_eq!(rest(&mut client).await, (b"he".to_vec(), None));
    // Nobody refuses this: the other direction is open.
    client.write_all(b"anybody?").await.unwrap();
    client.flush().await.unwrap();
}

#[tokio::test]
async fn half_closed_towards_the_server_the_client_still_gets_what_was_on_its_way() {
    let (_proxy, mut client) = through(cut(2, End::DeafClient)).await;
    client.write_all(b"hello").await.unwrap();
    // The server hears the end, says the rest, and closes.
    assert_eq!(rest(&mut client).await, (b"hello".to_vec(), None));
}

#[tokio::test]
async fn silence_passes_nothing_and_closes_nothing() {
    let (proxy, mut client) = through(cut(5, End::Silence)).await;
    assert!(said_back(&mut client, b"hello").await);
    client.write_all(b"anybody?").await.unwrap();
    let mut byte = [0];
    // That nothing comes can only be waited for.
    let heard = timeout(Duration::from_millis(200), client.read(&mut byte)).await;
    assert!(heard.is_err(), "neither a byte nor an end: {heard:?}");
    assert_eq!(proxy.cuts(), BTreeMap::from([("silence", 1)]));
}

#[tokio::test]
async fn a_late_line_is_late_in_both_directions_and_a_slow_one_slow() {
    let late = Line {
        latency: Duration::from_millis(60),
        ..Line::default()
    };
    let (_proxy, mut client) = through(late).await;
    let begun = Instant::now();
    assert!(said_back(&mut client, b"hello").await);
    assert!(begun.elapsed() >= Duration::from_millis(120));

    let slow = Line {
        throttle: Some(100_000),
        ..Line::default()
    };
    let (_proxy, mut client) = through(slow).await;
    let begun = Instant::now();
    assert!(said_back(&mut client, &[b'x'; 30_000]).await);
    // The pause after the last piece is the next one's.
    assert!(begun.elapsed() >= Duration::from_millis(250));
}

#[tokio::test]
async fn healed_it_carries_new_connections_faithfully() {
    let (proxy, mut harmed) = through(cut(1, End::Fin)).await;
    harmed.write_all(b"hello").await.unwrap();
    assert_eq!(rest(&mut harmed).await.0, b"h");
    proxy.heal();
    let mut client = TcpStream::connect(&proxy.address).await.unwrap();
    assert!(said_back(&mut client, b"hello").await);
}

#[test]
fn a_seed_tells_the_same_lines_again_and_every_end_is_among_them() {
    let lines = |seed| {
        let mut dice = Dice::new(seed);
        (0..200).map(|_| Line::random(&mut dice)).collect::<Vec<_>>()
    };
    assert_eq!(lines(7), lines(7));
    assert_ne!(lines(7), lines(8));
    let ends: std::collections::BTreeSet<_> = lines(7)
        .iter()
        .filter_map(|line| line.cut.map(|cut| cut.end))
        .collect();
    assert_eq!(ends.len(), 5);
    assert!(lines(7).iter().any(|line| line.throttle.is_some()));
    assert!(lines(7).iter().any(|line| !line.latency.is_zero()));
}
