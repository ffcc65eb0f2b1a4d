use http::StatusCode;
use poem::endpoint::make;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

fn start(limits: Limits, endpoint: impl Endpoint + 'static) -> Running {
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        limits,
        ..Settings::default()
    };
    let server = Server::bind(&settings).expect("a free port");
    let (address, shutdown) = (server.address(), CancellationToken::new());
    let task = tokio::spawn(server.run(endpoint, shutdown.clone()));
    Running {
        address,
        shutdown,
        task,
    }
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.address).await.expect("a connection")
}

/// All that comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ok() -> impl Endpoint {
    make(|request: poem::Request| async move {
        let known = matches!(request.remote_addr().0, poem::Addr::SocketAddr(_));
        Ok::<_, poem::Error>(if known {
            StatusCode::OK
        } else {
            StatusCode::IM_A_TEAPOT
        })
    })
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const LAST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn requests_are_answered_and_a_head_that_is_too_large_is_not() {
    let running = start(
        Limits {
            header_size: 8192,
            ..Limits::default()
        },
        ok(),
    );
    let mut client = connect(&running).await;
    client.write_all(LAST).await.expect("is sent");
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 200"));
    for (padding, status) in [(7000, "HTTP/1.1 200"), (9000, "HTTP/1.1 431")] {
        let mut client = connect(&running).await;
        let head = format!(
            "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx: {}\r\n\r\n",
            "y".repeat(padding)
        );
        client.write_all(head.as_bytes()).await.expect("is sent");
        let answer = rest(&mut client).await;
        assert!(answer.starts_with(status), "{padding}: {answer}");
    }
    running.shutdown.cancel();
    running.task.await.expect("ends");
}

