//! Streams to be read: any arrangement of messages, fragments and control frames; any frames at all; and damage to either.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use websocket::Opcode;
use websocket::client::Sketch;

use crate::peer::Event;

/// A legal stream and what it says.
#[derive(Clone, Debug)]
pub struct Legal {
    pub stream: Vec<u8>,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Binary(Vec<u8>),
}

/// A message, where it is cut into fragments, and the control frames behind each of them.
#[derive(Clone, Debug)]
struct Message {
    content: Content,
    cuts: Vec<Index>,
    between: Vec<Option<Control>>,
    key: [u8; 4],
}

#[derive(Clone, Debug)]
struct Control {
    is_ping: bool,
    payload: Vec<u8>,
}

/// Up to `messages` messages, mostly of up to `len` characters or bytes; some are as long as the forms of length end.
pub fn legal(messages: usize, len: usize) -> impl Strategy<Value = Legal> {
    let close = proptest::option::weighted(0.3, close());
    (vec(message(len), 0..=messages), close).prop_map(|(messages, close)| {
        let mut legal = Legal {
            stream: Vec::new(),
            events: Vec::new(),
        };
        for message in &messages {
            message.put(&mut legal);
        }
        if let Some((code, reason)) = close {
            let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
            Sketch::new(Opcode::Close, [9, 8, 7, 6]).encode_into(&payload, &mut legal.stream);
            legal.events.push(Event::Close(Some((code, reason))));
        }
        legal
    })
}

/// Frames of any kind, most of them with nothing wrong in them but their order.
pub fn frames() -> impl Strategy<Value = Vec<u8>> {
    let opcode = prop_oneof![10 => 0_u8..=2, 5 => 8_u8..=10, 1 => 0_u8..=15];
    let rsv = prop_oneof![30 => Just(0_u8), 1 => 0_u8..=7];
    let key = proptest::option::weighted(0.97, any::<[u8; 4]>());
    let payload = prop_oneof![
        6 => text(4).prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..4),
        1 => (1000_u16..1020).prop_map(|code| code.to_be_bytes().to_vec()),
        1 => (120_usize..130).prop_map(|len| vec![b'x'; len]),
    ];
    let frame = (opcode, any::<bool>(), rsv, key, payload).prop_map(|(opcode, fin, rsv, key, payload)| {
        // A fragmented control frame would end most streams at once.
        let fin = fin || (opcode & 8 != 0 && payload.len() != 3);
        Sketch {
            fin,
            rsv,
            opcode,
            key,
        }
        .encode(&payload)
    });
    vec(frame, 1..12).prop_map(|frames| frames.concat())
}

/// The stream with up to four bytes changed, lost or added.
pub fn damaged(stream: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (stream, vec((any::<Index>(), any::<u8>(), 0..4), 1..5)).prop_map(|(mut stream, damages)| {
        for (at, byte, kind) in damages {
            if stream.is_empty() {
                break;
            }
            let at = at.index(stream.len());
            match kind {
                0 => stream[at] = byte,
                1 => stream[at] ^= 1 << (byte % 8),
                2 => stream.insert(at, byte),
                _ => drop(stream.remove(at)),
            }
        }
        stream
    })
}

/// The sizes of the pieces in which a stream arrives.
pub fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        1 => Just(vec![1]),
        1 => Just(vec![usize::MAX]),
        2 => vec(1_usize..20, 1..10),
        2 => vec(1_usize..5000, 1..10),
    ]
}

fn message(len: usize) -> impl Strategy<Value = Message> {
    let content = prop_oneof![
        4 => text(len).prop_map(Content::Text),
        4 => vec(any::<u8>(), 0..=len).prop_map(Content::Binary),
        1 => (120_usize..130).prop_map(|len| Content::Text("x".repeat(len))),
        1 => (65_530_usize..65_540).prop_map(|len| Content::Binary(vec![7; len])),
    ];
    (
        content,
        vec(any::<Index>(), 0..4),
        vec(proptest::option::of(control()), 4),
        any::<[u8; 4]>(),
    )
        .prop_map(|(content, cuts, between, key)| Message {
            content,
            cuts,
            between,
            key,
        })
}

/// Characters of one to four bytes.
fn text(len: usize) -> impl Strategy<Value = String> {
    vec(
        prop_oneof![Just('a'), Just('é'), Just('€'), Just('𐍈'), any::<char>()],
        0..=len,
    )
    .prop_map(String::from_iter)
}

fn control() -> impl Strategy<Value = Control> {
    (any::<bool>(), vec(any::<u8>(), 0..=125)).prop_map(|(is_ping, payload)| Control { is_ping, payload })
}

/// All codes that both implementations take.
fn close() -> impl Strategy<Value = (u16, String)> {
    (
        prop_oneof![1000_u16..=1003, 1007_u16..=1013, 3000_u16..=4999],
        text(30),
    )
}

impl Message {
    fn put(&self, legal: &mut Legal) {
        let (first, payload, event) = match &self.content {
            Content::Text(text) => (Opcode::Text, text.as_bytes(), Event::Text(text.clone())),
            Content::Binary(data) => (Opcode::Binary, &data[..], Event::Binary(data.clone())),
        };
        let mut ends: Vec<usize> = self.cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
        ends.sort_unstable();
        ends.push(payload.len());
        let mut from = 0;
        for (i, (&to, control)) in ends.iter().zip(&self.between).enumerate() {
            let fin = i + 1 == ends.len();
            let opcode = if i == 0 { first } else { Opcode::Continuation };
            let sketch = Sketch {
                fin,
                ..Sketch::new(opcode, self.key)
            };
            sketch.encode_into(&payload[from..to], &mut legal.stream);
            from = to;
            if fin {
                legal.events.push(event.clone());
            }
            if let Some(control) = control {
                control.put(self.key, legal);
            }
        }
    }
}

impl Control {
    fn put(&self, key: [u8; 4], legal: &mut Legal) {
        let (opcode, event) = if self.is_ping {
            (Opcode::Ping, Event::Ping(self.payload.clone()))
        } else {
            (Opcode::Pong, Event::Pong(self.payload.clone()))
        };
        Sketch::new(opcode, key).encode_into(&self.payload, &mut legal.stream);
        legal.events.push(event);
    }
}
