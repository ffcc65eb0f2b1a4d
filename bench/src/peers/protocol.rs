//! How the peers are spoken to: bare text frames with `ws` and FastAPI, Engine.IO 4 with both kinds of Socket.IO.
//! Whoever causes a broadcast does not get it: a connection to `/control` there, the sender of the event here.

use crate::subject::{Control, Marks, Meaning, Protocol};

/// A text is a delivery, told by its length.
pub(super) struct Plain {
    pub payload: usize,
}

impl Protocol for Plain {
    fn upgrade(&self, _: usize) -> Vec<u8> {
        upgrade("/")
    }

    fn greets(&self) -> bool {
        false
    }

    fn read(&self, frame: &[u8]) -> Meaning {
        if frame.len() == self.payload {
            Meaning::Delivery(Marks::default())
        } else {
            Meaning::Other
        }
    }

    fn control(&self) -> Control {
        Control::Socket {
            upgrade: upgrade("/control"),
            trigger: "b".to_owned(),
        }
    }
}

/// Engine.IO's packet type is the first digit (0 open, 2 ping, 4 message), Socket.IO's the second (0 connect, 2 event).
pub(super) struct SocketIo;

const SOCKET_IO: &str = "/socket.io/?EIO=4&transport=websocket";

impl Protocol for SocketIo {
    fn upgrade(&self, _: usize) -> Vec<u8> {
        upgrade(SOCKET_IO)
    }

    fn hello(&self) -> Vec<String> {
        vec!["40".to_owned()]
    }

    fn greets(&self) -> bool {
        true
    }

    fn read(&self, frame: &[u8]) -> Meaning {
        match frame {
            [b'4', b'2', ..] => Meaning::Delivery(Marks::default()),
            [b'4', b'0', ..] => Meaning::Ready,
            [b'2'] => Meaning::Answer("3"),
            _ => Meaning::Other,
        }
    }

    fn control(&self) -> Control {
        Control::Socket {
            upgrade: upgrade(SOCKET_IO),
            trigger: r#"42["b"]"#.to_owned(),
        }
    }
}

fn upgrade(path: &str) -> Vec<u8> {
    // The key of RFC 6455, section 1.3: a server does not mind that all use the same.
    format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_mean_what_the_protocols_say() {
        let plain = Plain { payload: 3 };
        assert_eq!(plain.read(b"xxx"), Meaning::Delivery(Marks::default()));
        assert_eq!(plain.read(b"xx"), Meaning::Other);
        let table = [
            (r#"0{"sid":"a"}"#, Meaning::Other),
            (r#"40{"sid":"a"}"#, Meaning::Ready),
            ("2", Meaning::Answer("3")),
            (r#"42["m","x"]"#, Meaning::Delivery(Marks::default())),
            (r#"44{"message":"no"}"#, Meaning::Other),
        ];
        for (frame, meaning) in table {
            assert_eq!(SocketIo.read(frame.as_bytes()), meaning, "{frame}");
        }
    }
}