#[tokio::test]
async fn a_head_that_never_ends_and_a_connection_that_rests_are_closed() {
    let brief = Duration::from_millis(50);
    let first = start(
        Limits {
            header_deadline: brief,
            ..Limits::default()
        },
        ok(),
    );
    let mut client = connect(&first).await;
    client
        .write_all(b"GET / HTTP/1.1\r\nx-slow:")
        .await
        .expect("is sent");
    assert_eq!(rest(&mut client).await, "");
    let resting = start(
        Limits {
            keep_alive: brief,
            ..Limits::default()
        },
        ok(),
    );
    let mut client = connect(&resting).await;
    client.write_all(GET).await.expect("is sent");
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let running = start(
        Limits {
            connections: 1,
            ..Limits::default()
        },
        ok(),
    );
    let mut first = connect(&running).await;
    first.write_all(GET).await.expect("is sent");
    let mut byte = [0];
    first.read_exact(&mut byte).await.expect("an answer begins");
    let mut second = connect(&running).await;
    assert!(rest(&mut second).await.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn a_stop_lets_requests_finish_and_drops_those_that_do_not() {
    for (soft, finishes) in [(Duration::from_secs(10), true), (Duration::ZERO, false)] {
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (inside, go) = (entered.clone(), leave.clone());
        let endpoint = make(move |_| {
            let (inside, go) = (inside.clone(), go.clone());
            async move {
                inside.notify_one();
                go.notified().await;
                Ok::<_, poem::Error>(StatusCode::OK)
            }
        });
        let running = start(
            Limits {
                shutdown_soft: soft,
                ..Limits::default()
            },
            endpoint,
        );
        let mut idle = connect(&running).await;
        let mut busy = connect(&running).await;
        busy.write_all(GET).await.expect("is sent");
        entered.notified().await;
        running.shutdown.cancel();
        assert_eq!(
            rest(&mut idle).await,
            "",
            "a resting connection is closed at once"
        );
        if finishes {
            leave.notify_one();
        }
        let answer = rest(&mut busy).await;
        assert_eq!(answer.starts_with("HTTP/1.1 200"), finishes, "{answer}");
        running.task.await.expect("ends");
        assert!(
            TcpStream::connect(running.address).await.is_err(),
            "nobody listens any more"
        );
    }
}

#[tokio::test]
async fn an_upgrade_hands_over_the_bare_stream_and_its_place() {
    let endpoint = make(|request: poem::Request| async move {
        let raw = request.extensions().get::<RawUpgrade>().cloned();
        let Some(raw) = raw else {
            return Ok::<_, poem::Error>(poem::Response::from(StatusCode::UPGRADE_REQUIRED));
        };
        tokio::spawn(async move {
            let upgraded = raw.into_stream().await.expect("a bare stream");
            let Stream::Plain(mut stream) = upgraded.stream else {
                return;
            };
            let mut read = upgraded.read.to_vec();
            while read.len() < 4 {
                stream.read_buf(&mut read).await.expect("more");
            }
            stream.write_all(&read).await.expect("is sent");
        });
        let response = poem::Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        Ok(response
            .header("connection", "upgrade")
            .header("upgrade", "echo")
            .finish())
    });
    let running = start(
        Limits {
            connections: 1,
            ..Limits::default()
        },
        endpoint,
    );
    let mut client = connect(&running).await;
    let head = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nab";
    client.write_all(head).await.expect("is sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        client.read_buf(&mut head).await.expect("an answer");
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    let mut second = connect(&running).await;
    assert!(
        rest(&mut second).await.starts_with("HTTP/1.1 503"),
        "an upgraded connection keeps its place"
    );
    client.write_all(b"cd").await.expect("is sent");
    assert_eq!(rest(&mut client).await, "abcd");
}

const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";

#[tokio::test]
async fn an_upgrade_that_is_not_answered_yet_keeps_others_waiting_and_other_requests_do_not() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, go) = (entered.clone(), leave.clone());
    let endpoint = make(move |request: poem::Request| {
        let (inside, go) = (inside.clone(), go.clone());
        async move {
            if request.headers().contains_key("x-wait") || request.headers().contains_key("upgrade") {
                inside.notify_one();
                go.notified().await;
            }
            Ok::<_, poem::Error>(StatusCode::OK)
        }
    });
    let running = start(
        Limits {
            handshakes: 1,
            header_deadline: Duration::from_millis(100),
            ..Limits::default()
        },
        endpoint,
    );
    let mut slow = connect(&running).await;
    let head = b"GET / HTTP/1.1\r\nhost: localhost\r\nx-wait: 1\r\n\r\n";
    slow.write_all(head).await.expect("is sent");
    entered.notified().await;
    let mut next = connect(&running).await;
    next.write_all(LAST).await.expect("is sent");
    assert!(rest(&mut next).await.starts_with("HTTP/1.1 200"));

    let mut upgrading = connect(&running).await;
    upgrading.write_all(UPGRADE).await.expect("is sent");
    entered.notified().await;
    let mut late = connect(&running).await;
    late.write_all(LAST).await.expect("is sent");
    let answer = rest(&mut late).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("\"unavailable\""));
    leave.notify_waiters();
    let mut byte = [0];
    upgrading.read_exact(&mut byte).await.expect("an answer begins");
    let mut next = connect(&running).await;
    next.write_all(LAST).await.expect("is sent");
    assert!(rest(&mut next).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_slow_are_cut_sooner_when_many_arrive() {
    let running = start(
        Limits {
            handshakes: 4,
            // A tenth of it is far from all of it, whatever the machine does meanwhile.
            header_deadline: Duration::from_secs(20),
            ..Limits::default()
        },
        ok(),
    );
    let began = Instant::now();
    let mut silent = [
        connect(&running).await,
        connect(&running).await,
        connect(&running).await,
    ];
    let [first, second, third] = &mut silent;
    tokio::select! {
        _ = rest(first) => {}
        _ = rest(second) => {}
        _ = rest(third) => {}
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test]
async fn accepted_connections_have_what_was_set_at_the_listener() {
    let listener = listen_on(([127, 0, 0, 1], 0).into()).expect("a free port");
    let _client = TcpStream::connect(listener.local_addr().expect("bound")).await;
    let (stream, _) = listener.accept().await.expect("a connection");
    let socket = socket2::SockRef::from(&stream);
    assert!(socket.tcp_nodelay().expect("is known"));
    assert!(socket.keepalive().expect("is known"));
    #[cfg(target_os = "linux")]
    assert_eq!(socket.tcp_user_timeout().expect("is known"), Some(UNHEARD));
}
