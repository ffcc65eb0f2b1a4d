//! Uploads that take their time: a steady one, one that stalls, one that never ends, several of one person at once.

use std::time::Duration;

use tests::client::{FORM, form};
use tests::{App, Cast, DEADLINE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::documents_kit::{assert_nothing_incoming, files};
use crate::uploads::{PLAIN, assert_untouched};

#[tokio::test]
async fn slow_but_steady_is_fine_and_a_stall_is_408() {
    let (app, cast) = Cast::start().await;
    let app = App::on(app.stop().await, |settings| {
        settings.limits.request_deadline = Duration::from_millis(700);
    })
    .await;
    let body = form(&[(PLAIN, b"Something that takes its time to arrive.")]);
    let head = format!(
        "POST /api/bots/{}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        cast.bot,
        cast.editor.token,
        body.len()
    );
    let (half, rest) = body.split_at(body.len() - 20);
    // It never comes to its end.
    let mut stalled = TcpStream::connect(app.address()).await.unwrap();
    stalled
        .write_all(&[head.as_bytes(), half].concat())
        .await
        .unwrap();
    let mut start = [0; 12];
    timeout(DEADLINE, stalled.read_exact(&mut start))
        .await
        .expect("an answer in time")
        .unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
    assert_nothing_incoming(&app);
    // A byte now and then, for longer than any other request may take.
    let mut steady = TcpStream::connect(app.address()).await.unwrap();
    steady.write_all(&[head.as_bytes(), half].concat()).await.unwrap();
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    for byte in rest {
        pace.tick().await;
        steady.write_all(&[*byte]).await.unwrap();
    }
    timeout(DEADLINE, steady.read_exact(&mut start))
        .await
        .expect("an answer in time")
        .unwrap();
    assert_eq!(&start, b"HTTP/1.1 202");
    app.stop().await;
}

#[tokio::test]
async fn an_upload_has_a_deadline_as_a_whole_and_one_that_breaks_off_leaves_nothing() {
    let app = App::with(|settings| settings.limits.upload_deadline = Duration::from_millis(300)).await;
    let cast = Cast::of(&app).await;
    let events = cast.owner.head(&cast.bot).await;
    let body = form(&[(PLAIN, b"Never whole.")]);
    let head = format!(
        "POST /api/bots/{}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n",
        cast.bot,
        cast.editor.token,
        body.len()
    );
    let begin = async || {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        let sent = [head.as_bytes(), &body[..body.len() - 20]].concat();
        stream.write_all(&sent).await.unwrap();
        stream
    };
    drop(begin().await);
    let mut stream = begin().await;
    let mut start = [0; 12];
    timeout(DEADLINE, stream.read_exact(&mut start))
        .await
        .expect("an answer in time")
        .unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
    assert_untouched(&app, &cast, events).await;
    app.stop().await;
}

#[tokio::test]
async fn one_person_has_four_uploads_on_their_way_at_once() {
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    let body = form(&[(PLAIN, b"Something that takes its time to arrive.")]);
    let head = |token: &str| {
        format!(
            "POST /api/bots/{}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            cast.bot,
            body.len()
        )
    };
    let mut held = Vec::new();
    for n in 1..=4 {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        let begun = [head(&cast.editor.token).as_bytes(), &body[..body.len() - 20]].concat();
        stream.write_all(&begun).await.unwrap();
        held.push(stream);
        arrived(&app, n).await;
    }
    // The fifth waits, somebody else does not, and it goes on when there is room again.
    let fifth = cast.editor.upload(&cast.bot, "fifth.txt", "one too many");
    let others = async {
        cast.owner
            .upload(&cast.bot, "other.txt", "of somebody else")
            .await
            .ok(202);
        assert_eq!(files(&app.data_dir().join("incoming")).len(), 4);
        for mut stream in held {
            stream.write_all(&body[body.len() - 20..]).await.unwrap();
            let mut start = [0; 12];
            timeout(DEADLINE, stream.read_exact(&mut start))
                .await
                .expect("an answer in time")
                .unwrap();
            // The first is taken in, the others have the same bytes.
            assert!(matches!(&start, b"HTTP/1.1 202" | b"HTTP/1.1 409"));
        }
    };
    let (fifth, ()) = tokio::join!(fifth, others);
    fifth.ok(202);
    app.stop().await;
}

/// Waits until so many files have begun to arrive.
async fn arrived(app: &App, count: usize) {
    let began = std::time::Instant::now();
    while files(&app.data_dir().join("incoming")).len() < count {
        assert!(began.elapsed() < DEADLINE, "file {count} does not arrive");
        tokio::task::yield_now().await;
    }
}
