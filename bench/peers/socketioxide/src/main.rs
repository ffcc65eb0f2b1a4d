//! The peer socketioxide on axum: everyone is a subscriber; the event `b` broadcasts one event to all but its sender.
//! Usage: `colloquy-bench-socketioxide <payload bytes>`. Prints `port <n>` when it listens.

use axum::serve::ListenerExt;
use socketioxide::extract::SocketRef;
use socketioxide::{SocketIo, TransportType};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size: usize = std::env::args().nth(1).map_or(Ok(264), |text| text.parse())?;
    // On the wire an event is `42["m","..."]`: the text is shortened so that the payload has the size asked for.
    let text: std::sync::Arc<str> = "x".repeat(size.saturating_sub(r#"42["m",""]"#.len())).into();

    let (layer, io) = SocketIo::builder()
        .transports([TransportType::Websocket])
        .build_layer();
    io.ns("/", move |socket: SocketRef| {
        socket.on("b", move |socket: SocketRef| async move {
            // Fails for a subscriber whose queue is full, and loses that subscriber the event; the bench counts it.
            let _ = socket.broadcast().emit("m", &*text).await;
        });
        std::future::ready(())
    });

    // As for the other peers, so that no connection is refused while thousands come at once.
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let listener = socket.listen(4096)?;
    println!("port {}", listener.local_addr()?.port());
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, axum::Router::new().layer(layer)).await?;
    Ok(())
}
