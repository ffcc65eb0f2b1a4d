//! How many connections there may be, and how a client learns that there are too many.

use tests::{App, DEADLINE, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const GET: &[u8] = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn connect(app: &App) -> TcpStream {
    TcpStream::connect(app.address()).await.unwrap()
}

/// The first bytes of the next answer.
async fn status(stream: &mut TcpStream) -> String {
    let mut start = [0; 12];
    let read = timeout(DEADLINE, stream.read_exact(&mut start)).await;
    read.expect("an answer in time").unwrap();
    String::from_utf8(start.into()).unwrap()
}

#[tokio::test]
async fn the_cap_on_connections_holds_at_its_value_and_not_above() {
    let app = App::bare(|settings| settings.limits.connections = 2).await;
    let (mut first, mut second) = (connect(&app).await, connect(&app).await);
    for stream in [&mut first, &mut second] {
        stream.write_all(GET).await.unwrap();
        assert_eq!(status(stream).await, "HTTP/1.1 200");
    }
    let answer = raw::send(&app, "GET /health HTTP/1.1\r\nHost: localhost", b"").await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.refused(503, "unavailable");
    // A client that says nothing is told as well.
    assert_eq!(status(&mut connect(&app).await).await, "HTTP/1.1 503");
    drop(first);
    let place = async {
        loop {
            let mut next = connect(&app).await;
            next.write_all(GET).await.unwrap();
            if status(&mut next).await == "HTTP/1.1 200" {
                return;
            }
        }
    };
    timeout(DEADLINE, place).await.expect("its place is free again");
    app.stop().await;
}

#[tokio::test]
async fn connections_on_their_way_wait_for_those_before_them() {
    let app = App::bare(|settings| settings.limits.handshakes = 1).await;
    let (mut first, mut second) = (connect(&app).await, connect(&app).await);
    second.write_all(GET).await.unwrap();
    first.write_all(GET).await.unwrap();
    for stream in [&mut second, &mut first] {
        assert_eq!(status(stream).await, "HTTP/1.1 200");
    }
    // Both have arrived and rest: they are in nobody's way.
    let mut third = connect(&app).await;
    third.write_all(GET).await.unwrap();
    assert_eq!(status(&mut third).await, "HTTP/1.1 200");
    app.stop().await;
}
