//! Frames as a server sends them (RFC 6455, section 5.2): unmasked, whole, without extensions. Each comes as one buffer, header
//! in front, which any number of receivers can share.

use bytes::Bytes;

/// The longest payload of a control frame, in bytes (RFC 6455, section 5.5).
pub const MAX_CONTROL: usize = 125;
/// The longest reason of a close frame, in bytes: two go to the code.
pub const MAX_REASON: usize = MAX_CONTROL - 2;
/// A ping without payload.
pub const PING: &[u8] = &[0x89, 0];
/// A close frame without code and reason.
pub const CLOSE: &[u8] = &[0x88, 0];

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    /// The four bits on the wire.
    pub fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    /// None for the reserved ones.
    pub fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xA => Some(Self::Pong),
            _ => None,
        }
    }

    /// Control frames are short, whole, and may stand between the fragments of a message.
    pub fn is_control(self) -> bool {
        self.bits() & 0x8 != 0
    }
}

/// A text message. Whether `payload` is UTF-8 is the caller's affair.
pub fn text(payload: &[u8]) -> Bytes {
    whole(Opcode::Text, &[payload])
}

/// A binary message.
pub fn binary(payload: &[u8]) -> Bytes {
    whole(Opcode::Binary, &[payload])
}

/// A close frame. A reason of more than [`MAX_REASON`] bytes is cut before the character that would exceed them.
pub fn close(code: u16, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON)];
    whole(Opcode::Close, &[&code.to_be_bytes(), reason.as_bytes()])
}

/// A ping; what exceeds [`MAX_CONTROL`] bytes is cut.
pub fn ping(payload: &[u8]) -> Bytes {
    whole(Opcode::Ping, &[short(payload)])
}

/// A pong, with the payload of the ping it answers; what exceeds [`MAX_CONTROL`] bytes is cut.
pub fn pong(payload: &[u8]) -> Bytes {
    whole(Opcode::Pong, &[short(payload)])
}

/// How many bytes of header stand in front of a payload of this length.
pub fn header_len(payload_len: usize) -> usize {
    match payload_len {
        0..=125 => 2,
        126..=0xFFFF => 4,
        _ => 10,
    }
}

fn short(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(MAX_CONTROL)]
}

fn whole(opcode: Opcode, parts: &[&[u8]]) -> Bytes {
    let len = parts.iter().map(|part| part.len()).sum();
    // The capacity is exact: a buffer that is full becomes `Bytes` as it is.
    let mut frame = Vec::with_capacity(header_len(len) + len);
    put_header(&mut frame, 0x80 | opcode.bits(), 0, len);
    for part in parts {
        frame.extend_from_slice(part);
    }
    frame.into()
}

/// Appends a header without its masking key: the first byte as given, and the length in its shortest form, with `mask_bit`
/// (0x80 or 0) beside it.
pub(crate) fn put_header(frame: &mut Vec<u8>, first: u8, mask_bit: u8, payload_len: usize) {
    match u16::try_from(payload_len) {
        Ok(len @ 0..=125) => frame.extend_from_slice(&[first, mask_bit | len.to_be_bytes()[1]]),
        Ok(len) => {
            frame.extend_from_slice(&[first, mask_bit | 126]);
            frame.extend_from_slice(&len.to_be_bytes());
        }
        Err(_) => {
            frame.extend_from_slice(&[first, mask_bit | 127]);
            frame.extend_from_slice(&(payload_len as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_their_shortest_form() {
        for (len, head) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (0xFFFF, &[0x81, 126, 0xFF, 0xFF]),
            (0x1_0000, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let payload = vec![b'x'; len];
            let frame = text(&payload);
            assert_eq!(&frame[..head.len()], head);
            assert_eq!(header_len(len), head.len());
            assert_eq!(&frame[head.len()..], payload);
        }
    }

    #[test]
    fn control_frames_are_cut_to_what_is_allowed() {
        assert_eq!(&close(1000, "bye")[..], [0x88, 5, 0x03, 0xE8, b'b', b'y', b'e']);
        assert_eq!(close(1000, &"x".repeat(124)).len(), 2 + 125);
        // 61 characters of two bytes are 122; half a character is not sent.
        assert_eq!(close(1000, &"ä".repeat(80)).len(), 2 + 2 + 122);
        assert_eq!(pong(&[7; 200]).len(), 2 + 125);
        assert_eq!(&ping(&[])[..], PING);
        assert_eq!(&pong(b"a")[..], [0x8A, 1, b'a']);
        assert_eq!(&binary(&[9])[..], [0x82, 1, 9]);
    }
}
