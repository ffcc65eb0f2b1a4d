//! How the load talks to Colloquy: sockets with the tokens of their people, and messages posted over REST by the owner of all
//! bots. Every message carries its number, and every event its place, so nothing can be lost or doubled unseen.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::token::Signer;
use super::world::{Kind, Seat, World, id};
use crate::subject::{Control, Marks, Meaning, Protocol, Requests};

const CONTENT: &[u8] = br##""content":"#"##;
const DELIVERY: &[u8] = br#""type":"chat_message""#;
const GREETING: &[u8] = br#""type":"connection_established""#;
const SEQ: &[u8] = br#""seq":"#;

/// What people say after the number.
const SAID: &str = " Shall we meet at ten in the library? I bring the plan.";

pub struct Live {
    seats: Vec<Seat>,
    tokens: Vec<String>,
    posts: Arc<Posts>,
    content: Place,
    kind: Place,
    seq: Place,
}

impl Live {
    pub fn new(world: &World, signer: &Signer, owner: &str, address: SocketAddr) -> Self {
        let person = |n: usize| signer.token(id(Kind::Person, n as u64), id(Kind::Family, n as u64));
        let tokens: Vec<_> = (0..world.people).map(person).collect();
        let speakers = if world.people_speak {
            tokens.iter().take(world.talking).cloned().collect()
        } else {
            vec![owner.to_owned(); world.talking.max(1)]
        };
        Self {
            seats: world.seats.clone(),
            tokens,
            posts: Arc::new(Posts::new(&speakers, address)),
            content: Place::default(),
            kind: Place::default(),
            seq: Place::default(),
        }
    }
}

impl Live {
    pub fn posts(&self) -> Arc<Posts> {
        self.posts.clone()
    }
}

impl Protocol for Live {
    fn upgrade(&self, n: usize) -> Vec<u8> {
        let seat = self.seats[n];
        let (bot, token) = (id(Kind::Bot, seat.bot as u64), &self.tokens[seat.person]);
        format!(
            "GET /api/ws/chat/{bot} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             authorization: Bearer {token}\r\n\r\n"
        )
        .into_bytes()
    }

    fn greets(&self) -> bool {
        true
    }

    fn read(&self, frame: &[u8]) -> Meaning {
        let content = self.content.find(frame, CONTENT);
        match content {
            Some(content) if self.kind.find(frame, DELIVERY).is_some() => {
                let seq = self.seq.find(frame, SEQ).and_then(|seq| digits(&frame[seq..]));
                Meaning::Delivery(Marks {
                    seq,
                    number: digits(&frame[content..]),
                })
            }
            None if contains(frame, GREETING) => Meaning::Ready,
            Some(_) | None => Meaning::Other,
        }
    }

    fn group(&self, n: usize) -> usize {
        self.seats[n].bot
    }

    fn control(&self) -> Control {
        Control::Requests(self.posts.clone())
    }
}

/// Messages into the first session of each bot that is spoken on.
pub struct Posts {
    /// What is the same in all requests on a bot.
    heads: Vec<String>,
    /// Bytes that are added to every message.
    padding: AtomicUsize,
}

impl Posts {
    /// `speakers`: the token for each bot that is spoken on.
    fn new(speakers: &[String], address: SocketAddr) -> Self {
        let head = |token: &String| {
            format!(
                "/messages HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\ncontent-length: "
            )
        };
        Self {
            heads: speakers.iter().map(head).collect(),
            padding: AtomicUsize::new(0),
        }
    }

    /// Makes messages longer from now on.
    pub fn pad(&self, bytes: usize) {
        self.padding.store(bytes, Ordering::Relaxed);
    }
}

impl Requests for Posts {
    fn request(&self, group: usize, number: u64) -> Vec<u8> {
        let session = id(Kind::Session, group as u64);
        let padding = ".".repeat(self.padding.load(Ordering::Relaxed));
        let body = format!(r##"{{"content":"#{number:010}{SAID}{padding}"}}"##);
        let (head, length) = (&self.heads[group], body.len());
        format!("POST /api/sessions/{session}{head}{length}\r\n\r\n{body}").into_bytes()
    }

    fn groups(&self) -> usize {
        self.heads.len()
    }
}

/// Where something stands in a frame: nearly always where it stood in the frame before.
#[derive(Default)]
struct Place(AtomicUsize);

impl Place {
    /// Where what follows `pattern` begins.
    fn find(&self, frame: &[u8], pattern: &[u8]) -> Option<usize> {
        let guess = self.0.load(Ordering::Relaxed);
        if frame.get(guess..).is_some_and(|rest| rest.starts_with(pattern)) {
            return Some(guess + pattern.len());
        }
        let found = position(frame, pattern)?;
        self.0.store(found, Ordering::Relaxed);
        Some(found + pattern.len())
    }
}

fn contains(frame: &[u8], pattern: &[u8]) -> bool {
    position(frame, pattern).is_some()
}

fn position(frame: &[u8], pattern: &[u8]) -> Option<usize> {
    frame.windows(pattern.len()).position(|window| window == pattern)
}

fn digits(bytes: &[u8]) -> Option<u64> {
    let end = bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Live {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        Live::new(&World::one_bot(3), &Signer::new("s"), "t", address)
    }

    #[test]
    fn a_delivery_is_known_wherever_its_fields_stand() {
        let live = live();
        let delivery = |seq, number| {
            Meaning::Delivery(Marks {
                seq: Some(seq),
                number: Some(number),
            })
        };
        let one = br##"{"bot_id":"x","data":{"content":"#0000000007 a"},"seq":99,"type":"chat_message"}"##;
        let two = br##"{"bot_id":"x","data":{"content":"#0000000008 a"},"seq":100,"type":"chat_message"}"##;
        let three = br##"{"type":"chat_message","seq":101,"data":{"content":"#0000000009"}}"##;
        assert_eq!(live.read(one), delivery(99, 7));
        assert_eq!(live.read(two), delivery(100, 8));
        assert_eq!(live.read(three), delivery(101, 9));
        assert_eq!(live.read(one), delivery(99, 7));
    }

    #[test]
    fn other_frames_are_no_deliveries() {
        let live = live();
        assert_eq!(
            live.read(br#"{"data":{},"type":"connection_established"}"#),
            Meaning::Ready
        );
        assert_eq!(live.read(br#"{"data":{},"type":"presence"}"#), Meaning::Other);
        assert_eq!(
            live.read(br##"{"data":{"content":"#0000000009"},"type":"chat_message_updated"}"##),
            Meaning::Other
        );
        assert_eq!(live.read(b""), Meaning::Other);
    }

    #[test]
    fn a_request_says_how_long_it_is() {
        let speakers = ["a", "b", "c"].map(str::to_owned);
        let posts = Posts::new(&speakers, SocketAddr::from(([127, 0, 0, 1], 1)));
        let text = String::from_utf8(posts.request(2, 12_345)).unwrap_or_default();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.contains(&format!("content-length: {}", body.len())));
        assert!(body.starts_with(r##"{"content":"#0000012345 "##));
        assert!(head.contains("authorization: Bearer c\r\n"));
    }
}
