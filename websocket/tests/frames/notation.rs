//! How streams and what they should give are written down in the table.

use websocket::{Incoming, Reader};

/// The bytes of a line such as `81 85 00000000 'Hello' 3*'x' 2*00`: hex, ASCII in quotes, and either repeated.
pub fn bytes(line: &str) -> Vec<u8> {
    line.split_whitespace().flat_map(word).collect()
}

fn word(word: &str) -> Vec<u8> {
    let (times, word) = match word.split_once('*') {
        Some((times, word)) => (times.parse().expect("a count"), word),
        None => (1, word),
    };
    let once = match word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')) {
        Some(text) => text.as_bytes().to_vec(),
        None => word
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
            .collect(),
    };
    once.repeat(times)
}

/// What one message or control frame is written as; long text and bytes by their number.
pub fn line(incoming: Incoming<'_>) -> String {
    match incoming {
        Incoming::Text(text) if text.len() > 40 => format!("text of {}", text.len()),
        Incoming::Text(text) => format!("text {text}"),
        Incoming::Binary(data) => format!("binary {}", hex(data)),
        Incoming::Ping(data) => format!("ping {}", hex(data)),
        Incoming::Pong(data) => format!("pong {}", hex(data)),
        Incoming::Close(None) => "close".into(),
        Incoming::Close(Some((code, reason))) if reason.len() > 40 => {
            format!("close {code} of {}", reason.len())
        }
        Incoming::Close(Some((code, reason))) => format!("close {code} {reason}"),
    }
    .trim_end()
    .into()
}

fn hex(data: &[u8]) -> String {
    if data.len() > 20 {
        return format!("of {}", data.len());
    }
    data.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// What pieces of a stream give, one line for each thing; at the end the violation, or `...` if something is begun.
pub fn outcome<'p>(pieces: impl Iterator<Item = &'p [u8]>, limit: usize) -> Vec<String> {
    let mut reader = Reader::new();
    let mut lines = Vec::new();
    for piece in pieces {
        if let Err(violation) = reader.read(&mut piece.to_vec(), limit, &mut |incoming| {
            lines.push(line(incoming))
        }) {
            lines.push(format!("{} {violation}", violation.code()));
        }
    }
    if !reader.is_idle() {
        lines.push("...".into());
    }
    lines
}
