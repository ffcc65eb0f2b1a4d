//! A route for conformance suites of the WebSocket protocol, not part of any release: it says back what it hears, with the
//! reading, writing and closing of the real sockets. Compiled in by the feature `echo` alone.

use std::sync::Arc;

use poem::{Endpoint, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use websocket::frame;

use super::Live;
use super::close::Close;
use super::ear::{Ear, End, Piece, Said};
use super::mouth::{LineIo, Mouth};
use super::replay::Wire;
use super::socket::{Rest, answer, finish, say};
use super::upgrade::shake;
use crate::http::origin::Origins;
use crate::server::{Stream, Upgraded};

/// Where it is mounted.
pub const PATH: &str = "/test/echo";

struct Echo {
    live: Arc<Live>,
    origins: Arc<Origins>,
}

pub fn endpoint(live: Arc<Live>, origins: Arc<Origins>) -> impl Endpoint<Output = Response> + 'static {
    Echo { live, origins }
}

impl Endpoint for Echo {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let handshake = match shake(&request, &self.origins) {
            Ok(handshake) => handshake,
            Err(refused) => return Ok(*refused),
        };
        let (limits, upgrade) = (self.live.limits, handshake.upgrade);
        self.live.sockets.spawn(async move {
            let Ok(Ok(Upgraded { stream, read, place })) =
                timeout(limits.write_deadline, upgrade.into_stream()).await
            else {
                return;
            };
            match stream {
                Stream::Plain(stream) => {
                    let io = LineIo(Arc::new(stream));
                    let ear = Ear::new(io.clone(), &read, limits.message_bytes);
                    echo(ear, Mouth::new(io)).await;
                }
                Stream::Tls(stream) => {
                    let (reading, writing) = tokio::io::split(*stream);
                    let ear = Ear::new(reading, &read, limits.message_bytes);
                    echo(ear, Mouth::new(writing)).await;
                }
            }
            drop(place);
        });
        Ok(handshake.response)
    }
}

async fn echo<R, W>(mut ear: Ear<R>, mut mouth: Mouth<W>)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send,
{
    loop {
        let Piece { said, end } = ear.hear().await;
        for said in said {
            match said {
                Said::Text(text) => mouth.add(&frame::text(text.as_bytes())),
                Said::Binary(bytes) => mouth.add(&frame::binary(&bytes)),
                Said::Ping(payload) => mouth.add(&frame::pong(&payload)),
                Said::Pong => {}
                Said::Close(code) => {
                    answer(&mut mouth, Close::Normal, code).await;
                    return finish(&mut ear, &mut mouth, Rest::Swallow).await;
                }
            }
        }
        if mouth.flush().await.is_err() {
            return;
        }
        match end {
            None => {}
            Some(End::Lost) => return,
            Some(End::Failed(close)) => {
                say(&mut mouth, close).await;
                return finish(&mut ear, &mut mouth, Rest::Swallow).await;
            }
        }
    }
}
