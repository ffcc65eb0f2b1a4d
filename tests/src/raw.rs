//! One request as bytes, for what a proper client refuses to send. To the node itself: a balancer would answer much of it in its place.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{Answer, App, DEADLINE};

/// `head` is the request line and headers without the last empty line; the connection is closed by `Connection: close`.
pub async fn send(app: &App, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(app.direct()).await.unwrap();
    let head = format!("{head}\r\nConnection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer))
        .await
        .expect("an answer in time")
        .unwrap();
    parse(&String::from_utf8(answer).expect("UTF-8"))
}

/// The status alone, for what is refused before there can be a problem's form.
pub async fn status(app: &App, head: &str) -> u16 {
    let mut stream = TcpStream::connect(app.direct()).await.unwrap();
    stream
        .write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut start = [0; 12];
    timeout(DEADLINE, stream.read_exact(&mut start))
        .await
        .expect("an answer in time")
        .unwrap();
    std::str::from_utf8(&start[9..]).unwrap().parse().unwrap()
}

fn parse(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status line");
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    Answer::new(status.parse().unwrap(), headers, body.to_owned())
}
