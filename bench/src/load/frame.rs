//! The client's side of RFC 6455, as much as a load needs: headers of a server's frames, and small masked frames.

use anyhow::{Result, bail};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    Text,
    Close,
    Ping,
    Pong,
}

/// One whole frame at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub opcode: Opcode,
    pub payload: &'a [u8],
    /// Bytes of the frame with its header.
    pub bytes: usize,
}

/// The first frame, or None when more bytes must come. Fails on what no subject sends: fragments, binary and masked frames.
pub fn first(bytes: &[u8]) -> Result<Option<Frame<'_>>> {
    let [first, second, after @ ..] = bytes else {
        return Ok(None);
    };
    let opcode = match first {
        0x81 => Opcode::Text,
        0x88 => Opcode::Close,
        0x89 => Opcode::Ping,
        0x8A => Opcode::Pong,
        other => bail!("the server sent a frame that begins with {other:#04x}"),
    };
    let (head, length) = match second {
        127 => match after.first_chunk::<8>() {
            Some(length) => (10, u64::from_be_bytes(*length)),
            None => return Ok(None),
        },
        126 => match after.first_chunk::<2>() {
            Some(length) => (4, u64::from(u16::from_be_bytes(*length))),
            None => return Ok(None),
        },
        short @ 0..126 => (2, u64::from(*short)),
        masked @ 128.. => bail!("the server masked a frame ({masked:#04x})"),
    };
    let end = head + usize::try_from(length)?;
    Ok(bytes.get(head..end).map(|payload| Frame {
        opcode,
        payload,
        bytes: end,
    }))
}

/// A server's text frame: what the raw limit sends.
pub fn unmasked_text(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match payload.len() {
        length @ 0..126 => frame.push(length as u8),
        length @ 126..65_536 => {
            frame.push(126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// A client's text frame.
pub fn text(payload: &[u8]) -> Vec<u8> {
    masked(0x81, payload)
}

/// The answer to a ping.
pub fn pong(payload: &[u8]) -> Vec<u8> {
    masked(0x8A, payload)
}

/// With the key 0, which changes nothing: the key protects proxies from pages, and there are neither here. Short payloads
/// alone, as pongs and triggers have.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = unmasked_text(payload);
    frame[0] = first;
    frame[1] |= 0x80;
    let head = frame.len() - payload.len();
    frame.splice(head..head, [0; 4]);
    frame
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_all_lengths_are_read_once_they_are_whole() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let mut bytes = unmasked_text(&payload);
            let frame = first(&bytes).unwrap().unwrap();
            assert_eq!(
                (frame.opcode, frame.payload.len(), frame.bytes),
                (Opcode::Text, length, bytes.len())
            );
            let whole = bytes.len();
            for cut in 0..whole.min(20) {
                assert_eq!(first(&bytes[..cut]).unwrap(), None);
            }
            bytes.extend_from_slice(&[0x89, 0]);
            assert_eq!(first(&bytes).unwrap().unwrap().bytes, whole);
            assert_eq!(first(&bytes[whole..]).unwrap().unwrap().opcode, Opcode::Ping);
        }
    }

    #[test]
    fn what_no_server_sends_is_an_error() {
        for bytes in [[0x01, 0x00], [0x82, 0x00], [0x81, 0x80], [0xC1, 0x00]] {
            assert!(first(&bytes).is_err());
        }
    }

    #[test]
    fn own_frames_are_masked() {
        assert_eq!(text(b"b"), [0x81, 0x81, 0, 0, 0, 0, b'b']);
        assert_eq!(pong(b""), [0x8A, 0x80, 0, 0, 0, 0]);
        assert_eq!(text(&[b'x'; 200])[..8], [0x81, 0xFE, 0, 200, 0, 0, 0, 0]);
    }
}
